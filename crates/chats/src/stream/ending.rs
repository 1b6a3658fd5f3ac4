//! How a stream ends early: why it broke, the search for its answer in the session's
//! history, and the error that keeps the partial answer.

use std::time::Duration;

use sync_wrapper::SyncWrapper;

use super::decode;
use super::idle::Expired;
use super::recovery::{Looked, Recovery, SentMessage};
use super::synthetic;
use super::token::ChatToken;
use super::{Answer, ChatStream, Failed, Recovering, State};
use crate::error::{Error, ErrorKind, Result, StreamProgress, seconds};

/// Why a stream ended early.
#[derive(Debug)]
pub(super) enum Break {
    /// The connection was closed properly, but without `complete`.
    Ended,
    /// The connection failed.
    Failed(reqwest::Error),
    /// One of the two timeouts expired.
    Silent(Expired),
    /// The event `complete` cannot be read.
    Garbled,
}

impl ChatStream {
    /// Handles the end of the bytes: the stream is done, looks for its answer, or fails.
    pub(super) fn cut(&mut self, cut: Break) -> Option<Result<ChatToken>> {
        if self.has(|outcome| outcome.answer.is_some() || outcome.plan_pending) {
            self.state = State::Done;
            return None;
        }
        let settings = &self.origin.client.shared.settings;
        if !settings.recover {
            let error = self.broken(cut);
            return Some(Err(self.fail(error, true)));
        }
        let origin = &self.origin;
        let span = tracing::info_span!(
            "chats.recovery",
            chats.session_id = %origin.session_id,
            chats.request_id = self.request_id(),
        );
        span.in_scope(|| {
            tracing::debug!(
                ?cut,
                "the stream broke; looking for its answer in the history"
            );
        });
        let sent = SentMessage {
            session_id: origin.session_id,
            text: origin.message.to_string(),
            not_before: origin.not_before,
            ticket: origin.ticket,
            answer_id: origin.answer_id.as_deref().map(str::to_owned),
            begun: self.decoder.text().to_owned(),
            options: origin
                .extras
                .as_ref()
                .map(|extras| extras.options.clone())
                .unwrap_or_default(),
            retry: self.decoder.retry_ms().map(Duration::from_millis),
        };
        let recovery = Recovery::new(self.origin.client.clone(), sent, span);
        Some(Ok(self.look(recovery, cut)))
    }

    /// Starts a look at the history; returns the token that announces it.
    fn look(&mut self, recovery: Recovery, cut: Break) -> ChatToken {
        let token = synthetic::reconnecting(recovery.next_look());
        let look = SyncWrapper::new(recovery.look());
        self.state = State::Recovering(Box::new(Recovering { look, cut }));
        token
    }

    /// Handles the result of a look at the history; an error has ended the stream.
    pub(super) fn looked(&mut self, looked: Looked) -> Option<Error> {
        let State::Recovering(recovering) = std::mem::replace(&mut self.state, State::Done) else {
            return None;
        };
        let cut = recovering.cut;
        match looked {
            Looked::Again(recovery) => {
                let token = self.look(*recovery, cut);
                self.outcome().ready.push_back(token);
                None
            }
            Looked::Answer(data) => {
                let token = synthetic::complete(&data);
                if let ChatToken::Complete(complete) = &token {
                    let missing = rest_of(&complete.content, self.decoder.text());
                    if !missing.is_empty() {
                        self.outcome()
                            .ready
                            .push_back(synthetic::missing_text(missing));
                    }
                    self.decoder.recovered(&complete.content, missing);
                    self.answered(Answer::new(complete, None));
                }
                self.outcome().ready.push_back(token);
                None
            }
            Looked::Unknown { looks, why } => {
                self.outcome().looks = looks;
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
            Break::Garbled => decode::garbled(),
            Break::Failed(error) => Error::new(
                ErrorKind::Stream,
                "the stream broke before its answer was complete",
            )
            .with_source(error.without_url()),
            Break::Silent(Expired::Idle(limit)) => Error::new(
                ErrorKind::Stream,
                format!("the stream stayed silent for {}", seconds(limit)),
            ),
            Break::Silent(Expired::Progress(limit)) => Error::new(
                ErrorKind::Stream,
                format!("the stream made no progress for {}", seconds(limit)),
            ),
        }
    }

    /// Ends the stream with an error.
    pub(super) fn fail(&mut self, error: Error, outcome_unknown: bool) -> Error {
        self.state = State::Done;
        let error = self.add_context(error);
        let outcome = self.outcome();
        // A plan that came before is still there to be approved.
        outcome.plan = error.plan().cloned().or(outcome.plan.take());
        outcome.failed = Some(Failed {
            code: error.code().map(str::to_owned),
            outcome_unknown,
        });
        let mut error = error.with_plan(outcome.plan.clone());
        if !outcome_unknown && error.plan().is_none() {
            let log = &self.origin.client.shared.send_log;
            log.failed(self.origin.ticket);
        }
        error.set_outcome_unknown(outcome_unknown);
        error
    }

    /// Adds what the stream knows to an error.
    pub(super) fn add_context(&mut self, error: Error) -> Error {
        let progress = StreamProgress {
            events_received: self.decoder.events_received,
            last_event_id: self.decoder.last_event_id().map(str::to_owned),
            reconnect_attempts: self.outcome.as_ref().map_or(0, |outcome| outcome.looks),
        };
        let mut error = error
            .with_partial(self.decoder.text().to_owned())
            .with_stream_progress(progress);
        // The message was sent; only its answer failed.
        error.fill_doing("stream the answer");
        let origin = &self.origin;
        let key = &origin.client.shared.settings.api_key;
        origin.call.fail(error, Some(origin.session_id), key)
    }
}

/// What an answer has beyond its beginning; the answer may be stored without the space
/// around it. Characters of the beginning that could not be read count as one each.
fn rest_of<'a>(answer: &'a str, begun: &str) -> &'a str {
    let begun = match answer.starts_with(begun) {
        true => begun,
        false => begun.trim_start(),
    };
    let Some((readable, broken)) = begun.split_once(char::REPLACEMENT_CHARACTER) else {
        return answer.strip_prefix(begun).unwrap_or_default();
    };
    let rest = answer.strip_prefix(readable).unwrap_or_default();
    let delivered = 1 + broken.chars().count();
    let end = rest.char_indices().nth(delivered).map(|(end, _)| end);
    end.map_or("", |end| &rest[end..])
}
