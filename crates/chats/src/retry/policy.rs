//! Whether a failed request is sent again.

use std::fmt;
use std::sync::Arc;

/// What a [`RetryPolicy`] knows about a failed attempt.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FailedAttempt {
    /// Requests sent so far for this call, this one included: 1 after the first.
    pub attempts: u32,
    /// How the request failed.
    pub cause: FailureCause,
    /// Whether sending twice has the same effect as sending once (GET, PUT, PATCH, DELETE
    /// and the image search). For other calls a policy is asked only if the service
    /// certainly did not take the request.
    pub idempotent: bool,
}

impl FailedAttempt {
    /// A failed first attempt of an idempotent call, for tests of a policy.
    ///
    /// ```
    /// use chats::retry::{FailedAttempt, FailureCause, RetryPolicy};
    ///
    /// /// Retries only a service that is restarting (503), at most twice.
    /// #[derive(Debug)]
    /// struct OnlyRestarts;
    ///
    /// impl RetryPolicy for OnlyRestarts {
    ///     fn should_retry(&self, failed: &FailedAttempt) -> bool {
    ///         failed.cause == FailureCause::Status(503) && failed.attempts <= 2
    ///     }
    /// }
    ///
    /// let restarting = FailedAttempt::new(FailureCause::Status(503));
    /// assert!(OnlyRestarts.should_retry(&restarting));
    /// assert!(!OnlyRestarts.should_retry(&restarting.clone().attempts(3)));
    /// assert!(!OnlyRestarts.should_retry(&FailedAttempt::new(FailureCause::Connect)));
    /// ```
    pub const fn new(cause: FailureCause) -> Self {
        Self {
            attempts: 1,
            cause,
            idempotent: true,
        }
    }

    /// Sets how many requests the call has sent so far. Default: 1.
    ///
    /// ```
    /// use chats::retry::{FailedAttempt, FailureCause, RetryPolicy, StandardRetry};
    ///
    /// let third = FailedAttempt::new(FailureCause::Timeout).attempts(3);
    /// assert!(!StandardRetry.limit(2).should_retry(&third));
    /// ```
    #[must_use]
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts;
        self
    }

    /// Sets whether the call is idempotent. Default: true.
    ///
    /// ```
    /// use chats::retry::{FailedAttempt, FailureCause, RetryPolicy, StandardRetry};
    ///
    /// // A message that certainly was not sent.
    /// let unsent = FailedAttempt::new(FailureCause::Connect).idempotent(false);
    /// assert!(StandardRetry.should_retry(&unsent));
    /// ```
    #[must_use]
    pub const fn idempotent(mut self, idempotent: bool) -> Self {
        self.idempotent = idempotent;
        self
    }
}

/// How a request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureCause {
    /// No connection was made; nothing was sent.
    Connect,
    /// The connection failed after the client had begun to send the request.
    Interrupted,
    /// The attempt took longer than the attempt timeout.
    Timeout,
    /// The service answered with this status.
    Status(u16),
}

/// Decides whether a failed request is sent again.
///
/// ```
/// use chats::retry::{FailedAttempt, RetryPolicy, StandardRetry};
///
/// /// Never tries a second time on a 500.
/// #[derive(Debug)]
/// struct Cautious;
///
/// impl RetryPolicy for Cautious {
///     fn should_retry(&self, failed: &FailedAttempt) -> bool {
///         failed.cause != chats::retry::FailureCause::Status(500)
///             && StandardRetry.should_retry(failed)
///     }
/// }
/// # let _ = chats::Client::builder()
/// #     .api_key("aion_0123456789abcdefghij")
/// #     .retry_policy(Cautious.limit(2))
/// #     .build()?;
/// # Ok::<(), chats::Error>(())
/// ```
pub trait RetryPolicy: fmt::Debug + Send + Sync + 'static {
    /// Whether to send the request again. Asked after each failure, within the client's
    /// [`max_retries`](crate::ClientBuilder::max_retries).
    fn should_retry(&self, failed: &FailedAttempt) -> bool;

    /// The same policy, but with at most `retries` retries for a call.
    ///
    /// ```
    /// use chats::retry::{FailedAttempt, FailureCause, RetryPolicy, StandardRetry};
    ///
    /// let failed = FailedAttempt::new(FailureCause::Status(503));
    /// let once = StandardRetry.limit(1);
    /// assert!(once.should_retry(&failed));
    /// assert!(!once.should_retry(&failed.attempts(2)));
    /// ```
    fn limit(self, retries: u32) -> RetryLimit<Self>
    where
        Self: Sized,
    {
        RetryLimit {
            inner: self,
            retries,
        }
    }
}

/// The default policy. It retries failures that may be temporary: failures of the
/// connection, timeouts of an attempt, and the statuses 408, 429, 500, 502, 503 and 504.
/// It has no limit of its own; the client applies
/// [`max_retries`](crate::ClientBuilder::max_retries).
///
/// Unless [`attempt_timeout`](crate::ClientBuilder::attempt_timeout) is set, one attempt
/// may take all the time of its call: a request that hangs is then not sent again,
/// because no time is left.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardRetry;

impl RetryPolicy for StandardRetry {
    fn should_retry(&self, failed: &FailedAttempt) -> bool {
        match failed.cause {
            FailureCause::Connect | FailureCause::Interrupted | FailureCause::Timeout => true,
            FailureCause::Status(status) => crate::error::classify::is_transient(status),
        }
    }
}

/// A policy that gives up after some retries; made by [`RetryPolicy::limit`].
#[derive(Clone, Debug)]
pub struct RetryLimit<P> {
    inner: P,
    retries: u32,
}

impl<P: RetryPolicy> RetryPolicy for RetryLimit<P> {
    fn should_retry(&self, failed: &FailedAttempt) -> bool {
        failed.attempts <= self.retries && self.inner.should_retry(failed)
    }
}

/// A policy that is shared, or chosen at run time.
impl<P: RetryPolicy + ?Sized> RetryPolicy for Arc<P> {
    fn should_retry(&self, failed: &FailedAttempt) -> bool {
        (**self).should_retry(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(attempts: u32, cause: FailureCause) -> FailedAttempt {
        FailedAttempt::new(cause).attempts(attempts)
    }

    #[test]
    fn only_what_may_pass_by_itself_is_retried() {
        for status in [408, 429, 500, 502, 503, 504] {
            assert!(StandardRetry.should_retry(&after(1, FailureCause::Status(status))));
        }
        for status in [400, 401, 402, 403, 404, 409, 422, 501, 505] {
            assert!(!StandardRetry.should_retry(&after(1, FailureCause::Status(status))));
        }
        assert!(StandardRetry.should_retry(&after(1, FailureCause::Interrupted)));
    }

    #[test]
    fn a_limit_of_two_means_three_requests_in_all() {
        let policy = StandardRetry.limit(2);
        assert!(policy.should_retry(&after(1, FailureCause::Connect)));
        assert!(policy.should_retry(&after(2, FailureCause::Connect)));
        assert!(!policy.should_retry(&after(3, FailureCause::Connect)));
        assert!(
            !StandardRetry
                .limit(0)
                .should_retry(&after(1, FailureCause::Connect))
        );
    }
}
