//! The options that every call has.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::{Call, Operation};
use crate::retry::RetryPolicy;
use crate::transport::{CallOptions, X_REQUEST_ID, checked_header};

impl<Op: Operation, M, D> Call<Op, M, D> {
    /// How long the call may take with all its retries, in place of the client's
    /// [`timeout`](crate::ClientBuilder::timeout) (default: 300 s). For a stream, this
    /// covers only the time until the headers of the reply have arrived. With zero, the
    /// call fails with [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and nothing is
    /// sent.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// chats.list_sessions().timeout(std::time::Duration::from_secs(5)).await?;
    /// # Ok(()) });
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.parts().options.timeout = Some(timeout);
        self
    }

    /// Sends a header with each request of the call.
    ///
    /// The call fails with [`ErrorKind::Validation`](crate::ErrorKind::Validation), and
    /// nothing is sent, if the name or the value is not valid, or if only the client may
    /// set the header: those of authentication, the body and the connection.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// chats.list_sessions().header("X-Correlation-ID", "nightly-7").await?;
    /// let error = chats.list_sessions().header("bad name", "x").await.unwrap_err();
    /// assert_eq!(error.kind(), chats::ErrorKind::Validation);
    /// # Ok(()) });
    /// ```
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        add_header(&mut self.parts().options, name, value);
        self
    }

    /// How many times a failed request may be sent again, in place of the client's
    /// [`max_retries`](crate::ClientBuilder::max_retries) (default: 3).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// chats.list_sessions().max_retries(0).await?;
    /// # Ok(()) });
    /// ```
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.parts().options.max_retries = Some(retries);
        self
    }

    /// Which failures are retried, in place of the client's
    /// [`retry_policy`](crate::ClientBuilder::retry_policy).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use chats::retry::{RetryPolicy, StandardRetry};
    ///
    /// chats.list_sessions().retry_policy(StandardRetry.limit(1)).await?;
    /// # Ok(()) });
    /// ```
    pub fn retry_policy(mut self, policy: impl RetryPolicy) -> Self {
        self.parts().options.retry_policy = Some(Arc::new(policy));
        self
    }
}

/// Adds a header to all calls of a list or a session.
pub(crate) fn add_shared_header<N, V>(options: &mut CallOptions, name: N, value: V)
where
    N: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    add_header(options, name, value);
    if options.headers.contains_key(X_REQUEST_ID) {
        let problem = "header `x-request-id` names a single request, and here there are many";
        options.invalid.get_or_insert(problem.into());
    }
}

/// Adds a header, or remembers why it cannot be sent.
pub(crate) fn add_header<N, V>(options: &mut CallOptions, name: N, value: V)
where
    N: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    match checked_header(name, value) {
        Ok((name, value)) => {
            options.headers.insert(name, value);
        }
        Err(problem) => {
            options.invalid.get_or_insert(problem.into());
        }
    }
}
