//! The calls of the chat service, each a lazy builder.

use crate::call::operation::Validated;
use crate::call::{Async, Call, Driver, Operation, ValueOnly};
use crate::client::Client;
use crate::error::Error;
use crate::operations::{APPROVE, CANCEL};
use crate::operations::{
    CloseSession, CreateSession, ExportSession, GetAllImages, GetMessages, GetSession,
    ListSessions, PlanAction, RenameSession, SearchImages, SendMessage, SendMessageStream,
    UpdateDocuments, UpdateImages, UpdateMode, UpdateVideos, WaitForAnswer,
};
use crate::pager::Pager;
use crate::session::SessionBuilder;
use crate::transport::CallOptions;
use crate::types::{ChatSession, DocumentId, ImageId, ImageReference, PlanId, SessionId, VideoId};

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
/// service surely did not take them (see [`Error::outcome_unknown`]).
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

    /// Creates a session, to be closed by hand.
    ///
    /// Options: `title`, `image_ids`, `use_all_images`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.create_session().title("Poles").await?;
    /// assert_eq!(session.title, "Poles");
    /// chats.close_session(session.id).await?;
    /// # Ok(()) });
    /// ```
    pub fn create_session(&self) -> Call<CreateSession, ValueOnly, D> {
        self.call(CreateSession::default())
    }

    /// Reads a session with its selections and messages.
    ///
    /// Options: `include_messages`, `message_limit`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// chats.send(id, "Find damaged poles").await?;
    /// let detail = chats.get_session(id).message_limit(10).await?;
    /// assert_eq!(detail.messages.len(), 2);
    /// # Ok(()) });
    /// ```
    pub fn get_session(&self, session_id: impl Into<SessionId>) -> Call<GetSession, ValueOnly, D> {
        self.call(GetSession::new(session_id.into()))
    }

    /// Lists sessions, one page of them; [`iter_sessions`](Self::iter_sessions)
    /// goes through all.
    ///
    /// Options: `limit`, `offset`, `active_only`, `search`, `min_messages`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// chats.create_session().title("Poles").await?;
    /// let page = chats.list_sessions().limit(5).active_only(true).await?;
    /// assert_eq!((page.items.len(), page.total, page.has_more), (1, 1, false));
    /// # Ok(()) });
    /// ```
    pub fn list_sessions(&self) -> Call<ListSessions, ValueOnly, D> {
        self.call(ListSessions::default())
    }

    /// Goes through all sessions, a page at a time behind the scenes.
    ///
    /// Options: `page_size` (20 unless set, at most 100), `active_only`,
    /// `search`, `min_messages`, `prefetch`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// for _ in 0..3 {
    ///     chats.create_session().await?;
    /// }
    /// let mut sessions = chats.iter_sessions().page_size(2);
    /// while let Some(session) = sessions.try_next().await? {
    ///     println!("{}", session.title);
    /// }
    /// assert_eq!(sessions.total_hint(), Some(3));
    /// # Ok(()) });
    /// ```
    pub fn iter_sessions(&self) -> Pager<ChatSession, D> {
        Pager::new(
            self.client.clone(),
            self.driver.clone(),
            ListSessions::default(),
        )
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

    /// Sends a message of 1 to 10,000 characters and waits for the whole answer.
    ///
    /// Options: `force_detailed_analysis`, `expected_image_ids`.
    ///
    /// # Errors
    ///
    /// [`Chat`](crate::ErrorKind::Chat) with code `PLAN_APPROVAL_REQUIRED` and its
    /// [`plan`](Error::plan) when the agent waits for an approval instead of
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

    /// Selects at most 1000 images in place of the present selection.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let found = chats.search_images("damaged pole").limit(2).await?;
    /// let ids = found.items.iter().filter_map(|image| image.id());
    /// let id = chats.create_session().use_all_images(false).await?.id;
    /// let selection = chats.update_images(id, ids).await?;
    /// assert_eq!(selection.selected_image_ids.len(), 2);
    /// # Ok(()) });
    /// ```
    pub fn update_images<I>(
        &self,
        session_id: impl Into<SessionId>,
        ids: I,
    ) -> Call<UpdateImages, ValueOnly, D>
    where
        I: IntoIterator,
        I::Item: Into<ImageId>,
    {
        self.call(UpdateImages {
            session_id: session_id.into(),
            image_ids: ids.into_iter().map(Into::into).collect(),
        })
    }

    /// Selects at most 100 documents in place of the present selection.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use chats::{DocumentId, references::ReferenceTarget};
    ///
    /// let id = chats.create_session().await?.id;
    /// let answer = chats.send(id, "What do the documents say of poles?").await?;
    /// let cited = answer.references().into_iter().filter_map(|cited| match cited.target {
    ///     ReferenceTarget::Document { full_id, .. } => full_id?.parse::<DocumentId>().ok(),
    ///     _ => None,
    /// });
    /// assert!(chats.update_documents(id, cited).await?.document_count > Some(0));
    /// # Ok(()) });
    /// ```
    pub fn update_documents<I>(
        &self,
        session_id: impl Into<SessionId>,
        ids: I,
    ) -> Call<UpdateDocuments, ValueOnly, D>
    where
        I: IntoIterator,
        I::Item: Into<DocumentId>,
    {
        self.call(UpdateDocuments {
            session_id: session_id.into(),
            document_ids: ids.into_iter().map(Into::into).collect(),
        })
    }

    /// Selects at most 100 videos in place of the present selection.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let none: [chats::VideoId; 0] = [];
    /// assert_eq!(chats.update_videos(id, none).await?.video_count, Some(0));
    /// # Ok(()) });
    /// ```
    pub fn update_videos<I>(
        &self,
        session_id: impl Into<SessionId>,
        ids: I,
    ) -> Call<UpdateVideos, ValueOnly, D>
    where
        I: IntoIterator,
        I::Item: Into<VideoId>,
    {
        self.call(UpdateVideos {
            session_id: session_id.into(),
            video_ids: ids.into_iter().map(Into::into).collect(),
        })
    }

    /// Chooses whether answers draw on the whole library or on the selected
    /// images alone.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let mode = chats.update_mode(id, false).await?;
    /// assert_eq!(mode.use_all_images, Some(false));
    /// # Ok(()) });
    /// ```
    pub fn update_mode(
        &self,
        session_id: impl Into<SessionId>,
        use_all_images: bool,
    ) -> Call<UpdateMode, ValueOnly, D> {
        self.call(UpdateMode {
            session_id: session_id.into(),
            use_all_images,
        })
    }

    /// Gives a session another name, of 1 to 255 characters.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// assert_eq!(chats.rename_session(id, "Leaning poles").await?.title, "Leaning poles");
    /// # Ok(()) });
    /// ```
    pub fn rename_session(
        &self,
        session_id: impl Into<SessionId>,
        title: impl Into<String>,
    ) -> Call<RenameSession, ValueOnly, D> {
        self.call(RenameSession::new(session_id.into(), title.into()))
    }

    /// Closes a session; its history stays readable.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let closed = chats.close_session(id).await?;
    /// assert_eq!(closed.session_id, id);
    /// # Ok(()) });
    /// ```
    pub fn close_session(
        &self,
        session_id: impl Into<SessionId>,
    ) -> Call<CloseSession, ValueOnly, D> {
        self.call(CloseSession::new(session_id.into()))
    }

    /// Approves a plan that waits for it.
    ///
    /// A plan that runs in the background is answered at once with
    /// [`status`](crate::PlanActionResponse::status) `accepted`; its result
    /// appears in the session's history: see
    /// [`wait_for_answer`](Self::wait_for_answer).
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when another request is at work on
    /// the plan.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let error = chats.send(id, "Find damaged poles and select them").await.unwrap_err();
    /// let plan = error.plan().expect("the agent asks first");
    /// let outcome = chats.approve_plan(id, &plan.plan_id).await?;
    /// println!("{} {:?}", outcome.message, outcome.status());
    /// # Ok(()) });
    /// ```
    pub fn approve_plan<P>(
        &self,
        session_id: impl Into<SessionId>,
        plan_id: P,
    ) -> Call<PlanAction, ValueOnly, D>
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        self.plan_action(session_id.into(), plan_id, APPROVE)
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

    /// Cancels a plan that waits for approval.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when another request is at work on
    /// the plan.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let error = chats.send(id, "Find damaged poles and select them").await.unwrap_err();
    /// let plan = error.plan().expect("the agent asks first");
    /// assert!(chats.cancel_plan(id, &plan.plan_id).await?.success);
    /// # Ok(()) });
    /// ```
    pub fn cancel_plan<P>(
        &self,
        session_id: impl Into<SessionId>,
        plan_id: P,
    ) -> Call<PlanAction, ValueOnly, D>
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        self.plan_action(session_id.into(), plan_id, CANCEL)
    }

    fn plan_action<P>(
        &self,
        session_id: SessionId,
        plan_id: P,
        action: &'static str,
    ) -> Call<PlanAction, ValueOnly, D>
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        let (plan_id, problem) = match plan_id.try_into() {
            Ok(plan_id) => (Some(plan_id), None),
            Err(problem) => (None, Some(problem.into())),
        };
        let mut operation = Validated::new(PlanAction {
            session_id,
            plan_id,
            action,
        });
        if let Some(problem) = problem {
            operation.reject(problem);
        }
        self.validated(operation)
    }

    /// Exports a session as a file.
    ///
    /// Options: `format`, `include_metadata`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use chats::ExportFormat;
    ///
    /// let id = chats.create_session().title("Poles").await?.id;
    /// let export = chats.export_session(id).format(ExportFormat::Text).await?;
    /// println!("{:?} {:?}", export.filename(), export.content_type());
    /// std::str::from_utf8(export.bytes()).expect("a text");
    /// # Ok(()) });
    /// ```
    pub fn export_session(
        &self,
        session_id: impl Into<SessionId>,
    ) -> Call<ExportSession, ValueOnly, D> {
        self.call(ExportSession::new(session_id.into()))
    }

    /// Lists the ids of images, one page of them.
    ///
    /// Options: `limit`, `offset`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let page = chats.get_all_images().limit(3).await?;
    /// assert_eq!(page.image_ids.len(), 3);
    /// assert!(page.has_more && page.total_count > 3);
    /// # Ok(()) });
    /// ```
    pub fn get_all_images(&self) -> Call<GetAllImages, ValueOnly, D> {
        self.call(GetAllImages::default())
    }

    /// Goes through the ids of all images.
    ///
    /// Options: `page_size` (1000 unless set, at most 5000), `prefetch`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let all: Vec<_> = chats.iter_images().page_size(5).prefetch(1).try_collect().await?;
    /// assert_eq!(all.len() as i64, chats.get_all_images().await?.total_count);
    /// # Ok(()) });
    /// ```
    pub fn iter_images(&self) -> Pager<ImageId, D> {
        Pager::new(
            self.client.clone(),
            self.driver.clone(),
            GetAllImages::default(),
        )
    }

    /// Finds images by what they show; the query has 1 to 500 characters.
    ///
    /// Options: `limit`, `offset`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let found = chats.search_images("broken pole").limit(5).await?;
    /// for image in &found.items {
    ///     println!("{} {:?}", image.image_id, image.relevance_score);
    /// }
    /// assert!(found.total >= found.items.len() as i64);
    /// # Ok(()) });
    /// ```
    pub fn search_images(&self, query: impl Into<String>) -> Call<SearchImages, ValueOnly, D> {
        self.call(SearchImages::new(query.into()))
    }

    /// Goes through all results of an image search.
    ///
    /// Options: `page_size` (50 unless set, at most 100), `prefetch`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let mut results = chats.iter_search_images("pole").page_size(2);
    /// while let Some(image) = results.try_next().await? {
    ///     println!("{:?}", image.description);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn iter_search_images(&self, query: impl Into<String>) -> Pager<ImageReference, D> {
        Pager::new(
            self.client.clone(),
            self.driver.clone(),
            SearchImages::new(query.into()),
        )
    }
}
