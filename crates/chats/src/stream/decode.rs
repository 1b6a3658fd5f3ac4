//! Decodes bytes into tokens without a connection: this part of a stream neither waits
//! nor recovers answers.

mod place;

use bytes::Bytes;
pub(super) use place::TokenKey;

use super::accumulated::EventData;
use super::event_name::Name;
use super::flat_token::Whole;
use super::from_event::{self, FailureEvent, SoFar};
use super::not_a_stream;
use super::sse::{EventTooLarge, Next, SseDecoder};
use super::token::{ChatToken, RawEvent};
use super::usual_token;
use crate::clock::Clock;
use crate::error::body::ErrorBody;
use crate::error::classify;
use crate::error::{Error, ErrorKind, Result};

/// Reads the tokens of a streamed answer from bytes that came some other way
/// than through [`send_stream`](crate::ChatResource::send_stream): recorded,
/// relayed, or from another HTTP client.
///
/// It returns the tokens that a [`ChatStream`](crate::ChatStream) yields for the same
/// bytes, however they are split, but it has no timeouts and no connection: if the bytes
/// end without [`ChatToken::Complete`], you must treat the answer as truncated yourself.
///
/// ```
/// use chats::stream::TokenDecoder;
///
/// let mut decoder = TokenDecoder::new();
/// let mut answer = String::new();
/// for chunk in ["event: token\ndata: {\"content\":", "\"two\"}\n\n"] {
///     decoder.feed(chunk.as_bytes().to_vec());
///     while let Some(token) = decoder.next_token()? {
///         answer.extend(token.content());
///     }
/// }
/// assert_eq!(answer, "two");
/// # Ok::<(), chats::Error>(())
/// ```
#[derive(Debug)]
pub struct TokenDecoder {
    decoder: Decoder,
    /// An error ended the stream.
    over: bool,
    max_event_bytes: usize,
}

impl Default for TokenDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenDecoder {
    /// A decoder at the beginning of a stream. An event may have at most 16 MiB, the default
    /// of [`max_event_bytes`](crate::ClientBuilder::max_event_bytes).
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// assert!(decoder.next_token()?.is_none()); // no bytes, no token
    /// decoder.feed("event: ping\ndata: {}\n\n");
    /// assert!(decoder.next_token()?.is_some());
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn new() -> Self {
        Self::with_max_event_bytes(crate::client::unchecked_settings::MAX_EVENT_BYTES)
    }

    /// A decoder with another bound for the size of one event, in bytes; with 0 every event
    /// is too large.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::with_max_event_bytes(8);
    /// decoder.feed("data: far too long\n\n");
    /// assert!(decoder.next_token().is_err());
    /// ```
    pub fn with_max_event_bytes(max_event_bytes: usize) -> Self {
        Self {
            decoder: Decoder::new(max_event_bytes),
            over: false,
            max_event_bytes,
        }
    }

    /// Adds bytes as they arrived. You may add more before
    /// [`next_token`](Self::next_token) has returned all tokens of the earlier bytes: the
    /// new bytes wait in a queue.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// for byte in b"event: token\ndata: {\"content\":\"na\xc3\xafve\"}\n\n" {
    ///     while decoder.next_token()?.is_some() {}
    ///     decoder.feed(vec![*byte]); // wherever the bytes are cut
    /// }
    /// let token = decoder.next_token()?.expect("a whole event");
    /// assert_eq!(token.content(), Some("naïve"));
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn feed(&mut self, bytes: impl Into<Bytes>) {
        if !self.over {
            self.decoder.feed(bytes.into());
        }
    }

    /// The next token in the bytes so far; `None` if more bytes are needed.
    ///
    /// # Errors
    ///
    /// The failure that an `error` or `auth_error` event reports, with the kind that it has
    /// in a [`ChatStream`](crate::ChatStream); [`ErrorKind::Stream`] for an event that is
    /// too large. Neither occurs after [`ChatToken::Complete`]. After an error there are no
    /// more tokens, whatever is fed.
    ///
    /// ```
    /// use chats::{ErrorKind, stream::TokenDecoder};
    ///
    /// let mut decoder = TokenDecoder::new();
    /// decoder.feed(concat!(
    ///     "event: token\ndata: {\"content\":\"two\"}\n\n",
    ///     "event: error\ndata: {\"code\":\"RATE_LIMIT_ERROR\"}\n\n",
    /// ));
    /// let token = decoder.next_token()?.expect("the text before the failure");
    /// assert_eq!(token.content(), Some("two"));
    /// assert_eq!(decoder.next_token().unwrap_err().kind(), ErrorKind::RateLimit);
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn next_token(&mut self) -> Result<Option<ChatToken>> {
        if self.over || self.decoder.waits() {
            return Ok(None);
        }
        self.read_token()
    }

