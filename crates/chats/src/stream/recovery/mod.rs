//! Finds the answer of a broken stream in its session's history.
//!
//! Nothing is ever sent again. [`history`] says which message counts as the answer.

mod history;

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use serde_json::json;
use tracing::{Instrument as _, Span};

pub(super) use history::SentMessage;
use history::{Verdict, judge};

use crate::call::operation::{CallContext, Run as _};
use crate::client::Client;
use crate::error::Error;
use crate::operations::GetSession;
use crate::types::ChatMessage;

/// The least timeout of a look at the history, even once the polling time is used up.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// The polling time has room for at least this many looks, however long a wait the
/// service asks for.
const LOOKS: u32 = 8;

/// A search for the answer, look by look.
pub(super) struct Recovery {
    client: Client,
    sent: SentMessage,
    deadline: Option<Instant>,
    interval: Duration,
    /// How many looks were taken.
    looks: u32,
    /// What belongs to the recovery is reported in this span.
    span: Span,
}

/// The result of one look.
pub(super) enum Looked {
    /// The answer, as the data of a `complete` event.
    Answer(serde_json::Value),
    /// The answer is not there yet, and it is time to look again.
    Again(Box<Recovery>),
    /// The outcome stays unknown, for this reason.
    Unknown { looks: u32, why: String },
}

impl Recovery {
    pub(super) fn new(client: Client, sent: SentMessage, span: Span) -> Self {
        let settings = &client.shared.settings;
        let asked = sent.retry.unwrap_or_default();
        Self {
            deadline: client
                .shared
                .clock
                .now()
                .checked_add(settings.polling_timeout),
            interval: settings
                .polling_interval
                .max(asked.min(settings.polling_timeout / LOOKS)),
            looks: 0,
            client,
            sent,
            span,
        }
    }

    /// The number of the next look, counted from 1.
    pub(super) fn next_look(&self) -> u32 {
        self.looks + 1
    }

    /// Looks for the answer. If it may still come, waits for the time of the next look,
    /// unless the polling time is over.
    pub(super) fn look(mut self) -> BoxFuture<'static, Looked> {
        self.looks += 1;
        let span = self.span.clone();
        Box::pin(self.one_look().instrument(span))
    }

    async fn one_look(self) -> Looked {
        let mut asked = Duration::ZERO;
        let why = match self.found().await {
            Ok(Verdict::Found(answer)) => match self.confirmed(answer).await {
                Some(answer) => return Looked::Answer(complete_data(&answer)),
                None => "the answer in the session's history may not be whole yet".to_owned(),
            },
            Ok(Verdict::NotYet) => "no answer was found in the session's history".to_owned(),
            Ok(Verdict::Ambiguous) => {
                let why = "the history holds more than one possible answer";
                return self.give_up(why);
            }
            Err(error) => {
                let why = format!("the session's history could not be read ({error})");
                if !error.is_retryable() {
                    return self.give_up(why);
                }
                asked = error.retry_after().unwrap_or_default();
                why
            }
        };
        // `Retry-After` is honoured, but the last look comes when the polling time ends.
        if !self.wait(self.interval.max(asked)).await {
            return self.give_up(why);
        }
        Looked::Again(Box::new(self))
    }

    /// Makes sure that an answer is not still being written: it has a count that only a
    /// finished answer has, or a second look shows the same text.
    async fn confirmed(&self, answer: ChatMessage) -> Option<ChatMessage> {
        if answer.is_finished() {
            return Some(answer);
        }
        let enough_time = self.left().is_none_or(|left| left >= self.interval);
        if !enough_time || !self.wait(self.interval).await {
            return None;
        }
        match self.found().await {
            Ok(Verdict::Found(again)) => (again.content == answer.content).then_some(again),
            Ok(Verdict::NotYet | Verdict::Ambiguous) | Err(_) => None,
        }
    }

    /// Waits; returns `false` at once if the polling time is over.
    async fn wait(&self, wait: Duration) -> bool {
        let wait = match self.left() {
            Some(Duration::ZERO) => return false,
            left => left.map_or(wait, |left| left.min(wait)),
        };
        self.client.shared.clock.sleep(wait).await;
        true
    }

    async fn found(&self) -> Result<Verdict<ChatMessage>, Error> {
        let history = self.history().await?;
        let shared = &self.client.shared;
        let others = self.sent.same_words(&shared.send_log, shared.clock.now());
        Ok(judge(&history, &self.sent, &others).cloned())
    }

    /// What is left of the polling time.
    fn left(&self) -> Option<Duration> {
        let now = self.client.shared.clock.now();
        let left = |end: Instant| end.saturating_duration_since(now);
        self.deadline.map(left)
    }

    async fn history(&self) -> Result<Vec<ChatMessage>, Error> {
        let shared = &self.client.shared;
        let usual = shared.settings.timeout;
        let left = self.left().map(|left| left.max(LAST_LOOK));
        let mut options = self.sent.options.clone();
        // Looking goes on while the history cannot be read; it needs no protection from what
        // other calls met.
        options.despite_circuit = true;
        // The caller's timeout was for the head of the stream.
        options.timeout = Some(left.map_or(usual, |left| left.min(usual)));
        let context = CallContext {
            client: self.client.clone(),
            options,
        };
        let reply = GetSession::history(self.sent.session_id).run(context);
        Ok(reply.await?.value.messages)
    }

    fn give_up(self, why: impl Into<String>) -> Looked {
        Looked::Unknown {
            looks: self.looks,
            why: why.into(),
        }
    }
}

/// A stored answer, in the form of the `complete` event that the stream did not deliver.
fn complete_data(answer: &ChatMessage) -> serde_json::Value {
    json!({
        "type": "complete",
        "content": answer.content,
        "message_id": answer.id,
        "token_count": answer.token_count,
        "processing_time_ms": answer.processing_time_ms,
        "image_context": answer.image_context,
        "metadata": answer.metadata,
    })
}
