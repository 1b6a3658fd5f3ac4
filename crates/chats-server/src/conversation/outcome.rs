//! What a message leads to, and the rows that are stored for it.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::{Answer, Plan, Role};
use crate::limits::tokens;
use crate::store::{NewMessage, RESOLVED};
use crate::wire;

/// The result of a message.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered(Box<Answered>),
    /// A plan waits for approval: its wire form.
    PlanPending(Value),
}

/// A stored answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub message_id: Uuid,
    pub content: String,
    pub token_count: i64,
    pub processing_time_ms: i64,
    pub remaining_tokens: i64,
    pub remaining_messages: i64,
    pub provider: Option<String>,
    pub model: Option<String>,
    pub images: Vec<Value>,
    pub metadata: Value,
}

impl Answered {
    /// The data of the `complete` event.
    pub(crate) fn to_complete(&self, answer: &Answer) -> Value {
        let result_count: i64 = answer.result_refs.values().map(|found| found.count).sum();
        json!({
            "content": self.content,
            "resolved_content": answer.resolved.as_ref().unwrap_or(&self.content),
            "message_id": self.message_id,
            "agents_used": answer.agents,
            "has_results": result_count > 0,
            "result_count": result_count,
            "image_context": self.images,
            "processing_time_ms": self.processing_time_ms,
            "token_count": self.token_count,
            "remaining_tokens": self.remaining_tokens,
            "remaining_messages": self.remaining_messages,
            "result_refs": answer.result_refs,
            "metadata": self.metadata,
        })
    }
}

/// The row of a question.
pub(super) fn user_message(text: &str, asked: Timestamp) -> NewMessage {
    NewMessage {
        id: Uuid::new_v4(),
        role: Role::User,
        content: text.to_owned(),
        token_count: tokens(text),
        processing_time_ms: None,
        created_at: asked,
        image_context: None,
        metadata: None,
    }
}

/// The row of an answer.
pub(super) fn assistant_message(
    id: Uuid,
    content: String,
    asked: Timestamp,
    now: Timestamp,
    images: &[Value],
    metadata: Value,
) -> NewMessage {
    NewMessage {
        id,
        role: Role::Assistant,
        token_count: tokens(&content),
        content,
        processing_time_ms: Some(
            i64::try_from(now.duration_since(asked).as_millis()).unwrap_or(i64::MAX),
        ),
        created_at: now,
        image_context: (!images.is_empty()).then(|| Value::from(images)),
        metadata: Some(metadata),
    }
}

/// The metadata that is stored with an answer.
pub(super) fn answer_metadata(answer: &Answer) -> Value {
    let mut metadata = json!({
        "vision_used": false,
        "offers_detailed_analysis": answer.offers_detailed_analysis,
        "agents_used": answer.agents,
        "provider": answer.provider,
        "model": answer.model,
    });
    if let Some(resolved) = &answer.resolved {
        metadata[RESOLVED] = json!(resolved);
    }
    if !answer.result_refs.is_empty() {
        metadata["result_refs"] = json!(answer.result_refs);
    }
    if !answer.images.is_empty() {
        metadata["image_context"] = Value::from(wire::message_images(&answer.images));
    }
    if !answer.documents.is_empty() {
        metadata["tool_document_data"] = Value::from(wire::documents(&answer.documents));
    }
    metadata
}

/// The text of a proposed plan in the history.
pub(super) fn proposal_text(plan: &Plan) -> String {
    let mut text = format!("{} This needs your approval:\n", plan.summary);
    for (number, step) in (1..).zip(&plan.steps) {
        text.push_str(&format!("\n{number}. {}", step.description()));
    }
    text
}
