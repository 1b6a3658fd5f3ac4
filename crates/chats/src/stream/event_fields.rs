//! Reads the fields of most events from their data without building a [`Value`].

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::token::RawEvent;
use crate::json;
use crate::types::MessageId;

/// The fields of all events that have only simple fields. Each event has a few of them.
#[derive(Default, Deserialize)]
pub(super) struct Fields {
    pub(super) message_id: Option<MessageId>,
    pub(super) status: Option<String>,
    pub(super) phase: Option<String>,
    pub(super) message: Option<String>,
    pub(super) agent_name: Option<String>,
    pub(super) tool_name: Option<String>,
    pub(super) reasoning: Option<String>,
    pub(super) result_count: Option<i64>,
}

impl Fields {
    /// Reads the fields; one of an unexpected type is left out.
    pub(super) fn of(raw: &RawEvent) -> Self {
        let fields: Option<Self> = object(&raw.data.whole());
        let mut fields = fields.unwrap_or_else(|| Self::liberally(raw.value()));
        fields.message_id = fields.message_id.filter(|id| !id.as_str().is_empty());
        fields
    }

    #[cold]
    fn liberally(data: &Value) -> Self {
        Self {
            message_id: message_id(data),
            status: text(data, "status"),
            phase: text(data, "phase"),
            message: text(data, "message"),
            agent_name: text(data, "agent_name"),
            tool_name: text(data, "tool_name"),
            reasoning: text(data, "reasoning"),
            result_count: integer(data, "result_count"),
        }
    }
}

/// Reads an object; `None` if the data is none, or a field has an unusual type.
pub(super) fn object<T: DeserializeOwned>(data: &[u8]) -> Option<T> {
    // serde would accept an array as the fields in their order.
    let begins = data.trim_ascii_start().starts_with(b"{");
    begins.then(|| serde_json::from_slice(data).ok()).flatten()
}

pub(super) fn text(data: &Value, key: &str) -> Option<String> {
    data.get(key)?.as_str().map(str::to_owned)
}

pub(super) fn integer(data: &Value, key: &str) -> Option<i64> {
    json::integer(data.get(key)?)
}

pub(super) fn message_id(data: &Value) -> Option<MessageId> {
    match data.get("message_id")? {
        Value::String(id) if !id.is_empty() => Some(MessageId::from(id.as_str())),
        Value::Number(id) => Some(MessageId::from(id.to_string())),
        _ => None,
    }
}
