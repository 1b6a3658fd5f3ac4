//! Decides which message in a session's history answers ours.
//!
//! Only one assistant message after one new user message equal to ours counts; ambiguous
//! cases stay unknown.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::client::send_log::{SameWords, SendLog, Ticket};
use crate::transport::CallOptions;
use crate::types::{ChatMessage, Role, SessionId};

/// How far the service's own clocks may disagree.
const SERVER_SKEW: Duration = Duration::from_secs(5);
/// How far our clock and the service's may disagree.
const LOCAL_SKEW: Duration = Duration::from_secs(60);

/// What is known of the message whose stream broke.
#[derive(Clone, Debug)]
pub(in crate::stream) struct SentMessage {
    pub(in crate::stream) session_id: SessionId,
    pub(in crate::stream) text: String,
    /// No message that is older than this is ours.
    pub(in crate::stream) not_before: Timestamp,
    /// The id that the stream announced for its answer.
    pub(in crate::stream) answer_id: Option<String>,
    /// The message's ticket in its client's send log.
    pub(in crate::stream) ticket: Ticket,
    /// The part of the answer that the stream had delivered.
    pub(in crate::stream) begun: String,
    /// What the caller chose for the message.
    pub(in crate::stream) options: CallOptions,
    /// How long the service asked to wait before coming back (`retry:`).
    pub(in crate::stream) retry: Option<Duration>,
}

impl SentMessage {
    /// The earliest date that the service can have given our message: by the `Date` of
    /// its reply if there was one, else by our clock.
    pub(in crate::stream) fn earliest(
        replied: Option<Timestamp>,
        now: Timestamp,
        since_sent: Duration,
    ) -> Timestamp {
        let (date, skew) = match replied {
            Some(date) => (date, SERVER_SKEW),
            None => (now, LOCAL_SKEW),
        };
        date.checked_sub(since_sent.saturating_add(skew))
            .unwrap_or(Timestamp::MIN)
    }

    /// The client's other messages with the same text.
    pub(super) fn same_words(&self, log: &SendLog, now: Instant) -> SameWords {
        log.same_words(self.session_id, &self.text, self.ticket, now)
    }

    /// Whether a message has our text, and is not older than ours can be.
    fn may_be(&self, message: &ChatMessage) -> bool {
        let new = match message.created_at {
            Some(at) => at >= self.not_before,
            // Without a date only the answer's id can show that it is new.
            None => self.answer_id.is_some(),
        };
        self.has_our_words(message) && new
    }

    /// A service may store a message without the space around it.
    fn has_our_words(&self, message: &ChatMessage) -> bool {
        let same = message.content == self.text || message.content == self.text.trim();
        message.role == Role::User && same
    }

    fn is_named(&self, answer: &ChatMessage) -> bool {
        self.answer_id.as_deref() == Some(answer.id.as_str())
    }

    /// Whether the stream named this answer by a UUID, which no other answer can have,
    /// whatever dates the service writes.
    fn is_named_uniquely(&self, answer: &ChatMessage) -> bool {
        self.is_named(answer) && answer.id.as_str().parse::<uuid::Uuid>().is_ok()
    }

    /// Judges the one message that stands in the answer's place.
    fn weigh<'m>(&self, answer: &'m ChatMessage) -> Verdict<&'m ChatMessage> {
        let uuid = |id: &str| id.parse::<uuid::Uuid>().ok();
        // An id in a stream may differ from that in the history, unless both are UUIDs.
        let announced = self.answer_id.as_deref().and_then(uuid);
        let other = announced
            .zip(uuid(answer.id.as_str()))
            .is_some_and(|(announced, stored)| announced != stored);
        let old = answer.created_at.is_some_and(|at| at < self.not_before)
            && !self.is_named_uniquely(answer);
        // A mismatch may be the answer to somebody else's identical question, or one that the
        // service is still writing. The service may store an answer without the space
        // around it.
        // What follows a character that could not be read is not compared.
        let readable = self.begun.split(char::REPLACEMENT_CHARACTER).next();
        let readable = readable.unwrap_or_default();
        let begun = [readable, readable.trim_start()];
        let fits = begun
            .iter()
            .any(|begun| answer.content.starts_with(begun) || answer.content == begun.trim_end());
        // The service may have written an answer again that it streamed otherwise.
        let certain = self.is_named_uniquely(answer) && answer.is_finished();
        if other || old || !(fits || certain) || answer.content.is_empty() {
            Verdict::NotYet
        } else {
            Verdict::Found(answer)
        }
    }
}

