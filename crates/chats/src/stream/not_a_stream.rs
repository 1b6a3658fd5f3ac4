//! Recognizes a reply that is not an event stream by its first bytes, and makes its text
//! the error.

use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::token::ChatToken;
use super::{ChatStream, OtherReply, State};
use crate::error::body::ErrorBody;
use crate::error::classify;
use crate::error::{Error, ErrorKind, Result};

/// How much of a reply that is no stream is read for its error.
const MAX_FOREIGN: usize = 64 * 1024;

impl ChatStream {
    /// Decides whether a reply is an event stream; collects the text of another.
    pub(super) fn poll_doubtful(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<ChatToken>>> {
        let next = ready!(self.poll_chunk(cx));
        Poll::Ready(match (&mut self.state, next) {
            (State::NotAStream(foreign), Ok(chunk)) if foreign.read.len() < MAX_FOREIGN => {
                let room = MAX_FOREIGN - foreign.read.len();
                let chunk = &chunk[..chunk.len().min(room)];
                foreign.read.extend_from_slice(chunk);
                None
            }
            (State::NotAStream(foreign), _) => {
                let body = std::mem::take(&mut foreign.read);
                Some(Err(self.foreign(body.into())))
            }
            (_, Ok(chunk)) => self.begin(chunk),
            (_, Err(cut)) => self.cut(cut),
        })
    }

    /// Decides by the first chunk that is not blank.
    fn begin(&mut self, chunk: Bytes) -> Option<Result<ChatToken>> {
        let (body, announced) = match std::mem::replace(&mut self.state, State::Done) {
            State::Undecided { body, announced } => (body, announced),
            decided => {
                self.state = decided;
                return None;
            }
        };
        // An event stream may begin with an unknown field, but never with a document.
        let foreign = match beginning(&chunk) {
            FirstBytes::Events => false,
            FirstBytes::Text => !announced,
            FirstBytes::Document => true,
            FirstBytes::Nothing => {
                self.state = State::Undecided { body, announced };
                self.decoder.feed(chunk);
                // Decoded at once, so that endless blank lines cannot fill the memory.
                return match self.decoder.next(&mut None, None) {
                    Ok(()) => None,
                    Err(end) => self.unreadable(end),
                };
            }
        };
        if foreign {
            let read = chunk.to_vec();
            self.state = State::NotAStream(Box::new(OtherReply { body, read }));
        } else {
            self.state = State::Live(body);
            self.decoder.feed(chunk);
        }
        None
    }

    pub(super) fn foreign(&mut self, body: Bytes) -> Error {
        let read = ErrorBody::read(&body);
        let kind = match &read.code {
            Some(code) => classify::kind_of_event(Some(code)),
            None => ErrorKind::Decode,
        };
        let message = match read.sentence() {
            Some(sentence) => format!("the reply is not an event stream; {sentence}"),
            None => "the reply is not an event stream".to_owned(),
        };
        let unknown = kind == ErrorKind::Decode;
        let error = Error::new(kind, message)
            .with_details(read)
            .with_status(self.origin.call.status())
            .with_body(body);
        self.fail(error, unknown)
    }
}

/// What the first bytes of a reply look like.
#[derive(Debug, PartialEq)]
enum FirstBytes {
    /// Nothing decisive: blank lines, a byte order mark or a part of it.
    Nothing,
    /// A field or a comment. A chunk may end within the first name.
    Events,
    /// JSON or HTML.
    Document,
    Text,
}

/// Whether text begins as events do.
pub(super) fn begins_with_events(text: &[u8]) -> bool {
    beginning(text) == FirstBytes::Events
}

fn beginning(chunk: &[u8]) -> FirstBytes {
    let tells = |byte: &u8| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(byte);
    let Some(start) = chunk.iter().position(tells) else {
        return FirstBytes::Nothing;
    };
    let start = &chunk[start..];
    let is_field = |field: &&[u8]| match start.strip_prefix(*field) {
        Some(rest) => matches!(rest.first(), None | Some(b':' | b'\r' | b'\n')),
        None => field.starts_with(start),
    };
    match start[0] {
        b':' => FirstBytes::Events,
        _ if [&b"data"[..], b"event", b"id", b"retry"]
            .iter()
            .any(is_field) =>
        {
            FirstBytes::Events
        }
        b'{' | b'[' | b'<' => FirstBytes::Document,
        _ => FirstBytes::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::{FirstBytes, beginning};

    #[test]
    fn the_first_bytes_tell_what_a_reply_is() {
        for (first, is) in [
            ("data: {}", FirstBytes::Events),
            ("event:x", FirstBytes::Events),
            ("id", FirstBytes::Events),
            (": hello", FirstBytes::Events),
            ("\u{feff}data:", FirstBytes::Events),
            ("\r\n\ndata", FirstBytes::Events),
            ("ev", FirstBytes::Events),
            ("", FirstBytes::Nothing),
            ("\n\n", FirstBytes::Nothing),
            ("\u{feff}", FirstBytes::Nothing),
            ("upstream is busy", FirstBytes::Text),
            ("error: no", FirstBytes::Text),
            ("retry later, the service is busy", FirstBytes::Text),
            ("data store unavailable", FirstBytes::Text),
            ("retry\n", FirstBytes::Events),
            ("{\"a\":1}", FirstBytes::Document),
            (" <html>", FirstBytes::Document),
            ("[1]", FirstBytes::Document),
        ] {
            assert_eq!(beginning(first.as_bytes()), is, "{first:?}");
        }
        assert_eq!(beginning(b"\xef"), FirstBytes::Nothing);
        assert_eq!(beginning(b"\xbb\xbfdata"), FirstBytes::Events);
    }
}
