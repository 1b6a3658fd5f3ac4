//! Collects the settings of a client; [`super::settings`] checks them.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::secret::ApiKey;
use super::settings::{self, Settings};
use super::{Client, Shared, environment, tls};
use crate::clock::{Clock, TokioClock};
use crate::driver::Async;
use crate::error::{Error, Result};
use crate::retry::breaker::Circuits;
use crate::retry::{
    Backoff, CircuitBreaker, ExponentialBackoff, RetryBudget, RetryPolicy, StandardRetry,
    TokenBudget,
};
use crate::session::OpenSessions;

/// Sets a [`Client`] up; made by [`Client::builder`].
///
/// Nothing is checked before [`build`](Self::build), which names the setting
/// that cannot work and what to do about it.
///
/// ```
/// use std::time::Duration;
///
/// let client = chats::Client::builder()
///     .api_key("aion_0123456789abcdefghij")
///     .base_url("http://localhost:8080/api/v2")
///     .timeout(Duration::from_secs(60))
///     .max_retries(5)
///     .build()?;
/// # Ok::<(), chats::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder<D = Async> {
    driver: PhantomData<fn() -> D>,
    pub(super) api_key: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) tenant_id: Option<String>,
    pub(super) proxy_url: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) timeout: Duration,
    pub(super) attempt_timeout: Option<Duration>,
    pub(super) connect_timeout: Duration,
    pub(super) stream_idle_timeout: Duration,
    pub(super) stream_progress_timeout: Duration,
    pub(super) max_retries: u32,
    pub(super) retry_delay: Duration,
    pub(super) recover: bool,
    pub(super) max_event_bytes: usize,
    pub(super) polling_interval: Duration,
    pub(super) polling_timeout: Duration,
    pub(super) trace_context: bool,
    pub(super) roots_pem: Vec<Vec<u8>>,
    pub(super) circuit_breaker: CircuitBreaker,
    pub(super) retry_policy: Arc<dyn RetryPolicy>,
    pub(super) backoff: Option<Arc<dyn Backoff>>,
    pub(super) retry_budget: Option<Arc<dyn RetryBudget>>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            driver: PhantomData,
            api_key: None,
            base_url: None,
            tenant_id: None,
            proxy_url: None,
            user_agent: None,
            timeout: Duration::from_secs(300),
            attempt_timeout: None,
            connect_timeout: Duration::from_secs(10),
            stream_idle_timeout: Duration::from_secs(90),
            stream_progress_timeout: Duration::from_secs(300),
            max_retries: 3,
            retry_delay: Duration::from_secs(1),
            recover: true,
            max_event_bytes: 16 * 1024 * 1024,
            polling_interval: Duration::from_secs(2),
            polling_timeout: Duration::from_secs(360),
            trace_context: false,
            roots_pem: Vec::new(),
            circuit_breaker: CircuitBreaker::new(),
            retry_policy: Arc::new(StandardRetry),
            backoff: None,
            retry_budget: None,
            clock: Arc::new(TokioClock),
        }
    }
}

impl ClientBuilder {
    /// A builder with everything that the `AIONVISION_*` variables say, to be
    /// changed further.
    ///
    /// | variable | setting |
    /// | --- | --- |
    /// | `AIONVISION_API_KEY` | [`api_key`](Self::api_key) |
    /// | `AIONVISION_BASE_URL` | [`base_url`](Self::base_url) |
    /// | `AIONVISION_TIMEOUT` | [`timeout`](Self::timeout), in seconds |
    /// | `AIONVISION_MAX_RETRIES` | [`max_retries`](Self::max_retries) |
    /// | `AIONVISION_RETRY_DELAY` | [`retry_delay`](Self::retry_delay), in seconds |
    /// | `AIONVISION_POLLING_INTERVAL` | [`polling_interval`](Self::polling_interval), in seconds |
    /// | `AIONVISION_POLLING_TIMEOUT` | [`polling_timeout`](Self::polling_timeout), in seconds |
    /// | `AIONVISION_TENANT_ID` | [`tenant_id`](Self::tenant_id) |
    /// | `AIONVISION_PROXY_URL` | [`proxy_url`](Self::proxy_url) |
    /// | `AIONVISION_ENABLE_TRACING` | [`enable_tracing`](Self::enable_tracing): `true`, `1`, `yes` or `on` |
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a variable cannot be
    /// read as what it must be. A missing key is told by [`build`](Self::build),
    /// so that code can still give one.
    ///
    /// ```
    /// // AIONVISION_API_KEY is missing here, but code may still give a key.
    /// let client = chats::ClientBuilder::from_env()?
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn from_env() -> Result<Self> {
        environment::everything(&environment::process)
    }

