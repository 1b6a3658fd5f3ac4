//! The answer that `complete` carried, kept until the caller asks for it.

use serde_json::Value;

use super::token::Complete;
use crate::json;
use crate::references::counts;
use crate::types::{ChatResponse, MessageId, SessionId};

/// The answer of a completed stream.
#[derive(Debug)]
pub(super) struct Answer {
    complete: Complete,
    message_id: Option<MessageId>,
}

/// The fields of `complete` that have a place of their own in the response, or are merged
/// into the metadata separately; all other fields become metadata.
const FIELDS: &[&str] = &[
    "type",
    "content",
    "resolved_content",
    "message_id",
    "metadata",
    "result_refs",
    "token_count",
    "processing_time_ms",
    "provider",
    "model",
    "remaining_tokens",
    "remaining_messages",
];

impl Answer {
    /// `announced` is the id that the stream named at its beginning.
    pub(super) fn new(complete: &Complete, announced: Option<&str>) -> Self {
        let message_id = complete
            .message_id
            .clone()
            .or_else(|| announced.map(MessageId::from));
        Self {
            complete: complete.clone(),
            message_id,
        }
    }

    /// Takes over an id that came after the answer, if it has none.
    pub(super) fn named(&mut self, id: &MessageId) {
        self.message_id.get_or_insert_with(|| id.clone());
    }

    /// The answer's id; empty if the service gave none.
    pub(super) fn id(&self) -> &str {
        self.message_id.as_ref().map_or("", MessageId::as_str)
    }

    pub(super) fn content(&self) -> &str {
        &self.complete.content
    }

    pub(super) fn into_response(self, session_id: SessionId) -> ChatResponse {
        let data = self.complete.raw.value();
        let text = |key: &str| field(data, key)?.as_str().map(str::to_owned);
        let integer = |key: &str| json::integer(field(data, key)?);
        ChatResponse {
            message_id: self.message_id.unwrap_or_else(|| MessageId::from("")),
            session_id,
            token_count: integer("token_count"),
            processing_time_ms: integer("processing_time_ms"),
            provider: text("provider"),
            model: text("model"),
            images: self.complete.images.clone(),
            metadata: metadata(data),
            remaining_tokens: integer("remaining_tokens"),
            remaining_messages: integer("remaining_messages"),
            resolved: self.complete.rendering().map(str::to_owned),
            content: self.complete.content,
        }
    }
}

/// Looks a field up at the top level, then in the metadata.
fn field<'d>(data: &'d Value, key: &str) -> Option<&'d Value> {
    let own = data.get(key).filter(|value| !value.is_null());
    own.or_else(|| data.get("metadata")?.get(key))
}

/// The metadata: the object of that name, joined with `result_refs`, and the fields of
/// `complete` that are not in [`FIELDS`].
fn metadata(data: &Value) -> Option<Value> {
    let object = |key: &str| data.get(key)?.as_object().cloned();
    let metadata = counts::joined(object("metadata"), object("result_refs"));
    let mut metadata = metadata.unwrap_or_default();
    for (key, value) in data.as_object().into_iter().flatten() {
        if !FIELDS.contains(&key.as_str()) && !value.is_null() {
            metadata.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    (!metadata.is_empty()).then_some(Value::Object(metadata))
}
