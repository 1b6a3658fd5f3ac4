//! The settings for retries, recovery and the circuit breaker.

use std::sync::Arc;
use std::time::Duration;

use super::ClientBuilder;
use crate::retry::{Backoff, CircuitBreaker, RetryBudget, RetryPolicy};

impl<D> ClientBuilder<D> {
    /// How many times a failed request may be sent again. Default: 3; 0 turns retries off.
    ///
    /// A message, a new session and a plan action are sent again only if the service
    /// certainly did not take them.
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

    /// The upper limit of the wait before the first retry; the limit doubles with each
    /// further retry, up to 30 s. Default: 1 s. The client waits a random part of the
    /// limit, but at least the service's `Retry-After`; if that is more than 60 s, or more
    /// than the call's time that is left, the call fails at once.
    /// [`backoff`](Self::backoff) replaces this setting.
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

    /// Whether the client looks in the session's history for the answer of a stream that
    /// broke; see [`ChatStream`](crate::ChatStream). Default: true.
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

    /// The circuit breaker, which stops sending calls that keep failing. Default: it
    /// opens after 5 failures in a row, for 30 s; see [`CircuitBreaker`].
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

    /// Which failures are retried. Default:
    /// [`StandardRetry`](crate::retry::StandardRetry). [`max_retries`](Self::max_retries)
    /// still applies.
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

    /// How long to wait before a retry. Default:
    /// [`ExponentialBackoff`](crate::retry::ExponentialBackoff) with
    /// [`retry_delay`](Self::retry_delay).
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

    /// How many retries the client as a whole may make. Default:
    /// [`TokenBudget`](crate::retry::TokenBudget), a reserve of 100 retries, to which
    /// every five calls give one back.
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
