//! What happens while an answer is made: the events of the stream, and the
//! handle through which an answerer reports it.

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use crate::library::Hit;
use crate::wire;

/// An event of the contract's stream, before it is written down.
///
/// Tokens carry only their text: the text so far is added where the event is
/// written, so that waiting events never grow with the square of the answer.
#[derive(Debug, Clone)]
pub(crate) enum StreamEvent {
    Token(String),
    /// Every other event, by name and data.
    Other(&'static str, Value),
}

/// Through this an answerer says what it does, as it does it.
#[derive(Debug)]
pub struct Progress {
    events: UnboundedSender<StreamEvent>,
    reasoning: bool,
    text: String,
}

impl Progress {
    pub(crate) fn new(events: UnboundedSender<StreamEvent>, reasoning: bool) -> Self {
        Self {
            events,
            reasoning,
            text: String::new(),
        }
    }

    /// Ignores that the receiver may be gone: the answer is made all the same.
    pub(crate) fn send(&self, event: StreamEvent) {
        let _ = self.events.send(event);
    }

    fn tell(&self, name: &'static str, data: Value) {
        self.send(StreamEvent::Other(name, data));
    }

    /// Says that it thinks.
    pub fn thinking(&self, status: &str) {
        self.tell("thinking", json!({"status": status}));
    }

    /// Says what it does now.
    pub fn status(&self, phase: &str, agent: &str, message: &str) {
        self.tell(
            "status",
            json!({"phase": phase, "message": message, "agent_name": agent}),
        );
    }

    /// Gives a step of its thought; the reasoning is sent only to those who asked for it.
    pub fn thinking_step(&self, phase: &str, agent: &str, message: &str, reasoning: &str) {
        let mut data = json!({"phase": phase, "agent_name": agent, "message": message});
        if self.reasoning {
            data["reasoning"] = json!(reasoning);
        }
        self.tell("thinking_step", data);
    }

    /// Says that a tool is used.
    pub fn tool_invocation(&self, tool: &str, agent: &str) {
        self.tell(
            "tool_invocation",
            json!({"tool_name": tool, "agent_name": agent}),
        );
    }

    /// Says how much a tool has found.
    pub fn tool_result(&self, tool: &str, count: i64) {
        self.tell(
            "tool_result",
            json!({"tool_name": tool, "result_count": count}),
        );
    }

    /// Shows the images that were found.
    pub fn image_results(&self, images: &[Hit], count: i64) {
        self.tell(
            "image_results",
            json!({"images": wire::message_images(images), "count": count}),
        );
    }

    /// Shows the documents that were found.
    pub fn document_results(&self, documents: &[Hit], count: i64) {
        self.tell(
            "document_results",
            json!({"documents": wire::documents(documents), "count": count}),
        );
    }

    /// Adds text to the answer.
    pub fn text(&mut self, delta: &str) {
        if !delta.is_empty() {
            self.text.push_str(delta);
            self.send(StreamEvent::Token(delta.to_owned()));
        }
    }

    /// Adds text word by word.
    pub fn words(&mut self, text: &str) {
        for word in text.split_inclusive(char::is_whitespace) {
            self.text(word);
        }
    }

    /// The whole text so far.
    pub(crate) fn into_text(self) -> String {
        self.text
    }
}
