//! Sending and reading messages, and waiting for answers.

use super::ChatResource;
use crate::call::{Call, Driver, ValueOnly};
use crate::operations::{GetMessages, SendMessage, SendMessageStream, WaitForAnswer};
use crate::types::SessionId;

impl<D: Driver> ChatResource<D> {
    /// Sends a message of 1 to 10,000 characters and waits for the whole answer.
    ///
    /// Gives a [`ChatResponse`](crate::ChatResponse).
    ///
    /// Characters are counted as Unicode code points.
    ///
    /// Options: `force_detailed_analysis` (default: false), `expected_image_ids`.
    ///
    /// # Errors
    ///
    /// - [`Chat`](crate::ErrorKind::Chat) with code `PLAN_APPROVAL_REQUIRED` and the
    ///   [`plan`](crate::Error::plan) if the agent proposes a plan instead of answering.
    /// - [`NotFound`](crate::ErrorKind::NotFound) if there is no such session.
    /// - [`Validation`](crate::ErrorKind::Validation) if the message is empty or too long.
    /// - Those of [every call](ChatResource#errors). If
    ///   [`outcome_unknown`](crate::Error::outcome_unknown) is true, the service may have
    ///   taken the message: look at the session's messages before sending it again.
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
    /// Gives a [`ChatStream`](crate::ChatStream).
    ///
    /// Options: `force_detailed_analysis` (default: false), `expected_image_ids`,
    /// `debug_reasoning` (default: false).
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send), until the headers of the reply have arrived. The
    /// [`ChatStream`](crate::ChatStream) reports later errors. For the stream, a plan is
    /// not an error: it yields
    /// [`PlanPendingApproval`](crate::ChatToken::PlanPendingApproval) and ends, and only
    /// [`finish`](crate::ChatStream::finish) then fails with code
    /// `PLAN_APPROVAL_REQUIRED`.
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

    /// Reads the messages of a session in the service's order, oldest first; a list that runs
    /// backwards by its dates is turned round.
    ///
    /// Gives a `Vec` of [`ChatMessage`](crate::ChatMessage)s.
    ///
    /// Option: `limit` (how many at most, 1–1000, default: 1000). If there are more, the
    /// service does not document which ones it returns; the reference server returns the
    /// newest.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such session,
    /// [`Validation`](crate::ErrorKind::Validation) if `limit` is out of bounds, and those
    /// of [every call](ChatResource#errors).
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

    /// Waits for the next answer in a session, such as the report of a plan that runs in
    /// the background.
    ///
    /// Gives the [`ChatMessage`](crate::ChatMessage).
    ///
    /// The service documents no notification, so the session's history is read at
    /// intervals
    /// ([`ClientBuilder::polling_interval`](crate::ClientBuilder::polling_interval),
    /// default: 2 s) until the call's [`timeout`](Call::timeout) or, by default,
    /// [`polling_timeout`](crate::ClientBuilder::polling_timeout) (360 s) has passed. A
    /// failure that may be temporary ([`is_retryable`](crate::Error::is_retryable)) does
    /// not end the wait.
    ///
    /// An answer may still be growing when it is seen first. It counts as whole once it has
    /// a token count or a processing time, or is the same an interval later.
    ///
    /// Each look reads at most 1000 messages: in a longer session, an answer is found only
    /// if the service returns the newest ones.
    ///
    /// Option: `after` (default: the newest message when the wait begins).
    ///
    /// # Errors
    ///
    /// - [`Timeout`](crate::ErrorKind::Timeout) if no answer came in time, or none that is
    ///   whole: then [`partial`](crate::Error::partial) has its text so far. If the last
    ///   attempt to read the history failed, the error of that attempt.
    /// - [`NotFound`](crate::ErrorKind::NotFound) if there is no such session, or it has
    ///   no message with the id given to `after`.
    /// - Any other failure to read the session ([`get_session`](Self::get_session)), at
    ///   once.
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
