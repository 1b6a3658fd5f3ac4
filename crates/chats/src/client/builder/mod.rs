//! Collects a client's settings, one after the other; [`super::unchecked_settings`] makes
//! the client from them.

mod retries;
mod timing;

use std::marker::PhantomData;

use http::{HeaderName, HeaderValue};

use super::unchecked_settings::{Given, UncheckedSettings};
use super::{Client, environment};
use crate::driver::Async;
#[cfg(feature = "dotenv")]
use crate::error::Error;
use crate::error::Result;
use crate::transport::{checked_header, names_a_request};

/// Builds a client; made by [`Client::builder`].
///
/// `D` says how its calls are driven: [`chats::ClientBuilder`](crate::ClientBuilder)
/// makes a [`Client`],
#[cfg_attr(
    feature = "blocking",
    doc = "[`chats::blocking::ClientBuilder`](crate::blocking::ClientBuilder)"
)]
#[cfg_attr(not(feature = "blocking"), doc = "`chats::blocking::ClientBuilder`")]
/// one for plain threads.
///
/// Only [`build`](Self::build) checks the settings; its error names the setting that is
/// not valid and says what to do about it.
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
    pub(super) given: UncheckedSettings,
}

impl<D> Default for ClientBuilder<D> {
    fn default() -> Self {
        Self::of(UncheckedSettings::default())
    }
}

impl ClientBuilder {
    /// Checks the settings and makes the client. Nothing is sent, and no async runtime is
    /// needed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a setting is missing or not
    /// valid; [`Error::setting`](crate::Error::setting) names it, and the message says what
    /// to do. Also for https on a machine that has no certificates of authorities to trust,
    /// such as a container without the package `ca-certificates`, unless
    /// [`root_certificate_pem`](Self::root_certificate_pem) gives one.
    ///
    /// ```
    /// let error = chats::Client::builder().api_key("nonsense").build().unwrap_err();
    /// assert_eq!(error.kind(), chats::ErrorKind::Config);
    /// ```
    pub fn build(self) -> Result<Client> {
        self.make()
    }
}

impl<D> ClientBuilder<D> {
    fn of(given: UncheckedSettings) -> Self {
        Self {
            driver: PhantomData,
            given,
        }
    }

    /// A builder with the settings of the `AIONVISION_*` variables, which can be changed
    /// further. A variable that is not set, or empty, leaves the default.
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
    /// | `AIONVISION_ENABLE_TRACING` | [`enable_tracing`](Self::enable_tracing): `true`/`1`/`yes`/`on` or `false`/`0`/`no`/`off` |
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a variable does not have the
    /// expected form. A missing key is reported by [`build`](Self::build), so that code can
    /// still give one.
    ///
    /// ```
    /// // AIONVISION_API_KEY is missing here, but code may still give a key.
    /// let client = chats::ClientBuilder::from_env()?
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn from_env() -> Result<Self> {
        Ok(Self::of(UncheckedSettings::from_variables(
            &environment::process,
        )?))
    }

    /// Like [`from_env`](Self::from_env), but reads variables that are not set from the
    /// nearest `.env` file, in the current folder or one above it. The process's
    /// environment is not changed.
    ///
    /// # Errors
    ///
    /// Those of [`from_env`](Self::from_env); also if the `.env` file cannot be read: the
    /// message names its path.
    ///
    /// ```
    /// // Everything but the key comes from the environment or from .env.
    /// let client = chats::ClientBuilder::from_dotenv()?
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    #[cfg(feature = "dotenv")]
    #[cfg_attr(docsrs, doc(cfg(feature = "dotenv")))]
    pub fn from_dotenv() -> Result<Self> {
        let folder = std::env::current_dir().map_err(|error| {
            Error::config("could not determine the current folder, where .env is looked for")
                .with_source(error)
        })?;
        let lookup = environment::with_dotenv(environment::process, &folder)?;
        Ok(Self::of(UncheckedSettings::from_variables(&lookup)?))
    }

