//! What a streamed answer is made of: events, and gates that hold it back until a
//! test has seen what it wants to see.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::PLAN;

/// A part of a streamed answer.
#[derive(Clone)]
pub(crate) enum Step {
    Event(String),
    /// Waits until the test opens the gate.
    Gate(Gate),
    /// Says nothing more and keeps the connection.
    Hold,
    /// Breaks the connection.
    Break,
}

/// Holds a stream back until a test has seen what it wants to see.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Gate {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }

    pub(crate) fn open(&self) {
        self.0.add_permits(1);
    }

    pub(super) async fn wait(&self) {
        self.0.acquire().await.unwrap().forget();
    }
}

pub(crate) fn event(name: &str, data: Value) -> Step {
    let mut data = data;
    data["type"] = name.into();
    Step::Event(format!("event: {name}\ndata: {data}\n\n"))
}

pub(crate) fn token(index: usize, text: &str) -> Step {
    let data = json!({"type": "token", "content": text, "accumulated": text, "token_index": index});
    Step::Event(format!("event: token\nid: {}\ndata: {data}\n\n", index + 1))
}

pub(crate) fn complete(text: &str, mut extra: Value) -> Step {
    let mut data = json!({"content": text, "message_id": "msg_001", "processing_time_ms": 12});
    if let (Some(data), Some(extra)) = (data.as_object_mut(), extra.as_object_mut()) {
        data.append(extra);
    }
    event("complete", data)
}

/// An answer that says `text` in two pieces.
pub(crate) fn says(text: &str) -> Vec<Step> {
    let half = text
        .char_indices()
        .nth(text.chars().count() / 2)
        .map_or(0, |(at, _)| at);
    vec![
        event(
            "connection",
            json!({"message_id": "msg_001", "status": "connected"}),
        ),
        event(
            "status",
            json!({"phase": "search", "message": "Looking", "agent_name": "finder"}),
        ),
        event(
            "tool_invocation",
            json!({"tool_name": "image_search", "agent_name": "finder"}),
        ),
        token(0, &text[..half]),
        token(1, &text[half..]),
        // No `close`: it comes after the end, and nobody waits for it.
        complete(text, json!({})),
    ]
}

/// A plan in place of an answer.
pub(crate) fn plans() -> Vec<Step> {
    vec![event(
        "plan_pending_approval",
        json!({
            "plan_id": PLAN,
            "summary": "Find poles and select them.",
            "steps": [
                {"step": 1, "description": "Find poles."},
                {"step": 2, "description": "Select them."},
            ],
        }),
    )]
}
