//! How one attempt failed, and what that allows.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::RETRY_AFTER;
use jiff::Timestamp;

use super::OperationSpec;
use super::refusal::is_refusal;
use super::reply::header_text;
use crate::client::api_key::ApiKey;
use crate::client::settings::host_and_port;
use crate::error::body::ErrorBody;
use crate::error::classify::{self, PLAN_APPROVAL_REQUIRED};
use crate::error::{Error, ErrorKind, RateLimit};
use crate::retry::FailureCause;

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    /// What a retry policy is told; `None` if retrying makes no sense.
    pub(super) cause: Option<FailureCause>,
    /// The service certainly did not take the request.
    pub(super) not_taken: bool,
    /// The service said what it did with the request: nothing.
    refused: bool,
    /// A quota is used up, or a plan waits for approval: asking again does not help.
    pub(super) answered: bool,
    /// The call's time has run out.
    pub(super) out_of_time: bool,
    pub(super) health: Health,
}

/// What an attempt says of the endpoint's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// It gave an answer, if not the one that was wished for.
    Answering,
    /// It asked to slow down, or nothing was learnt about it.
    Busy,
    /// It failed, or nothing came back.
    Failing,
}

impl Failure {
    fn new(error: Error, cause: Option<FailureCause>, health: Health) -> Self {
        Self {
            error,
            cause,
            not_taken: false,
            refused: false,
            answered: false,
            out_of_time: false,
            health,
        }
    }

    /// Nothing left this machine, and nothing will.
    pub(super) fn never_sent(error: Error) -> Self {
        Self {
            not_taken: true,
            refused: true,
            ..Self::new(error, None, Health::Busy)
        }
    }

    /// What reqwest says of a request that got no reply.
    pub(super) fn sending(error: reqwest::Error) -> Self {
        let host = error.url().and_then(host_and_port);
        let host = host.unwrap_or_else(|| "the service".to_owned());
        if error.is_builder() {
            let error =
                Error::config("the request could not be built").with_source(error.without_url());
            return Self::never_sent(error);
        }
        if error.is_connect() {
            let message = if error.is_timeout() {
                format!("timed out connecting to {host}")
            } else {
                format!("cannot connect to {host}")
            };
            let error = Error::new(ErrorKind::Connection, message)
                .with_source(error.without_url())
                .retryable(true);
            return Self {
                not_taken: true,
                ..Self::new(error, Some(FailureCause::Connect), Health::Failing)
            };
        }
        Self {
            not_taken: is_refusal(&error),
            ..Self::interrupted(error)
        }
    }

    /// Adds that a proxy stands between, where no connection was made.
    pub(super) fn through(mut self, proxy: Option<&str>) -> Self {
        if let (Some(proxy), Some(FailureCause::Connect)) = (proxy, self.cause) {
            let hint = format!("the way there leads through the proxy {proxy}");
            self.error = self.error.with_hint(hint);
        }
        self
    }

    /// The connection failed after the request had begun to leave.
    pub(super) fn interrupted(error: reqwest::Error) -> Self {
        let message = if error.is_decode() && !is_cut(&error) {
            "the reply's body is corrupt"
        } else {
            "the connection broke before the reply was complete"
        };
        let error = Error::new(ErrorKind::Connection, message)
            .with_source(error.without_url())
            .retryable(true);
        Self::new(error, Some(FailureCause::Interrupted), Health::Failing)
    }

    pub(super) fn timed_out(error: Error, out_of_time: bool, health: Health) -> Self {
        Self {
            out_of_time,
            ..Self::new(error.retryable(true), Some(FailureCause::Timeout), health)
        }
    }

    /// A success that cannot be read, so that sending again would not help.
    pub(super) fn unreadable(error: Error) -> Self {
        Self::new(error, None, Health::Answering)
    }

    /// A redirect that is not followed.
    pub(super) fn redirected(status: u16, message: String, taken: bool) -> Self {
        let error = Error::new(ErrorKind::Connection, message)
            .with_status(status)
            .with_hint("set base_url to the service's own address");
        Self {
            not_taken: !taken,
            refused: !taken,
            ..Self::new(error, None, Health::Answering)
        }
    }

