//! Reads the body of a reply: whole, as a stream that begins, or as much of a failed reply as
//! comes in a short time.

use std::pin::pin;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;

use super::failure::Failure;
use super::reply_headers::{header_text, is_event_stream};
use super::{ReplyKind, State};
use crate::clock::within;
use crate::error::{Error, ErrorKind};

/// The largest JSON document that is read.
const MAX_JSON: usize = 64 * 1024 * 1024;
/// The largest file that is read into memory.
const MAX_FILE: usize = 512 * 1024 * 1024;
/// How much of a failed reply is read: a 422 may repeat the whole request.
const MAX_ERROR: usize = 1024 * 1024;
/// How long to wait for the body of a failed reply: its status is known already.
const ERROR_TIME: Duration = Duration::from_secs(30);
/// The most memory that is reserved for a body because its length was announced.
const MAX_TRUSTED: u64 = 1024 * 1024;

impl State {
    /// Takes a success: its body is read whole, unless it is a stream of events.
    pub(super) async fn read_success(
        &self,
        mut response: reqwest::Response,
    ) -> Result<reqwest::Response, Failure> {
        if let Some(coding) = unread_coding(response.headers()) {
            let error = Error::new(ErrorKind::Decode, unasked(coding));
            return Err(Failure::unreadable(error));
        }
        let max = match self.spec.reply {
            ReplyKind::Events => return Ok(self.begun(response)),
            // Events and JSON that are cut can be told, but not a file that is.
            ReplyKind::File if response.status() == http::StatusCode::PARTIAL_CONTENT => {
                let message = "the reply is only a part of the file, though all was asked for";
                return Err(Failure::unreadable(Error::new(ErrorKind::Decode, message)));
            }
            ReplyKind::File => MAX_FILE,
            ReplyKind::Json => MAX_JSON,
        };
        self.read_whole(&mut response, max).await?;
        Ok(response)
    }

    /// Reads a body to its end and keeps it: the generated client does not see it.
    async fn read_whole(
        &self,
        response: &mut reqwest::Response,
        max: usize,
    ) -> Result<(), Failure> {
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
                let announced = announced.min(MAX_TRUSTED) as usize;
                body.reserve(announced.max(first.len() + chunk.len()));
                body.extend_from_slice(&std::mem::take(&mut first));
            }
            body.extend_from_slice(&chunk);
        }
        let body = if body.is_empty() {
            first
        } else {
            body.freeze()
        };
        let mut learnt = self.learnt();
        learnt.body = body;
        learnt.headers = std::mem::take(response.headers_mut());
        Ok(())
    }

    /// Takes the headers out of a stream's reply: they would keep the connection's read
    /// buffer for as long as the stream lives.
    fn begun(&self, mut response: reqwest::Response) -> reqwest::Response {
        let headers = std::mem::take(response.headers_mut());
        let content_type = header_text(&headers, "content-type");
        let has_events = content_type.is_some_and(is_event_stream);
        self.learnt().headers = headers;
        // The generated client takes only 200 for a stream; a 202 or 204 carries none,
        // unless it says that it does.
        let status = response.status().as_u16();
        if status == 200 || matches!(status, 202 | 204) && !has_events {
            return response;
        }
        let mut response = http::Response::<reqwest::Body>::from(response);
        *response.status_mut() = http::StatusCode::OK;
        response.into()
    }

    /// Reads what arrives of a failed reply's body in a short time; if the connection
    /// breaks or stalls, the rest of the body is lost, but not the error.
    pub(super) async fn read_error(
        &self,
        response: &mut reqwest::Response,
        until: Option<Instant>,
    ) -> Bytes {
        let clock = &self.shared.clock;
        let left = until.map(|until| until.saturating_duration_since(clock.now()));
        // Less than the attempt's remaining time, so that the error is reported at all.
        let limit = left.map_or(ERROR_TIME, |left| ERROR_TIME.min(left / 2));
        let mut body = BytesMut::new();
        let read = async {
            while body.len() < MAX_ERROR {
                let Ok(Some(chunk)) = response.chunk().await else {
                    return;
                };
                let room = MAX_ERROR - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            }
        };
        within(pin!(read), clock.sleep(limit)).await;
        body.freeze()
    }
}

/// The coding that a reply's body still has, if any: where a body is decoded, the header is
/// removed.
pub(super) fn unread_coding(headers: &HeaderMap) -> Option<&str> {
    const CODINGS: [&str; 6] = ["br", "compress", "deflate", "gzip", "x-gzip", "zstd"];
    let all = header_text(headers, "content-encoding")?;
    let mut codings = all.split(',').map(str::trim);
    codings.find(|coding| {
        CODINGS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(coding))
    })
}

pub(super) fn unasked(coding: &str) -> String {
    format!("the reply is encoded as `{coding}`, which was not asked for")
}
