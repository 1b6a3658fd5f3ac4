//! What is done about failures.

use std::sync::Arc;
use std::time::Duration;

use super::ClientBuilder;
use crate::retry::{Backoff, CircuitBreaker, RetryBudget, RetryPolicy};

impl<D> ClientBuilder<D> {
    /// How often a failed request may be sent again; 3 unless set, 0 for never.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .max_retries(5)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.given.max_retries = retries;
        self
    }

    /// The ceiling of the first wait before a retry, doubled with each further
    /// one; 1 s unless set. [`backoff`](Self::backoff) replaces it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .retry_delay(Duration::from_millis(250))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.given.retry_delay = delay;
        self
    }

    /// Whether a stream that breaks is recovered from the session's history;
    /// true unless set.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .recover(false)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn recover(mut self, recover: bool) -> Self {
        self.given.recover = recover;
        self
    }

    /// How endpoints that keep failing are left alone; see [`CircuitBreaker`].
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .circuit_breaker(chats::CircuitBreaker::disabled())
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn circuit_breaker(mut self, breaker: CircuitBreaker) -> Self {
        self.given.circuit_breaker = breaker;
        self
    }

    /// Which failures are retried; [`StandardRetry`](crate::retry::StandardRetry) unless set.
    /// [`max_retries`](Self::max_retries) still applies.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .retry_policy(chats::retry::RetryPolicy::limit(chats::retry::StandardRetry, 1))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn retry_policy(mut self, policy: impl RetryPolicy) -> Self {
        self.given.retry_policy = Arc::new(policy);
        self
    }

    /// How long retries wait; [`ExponentialBackoff`](crate::retry::ExponentialBackoff) from
    /// [`retry_delay`](Self::retry_delay) on unless set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .backoff(chats::retry::ExponentialBackoff::new(Duration::from_millis(50)))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn backoff(mut self, backoff: impl Backoff) -> Self {
        self.given.backoff = Some(Arc::new(backoff));
        self
    }

    /// What the client as a whole spends on retries; [`TokenBudget`](crate::retry::TokenBudget) unless set.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .retry_budget(chats::retry::UnlimitedBudget)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn retry_budget(mut self, budget: impl RetryBudget) -> Self {
        self.given.retry_budget = Some(Arc::new(budget));
        self
    }
}
