//! Time as the server sees it: the wall clock, and one that a test moves by hand.
//! Not everything goes through it: what guards real sockets, and the pauses before a failed
//! write is tried again, use real time, and an error's body has the time of the wall clock.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Where the server takes the time from, and how it waits.
///
/// The time stamps of what is stored, rate windows, pings, pauses between tokens and every
/// fault that waits go through it, so a test with a [`ManualClock`] never sleeps. The
/// `timestamp` in the body of an error does not: it is the wall clock's.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The moment that counts as now.
    fn now(&self) -> Timestamp;

    /// Ends once `duration` has passed.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
}

/// A clock that a test keeps a handle to.
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        (**self).sleep(duration)
    }
}

/// The wall clock, and tokio's timer.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// A clock that stands still until [`ManualClock::advance`] moves it.
#[derive(Debug)]
pub struct ManualClock {
    start: Timestamp,
    elapsed: watch::Sender<Duration>,
}

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self {
            start,
            elapsed: watch::Sender::new(Duration::ZERO),
        }
    }

    /// Moves the time on and wakes whoever waited for it.
    pub fn advance(&self, by: Duration) {
        self.elapsed.send_modify(|elapsed| *elapsed += by);
    }

    /// How many waits are under way; lets a test advance only once the server waits.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.elapsed.receiver_count()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        let elapsed =
            SignedDuration::try_from(*self.elapsed.borrow()).unwrap_or(SignedDuration::MAX);
        self.start.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let mut elapsed = self.elapsed.subscribe();
        let until = elapsed.borrow().saturating_add(duration);
        Box::pin(async move {
            if elapsed.wait_for(|now| *now >= until).await.is_err() {
                // The clock was dropped, so this wait never ends.
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_wait_ends_when_the_clock_is_moved_far_enough() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let mut wait = clock.sleep(Duration::from_secs(2));
        assert!(wait.as_mut().now_or_never().is_none());
        clock.advance(Duration::from_secs(1));
        assert!(wait.as_mut().now_or_never().is_none());
        assert_eq!(clock.sleepers(), 1);
        clock.advance(Duration::from_secs(1));
        assert!(wait.as_mut().now_or_never().is_some());
        assert_eq!(clock.now().as_second(), 2);
    }
}
