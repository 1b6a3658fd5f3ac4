//! The calls of the chat service, each a lazy builder.

use crate::call::operation::Validated;
use crate::call::{Async, Call, Driver, Operation, Value};
use crate::client::Client;
use crate::error::Error;
use crate::operations::{APPROVE, CANCEL};
use crate::operations::{
    CloseSession, CreateSession, ExportSession, GetAllImages, GetMessages, GetSession,
    ListSessions, PlanAction, RenameSession, SearchImages, SendMessage, SendMessageStream,
    UpdateDocuments, UpdateImages, UpdateMode, UpdateVideos,
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

    fn call<Op: Operation>(&self, operation: Op) -> Call<Op, Value, D> {
        self.validated(Validated::new(operation))
    }

    fn validated<Op: Operation>(&self, operation: Validated<Op>) -> Call<Op, Value, D> {
        let options = CallOptions::default();
        Call::new(self.client.clone(), self.driver.clone(), operation, options)
    }

    /// Opens a session that closes itself.
    pub fn session(&self) -> SessionBuilder<D> {
        SessionBuilder::new(self.client.clone(), self.driver.clone())
    }

    /// Creates a session, to be closed by hand.
    ///
    /// Options: `title`, `image_ids`, `use_all_images`.
    pub fn create_session(&self) -> Call<CreateSession, Value, D> {
        self.call(CreateSession::default())
    }

    /// Reads a session with its selections and messages.
    ///
    /// Options: `include_messages`, `message_limit`.
    pub fn get_session(&self, session_id: impl Into<SessionId>) -> Call<GetSession, Value, D> {
        self.call(GetSession::new(session_id.into()))
    }

    /// Lists sessions, one page of them; [`iter_sessions`](Self::iter_sessions)
    /// goes through all.
    ///
    /// Options: `limit`, `offset`, `active_only`, `search`, `min_messages`.
    pub fn list_sessions(&self) -> Call<ListSessions, Value, D> {
        self.call(ListSessions::default())
    }

    /// Goes through all sessions, a page at a time behind the scenes.
    ///
    /// Options: `page_size` (20 unless set, at most 100), `active_only`,
    /// `search`, `min_messages`, `prefetch`.
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
    pub fn get_messages(&self, session_id: impl Into<SessionId>) -> Call<GetMessages, Value, D> {
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
    pub fn send(
        &self,
        session_id: impl Into<SessionId>,
        message: impl Into<String>,
    ) -> Call<SendMessage, Value, D> {
        self.call(SendMessage::new(session_id.into(), message.into()))
    }

    /// Sends a message of 1 to 10,000 characters and streams the answer.
    ///
    /// Options: `force_detailed_analysis`, `expected_image_ids`,
    /// `debug_reasoning`.
    pub fn send_stream(
        &self,
        session_id: impl Into<SessionId>,
        message: impl Into<String>,
    ) -> Call<SendMessageStream<D>, Value, D> {
        let driver = self.driver.clone();
        self.call(SendMessageStream::new(
            session_id.into(),
            message.into(),
            driver,
        ))
    }

    /// Selects at most 1000 images in place of the present selection.
    pub fn update_images<I>(
        &self,
        session_id: impl Into<SessionId>,
        ids: I,
    ) -> Call<UpdateImages, Value, D>
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
    pub fn update_documents<I>(
        &self,
        session_id: impl Into<SessionId>,
        ids: I,
    ) -> Call<UpdateDocuments, Value, D>
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
    pub fn update_videos<I>(
        &self,
        session_id: impl Into<SessionId>,
        ids: I,
    ) -> Call<UpdateVideos, Value, D>
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
    pub fn update_mode(
        &self,
        session_id: impl Into<SessionId>,
        use_all_images: bool,
    ) -> Call<UpdateMode, Value, D> {
        self.call(UpdateMode {
            session_id: session_id.into(),
            use_all_images,
        })
    }

    /// Gives a session another name, of 1 to 255 characters.
    pub fn rename_session(
        &self,
        session_id: impl Into<SessionId>,
        title: impl Into<String>,
    ) -> Call<RenameSession, Value, D> {
        self.call(RenameSession::new(session_id.into(), title.into()))
    }

    /// Closes a session; its history stays readable.
    pub fn close_session(&self, session_id: impl Into<SessionId>) -> Call<CloseSession, Value, D> {
        self.call(CloseSession::new(session_id.into()))
    }

    /// Approves a plan that waits for it.
    ///
    /// A plan that runs in the background is answered at once with
    /// [`status`](crate::PlanActionResponse::status) `accepted`; its result
    /// appears in the session's history.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when another request is at work on
    /// the plan.
    pub fn approve_plan<P>(
        &self,
        session_id: impl Into<SessionId>,
        plan_id: P,
    ) -> Call<PlanAction, Value, D>
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        self.plan_action(session_id.into(), plan_id, APPROVE)
    }

    /// Cancels a plan that waits for approval.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when another request is at work on
    /// the plan.
    pub fn cancel_plan<P>(
        &self,
        session_id: impl Into<SessionId>,
        plan_id: P,
    ) -> Call<PlanAction, Value, D>
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
    ) -> Call<PlanAction, Value, D>
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
    pub fn export_session(
        &self,
        session_id: impl Into<SessionId>,
    ) -> Call<ExportSession, Value, D> {
        self.call(ExportSession::new(session_id.into()))
    }

    /// Lists the ids of images, one page of them.
    ///
    /// Options: `limit`, `offset`.
    pub fn get_all_images(&self) -> Call<GetAllImages, Value, D> {
        self.call(GetAllImages::default())
    }

    /// Goes through the ids of all images.
    ///
    /// Options: `page_size` (1000 unless set, at most 5000), `prefetch`.
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
    pub fn search_images(&self, query: impl Into<String>) -> Call<SearchImages, Value, D> {
        self.call(SearchImages::new(query.into()))
    }

    /// Goes through all results of an image search.
    ///
    /// Options: `page_size` (50 unless set, at most 100), `prefetch`.
    pub fn iter_search_images(&self, query: impl Into<String>) -> Pager<ImageReference, D> {
        Pager::new(
            self.client.clone(),
            self.driver.clone(),
            SearchImages::new(query.into()),
        )
    }
}
