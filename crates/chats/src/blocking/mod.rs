//! The same client for plain threads: every call ends in `.run()` instead of
//! `.await`, pagers and streams are iterators.
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
//! A client runs its connections on a thread of its own, shared by its clones;
//! it may be used from many threads at once. Inside an async runtime every
//! `run()` is refused with a clear error, since it would stall the runtime: use
//! [`chats::Client`](crate::Client) there.

mod driver;
mod iterators;
mod session;

pub use driver::{Blocking, Deferred};
pub use iterators::{ChatStream, TextDeltas};

use crate::error::Result;

/// A client for plain threads; see [`chats::Client`](crate::Client).
#[derive(Clone)]
pub struct Client {
    inner: crate::Client,
    driver: Blocking,
}

/// Sets a [`Client`] up; see [`chats::ClientBuilder`](crate::ClientBuilder).
pub type ClientBuilder = crate::ClientBuilder<Blocking>;

/// The calls of the chat service; see
/// [`chats::ChatResource`](crate::ChatResource).
pub type ChatResource = crate::ChatResource<Blocking>;

/// One call, ended by `run()`; see [`chats::Call`](crate::Call).
pub type Call<Op, M = crate::call::Value> = crate::Call<Op, M, Blocking>;

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
    pub fn new(api_key: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(api_key).build()
    }

    /// As [`chats::Client::from_env`](crate::Client::from_env).
    ///
    /// # Errors
    ///
    /// Those of the async client.
    pub fn from_env() -> Result<Self> {
        let builder: ClientBuilder = crate::ClientBuilder::from_env()?.driven();
        builder.build()
    }

    /// As [`chats::Client::from_dotenv`](crate::Client::from_dotenv).
    ///
    /// # Errors
    ///
    /// Those of the async client.
    #[cfg(feature = "dotenv")]
    #[cfg_attr(docsrs, doc(cfg(feature = "dotenv")))]
    pub fn from_dotenv() -> Result<Self> {
        let builder: ClientBuilder = crate::ClientBuilder::from_dotenv()?.driven();
        builder.build()
    }

    /// Starts with the defaults, to be changed one by one.
    pub fn builder() -> ClientBuilder {
        crate::ClientBuilder::default().driven()
    }

    /// The calls of the chat service.
    pub fn chats(&self) -> ChatResource {
        crate::ChatResource::driven(self.inner.clone(), self.driver.clone())
    }

    /// As [`chats::Client::shutdown`](crate::Client::shutdown).
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
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the setting that
    /// cannot work.
    pub fn build(self) -> Result<Client> {
        Ok(Client {
            inner: self.make()?,
            driver: Blocking::new()?,
        })
    }
}
