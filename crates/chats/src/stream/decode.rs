//! From bytes to tokens, without a connection: the part of a stream that neither
//! waits nor recovers.

use bytes::Bytes;

use super::read::{self, Reading, SoFar};
use super::short::Short;
use super::sse::{EventTooLarge, SseDecoder};
use super::token::{ChatToken, TextToken};
use crate::error::classify::{self, PLAN_APPROVAL_REQUIRED};
use crate::error::{Error, ErrorKind, PendingPlan, Result};

/// Reads the tokens of a streamed answer from bytes that came some other way
/// than through [`send_stream`](crate::ChatResource::send_stream): recorded,
/// relayed, or from another HTTP client.
///
/// It gives what a [`ChatStream`](crate::ChatStream) gives for the same bytes,
/// wherever they are cut, but knows nothing of time and connections: whether the
/// bytes ended too early is for the caller to say, who sees no
/// [`ChatToken::Complete`] then.
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
    /// The content of `complete`.
    answer: Option<String>,
    max_event_bytes: usize,
}

impl Default for TokenDecoder {
    fn default() -> Self {
        Self::new()
    }
}

impl TokenDecoder {
    /// A decoder at the beginning of a stream, with the client's default bound
    /// for the size of one event.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// assert!(decoder.next_token()?.is_none()); // no bytes, no token
    /// decoder.feed("event: ping\ndata: {}\n\n");
    /// assert!(decoder.next_token()?.is_some());
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn new() -> Self {
        Self::with_max_event_bytes(crate::client::given::MAX_EVENT_BYTES)
    }

    /// The same with a bound of its own.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::with_max_event_bytes(8);
    /// decoder.feed("data: far too long\n\n");
    /// assert!(decoder.next_token().is_err());
    /// ```
    pub fn with_max_event_bytes(max_event_bytes: usize) -> Self {
        Self {
            decoder: Decoder::new(max_event_bytes),
            answer: None,
            max_event_bytes,
        }
    }

    /// Adds bytes as they came. It is cheapest once [`next_token`](Self::next_token)
    /// has given nothing more of the bytes before.
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
        self.decoder.feed(bytes.into());
    }

    /// The next token in the bytes so far.
    ///
    /// # Errors
    ///
    /// What the service says in `error` and `auth_error` events, with the kind
    /// that it would have in a stream; [`ErrorKind::Stream`] for an event that is
    /// larger than allowed. After an error the stream is over.
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
        match self.decoder.next() {
            Ok(None) => Ok(None),
            Ok(Some(Reading::Token(token))) => {
                if let ChatToken::Complete(complete) = &token {
                    self.answer.get_or_insert_with(|| complete.content.clone());
                }
                Ok(Some(token))
            }
            Ok(Some(Reading::Failed(failure))) => Err(failure.into_error()),
            Err(EventTooLarge) => Err(too_large(self.max_event_bytes)),
        }
    }

    /// The text of the answer so far; once it is complete, all of it.
    ///
    /// ```
    /// let mut decoder = chats::stream::TokenDecoder::new();
    /// decoder.feed("event: token\ndata: {\"content\":\"two\"}\n\n");
    /// while decoder.next_token()?.is_some() {}
    /// assert_eq!(decoder.snapshot(), "two");
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn snapshot(&self) -> &str {
        self.answer.as_deref().unwrap_or(self.decoder.text())
    }
}

/// What a stream decodes with.
#[derive(Debug)]
pub(super) struct Decoder {
    sse: SseDecoder,
    so_far: SoFar,
    /// The index and the id of the newest token, and how long its text is.
    newest: Option<(i64, Short, usize)>,
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

    /// Adds text that came some other way.
    pub(super) fn push_text(&mut self, text: &str) {
        self.so_far.text.push_str(text);
    }

    pub(super) fn feed(&mut self, chunk: Bytes) {
        self.sse.feed(chunk);
    }

    pub(super) fn last_event_id(&self) -> Option<&str> {
        self.sse.last_event_id()
    }

    pub(super) fn retry_ms(&self) -> Option<u64> {
        self.sse.retry_ms()
    }

    /// What the next event in the chunk means.
    // Inlined, since each return of a token is a copy of it.
    #[inline(always)]
    pub(super) fn next(&mut self) -> std::result::Result<Option<Reading>, EventTooLarge> {
        while let Some(data) = self.sse.next_event()? {
            self.events_received += 1;
            let before = self.so_far.text.len();
            let reading = read::read(data, self.sse.newest(), &mut self.so_far);
            if let Reading::Token(ChatToken::Token(token)) = &reading
                && self.is_repeated(token, before)
            {
                self.so_far.text.truncate(before);
                continue;
            }
            return Ok(Some(reading));
        }
        Ok(None)
    }
}

impl Decoder {
    /// Whether the token before was the same: one that comes twice in a row, by both
    /// its numbers and its text, is one. The text that came before it ends at `before`.
    #[inline]
    fn is_repeated(&mut self, token: &TextToken, before: usize) -> bool {
        let id = &token.raw.id;
        let Some(index) = token.token_index.filter(|_| !id.is_empty()) else {
            self.newest = None;
            return false;
        };
        let content = token.content();
        if let Some((newest, newest_id, len)) = &mut self.newest {
            let same_numbers = *newest == index && newest_id == id;
            if same_numbers && *len == content.len() {
                return self.so_far.text[..before].ends_with(content);
            }
            *newest = index;
            *len = content.len();
            if !same_numbers {
                newest_id.clone_from(id);
            }
        } else {
            self.newest = Some((index, id.clone(), content.len()));
        }
        false
    }
}

impl read::Failure {
    /// The error that the stream ends with.
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::Failed {
                message,
                code,
                data,
            } => {
                let kind = classify::kind_of_event(code.as_deref());
                let message = format!("the agent failed: {message}");
                let plan = (code.as_deref() == Some(PLAN_APPROVAL_REQUIRED))
                    .then(|| PendingPlan::find(&data))
                    .flatten();
                Error::new(kind, message).with_code(code).with_plan(plan)
            }
            Self::Refused { message, code } => {
                let message = format!("the service said: {message}");
                Error::new(ErrorKind::Authentication, message)
                    .with_code(code)
                    .with_hint("check the API key, and whether the session is yours")
            }
        }
    }
}

pub(super) fn too_large(max_event_bytes: usize) -> Error {
    let message = format!("one event is larger than max_event_bytes ({max_event_bytes})");
    Error::new(ErrorKind::Stream, message)
}
