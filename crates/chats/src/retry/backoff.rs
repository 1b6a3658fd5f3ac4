//! How long to wait before a request is sent again.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long to wait before a retry. If the service's `Retry-After` asks for a longer
/// wait, the client waits that long instead; if it asks for more than 60 s, or for more
/// time than the call has left, the call fails at once.
///
/// ```
/// use std::time::Duration;
/// use chats::retry::Backoff;
///
/// /// Always the same wait.
/// #[derive(Debug)]
/// struct Steady(Duration);
///
/// impl Backoff for Steady {
///     fn delay(&self, _attempts: u32) -> Duration {
///         self.0
///     }
/// }
///
/// let client = chats::Client::builder()
///     .api_key("aion_0123456789abcdefghij")
///     .backoff(Steady(Duration::from_millis(250)))
///     .build()?;
/// # Ok::<(), chats::Error>(())
/// ```
pub trait Backoff: fmt::Debug + Send + Sync + 'static {
    /// The wait after `attempts` requests of the call have failed: 1 after the first.
    fn delay(&self, attempts: u32) -> Duration;

    /// The same waits, but at most `ceiling`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chats::retry::{Backoff, ExponentialBackoff};
    ///
    /// let backoff = ExponentialBackoff::new(Duration::from_secs(4)).at_most(Duration::from_secs(2));
    /// assert!(backoff.delay(5) <= Duration::from_secs(2));
    /// ```
    fn at_most(self, ceiling: Duration) -> CappedBackoff<Self>
    where
        Self: Sized,
    {
        CappedBackoff {
            inner: self,
            ceiling,
        }
    }
}

/// A backoff with a longest wait; made by [`Backoff::at_most`].
#[derive(Clone, Debug)]
pub struct CappedBackoff<B> {
    inner: B,
    ceiling: Duration,
}

impl<B: Backoff> Backoff for CappedBackoff<B> {
    fn delay(&self, attempts: u32) -> Duration {
        self.inner.delay(attempts).min(self.ceiling)
    }
}

/// A backoff that is shared, or chosen at run time.
impl<B: Backoff + ?Sized> Backoff for Arc<B> {
    fn delay(&self, attempts: u32) -> Duration {
        (**self).delay(attempts)
    }
}

/// The default backoff. It doubles a ceiling with each retry and waits a random part of
/// it (“full jitter”), so that clients which failed at the same time do not all retry at
/// the same time.
///
/// ```
/// use std::time::Duration;
/// use chats::retry::{Backoff, ExponentialBackoff};
///
/// let backoff = ExponentialBackoff::new(Duration::from_secs(1)).max_delay(Duration::from_secs(5));
/// assert!(backoff.delay(1) <= Duration::from_secs(1));
/// assert!(backoff.delay(9) <= Duration::from_secs(5));
/// ```
#[derive(Clone, Debug)]
pub struct ExponentialBackoff {
    first: Duration,
    max: Duration,
    jitter: bool,
}

impl ExponentialBackoff {
    /// Starts with a ceiling of `first`. The longest wait is 30 s, or `first` if that is
    /// longer; [`max_delay`](Self::max_delay) changes it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use chats::retry::{Backoff, ExponentialBackoff};
    ///
    /// let backoff = ExponentialBackoff::new(Duration::from_millis(200));
    /// assert!(backoff.delay(1) <= Duration::from_millis(200));
    /// assert!(backoff.delay(20) <= Duration::from_secs(30));
    /// ```
    pub const fn new(first: Duration) -> Self {
        const USUAL: Duration = Duration::from_secs(30);
        Self {
            first,
            max: if first.as_secs() < USUAL.as_secs() {
                USUAL
            } else {
                first
            },
            jitter: true,
        }
    }

    /// The longest wait. Default: 30 s, or the first ceiling if that is longer.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chats::retry::{Backoff, ExponentialBackoff};
    /// let backoff = ExponentialBackoff::new(Duration::from_secs(1)).max_delay(Duration::from_secs(3));
    /// assert!(backoff.delay(20) <= Duration::from_secs(3));
    /// ```
    #[must_use]
    pub const fn max_delay(mut self, max: Duration) -> Self {
        self.max = max;
        self
    }

    /// Waits the whole ceiling each time, for tests that need exact times.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use chats::retry::{Backoff, ExponentialBackoff};
    /// let backoff = ExponentialBackoff::new(Duration::from_secs(1)).without_jitter();
    /// let seconds = [1, 2, 3, 4].map(|attempts| backoff.delay(attempts).as_secs());
    /// assert_eq!(seconds, [1, 2, 4, 8]);
    /// ```
    #[must_use]
    pub const fn without_jitter(mut self) -> Self {
        self.jitter = false;
        self
    }

    fn ceiling(&self, attempts: u32) -> Duration {
        let doublings = attempts.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.max)
    }
}

impl Backoff for ExponentialBackoff {
    fn delay(&self, attempts: u32) -> Duration {
        let ceiling = self.ceiling(attempts);
        if self.jitter {
            ceiling.mul_f64(fastrand::f64())
        } else {
            ceiling
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_first_wait_is_not_cut() {
        let backoff = ExponentialBackoff::new(Duration::from_secs(90)).without_jitter();
        assert_eq!(backoff.delay(1), Duration::from_secs(90));
        assert_eq!(backoff.delay(5), Duration::from_secs(90));
    }

    #[test]
    fn the_ceiling_doubles_up_to_its_limit_without_overflow() {
        let backoff = ExponentialBackoff::new(Duration::from_millis(100))
            .max_delay(Duration::from_secs(1))
            .without_jitter();
        let millis: Vec<_> = [1, 2, 3, 4, 5, u32::MAX]
            .map(|attempts| backoff.delay(attempts).as_millis())
            .into();
        assert_eq!(millis, [100, 200, 400, 800, 1000, 1000]);
    }

    #[test]
    fn jitter_covers_the_whole_range_below_the_ceiling() {
        let backoff = ExponentialBackoff::new(Duration::from_secs(1));
        let delays: Vec<_> = (0..1000).map(|_| backoff.delay(1)).collect();
        assert!(delays.iter().all(|delay| *delay <= Duration::from_secs(1)));
        assert!(
            delays
                .iter()
                .any(|delay| *delay < Duration::from_millis(100))
        );
        assert!(
            delays
                .iter()
                .any(|delay| *delay > Duration::from_millis(900))
        );
    }
}
