//! The settings of a client once they are checked: what each must be, and what
//! to do about one that is not.

use std::net::IpAddr;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};
use reqwest::Url;

use super::api_key::ApiKey;
use crate::error::{Error, Result};

/// The address of the hosted service, below which its paths begin: what a client uses unless
/// [`base_url`](crate::ClientBuilder::base_url) or `AIONVISION_BASE_URL` says otherwise.
///
/// ```
/// let hosted = chats::client::DEFAULT_BASE_URL;
/// let builder = chats::Client::builder().api_key("aion_0123456789abcdefghij");
/// let client = builder.base_url(hosted).build()?;
/// # Ok::<(), chats::Error>(())
/// ```
pub const DEFAULT_BASE_URL: &str = "https://api.aionvision.tech/api/v2";

/// Checked settings; see the builder for what each means.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) api_key: ApiKey,
    /// Without a slash at its end.
    pub(crate) base_url: Url,
    /// Host and port of the proxy that code or `AIONVISION_PROXY_URL` names.
    pub(crate) proxy: Option<String>,
    pub(crate) tenant_id: Option<HeaderValue>,
    /// Sent with every request to the service.
    pub(crate) headers: HeaderMap,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) attempt_timeout: Option<Duration>,
    pub(crate) connect_timeout: Duration,
    pub(crate) stream_idle_timeout: Duration,
    pub(crate) stream_progress_timeout: Duration,
    pub(crate) recover: bool,
    pub(crate) max_event_bytes: usize,
    pub(crate) polling_interval: Duration,
    pub(crate) polling_timeout: Duration,
    pub(crate) trace_context: bool,
}

