//! An open session: the calls of [`ChatResource`] without the id, and its end.

use futures_util::future::BoxFuture;

use super::close::CloseOnce;
use super::closer::Closer;
use crate::call::operation::CallContext;
use crate::call::{Async, Call, Driver, Operation, ValueOnly};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::operations::{
    Action, ExportSession, GetMessages, PlanAction, RenameSession, SendMessage, SendMessageStream,
    UpdateDocuments, UpdateImages, UpdateMode, UpdateVideos, WaitForAnswer,
};
#[cfg(doc)]
use crate::resource::ChatResource;
use crate::transport::CallOptions;
use crate::types::{ChatSession, ClosedSession, DocumentId, ImageId, PlanId, SessionId, VideoId};

/// An open session. Its calls are those of [`ChatResource`] without the id.
///
/// Dropping it closes the session in the background, unless it was opened with
/// [`auto_close(false)`](crate::SessionBuilder::auto_close).
///
/// Each call has the same options and errors as the method of [`ChatResource`] that its
/// documentation names.
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
    /// Closes the session now, even with `auto_close(false)`. A session that no longer
    /// exists counts as closed, and one that [`Client::shutdown`] has closed is not closed
    /// again.
    ///
    /// This takes at most 30 s, retries included, or the session's
    /// [`timeout`](crate::SessionBuilder::timeout) if that is shorter.
    ///
    /// If closing fails for a reason that may be temporary
    /// ([`is_retryable`](Error::is_retryable)), the client tries once more in the
    /// background, after 30 s or at [`Client::shutdown`], whichever comes first. With
    /// `auto_close(false)` it does not try again.
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

    pub(crate) fn end(self) -> BoxFuture<'static, Result<ClosedSession>> {
        let context = CallContext {
            client: self.client,
            options: self.options,
        };
        self.closer.close(CloseOnce::new(context, self.session.id))
    }

    /// Ends the context without closing the session, and returns the session.
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
        let options = self.options.clone();
        Call::new(self.client.clone(), self.driver.clone(), operation, options)
    }

    /// Sends a message of 1 to 10,000 characters and waits for the whole answer.
    /// See [`ChatResource::send`].
    ///
    /// # Errors
    ///
    /// [`Chat`](crate::ErrorKind::Chat) with the [`plan`](Error::plan) if the agent proposes
    /// one instead of answering, [`Validation`](crate::ErrorKind::Validation) if the message
    /// is empty or too long, [`NotFound`](crate::ErrorKind::NotFound) if the session no
    /// longer exists, and those of [every call](ChatResource#errors).
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

    /// Sends a message of 1 to 10,000 characters and streams the answer.
    /// See [`ChatResource::send_stream`].
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if the message is empty or too long,
    /// [`NotFound`](crate::ErrorKind::NotFound) if the session no longer exists, and
    /// those of [every call](ChatResource#errors). The [`ChatStream`](crate::ChatStream)
    /// reports later errors.
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

    /// Replaces the selected images, at most 1000. See [`ChatResource::update_images`].
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if there are more than 1000 ids,
    /// [`NotFound`](crate::ErrorKind::NotFound) if the session no longer exists,
    /// and those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// # let session = chats.session().use_all_images(false).open().await?;
    /// let found = chats.search_images("damaged pole").limit(2).await?;
    /// let ids = found.items.iter().filter_map(|image| image.id());
    /// assert_eq!(session.update_images(ids).await?.selected_image_ids.len(), 2);
    /// # Ok(()) });
    /// ```
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

    /// Replaces the selected documents, at most 100. See [`ChatResource::update_documents`].
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if there are more than 100 ids,
    /// [`NotFound`](crate::ErrorKind::NotFound) if the session no longer exists,
    /// and those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let none: [chats::DocumentId; 0] = []; // clears the selection
    /// assert_eq!(session.update_documents(none).await?.document_count, Some(0));
    /// # Ok(()) });
    /// ```
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

    /// Replaces the selected videos, at most 100. See [`ChatResource::update_videos`].
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if there are more than 100 ids,
    /// [`NotFound`](crate::ErrorKind::NotFound) if the session no longer exists,
    /// and those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let none: [chats::VideoId; 0] = []; // clears the selection
    /// assert_eq!(session.update_videos(none).await?.video_count, Some(0));
    /// # Ok(()) });
    /// ```
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

    /// Chooses whether answers draw on the whole library. See [`ChatResource::update_mode`].
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the session no longer exists, and
    /// those of [every call](ChatResource#errors).
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

    /// Approves a plan that waits for approval. See [`ChatResource::approve_plan`].
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) if another request is working on the plan,
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such plan,
    /// [`Validation`](crate::ErrorKind::Validation) if it was already approved or cancelled,
    /// or its id is not valid, and those of [every call](ChatResource#errors).
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
        self.call(PlanAction::new(self.session.id, plan_id, Action::Approve))
    }

    /// Cancels a plan that waits for approval. See [`ChatResource::cancel_plan`].
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) if another request is working on the plan,
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such plan,
    /// [`Validation`](crate::ErrorKind::Validation) if it was already approved or cancelled,
    /// or its id is not valid, and those of [every call](ChatResource#errors).
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
        self.call(PlanAction::new(self.session.id, plan_id, Action::Cancel))
    }

    /// Waits for the next answer, such as the report of a plan.
    /// See [`ChatResource::wait_for_answer`].
    ///
    /// The session's [`timeout`](crate::SessionBuilder::timeout) bounds each look at the
    /// history; the call's own [`timeout`](Call::timeout) bounds the whole wait.
    ///
    /// # Errors
    ///
    /// [`Timeout`](crate::ErrorKind::Timeout) if no answer came in time,
    /// [`NotFound`](crate::ErrorKind::NotFound) if the session, or the message given to `after`,
    /// no longer exists, and any other failure to read the session.
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
        // The session's timeout is for one request, and a wait makes many.
        let mut options = self.options.clone();
        let each = options.timeout;
        if each.is_some() {
            options.timeout = None;
        }
        let wait = WaitForAnswer::new(self.session.id).look_timeout(each);
        Call::new(self.client.clone(), self.driver.clone(), wait, options)
    }

    /// Reads the messages, oldest first. See [`ChatResource::get_messages`].
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if `limit` is not 1–1000,
    /// [`NotFound`](crate::ErrorKind::NotFound) if the session no longer exists,
    /// and those of [every call](ChatResource#errors).
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

    /// Renames the session. A title has 1 to 255 characters.
    /// See [`ChatResource::rename_session`].
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if the title is empty or too long,
    /// [`NotFound`](crate::ErrorKind::NotFound) if the session no longer exists,
    /// and those of [every call](ChatResource#errors).
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

    /// Exports the session as a file. See [`ChatResource::export_session`].
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) if the file is larger than 512 MiB,
    /// [`NotFound`](crate::ErrorKind::NotFound) if the session no longer exists,
    /// and those of [every call](ChatResource#errors).
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
