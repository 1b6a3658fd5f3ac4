//! What every request shares: the parts of the server, put together once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::answer::Answerer;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::keys::People;
use crate::library::{Library, Links};
use crate::limits::{Quota, RateLimit};
use crate::recorder::Recorder;
use crate::store::Store;

pub(crate) struct App {
    pub store: Store,
    pub library: Library,
    pub links: Links,
    pub answerer: Arc<dyn Answerer>,
    pub clock: Arc<dyn Clock>,
    pub people: People,
    pub quota: Quota,
    pub rate_limit: Option<RateLimit>,
    pub faults: Faults,
    pub recorder: Recorder,
    pub turns: Turns,
    /// Answers and plans in progress; a shutdown waits for them, within bounds.
    pub tasks: TaskTracker,
    pub ping_interval: Duration,
    pub token_delay: Duration,
    pub body_limit: usize,
    pub body_timeout: Duration,
}

impl App {
    /// The time in whole microseconds, which is what the database keeps: a time
    /// reads the same in the first reply and in every later one.
    pub(crate) fn now(&self) -> Timestamp {
        crate::store::time(crate::store::micros(self.clock.now()))
    }
}

/// One message at a time in each session: the next waits until the answer
/// before it is stored, so quotas and follow-ups see a settled history.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    sessions: Mutex<HashMap<Uuid, Weak<tokio::sync::Mutex<()>>>>,
}

impl Turns {
    pub(crate) async fn take(&self, session: Uuid) -> OwnedMutexGuard<()> {
        let turn = {
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            sessions.retain(|_, turn| turn.strong_count() > 0);
            let known = sessions.get(&session).and_then(Weak::upgrade);
            known.unwrap_or_else(|| {
                let turn = Arc::default();
                sessions.insert(session, Arc::downgrade(&turn));
                turn
            })
        };
        turn.lock_owned().await
    }
}
