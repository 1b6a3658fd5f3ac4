//! The limits: requests per minute for each person, and messages and tokens for each
//! session.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::store::Session;

/// How many images a session can select, and a message expect.
pub(crate) const MOST_IMAGES: usize = 1000;
/// How many documents a session can select.
pub(crate) const MOST_DOCUMENTS: usize = 100;
/// How many videos a session can select.
pub(crate) const MOST_VIDEOS: usize = 100;

/// How many characters the title of a session can have.
pub(crate) const LONGEST_TITLE: usize = 255;

/// How much a session may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub messages: i64,
    pub tokens: i64,
}

impl Default for Quota {
    fn default() -> Self {
        Self {
            messages: 1_000,
            tokens: 1_000_000,
        }
    }
}

impl Quota {
    pub(crate) fn remaining_messages(self, session: &Session) -> i64 {
        (self.messages - session.user_messages).max(0)
    }

    pub(crate) fn remaining_tokens(self, session: &Session) -> i64 {
        (self.tokens - session.total_tokens).max(0)
    }

    /// Which part of the quota is used up, if any.
    pub(crate) fn exceeded(self, session: &Session) -> Option<&'static str> {
        if self.remaining_messages(session) == 0 {
            Some("The session has no messages left.")
        } else if self.remaining_tokens(session) == 0 {
            Some("The session has no tokens left.")
        } else {
            None
        }
    }
}

/// About how many tokens a text has: one for four letters.
pub(crate) fn tokens(text: &str) -> i64 {
    i64::try_from(text.chars().count().div_ceil(4)).unwrap_or(i64::MAX)
}

/// How much of the limit a person has used in the current minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub limit: u32,
    pub remaining: u32,
    /// Unix seconds at which the count starts anew.
    pub reset: i64,
    /// Whether this request is one too many.
    pub exceeded: bool,
}

/// Counts requests in windows of one minute.
#[derive(Debug)]
pub(crate) struct RateLimit {
    limit: u32,
    windows: Mutex<HashMap<[u8; 32], Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    minute: i64,
    used: u32,
}

impl RateLimit {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit,
            windows: Mutex::default(),
        }
    }

    /// Counts a request.
    pub(crate) fn count(&self, person: [u8; 32], now: Timestamp) -> Standing {
        let minute = now.as_second().div_euclid(60);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.entry(person).or_insert(Window { minute, used: 0 });
        if window.minute != minute {
            *window = Window { minute, used: 0 };
        }
        let exceeded = window.used >= self.limit;
        window.used = window.used.saturating_add(u32::from(!exceeded));
        Standing {
            limit: self.limit,
            remaining: self.limit - window.used,
            reset: (minute + 1) * 60,
            exceeded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_allows_its_limit_and_the_next_starts_anew() {
        let limit = RateLimit::new(2);
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(limit.count([1; 32], at(5)).remaining, 1);
        assert!(!limit.count([1; 32], at(6)).exceeded);
        let refused = limit.count([1; 32], at(7));
        assert!(refused.exceeded);
        assert_eq!(refused.reset, 60);
        assert!(
            !limit.count([2; 32], at(8)).exceeded,
            "each person has a count of their own"
        );
        assert!(!limit.count([1; 32], at(60)).exceeded);
    }
}
