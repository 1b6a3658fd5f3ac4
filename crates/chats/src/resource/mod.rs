//! The calls of the chat service, each a lazy builder: by what they are about in the
//! modules below.

mod images;
mod messages;
mod plans;
mod selections;
mod sessions;

use crate::call::operation::Validated;
use crate::call::{Async, Call, Driver, Operation, ValueOnly};
use crate::client::Client;
use crate::session::SessionBuilder;
use crate::transport::CallOptions;

/// The chat service; reached by [`Client::chats`].
///
/// Every method gives a builder that does nothing until it is awaited. What
/// identifies and what is said stands in the arguments, the rest in the builder's
/// options, those of every call among them (see [`Call`]). Arguments that the
/// service would refuse fail the call before anything is sent, with kind
/// [`Validation`](crate::ErrorKind::Validation).
///
/// Reads and writes that can be repeated are retried on failures that may pass;
/// [`send`](Self::send), [`send_stream`](Self::send_stream),
/// [`create_session`](Self::create_session) and decisions on plans only where the
/// service surely did not take them (see [`Error::outcome_unknown`](crate::Error::outcome_unknown)).
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
        self.validated(Validated::new(operation))
    }

    fn validated<Op: Operation>(&self, operation: Validated<Op>) -> Call<Op, ValueOnly, D> {
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