    /// The API key, required: lower-case letters, `_`, then at least 20 letters, digits,
    /// `_` or `-`.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .base_url("http://localhost:8080/api/v2")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.given.api_key = Some(key.into());
        self
    }

    /// The URL of the service. Default: `https://api.aionvision.tech/api/v2`.
    ///
    /// The URL must use https; plain http is only allowed for `localhost`, `127.0.0.0/8`
    /// and `::1`, or with [`allow_plain_http`](Self::allow_plain_http). The URL must not
    /// have a user name, a query or a fragment.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .base_url("http://localhost:8080/api/v2")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.given.base_url = Some(Given::new(url, "base_url"));
        self
    }

    /// Whether [`base_url`](Self::base_url) may be plain http to another machine. Default:
    /// false.
    ///
    /// With plain http, anyone on the network path can read the API key and every
    /// message. Use it only inside a private network, such as one between containers.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .base_url("http://chats-server:8080/api/v2")
    ///     .allow_plain_http(true)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.given.allow_plain_http = allow;
        self
    }

    /// The tenant for which requests are made, sent as `X-Tenant-ID`: visible ASCII
    /// characters. Default: the variable `AIONVISION_TENANT_ID`, else none. An empty id means
    /// none, whatever the variable says.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .tenant_id("acme")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn tenant_id(mut self, id: impl Into<String>) -> Self {
        self.given.tenant_id = Some(Given::new(id, "tenant_id"));
        self
    }

    /// The http or https proxy to use. Default: the variable `AIONVISION_PROXY_URL`, else
    /// the system's proxy.
    ///
    /// If [`base_url`](Self::base_url) is plain http, neither default is used, and
    /// [`build`](Self::build) refuses a proxy on another machine, which would see the API
    /// key, unless [`allow_plain_http`](Self::allow_plain_http) is set. For a server on
    /// this machine, the system's proxy is never used.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .proxy_url("http://proxy.example:3128")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn proxy_url(mut self, url: impl Into<String>) -> Self {
        self.given.proxy_url = Some(url.into());
        self.given.no_proxy = false;
        self
    }

    /// Uses no proxy, whatever the environment and the system say.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .no_proxy()
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn no_proxy(mut self) -> Self {
        self.given.proxy_url = None;
        self.given.no_proxy = true;
        self
    }

    /// Sends a header with each request to the service. A header of the same name that a
    /// call [sets](crate::Call::header) replaces it.
    ///
    /// [`build`](Self::build) fails if the name or the value is not valid, if only the
    /// client may set the header (those of authentication, the body and the connection),
    /// or if the header identifies a single request (`X-Request-ID`, `X-Correlation-ID`,
    /// `traceparent`, `tracestate`).
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .default_header("X-Team", "inspection")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn default_header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        match checked_header(name, value) {
            Ok((name, _)) if names_a_request(&name) => {
                let problem = format!(
                    "header `{name}` names a single request, so it cannot be a default header; \
                     set it on the call"
                );
                self.given.invalid_header.get_or_insert(problem.into());
            }
            Ok((name, value)) => {
                self.given.headers.insert(name, value);
            }
            Err(problem) => {
                self.given.invalid_header.get_or_insert(problem.into());
            }
        }
        self
    }

    /// The largest event that a stream may carry, in bytes; at least 1. Default: 16 MiB. A
    /// larger one ends the stream with [`ErrorKind::Stream`](crate::ErrorKind::Stream).
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .max_event_bytes(1 << 20)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn max_event_bytes(mut self, bytes: usize) -> Self {
        self.given.max_event_bytes = bytes;
        self
    }

    /// Whether each request carries a W3C `traceparent` header. Default: false. The
    /// client makes spans for `tracing` in either case.
    ///
    /// All attempts of a call have the same trace id, which its `tracing` span shows as
    /// `trace_id`, so that you can match the service's traces with your own. With the
    /// feature `opentelemetry`, a request carries the context of the span that is active
    /// when it is sent instead, even if this setting is false; `tracing-opentelemetry`
    /// makes the attempt's own span active.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .enable_tracing(true)
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn enable_tracing(mut self, on: bool) -> Self {
        self.given.trace_context = on;
        self
    }

    /// Trusts the certificates in this PEM text, in addition to the system's. May be
    /// called several times; [`build`](Self::build) fails if one of the texts has no
    /// readable certificate.
    ///
    /// ```
    /// # contract_tests::embedded(async |_| {
    /// # use contract_tests::secure_server::{Certificate, SecureServer};
    /// # let sessions = |_: &str| (200, ("x-own", "1".into()), r#"{"sessions":[]}"#.into());
    /// # let server = SecureServer::start(Certificate::Good, &["http/1.1"], sessions).await;
    /// # let pem = server.root_pem();
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .base_url(server.base_url())
    ///     .root_certificate_pem(pem) // such as `std::fs::read("own-ca.pem")?`
    ///     .build()?;
    /// client.chats().list_sessions().await?;
    /// # Ok(()) });
    /// ```
    pub fn root_certificate_pem(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.given.roots_pem.push(pem.as_ref().to_vec());
        self
    }

    /// The `User-Agent` header: visible ASCII characters. Default: `chats/<version>`.
    ///
    /// ```
    /// let client = chats::Client::builder()
    ///     .api_key("aion_0123456789abcdefghij")
    ///     .user_agent("inspector/1.2")
    ///     .build()?;
    /// # Ok::<(), chats::Error>(())
    /// ```
    pub fn user_agent(mut self, agent: impl Into<String>) -> Self {
        self.given.user_agent = Some(agent.into());
        self
    }

    pub(crate) fn make(mut self) -> Result<Client> {
        self.given.fill_from_environment(&environment::process)?;
        self.given.client()
    }
}

impl<D> std::fmt::Debug for ClientBuilder<D> {
    /// Shows what is safe: neither the key nor a proxy's password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.given.fmt(f)
    }
}
