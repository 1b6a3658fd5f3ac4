//! A clock for tests against real sockets.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chats::clock::{Clock, Sleep};

/// Short waits (backoff, polling) end at once, move the time on and are noted;
/// waits of a minute and more are timeouts, and never end by themselves.
#[derive(Clone, Debug)]
pub struct TestClock(Arc<Times>);

#[derive(Debug)]
struct Times {
    start: Instant,
    passed: Mutex<Duration>,
    slept: Mutex<Vec<Duration>>,
}

const LONG: Duration = Duration::from_secs(60);

impl TestClock {
    /// A clock that starts now.
    #[allow(clippy::new_without_default, reason = "it is no plain value")]
    pub fn new() -> Self {
        Self(Arc::new(Times {
            start: Instant::now(),
            passed: Mutex::default(),
            slept: Mutex::default(),
        }))
    }

    /// The short waits so far.
    pub fn slept(&self) -> Vec<Duration> {
        self.0.slept.lock().unwrap().clone()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.0.start + *self.0.passed.lock().unwrap()
    }

    fn date(&self) -> jiff::Timestamp {
        jiff::Timestamp::now() + *self.0.passed.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let times = self.0.clone();
        Box::pin(async move {
            if duration >= LONG {
                std::future::pending::<()>().await;
            }
            *times.passed.lock().unwrap() += duration;
            times.slept.lock().unwrap().push(duration);
        })
    }
}
