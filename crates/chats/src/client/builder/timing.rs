//! The settings for timeouts, polling and the clock.

use std::sync::Arc;
use std::time::Duration;

use super::ClientBuilder;
use crate::clock::Clock;

impl<D> ClientBuilder<D> {
    /// How long a call may take with all its retries; more than zero. Default: 300 s. For
    /// a stream, this covers only the time until the headers of the reply have arrived.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .timeout(Duration::from_secs(60))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.given.timeout = timeout;
        self
    }

    /// How long one attempt may take; more than zero. Default: as long as the call. A
    /// message whose attempt times out is sent again only if no connection had taken it:
    /// otherwise its outcome is unknown.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .attempt_timeout(Duration::from_secs(20))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.given.attempt_timeout = Some(timeout);
        self
    }

    /// How long connecting may take, including TLS; more than zero. Default: 10 s.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .connect_timeout(Duration::from_secs(3))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.given.connect_timeout = timeout;
        self
    }

    /// How long a stream may go without a single byte before it counts as broken; more than
    /// zero. Default: 90 s. Only time during which the stream is being polled counts.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .stream_idle_timeout(Duration::from_secs(45))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn stream_idle_timeout(mut self, timeout: Duration) -> Self {
        self.given.stream_idle_timeout = timeout;
        self
    }

    /// How long a stream may go without an event other than `ping` before it counts as
    /// broken; more than zero. Default: 300 s. Only time during which the stream is being
    /// polled counts.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .stream_progress_timeout(Duration::from_secs(120))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn stream_progress_timeout(mut self, timeout: Duration) -> Self {
        self.given.stream_progress_timeout = timeout;
        self
    }

    /// How long to wait before the session's history is read again, while a broken stream
    /// is recovered or [`wait_for_answer`](crate::ChatResource::wait_for_answer) waits; more
    /// than zero. Default: 2 s.
    ///
    /// If the stream asked for a longer interval (`retry:`), the client uses that one, up
    /// to an eighth of the [`polling_timeout`](Self::polling_timeout).
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .polling_interval(Duration::from_secs(5))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn polling_interval(mut self, interval: Duration) -> Self {
        self.given.polling_interval = interval;
        self
    }

    /// How long to look for an answer in the session's history, while a broken stream is
    /// recovered or [`wait_for_answer`](crate::ChatResource::wait_for_answer) waits.
    /// Default: 360 s. With zero, the history is read once.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .polling_timeout(Duration::from_secs(60))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn polling_timeout(mut self, timeout: Duration) -> Self {
        self.given.polling_timeout = timeout;
        self
    }

    /// The clock that the client uses, which tests can replace; see [`Clock`]. Default:
    /// tokio's clock.
    ///
    /// ```
    /// # let clock = contract_tests::TestClock::new();
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .clock(clock) // a test's own
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.given.clock = Arc::new(clock);
        self
    }
}
