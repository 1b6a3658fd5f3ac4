//! Makes tokens from server-sent events, leniently: a field that is missing, null or of
//! an unexpected type is left out and never fails a token.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use super::accumulated::EventData;
use super::event_fields::{self, Fields, integer, message_id, text};
use super::event_name::{Name, look_for_new_fields};
use super::flat_token::{self, Content, Whole};
use super::inline_bytes::InlineBytes;
use super::split_pair::Half;
use super::sse::Newest;
use super::token::{
    ChatToken, Close, Complete, Connection, DocumentResults, ImageResults, Ping,
    PlanPendingApproval, RawEvent, Reconnecting, Status, TextToken, Thinking, ThinkingStep,
    ToolInvocation, ToolResult, UnknownEvent,
};
use crate::clock::Clock;
use crate::error::body::ErrorBody;
use crate::types::{ImageReference, images_in, images_of_metadata};

/// The token that an event stands for, or the failure that it reports.
pub(super) type Reading = Result<ChatToken, FailureEvent>;

/// An event that ends the stream with an error.
#[derive(Debug)]
pub(super) enum FailureEvent {
    /// An `error` event.
    Failed(Box<ErrorBody>),
    /// An `auth_error` event.
    Refused(Box<ErrorBody>),
    /// A `complete` event whose JSON cannot be read: the answer is lost, but not what
    /// happened to the message.
    Garbled,
}

/// The state of a stream on which the reading of its next event depends.
#[derive(Debug, Default)]
pub(super) struct SoFar {
    /// The tokens' text, used as the content of a `complete` that carries none.
    pub(super) text: String,
    /// The content of the first `complete`.
    pub(super) answer: Option<Box<str>>,
    /// What the text's last character may be the first half of.
    pub(super) half: Half,
    /// Whether the text may differ from the whole text that the newest token carried.
    pub(super) out_of_step: bool,
    /// A bit for each event name whose first event was checked for new fields.
    looked: u32,
}

/// Reads an event into `token`, and appends its text to the stream's. Returns what is known
/// of the whole text that a token carries.
#[inline(always)] // into one caller
pub(super) fn read(
    data: EventData,
    newest: Newest<'_>,
    so_far: &mut SoFar,
    clock: Option<&dyn Clock>,
    token: &mut Option<ChatToken>,
) -> Result<Whole, FailureEvent> {
    let Newest { name, id, known } = newest;
    // By far the commonest event has a fast path.
    let is_token = name.as_bytes() == b"token";
    let known_name = if is_token {
        Some(Name::Token)
    } else {
        Name::known(name.as_bytes())
    };
    if let Some(name) = known_name.filter(|name| so_far.looked & name.bit() == 0) {
        so_far.looked |= name.bit();
        let now = clock.map(Clock::now);
        look_for_new_fields(name, &data, now);
    }
    if is_token && let Some(plain) = flat_token::read(&data, known, &mut so_far.text) {
        *token = Some(ChatToken::Token(TextToken {
            token_index: plain.token_index,
            content: plain.content,
            raw: RawEvent::new(data, id.clone()),
        }));
        return Ok(plain.whole);
    }
    if is_token
        && data.left_out.is_none()
        && let Some((read, whole)) = from_flat(&RawEvent::new(data.clone(), id.clone()))
    {
        so_far.text.push_str(read.content());
        *token = Some(ChatToken::Token(read));
        return Ok(whole);
    }
    let read = general(name, data, id.clone(), &so_far.text)?;
    match &read {
        ChatToken::Token(token) => so_far.text.push_str(token.content()),
        ChatToken::Complete(complete) => {
            so_far
                .answer
                .get_or_insert_with(|| complete.content.as_str().into());
        }
        _ => {}
    }
    *token = Some(read);
    Ok(Whole::Unknown)
}

/// Reads an event of any form.
pub(super) fn general(
    name: &InlineBytes,
    data: EventData,
    id: InlineBytes,
    text_so_far: &str,
) -> Reading {
    let data = match data.left_out {
        None => data,
        Some(_) => EventData::from(Bytes::from(data.whole().into_owned())),
    };
    let raw = Arc::new(RawEvent::new(data, id));
    match name_of(name.as_bytes(), &raw) {
        Ok(known) => typed(known, raw, text_so_far),
        Err(name) => Ok(ChatToken::Unknown(UnknownEvent { name, raw })),
    }
}

/// Which event it is, or the name of one that this version does not know.
pub(super) fn name_of(name: &[u8], raw: &RawEvent) -> Result<Name, String> {
    // A specific event name decides, known or not: an event that is new to this version
    // may hold any data, and is passed on as it is.
    if let Some(known) = Name::known(name) {
        return Ok(known);
    }
    if !matches!(name, b"" | b"message") {
        return Err(String::from_utf8_lossy(name).into_owned());
    }
    // The standard gives the name `message` to an event without one.
    let kind = raw.value().get("type").and_then(Value::as_str);
    let kind = kind.unwrap_or("message");
    Name::known(kind.as_bytes()).ok_or_else(|| kind.to_owned())
}

