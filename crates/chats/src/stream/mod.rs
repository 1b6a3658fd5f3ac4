//! A streamed answer.
//!
//! Bytes become events in [`sse`], events become tokens in [`read`]; what the
//! tokens are stands in [`token`]. [`ChatStream`] pulls them through, keeps the
//! text so far, watches the two clocks of [`idle`], and asks [`recovery`] when the
//! connection breaks. Nothing is spawned: dropping a stream closes its
//! connection.

mod answer;
mod idle;
mod read;
mod recovery;
mod sse;
mod text;
pub mod token;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use sync_wrapper::SyncWrapper;

pub use text::TextDeltas;
pub use token::{ChatToken, ChatTokenType};

use crate::client::Client;
use crate::drift;
use crate::error::classify::{self, PLAN_APPROVAL_REQUIRED};
use crate::error::{Error, ErrorKind, PendingPlan, Result, StreamProgress};
use crate::transport::{Exchange, ReplyMeta, http_date};
use crate::types::{ChatResponse, SessionId};
use answer::Answer;
use idle::{Clocks, Expired};
use read::{Reading, made};
use recovery::{Recovered, SentMessage};
use sse::{EventTooLarge, SseDecoder, SseEvent};

/// A streamed answer: an async stream of [`ChatToken`]s.
///
/// It is pulled by whoever polls it and holds nothing back. The event `complete`
/// alone makes it a success: a connection that breaks or ends before it is
/// recovered from the session's history (documented reads only; the message is
/// never sent again), with a [`ChatToken::Reconnecting`] in between, and if that
/// does not succeed the stream ends with an error that keeps the text so far.
/// After an error the stream is over.
///
/// ```
/// # contract_tests::embedded(async |client| {
/// # let chats = client.chats();
/// # let session = chats.create_session().await?.id;
/// use futures_util::TryStreamExt;
///
/// let mut stream = chats.send_stream(session, "Find damaged poles").await?;
/// while let Some(token) = stream.try_next().await? {
///     if let Some(text) = token.content() {
///         print!("{text}");
///     }
/// }
/// let answer = stream.finish().await?;
/// println!("\n{} images", answer.images.len());
/// # Ok(()) });
/// ```
#[must_use = "a stream does nothing unless it is polled"]
pub struct ChatStream {
    state: State,
    decoder: SseDecoder,
    clocks: Clocks,
    /// Tokens to be given before anything else.
    ready: VecDeque<ChatToken>,
    text: String,
    answer: Option<Answer>,
    plan: Option<PendingPlan>,
    progress: StreamProgress,
    last_token: Option<(i64, String)>,
    /// Which events were looked at for new fields.
    looked: u32,
    origin: Origin,
}

/// Where a stream comes from: what its errors and its recovery need.
struct Origin {
    client: Client,
    exchange: Exchange,
    session_id: SessionId,
    message: String,
    sent_at: Instant,
    head: ReplyMeta,
    head_at: Instant,
    /// The answer's id, as the stream announced it.
    answer_id: Option<String>,
}

enum State {
    /// The reply's head said that it is something else than events; the first
    /// bytes decide.
    Doubtful(Events),
    Live(Events),
    /// It is something else than events: its text is collected for the error.
    Foreign(Events, Vec<u8>),
    /// `complete` was given: what has already arrived is still given.
    Completed(Events),
    Recovering(SyncWrapper<Recovery>, Break),
    Done,
}

type Events = chats_raw::ByteStream;
type Recovery = Pin<Box<dyn Future<Output = Recovered> + Send>>;

/// How a stream ended before its time.
#[derive(Debug)]
enum Break {
    /// The connection was closed in order, but without `complete`.
    Ended,
    /// The connection failed.
    Failed(reqwest::Error),
    /// A clock ran out.
    Silent(Expired),
}

