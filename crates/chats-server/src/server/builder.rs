//! The settings of a server, and its construction from them.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Server, StartError, listener};
use crate::answer::{Answerer, Librarian};
use crate::clock::{Clock, SystemClock};
use crate::conversation::recover_interrupted;
use crate::fault::{FaultRule, Faults};
use crate::http::PREFIX;
use crate::keys::People;
use crate::library::{Library, Links};
use crate::limits::{Quota, RateLimit};
use crate::recorder::Recorder;
use crate::state::{App, Turns};
use crate::store::{self, Place, Store};

/// Settings of a [`Server`].
#[must_use]
pub struct ServerBuilder {
    api_keys: Vec<String>,
    place: Place,
    library: Option<PathBuf>,
    listen: String,
    answerer: Arc<dyn Answerer>,
    clock: Arc<dyn Clock>,
    quota: Quota,
    requests_per_minute: Option<u32>,
    ping_interval: Duration,
    token_delay: Duration,
    body_limit: usize,
    client_timeout: Duration,
    record: bool,
    faults: Vec<FaultRule>,
    seed: u64,
    test_mode: bool,
}

impl Default for ServerBuilder {
    fn default() -> Self {
        Self {
            api_keys: Vec::new(),
            place: Place::Memory,
            library: None,
            listen: "127.0.0.1:0".to_owned(),
            answerer: Arc::new(Librarian),
            clock: Arc::new(SystemClock),
            quota: Quota::default(),
            requests_per_minute: None,
            ping_interval: Duration::from_secs(15),
            token_delay: Duration::ZERO,
            body_limit: 2 << 20,
            client_timeout: Duration::from_secs(30),
            record: true,
            faults: Vec::new(),
            seed: 0,
            test_mode: false,
        }
    }
}