fn typed(name: Name, raw: Arc<RawEvent>, text_so_far: &str) -> Reading {
    let token = match name {
        Name::Complete if is_garbled(&raw, text_so_far) => return Err(FailureEvent::Garbled),
        Name::Error => {
            return Err(FailureEvent::Failed(
                ErrorBody::of_event(raw.value()).into(),
            ));
        }
        Name::AuthError => {
            return Err(FailureEvent::Refused(
                ErrorBody::of_event(raw.value()).into(),
            ));
        }
        Name::Connection => {
            let fields = Fields::of(&raw);
            ChatToken::Connection(Connection {
                message_id: fields.message_id,
                status: fields.status,
                raw,
            })
        }
        Name::Thinking => ChatToken::Thinking(Thinking {
            status: Fields::of(&raw).status,
            raw,
        }),
        Name::ThinkingStep => {
            let fields = Fields::of(&raw);
            ChatToken::ThinkingStep(ThinkingStep {
                phase: fields.phase,
                agent_name: fields.agent_name,
                message: fields.message,
                reasoning: fields.reasoning,
                raw,
            })
        }
        Name::Status => {
            let fields = Fields::of(&raw);
            ChatToken::Status(Status {
                phase: fields.phase,
                message: fields.message,
                agent_name: fields.agent_name,
                raw,
            })
        }
        Name::ToolInvocation => {
            let fields = Fields::of(&raw);
            ChatToken::ToolInvocation(ToolInvocation {
                tool_name: fields.tool_name,
                agent_name: fields.agent_name,
                raw,
            })
        }
        Name::ToolResult => {
            let fields = Fields::of(&raw);
            ChatToken::ToolResult(ToolResult {
                tool_name: fields.tool_name,
                result_count: fields.result_count,
                raw,
            })
        }
        Name::ImageResults => {
            let data = raw.value();
            ChatToken::ImageResults(ImageResults {
                images: data.get("images").map(images_in).unwrap_or_default(),
                count: integer(data, "count"),
                raw,
            })
        }
        Name::DocumentResults => {
            let data = raw.value();
            let documents = data.get("documents").and_then(Value::as_array);
            ChatToken::DocumentResults(DocumentResults {
                documents: documents.cloned().unwrap_or_default(),
                count: integer(data, "count"),
                raw,
            })
        }
        Name::Token => {
            let data = raw.value();
            ChatToken::Token(TextToken {
                token_index: integer(data, "token_index"),
                content: Content::Own(delta(data, text_so_far)),
                raw: Arc::unwrap_or_clone(raw),
            })
        }
        Name::PlanPendingApproval => ChatToken::PlanPendingApproval(PlanPendingApproval {
            plan_id: crate::error::PendingPlan::find(raw.value()).map(|plan| plan.plan_id),
            raw,
        }),
        Name::Complete => ChatToken::Complete(complete(raw, text_so_far)),
        Name::Reconnecting => ChatToken::Reconnecting(Reconnecting {
            attempt: integer(raw.value(), "attempt")
                .and_then(|attempt| u32::try_from(attempt).ok())
                .unwrap_or_default(),
            raw,
        }),
        Name::Ping => ChatToken::Ping(Ping { raw }),
        Name::Close => ChatToken::Close(Close {
            message_id: Fields::of(&raw).message_id,
            raw,
        }),
    };
    Ok(token)
}

/// The text to append: `content`, else what `accumulated` adds.
fn delta(data: &Value, text_so_far: &str) -> String {
    text(data, "content")
        .or_else(|| {
            let whole = data.get("accumulated")?.as_str()?;
            whole.strip_prefix(text_so_far).map(str::to_owned)
        })
        .unwrap_or_default()
}

/// Whether data was to be an object, and cannot be read as one. Any other text, such as
/// `done`, can only end an answer that has been streamed.
fn is_garbled(raw: &RawEvent, text_so_far: &str) -> bool {
    let text = raw.value().as_str();
    text.is_some_and(|text| {
        let begins = |with: char| text.trim_start_matches(['\u{feff}', ' ']).starts_with(with);
        begins('{') || begins('[') || !text.is_empty() && text_so_far.is_empty()
    })
}

pub(super) fn complete(raw: Arc<RawEvent>, text_so_far: &str) -> Complete {
    let data = raw.value();
    Complete {
        // A `complete` without text stands for the text that was streamed.
        content: text(data, "content")
            .filter(|content| !content.is_empty())
            .unwrap_or_else(|| text_so_far.to_owned()),
        message_id: message_id(data),
        agents_used: data
            .get("agents_used")
            .and_then(Value::as_array)
            .map(|names| {
                let names = names.iter().filter_map(Value::as_str);
                names.map(str::to_owned).collect()
            })
            .unwrap_or_default(),
        has_results: data.get("has_results").and_then(Value::as_bool),
        result_count: integer(data, "result_count"),
        images: images_of_answer(data),
        processing_time_ms: integer(data, "processing_time_ms"),
        raw,
    }
}

/// The images of an answer: at the top level or in its metadata.
fn images_of_answer(data: &Value) -> Vec<ImageReference> {
    let own = ["image_context", "images"]
        .iter()
        .filter_map(|key| data.get(key));
    let own = own.map(images_in).find(|images| !images.is_empty());
    own.unwrap_or_else(|| images_of_metadata(data.get("metadata")))
}

/// Reads a `token` event without building a `Value`, and what is known of its whole text;
/// `None` if a field is not of the usual type.
fn from_flat(raw: &RawEvent) -> Option<(TextToken, Whole)> {
    #[derive(serde::Deserialize)]
    struct Fields {
        content: String,
        token_index: Option<i64>,
        accumulated: Option<serde::de::IgnoredAny>,
    }
    let fields: Fields = event_fields::object(&raw.data.kept)?;
    let whole = match fields.accumulated {
        Some(_) => Whole::Unknown,
        None => Whole::Absent,
    };
    let token = TextToken {
        token_index: fields.token_index,
        content: Content::Own(fields.content),
        raw: raw.clone(),
    };
    Some((token, whole))
}

#[cfg(test)]
mod tests;
