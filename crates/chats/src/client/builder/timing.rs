//! How long things may take, and by which clock.

use std::sync::Arc;
use std::time::Duration;

use super::ClientBuilder;
use crate::clock::Clock;

impl<D> ClientBuilder<D> {
    /// How long a call may take with all its retries; 300 s unless set. For a
    /// stream it runs until the reply's head has come.
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

    /// How long one attempt may take; as long as the call unless set. A message
    /// whose attempt runs out is not sent again: its outcome is unknown.
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

    /// How long connecting may take, TLS included; 10 s unless set.
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

    /// How long a stream may stay without a single byte while it is polled;
    /// 90 s unless set.
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

    /// How long a stream may stay without an event other than `ping` while it is
    /// polled; 300 s unless set.
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

    /// How long to wait between two looks at the history while a broken stream
    /// is recovered; 2 s unless set. A longer time that the service asks for
    /// (`retry:`) is kept to, up to an eighth of the
    /// [`polling_timeout`](Self::polling_timeout).
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

    /// How long to go on looking; 360 s unless set.
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

    /// Where the client takes its time from; see [`Clock`].
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
