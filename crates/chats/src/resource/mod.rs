//! The calls of the chat service, each a lazy builder, grouped by subject in the modules
//! below.

mod images;
mod messages;
mod plans;
mod selections;
mod sessions;

use crate::call::{Async, Call, Driver, Operation, ValueOnly};
use crate::client::Client;
use crate::session::SessionBuilder;
use crate::transport::CallOptions;

/// The chat service; reached by [`Client::chats`].
///
/// Each method returns a builder that does nothing until awaited. Ids and text are
/// arguments; everything else is an option. [`Call`] has the options of every call:
/// a timeout, headers, retries.
///
/// Failures that may be temporary are retried. [`send`](Self::send),
/// [`send_stream`](Self::send_stream), [`create_session`](Self::create_session),
/// [`approve_plan`](Self::approve_plan) and [`cancel_plan`](Self::cancel_plan) are sent
/// again only if they did not reach the service, or it turned them away with 429 or 503 and
/// `Retry-After`; if the service may have taken the request,
/// [`Error::outcome_unknown`](crate::Error::outcome_unknown) is true.
///
/// # Errors
///
/// Any call can fail with one of these kinds; each method says what else it can fail
/// with.
///
/// | kind | when |
/// | --- | --- |
/// | [`Validation`](crate::ErrorKind::Validation) | an argument or a header is not valid, so that nothing was sent; or the service refused the request (400, 422) |
/// | [`Authentication`](crate::ErrorKind::Authentication) | the key is not accepted (401) |
/// | [`Permission`](crate::ErrorKind::Permission) | the key does not allow this (403) |
/// | [`RateLimit`](crate::ErrorKind::RateLimit) | too many requests (429) |
/// | [`QuotaExceeded`](crate::ErrorKind::QuotaExceeded) | a quota is used up (402, or a quota code) |
/// | [`Server`](crate::ErrorKind::Server) | the service failed (5xx) |
/// | [`Timeout`](crate::ErrorKind::Timeout) | no reply within the call's timeout (default: 300 s), or a 408 |
/// | [`Connection`](crate::ErrorKind::Connection) | no connection, it broke, or a redirect that is not followed |
/// | [`CircuitOpen`](crate::ErrorKind::CircuitOpen) | not sent, because the same group of calls kept failing |
/// | [`Decode`](crate::ErrorKind::Decode) | the reply does not match the contract, or is larger than 64 MiB |
///
/// A reply with status 200 that holds an error of the service has the kind that its code
/// names, such as [`Chat`](crate::ErrorKind::Chat).
#[derive(Clone, Debug)]
pub struct ChatResource<D = Async> {
    client: Client,
    driver: D,
}

impl<D: Driver> ChatResource<D> {
    pub(crate) fn driven(client: Client, driver: D) -> Self {
        Self { client, driver }
    }

    fn call<Op: Operation>(&self, operation: Op) -> Call<Op, ValueOnly, D> {
        let options = CallOptions::default();
        Call::new(self.client.clone(), self.driver.clone(), operation, options)
    }

    /// Opens a session that closes itself.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let answer = chats
    ///     .session()
    ///     .title("Poles")
    ///     .with(async |session| session.send("Find damaged poles").await)
    ///     .await?;
    /// assert!(!answer.images.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn session(&self) -> SessionBuilder<D> {
        SessionBuilder::new(self.client.clone(), self.driver.clone())
    }
}