/// Reads a base URL: https, or http to this machine or if that is allowed; only a path
/// may follow the host. An error names the setting or variable that the URL came from.
pub(crate) fn base_url(setting: &'static str, text: &str, allow_plain_http: bool) -> Result<Url> {
    let url = Url::parse(text.trim()).map_err(|error| {
        // The text is not shown: it may carry a password, or be a key.
        Error::bad_setting(setting, format_args!("is not a URL: {error}"))
            .with_hint(format!("expected something like {DEFAULT_BASE_URL}"))
    })?;
    let refuse = |problem: &str, hint: &str| {
        Err(Error::bad_setting(setting, problem).with_hint(hint.to_owned()))
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse(
            "contains a user name or a password",
            "remove them; only api_key is used to authenticate",
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse(
            "has a query or fragment",
            "remove everything after the path",
        );
    }
    match url.scheme() {
        "https" => {}
        "http" if allow_plain_http || is_loopback(&url) => {}
        "http" => {
            return refuse(
                "uses plain http to a remote host, which would expose the API key",
                "use https; plain http is only allowed for localhost, 127.0.0.0/8 and ::1, \
                 or with allow_plain_http",
            );
        }
        _ => return refuse("is neither https nor http", "use https"),
    }
    if !url.has_host() {
        return refuse("has no host", "expected something like https://host/api/v2");
    }
    let mut url = url;
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

/// Whether a URL leads to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The host and port of a URL, for messages.
pub(crate) fn host_and_port(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

/// Reads a proxy's URL: http or https, with a host. An error names the setting or
/// variable that the URL came from.
pub(crate) fn proxy_url(setting: &'static str, text: &str) -> Result<Url> {
    // The text is not shown: it may carry a password.
    let bad = |problem: String| {
        Err(Error::bad_setting(setting, problem)
            .with_hint("expected something like http://proxy.example:3128"))
    };
    let url = match Url::parse(text.trim()) {
        Ok(url) => url,
        Err(error) => return bad(format!("is not a URL: {error}")),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return bad("is neither http nor https".to_owned());
    }
    if url.host_str().is_none_or(str::is_empty) {
        return bad("has no host".to_owned());
    }
    Ok(url)
}

/// Checks a text that is sent in a header as it is.
pub(crate) fn checked_header_value(setting: &'static str, text: &str) -> Result<HeaderValue> {
    let plain = !text.is_empty() && text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    match HeaderValue::try_from(text) {
        Ok(value) if plain && text.trim() == text => Ok(value),
        _ => Err(Error::bad_setting(
            setting,
            format_args!("`{}` cannot be sent in a header", text.escape_debug()),
        )
        .with_hint("use visible ASCII characters")),
    }
}

/// Reads the id of a tenant; an empty one means none.
pub(crate) fn tenant_id(setting: &'static str, text: &str) -> Result<Option<HeaderValue>> {
    let given = Some(text).filter(|text| !text.is_empty());
    given
        .map(|text| checked_header_value(setting, text))
        .transpose()
}

/// Checks that a duration is not zero.
pub(crate) fn positive(setting: &'static str, duration: Duration) -> Result<Duration> {
    if duration.is_zero() {
        return Err(Error::bad_setting(setting, "is zero")
            .with_hint("use a positive duration; for no practical limit, a very long one"));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base_url(text: &str, allow_plain_http: bool) -> Result<Url> {
        super::base_url("base_url", text, allow_plain_http)
    }

    #[test]
    fn https_anywhere_and_http_to_this_machine_alone() {
        for good in [
            "https://api.aionvision.tech/api/v2",
            "http://localhost:8080/api/v2",
            "http://127.8.9.1",
            "http://[::1]:3000/",
        ] {
            assert!(base_url(good, false).is_ok(), "{good}");
        }
        for bad in [
            "http://example.org/api/v2",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "ftp://localhost",
            "api.aionvision.tech",
            "https://me:secret@example.org",
            "https://example.org/api?x=1",
            "https://example.org/#a",
            "https://me:secret@exa mple.org",
            "aion_secret_0123456789abcdef",
            "",
        ] {
            let error = base_url(bad, false).unwrap_err();
            assert_eq!(error.kind(), crate::ErrorKind::Config, "{bad}");
            assert!(error.to_string().starts_with("base_url "), "{error}");
            assert_eq!(error.setting(), Some("base_url"));
            assert!(!error.to_string().contains("secret"));
        }
    }

    #[test]
    fn http_elsewhere_can_be_allowed() {
        assert!(base_url("http://chats-server:8080/api/v2", true).is_ok());
        assert!(base_url("ftp://chats-server", true).is_err());
    }

    #[test]
    fn an_error_says_what_is_wrong_and_what_to_do() {
        for (url, sentence) in [
            (
                "https://me:secret@example.org",
                "base_url contains a user name or a password; \
                 remove them; only api_key is used to authenticate",
            ),
            (
                "https://example.org/api?x=1",
                "base_url has a query or fragment; remove everything after the path",
            ),
            (
                "http://example.org/api/v2",
                "base_url uses plain http to a remote host, which would expose the API key; \
                 use https; plain http is only allowed for localhost, 127.0.0.0/8 and ::1, \
                 or with allow_plain_http",
            ),
        ] {
            assert_eq!(base_url(url, false).unwrap_err().to_string(), sentence);
        }
        assert_eq!(
            positive("timeout", Duration::ZERO).unwrap_err().to_string(),
            "timeout is zero; use a positive duration; for no practical limit, a very long one"
        );
    }

    #[test]
    fn a_slash_at_the_end_changes_nothing() {
        let with = base_url("https://example.org/api/v2//", false).unwrap();
        assert_eq!(with.as_str(), "https://example.org/api/v2");
    }

    #[test]
    fn a_proxy_needs_a_scheme_and_a_host_and_its_password_stays_hidden() {
        assert!(proxy_url("proxy_url", "http://proxy.example:3128").is_ok());
        assert!(proxy_url("proxy_url", "https://me:secret@proxy.example").is_ok());
        for bad in [
            "socks5://me:secret@proxy.example",
            "proxy.example:3128",
            "http://",
        ] {
            let error = proxy_url("proxy_url", bad).unwrap_err();
            assert!(error.to_string().contains("proxy_url"), "{error}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_header_text_cannot_carry_another_header() {
        assert!(checked_header_value("tenant_id", "acme-7").is_ok());
        for bad in ["", "a\r\nX-Evil: 1", "ü", " padded ", "a\0b"] {
            assert!(checked_header_value("tenant_id", bad).is_err(), "{bad:?}");
        }
    }
}
