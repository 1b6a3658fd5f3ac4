//! The same client for plain threads: every call ends in `.run()` instead of `.await`,
//! and pagers and streams are iterators.
//!
//! ```
//! # contract_tests::embedded_blocking(|client| {
//! let chats = client.chats();
//! for session in chats.iter_sessions().active_only(true) {
//!     println!("{}", session?.title);
//! }
//! let answer = chats
//!     .session()
//!     .title("Poles")
//!     .with(|session| session.send("Find damaged poles").run())
//!     .run()?;
//! println!("{}", answer.resolved_content());
//! client.shutdown().run()
//! # });
//! ```
//!
//! A client runs its connections on a thread of its own, which its clones share; it may
//! be used from many threads at once. When the last handle is dropped, the client closes
//! the sessions that are still open and waits for that; see
//! [`Client::shutdown`](crate::Client::shutdown) for how long it may take. If the last
//! handle is dropped inside an async runtime, the client cannot wait, and these sessions
//! stay open.
//!
//! Inside an async runtime every `run()` fails with
//! [`ErrorKind::Config`](crate::ErrorKind::Config), since it would stall the runtime: use
//! [`chats::Client`](crate::Client) there. This includes `tokio::task::spawn_blocking`
//! and `Runtime::enter`: waiting would be allowed there, but tokio offers no way to tell
//! them from a task. A thread of your own is outside the runtime:
//!
//! ```
//! # contract_tests::embedded_blocking(|client| {
//! # let runtime = tokio::runtime::Runtime::new().expect("a runtime");
//! # let chats = client.chats();
//! # let work = runtime.spawn_blocking(move || {
//! // Within spawn_blocking:
//! let list = std::thread::scope(|scope| {
//!     let thread = scope.spawn(|| chats.list_sessions().run());
//!     thread.join().expect("it does not panic")
//! })?;
//! # assert_eq!(list.total, 0);
//! # Ok::<_, chats::Error>(())
//! # });
//! # runtime.block_on(work).expect("it does not panic")
//! # });
//! ```

mod driver;
mod iterators;
mod session;

pub use driver::{Blocking, Deferred};
pub use iterators::{ChatStream, TextDeltas};
pub use session::With;

use crate::error::Result;

/// A client for plain threads; see [`chats::Client`](crate::Client).
#[derive(Clone)]
pub struct Client {
    inner: crate::Client,
    driver: Blocking,
}

/// Builds a [`Client`]; see [`chats::ClientBuilder`](crate::ClientBuilder).
///
/// ```
/// let client = chats::blocking::ClientBuilder::from_env()? // all but the key
///     .api_key("aion_0123456789abcdefghij")
///     .build()?;
/// # Ok::<(), chats::Error>(())
/// ```
pub type ClientBuilder = crate::client::ClientBuilder<Blocking>;

/// The calls of the chat service; see
/// [`chats::ChatResource`](crate::ChatResource).
pub type ChatResource = crate::ChatResource<Blocking>;

/// One call, ended by `run()`; see [`chats::Call`](crate::Call).
pub type Call<Op, M = crate::call::ValueOnly> = crate::Call<Op, M, Blocking>;

/// A list as an iterator; see [`chats::Pager`](crate::Pager).
pub type Pager<T> = crate::Pager<T, Blocking>;

/// A list as an iterator of pages; see [`chats::Pages`](crate::Pages).
pub type Pages<T> = crate::Pages<T, Blocking>;

/// Opens a session that closes itself; see
/// [`chats::SessionBuilder`](crate::SessionBuilder).
pub type SessionBuilder = crate::SessionBuilder<Blocking>;

/// An open session; see [`chats::ChatSessionContext`](crate::ChatSessionContext).
pub type ChatSessionContext = crate::ChatSessionContext<Blocking>;

