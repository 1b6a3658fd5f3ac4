//! Reading a stream that lives: chunks within the two clocks, events, tokens.
//!
//! What becomes of a stream whose bytes are over stands in [`super::ending`].

use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::ending::Break;
use super::read::{self, Reading};
use super::sse::{EventTooLarge, SseEvent};
use super::token::{self, ChatToken};
use super::{Answer, ChatStream, State};
use crate::drift;
use crate::error::classify::{self, PLAN_APPROVAL_REQUIRED};
use crate::error::{Error, ErrorKind, PendingPlan, Result};

impl ChatStream {
    /// Reads events until one gives a token; `None` to look at the state again.
    pub(super) fn poll_live(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<ChatToken>>> {
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
    pub(super) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<std::result::Result<Bytes, Break>> {
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
    pub(super) fn event(&mut self, event: SseEvent) -> Option<Result<ChatToken>> {
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
                let message = format!("the agent failed: {message}");
                let plan = (code.as_deref() == Some(PLAN_APPROVAL_REQUIRED))
                    .then(|| PendingPlan::find(&data))
                    .flatten();
                let error = Error::new(kind, message).with_code(code).with_plan(plan);
                return Some(Err(self.fail(error, false)));
            }
            Reading::Refused { message, code } => {
                let message = format!("the service said: {message}");
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

    pub(super) fn complete(&mut self, complete: &token::Complete) {
        let announced = self.origin.answer_id.as_deref();
        self.answer = Some(Answer::new(complete, announced));
        self.state = match std::mem::replace(&mut self.state, State::Done) {
            State::Live(bytes) => State::Completed(bytes),
            _ => State::Done,
        };
    }
}