    /// Separate, since room for a token costs more than to find that there is none.
    #[inline(never)]
    fn read_token(&mut self) -> Result<Option<ChatToken>> {
        let mut token = None;
        match self.decoder.next(&mut token, None) {
            // A literal `None` avoids moving a large, empty `Option`.
            Ok(()) if token.is_none() => Ok(None),
            Ok(()) => Ok(token),
            Err(end) => self.end(end),
        }
    }

    #[cold]
    fn end(&mut self, end: End) -> Result<Option<ChatToken>> {
        self.over = true;
        if self.decoder.is_complete() {
            return Ok(None);
        }
        Err(end.into_error(self.max_event_bytes))
    }

    /// The text of the answer so far, with reference markup; all of it after `complete`.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// decoder.feed("event: token\ndata: {\"content\":\"two\"}\n\n");
    /// while decoder.next_token()?.is_some() {}
    /// assert_eq!(decoder.snapshot(), "two");
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn snapshot(&self) -> &str {
        self.decoder.snapshot()
    }
}

/// The longest text that an answer may have: the limit of a whole JSON reply.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// A stream's decoder: its events, its tokens and its text so far.
#[derive(Debug)]
pub(super) struct Decoder {
    sse: SseDecoder,
    so_far: SoFar,
    /// The key of the newest text token, unless another event followed.
    newest: Option<TokenKey>,
    pub(super) events_received: u64,
}

impl Decoder {
    pub(super) fn new(max_event_bytes: usize) -> Self {
        Self {
            sse: SseDecoder::new(max_event_bytes),
            so_far: SoFar::default(),
            newest: None,
            events_received: 0,
        }
    }

    /// The text of the tokens so far.
    pub(super) fn text(&self) -> &str {
        &self.so_far.text
    }

    /// The answer's text: that of `complete` if it has come, else the tokens' text.
    pub(super) fn snapshot(&self) -> &str {
        self.so_far.answer.as_deref().unwrap_or(self.text())
    }

    /// Whether `complete` has come, or the answer was recovered.
    pub(super) fn is_complete(&self) -> bool {
        self.so_far.answer.is_some()
    }

    /// Stores a recovered answer, and appends the text that the tokens had not delivered.
    pub(super) fn recovered(&mut self, answer: &str, missing: &str) {
        self.so_far.text.push_str(missing);
        self.so_far.answer = Some(answer.into());
    }

    #[inline]
    pub(super) fn feed(&mut self, chunk: Bytes) {
        self.sse.feed(chunk);
    }

    /// Whether nothing but more bytes can give another token.
    #[inline]
    pub(super) fn waits(&self) -> bool {
        self.sse.is_drained() && !self.is_too_long()
    }

    #[inline]
    fn is_too_long(&self) -> bool {
        self.so_far.text.len() > MAX_ANSWER
    }

    pub(super) fn last_event_id(&self) -> Option<&str> {
        self.sse.last_event_id()
    }

    pub(super) fn retry_ms(&self) -> Option<u64> {
        self.sse.retry_ms()
    }

    /// Puts the token of the next event in the chunk into `token`, since each move of a
    /// token is a copy; leaves it empty if the event has not arrived whole. The clock
    /// tells when data is due to be checked for new fields again.
    #[inline(always)] // into few callers
    pub(super) fn next(
        &mut self,
        token: &mut Option<ChatToken>,
        clock: Option<&dyn Clock>,
    ) -> Result<(), End> {
        loop {
            let next = self.sse.next_event_with(|mut event| {
                usual_token::read(&mut event, &mut self.so_far, &mut self.newest, token)
            })?;
            match next {
                Next::Waits => break,
                Next::Read => self.events_received += 1,
                Next::Data(data) => self.read(data, clock, token)?,
            }
            if token.is_some() {
                return Ok(());
            }
        }
        // Checking once per chunk is often enough.
        if self.is_too_long() {
            return Err(End::AnswerTooLong);
        }
        Ok(())
    }

