//! A streamed answer.
//!
//! Bytes become events in [`sse`] and events become tokens in [`from_event`]; text tokens
//! of the plain form take a shorter way, [`flat_token`], and those of the usual form the
//! shortest, [`usual_token`]. [`decode`] combines these steps, and [`token`] has the
//! token types. [`ChatStream`] holds the state of a stream: [`reading`] reads the stream
//! within the two timeouts of [`idle`], [`not_a_stream`] handles a reply that is not an
//! event stream, [`ending`] handles a broken connection, and [`recovery`] looks for the
//! answer afterwards. No task is spawned before the answer is complete, and dropping the
//! stream until then closes its connection; [`remainder`] then reads the rest of the
//! reply in a task of its own.

mod accumulated;
mod answer;
mod decode;
#[cfg(test)]
mod differential;
mod ending;
mod event_fields;
mod event_name;
mod flat_token;
mod from_event;
mod idle;
mod inline_bytes;
mod not_a_stream;
mod partial_line;
mod reading;
mod recovery;
mod remainder;
mod scan;
mod split_pair;
mod sse;
mod synthetic;
mod text_deltas;
pub mod token;
mod usual_token;

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use futures_core::{FusedStream, Stream};
use futures_util::future::BoxFuture;
use http::HeaderMap;
use jiff::Timestamp;
use sync_wrapper::SyncWrapper;
use tokio::runtime::Handle;

pub use decode::TokenDecoder;
pub(crate) use decode::failure_in_events;
pub use text_deltas::TextDeltas;
pub use token::{ChatToken, ChatTokenType};

use crate::client::Client;
use crate::client::send_log::Ticket;
use crate::error::{Error, ErrorKind, PendingPlan, Result};
use crate::transport::{CallId, CallOptions, CallRecord, reply_headers};
use crate::types::{ChatResponse, SessionId};
use answer::Answer;
use decode::Decoder;
use ending::Break;
use idle::Clocks;
use recovery::{Looked, SentMessage};

/// A streamed answer: an async stream of [`ChatToken`]s.
///
/// Only a `complete` event makes the stream a success. If the connection breaks or ends
/// before that, the client looks for the answer in the session's history (it never sends
/// the message again) and yields [`ChatToken::Reconnecting`] each time it looks; if
/// nothing is found, the stream ends with an error that keeps the text so far
/// ([`Error::partial`]). [`recover(false)`](crate::ClientBuilder::recover) turns this
/// off.
///
/// Nothing runs in the background: bytes are read when the stream is polled, and dropping
/// the stream before its answer is complete closes the connection. Once the answer is
/// complete, the connection is kept for the next call if the service ends its reply
/// within a second.
///
/// Waiting for the next token is cancel safe: in a `select!`, nothing is lost if another
/// branch wins. A stream has no deadline as a whole; [the guide](crate::guide::streaming) shows
/// how to stop one and keep its text.
///
/// # Errors
///
/// An error is the last item of the stream.
///
/// - For an `error` event, the kind that its code names, or else
///   [`Chat`](ErrorKind::Chat); for an `auth_error` event,
///   [`Authentication`](ErrorKind::Authentication).
/// - [`Truncated`](ErrorKind::Truncated) if the stream ended without `complete`, and
///   [`Stream`](ErrorKind::Stream) if the connection broke, or no byte or no progress came
///   for too long ([`stream_idle_timeout`](crate::ClientBuilder::stream_idle_timeout),
///   default: 90 s; [`stream_progress_timeout`](crate::ClientBuilder::stream_progress_timeout),
///   default: 300 s), and the answer was not found.
///   [`outcome_unknown`](Error::outcome_unknown) is true.
/// - [`Stream`](ErrorKind::Stream) if an event is larger than
///   [`max_event_bytes`](crate::ClientBuilder::max_event_bytes) (default: 16 MiB), or the
///   answer is longer than 64 MiB. The client does not look for the answer then, and
///   `outcome_unknown` is true, too.
/// - [`Decode`](ErrorKind::Decode) if the reply is not an event stream.
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
    decoder: Decoder,
    clocks: Clocks,
    origin: Origin,
    /// Boxed and made on demand, because most streams never need all of it.
    outcome: Option<Box<Outcome>>,
}

/// What a stream has produced besides its text.
#[derive(Default)]
struct Outcome {
    /// Tokens to be yielded before anything else.
    ready: VecDeque<ChatToken>,
    answer: Option<Answer>,
    /// Whether a plan waits for approval; `plan` is what is known of it.
    plan_pending: bool,
    plan: Option<PendingPlan>,
    /// Whether `close` came before an answer: little can follow.
    closing: bool,
    /// How often the history was looked at.
    looks: u32,
    failed: Option<Failed>,
}

