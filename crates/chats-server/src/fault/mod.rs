//! The faults that can be injected, and when. The modules beside this one apply them to
//! replies.

mod draw;
mod frames;
mod header;
mod refusal;
mod reply;

use std::time::Duration;

pub use draw::Faults;
pub(crate) use frames::{FrameFaults, Step};
pub use refusal::{Refusal, RefusalBody, RetryAfter};
pub(crate) use reply::{Doomed, Drawn, break_off, inject};

pub use crate::conversation::LineEnding;
use crate::http::Operation;

/// Something that goes wrong with a request, for the tests of clients.
///
/// Several can apply to one request, such as a chunk size and a cut. Those about tokens and
/// events only affect streams.
///
/// ```
/// use chats_server::{Fault, Operation, Refusal, Server};
///
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// let server = Server::builder()
///     .fault(Fault::Refuse(Refusal::new(503).retry_after_seconds(1)).times(2))
///     .start()
///     .await
///     .unwrap();
/// server.faults().add(Fault::CutAfterTokens(3).on(Operation::StreamMessage));
/// # });
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// Waits before the request is handled.
    Delay(Duration),
    /// Answers with an error; the request is not carried out.
    Refuse(Refusal),
    /// Resets the connection; the request is not carried out.
    Reset,
    /// Carries the request out, then resets the connection without a reply.
    LoseReply,
    /// Breaks the body off after this many bytes, without a proper end.
    CutAfterBytes(usize),
    /// Sends the body in chunks of this many bytes, wherever they end.
    ChunkSize(usize),
    /// Compresses the body, each chunk so that it can be read at once.
    Gzip,
    /// Falls silent after this many tokens, without pings too.
    Stall {
        /// How many tokens come before the silence.
        after_tokens: u32,
        /// How long the silence lasts; `None` means for ever.
        lasting: Option<Duration>,
    },
    /// Ends the body properly after this many tokens, with nothing after them.
    EndAfterTokens(u32),
    /// Breaks the body off after this many tokens, without a proper end.
    CutAfterTokens(u32),
    /// Resets the connection after this many tokens.
    ResetAfterTokens(u32),
    /// Breaks the body off in the middle of a character, after this many tokens.
    CutInCharacter(u32),
    /// Sends an `error` event with this code after this many tokens, and ends.
    ErrorEvent {
        /// How many tokens come before it.
        after_tokens: u32,
        /// The code in it.
        code: String,
    },
    /// Sends only an `auth_error` event.
    AuthErrorEvent,
    /// Ends properly after the last token: no `complete`, no `close`.
    WithoutComplete,
    /// Does not send the `close` event.
    WithoutClose,
    /// Sends every event twice.
    RepeatEvents,
    /// Sends an event with a name that no contract knows before every event.
    UnknownEvents,
    /// Sends, before the first token, an event of an unknown name with this many bytes.
    HugeEvent(usize),
    /// Ends the lines of a stream in another way.
    LineEnding(LineEnding),
    /// Begins a stream with a byte order mark.
    ByteOrderMark,
}

impl Fault {
    /// Only for this operation.
    pub fn on(self, operation: Operation) -> FaultRule {
        FaultRule::from(self).on(operation)
    }

    /// Only for the first `times` requests that match.
    pub fn times(self, times: u32) -> FaultRule {
        FaultRule::from(self).times(times)
    }

    /// Only once.
    pub fn once(self) -> FaultRule {
        self.times(1)
    }

    /// Not for the first `requests` that match.
    pub fn after(self, requests: u32) -> FaultRule {
        FaultRule::from(self).after(requests)
    }

    /// With this probability, from 0 to 1; the server's seed makes it repeatable.
    pub fn chance(self, chance: f64) -> FaultRule {
        FaultRule::from(self).chance(chance)
    }
}

/// A [`Fault`] and when it happens: always, unless a method below says otherwise.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct FaultRule {
    fault: Fault,
    operation: Option<Operation>,
    times: Option<u32>,
    after: u32,
    chance: Option<f64>,
}

impl From<Fault> for FaultRule {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            operation: None,
            times: None,
            after: 0,
            chance: None,
        }
    }
}

impl FaultRule {
    /// Only for this operation.
    pub fn on(mut self, operation: Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Only for the first `times` requests that match.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Only once.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Not for the first `requests` that match.
    pub fn after(mut self, requests: u32) -> Self {
        self.after = requests;
        self
    }

    /// With this probability, from 0 to 1; the server's seed makes it repeatable.
    pub fn chance(mut self, chance: f64) -> Self {
        self.chance = Some(chance);
        self
    }
}
