//! The settings that a builder was given, not yet checked, and the client made from them.
//!
//! [`super::settings`] says what each setting must be.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use reqwest::Url;

use super::api_key::ApiKey;
use super::send_log::SendLog;
use super::settings::{self, Settings};
use super::{Client, Shared, environment, tls};
use crate::clock::{Clock, TokioClock};
use crate::error::{Error, Result};
use crate::retry::breaker::Circuits;
use crate::retry::{
    Backoff, CircuitBreaker, ExponentialBackoff, RetryBudget, RetryPolicy, StandardRetry,
    TokenBudget,
};
use crate::session::OpenSessions;

/// The default bound for the size of one event.
pub(crate) const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// A text, and what gave it: a method of the builder or a variable, which an error names.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) text: String,
    pub(super) by: &'static str,
}

impl Given {
    pub(super) fn new(text: impl Into<String>, by: &'static str) -> Self {
        let text = text.into();
        Self { text, by }
    }
}

/// See [`ClientBuilder`](super::ClientBuilder) for what each means.
#[derive(Clone)]
pub(super) struct UncheckedSettings {
    pub(super) api_key: Option<String>,
    pub(super) base_url: Option<Given>,
    pub(super) allow_plain_http: bool,
    pub(super) tenant_id: Option<Given>,
    pub(super) headers: HeaderMap,
    /// The first header that cannot be sent.
    pub(super) invalid_header: Option<Arc<str>>,
    pub(super) proxy_url: Option<String>,
    pub(super) no_proxy: bool,
    /// The proxy from the environment, kept apart since the caller may not know that it is set.
    pub(super) environment_proxy: Option<String>,
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

impl Default for UncheckedSettings {
    fn default() -> Self {
        Self {
            api_key: None,
            base_url: None,
            allow_plain_http: false,
            tenant_id: None,
            headers: HeaderMap::new(),
            invalid_header: None,
            proxy_url: None,
            no_proxy: false,
            environment_proxy: None,
            user_agent: None,
            timeout: Duration::from_secs(300),
            attempt_timeout: None,
            connect_timeout: Duration::from_secs(10),
            stream_idle_timeout: Duration::from_secs(90),
            stream_progress_timeout: Duration::from_secs(300),
            max_retries: 3,
            retry_delay: Duration::from_secs(1),
            recover: true,
            max_event_bytes: MAX_EVENT_BYTES,
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

impl UncheckedSettings {
    /// Checks everything and makes the client.
    pub(super) fn client(self) -> Result<Client> {
        let mut settings = self.check()?;
        let proxy = self.proxy(&settings.base_url)?;
        settings.proxy = proxy.as_ref().and_then(settings::host_and_port);
        let http = self.http(&settings, proxy)?;
        Ok(Client {
            shared: Arc::new(Shared {
                http,
                settings,
                max_retries: self.max_retries,
                retry_policy: self.retry_policy,
                backoff: self
                    .backoff
                    .unwrap_or_else(|| Arc::new(ExponentialBackoff::new(self.retry_delay))),
                retry_budget: self
                    .retry_budget
                    .unwrap_or_else(|| Arc::new(TokenBudget::default())),
                circuits: Circuits::new(self.circuit_breaker),
                clock: self.clock,
                open_sessions: OpenSessions::default(),
                send_log: SendLog::default(),
            }),
        })
    }

    pub(super) fn check(&self) -> Result<Settings> {
        let usual = || Given::new(settings::DEFAULT_BASE_URL, "base_url");
        let base_url = self.base_url.clone().unwrap_or_else(usual);
        let agent = concat!("chats/", env!("CARGO_PKG_VERSION"));
        if self.max_event_bytes == 0 {
            return Err(Error::bad_setting("max_event_bytes", "is zero")
                .with_hint("allow room for one event, such as 16 MiB"));
        }
        if let Some(problem) = &self.invalid_header {
            return Err(Error::config(&**problem).with_setting("default_header"));
        }
        settings::positive("connect_timeout", self.connect_timeout)?;
        Ok(Settings {
            api_key: ApiKey::new(self.api_key.as_deref().unwrap_or_default())?,
            base_url: settings::base_url(base_url.by, &base_url.text, self.allow_plain_http)?,
            proxy: None,
            tenant_id: match &self.tenant_id {
                Some(given) => settings::tenant_id(given.by, &given.text)?,
                None => None,
            },
            headers: self.headers.clone(),
            user_agent: settings::checked_header_value(
                "user_agent",
                self.user_agent.as_deref().unwrap_or(agent),
            )?,
            timeout: settings::positive("timeout", self.timeout)?,
            connect_timeout: self.connect_timeout,
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

    /// Chooses the proxy, once `base_url` is final: the caller's, else the environment's.
    pub(super) fn proxy(&self, base_url: &Url) -> Result<Option<Url>> {
        if self.no_proxy {
            return Ok(None);
        }
        let unencrypted = base_url.scheme() == "http";
        if let Some(given) = &self.proxy_url {
            let proxy = settings::proxy_url("proxy_url", given)?;
            if unencrypted && !self.allow_plain_http && !settings::is_loopback(&proxy) {
                return Err(Error::bad_setting(
                    "proxy_url",
                    "is on another machine and base_url is plain http, so the proxy \
                     would see the API key",
                )
                .with_hint("leave proxy_url out for a service on this machine"));
            }
            return Ok(Some(proxy));
        }
        // Plain http does not go through the environment's proxy, which would see the key
        // in clear text.
        let found = self.environment_proxy.as_deref();
        let found = found.filter(|_| !unencrypted);
        found
            .map(|found| settings::proxy_url(environment::PROXY_URL, found))
            .transpose()
    }

    /// reqwest, without the redirects, retries and timeouts that this crate handles.
    fn http(&self, settings: &Settings, proxy: Option<Url>) -> Result<reqwest::Client> {
        let https = settings.base_url.scheme() == "https"
            || proxy
                .as_ref()
                .is_some_and(|proxy| proxy.scheme() == "https");
        let mut http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // With no retries allowed, reqwest makes no copy of a request.
            .retry(reqwest::retry::never().max_retries_per_request(0))
            .connect_timeout(self.connect_timeout)
            .tcp_nodelay(true)
            // Another crate of the program may switch these on; replies are decoded here.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd();
        let unusable = |error: reqwest::Error| {
            Error::config("could not set up the HTTP client").with_source(error.without_url())
        };
        match proxy {
            Some(proxy) => http = http.proxy(reqwest::Proxy::all(proxy).map_err(unusable)?),
            // A service on this machine is not reached through the system's proxy, nor is
            // one over plain http, since the proxy would see the key.
            None if self.no_proxy
                || settings.base_url.scheme() == "http"
                || settings::is_loopback(&settings.base_url) =>
            {
                http = http.no_proxy();
            }
            None => {}
        }
        tls::configure(http, &self.roots_pem, https)?
            .build()
            .map_err(unusable)
    }
}

impl std::fmt::Debug for UncheckedSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key.as_ref().map(|_| "[redacted]"))
            .field("base_url", &self.base_url.as_ref().map(|_| "[set]"))
            .field(
                "tenant_id",
                &self.tenant_id.as_ref().map(|given| &given.text),
            )
            .field("proxy_url", &self.proxy_url.as_ref().map(|_| "[set]"))
            .field(
                "environment_proxy",
                &self.environment_proxy.as_ref().map(|_| "[set]"),
            )
            .field("timeout", &self.timeout)
            .field("max_retries", &self.max_retries)
            .finish_non_exhaustive()
    }
}
