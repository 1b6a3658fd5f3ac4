//! Sessions that close themselves.
//!
//! Three layers see to it: an explicit [`close`](ChatSessionContext::close), the
//! closure of [`SessionBuilder::with`], and a task that waits for the context to
//! be dropped; see [`closer`].

mod closer;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::call::operation::{CallContext, Run, Validated};
use crate::call::{Async, Call, Driver, Operation, ValueOnly, add_header};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::operations::{
    CloseSession, CreateSession, ExportSession, GetMessages, PlanAction, RenameSession,
    SendMessage, SendMessageStream, UpdateDocuments, UpdateImages, UpdateMode, UpdateVideos,
    WaitForAnswer,
};
use crate::resource::ChatResource;
use crate::retry::RetryPolicy;
use crate::transport::CallOptions;
use crate::types::{ChatSession, ClosedSession, DocumentId, ImageId, PlanId, SessionId, VideoId};
use closer::Closer;
pub(crate) use closer::OpenSessions;

/// Opens a session that closes itself; made by
/// [`ChatResource::session`].
#[must_use = "a session is opened by `open` or `with`"]
#[derive(Clone)]
pub struct SessionBuilder<D = Async> {
    client: Client,
    driver: D,
    create: CreateSession,
    auto_close: bool,
    options: CallOptions,
}

impl<D: Driver> SessionBuilder<D> {
    pub(crate) fn new(client: Client, driver: D) -> Self {
        Self {
            client,
            driver,
            create: CreateSession::default(),
            auto_close: true,
            options: CallOptions::default(),
        }
    }

