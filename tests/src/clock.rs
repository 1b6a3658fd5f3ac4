//! A clock for tests against real sockets.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chats::clock::{Clock, Sleep};
use tokio::sync::watch;

/// Short waits (backoff, polling) end at once, move the time on and are noted;
/// waits of half a minute and more are timeouts, which run out when a test says so.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Times>);

#[derive(Debug)]
struct Times {
    start: Instant,
    passed: Mutex<Duration>,
    slept: Mutex<Vec<Duration>>,
    expired: watch::Sender<u32>,
}

const LONG: Duration = Duration::from_secs(30);

impl TestClock {
    /// A clock that starts now.
    #[allow(clippy::new_without_default, reason = "it is no plain value")]
    pub fn new() -> Self {
        Self(Arc::new(Times {
            start: Instant::now(),
            passed: Mutex::default(),
            slept: Mutex::default(),
            expired: watch::Sender::new(0),
        }))
    }

    /// The short waits so far.
    pub fn slept(&self) -> Vec<Duration> {
        self.0.slept.lock().unwrap().clone()
    }

    /// The time so far.
    pub fn passed(&self) -> Duration {
        *self.0.passed.lock().unwrap()
    }

    /// Lets the timeouts that are being waited for run out, the shortest first.
    pub fn expire(&self) {
        self.0.expired.send_modify(|times| *times += 1);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.0.start + self.passed()
    }

    fn date(&self) -> jiff::Timestamp {
        jiff::Timestamp::now() + self.passed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let times = self.0.clone();
        let mut expired = times.expired.subscribe();
        let due = self.passed() + duration;
        Box::pin(async move {
            if duration >= LONG {
                let _ = expired.changed().await;
                let mut passed = times.passed.lock().unwrap();
                *passed = due.max(*passed);
            } else {
                *times.passed.lock().unwrap() += duration;
                times.slept.lock().unwrap().push(duration);
            }
        })
    }
}
