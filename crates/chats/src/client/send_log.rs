//! The messages that a client sent recently, and the answers that it was given.
//!
//! When a stream breaks, its answer is looked for in the session's history. There, the
//! answer to an earlier message with the same text looks just like the wanted one: only
//! the client that sent both can tell them apart.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::types::{ChatMessage, SessionId};

/// How many messages are remembered, over all sessions.
const CAPACITY: usize = 256;
/// How long a message without an answer is thought to be still waiting for one.
const PATIENCE: Duration = Duration::from_secs(600);

/// What a client's clones share of the messages they sent.
#[derive(Default)]
pub(crate) struct SendLog(Mutex<Log>);

#[derive(Default)]
struct Log {
    next: u32,
    entries: VecDeque<Entry>,
}

struct Entry {
    ticket: Ticket,
    session_id: SessionId,
    words: Mark,
    sent_at: Instant,
    outcome: Outcome,
}

/// What became of a message.
#[derive(Clone, Copy)]
enum Outcome {
    /// It has no answer yet.
    Waits,
    Answered(AnswerMark),
    /// The service took it and said that it will have no answer.
    Failed,
}

/// Identifies a message in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket(u32);

/// The hashes by which an answer is recognized.
#[derive(Clone, Copy)]
pub(crate) struct AnswerMark {
    id: Mark,
    content: Mark,
}

/// A hash that stands for a text.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark(u64);

impl Mark {
    /// Ignores the space around a text, which a service may trim.
    fn of(text: &str) -> Self {
        static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self(KEYS.hash_one(text.trim()))
    }
}

/// The other messages with the same words in the same session.
#[derive(Default)]
pub(crate) struct SameWords {
    /// Their answers, in the order of the messages.
    pub(crate) answers: Vec<AnswerMark>,
    /// How many of them will have no answer.
    pub(crate) failed: usize,
    /// Whether one of them has no answer yet, so that any answer may belong to it.
    pub(crate) unanswered: bool,
}

impl AnswerMark {
    fn of(id: &str, content: &str) -> Self {
        Self {
            id: Mark::of(id),
            content: Mark::of(content),
        }
    }

    /// Whether a stored answer is this one. Its content counts, since ids in the history
    /// may differ from those in replies; its id counts only if it is a UUID, since
    /// another may recur.
    pub(crate) fn is(self, stored: &ChatMessage) -> bool {
        let unique = stored.id.as_str().parse::<uuid::Uuid>().is_ok();
        let it = Self::of(stored.id.as_str(), &stored.content);
        self.content == it.content || (unique && self.id == it.id)
    }
}

impl SendLog {
    /// Notes that a message is about to be sent.
    pub(crate) fn sending(&self, session_id: SessionId, words: &str, now: Instant) -> Ticket {
        let words = Mark::of(words);
        let mut log = self.log();
        let ticket = Ticket(log.next);
        log.next = log.next.wrapping_add(1);
        if log.entries.len() == CAPACITY {
            log.entries.pop_front();
        }
        log.entries.push_back(Entry {
            ticket,
            session_id,
            words,
            sent_at: now,
            outcome: Outcome::Waits,
        });
        ticket
    }

    /// Notes that a message was answered.
    pub(crate) fn answered(&self, ticket: Ticket, id: &str, content: &str) {
        let answer = AnswerMark::of(id, content);
        let mut log = self.log();
        if let Some(entry) = log.entry(ticket) {
            entry.outcome = Outcome::Answered(answer);
        }
    }

    /// Notes that the service took a message, but will not answer it.
    pub(crate) fn failed(&self, ticket: Ticket) {
        if let Some(entry) = self.log().entry(ticket) {
            entry.outcome = Outcome::Failed;
        }
    }

    /// Notes that the service did not take a message.
    pub(crate) fn refused(&self, ticket: Ticket) {
        let mut log = self.log();
        log.entries.retain(|entry| entry.ticket != ticket);
    }

    /// The other messages that were sent with the same text.
    pub(crate) fn same_words(
        &self,
        session_id: SessionId,
        words: &str,
        ticket: Ticket,
        now: Instant,
    ) -> SameWords {
        let mut same = SameWords::default();
        let words = Mark::of(words);
        for entry in &self.log().entries {
            if entry.ticket == ticket || (entry.session_id, entry.words) != (session_id, words) {
                continue;
            }
            match entry.outcome {
                Outcome::Answered(answer) => same.answers.push(answer),
                Outcome::Failed => same.failed += 1,
                Outcome::Waits => {
                    let age = now.saturating_duration_since(entry.sent_at);
                    same.unanswered |= age < PATIENCE;
                }
            }
        }
        same
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn entry(&mut self, ticket: Ticket) -> Option<&mut Entry> {
        self.entries.iter_mut().rev().find(|e| e.ticket == ticket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: SessionId = SessionId::new(uuid::Uuid::nil());

    #[test]
    fn only_so_many_messages_are_remembered_and_none_waits_for_ever() {
        let log = SendLog::default();
        let start = Instant::now();
        let same = |ticket, now| log.same_words(SESSION, "Go on", ticket, now);
        let first = log.sending(SESSION, "Go on", start);
        let second = log.sending(SESSION, "Go on", start);
        assert!(same(second, start).unanswered);
        assert!(!same(second, start + PATIENCE).unanswered);
        log.answered(first, "1", "On.");
        assert_eq!(same(second, start).answers.len(), 1);
        for _ in 1..CAPACITY {
            log.sending(SESSION, "Something else", start);
        }
        assert!(same(second, start).answers.is_empty());
        assert_eq!(log.log().entries.len(), CAPACITY);
        // A message is compared with those after it even if it is forgotten itself.
        log.sending(SESSION, "Go on", start);
        log.sending(SESSION, "Go on", start);
        assert!(same(second, start).unanswered);
    }

    #[test]
    fn other_sessions_other_words_and_refused_messages_do_not_count() {
        let log = SendLog::default();
        let now = Instant::now();
        log.sending(SessionId::new(uuid::Uuid::from_u128(1)), "Go on", now);
        log.sending(SESSION, "Go back", now);
        let refused = log.sending(SESSION, "Go on", now);
        log.refused(refused);
        let ours = log.sending(SESSION, "Go on", now);
        let same = log.same_words(SESSION, "Go on", ours, now);
        assert!(!same.unanswered);
    }
}
