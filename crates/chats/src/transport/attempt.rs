//! One attempt: a request leaves, and a reply or a failure comes back within
//! the attempt's time.

use std::future::Future;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select};
use tracing::Instrument;

use super::outcome::{Failure, Health};
use super::{ReplyKind, State, redirect};
use crate::error::{Error, ErrorKind};

/// The largest JSON document that is read.
const MAX_JSON: usize = 64 * 1024 * 1024;
/// The largest file that is read into memory.
const MAX_FILE: usize = 512 * 1024 * 1024;
/// How much of a failed reply is read: a 422 repeats what it was sent.
const MAX_ERROR: usize = 1024 * 1024;

impl State {
    /// Sends the request once. A reply that comes back as `Ok` is a success
    /// whose body, unless it is a stream of events, has arrived whole.
    pub(super) async fn attempt(
        &self,
        request: &reqwest::Request,
        attempt: u32,
        deadline: Option<Instant>,
    ) -> Result<reqwest::Response, Failure> {
        let clock = &self.shared.clock;
        let left = deadline.map(|end| end.saturating_duration_since(clock.now()));
        let own = self.shared.settings.attempt_timeout;
        let limit = match (left, own) {
            (Some(left), Some(own)) => Some(left.min(own)),
            (left, own) => left.or(own),
        };
        let span = self.attempt_span(request, attempt);
        let work = self.exchange(request).instrument(span.clone());
        let Some(limit) = limit else {
            return work.await;
        };
        let sleep = clock.sleep(limit);
        match within(work, sleep).await {
            Some(result) => result,
            None => {
                span.record("error.type", "timeout");
                let out_of_time = left.is_some_and(|left| left <= limit);
                // Who gives a call little time learns nothing about the service.
                let impatient = out_of_time && self.options.timeout.is_some();
                Err(timed_out(limit, out_of_time, impatient))
            }
        }
    }

    fn attempt_span(&self, request: &reqwest::Request, attempt: u32) -> tracing::Span {
        let url = request.url();
        tracing::info_span!(
            "chats.attempt",
            otel.name = %request.method(),
            otel.kind = "client",
            http.request.method = %request.method(),
            server.address = url.host_str(),
            server.port = url.port_or_known_default(),
            url.scheme = url.scheme(),
            url.path = url.path(),
            http.request.resend_count = (attempt > 1).then(|| attempt - 1),
            http.response.status_code = tracing::field::Empty,
            error.r#type = tracing::field::Empty,
            chats.request_id = tracing::field::Empty,
        )
    }

    async fn exchange(&self, request: &reqwest::Request) -> Result<reqwest::Response, Failure> {
        let span = tracing::Span::current();
        let stamp = |headers: &mut http::HeaderMap| {
            let own = &self.options.headers;
            let sent_id = self.headers.stamp(headers, self.spec, own);
            span.record("chats.request_id", &sent_id);
            self.learnt().reply.request_id = Some(sent_id);
        };
        let response = redirect::send(&self.shared.http, request, stamp)
            .await
            .inspect_err(|failure| {
                span.record("error.type", failure.error.kind().to_string());
            })?;
        let status = response.status().as_u16();
        span.record("http.response.status_code", status);
        {
            let mut learnt = self.learnt();
            learnt.reply.status = status;
            learnt.reply.headers = response.headers().clone();
            if let Some(id) = super::reply::header_text(response.headers(), "x-request-id") {
                learnt.reply.request_id = Some(id);
            }
        }
        if !response.status().is_success() {
            let mut response = response;
            let body = read_up_to(&mut response, MAX_ERROR).await;
            span.record("error.type", status.to_string());
            let key = &self.shared.settings.api_key;
            let now = self.shared.clock.date();
            return Err(Failure::refused(status, response.headers(), body, key, now));
        }
        match self.spec.reply {
            ReplyKind::Events => Ok(response),
            ReplyKind::File => self.read_whole(response, MAX_FILE).await,
            ReplyKind::Json | ReplyKind::JsonOrAccepted => {
                self.read_whole(response, MAX_JSON).await
            }
        }
    }

    /// Reads a body to its end, and keeps it for whoever asks for the response.
    async fn read_whole(
        &self,
        mut response: reqwest::Response,
        max: usize,
    ) -> Result<reqwest::Response, Failure> {
        let too_large = || {
            let error = Error::new(
                ErrorKind::Decode,
                format!("the reply is larger than {} MiB", max >> 20),
            );
            Failure::unreadable(error)
        };
        let announced = response.content_length().unwrap_or(0);
        if announced > max as u64 {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        let mut first = Bytes::new();
        while let Some(chunk) = response.chunk().await.map_err(Failure::interrupted)? {
            if first.len() + body.len() + chunk.len() > max {
                return Err(too_large());
            }
            if body.is_empty() && first.is_empty() {
                // Most replies come in one chunk, which then is not copied.
                first = chunk;
                continue;
            }
            if body.is_empty() {
                body.reserve((announced as usize).max(first.len() + chunk.len()));
                body.extend_from_slice(&std::mem::take(&mut first));
            }
            body.extend_from_slice(&chunk);
        }
        let body = if body.is_empty() {
            first
        } else {
            body.freeze()
        };
        self.learnt().reply.body = body.clone();
        // The generated client takes 200 alone for a success.
        let accepted = self.spec.reply == ReplyKind::JsonOrAccepted && response.status() == 202;
        let mut whole = http::Response::new(body);
        *whole.status_mut() = match accepted {
            true => http::StatusCode::ACCEPTED,
            false => http::StatusCode::OK,
        };
        *whole.headers_mut() = std::mem::take(response.headers_mut());
        Ok(whole.into())
    }
}

/// What can be read of a failed reply's body; a connection that breaks on the
/// way costs the rest of it, not the error.
async fn read_up_to(response: &mut reqwest::Response, max: usize) -> Bytes {
    let mut body = BytesMut::new();
    while body.len() < max {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = max - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
            Ok(None) | Err(_) => break,
        }
    }
    body.freeze()
}

/// The work's result, unless the sleep ends first.
async fn within<T>(work: impl Future<Output = T>, sleep: crate::clock::Sleep) -> Option<T> {
    let work = std::pin::pin!(work);
    match select(work, sleep).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(((), _)) => None,
    }
}

/// A duration for people, not to the last nanosecond.
pub(crate) fn seconds(duration: Duration) -> String {
    let rounded = (duration.as_secs_f64() * 1000.0).round() / 1000.0;
    format!("{rounded} s")
}

fn timed_out(limit: Duration, out_of_time: bool, impatient: bool) -> Failure {
    let what = if out_of_time {
        "answer"
    } else {
        "answer to this attempt"
    };
    let error = Error::new(
        ErrorKind::Timeout,
        format!("no {what} within {}", seconds(limit)),
    );
    let health = if impatient {
        Health::Busy
    } else {
        Health::Failing
    };
    Failure::timed_out(error, out_of_time, health)
}