/// What a stream is made of.
pub(crate) struct Opened {
    pub(crate) client: Client,
    pub(crate) session_id: SessionId,
    pub(crate) message: String,
    pub(crate) sent_at: Instant,
    pub(crate) bytes: chats_raw::ByteStream,
    pub(crate) head: ReplyMeta,
    pub(crate) exchange: Exchange,
}

/// How much of a reply that is no stream is read for its error.
const MAX_FOREIGN: usize = 64 * 1024;

impl ChatStream {
    pub(crate) fn new(opened: Opened) -> Self {
        let settings = &opened.client.shared.settings;
        let clock = opened.client.shared.clock.clone();
        let content_type = opened.head.headers.get(http::header::CONTENT_TYPE);
        let announced = content_type.is_some_and(|value| {
            let value = value.as_bytes().to_ascii_lowercase();
            value.starts_with(b"text/event-stream")
        });
        Self {
            state: if announced {
                State::Live(opened.bytes)
            } else {
                State::Doubtful(opened.bytes)
            },
            decoder: SseDecoder::new(settings.max_event_bytes),
            clocks: Clocks::new(
                clock.clone(),
                settings.stream_idle_timeout,
                settings.stream_progress_timeout,
            ),
            ready: VecDeque::new(),
            text: String::new(),
            answer: None,
            plan: None,
            progress: StreamProgress::default(),
            last_token: None,
            looked: 0,
            origin: Origin {
                session_id: opened.session_id,
                message: opened.message,
                sent_at: opened.sent_at,
                head: opened.head,
                head_at: clock.now(),
                answer_id: None,
                exchange: opened.exchange,
                client: opened.client,
            },
        }
    }

    /// The text of the answer so far.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let session = chats.session().open().await?;
    /// let mut stream = session.send_stream("Find damaged poles").await?;
    /// while stream.try_next().await?.is_some() {}
    /// assert!(stream.snapshot().contains("damaged"));
    /// # Ok(()) });
    /// ```
    pub fn snapshot(&self) -> &str {
        &self.text
    }

    /// The id of the request that opened the stream.
    pub fn request_id(&self) -> Option<&str> {
        self.origin.head.request_id.as_deref()
    }

    /// The session that the stream belongs to.
    pub fn session_id(&self) -> SessionId {
        self.origin.session_id
    }

    /// The answer's text alone, piece by piece.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let session = chats.session().open().await?;
    /// let pieces = session.send_stream("Find damaged poles").await?.text_deltas();
    /// let text: String = pieces.try_collect().await?;
    /// # Ok(()) });
    /// ```
    pub fn text_deltas(self) -> TextDeltas {
        TextDeltas::new(self)
    }

    /// Reads what is left and gives the whole answer.
    ///
    /// # Errors
    ///
    /// What the stream would have yielded. [`ErrorKind::Truncated`] when the
    /// stream had already ended with an error, and [`ErrorKind::Chat`] with code
    /// `PLAN_APPROVAL_REQUIRED` and its [`plan`](Error::plan) when the agent waits
    /// for an approval instead of answering.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.session().open().await?;
    /// let answer = session.send_stream("Find damaged poles").await?.finish().await?;
    /// assert!(!answer.images.is_empty());
    /// # Ok(()) });
    /// ```
    pub async fn finish(mut self) -> Result<ChatResponse> {
        while let Some(token) = std::future::poll_fn(|cx| self.poll_token(cx)).await {
            token?;
        }
        self.into_response()
    }

    fn into_response(mut self) -> Result<ChatResponse> {
        if let Some(answer) = self.answer.take() {
            return Ok(answer.into_response(self.origin.session_id));
        }
        if let Some(plan) = self.plan.take() {
            let error = Error::new(
                ErrorKind::Chat,
                "the agent proposes a plan and waits for its approval",
            )
            .with_code(Some(PLAN_APPROVAL_REQUIRED.to_owned()))
            .with_plan(Some(plan))
            .with_hint("approve the plan with approve_plan, or cancel it");
            return Err(self.dress(error));
        }
        let error = Error::new(
            ErrorKind::Truncated,
            "the stream had ended with an error before its answer was complete",
        );
        let mut error = self.dress(error);
        error.set_outcome_unknown(true);
        Err(error)
    }