/// The error that was yielded.
struct Failed {
    code: Option<String>,
    outcome_unknown: bool,
}

/// Where a stream comes from, for its errors and its recovery. The reply's headers are
/// not kept here, since they would keep the connection's read buffer.
struct Origin {
    client: Client,
    call: CallRecord,
    session_id: SessionId,
    message: Box<str>,
    ticket: Ticket,
    /// Settings that few streams have.
    extras: Option<Box<Extras>>,
    /// The earliest date that the service can have given the message.
    not_before: Timestamp,
    /// The answer's id, as the stream announced it.
    answer_id: Option<Box<str>>,
}

#[derive(Default)]
struct Extras {
    /// What the caller chose for the call.
    options: CallOptions,
    /// The connection's runtime, if the stream may be dropped outside any runtime.
    #[cfg(feature = "blocking")]
    runtime: Option<Handle>,
}

enum State {
    /// Nothing decisive was read yet: the first bytes decide whether the reply is an
    /// event stream; if they are other text, its `Content-Type` (`announced`) does.
    Undecided {
        body: Body,
        announced: bool,
    },
    Live(Body),
    /// The reply is not an event stream.
    NotAStream(Box<OtherReply>),
    /// `complete` was yielded; events that have already arrived still follow.
    Completed {
        body: Body,
        /// Whether the connection has had its one turn to deliver the end of the body.
        gave_turn: bool,
    },
    /// The stream broke, and a look at the history is under way.
    Recovering(Box<Recovering>),
    Done,
}

/// A reply that is no stream: its text is collected for the error.
struct OtherReply {
    body: Body,
    read: Vec<u8>,
}

/// A search for the answer in the history, and what made it necessary.
struct Recovering {
    look: SyncWrapper<BoxFuture<'static, Looked>>,
    cut: Break,
}

type Body = chats_raw::ByteStream;

/// What a stream is made of.
pub(crate) struct Opened {
    pub(crate) client: Client,
    pub(crate) session_id: SessionId,
    pub(crate) message: String,
    pub(crate) sent_at: Instant,
    pub(crate) ticket: Ticket,
    pub(crate) body: Body,
    pub(crate) call: CallRecord,
    /// What the caller chose for the call.
    pub(crate) options: CallOptions,
}

impl ChatStream {
    pub(crate) fn new(opened: Opened, head: &HeaderMap) -> Self {
        let shared = &opened.client.shared;
        let content_type = head.get(http::header::CONTENT_TYPE);
        let content_type = content_type.and_then(|value| value.to_str().ok());
        let announced = content_type.is_some_and(reply_headers::is_event_stream);
        let on_its_way = shared.clock.now().saturating_duration_since(opened.sent_at);
        let (replied, now) = (reply_headers::date(head), shared.clock.date());
        let options = opened.options;
        let mut extras = None::<Box<Extras>>;
        if options.any() {
            extras.get_or_insert_default().options = options;
        }
        Self {
            state: State::Undecided {
                body: opened.body,
                announced,
            },
            decoder: Decoder::new(shared.settings.max_event_bytes),
            clocks: Clocks::default(),
            origin: Origin {
                session_id: opened.session_id,
                message: opened.message.into(),
                ticket: opened.ticket,
                extras,
                not_before: SentMessage::earliest(replied, now, on_its_way),
                answer_id: None,
                call: opened.call,
                client: opened.client,
            },
            outcome: None,
        }
    }

