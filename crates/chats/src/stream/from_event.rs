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
    let name = name.as_bytes();
    let data = match data.left_out {
        None => data,
        Some(_) => EventData::from(Bytes::from(data.whole().into_owned())),
    };
    let raw = RawEvent::new(data, id);
    let raw = Arc::new(raw);
    // A specific event name decides, known or not: an event that is new to this version
    // may hold any data, and is passed on as it is.
    if let Some(known) = Name::known(name) {
        return typed(known, raw, text_so_far);
    }
    if !matches!(name, b"" | b"message") {
        return unknown(String::from_utf8_lossy(name).into_owned(), raw);
    }
    // The standard gives the name `message` to an event without one.
    let kind = raw.value().get("type").and_then(Value::as_str);
    let kind = kind.unwrap_or("message").to_owned();
    match Name::known(kind.as_bytes()) {
        Some(known) => typed(known, raw, text_so_far),
        None => unknown(kind, raw),
    }
}

fn unknown(name: String, raw: Arc<RawEvent>) -> Reading {
    Ok(ChatToken::Unknown(UnknownEvent { name, raw }))
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
mod tests {
    use super::*;
    use crate::types::MessageId;

    fn event(name: &str, data: &str, text_so_far: &str) -> Reading {
        let data = Bytes::copy_from_slice(data.as_bytes()).into();
        general(
            &InlineBytes::new(name.as_bytes()),
            data,
            InlineBytes::EMPTY,
            text_so_far,
        )
    }

    fn token(name: &str, data: &str) -> ChatToken {
        match event(name, data, "so far") {
            Ok(token) => token,
            failed @ Err(_) => panic!("{failed:?}"),
        }
    }

    #[test]
    fn a_token_carries_its_text_index_and_raw_data() {
        let token = token(
            "token",
            r#"{"type":"token","content":"a\n\"é\"","accumulated":"xa","token_index":3,"new":1}"#,
        );
        assert_eq!(token.content(), Some("a\n\"é\""));
        assert_eq!(token.data()["new"], 1);
        let ChatToken::Token(text) = token else {
            panic!("not a token")
        };
        assert_eq!(text.token_index, Some(3));
        assert_eq!(text.accumulated(), Some("xa"));
    }

    #[test]
    fn what_is_missing_null_or_of_another_type_never_fails_a_token() {
        for data in [
            "{}",
            "null",
            "",
            "[1]",
            r#"["hi",3]"#,
            r#"["a","b","c","d","e","f","g",1]"#,
            r#"{"content":null}"#,
            r#"{"content":5,"token_index":"x"}"#,
            "not json",
            "{\"content\":",
        ] {
            assert_eq!(token("token", data).content(), Some(""), "{data}");
            for name in [
                "connection",
                "thinking",
                "thinking_step",
                "status",
                "tool_invocation",
                "tool_result",
                "image_results",
                "document_results",
                "plan_pending_approval",
                "complete",
                "reconnecting",
                "ping",
                "close",
            ] {
                if (name, data) == ("complete", "{\"content\":") {
                    // Half an answer is none.
                    assert!(matches!(event(name, data, ""), Err(FailureEvent::Garbled)));
                    continue;
                }
                assert_eq!(token(name, data).kind().to_string(), name, "{data}");
            }
        }
    }

    #[test]
    fn a_field_of_another_type_costs_only_itself() {
        let status = |data| match token("status", data) {
            ChatToken::Status(status) => (status.phase, status.message, status.agent_name),
            other => panic!("{other:?}"),
        };
        let text = |text: &str| Some(text.to_owned());
        for data in [
            r#"{"phase":"p","message":"m\n","agent_name":"a","type":"status"}"#,
            r#" {"phase":"x","phase":"p","message":"m\n","agent_name":"a"}"#,
            r#"{"phase":"p","message":"m\n","agent_name":"a","reasoning":[{}],"result_count":0.5}"#,
        ] {
            assert_eq!(status(data), (text("p"), text("m\n"), text("a")), "{data}");
        }
        let data = r#"{"phase":7,"message":"m","agent_name":null}"#;
        assert_eq!(status(data), (None, text("m"), None));
        let data = r#"["p","m"]"#;
        assert_eq!(status(data), (None, None, None));
    }

    #[test]
    fn an_id_may_be_a_number() {
        for (data, id) in [
            (r#"{"message_id":"msg_001"}"#, Some("msg_001")),
            (r#"{"message_id":17,"status":"connected"}"#, Some("17")),
            (r#"{"message_id":[17]}"#, None),
        ] {
            let ChatToken::Connection(connection) = token("connection", data) else {
                panic!("not a connection")
            };
            let got = connection.message_id;
            assert_eq!(got.as_ref().map(MessageId::as_str), id, "{data}");
        }
    }

    #[test]
    fn without_a_telling_name_the_type_decides() {
        let data = r#"{"type":"token","content":"x"}"#;
        for name in ["", "message"] {
            assert_eq!(token(name, data).content(), Some("x"), "{name:?}");
        }
        assert_eq!(token("ping", data).kind().to_string(), "ping");
        assert_eq!(token("", r#"{"type":"new"}"#).kind().to_string(), "new");
        assert_eq!(
            token("usage", r#"{"type":"new"}"#).kind().to_string(),
            "usage"
        );
        assert_eq!(token("", "[DONE]").kind().to_string(), "message");
        assert_eq!(token("", "[DONE]").data(), "[DONE]");
    }

    #[test]
    fn an_unknown_name_is_passed_on_whatever_type_its_data_has() {
        for kind in [
            "token",
            "complete",
            "error",
            "auth_error",
            "plan_pending_approval",
            "close",
            "new",
        ] {
            let data = format!(r#"{{"type":"{kind}","content":"x"}}"#);
            let token = token("tool_warning", &data);
            assert_eq!(token.kind().to_string(), "tool_warning", "{kind}");
            assert_eq!(token.data()["type"], kind);
        }
    }

    #[test]
    fn complete_falls_back_to_the_text_so_far() {
        let ChatToken::Complete(done) = token("complete", r#"{"message_id":"msg_001"}"#) else {
            panic!("not complete")
        };
        assert_eq!(done.content, "so far");
        let ChatToken::Complete(empty) = token("complete", r#"{"content":""}"#) else {
            panic!("not complete")
        };
        assert_eq!(empty.content, "so far");
        assert_eq!(done.message_id.unwrap().as_str(), "msg_001");
        let ChatToken::Complete(unnamed) = token("complete", r#"{"message_id":""}"#) else {
            panic!("not complete")
        };
        assert_eq!(unnamed.message_id, None);
    }

    #[test]
    fn an_answers_own_rendering_counts_wherever_it_is_unless_it_is_empty() {
        for (data, resolved) in [
            (
                r#"{"content":"See [[img:1|x]]","metadata":{"resolved_content":"See that"}}"#,
                "See that",
            ),
            (
                r#"{"content":"a","resolved_content":"b","metadata":{"resolved_content":"c"}}"#,
                "b",
            ),
            (
                r#"{"content":"See [[img:1|x]]","resolved_content":""}"#,
                "See x",
            ),
        ] {
            let ChatToken::Complete(done) = token("complete", data) else {
                panic!("not complete")
            };
            assert_eq!(done.resolved_content(), resolved, "{data}");
        }
    }

    #[test]
    fn error_events_tell_message_and_code_in_every_seen_form() {
        for (data, message, code) in [
            (r#"{"message":"m","code":"C"}"#, "m", Some("C")),
            (r#"{"message":"m","error_type":"C"}"#, "m", Some("C")),
            (r#"{"error":"m","error_code":"C"}"#, "m", Some("C")),
            (r#"{"error":{"message":"m","code":"C"}}"#, "m", Some("C")),
            (
                r#"{"detail":{"error":"m","error_code":"C"}}"#,
                "m",
                Some("C"),
            ),
            (r#"{"message":"","error":"m"}"#, "m", None),
            (r#"{"error":"","message":"m"}"#, "m", None),
            (
                r#"{"message":"m","code":"","error_type":"C"}"#,
                "m",
                Some("C"),
            ),
            (r#"{"message":"m","code":429}"#, "m", Some("429")),
            ("plain text", "plain text", None),
        ] {
            for name in ["error", "auth_error"] {
                let Err(FailureEvent::Failed(said) | FailureEvent::Refused(said)) =
                    event(name, data, "")
                else {
                    panic!("{data}")
                };
                let told = (said.message.as_deref(), said.code.as_deref());
                assert_eq!(told, (Some(message), code), "{name} {data}");
            }
        }
    }
}