    pub(crate) fn poll_token(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatToken>>> {
        loop {
            if let Some(token) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(token)));
            }
            match &mut self.state {
                State::Done => return Poll::Ready(None),
                State::Live(_) | State::Completed(_) => {
                    if let Some(token) = ready!(self.poll_live(cx)) {
                        return Poll::Ready(Some(token));
                    }
                }
                State::Doubtful(_) | State::Foreign(..) => {
                    if let Some(token) = ready!(self.poll_doubtful(cx)) {
                        return Poll::Ready(Some(token));
                    }
                }
                State::Recovering(recovery, _) => {
                    let recovered = ready!(recovery.get_mut().as_mut().poll(cx));
                    if let Some(error) = self.recovered(recovered) {
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
        }
    }

    /// Reads events until one gives a token; `None` to look at the state again.
    fn poll_live(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatToken>>> {
        loop {
            match self.decoder.next_event() {
                Ok(Some(event)) => {
                    if let Some(token) = self.event(event) {
                        return Poll::Ready(Some(token));
                    }
                }
                Ok(None) => match ready!(self.poll_chunk(cx)) {
                    Ok(chunk) => self.decoder.feed(chunk),
                    Err(cut) => return Poll::Ready(self.cut(cut)),
                },
                // Nothing that comes after `complete` makes an error.
                Err(EventTooLarge) if matches!(self.state, State::Completed(_)) => {
                    self.state = State::Done;
                    return Poll::Ready(None);
                }
                Err(EventTooLarge) => {
                    let max = self.origin.client.shared.settings.max_event_bytes;
                    let message = format!("one event is larger than max_event_bytes ({max})");
                    let error = Error::new(ErrorKind::Stream, message);
                    return Poll::Ready(Some(Err(self.fail(error, true))));
                }
            }
        }
    }

    /// The next chunk, within the two clocks.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<std::result::Result<Bytes, Break>> {
        let (State::Live(bytes)
        | State::Completed(bytes)
        | State::Doubtful(bytes)
        | State::Foreign(bytes, _)) = &mut self.state
        else {
            return Poll::Ready(Err(Break::Ended));
        };
        match bytes.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                self.clocks.bytes();
                Poll::Ready(Ok(chunk))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(Break::Failed(error))),
            Poll::Ready(None) => Poll::Ready(Err(Break::Ended)),
            // Nobody waits for what comes after `complete`.
            Poll::Pending if matches!(self.state, State::Completed(_)) => {
                Poll::Ready(Err(Break::Ended))
            }
            Poll::Pending => self
                .clocks
                .poll_wait(cx)
                .map(|expired| Err(Break::Silent(expired))),
        }
    }

    /// Takes an event in; gives what is to be yielded for it.
    fn event(&mut self, event: SseEvent) -> Option<Result<ChatToken>> {
        self.progress.events_received += 1;
        let completed = matches!(self.state, State::Completed(_));
        read::look_for_new_fields(&event, &mut self.looked);
        let token = match read::read(event, &self.text) {
            Reading::Token(token) => token,
            // Nothing that comes after `complete` makes an error.
            Reading::Failed { .. } | Reading::Refused { .. } if completed => return None,
            Reading::Failed {
                message,
                code,
                data,
            } => {
                let kind = classify::kind_of_event(code.as_deref());
                let message = format!("the agent failed: {}", self.redact(&message));
                let plan = (code.as_deref() == Some(PLAN_APPROVAL_REQUIRED))
                    .then(|| PendingPlan::find(&data))
                    .flatten();
                let error = Error::new(kind, message).with_code(code).with_plan(plan);
                return Some(Err(self.fail(error, false)));
            }
            Reading::Refused { message, code } => {
                let message = format!("the service said: {}", self.redact(&message));
                let error = Error::new(ErrorKind::Authentication, message)
                    .with_code(code)
                    .with_hint("check the API key, and whether the session is yours");
                return Some(Err(self.fail(error, false)));
            }
        };
        if !matches!(token, ChatToken::Ping(_)) {
            self.clocks.progress();
        }
        match &token {
            ChatToken::Token(piece) => {
                // A token that comes twice in a row, by both its numbers, is one.
                let place = piece.token_index.zip(token.event_id().map(str::to_owned));
                if place.is_some() && place == self.last_token {
                    return None;
                }
                self.last_token = place;
                self.text.push_str(piece.content());
            }
            ChatToken::Connection(connection) => {
                self.origin.answer_id = connection.message_id.as_ref().map(ToString::to_string);
            }
            ChatToken::PlanPendingApproval(_) => self.plan = PendingPlan::find(token.data()),
            ChatToken::Complete(complete) if !completed => {
                self.complete(complete);
            }
            ChatToken::Unknown(unknown) => drift::unknown_event(&unknown.name),
            _ => {}
        }
        Some(Ok(token))
    }

    fn complete(&mut self, complete: &token::Complete) {
        let announced = self.origin.answer_id.as_deref();
        self.answer = Some(Answer::new(complete, announced));
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Live(bytes) => State::Completed(bytes),
            _ => State::Done,
        };
    }

    /// The bytes are over, one way or another.
    fn cut(&mut self, cut: Break) -> Option<Result<ChatToken>> {
        let completed = matches!(self.state, State::Completed(_));
        if completed || self.plan.is_some() {
            self.state = State::Done;
            return None;
        }
        let settings = &self.origin.client.shared.settings;
        if !settings.recover {
            let error = self.broken(cut);
            return Some(Err(self.fail(error, true)));
        }
        tracing::debug!(
            ?cut,
            "the stream broke; looking for its answer in the history"
        );
        let now = self.origin.client.shared.clock.now();
        let date = self.origin.client.shared.clock.date();
        let to_head = self
            .origin
            .head_at
            .saturating_duration_since(self.origin.sent_at);
        let replied = self.origin.head.headers.get(http::header::DATE);
        let replied = replied
            .and_then(|date| date.to_str().ok())
            .and_then(http_date);
        let age = match replied {
            Some(_) => to_head,
            None => now.saturating_duration_since(self.origin.sent_at),
        };
        let sent = SentMessage {
            session_id: self.origin.session_id,
            text: self.origin.message.clone(),
            not_before: SentMessage::earliest(replied, date, age),
            answer_id: self.origin.answer_id.clone(),
            retry: self.decoder.retry_ms().map(Duration::from_millis),
        };
        let recovery = recovery::recover(self.origin.client.clone(), sent);
        self.state = State::Recovering(SyncWrapper::new(Box::pin(recovery)), cut);
        Some(Ok(made::reconnecting(1)))
    }

    /// Takes in how the recovery ended; an error ends the stream.
    fn recovered(&mut self, recovered: Recovered) -> Option<Error> {
        let State::Recovering(_, cut) = std::mem::replace(&mut self.state, State::Done) else {
            return None;
        };
        match recovered {
            Recovered::Answer(data) => {
                let token = made::complete(&data);
                if let ChatToken::Complete(complete) = &token {
                    if let Some(missing) = complete.content.strip_prefix(&*self.text)
                        && !missing.is_empty()
                    {
                        self.ready.push_back(made::missing_text(missing));
                    }
                    self.text.clone_from(&complete.content);
                    self.answer = Some(Answer::new(complete, None));
                }
                self.ready.push_back(token);
                None
            }
            Recovered::Unknown { looks, why } => {
                self.progress.reconnect_attempts = looks;
                let error = self.broken(cut).with_hint(why);
                Some(self.fail(error, true))
            }
        }
    }

    fn broken(&self, cut: Break) -> Error {
        match cut {
            Break::Ended => Error::new(
                ErrorKind::Truncated,
                "the stream ended before its answer was complete",
            ),
            Break::Failed(error) => Error::new(
                ErrorKind::Stream,
                "the stream broke before its answer was complete",
            )
            .with_source(error.without_url()),
            Break::Silent(Expired::Idle(limit)) => Error::new(
                ErrorKind::Stream,
                format!("the stream stayed silent for {} s", limit.as_secs_f64()),
            ),
            Break::Silent(Expired::Progress(limit)) => Error::new(
                ErrorKind::Stream,
                format!("the stream made no progress for {} s", limit.as_secs_f64()),
            ),
        }
    }

    /// Ends the stream with an error.
    fn fail(&mut self, error: Error, outcome_unknown: bool) -> Error {
        self.state = State::Done;
        let mut error = self.dress(error);
        error.set_outcome_unknown(outcome_unknown);
        error
    }

    /// Adds what the stream knows to an error.
    fn dress(&mut self, error: Error) -> Error {
        self.progress.last_event_id = self.decoder.last_event_id().map(str::to_owned);
        let error = error
            .with_partial(self.text.clone())
            .with_stream_progress(self.progress.clone());
        self.origin.exchange.fail(error)
    }

    fn redact(&self, text: &str) -> String {
        self.origin.client.shared.settings.api_key.redact(text)
    }

    /// Finds out what a reply is that does not call itself a stream of events.
    fn poll_doubtful(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatToken>>> {
        let next = ready!(self.poll_chunk(cx));
        let token = match (std::mem::replace(&mut self.state, State::Done), next) {
            (State::Foreign(bytes, mut body), Ok(chunk)) if body.len() < MAX_FOREIGN => {
                let room = MAX_FOREIGN - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                self.state = State::Foreign(bytes, body);
                None
            }
            (State::Foreign(_, body), _) => Some(Err(self.foreign(body.into()))),
            (State::Doubtful(bytes), Ok(chunk)) => {
                self.state = match first_byte(&chunk) {
                    None => State::Doubtful(bytes),
                    Some(b'{' | b'[' | b'<' | b'"') => State::Foreign(bytes, chunk.to_vec()),
                    Some(_) => {
                        self.decoder.feed(chunk);
                        State::Live(bytes)
                    }
                };
                None
            }
            (state, Err(cut)) => {
                self.state = state;
                self.cut(cut)
            }
            (state, Ok(_)) => {
                self.state = state;
                None
            }
        };
        Poll::Ready(token)
    }

    fn foreign(&mut self, body: Bytes) -> Error {
        let read = crate::error::body::ErrorBody::read(&body);
        let kind = match &read.code {
            Some(code) => classify::kind_of_event(Some(code)),
            None => ErrorKind::Decode,
        };
        let told = read.message.map(|message| self.redact(&message));
        let message = match told {
            Some(told) => format!("the reply is no stream of events: {told}"),
            None => "the reply is no stream of events".to_owned(),
        };
        let unknown = kind == ErrorKind::Decode;
        let error = Error::new(kind, message)
            .with_status(self.origin.head.status)
            .with_code(read.code)
            .with_body(body);
        self.fail(error, unknown)
    }
}

fn first_byte(chunk: &[u8]) -> Option<u8> {
    chunk
        .iter()
        .copied()
        .find(|byte| !byte.is_ascii_whitespace())
}

impl Stream for ChatStream {
    type Item = Result<ChatToken>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_token(cx)
    }
}

impl FusedStream for ChatStream {
    fn is_terminated(&self) -> bool {
        self.ready.is_empty() && matches!(self.state, State::Done)
    }
}

impl std::fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatStream")
            .field("session_id", &self.origin.session_id)
            .field("request_id", &self.request_id())
            .field("events_received", &self.progress.events_received)
            .field("completed", &self.answer.is_some())
            .finish_non_exhaustive()
    }
}