    /// Reads an event of any form.
    fn read(
        &mut self,
        data: EventData,
        clock: Option<&dyn Clock>,
        token: &mut Option<ChatToken>,
    ) -> Result<(), End> {
        self.events_received += 1;
        let before = self.so_far.text.len();
        let read = from_event::read(data, self.sse.newest(), &mut self.so_far, clock, token);
        let whole = match read {
            Ok(whole) => whole,
            // An event after `complete` cannot fail the stream.
            Err(_) if self.is_complete() => Whole::Unknown,
            Err(FailureEvent::Garbled) => return Err(End::Garbled),
            Err(failure) => return Err(End::Failed(Box::new(failure))),
        };
        match token {
            Some(ChatToken::Token(text)) => {
                let again = match self.is_in_place(whole) {
                    true => self.is_repeated(text, before),
                    false => self.put_in_place(text, before, whole),
                };
                if again {
                    self.so_far.text.truncate(before);
                    self.so_far.out_of_step = true;
                    *token = None;
                }
            }
            Some(ChatToken::Ping(_)) => {}
            // What follows another event is no repetition of what preceded it.
            _ => self.newest = None,
        }
        Ok(())
    }
}

/// What to do about an `error` event: the stream was opened, so the message has come.
const RECEIVED: &str =
    "the message was received: check the session's messages before sending it again";

impl FailureEvent {
    /// The error that the stream ends with.
    fn into_error(self) -> Error {
        match self {
            Self::Failed(said) => {
                let kind = classify::kind_of_event(said.code.as_deref());
                let message = said
                    .message
                    .as_deref()
                    .unwrap_or("the service did not say why");
                Error::new(kind, format!("the agent failed: {message}"))
                    .with_hint(RECEIVED)
                    .with_details(*said)
            }
            Self::Refused(said) => {
                let unsaid = "the key or the session was not accepted";
                let message = said.message.as_deref().unwrap_or(unsaid);
                Error::new(
                    ErrorKind::Authentication,
                    format!("the service said: {message}"),
                )
                .with_details(*said)
                .with_setting("api_key")
                .with_hint("check the API key, and whether the session is yours")
            }
            Self::Garbled => garbled(),
        }
    }
}

/// Why decoding, not the connection or a timeout, ends a stream with an error.
#[derive(Debug)]
pub(super) enum End {
    /// The service sent an error event.
    Failed(Box<FailureEvent>),
    /// The event `complete` cannot be read.
    Garbled,
    EventTooLarge,
    AnswerTooLong,
}

impl End {
    /// Whether the service may still be working on the answer.
    pub(super) fn leaves_outcome_unknown(&self) -> bool {
        !matches!(self, Self::Failed(_))
    }

    pub(super) fn into_error(self, max_event_bytes: usize) -> Error {
        let error = |message| Error::new(ErrorKind::Stream, message);
        match self {
            Self::Failed(failure) => failure.into_error(),
            Self::Garbled => garbled(),
            Self::EventTooLarge => {
                let limit = format!("max_event_bytes ({max_event_bytes})");
                error(format!("one event is larger than {limit}"))
                    .with_setting("max_event_bytes")
                    .with_hint("raise it with ClientBuilder::max_event_bytes")
            }
            Self::AnswerTooLong => error(format!(
                "the answer is longer than {} MiB",
                MAX_ANSWER >> 20
            )),
        }
    }
}

/// What the first `error` or `auth_error` event of a whole stream says. Only events are
/// decoded here, not tokens: programs that never stream then carry no code for them.
pub(crate) fn failure_in_events(stream: &[u8]) -> Option<ErrorBody> {
    if !not_a_stream::begins_with_events(stream) {
        return None;
    }
    let mut sse = SseDecoder::new(stream.len());
    sse.feed(Bytes::copy_from_slice(stream));
    sse.feed(Bytes::from_static(b"\n\n"));
    while let Ok(Some(data)) = sse.next_event() {
        let newest = sse.newest();
        let data = EventData::from(Bytes::from(data.whole().into_owned()));
        let raw = RawEvent::new(data, newest.id.clone());
        match from_event::name_of(newest.name.as_bytes(), &raw) {
            Ok(Name::Error | Name::AuthError) => return Some(ErrorBody::of_event(raw.value())),
            Ok(Name::Complete) => return None,
            _ => {}
        }
    }
    None
}

/// The error for a `complete` that cannot be read.
pub(super) fn garbled() -> Error {
    Error::new(
        ErrorKind::Stream,
        "the event `complete` cannot be read: it is not valid JSON",
    )
}

impl From<EventTooLarge> for End {
    fn from(_: EventTooLarge) -> Self {
        Self::EventTooLarge
    }
}

#[cfg(test)]
mod tests;
