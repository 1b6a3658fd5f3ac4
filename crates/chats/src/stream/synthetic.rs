//! Tokens that the client makes while it recovers an answer.

use bytes::Bytes;
use serde_json::{Value, json};

use super::flat_token::Content;
use super::from_event;
use super::inline_bytes::InlineBytes;
use super::token::{ChatToken, RawEvent, Reconnecting, TextToken};

pub(super) fn reconnecting(attempt: u32) -> ChatToken {
    ChatToken::Reconnecting(Reconnecting {
        attempt,
        raw: raw(&json!({"type": "reconnecting", "attempt": attempt})).into(),
    })
}

/// The text that the broken stream did not deliver.
pub(super) fn missing_text(content: &str) -> ChatToken {
    ChatToken::Token(TextToken {
        token_index: None,
        content: Content::Own(content.to_owned()),
        raw: raw(&json!({"type": "token", "content": content})),
    })
}

/// The end of an answer that was read from the history.
pub(super) fn complete(data: &Value) -> ChatToken {
    ChatToken::Complete(from_event::complete(raw(data).into(), ""))
}

fn raw(data: &Value) -> RawEvent {
    let data = Bytes::from(data.to_string()).into();
    RawEvent::new(data, InlineBytes::EMPTY)
}