impl ServerBuilder {
    /// Accepts this key. Called several times, each key is a person
    /// with sessions of their own. By default a random key is made.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_keys.push(key.into());
        self
    }

    /// Stores everything in this SQLite file, which is created if needed. Default, and
    /// `:memory:`: a database in memory.
    pub fn database(mut self, file: impl Into<PathBuf>) -> Self {
        self.place = file.into().into();
        self
    }

    /// Answers from this folder of images and documents. Default: the built-in sample
    /// library.
    pub fn library(mut self, folder: impl Into<PathBuf>) -> Self {
        self.library = Some(folder.into());
        self
    }

    /// Listens on this address. Default: `127.0.0.1:0`, any free loopback port. An address
    /// that is not loopback needs [`ServerBuilder::api_key`].
    pub fn listen(mut self, address: impl Into<String>) -> Self {
        self.listen = address.into();
        self
    }

    /// Answers with this. Default: the [`Librarian`].
    pub fn answerer(mut self, answerer: impl Answerer) -> Self {
        self.answerer = Arc::new(answerer);
        self
    }

    /// Uses this clock; pass an [`Arc`] to keep a handle to it. Default: the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How many messages a session may have. Default: 1000.
    pub fn messages_per_session(mut self, messages: u32) -> Self {
        self.quota.messages = i64::from(messages);
        self
    }

    /// How many tokens a session may use, questions and answers together. Default:
    /// 1,000,000.
    pub fn tokens_per_session(mut self, tokens: u32) -> Self {
        self.quota.tokens = i64::from(tokens);
        self
    }

    /// How many requests a minute each person may send, at least 1: zero counts as 1.
    /// Default: no limit.
    pub fn requests_per_minute(mut self, requests: u32) -> Self {
        self.requests_per_minute = Some(requests.max(1));
        self
    }

    /// How long a stream is silent before a ping is sent. Default: 15 s.
    pub fn ping_interval(mut self, interval: Duration) -> Self {
        self.ping_interval = interval;
        self
    }

    /// How long to wait before each token of a stream. Default: 0 s.
    pub fn token_delay(mut self, delay: Duration) -> Self {
        self.token_delay = delay;
        self
    }

    /// The longest body of a request, in bytes. Default: 2 MiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// How long a client may take to send its headers, to send its body, or to
    /// read what is written to it. Default: 30 s.
    pub fn client_timeout(mut self, timeout: Duration) -> Self {
        self.client_timeout = timeout;
        self
    }

    /// Whether requests are recorded for [`Server::requests`]. Default: true.
    pub fn record_requests(mut self, record: bool) -> Self {
        self.record = record;
        self
    }

    /// Fails on purpose in this way, from the start; see also [`Server::faults`].
    pub fn fault(mut self, rule: impl Into<FaultRule>) -> Self {
        self.faults.push(rule.into());
        self
    }

    /// The seed of random faults: the same seed and the same requests give the same faults.
    /// Default: 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether the header `X-Chats-Fault` of a request is obeyed. Default: false.
    pub fn test_mode(mut self, on: bool) -> Self {
        self.test_mode = on;
        self
    }

    /// Starts the server; it accepts connections when this returns.
    ///
    /// # Errors
    ///
    /// - [`StartError::Listen`] if the address cannot be used.
    /// - [`StartError::KeyRequired`] if others can reach it, and no key was given.
    /// - [`StartError::BadKey`] if a key is empty or no header can carry it.
    /// - [`StartError::Database`] if the database cannot be opened, belongs to another
    ///   program, or was written by a newer version.
    /// - [`StartError::Library`] if the folder cannot be read.
    pub async fn start(self) -> Result<Server, StartError> {
        self.started().await
    }

    /// Boxed here, so that the server is compiled with this crate, and not again in every
    /// program that starts one.
    fn started(mut self) -> BoxFuture<'static, Result<Server, StartError>> {
        Box::pin(async move {
            let listener = self.bind().await?;
            let address = listener
                .local_addr()
                .map_err(|error| self.listen_error(error))?;
            if self.api_keys.is_empty() {
                if !address.ip().is_loopback() {
                    return Err(StartError::KeyRequired(address));
                }
                self.api_keys.push(random_key());
            }
            if !self.api_keys.iter().all(|key| is_key(key)) {
                return Err(StartError::BadKey);
            }
            let base_url = format!("http://{}{PREFIX}", reachable(address));
            let place = self.place.to_string();
            let database =
                |error: crate::store::StoreError| StartError::Database(format!("{place}: {error}"));
            let store = Store::open(&self.place).await.map_err(&database)?;
            let secret = store
                .write(|transaction| Ok(store::secret(transaction, "link-secret")?))
                .await
                .map_err(database)?;
            let folder = match &self.library {
                Some(folder) => folder.display().to_string(),
                None => "the built-in sample".to_owned(),
            };
            let library = Library::open(store.clone(), self.library)
                .await
                .map_err(|error| StartError::Library(format!("{folder}: {}", error.reason())))?;
            let app = Arc::new(App {
                links: Links::new(base_url.clone(), secret),
                store,
                library,
                answerer: self.answerer,
                people: People::new(self.api_keys.iter().map(String::as_str)),
                quota: self.quota,
                rate_limit: self.requests_per_minute.map(RateLimit::new),
                faults: Faults::new(
                    Arc::clone(&self.clock),
                    self.faults,
                    self.seed,
                    self.test_mode,
                ),
                clock: self.clock,
                recorder: Recorder::new(self.record),
                turns: Turns::default(),
                tasks: TaskTracker::new(),
                ping_interval: self.ping_interval,
                token_delay: self.token_delay,
                body_limit: self.body_limit,
                body_timeout: self.client_timeout,
            });
            recover_interrupted(&app)
                .await
                .map_err(|error| StartError::Database(error.message()))?;
            let stop = CancellationToken::new();
            let listening = tokio::spawn(listener::listen(
                listener,
                crate::http::router(&app),
                self.client_timeout,
                stop.clone(),
            ));
            Ok(Server {
                app,
                address,
                base_url,
                api_keys: self.api_keys,
                stop,
                listening: Some(listening),
            })
        })
    }

    async fn bind(&self) -> Result<TcpListener, StartError> {
        if !is_host_and_port(&self.listen) {
            let expected = "expected HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080";
            return Err(self.listen_error(io::Error::new(io::ErrorKind::InvalidInput, expected)));
        }
        // Resolved first: without a key, no address that others can reach is bound.
        let addresses: Vec<SocketAddr> = tokio::net::lookup_host(&self.listen)
            .await
            .map_err(|error| self.listen_error(error))?
            .collect();
        if self.api_keys.is_empty()
            && let Some(open) = addresses.iter().find(|address| !address.ip().is_loopback())
        {
            return Err(StartError::KeyRequired(*open));
        }
        TcpListener::bind(addresses.as_slice())
            .await
            .map_err(|error| self.listen_error(error))
    }

    fn listen_error(&self, source: io::Error) -> StartError {
        StartError::Listen {
            address: self.listen.clone(),
            source,
        }
    }
}

/// Shows no key.
impl fmt::Debug for ServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerBuilder")
            .field("listen", &self.listen)
            .field("database", &self.place)
            .field("library", &self.library)
            .finish_non_exhaustive()
    }
}

/// Where this machine finds a server that listens on `address`: "all addresses" is none.
fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback = match address.ip() {
        ip if !ip.is_unspecified() => return address,
        IpAddr::V4(_) => IpAddr::from(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::from(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(loopback, address.port())
}

/// Whether a port follows the host; the colons of an IPv6 address lead to none.
fn is_host_and_port(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else {
        return false;
    };
    let bare = host.contains(':') && !host.starts_with('[');
    !host.is_empty() && !bare && port.parse::<u16>().is_ok()
}

/// A key in the service's own form.
fn random_key() -> String {
    format!(
        "aion_{}{}",
        uuid::Uuid::new_v4().simple(),
        uuid::Uuid::new_v4().simple()
    )
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic())
}
