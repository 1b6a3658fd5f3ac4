//! What a stream yields: one typed token for each server-sent event.
//!
//! Making tokens from events lives in [`super::read`].

use std::fmt;
use std::sync::OnceLock;

use serde_json::Value;

use super::plain::Content;
use super::repeat::EventData;
use super::short::Short;
use crate::references::{MetadataRef, Reference, ResultRef};
use crate::types::{ImageReference, MessageId, PlanId};
use std::collections::BTreeMap;

/// One event of a streamed answer.
///
/// Every event keeps its raw data ([`data`](Self::data)), so nothing that the
/// service sends is lost, whether this version knows it or not. The events
/// `error` and `auth_error` are not here: they end the stream as an error.
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
    /// One step of the agent's thought.
    ThinkingStep(ThinkingStep),
    /// Where the work stands.
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
    /// The answer is finished: this alone makes a stream a success.
    Complete(Complete),
    /// The stream broke; the client looks for the answer in the session's
    /// history. One for each look, made by the client, not by the service.
    Reconnecting(Reconnecting),
    /// A sign of life.
    Ping(Ping),
    /// The service is about to end the stream.
    Close(Close),
    /// An event that this version does not know.
    Unknown(UnknownEvent),
}

/// The name of an event; `Display` gives it as it stands on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChatTokenType {
    /// `connection`
    Connection,
    /// `thinking`
    Thinking,
    /// `thinking_step`
    ThinkingStep,
    /// `status`
    Status,
    /// `tool_invocation`
    ToolInvocation,
    /// `tool_result`
    ToolResult,
    /// `image_results`
    ImageResults,
    /// `document_results`
    DocumentResults,
    /// `token`
    Token,
    /// `plan_pending_approval`
    PlanPendingApproval,
    /// `complete`
    Complete,
    /// `reconnecting`
    Reconnecting,
    /// `ping`
    Ping,
    /// `close`
    Close,
    /// Another name.
    Unknown(String),
}

impl ChatTokenType {
    /// The name on the wire.
    ///
    /// ```
    /// use chats::ChatTokenType;
    ///
    /// assert_eq!(ChatTokenType::ToolResult.as_str(), "tool_result");
    /// assert_eq!(ChatTokenType::Unknown("forecast".to_owned()).as_str(), "forecast");
    /// ```
    pub fn as_str(&self) -> &str {
        match self {
            Self::Connection => "connection",
            Self::Thinking => "thinking",
            Self::ThinkingStep => "thinking_step",
            Self::Status => "status",
            Self::ToolInvocation => "tool_invocation",
            Self::ToolResult => "tool_result",
            Self::ImageResults => "image_results",
            Self::DocumentResults => "document_results",
            Self::Token => "token",
            Self::PlanPendingApproval => "plan_pending_approval",
            Self::Complete => "complete",
            Self::Reconnecting => "reconnecting",
            Self::Ping => "ping",
            Self::Close => "close",
            Self::Unknown(name) => name,
        }
    }
}

impl fmt::Display for ChatTokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl ChatToken {
    /// Which event it is.
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

    /// The text of a [`Token`](Self::Token): what to append to the answer.
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

    /// The event's data as JSON, parsed when first asked for. Data that is not
    /// JSON is given as a string, and no data as null.
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

    /// The last SSE `id` that the service had named when it sent this event.
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
    pub(super) data: EventData,
    pub(super) id: Short,
    pub(super) value: OnceLock<Box<Value>>,
}

impl RawEvent {
    pub(super) fn new(data: EventData, id: Short) -> Self {
        Self {
            data,
            id,
            value: OnceLock::new(),
        }
    }

    pub(super) fn value(&self) -> &Value {
        self.value
            .get_or_init(|| Box::new(parse(&self.data.whole())))
    }
}

/// JSON if it is JSON, else the text itself, else null.
fn parse(data: &[u8]) -> Value {
    if let Ok(value) = serde_json::from_slice(data) {
        return value;
    }
    let text = String::from_utf8_lossy(data);
    match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(_) if text.trim().is_empty() => Value::Null,
        Err(_) => Value::String(text.into_owned()),
    }
}

impl fmt::Debug for RawEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", String::from_utf8_lossy(&self.data.whole()))
    }
}

/// The stream is open.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Connection {
    /// The answer to come.
    pub message_id: Option<MessageId>,
    /// `connected`.
    pub status: Option<String>,
    pub(super) raw: Box<RawEvent>,
}