    /// As [`from_env`](Self::from_env), with the variables of the nearest `.env`
    /// file behind those of the process. The process's environment is not
    /// changed.
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env); also when there is a `.env` file that
    /// cannot be read.
    #[cfg(feature = "dotenv")]
    #[cfg_attr(docsrs, doc(cfg(feature = "dotenv")))]
    pub fn from_dotenv() -> Result<Self> {
        environment::everything(&environment::with_dotenv()?)
    }

    /// Checks the settings and makes the client. Nothing is sent, and no async
    /// runtime is needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the setting that
    /// cannot work.
    ///
    /// ```
    /// let error = chats::Client::builder().api_key("nonsense").build().unwrap_err();
    /// assert_eq!(error.kind(), chats::ErrorKind::Config);
    /// ```
    pub fn build(self) -> Result<Client> {
        self.make()
    }

    /// The same settings for another kind of client.
    #[cfg(feature = "blocking")]
    pub(crate) fn driven<D>(self) -> ClientBuilder<D> {
        ClientBuilder {
            driver: PhantomData,
            api_key: self.api_key,
            base_url: self.base_url,
            tenant_id: self.tenant_id,
            proxy_url: self.proxy_url,
            user_agent: self.user_agent,
            timeout: self.timeout,
            attempt_timeout: self.attempt_timeout,
            connect_timeout: self.connect_timeout,
            stream_idle_timeout: self.stream_idle_timeout,
            stream_progress_timeout: self.stream_progress_timeout,
            max_retries: self.max_retries,
            retry_delay: self.retry_delay,
            recover: self.recover,
            max_event_bytes: self.max_event_bytes,
            polling_interval: self.polling_interval,
            polling_timeout: self.polling_timeout,
            trace_context: self.trace_context,
            roots_pem: self.roots_pem,
            circuit_breaker: self.circuit_breaker,
            retry_policy: self.retry_policy,
            backoff: self.backoff,
            retry_budget: self.retry_budget,
            clock: self.clock,
        }
    }
}

