//! The data of each event of a streamed answer.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::RawEvent;
use crate::error::PendingPlan;
use crate::references::{MetadataRef, Reference, ResultRef};
use crate::stream::flat_token::Content;
use crate::types::{ImageReference, MessageId, PlanId};

/// The stream is open.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// The id of the answer to come.
    pub message_id: Option<MessageId>,
    /// The status that the service gives, such as `connected`.
    pub status: Option<String>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// The agent has begun.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Thinking {
    /// What the agent is doing.
    pub status: Option<String>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// One step of the agent's reasoning.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ThinkingStep {
    /// The phase that the step belongs to.
    pub phase: Option<String>,
    /// The name of the agent.
    pub agent_name: Option<String>,
    /// The step, as a sentence for people.
    pub message: Option<String>,
    /// The reasoning behind the step, only with `debug_reasoning(true)`.
    pub reasoning: Option<String>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// How far the work has come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The name of the phase.
    pub phase: Option<String>,
    /// The phase, as a sentence for people.
    pub message: Option<String>,
    /// The name of the agent.
    pub agent_name: Option<String>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// A tool is called.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolInvocation {
    /// The name of the tool.
    pub tool_name: Option<String>,
    /// The name of the agent that calls it.
    pub agent_name: Option<String>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// A tool has answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolResult {
    /// The name of the tool.
    pub tool_name: Option<String>,
    /// How many results the tool returned.
    pub result_count: Option<i64>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// Images were found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImageResults {
    /// The images. One that cannot be read is left out here, but is still in the raw data.
    pub images: Vec<ImageReference>,
    /// How many images were found, which may be more than are listed.
    pub count: Option<i64>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// Documents were found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DocumentResults {
    /// The documents as received, since their form is not documented.
    pub documents: Vec<Value>,
    /// How many documents were found, which may be more than are listed.
    pub count: Option<i64>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// A piece of the answer's text.
#[derive(Clone)]
#[non_exhaustive]
pub struct TextToken {
    /// The index of the token in the answer, counted from 0.
    pub token_index: Option<i64>,
    pub(in crate::stream) content: Content,
    // Not in an `Arc`: tokens come by the thousand, and other events by the dozen.
    pub(in crate::stream) raw: RawEvent,
}

impl TextToken {
    /// The text to append to the answer.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// use chats::ChatToken;
    /// use futures_util::TryStreamExt;
    ///
    /// let mut stream = session.send_stream("Find damaged poles").await?;
    /// while let Some(token) = stream.try_next().await? {
    ///     if let ChatToken::Token(piece) = token {
    ///         println!("{:?}: {}", piece.token_index, piece.content());
    ///     }
    /// }
    /// # Ok(()) });
    /// ```
    pub fn content(&self) -> &str {
        match &self.content {
            Content::InData(place) => {
                let text = &self.raw.data.kept[place.clone()];
                // Validated when the token was read; again here, to avoid `unsafe`.
                std::str::from_utf8(text).unwrap_or_default()
            }
            Content::Own(text) => text,
        }
    }

    pub(in crate::stream) fn into_content(self) -> String {
        match self.content {
            Content::InData(_) => self.content().to_owned(),
            Content::Own(text) => text,
        }
    }

    /// The whole text so far, if the service repeats it in each token. The first call of
    /// this method parses the raw data;
    /// [`ChatStream::snapshot`](crate::ChatStream::snapshot) has the same text at no
    /// cost.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// decoder.feed("event: token\ndata: {\"content\":\" poles\",\"accumulated\":\"Two poles\"}\n\n");
    /// if let Some(chats::ChatToken::Token(piece)) = decoder.next_token()? {
    ///     assert_eq!((piece.content(), piece.accumulated()), (" poles", Some("Two poles")));
    /// }
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn accumulated(&self) -> Option<&str> {
        self.raw.value().get("accumulated")?.as_str()
    }
}

impl fmt::Debug for TextToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextToken")
            .field("token_index", &self.token_index)
            .field("content", &self.content())
            .field("raw", &self.raw)
            .finish()
    }
}

/// The agent proposes a plan and waits for its approval. The stream may end
/// without [`Complete`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlanPendingApproval {
    /// The id of the plan, to approve or cancel it; [`plan`](Self::plan) has the rest.
    pub plan_id: Option<PlanId>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

impl PlanPendingApproval {
    /// The plan, with what the service says about it; `None` if the event has no plan id.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// decoder.feed("event: plan_pending_approval\ndata: {\"plan_id\":\"p7\",\"steps\":3}\n\n");
    /// let Some(chats::ChatToken::PlanPendingApproval(waiting)) = decoder.next_token()? else {
    ///     panic!()
    /// };
    /// assert_eq!(waiting.plan().expect("it has an id").data["steps"], 3);
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn plan(&self) -> Option<PendingPlan> {
        PendingPlan::find(self.raw.value())
    }
}

