//! An open session: the calls of [`ChatResource`] without the id, and its end.

use super::close::CloseOnce;
use super::closer::Closer;
use crate::call::operation::Validated;
use crate::call::{Async, Call, Driver, Operation, ValueOnly};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::operations::{
    ExportSession, GetMessages, PlanAction, RenameSession, SendMessage, SendMessageStream,
    UpdateDocuments, UpdateImages, UpdateMode, UpdateVideos, WaitForAnswer,
};
use crate::resource::ChatResource;
use crate::transport::CallOptions;
use crate::types::{ChatSession, ClosedSession, DocumentId, ImageId, PlanId, SessionId, VideoId};

/// An open session. Its calls are those of [`ChatResource`] without the id.
///
/// Dropping it closes the session in the background, unless `auto_close(false)`
/// was said.
///
/// ```
/// # contract_tests::embedded(async |client| {
/// let session = client.chats().session().title("Poles").open().await?;
/// session.send("Find damaged poles").await?;
/// let closed = session.close().await?;
/// println!("{:?} messages", closed.total_messages);
/// # Ok(()) });
/// ```
#[must_use = "dropping the context closes the session"]
pub struct ChatSessionContext<D = Async> {
    pub(super) client: Client,
    pub(super) driver: D,
    pub(super) session: ChatSession,
    pub(super) options: CallOptions,
    pub(super) closer: Closer,
}

impl ChatSessionContext {
    /// Closes the session now, whatever `auto_close` says. A session that is no
    /// longer there counts as closed.
    ///
    /// Where it fails in a way that may pass ([`is_retryable`](Error::is_retryable)),
    /// it is tried once more in the background: after 30 s, or at
    /// [`Client::shutdown`] if that comes first. With `auto_close(false)` that is left
    /// to you.
    ///
    /// # Errors
    ///
    /// Those of [`ChatResource::close_session`], except
    /// [`NotFound`](crate::ErrorKind::NotFound).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let session = client.chats().session().open().await?;
    /// let id = session.session_id();
    /// assert_eq!(session.close().await?.session_id, id);
    /// # Ok(()) });
    /// ```
    pub async fn close(self) -> Result<ClosedSession> {
        self.end().await
    }
}

impl<D: Driver> ChatSessionContext<D> {
    /// The session's id.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let session = client.chats().session().auto_close(false).open().await?;
    /// let again = client.chats().get_session(session.session_id()).await?; // or elsewhere, later
    /// assert_eq!(again.session.id, session.session_id());
    /// # Ok(()) });
    /// ```
    pub fn session_id(&self) -> SessionId {
        self.session.id
    }