impl<D> ClientBuilder<D> {
    /// The API key: lower-case letters, `_`, then at least 20 of letters,
    /// digits, `_` and `-`.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .base_url("http://localhost:8080/api/v2")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Where the service is; `https://api.aionvision.tech/api/v2` unless set.
    ///
    /// It must be https; http is taken for `localhost`, `127.0.0.0/8` and `::1`
    /// alone.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .base_url("http://localhost:8080/api/v2")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The tenant on whose behalf requests are made, sent as `X-Tenant-ID`;
    /// `AIONVISION_TENANT_ID` unless set.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .tenant_id("acme")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.tenant_id = Some(id.into());
        self
    }

    /// An http or https proxy to go through; `AIONVISION_PROXY_URL` unless set,
    /// else the system's.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .proxy_url("http://proxy.example:3128")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn proxy_url(mut self, url: impl Into<String>) -> Self {
        self.proxy_url = Some(url.into());
        self
    }

    /// How long a call may take with all its retries; 300 s unless set. For a
    /// stream it runs until the reply's head has come.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .timeout(Duration::from_secs(60))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long one attempt may take; as long as the call unless set. A message
    /// whose attempt runs out is not sent again: its outcome is unknown.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .attempt_timeout(Duration::from_secs(20))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// How long connecting may take, TLS included; 10 s unless set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .connect_timeout(Duration::from_secs(3))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a stream may stay without a single byte while it is polled;
    /// 90 s unless set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .stream_idle_timeout(Duration::from_secs(45))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn stream_idle_timeout(mut self, timeout: Duration) -> Self {
        self.stream_idle_timeout = timeout;
        self
    }

    /// How long a stream may stay without an event other than `ping` while it is
    /// polled; 300 s unless set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .stream_progress_timeout(Duration::from_secs(120))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn stream_progress_timeout(mut self, timeout: Duration) -> Self {
        self.stream_progress_timeout = timeout;
        self
    }

    /// How often a failed request may be sent again; 3 unless set, 0 for never.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .max_retries(5)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// The ceiling of the first wait before a retry, doubled with each further
    /// one; 1 s unless set. [`backoff`](Self::backoff) replaces it.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .retry_delay(Duration::from_millis(250))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn retry_delay(mut self, delay: Duration) -> Self {
        self.retry_delay = delay;
        self
    }

    /// Whether a stream that breaks is recovered from the session's history;
    /// true unless set.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .recover(false)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn recover(mut self, recover: bool) -> Self {
        self.recover = recover;
        self
    }

    /// The largest event that a stream may carry; 16 MiB unless set.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .max_event_bytes(1 << 20)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.max_event_bytes = bytes;
        self
    }

    /// How long to wait between two looks at the history while a broken stream
    /// is recovered; 2 s unless set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .polling_interval(Duration::from_secs(5))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn polling_interval(mut self, interval: Duration) -> Self {
        self.polling_interval = interval;
        self
    }

    /// How long to go on looking; 360 s unless set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .polling_timeout(Duration::from_secs(60))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn polling_timeout(mut self, timeout: Duration) -> Self {
        self.polling_timeout = timeout;
        self
    }

    /// Whether each request carries a W3C `traceparent`; false unless set.
    ///
    /// The call's id stays the same over its attempts, and every span of
    /// `tracing` shows it, so that the service's traces and yours can be laid
    /// beside each other.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .enable_tracing(true)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn enable_tracing(mut self, on: bool) -> Self {
        self.trace_context = on;
        self
    }

    /// Trusts the certificates in this PEM text as well as the system's.
    pub fn root_certificate_pem(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.roots_pem.push(pem.as_ref().to_vec());
        self
    }

    /// The `User-Agent`; `chats/<version>` unless set.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .user_agent("inspector/1.2")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.user_agent = Some(agent.into());
        self
    }

    /// How endpoints that keep failing are left alone; see [`CircuitBreaker`].
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .circuit_breaker(chats::CircuitBreaker::disabled())
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn circuit_breaker(mut self, breaker: CircuitBreaker) -> Self {
        self.circuit_breaker = breaker;
        self
    }

    /// Which failures are retried; [`StandardRetry`] unless set.
    /// [`max_retries`](Self::max_retries) still applies.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .retry_policy(chats::retry::RetryPolicy::limit(chats::retry::StandardRetry, 1))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn retry_policy(mut self, policy: impl RetryPolicy) -> Self {
        self.retry_policy = Arc::new(policy);
        self
    }

    /// How long retries wait; [`ExponentialBackoff`] from
    /// [`retry_delay`](Self::retry_delay) on unless set.
    ///
    /// ```
    /// # use std::time::Duration;
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .backoff(chats::retry::ExponentialBackoff::new(Duration::from_millis(50)))
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn backoff(mut self, backoff: impl Backoff) -> Self {
        self.backoff = Some(Arc::new(backoff));
        self
    }

    /// What the client as a whole spends on retries; [`TokenBudget`] unless set.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .retry_budget(chats::retry::Unlimited)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn retry_budget(mut self, budget: impl RetryBudget) -> Self {
        self.retry_budget = Some(Arc::new(budget));
        self
    }

    /// Where the client takes its time from; see [`Clock`].
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    pub(crate) fn make(self) -> Result<Client> {
        let builder = environment::surroundings(self, &environment::process)?;
        let settings = builder.check()?;
        let http = builder.http(&settings)?;
        Ok(Client {
            shared: Arc::new(Shared {
                http,
                raw_base: settings.base_url.as_str().trim_end_matches('/').to_owned(),
                settings,
                max_retries: builder.max_retries,
                retry_policy: builder.retry_policy,
                backoff: builder
                    .backoff
                    .unwrap_or_else(|| Arc::new(ExponentialBackoff::new(builder.retry_delay))),
                retry_budget: builder
                    .retry_budget
                    .unwrap_or_else(|| Arc::new(TokenBudget::default())),
                circuits: Circuits::new(builder.circuit_breaker),
                clock: builder.clock,
                open_sessions: OpenSessions::default(),
            }),
        })
    }

    pub(super) fn check(&self) -> Result<Settings> {
        let base_url = self
            .base_url
            .as_deref()
            .unwrap_or(settings::DEFAULT_BASE_URL);
        let agent = concat!("chats/", env!("CARGO_PKG_VERSION"));
        if self.max_event_bytes == 0 {
            return Err(Error::config("max_event_bytes is zero")
                .with_hint("give it room for one event, such as 16 MiB"));
        }
        settings::positive("connect_timeout", self.connect_timeout)?;
        Ok(Settings {
            api_key: ApiKey::new(self.api_key.as_deref().unwrap_or_default())?,
            base_url: settings::base_url(base_url)?,
            tenant_id: self
                .tenant_id
                .as_deref()
                .map(|id| settings::header_text("tenant_id", id))
                .transpose()?,
            user_agent: settings::header_text(
                "user_agent",
                self.user_agent.as_deref().unwrap_or(agent),
            )?,
            timeout: settings::positive("timeout", self.timeout)?,
            attempt_timeout: self
                .attempt_timeout
                .map(|timeout| settings::positive("attempt_timeout", timeout))
                .transpose()?,
            stream_idle_timeout: settings::positive(
                "stream_idle_timeout",
                self.stream_idle_timeout,
            )?,
            stream_progress_timeout: settings::positive(
                "stream_progress_timeout",
                self.stream_progress_timeout,
            )?,
            recover: self.recover,
            max_event_bytes: self.max_event_bytes,
            polling_interval: settings::positive("polling_interval", self.polling_interval)?,
            polling_timeout: self.polling_timeout,
            trace_context: self.trace_context,
        })
    }

    /// reqwest, without what this crate does itself: redirects and timeouts.
    fn http(&self, settings: &Settings) -> Result<reqwest::Client> {
        let proxy = self
            .proxy_url
            .as_deref()
            .map(settings::proxy_url)
            .transpose()?;
        let https = settings.base_url.scheme() == "https"
            || proxy
                .as_ref()
                .is_some_and(|proxy| proxy.scheme() == "https");
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true);
        let unusable = |error: reqwest::Error| {
            Error::config("the HTTP client cannot be set up").with_source(error.without_url())
        };
        match proxy {
            Some(proxy) => http = http.proxy(reqwest::Proxy::all(proxy).map_err(unusable)?),
            // What runs on this machine is not reached through the system's proxy.
            None if settings::is_loopback(&settings.base_url) => http = http.no_proxy(),
            None => {}
        }
        tls::configure(http, &self.roots_pem, https)?
            .build()
            .map_err(unusable)
    }
}

impl<D> std::fmt::Debug for ClientBuilder<D> {
    /// Shows what is safe: neither the key nor a proxy's password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key.as_ref().map(|_| "[redacted]"))
            .field("base_url", &self.base_url.as_ref().map(|_| "[set]"))
            .field("tenant_id", &self.tenant_id)
            .field("proxy_url", &self.proxy_url.as_ref().map(|_| "[set]"))
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .finish_non_exhaustive()
    }
}
