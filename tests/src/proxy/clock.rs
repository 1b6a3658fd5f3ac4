//! The clock of clients behind the proxy: nobody waits in real time.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chats::clock::{Clock, Sleep};

use super::Shared;

/// Waits of half a minute and more are timeouts; shorter ones are backoff and
/// polling.
const LONG: Duration = Duration::from_secs(30);

/// Short waits end at once and tell the proxy that a new attempt follows;
/// timeouts run out exactly while the proxy holds a request in silence.
#[derive(Clone, Debug)]
pub struct FaultClock {
    proxy: Arc<Shared>,
    start: Instant,
    passed: Arc<Mutex<Duration>>,
}

impl FaultClock {
    pub(super) fn new(proxy: Arc<Shared>) -> Self {
        Self {
            proxy,
            start: Instant::now(),
            passed: Arc::default(),
        }
    }

    /// Moves the time on.
    pub fn advance(&self, by: Duration) {
        *self.passed.lock().expect("nobody panics with the time") += by;
    }

    fn passed(&self) -> Duration {
        *self.passed.lock().expect("nobody panics with the time")
    }
}

impl Clock for FaultClock {
    fn now(&self) -> Instant {
        self.start + self.passed()
    }

    fn date(&self) -> jiff::Timestamp {
        jiff::Timestamp::now() + self.passed()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let clock = self.clone();
        let mut stalled = clock.proxy.stalled.subscribe();
        Box::pin(async move {
            if duration >= LONG {
                let held = stalled.wait_for(|held| *held > 0).await.is_ok();
                if !held {
                    std::future::pending::<()>().await;
                }
            } else {
                clock.proxy.next_attempt().await;
            }
            clock.advance(duration);
        })
    }
}