impl Client {
    /// As [`chats::Client::new`](crate::Client::new).
    ///
    /// # Errors
    ///
    /// Those of the async client.
    ///
    /// ```
    /// use chats::{ErrorKind, blocking::Client};
    ///
    /// let client = Client::new("aion_0123456789abcdefghij")?;
    /// assert_eq!(Client::new("not a key").unwrap_err().kind(), ErrorKind::Config);
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn new(api_key: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(api_key).build()
    }

    /// As [`chats::Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    ///
    /// Those of the async client.
    ///
    /// ```
    /// match chats::blocking::Client::from_env() {
    ///     Ok(client) => println!("ready: {client:?}"), // the key is not shown
    ///     Err(error) => eprintln!("{error}"),          // names the variable and the fix
    /// }
    /// ```
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// As [`chats::Client::from_dotenv`](crate::Client::from_dotenv).
    ///
    /// # Errors
    ///
    /// Those of the async client.
    ///
    /// ```
    /// // .env: AIONVISION_API_KEY=aion_…
    /// match chats::blocking::Client::from_dotenv() {
    ///     Ok(client) => println!("ready: {client:?}"),
    ///     Err(error) => eprintln!("{error}"),
    /// }
    /// ```
    #[cfg(feature = "dotenv")]
    #[cfg_attr(docsrs, doc(cfg(feature = "dotenv")))]
    pub fn from_dotenv() -> Result<Self> {
        ClientBuilder::from_dotenv()?.build()
    }

    /// A builder with the defaults, for clients that need other settings.
    ///
    /// ```
    /// let client = chats::blocking::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .max_retries(1)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// As [`chats::Client::with_api_key`](crate::Client::with_api_key).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the key does not have the
    /// documented form.
    ///
    /// ```
    /// let ours = chats::blocking::Client::new("aion_0123456789abcdefghij")?;
    /// let theirs = ours.with_api_key("aion_ann0123456789abcdefghij")?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn with_api_key(&self, api_key: impl Into<String>) -> Result<Self> {
        Ok(Self {
            inner: self.inner.with_api_key(api_key)?,
            driver: self.driver.clone(),
        })
    }

    /// As [`chats::Client::with_tenant_id`](crate::Client::with_tenant_id).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the id does not have the
    /// documented form.
    ///
    /// ```
    /// let client = chats::blocking::Client::new("aion_0123456789abcdefghij")?;
    /// let acme = client.with_tenant_id("acme")?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn with_tenant_id(&self, id: impl Into<String>) -> Result<Self> {
        Ok(Self {
            inner: self.inner.with_tenant_id(id)?,
            driver: self.driver.clone(),
        })
    }

    /// The calls of the chat service.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// let found = client.chats().search_images("damaged poles").run()?;
    /// assert!(!found.items.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn chats(&self) -> ChatResource {
        crate::ChatResource::driven(self.inner.clone(), self.driver.clone())
    }

    /// As [`chats::Client::shutdown`](crate::Client::shutdown).
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// let session = client.chats().session().open().run()?;
    /// drop(session); // is closed on the client's thread, some time soon
    /// client.shutdown().run()?; // now it is closed
    /// assert_eq!(client.chats().list_sessions().active_only(true).run()?.total, 0);
    /// # Ok(()) });
    /// ```
    pub fn shutdown(&self) -> Deferred<impl Future<Output = Result<()>>> {
        let client = self.inner.clone();
        self.driver.defer(async move {
            client.shutdown().await;
            Ok(())
        })
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.inner, f)
    }
}

impl ClientBuilder {
    /// Checks the settings and makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a setting is missing or not
    /// valid; the message names the setting.
    ///
    /// ```
    /// let builder = chats::blocking::Client::builder().api_key("aion_0123456789abcdefghij");
    /// let error = builder.base_url("http://example.com").build().unwrap_err();
    /// assert!(error.to_string().contains("base_url")); // the key would travel unencrypted
    /// ```
    pub fn build(self) -> Result<Client> {
        let inner = self.make()?;
        let shared = &inner.shared;
        let driver = Blocking::new(shared.open_sessions.clone(), shared.clock.clone())?;
        Ok(Client { inner, driver })
    }
}
