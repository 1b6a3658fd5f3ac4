//! What a stream yields: one typed token for each server-sent event.
//!
//! [`events`] has the data of each event; [`super::from_event`] makes tokens from events.

mod events;
mod kind;

use std::fmt;
use std::sync::OnceLock;

use serde_json::Value;

pub use events::{
    Close, Complete, Connection, DocumentResults, ImageResults, Ping, PlanPendingApproval,
    Reconnecting, Status, TextToken, Thinking, ThinkingStep, ToolInvocation, ToolResult,
    UnknownEvent,
};
pub use kind::ChatTokenType;

use super::accumulated::EventData;
use super::inline_bytes::InlineBytes;
use crate::json;

/// One event of a streamed answer.
///
/// Every token keeps the event's raw data ([`data`](Self::data)), so nothing that the
/// service sends is lost, not even fields that this version of `chats` does not know. The
/// events `error` and `auth_error` do not become tokens: they end the stream with an
/// error.
///
/// ```
/// # contract_tests::embedded(async |client| {
/// # let session = client.chats().session().open().await?;
/// use chats::ChatToken;
/// use futures_util::TryStreamExt;
///
/// let mut stream = session.send_stream("Find damaged poles").await?;
/// while let Some(token) = stream.try_next().await? {
///     match token {
///         ChatToken::Token(text) => print!("{}", text.content()),
///         ChatToken::ToolInvocation(tool) => eprintln!("using {:?}", tool.tool_name),
///         ChatToken::Complete(answer) => println!("\n{:?} results", answer.result_count),
///         other => eprintln!("{}", other.kind()),
///     }
/// }
/// # Ok(()) });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ChatToken {
    /// The stream is open.
    Connection(Connection),
    /// The agent has begun.
    Thinking(Thinking),
    /// One step of the agent's reasoning.
    ThinkingStep(ThinkingStep),
    /// How far the work has come.
    Status(Status),
    /// A tool is called.
    ToolInvocation(ToolInvocation),
    /// A tool has answered.
    ToolResult(ToolResult),
    /// Images were found.
    ImageResults(ImageResults),
    /// Documents were found.
    DocumentResults(DocumentResults),
    /// A piece of the answer's text.
    Token(TextToken),
    /// The agent proposes a plan and waits for its approval.
    PlanPendingApproval(PlanPendingApproval),
    /// The answer is complete. Only this makes a stream a success.
    Complete(Complete),
    /// The stream broke, and the client looks for the answer in the session's history.
    /// The client makes this token itself, each time it looks.
    Reconnecting(Reconnecting),
    /// The service is still there.
    Ping(Ping),
    /// The service is about to end the stream.
    Close(Close),
    /// An event that this version of `chats` does not know.
    Unknown(UnknownEvent),
}

impl ChatToken {
    /// The kind of the event.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// use chats::ChatTokenType;
    /// use futures_util::TryStreamExt;
    ///
    /// let tokens: Vec<_> = session.send_stream("Find damaged poles").await?.try_collect().await?;
    /// let pieces = tokens.iter().filter(|token| token.kind() == ChatTokenType::Token);
    /// assert!(pieces.count() > 1);
    /// # Ok(()) });
    /// ```
    pub fn kind(&self) -> ChatTokenType {
        match self {
            Self::Connection(_) => ChatTokenType::Connection,
            Self::Thinking(_) => ChatTokenType::Thinking,
            Self::ThinkingStep(_) => ChatTokenType::ThinkingStep,
            Self::Status(_) => ChatTokenType::Status,
            Self::ToolInvocation(_) => ChatTokenType::ToolInvocation,
            Self::ToolResult(_) => ChatTokenType::ToolResult,
            Self::ImageResults(_) => ChatTokenType::ImageResults,
            Self::DocumentResults(_) => ChatTokenType::DocumentResults,
            Self::Token(_) => ChatTokenType::Token,
            Self::PlanPendingApproval(_) => ChatTokenType::PlanPendingApproval,
            Self::Complete(_) => ChatTokenType::Complete,
            Self::Reconnecting(_) => ChatTokenType::Reconnecting,
            Self::Ping(_) => ChatTokenType::Ping,
            Self::Close(_) => ChatTokenType::Close,
            Self::Unknown(event) => ChatTokenType::Unknown(event.name.clone()),
        }
    }

    /// The text of a [`Token`](Self::Token), to be appended to the answer.
    /// `None` for every other event.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// use futures_util::TryStreamExt;
    ///
    /// let tokens: Vec<_> = session.send_stream("Find damaged poles").await?.try_collect().await?;
    /// let answer: String = tokens.iter().filter_map(|token| token.content()).collect();
    /// assert!(answer.contains("damaged"));
    /// # Ok(()) });
    /// ```
    pub fn content(&self) -> Option<&str> {
        match self {
            Self::Token(token) => Some(token.content()),
            _ => None,
        }
    }

    /// The event's data as JSON, parsed when first asked for. Data that is not JSON becomes a
    /// string, and no data becomes null.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// decoder.feed("event: forecast\ndata: {\"type\":\"forecast\",\"wind\":7}\n\n");
    /// let token = decoder.next_token()?.expect("an event that this version does not know");
    /// assert_eq!(token.data()["wind"], 7);
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn data(&self) -> &Value {
        self.raw().value()
    }

    /// The SSE `id` of the event, or of the last event before it that had one.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// decoder.feed("id: 1\nevent: token\ndata: {\"content\":\"two\"}\n\n");
    /// let token = decoder.next_token()?.expect("a whole event");
    /// assert_eq!(token.event_id(), Some("1"));
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn event_id(&self) -> Option<&str> {
        self.raw().id.as_text()
    }

    fn raw(&self) -> &RawEvent {
        match self {
            Self::Connection(event) => &event.raw,
            Self::Thinking(event) => &event.raw,
            Self::ThinkingStep(event) => &event.raw,
            Self::Status(event) => &event.raw,
            Self::ToolInvocation(event) => &event.raw,
            Self::ToolResult(event) => &event.raw,
            Self::ImageResults(event) => &event.raw,
            Self::DocumentResults(event) => &event.raw,
            Self::Token(event) => &event.raw,
            Self::PlanPendingApproval(event) => &event.raw,
            Self::Complete(event) => &event.raw,
            Self::Reconnecting(event) => &event.raw,
            Self::Ping(event) => &event.raw,
            Self::Close(event) => &event.raw,
            Self::Unknown(event) => &event.raw,
        }
    }
}

/// An event's data as it came.
#[derive(Clone)]
pub(crate) struct RawEvent {
    pub(in crate::stream) data: EventData,
    pub(in crate::stream) id: InlineBytes,
    pub(in crate::stream) value: OnceLock<Box<Value>>,
}

impl RawEvent {
    pub(in crate::stream) fn new(data: EventData, id: InlineBytes) -> Self {
        Self {
            data,
            id,
            value: OnceLock::new(),
        }
    }

    pub(in crate::stream) fn value(&self) -> &Value {
        self.value
            .get_or_init(|| Box::new(parse(&self.data.whole())))
    }
}

/// JSON if it is JSON, else the text itself, else null.
fn parse(data: &[u8]) -> Value {
    if let Ok(value) = json::value(data) {
        return value;
    }
    let text = String::from_utf8_lossy(data);
    if text.trim().is_empty() {
        return Value::Null;
    }
    Value::String(text.into_owned())
}

impl fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.data.whole()))
    }
}