/// The answer is complete.
///
/// ```
/// # contract_tests::embedded(async |client| {
/// # let session = client.chats().session().open().await?;
/// use chats::ChatToken;
/// use futures_util::TryStreamExt;
///
/// let mut stream = session.send_stream("Find damaged poles").await?;
/// while let Some(token) = stream.try_next().await? {
///     if let ChatToken::Complete(answer) = token {
///         println!("{} ({} images)", answer.resolved_content(), answer.images.len());
///     }
/// }
/// # Ok(()) });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Complete {
    /// The whole answer, with reference markup. If the service left it out: the text of the
    /// tokens.
    pub content: String,
    /// The id of the stored answer.
    pub message_id: Option<MessageId>,
    /// The names of the agents that took part.
    pub agents_used: Vec<String>,
    /// Whether the agent found anything.
    pub has_results: Option<bool>,
    /// How many results the agent found.
    pub result_count: Option<i64>,
    /// The images that the answer is about.
    pub images: Vec<ImageReference>,
    /// How long the service took to answer, in milliseconds.
    pub processing_time_ms: Option<i64>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

impl Complete {
    /// The answer as plain text: the service's own rendering if it sent one, else the content
    /// with its references resolved.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// decoder.feed("event: complete\ndata: {\"content\":\"See [[img:7f2c|pole.png]].\"}\n\n");
    /// let Some(chats::ChatToken::Complete(answer)) = decoder.next_token()? else { panic!() };
    /// assert_eq!(answer.resolved_content(), "See pole.png.");
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn resolved_content(&self) -> String {
        match self.rendering() {
            Some(rendering) => rendering.to_owned(),
            None => crate::references::resolve_content(&self.content, self.metadata()),
        }
    }

    /// The service's own rendering, at the top level or in the metadata.
    pub(in crate::stream) fn rendering(&self) -> Option<&str> {
        let data = self.raw.value();
        let beside = crate::references::rendering(Some(data));
        beside.or_else(|| crate::references::rendering(data.get("metadata")))
    }

    /// The references in the answer, in the order in which they stand in the text.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// decoder.feed("event: complete\ndata: {\"content\":\"See [[img:7f2c|pole.png]].\"}\n\n");
    /// let Some(chats::ChatToken::Complete(answer)) = decoder.next_token()? else { panic!() };
    /// assert_eq!(&answer.content[answer.references()[0].range.clone()], "[[img:7f2c|pole.png]]");
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn references(&self) -> Vec<Reference> {
        crate::references::parse_references(&self.content, self.metadata())
    }

    /// The set of results that each `[[ref:KEY]]` stands for, by key.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// decoder.feed("event: complete\ndata: {\"result_refs\":{\"poles\":{\"count\":7,\"ids\":[]}}}\n\n");
    /// let Some(chats::ChatToken::Complete(answer)) = decoder.next_token()? else { panic!() };
    /// assert_eq!(answer.result_refs()["poles"].count, 7);
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn result_refs(&self) -> BTreeMap<String, ResultRef> {
        crate::references::result_refs(self.metadata())
    }

    fn metadata(&self) -> MetadataRef<'_> {
        MetadataRef::from(self.raw.value())
    }
}

/// The stream broke, and the client looks for the answer in the session's
/// history.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reconnecting {
    /// How many times the client has looked, this time included.
    pub attempt: u32,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// The service is still there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ping {
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// The service is about to end the stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Close {
    /// The id of the answer.
    pub message_id: Option<MessageId>,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

/// An event that this version of `chats` does not know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnknownEvent {
    /// The name of the event.
    pub name: String,
    pub(in crate::stream) raw: Arc<RawEvent>,
}

macro_rules! with_data {
    ($event:ident, $variant:ident, $name:literal, $field:literal: $value:literal) => {
        impl $event {
            /// The event's data as received, including values that have no field here.
            ///
            /// ```
            /// use chats::ChatToken;
            ///
            /// let mut decoder = chats::stream::TokenDecoder::new();
            #[doc = concat!("decoder.feed(\"event: ", $name, "\\ndata: {\\\"", $field, "\\\": \\\"", $value, "\\\"}\\n\\n\");")]
            #[doc = concat!("let Some(ChatToken::", stringify!($variant), "(event)) = decoder.next_token()? else {")]
            ///     panic!("another event");
            /// };
            #[doc = concat!("assert_eq!(event.data()[\"", $field, "\"], \"", $value, "\");")]
            /// # Ok::<(), chats::Error>(())
            /// ```
            pub fn data(&self) -> &Value {
                self.raw.value()
            }
        }
    };
}

with_data!(Connection, Connection, "connection", "status": "connected");
with_data!(Thinking, Thinking, "thinking", "status": "planning");
with_data!(ThinkingStep, ThinkingStep, "thinking_step", "phase": "search");
with_data!(Status, Status, "status", "message": "Searching");
with_data!(ToolInvocation, ToolInvocation, "tool_invocation", "tool_name": "search_images");
with_data!(ToolResult, ToolResult, "tool_result", "tool_name": "search_images");
with_data!(ImageResults, ImageResults, "image_results", "source": "library");
with_data!(DocumentResults, DocumentResults, "document_results", "source": "library");
with_data!(TextToken, Token, "token", "content": "Two");
with_data!(PlanPendingApproval, PlanPendingApproval, "plan_pending_approval", "plan_id": "p1");
with_data!(Complete, Complete, "complete", "content": "Two poles");
with_data!(Reconnecting, Reconnecting, "reconnecting", "reason": "moved");
with_data!(Ping, Ping, "ping", "sent_at": "12:00");
with_data!(Close, Close, "close", "message_id": "msg_001");
with_data!(UnknownEvent, Unknown, "forecast", "remaining": "4 s");
