//! Makes one attempt: sends a request, and waits for a reply or a failure within the
//! attempt's time.

use std::pin::pin;
use std::time::{Duration, Instant};

use tracing::Instrument;

use super::call_id::CallId;
use super::failure::{Delivery, Failure, Health};
use super::headers::X_REQUEST_ID;
use super::redirect::{self, Recipient};
use super::reply_headers::header_text;
use super::template::Template;
use super::watched_body::BodyWatch;
use super::{Deadline, State, headers};
use crate::clock::within;
use crate::error::{Error, ErrorKind, seconds};

impl State {
    /// Sends the request once. A reply that comes back as `Ok` is a success
    /// whose body, unless it is a stream of events, has arrived whole.
    pub(super) async fn attempt(
        &self,
        template: &Template,
        attempt: u32,
        deadline: Deadline,
    ) -> Result<reqwest::Response, Failure> {
        let clock = &self.shared.clock;
        let left = deadline.left(clock.now());
        let own = self.shared.settings.attempt_timeout;
        let limit = match (left, own) {
            (Some(left), Some(own)) => Some(left.min(own)),
            (left, own) => left.or(own),
        };
        let watch = self.watches(template, limit).then(BodyWatch::default);
        let span = self.attempt_span(template, attempt);
        let until = limit.and_then(|limit| clock.now().checked_add(limit));
        let work = pin!(
            self.exchange(template, until, watch.as_ref())
                .instrument(span.clone())
        );
        let Some(limit) = limit else {
            return work.await;
        };
        let sleep = clock.sleep(limit);
        match within(work, sleep).await {
            Some(result) => result,
            None => {
                mark_failed(&span, "timeout");
                let out_of_time = left.is_some_and(|left| left <= limit);
                // A timeout that is shorter than the client's says nothing about the service.
                let usual = self.shared.settings.timeout;
                let short_deadline =
                    out_of_time && self.options.timeout.is_some_and(|own| own < usual);
                let inconclusive = short_deadline || self.options.unattended;
                let unsent = watch.as_ref().is_some_and(BodyWatch::withdraw);
                let limit = if out_of_time { deadline.limit } else { limit };
                let health = match inconclusive {
                    true => Health::Inconclusive,
                    false => Health::Failing,
                };
                Err(self.timed_out(limit, out_of_time, unsent, health))
            }
        }
    }

    /// The failure of an attempt, or of the whole call if that is out of time.
    fn timed_out(
        &self,
        limit: Duration,
        out_of_time: bool,
        unsent: bool,
        health: Health,
    ) -> Failure {
        let progress = &mut self.learnt().progress;
        let (how, delivery) = if unsent {
            progress.request_id = None;
            ("before a connection took the request", Delivery::NotTaken)
        } else if progress.status > 0 {
            ("before the reply was complete", Delivery::Unknown)
        } else {
            ("without a reply", Delivery::Unknown)
        };
        let what = if out_of_time { "" } else { "the attempt " };
        let message = format!("{what}timed out after {} {how}", seconds(limit));
        let error = Error::new(ErrorKind::Timeout, message);
        Failure::timed_out(error, out_of_time, delivery, health)
    }

    /// Whether to watch the body. That costs something, and only matters for a request that
    /// must not be sent twice, if the attempt may end while a connection is being made.
    fn watches(&self, template: &Template, limit: Option<Duration>) -> bool {
        let short = limit.is_some_and(|limit| limit <= self.shared.settings.connect_timeout);
        short && !self.spec.idempotent && template.has_body()
    }

    fn attempt_span(&self, template: &Template, attempt: u32) -> tracing::Span {
        let (method, url) = (template.method(), template.url());
        tracing::info_span!(
            "chats.attempt",
            otel.name = %method,
            otel.kind = "client",
            http.request.method = %method,
            server.address = url.host_str(),
            server.port = url.port_or_known_default(),
            url.scheme = url.scheme(),
            url.path = url.path(),
            url.full = %without_query(url),
            http.request.resend_count = (attempt > 1).then(|| attempt - 1),
            http.response.status_code = tracing::field::Empty,
            error.r#type = tracing::field::Empty,
            otel.status_code = tracing::field::Empty,
            chats.request_id = tracing::field::Empty,
        )
    }

    async fn exchange(
        &self,
        template: &Template,
        until: Option<Instant>,
        watch: Option<&BodyWatch>,
    ) -> Result<reqwest::Response, Failure> {
        let span = tracing::Span::current();
        let headers = |to| {
            let (settings, own) = (&self.shared.settings, &self.options.headers);
            if to == Recipient::Stranger {
                return headers::to_stranger(settings, self.spec);
            }
            let generated = template.headers();
            let (headers, id) = headers::to_service(generated, &self.ids, settings, self.spec, own);
            span.record("chats.request_id", id.as_str());
            let progress = &mut self.learnt().progress;
            progress.request_id = Some(id).filter(|id| !id.as_str().is_empty());
            progress.named = false;
            progress.status = 0;
            headers
        };
        let mut response = redirect::send(&self.shared.http, template, watch, headers)
            .await
            .map_err(|failure| {
                mark_failed(&span, failure.error.kind().as_str());
                if !failure.connected {
                    // No request with this id was sent.
                    self.learnt().progress.request_id = None;
                }
                failure.through(self.shared.settings.proxy.as_deref())
            })?;
        let status = response.status().as_u16();
        span.record("http.response.status_code", status);
        {
            let progress = &mut self.learnt().progress;
            progress.status = status;
            let by_service = response.url().origin() == template.url().origin();
            if by_service && let Some(id) = header_text(response.headers(), X_REQUEST_ID.as_str()) {
                progress.request_id = Some(CallId::from(id));
                progress.named = true;
            }
        }
        if matches!(status, 401 | 403) && response.url().origin() != template.url().origin() {
            let origin = response.url().origin().ascii_serialization();
            let message =
                format!("the service redirected to {origin}, which wants a key of its own");
            mark_failed(&span, status.to_string().as_str());
            return Err(Failure::redirected(status, message, false));
        }
        #[cfg(feature = "gzip")]
        {
            response = super::gzip::decoded(response);
        }
        if !response.status().is_success() {
            let body = self.read_error(&mut response, until).await;
            mark_failed(&span, status.to_string().as_str());
            let key = &self.shared.settings.api_key;
            let now = || self.shared.clock.date();
            return Err(Failure::refused(
                status,
                response.headers(),
                body,
                Some(key),
                now,
            ));
        }
        self.read_success(response).await
    }
}

/// The URL without its query: a search holds what a user wrote.
fn without_query(url: &reqwest::Url) -> &str {
    let url = url.as_str();
    url.split(['?', '#']).next().unwrap_or(url)
}

/// Marks a span as failed, with the type of the error.
pub(super) fn mark_failed(span: &tracing::Span, error_type: &str) {
    span.record("error.type", error_type);
    span.record("otel.status_code", "ERROR");
}