/// The agent has begun.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Thinking {
    /// What it is doing.
    pub status: Option<String>,
    pub(super) raw: Box<RawEvent>,
}

/// One step of the agent's thought.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ThinkingStep {
    /// The phase it belongs to.
    pub phase: Option<String>,
    /// Who thinks.
    pub agent_name: Option<String>,
    /// The step, for a person.
    pub message: Option<String>,
    /// The thought behind it; only with `debug_reasoning(true)`.
    pub reasoning: Option<String>,
    pub(super) raw: Box<RawEvent>,
}

/// Where the work stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The phase.
    pub phase: Option<String>,
    /// The phase, for a person.
    pub message: Option<String>,
    /// Who works.
    pub agent_name: Option<String>,
    pub(super) raw: Box<RawEvent>,
}

/// A tool is called.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolInvocation {
    /// The tool.
    pub tool_name: Option<String>,
    /// Who calls it.
    pub agent_name: Option<String>,
    pub(super) raw: Box<RawEvent>,
}

/// A tool has answered.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ToolResult {
    /// The tool.
    pub tool_name: Option<String>,
    /// How many results it gave.
    pub result_count: Option<i64>,
    pub(super) raw: Box<RawEvent>,
}

/// Images were found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ImageResults {
    /// The images; one that cannot be read is left out here and stays in the
    /// raw data.
    pub images: Vec<ImageReference>,
    /// How many were found, which may be more than are listed.
    pub count: Option<i64>,
    pub(super) raw: Box<RawEvent>,
}

/// Documents were found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DocumentResults {
    /// The documents; their form is not documented.
    pub documents: Vec<Value>,
    /// How many were found, which may be more than are listed.
    pub count: Option<i64>,
    pub(super) raw: Box<RawEvent>,
}

/// A piece of the answer's text.
#[derive(Clone)]
#[non_exhaustive]
pub struct TextToken {
    /// Its place in the answer, counted from 0.
    pub token_index: Option<i64>,
    pub(super) content: Content,
    // In place: tokens come by the thousand, and other events by the dozen.
    pub(super) raw: RawEvent,
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
                // Looked at when the token was read; there is no safe way to say so.
                std::str::from_utf8(text).unwrap_or_default()
            }
            Content::Own(text) => text,
        }
    }

    pub(super) fn into_content(self) -> String {
        match self.content {
            Content::InData(_) => self.content().to_owned(),
            Content::Own(text) => text,
        }
    }

    /// The whole text so far, where the service repeats it. It is read from the
    /// raw data when asked for, since repeating it for every token costs bytes
    /// that grow with the square of the answer;
    /// [`ChatStream::snapshot`](crate::ChatStream::snapshot) has it for nothing.
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
    /// The plan, to be approved or cancelled. Its details are in the raw data.
    pub plan_id: Option<PlanId>,
    pub(super) raw: Box<RawEvent>,
}

/// The answer is finished.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Complete {
    /// The whole answer, with reference markup. Where the service left it out,
    /// the text of the tokens.
    pub content: String,
    /// The stored answer.
    pub message_id: Option<MessageId>,
    /// Who took part.
    pub agents_used: Vec<String>,
    /// Whether anything was found.
    pub has_results: Option<bool>,
    /// How much was found.
    pub result_count: Option<i64>,
    /// The images that the answer speaks of.
    pub images: Vec<ImageReference>,
    /// How long the answer took, in milliseconds.
    pub processing_time_ms: Option<i64>,
    pub(super) raw: Box<RawEvent>,
}

impl Complete {
    /// The answer as plain text: the service's own rendering, else the content
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
        match self
            .raw
            .value()
            .get("resolved_content")
            .and_then(Value::as_str)
        {
            Some(resolved) => resolved.to_owned(),
            None => crate::references::resolve_content(&self.content, self.metadata()),
        }
    }

    /// The references in the answer, in their order.
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

    /// What each `[[ref:KEY]]` stands for.
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
    /// Which look this is, counted from 1.
    pub attempt: u32,
    pub(super) raw: Box<RawEvent>,
}

/// A sign of life.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Ping {
    pub(super) raw: Box<RawEvent>,
}

/// The service is about to end the stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Close {
    /// The answer.
    pub message_id: Option<MessageId>,
    pub(super) raw: Box<RawEvent>,
}

/// An event that this version does not know.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnknownEvent {
    /// Its name.
    pub name: String,
    pub(super) raw: Box<RawEvent>,
}