    /// The session as it was created.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let session = client.chats().session().title("Poles").open().await?;
    /// assert_eq!(session.session().title, "Poles");
    /// # Ok(()) });
    /// ```
    pub fn session(&self) -> &ChatSession {
        &self.session
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn driver(&self) -> &D {
        &self.driver
    }

    pub(crate) async fn end(self) -> Result<ClosedSession> {
        let close = CloseOnce {
            client: self.client.clone(),
            session_id: self.session.id,
            options: self.options.clone(),
        };
        let result = close.run().await;
        // Until here a cancelled close still leaves it to the background task.
        match &result {
            Err(error) if error.is_retryable() => self.closer.try_again(),
            _ => self.closer.settle(),
        }
        result
    }

    /// Leaves the session open after all, and gives it back.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.session().title("Poles").open().await?;
    /// session.send("Find damaged poles").await?;
    /// let id = session.leave_open().id;
    /// assert_eq!(chats.get_session(id).await?.session.is_active, Some(true));
    /// # Ok(()) });
    /// ```
    pub fn leave_open(self) -> ChatSession {
        self.closer.settle();
        self.session
    }

    fn call<Op: Operation>(&self, operation: Op) -> Call<Op, ValueOnly, D> {
        let operation = Validated::new(operation);
        let options = self.options.clone();
        Call::new(self.client.clone(), self.driver.clone(), operation, options)
    }

    /// As [`ChatResource::send`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let answer = session.send("Find damaged poles").force_detailed_analysis(true).await?;
    /// println!("{}", answer.resolved_content());
    /// # Ok(()) });
    /// ```
    pub fn send(&self, message: impl Into<String>) -> Call<SendMessage, ValueOnly, D> {
        self.call(SendMessage::new(self.session.id, message.into()))
    }

    /// As [`ChatResource::send_stream`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let answer = session.send_stream("Find damaged poles").await?.finish().await?;
    /// println!("{}", answer.resolved_content());
    /// # Ok(()) });
    /// ```
    pub fn send_stream(
        &self,
        message: impl Into<String>,
    ) -> Call<SendMessageStream<D>, ValueOnly, D> {
        let driver = self.driver.clone();
        self.call(SendMessageStream::new(
            self.session.id,
            message.into(),
            driver,
        ))
    }

    /// As [`ChatResource::update_images`].
    pub fn update_images<I>(&self, ids: I) -> Call<UpdateImages, ValueOnly, D>
    where
        I: IntoIterator,
        I::Item: Into<ImageId>,
    {
        self.call(UpdateImages {
            session_id: self.session.id,
            image_ids: ids.into_iter().map(Into::into).collect(),
        })
    }

    /// As [`ChatResource::update_documents`].
    pub fn update_documents<I>(&self, ids: I) -> Call<UpdateDocuments, ValueOnly, D>
    where
        I: IntoIterator,
        I::Item: Into<DocumentId>,
    {
        self.call(UpdateDocuments {
            session_id: self.session.id,
            document_ids: ids.into_iter().map(Into::into).collect(),
        })
    }

    /// As [`ChatResource::update_videos`].
    pub fn update_videos<I>(&self, ids: I) -> Call<UpdateVideos, ValueOnly, D>
    where
        I: IntoIterator,
        I::Item: Into<VideoId>,
    {
        self.call(UpdateVideos {
            session_id: self.session.id,
            video_ids: ids.into_iter().map(Into::into).collect(),
        })
    }

    /// As [`ChatResource::update_mode`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// assert_eq!(session.update_mode(false).await?.use_all_images, Some(false));
    /// # Ok(()) });
    /// ```
    pub fn update_mode(&self, use_all_images: bool) -> Call<UpdateMode, ValueOnly, D> {
        self.call(UpdateMode {
            session_id: self.session.id,
            use_all_images,
        })
    }

    /// As [`ChatResource::approve_plan`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let error = session.send("Find damaged poles and select them").await.unwrap_err();
    /// let plan = error.plan().expect("the agent asks first");
    /// assert!(session.approve_plan(&plan.plan_id).await?.success);
    /// # Ok(()) });
    /// ```
    pub fn approve_plan<P>(&self, plan_id: P) -> Call<PlanAction, ValueOnly, D>
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        let chats = ChatResource::driven(self.client.clone(), self.driver.clone());
        chats
            .approve_plan(self.session.id, plan_id)
            .options(self.options.clone())
    }

    /// As [`ChatResource::cancel_plan`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let error = session.send("Find damaged poles and select them").await.unwrap_err();
    /// let plan = error.plan().expect("the agent asks first");
    /// assert!(session.cancel_plan(&plan.plan_id).await?.results.is_none()); // nothing was done
    /// # Ok(()) });
    /// ```
    pub fn cancel_plan<P>(&self, plan_id: P) -> Call<PlanAction, ValueOnly, D>
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        let chats = ChatResource::driven(self.client.clone(), self.driver.clone());
        chats
            .cancel_plan(self.session.id, plan_id)
            .options(self.options.clone())
    }

    /// As [`ChatResource::wait_for_answer`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let error = session.send("Find damaged poles and select them").await.unwrap_err();
    /// let last = session.get_messages().await?.pop().expect("the question at least").id;
    /// session.approve_plan(error.plan().expect("the agent asks first").plan_id()).await?;
    /// let report = session.wait_for_answer().after(last).await?;
    /// assert_eq!(report.role, chats::Role::Assistant);
    /// # Ok(()) });
    /// ```
    pub fn wait_for_answer(&self) -> Call<WaitForAnswer, ValueOnly, D> {
        self.call(WaitForAnswer::new(self.session.id))
    }

    /// As [`ChatResource::get_messages`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// assert!(session.get_messages().await?.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn get_messages(&self) -> Call<GetMessages, ValueOnly, D> {
        self.call(GetMessages::new(self.session.id))
    }

    /// As [`ChatResource::rename_session`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// assert_eq!(session.rename("Poles").await?.title, "Poles");
    /// # Ok(()) });
    /// ```
    pub fn rename(&self, title: impl Into<String>) -> Call<RenameSession, ValueOnly, D> {
        self.call(RenameSession::new(self.session.id, title.into()))
    }

    /// As [`ChatResource::export_session`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// println!("{:?}", session.export().await?.filename());
    /// # Ok(()) });
    /// ```
    pub fn export(&self) -> Call<ExportSession, ValueOnly, D> {
        self.call(ExportSession::new(self.session.id))
    }
}

impl<D> std::fmt::Debug for ChatSessionContext<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatSessionContext")
            .field("session_id", &self.session.id)
            .finish_non_exhaustive()
    }
}