    /// A name of at most 255 characters; the service picks one unless set.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.create.title = Some(title.into());
        self
    }

    /// Images to select from the start: at most 1000 unless all images are used.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let found = chats.search_images("damaged pole").limit(2).await?;
    /// let ids = found.items.iter().filter_map(|image| image.id());
    /// let session = chats.session().image_ids(ids).use_all_images(false).open().await?;
    /// # Ok(()) });
    /// ```
    pub fn image_ids<I>(mut self, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<ImageId>,
    {
        self.create.image_ids = Some(ids.into_iter().map(Into::into).collect());
        self
    }

    /// Whether answers draw on the whole library (true unless set) or on the
    /// selected images alone.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let session = client.chats().session().use_all_images(false).open().await?;
    /// let answer = session.send("Find damaged poles").await?;
    /// assert!(answer.images.is_empty()); // none was selected
    /// # Ok(()) });
    /// ```
    pub fn use_all_images(mut self, all: bool) -> Self {
        self.create.use_all_images = all;
        self
    }

    /// Whether the session is closed when its context ends; true unless set.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.session().auto_close(false).open().await?;
    /// let id = session.session_id();
    /// drop(session);
    /// client.shutdown().await;
    /// assert_eq!(chats.get_session(id).await?.session.is_active, Some(true));
    /// # Ok(()) });
    /// ```
    pub fn auto_close(mut self, close: bool) -> Self {
        self.auto_close = close;
        self
    }

    /// How long each request of the session may take with its retries.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Sends a header with each request of the session; see
    /// [`Call::header`](crate::Call::header).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let session = client.chats().session().header("X-Correlation-ID", "visit-7").open().await?;
    /// session.send("Find damaged poles").await?; // carries it, as the close will
    /// # Ok(()) });
    /// ```
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        add_header(&mut self.options, name, value);
        self
    }

    /// How often each request of the session may be sent again, in place of the
    /// client's [`max_retries`](crate::ClientBuilder::max_retries).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let session = client.chats().session().max_retries(1).open().await?;
    /// session.send("Find damaged poles").await?;
    /// session.get_messages().max_retries(5).await?; // a call's own option goes first
    /// # Ok(()) });
    /// ```
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.options.max_retries = Some(retries);
        self
    }

    /// Which failures are retried, in place of the client's
    /// [`retry_policy`](crate::ClientBuilder::retry_policy).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use chats::retry::{RetryPolicy, StandardRetry};
    ///
    /// let session = client.chats().session().retry_policy(StandardRetry.limit(1)).open().await?;
    /// session.send("Find damaged poles").await?;
    /// # Ok(()) });
    /// ```
    pub fn retry_policy(mut self, policy: impl RetryPolicy) -> Self {
        self.options.retry_policy = Some(Arc::new(policy));
        self
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn driver(&self) -> &D {
        &self.driver
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn closes(&self) -> bool {
        self.auto_close
    }

    pub(crate) async fn create(self) -> Result<ChatSessionContext<D>> {
        let context = CallContext {
            client: self.client.clone(),
            options: self.options.clone(),
        };
        let create = async move { Ok(self.create.run(context).await?.value) };
        let (session, closer) = if self.auto_close {
            let (client, options) = (self.client.clone(), self.options.clone());
            let close = move |session: &ChatSession| CloseOnce {
                client,
                session_id: session.id,
                options,
            };
            let shared = &self.client.shared;
            Closer::open(create, close, &shared.open_sessions, shared.clock.clone()).await?
        } else {
            (create.await?, Closer::none())
        };
        Ok(ChatSessionContext {
            client: self.client,
            driver: self.driver,
            session,
            options: self.options,
            closer,
        })
    }
}

impl SessionBuilder {
    /// Creates the session.
    ///
    /// The context closes it when it is dropped, in the background; call
    /// [`ChatSessionContext::close`] to know that it is closed, or
    /// [`Client::shutdown`] before the runtime ends. Where this future itself is
    /// dropped while the service creates the session, that session is closed too.
    ///
    /// # Errors
    ///
    /// Those of [`ChatResource::create_session`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let session = client.chats().session().title("Poles").open().await?;
    /// session.send("Find damaged poles").await?;
    /// session.close().await?;
    /// # Ok(()) });
    /// ```
    pub async fn open(self) -> Result<ChatSessionContext> {
        self.create().await
    }

    /// Creates the session, runs `body` with it and closes it again, whether the
    /// body succeeds, fails or panics.
    ///
    /// **What the body gives is the result**, whether the session could be closed or
    /// not: an answer was paid for and cannot be had again, while a session can be
    /// closed later. A failure to close is attached to the body's error where that is
    /// an [`Error`] ([`Error::close_error`]), else it is logged as a warning; where it
    /// may pass, the close is tried once more, as after
    /// [`ChatSessionContext::close`]. Who must know that the session is closed uses
    /// [`open`](Self::open) and that. The future is `Send` if the body is.
    ///
    /// The body's error may be of any type that can be made from [`Error`]. Where
    /// nothing in the body says which, say it at its end: `Ok::<_, chats::Error>(())`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let answer = client
    ///     .chats()
    ///     .session()
    ///     .title("Poles")
    ///     .with(async |session| session.send("Find damaged poles").await)
    ///     .await?;
    ///
    /// client
    ///     .chats()
    ///     .session()
    ///     .with(async |session| {
    ///         session.rename("Poles").await?;
    ///         Ok::<_, chats::Error>(())
    ///     })
    ///     .await?;
    /// # Ok(()) });
    /// ```
    ///
    /// # Errors
    ///
    /// The body's, or those of opening the session.
    pub async fn with<T, E>(
        self,
        body: impl AsyncFnOnce(&ChatSessionContext) -> Result<T, E>,
    ) -> Result<T, E>
    where
        E: From<Error> + 'static,
    {
        let auto_close = self.auto_close;
        let context = self.open().await?;
        let result = body(&context).await;
        if !auto_close {
            return result;
        }
        settle(result, context.close().await)
    }
}

/// What remains of a session's result once the session was closed, or could not
/// be: a failure to close is attached to an error of ours, else logged.
pub(crate) fn settle<T, E: 'static>(
    mut result: Result<T, E>,
    closed: Result<ClosedSession>,
) -> Result<T, E> {
    let Err(close) = closed else {
        return result;
    };
    let error = result.as_mut().err().map(|error| error as &mut dyn Any);
    match error.and_then(|error| error.downcast_mut::<Error>()) {
        Some(error) => error.set_close_error(close),
        None => closer::not_closed(&close),
    }
    result
}

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
    client: Client,
    driver: D,
    session: ChatSession,
    options: CallOptions,
    closer: Closer,
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

impl<D> std::fmt::Debug for SessionBuilder<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionBuilder")
            .field("create", &self.create)
            .field("auto_close", &self.auto_close)
            .finish_non_exhaustive()
    }
}

/// One close, within bounded time.
struct CloseOnce {
    client: Client,
    session_id: SessionId,
    options: CallOptions,
}

/// How long a close may take with its retries.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

impl CloseOnce {
    async fn run(mut self) -> Result<ClosedSession> {
        let usual = self.client.shared.settings.timeout;
        let timeout = self.options.timeout.unwrap_or(usual).min(CLOSE_TIMEOUT);
        self.options.timeout = Some(timeout);
        self.options.despite_circuit = true;
        let context = CallContext {
            client: self.client,
            options: self.options,
        };
        match CloseSession::new(self.session_id).run(context).await {
            Ok(reply) => Ok(reply.value),
            Err(error) if error.kind() == crate::ErrorKind::NotFound => {
                Ok(ClosedSession::without_details(self.session_id))
            }
            Err(error) => Err(error),
        }
    }
}
