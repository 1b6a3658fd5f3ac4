//! A reply that does not call itself a stream of events: its first bytes decide
//! whether it is one all the same; otherwise its text becomes the error.

use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::token::ChatToken;
use super::{ChatStream, State};
use crate::error::body::ErrorBody;
use crate::error::classify;
use crate::error::{Error, ErrorKind, Result};

/// How much of a reply that is no stream is read for its error.
const MAX_FOREIGN: usize = 64 * 1024;

impl ChatStream {
    /// Finds out what a reply is that does not call itself a stream of events.
    pub(super) fn poll_doubtful(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<ChatToken>>> {
        let next = ready!(self.poll_chunk(cx));
        let token = match (std::mem::replace(&mut self.state, State::Done), next) {
            (State::Foreign(bytes, mut body), Ok(chunk)) if body.len() < MAX_FOREIGN => {
                let room = MAX_FOREIGN - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                self.state = State::Foreign(bytes, body);
                None
            }
            (State::Foreign(_, body), _) => Some(Err(self.foreign(body.into()))),
            (State::Doubtful(bytes), Ok(chunk)) => {
                if begins_a_stream(&chunk) {
                    self.decoder.feed(chunk);
                    self.state = State::Live(bytes);
                } else {
                    self.state = State::Foreign(bytes, chunk.to_vec());
                }
                None
            }
            (state, Err(cut)) => {
                self.state = state;
                self.cut(cut)
            }
            (state, Ok(_)) => {
                self.state = state;
                None
            }
        };
        Poll::Ready(token)
    }

    pub(super) fn foreign(&mut self, body: Bytes) -> Error {
        let read = ErrorBody::read(&body);
        let kind = match &read.code {
            Some(code) => classify::kind_of_event(Some(code)),
            None => ErrorKind::Decode,
        };
        let message = match &read.message {
            Some(told) => format!("the reply is no stream of events: {told}"),
            None => "the reply is no stream of events".to_owned(),
        };
        let unknown = kind == ErrorKind::Decode;
        let error = Error::new(kind, message)
            .told_by(read)
            .with_status(self.origin.status)
            .with_body(body);
        self.fail(error, unknown)
    }
}

/// Whether these are the first bytes of events: a line of a field or a remark. A
/// chunk may end within the first name.
fn begins_a_stream(chunk: &[u8]) -> bool {
    let start = chunk.strip_prefix(b"\xef\xbb\xbf").unwrap_or(chunk);
    let start = start.trim_ascii_start();
    let fields = [&b"data"[..], b"event", b"id", b"retry", b":"];
    fields
        .iter()
        .any(|field| start.starts_with(field) || field.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::begins_a_stream;

    #[test]
    fn a_field_or_a_remark_begins_a_stream() {
        for yes in [
            "data: {}",
            "event:x",
            "id",
            ": hello",
            "\u{feff}data:",
            "",
            "\n\n",
            "ev",
        ] {
            assert!(begins_a_stream(yes.as_bytes()), "{yes:?}");
        }
        for no in [
            "upstream is busy",
            "{\"a\":1}",
            "<html>",
            "[1]",
            "error: no",
        ] {
            assert!(!begins_a_stream(no.as_bytes()), "{no:?}");
        }
    }
}
