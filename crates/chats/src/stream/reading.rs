//! Reads a live stream: chunks within the two timeouts, events, tokens.
//!
//! [`super::ending`] handles a stream whose bytes have ended.

use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::decode::End;
use super::ending::Break;
use super::idle::Limits;
use super::remainder::PATIENCE;
use super::token::{self, ChatToken};
use super::{Answer, ChatStream, State};
use crate::client::Shared;
use crate::error::{PendingPlan, Result};
use crate::live_drift;

impl ChatStream {
    /// Reads events until one gives a token; `None` if the state has changed instead.
    pub(super) fn poll_live(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatToken>>> {
        loop {
            let mut token = None;
            let clock = &*self.origin.client.shared.clock;
            let next = self.decoder.next(&mut token, Some(clock));
            if let Some(token) = &token {
                self.take_in(token);
            }
            if token.is_some() {
                return Poll::Ready(token.map(Ok));
            }
            match next {
                Ok(()) => match ready!(self.poll_chunk(cx)) {
                    Ok(chunk) => self.decoder.feed(chunk),
                    Err(cut) => return Poll::Ready(self.cut(cut)),
                },
                Err(end) => return Poll::Ready(self.unreadable(end)),
            }
        }
    }

    /// Ends a stream whose events cannot be read any further.
    pub(super) fn unreadable(&mut self, end: End) -> Option<Result<ChatToken>> {
        // An event after `complete` cannot fail the stream.
        if matches!(self.state, State::Completed { .. }) {
            self.drain_in_background();
            return None;
        }
        if matches!(end, End::Garbled) {
            return self.cut(Break::Garbled);
        }
        let unknown = end.leaves_outcome_unknown();
        if !unknown {
            self.drain_in_background();
        }
        let max = self.origin.client.shared.settings.max_event_bytes;
        Some(Err(self.fail(end.into_error(max), unknown)))
    }

    /// The next chunk, within the two timeouts.
    pub(super) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<std::result::Result<Bytes, Break>> {
        let body = match &mut self.state {
            State::Live(body) | State::Completed { body, .. } | State::Undecided { body, .. } => {
                body
            }
            State::NotAStream(foreign) => &mut foreign.body,
            State::Recovering(_) | State::Done => return Poll::Ready(Err(Break::Ended)),
        };
        match body.as_mut().poll_next(cx) {
            Poll::Ready(Some(Ok(chunk))) => {
                self.clocks.bytes();
                Poll::Ready(Ok(chunk))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Err(Break::Failed(error))),
            Poll::Ready(None) => Poll::Ready(Err(Break::Ended)),
            Poll::Pending => match &mut self.state {
                // The end has usually arrived, and the connection only needs a turn to
                // report it. Then no separate task has to read the rest.
                State::Completed { gave_turn, .. } if !*gave_turn => {
                    *gave_turn = true;
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                // The caller does not wait for the bytes after `complete`.
                State::Completed { .. } => {
                    self.drain_in_background();
                    Poll::Ready(Err(Break::Ended))
                }
                _ => {
                    let mut limits = limits(&self.origin.client.shared);
                    if !self.outcome.as_ref().is_some_and(|outcome| outcome.closing) {
                        let expired = self.clocks.poll_wait(cx, limits);
                        return expired.map(|expired| Err(Break::Silent(expired)));
                    }
                    limits.idle = limits.idle.min(PATIENCE);
                    limits.progress = limits.progress.min(PATIENCE);
                    let expired = self.clocks.poll_wait(cx, limits);
                    expired.map(|_| Err(Break::Ended))
                }
            },
        }
    }

    /// Updates the stream's state for an event.
    fn take_in(&mut self, token: &ChatToken) {
        let completed = matches!(self.state, State::Completed { .. });
        match token {
            ChatToken::Ping(_) => self.clocks.no_progress(limits(&self.origin.client.shared)),
            _ => self.clocks.progress(),
        }
        match token {
            ChatToken::Connection(connection) => {
                if let Some(id) = &connection.message_id {
                    self.origin.answer_id = Some(id.as_str().into());
                }
            }
            ChatToken::PlanPendingApproval(_) => {
                let plan = PendingPlan::find(token.data());
                let outcome = self.outcome();
                outcome.plan_pending = true;
                outcome.plan = plan.or(outcome.plan.take());
            }
            ChatToken::Complete(complete) if !completed => {
                self.complete(complete);
            }
            ChatToken::Close(close) if completed => {
                if let Some(id) = &close.message_id
                    && let Some(answer) = &mut self.outcome().answer
                {
                    answer.named(id);
                }
            }
            ChatToken::Close(_) => self.outcome().closing = true,
            ChatToken::Unknown(unknown) => live_drift::unknown_event(&unknown.name),
            _ => {}
        }
    }

    /// Keeps the answer, and records in the send log that the message has it.
    pub(super) fn answered(&mut self, answer: Answer) {
        let log = &self.origin.client.shared.send_log;
        log.answered(self.origin.ticket, answer.id(), answer.content());
        self.outcome().answer = Some(answer);
    }

    pub(super) fn complete(&mut self, complete: &token::Complete) {
        let announced = self.origin.answer_id.as_deref();
        let answer = Answer::new(complete, announced);
        self.answered(answer);
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Live(body) => State::Completed {
                body,
                gave_turn: false,
            },
            _ => State::Done,
        };
    }
}

/// The stream's clock, and its two time limits.
fn limits(shared: &Shared) -> Limits<'_> {
    Limits {
        clock: &*shared.clock,
        idle: shared.settings.stream_idle_timeout,
        progress: shared.settings.stream_progress_timeout,
    }
}
