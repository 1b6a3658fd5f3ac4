//! The client: settings, connections and everything that its calls share.

pub(crate) mod api_key;
mod builder;
mod environment;
pub(crate) mod send_log;
pub(crate) mod settings;
mod tls;
pub(crate) mod unchecked_settings;

use std::fmt;
use std::sync::Arc;

pub use builder::ClientBuilder;
pub use settings::DEFAULT_BASE_URL;

use crate::clock::Clock;
use crate::driver::Async;
use crate::error::Result;
use crate::resource::ChatResource;
use crate::retry::breaker::Circuits;
use crate::retry::{Backoff, RetryBudget, RetryPolicy};
use crate::session::OpenSessions;
use api_key::ApiKey;
use send_log::SendLog;
use settings::Settings;

/// A client of the service. Cheap to clone: clones share connections, the retry budget,
/// the circuit breaker and the list of open sessions.
///
/// ```no_run
/// # async fn run() -> chats::Result<()> {
/// let client = chats::Client::from_env()?;
/// for session in client.chats().list_sessions().limit(5).await?.items {
///     println!("{}  {}", session.id, session.title);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
}

/// What all clones of a client share.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) http: reqwest::Client,
    pub(crate) max_retries: u32,
    pub(crate) retry_policy: Arc<dyn RetryPolicy>,
    pub(crate) backoff: Arc<dyn Backoff>,
    pub(crate) retry_budget: Arc<dyn RetryBudget>,
    pub(crate) circuits: Circuits,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) open_sessions: OpenSessions,
    pub(crate) send_log: SendLog,
}

impl Client {
    /// A client with this key and the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the key does not have the
    /// documented form (see [`ClientBuilder::api_key`]), `AIONVISION_TENANT_ID` or
    /// `AIONVISION_PROXY_URL` is not valid, or this machine has no certificates of
    /// authorities to trust.
    ///
    /// ```
    /// let client = chats::Client::new("aion_0123456789abcdefghij")?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn new(api_key: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(api_key).build()
    }

    /// A client set up by the `AIONVISION_*` variables; see
    /// [`ClientBuilder::from_env`] for the list.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if `AIONVISION_API_KEY` is missing
    /// or a variable does not have the expected form.
    ///
    /// ```
    /// match chats::Client::from_env() {
    ///     Ok(client) => println!("ready: {client:?}"), // the key is not shown
    ///     Err(error) => eprintln!("{error}"),          // names the variable and the fix
    /// }
    /// ```
    pub fn from_env() -> Result<Self> {
        crate::ClientBuilder::from_env()?.build()
    }

    /// Like [`from_env`](Self::from_env), but reads variables that are not set from the
    /// nearest `.env` file, in the current folder or one above it.
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env); also if the `.env` file cannot be read.
    ///
    /// ```
    /// // .env: AIONVISION_API_KEY=aion_…
    /// match chats::Client::from_dotenv() {
    ///     Ok(client) => println!("ready: {client:?}"),
    ///     Err(error) => eprintln!("{error}"),
    /// }
    /// ```
    #[cfg(feature = "dotenv")]
    #[cfg_attr(docsrs, doc(cfg(feature = "dotenv")))]
    pub fn from_dotenv() -> Result<Self> {
        crate::ClientBuilder::from_dotenv()?.build()
    }

    /// A builder with the defaults, for clients that need other settings.
    ///
    /// ```
    /// let client = chats::Client::builder().api_key("aion_0123456789abcdefghij").build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client for another API key that uses the same connections, for a program that
    /// serves many people.
    ///
    /// Both clients have the same settings except for the key, and share one [retry
    /// budget](crate::retry::RetryBudget); [`shutdown`](Self::shutdown) of either closes
    /// the sessions of both. Each client has its own circuit breaker, so that failing
    /// calls of one person do not block the calls of others: keep a person's client for
    /// as long as you serve that person.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the key does not have the
    /// documented form; see [`ClientBuilder::api_key`].
    ///
    /// ```
    /// # fn key_of(person: &str) -> String { format!("aion_{person}0123456789abcdefghij") }
    /// let ours = chats::Client::new("aion_0123456789abcdefghij")?;
    /// let theirs = ours.with_api_key(key_of("ann"))?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn with_api_key(&self, api_key: impl Into<String>) -> Result<Self> {
        let mut settings = self.shared.settings.clone();
        settings.api_key = ApiKey::new(&api_key.into())?;
        Ok(self.with_settings(settings))
    }

    /// A client for another tenant that uses the same connections; an empty id means
    /// none. Both clients share what [`with_api_key`](Self::with_api_key) describes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the id does not have the
    /// documented form; see [`ClientBuilder::tenant_id`].
    ///
    /// ```
    /// let client = chats::Client::new("aion_0123456789abcdefghij")?;
    /// let acme = client.with_tenant_id("acme")?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn with_tenant_id(&self, id: impl Into<String>) -> Result<Self> {
        let mut settings = self.shared.settings.clone();
        settings.tenant_id = settings::tenant_id("tenant_id", &id.into())?;
        Ok(self.with_settings(settings))
    }

    fn with_settings(&self, settings: Settings) -> Self {
        let shared = &self.shared;
        Self {
            shared: Arc::new(Shared {
                settings,
                http: shared.http.clone(),
                max_retries: shared.max_retries,
                retry_policy: shared.retry_policy.clone(),
                backoff: shared.backoff.clone(),
                retry_budget: shared.retry_budget.clone(),
                circuits: shared.circuits.closed(),
                clock: shared.clock.clone(),
                open_sessions: shared.open_sessions.clone(),
                send_log: SendLog::default(),
            }),
        }
    }

    /// The calls of the chat service.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let list = client.chats().list_sessions().await?;
    /// assert!(list.items.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn chats(&self) -> ChatResource {
        ChatResource::driven(self.clone(), Async(()))
    }

    /// Closes every session context of this client that is still open, and waits for all
    /// closes that are under way.
    ///
    /// Dropping a [`ChatSessionContext`](crate::ChatSessionContext) closes its session in
    /// the background; call this before the runtime ends to be certain that it happens. The
    /// client stays usable.
    ///
    /// - Sessions are closed side by side, each within 30 s, retries included.
    /// - If a session is still being created, `shutdown` waits up to another 30 s for it.
    /// - A session is closed on the runtime that it was opened on. If nothing drives that
    ///   runtime, `shutdown` stops waiting after 90 s; if the runtime has ended, its
    ///   sessions stay open.
    /// - Failures are logged as warnings.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.session().open().await?;
    /// drop(session);
    /// client.shutdown().await;
    /// assert_eq!(chats.list_sessions().active_only(true).await?.total, 0);
    /// # Ok(()) });
    /// ```
    pub async fn shutdown(&self) {
        let shared = &self.shared;
        shared.open_sessions.shutdown(&*shared.clock).await;
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.shared.settings.base_url.as_str())
            .field("api_key", &self.shared.settings.api_key)
            .finish_non_exhaustive()
    }
}