    /// A reply that is not a success. The key is taken out of all that is shown.
    pub(super) fn refused(
        status: u16,
        headers: &HeaderMap,
        body: Bytes,
        key: Option<&ApiKey>,
        now: Timestamp,
    ) -> Self {
        let read = ErrorBody::read(&body);
        let kind = classify::kind_of_reply(status, read.code.as_deref());
        let quota = kind == ErrorKind::QuotaExceeded;
        let retry_after = retry_after(headers, now);
        // What has no such route answers like this, and the service with a code.
        let said = read.message.as_deref();
        let no_route = kind == ErrorKind::NotFound
            && read.code.is_none()
            && (read.is_web_page || said.is_none_or(|said| said == "Not Found"));
        let message = read.sentence();
        let message = message.unwrap_or_else(|| "the service gave no reason".to_owned());
        // A plan is an answer: the message was taken, and nothing is left to retry.
        let answered = quota || read.code.as_deref() == Some(PLAN_APPROVAL_REQUIRED);
        let transient = classify::is_transient(status) && !answered;
        let mut error = Error::new(kind, message)
            .told_by(read)
            .with_status(status)
            .with_retry_after(retry_after)
            .with_rate_limit(rate_limit(headers))
            .with_body(body)
            .retryable(transient);
        if kind == ErrorKind::Authentication {
            error = error.with_hint("check the API key");
        } else if no_route {
            error = error.with_hint("check that base_url ends where the API begins");
        }
        if let Some(id) = header_text(headers, "x-request-id") {
            error.replace_request_id(id.to_owned());
        }
        if let Some(key) = key {
            error.redact(key);
        }
        let asked_to_wait = matches!(status, 429 | 503) && retry_after.is_some() && !answered;
        Self {
            not_taken: asked_to_wait,
            // Whoever answers 4xx has looked at the request and turned it down. 408
            // says that it gave up on the way, and 429 without a time to come back
            // at may be the limit that was met while the answer was being made.
            refused: asked_to_wait
                || answered
                || ((400..500).contains(&status) && !matches!(status, 408 | 429)),
            answered,
            ..Self::new(
                error,
                Some(FailureCause::Status(status)),
                match status {
                    _ if answered => Health::Answering,
                    429 => Health::Busy,
                    500.. => Health::Failing,
                    _ => Health::Answering,
                },
            )
        }
    }

    /// The error for the caller: whether the outcome is unknown depends on what
    /// the operation does when it is sent twice.
    pub(super) fn into_error(mut self, spec: &OperationSpec) -> Error {
        let unknown = !spec.idempotent && !self.not_taken && !self.refused;
        self.error.set_outcome_unknown(unknown);
        self.error
    }
}

/// The error that a failed reply is, whatever call it came to.
pub(crate) fn error_of_reply(status: u16, headers: &HeaderMap, body: Bytes) -> Error {
    Failure::refused(status, headers, body, None, Timestamp::now()).error
}

/// Whether a body ended before its end, rather than being wrong.
fn is_cut(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let io = error.downcast_ref::<io::Error>();
        let kind = io.map(io::Error::kind);
        if matches!(
            kind,
            Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
        ) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// `Retry-After`, in seconds or as an HTTP date; one in the past means now.
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    parse_retry_after(value, now)
}

pub(crate) fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large to hold is a very long time all the same.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = http_date(value)?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// An HTTP date in any of its three forms: `Sun, 06 Nov 1994 08:49:37 GMT`,
/// `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
pub(crate) fn http_date(value: &str) -> Option<Timestamp> {
    httpdate::parse_http_date(value).ok()?.try_into().ok()
}

fn rate_limit(headers: &HeaderMap) -> Option<RateLimit> {
    let number = |name| header_text(headers, name)?.trim().parse::<u64>().ok();
    let found = RateLimit {
        limit: number("x-ratelimit-limit"),
        remaining: number("x-ratelimit-remaining"),
        reset: number("x-ratelimit-reset")
            .and_then(|seconds| Timestamp::from_second(i64::try_from(seconds).ok()?).ok()),
    };
    let any = found.limit.is_some() || found.remaining.is_some() || found.reset.is_some();
    any.then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        for (value, seconds) in [
            ("0", Some(0.0)),
            ("120", Some(120.0)),
            ("1.5", Some(1.5)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37.0)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0.0)),
            ("Mon, 06 Nov 1994 08:49:37 GMT", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(37.0)),
            ("Sun Nov  6 08:49:37 1994", Some(37.0)),
            ("Wed Nov 16 08:49:37 1994", Some(864_037.0)),
            ("Sunday, 06-Nov-94", None),
            ("-5", None),
            ("soon", None),
            ("NaN", None),
            ("", None),
        ] {
            let read = parse_retry_after(value, now);
            assert_eq!(read.map(|d| d.as_secs_f64()), seconds, "{value}");
        }
        assert!(parse_retry_after("99999999999999999999999", now).is_some());
    }
}