    /// The text of the answer so far, with reference markup; all of it after `complete`.
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
        self.decoder.snapshot()
    }

    /// The id of the request that opened the stream.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let stream = session.send_stream("Find damaged poles").await?;
    /// let request = stream.request_id().unwrap_or("without an id").to_owned();
    /// let answer = stream.finish().await?;
    /// println!("{} came with request {request}", answer.message_id);
    /// # Ok(()) });
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.origin.call.request_id().map(CallId::as_str)
    }

    /// The id of the session that the stream belongs to.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let stream = session.send_stream("Find damaged poles").await?;
    /// assert_eq!(stream.session_id(), session.session_id());
    /// # Ok(()) });
    /// ```
    pub fn session_id(&self) -> SessionId {
        self.origin.session_id
    }

    /// Only the answer's text, piece by piece; [`TextDeltas::finish`] then tells whether it is
    /// an answer, or a plan that waits.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let session = chats.session().open().await?;
    /// let mut pieces = session.send_stream("Find damaged poles").await?.text_deltas();
    /// while let Some(piece) = pieces.try_next().await? {
    ///     print!("{piece}");
    /// }
    /// pieces.finish().await?;
    /// # Ok(()) });
    /// ```
    pub fn text_deltas(self) -> TextDeltas {
        TextDeltas::new(self)
    }

    /// Reads the rest of the stream and returns the whole answer.
    ///
    /// Dropping this future closes the stream and drops its text: if you may want to stop,
    /// read the tokens yourself, and keep [`snapshot`](Self::snapshot).
    ///
    /// # Errors
    ///
    /// - The error that the stream would have yielded.
    /// - [`ErrorKind::Truncated`] if the stream had already yielded an error.
    /// - [`ErrorKind::Chat`] with code `PLAN_APPROVAL_REQUIRED` and the
    ///   [`plan`](Error::plan) if the agent proposes a plan instead of answering.
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
        let outcome = self.outcome();
        if let Some(answer) = outcome.answer.take() {
            return Ok(answer.into_response(self.origin.session_id));
        }
        // An error that was yielded ends the stream, even if a plan came before it.
        if outcome.plan_pending && outcome.failed.is_none() {
            let error = Error::new(
                ErrorKind::Chat,
                "the agent proposes a plan and waits for its approval",
            )
            .with_waiting_plan(outcome.plan.take());
            return Err(self.add_context(error));
        }
        let failed = outcome.failed.take().unwrap_or(Failed {
            code: None,
            outcome_unknown: true,
        });
        let error = Error::new(
            ErrorKind::Truncated,
            "the stream has already failed, and its answer is not complete",
        );
        let plan = outcome.plan.take();
        let error = error.with_code(failed.code).with_plan(plan);
        let mut error = self.add_context(error);
        error.set_outcome_unknown(failed.outcome_unknown);
        Err(error)
    }

    fn outcome(&mut self) -> &mut Outcome {
        self.outcome.get_or_insert_default()
    }

    fn has(&self, what: impl FnOnce(&Outcome) -> bool) -> bool {
        self.outcome.as_deref().is_some_and(what)
    }

    /// Whether `complete` was yielded.
    fn is_completed(&self) -> bool {
        self.has(|outcome| outcome.answer.is_some() && outcome.ready.is_empty())
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Done) && !self.has(|outcome| !outcome.ready.is_empty())
    }

    /// Hands the rest of a reply that is about to end to a task of its own.
    fn drain_in_background(&mut self) {
        let state = std::mem::replace(&mut self.state, State::Done);
        let (State::Live(body) | State::Completed { body, .. }) = state else {
            return;
        };
        let runtime = Handle::try_current().ok();
        #[cfg(feature = "blocking")]
        let runtime = runtime.or_else(|| self.origin.extras.as_mut()?.runtime.take());
        if let Some(runtime) = runtime {
            remainder::read(body, &runtime);
        }
    }

    /// Sets the runtime of a stream that may be dropped outside any runtime.
    #[cfg(feature = "blocking")]
    pub(crate) fn with_runtime(mut self, runtime: Handle) -> Self {
        self.origin.extras.get_or_insert_default().runtime = Some(runtime);
        self
    }

    /// Ends the stream at once, whatever is left of it.
    #[cfg(feature = "blocking")]
    pub(crate) fn abandon(&mut self) {
        if let Some(outcome) = &mut self.outcome {
            outcome.ready.clear();
        }
        self.state = State::Done;
    }

    pub(crate) fn poll_token(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatToken>>> {
        loop {
            if let Some(outcome) = &mut self.outcome
                && let Some(token) = outcome.ready.pop_front()
            {
                return Poll::Ready(Some(Ok(token)));
            }
            match &mut self.state {
                State::Done => return Poll::Ready(None),
                State::Live(_) | State::Completed { .. } => {
                    if let Some(token) = ready!(self.poll_live(cx)) {
                        return Poll::Ready(Some(token));
                    }
                }
                State::Undecided { .. } | State::NotAStream(..) => {
                    if let Some(token) = ready!(self.poll_doubtful(cx)) {
                        return Poll::Ready(Some(token));
                    }
                }
                State::Recovering(recovering) => {
                    let look = recovering.look.get_mut().as_mut();
                    let looked = ready!(look.poll(cx));
                    if let Some(error) = self.looked(looked) {
                        return Poll::Ready(Some(Err(error)));
                    }
                }
            }
        }
    }
}

impl Drop for ChatStream {
    fn drop(&mut self) {
        if matches!(self.state, State::Completed { .. }) {
            self.drain_in_background();
        }
    }
}

impl Stream for ChatStream {
    type Item = Result<ChatToken>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_token(cx)
    }
}

impl FusedStream for ChatStream {
    fn is_terminated(&self) -> bool {
        self.is_over()
    }
}

impl std::fmt::Debug for ChatStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatStream")
            .field("session_id", &self.origin.session_id)
            .field("request_id", &self.request_id())
            .field("events_received", &self.decoder.events_received)
            .field("completed", &self.has(|outcome| outcome.answer.is_some()))
            .finish_non_exhaustive()
    }
}