/// What a look at the history shows.
#[derive(Debug, PartialEq)]
pub(super) enum Verdict<A> {
    Found(A),
    /// The answer may still come.
    NotYet,
    /// More than one message may be the answer, and waiting will not help.
    Ambiguous,
}

impl<A: Clone> Verdict<&A> {
    pub(super) fn cloned(self) -> Verdict<A> {
        match self {
            Self::Found(answer) => Verdict::Found(answer.clone()),
            Self::NotYet => Verdict::NotYet,
            Self::Ambiguous => Verdict::Ambiguous,
        }
    }
}

/// Looks for the answer to our message: found if exactly one message can be it, ambiguous if
/// several can and nothing tells them apart, and otherwise not there yet.
pub(super) fn judge<'m>(
    messages: &'m [ChatMessage],
    sent: &SentMessage,
    others: &SameWords,
) -> Verdict<&'m ChatMessage> {
    let known = (0..messages.len())
        .filter(|place| sent.has_our_words(&messages[*place]))
        .flat_map(|place| answers_to(messages, place))
        .find(|answer| sent.is_named_uniquely(answer));
    if let Some(answer) = known {
        return sent.weigh(answer);
    }
    let taken = places_of_others(messages, sent, others);
    let mut ours: Vec<usize> = (0..messages.len())
        .filter(|place| sent.may_be(&messages[*place]) && !taken.contains(place))
        .collect();
    leave_out_failed(&mut ours, messages, others.failed);
    if others.unanswered && !ours.is_empty() {
        return Verdict::Ambiguous;
    }
    // The id that the stream announced picks one of several answers.
    let named = ours
        .iter()
        .flat_map(|place| answers_to(messages, *place))
        .find(|answer| sent.is_named(answer));
    if let Some(answer) = named {
        return sent.weigh(answer);
    }
    let place = match ours[..] {
        [] => return Verdict::NotYet,
        [place] => place,
        _ => return Verdict::Ambiguous,
    };
    if messages[place].created_at.is_none() {
        return Verdict::NotYet;
    }
    let overtaken = messages[place + 1..].iter().any(|m| m.role == Role::User);
    let mut answers = answers_to(messages, place);
    match (answers.next(), answers.next()) {
        (Some(answer), None) => sent.weigh(answer),
        (None, _) if !overtaken => Verdict::NotYet,
        // There are two answers, or another user message came before any answer.
        _ => Verdict::Ambiguous,
    }
}

/// The positions of this client's other messages with our text, if their answers are
/// known.
fn places_of_others(
    messages: &[ChatMessage],
    sent: &SentMessage,
    others: &SameWords,
) -> Vec<usize> {
    let mut places = Vec::new();
    for known in &others.answers {
        let is_known = |answer: &ChatMessage| !sent.is_named_uniquely(answer) && known.is(answer);
        let place = (0..messages.len())
            .filter(|place| sent.has_our_words(&messages[*place]) && !places.contains(place))
            .find(|place| answers_to(messages, *place).any(is_known));
        places.extend(place);
    }
    places
}

/// Takes out the places of this client's messages with our text that failed: such a message
/// may be stored all the same, without an answer. The last place stays, for it may be ours,
/// which has no answer yet.
fn leave_out_failed(places: &mut Vec<usize>, messages: &[ChatMessage], mut failed: usize) {
    let last = places.last().copied();
    places.retain(|place| {
        let unanswered = answers_to(messages, *place).next().is_none();
        let is_failed = failed > 0 && unanswered && Some(*place) != last;
        failed -= usize::from(is_failed);
        !is_failed
    });
}

/// The assistant's messages between a person's message and the next one.
fn answers_to(messages: &[ChatMessage], place: usize) -> impl Iterator<Item = &ChatMessage> {
    messages[place + 1..]
        .iter()
        .take_while(|message| message.role != Role::User)
        .filter(|message| message.role == Role::Assistant)
}

#[cfg(test)]
mod tests;
