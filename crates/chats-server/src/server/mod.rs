//! The running server: starting it, its address and keys, and ending it.

mod builder;
mod connection;
mod listener;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use builder::ServerBuilder;
pub(crate) use connection::ResetSwitch;

use crate::library::Library;
use crate::recorder::RecordedRequest;
use crate::state::App;

/// How long [`Server::shutdown`] waits for answers that are being made.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// A server that runs until it is shut down or dropped.
///
/// ```
/// # async fn example() -> Result<(), chats_server::StartError> {
/// let server = chats_server::Server::builder().start().await?;
/// println!("{} with {}", server.base_url(), server.api_key());
/// server.shutdown().await;
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[must_use = "dropping the server stops it"]
pub struct Server {
    app: Arc<App>,
    address: SocketAddr,
    base_url: String,
    api_keys: Vec<String>,
    stop: CancellationToken,
    listening: Option<JoinHandle<()>>,
}

/// The server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address to listen on cannot be used.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address as it was given.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Only loopback addresses are open without a key that somebody chose.
    #[error("refusing to listen on {0}, which others can reach, without an API key: set one")]
    KeyRequired(SocketAddr),
    /// A key is empty, or holds something that no header can carry.
    #[error("an API key must be visible ASCII and not empty")]
    BadKey,
    /// The database cannot be opened.
    #[error("the database cannot be opened: {0}")]
    Database(String),
    /// The library cannot be opened.
    #[error("the library cannot be opened: {0}")]
    Library(String),
}

impl Server {
    /// Settings for a server; each has a default.
    pub fn builder() -> ServerBuilder {
        ServerBuilder::default()
    }

    /// Where clients find it, such as `http://127.0.0.1:40123/api/v2`. If it listens on all
    /// addresses, this is the loopback one.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The first key.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_keys[0]
    }

    /// All keys, each a person with sessions of their own.
    #[must_use]
    pub fn api_keys(&self) -> &[String] {
        &self.api_keys
    }

    /// The address it listens on.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The library that answers come from.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.app.library
    }

    /// What goes wrong on purpose.
    #[must_use]
    pub fn faults(&self) -> &crate::Faults {
        &self.app.faults
    }

    /// The requests seen so far, oldest first; at most the last 1000, and none
    /// if [`ServerBuilder::record_requests`] turned it off.
    #[must_use]
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.app.recorder.requests()
    }

    /// Forgets the requests seen so far.
    pub fn clear_requests(&self) {
        self.app.recorder.clear();
    }

    /// Ends the server: takes no more connections, closes those that are open,
    /// and waits, for at most 5 s, until the answers that are being made are stored.
    pub async fn shutdown(self) {
        self.ended().await;
    }

    /// Boxed here, like the start.
    fn ended(mut self) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            self.stop.cancel();
            if let Some(listening) = self.listening.take() {
                let _ = listening.await;
            }
            self.app.tasks.close();
            // An answerer that hangs must not keep the process alive.
            let _ = tokio::time::timeout(LAST_ANSWERS, self.app.tasks.wait()).await;
            self.app.store.close().await;
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Shows no key.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
