//! An answer as JSON lines, for programs. `chats chat --help` documents the form.

use std::io;

use chats::{ChatResponse, ChatToken, ChatTokenType, PendingPlan, SessionId};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::Show;
use crate::output;

/// One line for each event, and one for how it ended.
pub(crate) struct JsonLines;

impl Show for JsonLines {
    fn token(&mut self, token: &ChatToken, _text: &str) -> io::Result<()> {
        print(&event(token))
    }

    fn answered(&mut self, answer: &ChatResponse) -> io::Result<()> {
        print(&spoken("answer", answer, answer.resolved_content()))
    }

    fn planned(&mut self, session: SessionId, plan: &PendingPlan) -> io::Result<()> {
        print(&json!({
            "type": "plan",
            "session_id": session,
            "plan_id": plan.plan_id,
            "plan": plan.data,
        }))
    }

    fn stopped(&mut self) -> io::Result<()> {
        print(&json!({"type": "interrupted"}))
    }

    fn failed(&mut self, error: &chats::Error) -> io::Result<()> {
        print(&json!({
            "type": "error",
            "kind": error.kind().as_str(),
            "code": error.code(),
            "status": error.status(),
            "request_id": error.request_id(),
            "session_id": error.session_id(),
            "message": crate::sentence::whole(error),
            "partial": error.partial(),
        }))
    }
}

fn print(value: &Value) -> io::Result<()> {
    output::json(value)
}

/// The event as the service sent it, named by `type` whether or not the service
/// repeats the name in its data.
fn event(token: &ChatToken) -> Value {
    let mut line = match token.data() {
        Value::Object(data) => data.clone(),
        Value::Null => Map::new(),
        data => Map::from_iter([("data".to_owned(), data.clone())]),
    };
    if token.kind() == ChatTokenType::Token {
        // Repeating the text so far would make the output grow with its square.
        line.remove("accumulated");
    }
    line.insert("type".to_owned(), token.kind().to_string().into());
    if let Some(id) = token.event_id() {
        line.insert("event_id".to_owned(), id.into());
    }
    Value::Object(line)
}

/// A line about a whole value, named by its `type`.
pub(crate) fn line(kind: &str, value: impl Serialize) -> Value {
    let mut line = json!(value);
    if let Value::Object(fields) = &mut line {
        fields.insert("type".to_owned(), kind.into());
    }
    line
}

/// As [`line()`], for a value with text of the agent, of which `resolved` is the plain one.
pub(crate) fn spoken(kind: &str, value: impl Serialize, resolved: String) -> Value {
    let mut line = line(kind, value);
    line["resolved_content"] = resolved.into();
    line
}
