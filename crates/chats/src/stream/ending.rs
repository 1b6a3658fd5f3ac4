//! How a stream ends before its time: what broke it, its recovery from the
//! session's history, and the error that keeps what had arrived.

use std::time::Duration;

use sync_wrapper::SyncWrapper;

use super::from_event::made;
use super::idle::Expired;
use super::recovery::{Looked, Recovery, SentMessage};
use super::token::ChatToken;
use super::{Answer, ChatStream, State};
use crate::error::{Error, ErrorKind, Result};

/// How a stream ended before its time.
#[derive(Debug)]
pub(super) enum Break {
    /// The connection was closed in order, but without `complete`.
    Ended,
    /// The connection failed.
    Failed(reqwest::Error),
    /// A clock ran out.
    Silent(Expired),
}

impl ChatStream {
    /// The bytes are over, one way or another.
    pub(super) fn cut(&mut self, cut: Break) -> Option<Result<ChatToken>> {
        let completed = matches!(self.state, State::Completed(_));
        if completed || self.plan_pending {
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
        let replied = self.origin.replied;
        let age = match replied {
            Some(_) => to_head,
            None => now.saturating_duration_since(self.origin.sent_at),
        };
        let sent = SentMessage {
            session_id: self.origin.session_id,
            text: self.origin.message.clone(),
            not_before: SentMessage::earliest(replied, date, age),
            answer_id: self.origin.answer_id.clone(),
            begun: self.decoder.text().to_owned(),
            headers: self.origin.exchange.callers_headers(),
            retry: self.decoder.retry_ms().map(Duration::from_millis),
        };
        let recovery = Recovery::new(self.origin.client.clone(), sent);
        Some(Ok(self.look(recovery, cut)))
    }

    /// Begins a look at the history; returns the token that says so.
    fn look(&mut self, recovery: Recovery, cut: Break) -> ChatToken {
        let token = made::reconnecting(recovery.next_look());
        self.state = State::Recovering(SyncWrapper::new(Box::pin(recovery.look())), cut);
        token
    }

    /// Takes in what a look at the history has shown; an error ends the stream.
    pub(super) fn looked(&mut self, looked: Looked) -> Option<Error> {
        let State::Recovering(_, cut) = std::mem::replace(&mut self.state, State::Done) else {
            return None;
        };
        match looked {
            Looked::Again(recovery) => {
                let token = self.look(*recovery, cut);
                self.ready.push_back(token);
                None
            }
            Looked::Answer(data) => {
                let token = made::complete(&data);
                if let ChatToken::Complete(complete) = &token {
                    let missing = complete.content.strip_prefix(self.decoder.text());
                    let missing = missing.unwrap_or_default();
                    if !missing.is_empty() {
                        self.ready.push_back(made::missing_text(missing));
                    }
                    self.decoder.recovered(&complete.content, missing);
                    self.answer = Some(Answer::new(complete, None));
                }
                self.ready.push_back(token);
                None
            }
            Looked::Unknown { looks, why } => {
                self.progress.reconnect_attempts = looks;
                let error = self.broken(cut).with_hint(why);
                Some(self.fail(error, true))
            }
        }
    }

    pub(super) fn broken(&self, cut: Break) -> Error {
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
    pub(super) fn fail(&mut self, error: Error, outcome_unknown: bool) -> Error {
        self.state = State::Done;
        let mut error = self.dress(error);
        self.failed = Some((error.code().map(str::to_owned), outcome_unknown));
        error.set_outcome_unknown(outcome_unknown);
        error
    }

    /// Adds what the stream knows to an error.
    pub(super) fn dress(&mut self, error: Error) -> Error {
        self.progress.events_received = self.decoder.events_received;
        self.progress.last_event_id = self.decoder.last_event_id().map(str::to_owned);
        let mut error = error
            .with_partial(self.decoder.text().to_owned())
            .with_stream_progress(self.progress.clone());
        // The message was sent; what failed is its answer.
        error.set_doing("stream the answer");
        self.origin.exchange.fail(error)
    }
}
