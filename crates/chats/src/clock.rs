//! The clock of a client: the crate waits and reads the time through [`Clock`], so that
//! tests need not sleep.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures_util::future::{Either, select};

/// The future that [`Clock::sleep`] returns.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// The clock that a client uses for backoff, timeouts, the circuit breaker, the detection
/// of silent streams and the recovery of broken ones.
///
/// The default is tokio's clock, which `tokio::time::pause` also stops. Give another one
/// to [`ClientBuilder::clock`](crate::ClientBuilder::clock) to run tests of waiting code
/// quickly. Timeouts are sleeps, too: if every sleep of a clock ends at once, every
/// request times out. Only [`connect_timeout`](crate::ClientBuilder::connect_timeout)
/// always runs by tokio's clock.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use chats::clock::{Clock, Sleep};
/// use std::time::{Duration, Instant};
///
/// /// Runs a hundred times as fast as real time.
/// #[derive(Debug)]
/// struct Hurried(Instant);
///
/// impl Clock for Hurried {
///     fn now(&self) -> Instant {
///         self.0 + self.0.elapsed() * 100
///     }
///     fn date(&self) -> jiff::Timestamp {
///         jiff::Timestamp::now()
///     }
///     fn sleep(&self, duration: Duration) -> Sleep {
///         Box::pin(tokio::time::sleep(duration / 100))
///     }
/// }
///
/// # use chats_server::{Fault, Refusal, Server};
/// # let refusal = Fault::Refuse(Refusal::new(503).retry_after_seconds(20));
/// # let server = Server::builder().fault(refusal.once()).start().await?;
/// # let builder = chats::Client::builder().base_url(server.base_url()).api_key(server.api_key());
/// let client = builder.clock(Hurried(Instant::now())).build()?;
/// client.chats().list_sessions().await?; // the service asks for 20 s, the client waits 0.2 s
/// # server.shutdown().await;
/// # Ok(()) }
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time on a clock that never goes back, for measuring durations.
    fn now(&self) -> Instant;

    /// The date and time, to compare with the dates that the service sends.
    fn date(&self) -> jiff::Timestamp;

    /// Completes once `duration` has passed.
    fn sleep(&self, duration: Duration) -> Sleep;
}

/// A clock that a test keeps a handle to.
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Instant {
        (**self).now()
    }

    fn date(&self) -> jiff::Timestamp {
        (**self).date()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        (**self).sleep(duration)
    }
}

/// Tokio's clock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn date(&self) -> jiff::Timestamp {
        // `Timestamp::now` can panic, and brings all of jiff's errors into the program.
        SystemTime::now().try_into().unwrap_or_default()
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The work's result, unless the sleep ends first.
pub(crate) async fn within<T>(work: impl Future<Output = T> + Unpin, sleep: Sleep) -> Option<T> {
    match select(work, sleep).await {
        Either::Left((result, _)) => Some(result),
        Either::Right(((), _)) => None,
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use std::future::poll_fn;
    use std::sync::{Arc, Mutex};
    use std::task::Poll;

    use super::{Clock, Duration, Instant, Sleep};

    /// A clock whose sleeps end once a test has moved it far enough. It wakes no task:
    /// tests poll again.
    #[derive(Clone, Debug)]
    pub(crate) struct ManualClock {
        start: Instant,
        passed: Arc<Mutex<Duration>>,
    }

    impl ManualClock {
        pub(crate) fn new() -> Self {
            Self {
                start: Instant::now(),
                passed: Arc::default(),
            }
        }

        pub(crate) fn advance(&self, by: Duration) {
            *self.passed.lock().unwrap() += by;
        }
    }

    impl Clock for ManualClock {
        fn now(&self) -> Instant {
            self.start + *self.passed.lock().unwrap()
        }

        fn date(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH + *self.passed.lock().unwrap()
        }

        fn sleep(&self, duration: Duration) -> Sleep {
            let clock = self.clone();
            let due = self.now() + duration;
            Box::pin(poll_fn(move |_| {
                if clock.now() >= due {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            }))
        }
    }
}
