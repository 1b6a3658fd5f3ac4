//! Opens a session, for as long as a context or a closure lasts.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use super::ChatSessionContext;
use super::closer::{self, Closer};
use crate::call::operation::{CallContext, Run as _};
use crate::call::{Async, Driver, add_shared_header};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::operations::CreateSession;
use crate::retry::RetryPolicy;
use crate::transport::CallOptions;
use crate::types::{ClosedSession, ImageId};

/// Opens a session that closes itself; made by
/// [`ChatResource::session`](crate::ChatResource::session).
///
/// ```
/// # contract_tests::embedded(async |client| {
/// let session = client.chats().session().title("Poles").use_all_images(true).open().await?;
/// println!("{}", session.send("Find damaged poles").await?.resolved_content());
/// session.close().await?;
/// # Ok(()) });
/// ```
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

    /// The title: at most 255 characters. By default the service chooses one.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let session = client.chats().session().title("Poles").open().await?;
    /// assert_eq!(session.session().title, "Poles");
    /// # Ok(()) });
    /// ```
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.create.title = Some(title.into());
        self
    }

    /// The images to select: at most 1000 with `use_all_images(false)`. Default: none.
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

    /// Whether answers draw on the whole library (`true`) or only on the selected images
    /// (`false`). Default: true.
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

    /// Whether the session is closed when its context ends. Default: true.
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

    /// How long each call in the session may take with its retries, in place of the
    /// client's [`timeout`](crate::ClientBuilder::timeout) (default: 300 s). A close never
    /// takes longer than 30 s.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use std::time::Duration;
    ///
    /// let session = client.chats().session().timeout(Duration::from_secs(20)).open().await?;
    /// session.send("Find damaged poles").await?; // within 20 s
    /// session.export().timeout(Duration::from_secs(60)).await?; // a call's own option wins
    /// # Ok(()) });
    /// ```
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
        add_shared_header(&mut self.options, name, value);
        self
    }

    /// How many times each failed request of the session may be sent again, in place of
    /// the client's [`max_retries`](crate::ClientBuilder::max_retries) (default: 3).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let session = client.chats().session().max_retries(1).open().await?;
    /// session.send("Find damaged poles").await?;
    /// session.get_messages().max_retries(5).await?; // a call's own option wins
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
        let (session, closer) = if self.auto_close {
            Closer::open(self.create, context).await?
        } else {
            (self.create.run(context).await?.value, Closer::none())
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
    /// Dropping the context closes the session in the background. To be certain that it is
    /// closed, call [`ChatSessionContext::close`], or [`Client::shutdown`] before the
    /// runtime ends. If this future is dropped while the service creates the session, that
    /// session is closed too. With [`auto_close(false)`](Self::auto_close) none of this
    /// happens.
    ///
    /// # Errors
    ///
    /// Those of [`ChatResource::create_session`](crate::ChatResource::create_session).
    ///
    /// # Panics
    ///
    /// If the future is polled outside a [runtime of Tokio](crate#runtime), unless
    /// `auto_close(false)` was called.
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

    /// Creates the session, runs `body` with it and closes it again, whether the body
    /// succeeds, fails or panics. With [`auto_close(false)`](Self::auto_close) the
    /// session stays open.
    ///
    /// **The result is that of the body**, even if the session could not be closed: an
    /// answer was paid for and cannot be obtained again, while a session can still be
    /// closed later. If the body fails with an [`Error`], a failure to close is attached
    /// to it ([`Error::close_error`]); otherwise it is logged as a warning. If the
    /// failure may be temporary, the client tries once more in the background, as after
    /// [`ChatSessionContext::close`]. If you must know that the session is closed, use
    /// [`open`](Self::open) and [`close`](ChatSessionContext::close).
    ///
    /// Closing takes at most 30 s, retries included, or the session's
    /// [`timeout`](Self::timeout) if that is shorter. The future is `Send` if the body is.
    ///
    /// The body may return any error type that implements `From` for [`Error`]. If the
    /// compiler cannot infer the type, name it at the end: `Ok::<_, chats::Error>(())`.
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
    /// The body's, or those of [`open`](Self::open).
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

/// Combines a session's result with that of closing it: a failure to close is attached to
/// an error of ours, and otherwise logged.
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
        None => closer::log_not_closed(&close),
    }
    result
}

impl<D> std::fmt::Debug for SessionBuilder<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionBuilder")
            .field("create", &self.create)
            .field("auto_close", &self.auto_close)
            .finish_non_exhaustive()
    }
}
