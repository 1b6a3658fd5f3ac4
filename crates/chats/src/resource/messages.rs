//! Sending messages, and reading what was said.

use super::ChatResource;
use crate::call::{Call, Driver, ValueOnly};
use crate::operations::{GetMessages, SendMessage, SendMessageStream, WaitForAnswer};
use crate::types::SessionId;

impl<D: Driver> ChatResource<D> {
    /// Sends a message of 1 to 10,000 characters and waits for the whole answer.
    ///
    /// Options: `force_detailed_analysis`, `expected_image_ids`.
    ///
    /// # Errors
    ///
    /// [`Chat`](crate::ErrorKind::Chat) with code `PLAN_APPROVAL_REQUIRED` and its
    /// [`plan`](crate::Error::plan) when the agent waits for an approval instead of
    /// answering.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let answer = chats.send(id, "Find damaged poles").await?;
    /// println!("{}", answer.resolved_content());
    /// # Ok(()) });
    /// ```
    pub fn send(
        &self,
        session_id: impl Into<SessionId>,
        message: impl Into<String>,
    ) -> Call<SendMessage, ValueOnly, D> {
        self.call(SendMessage::new(session_id.into(), message.into()))
    }

    /// Sends a message of 1 to 10,000 characters and streams the answer.
    ///
    /// Options: `force_detailed_analysis`, `expected_image_ids`,
    /// `debug_reasoning`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let id = chats.create_session().await?.id;
    /// let mut stream = chats.send_stream(id, "Find damaged poles").await?;
    /// while let Some(token) = stream.try_next().await? {
    ///     if let Some(text) = token.content() {
    ///         print!("{text}");
    ///     }
    /// }
    /// let answer = stream.finish().await?;
    /// assert!(!answer.content.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn send_stream(
        &self,
        session_id: impl Into<SessionId>,
        message: impl Into<String>,
    ) -> Call<SendMessageStream<D>, ValueOnly, D> {
        let driver = self.driver.clone();
        self.call(SendMessageStream::new(
            session_id.into(),
            message.into(),
            driver,
        ))
    }

    /// Reads the messages of a session, oldest first.
    ///
    /// Option: `limit`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// chats.send(id, "Find damaged poles").await?;
    /// for message in chats.get_messages(id).limit(50).await? {
    ///     println!("{}: {}", message.role, message.resolved_content());
    /// }
    /// # Ok(()) });
    /// ```
    pub fn get_messages(
        &self,
        session_id: impl Into<SessionId>,
    ) -> Call<GetMessages, ValueOnly, D> {
        self.call(GetMessages::new(session_id.into()))
    }

    /// Waits for the next answer of the session, as after a plan that runs in the
    /// background was approved.
    ///
    /// The session's history is read at the polling interval
    /// ([`ClientBuilder::polling_interval`](crate::ClientBuilder::polling_interval),
    /// 2 s) for as long as the polling timeout
    /// ([`polling_timeout`](crate::ClientBuilder::polling_timeout), 360 s) or the
    /// call's own [`timeout`](Call::timeout) says. A look that fails in a way that
    /// may pass ([`is_retryable`](crate::Error::is_retryable)) does not end the wait;
    /// the next one comes no sooner than the service asks.
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) when no answer has come in that time,
    /// or the error of the last look, if that failed; any other failure to read the
    /// session at once.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// chats.send(id, "Find damaged poles").await?;
    /// let question = chats.get_messages(id).await?[0].id.clone();
    /// let answer = chats.wait_for_answer(id).after(question).await?;
    /// println!("{}", answer.resolved_content());
    /// # Ok(()) });
    /// ```
    pub fn wait_for_answer(
        &self,
        session_id: impl Into<SessionId>,
    ) -> Call<WaitForAnswer, ValueOnly, D> {
        self.call(WaitForAnswer::new(session_id.into()))
    }
}
