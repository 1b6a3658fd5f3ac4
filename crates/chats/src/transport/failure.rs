//! How one attempt failed, and whether it may be repeated.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;

use super::OperationSpec;
use super::body::{unasked, unread_coding};
use super::headers::X_REQUEST_ID;
use super::refusal::is_refusal;
use super::reply_headers::{date, header_text, rate_limit, retry_after};
use super::tls_problem::TlsProblem;
use crate::client::api_key::ApiKey;
use crate::client::settings::host_and_port;
use crate::clock::{Clock as _, TokioClock};
use crate::error::body::ErrorBody;
use crate::error::classify::{self, PLAN_APPROVAL_REQUIRED};
use crate::error::{Error, ErrorKind};
use crate::retry::FailureCause;
use crate::stream::failure_in_events;

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    /// The cause that a retry policy sees; `None` if retrying makes no sense.
    pub(super) cause: Option<FailureCause>,
    pub(super) delivery: Delivery,
    pub(super) health: Health,
    /// Whether there was a connection: without one, no request was sent.
    pub(super) connected: bool,
}

/// What happened to the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// The service certainly did not take it, so it may be sent again, idempotent or not.
    NotTaken,
    /// The service examined the request and answered it.
    Settled,
    /// The service may have carried out the request.
    Unknown,
}

/// What an attempt says about the endpoint's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    /// The endpoint answered, if not with a success.
    Answering,
    /// The endpoint asked to slow down, or the attempt says nothing about its health.
    Inconclusive,
    /// The endpoint failed, or nothing came back.
    Failing,
}

impl Failure {
    fn new(error: Error, cause: Option<FailureCause>, health: Health) -> Self {
        Self {
            error,
            cause,
            delivery: Delivery::Unknown,
            health,
            connected: true,
        }
    }

    /// The request was not sent, and cannot be.
    pub(super) fn never_sent(error: Error) -> Self {
        Self {
            delivery: Delivery::NotTaken,
            ..Self::new(error, None, Health::Inconclusive)
        }
    }

    /// Classifies reqwest's error for a request that got no reply.
    pub(super) fn sending(error: reqwest::Error) -> Self {
        let host = error.url().and_then(host_and_port);
        let host = host.unwrap_or_else(|| "the service".to_owned());
        if error.is_builder() {
            let error =
                Error::config("the request could not be built").with_source(error.without_url());
            return Self::never_sent(error);
        }
        if error.is_connect() {
            return Self::unconnected(error, &host);
        }
        let delivery = if is_refusal(&error) {
            Delivery::NotTaken
        } else {
            Delivery::Unknown
        };
        Self {
            delivery,
            ..Self::interrupted(error)
        }
    }

    /// No connection was made, so nothing was sent.
    fn unconnected(error: reqwest::Error, host: &str) -> Self {
        let problem = TlsProblem::find(&error);
        let message = match &problem {
            Some(problem) => format!("cannot connect to {host}: {}", problem.what),
            None if error.is_timeout() => format!("timed out connecting to {host}"),
            None => format!("cannot connect to {host}"),
        };
        let error = Error::new(ErrorKind::Connection, message).with_source(error.without_url());
        let failure = match problem {
            // It will be the same next time, and says nothing about the service.
            Some(problem) => Self::new(problem.advise(error), None, Health::Inconclusive),
            None => Self::new(
                error.retryable(true),
                Some(FailureCause::Connect),
                Health::Failing,
            ),
        };
        Self {
            delivery: Delivery::NotTaken,
            connected: false,
            ..failure
        }
    }

    /// Says that the service itself redirected to the host that cannot be reached.
    pub(super) fn led_to(mut self, target: Option<&reqwest::Url>) -> Self {
        if let Some(target) = target
            && !self.connected
        {
            let origin = target.origin().ascii_serialization();
            self.error = self
                .error
                .with_hint(format!("the service redirected to {origin}"));
        }
        self
    }

    /// Adds a hint that a proxy is in use, if no connection was made.
    pub(super) fn through(mut self, proxy: Option<&str>) -> Self {
        if let Some(proxy) = proxy
            && !self.connected
            && self.error.hint().is_none()
        {
            let hint = format!("the connection goes through the proxy {proxy}");
            self.error = self.error.with_hint(hint);
        }
        self
    }

    /// The connection failed after the request had begun to leave.
    pub(super) fn interrupted(error: reqwest::Error) -> Self {
        if is_not_http(&error) {
            let problem = "the reply cannot be read as HTTP";
            let error = Error::new(ErrorKind::Connection, problem)
                .with_source(error.without_url())
                .with_setting("base_url")
                .with_hint("check what answers at base_url, and whether it is http or https");
            return Self::new(error, None, Health::Failing);
        }
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

    /// No reply came within the attempt's time or, if `out_of_time`, the whole call's.
    pub(super) fn timed_out(
        error: Error,
        out_of_time: bool,
        delivery: Delivery,
        health: Health,
    ) -> Self {
        let cause = (!out_of_time).then_some(FailureCause::Timeout);
        Self {
            delivery,
            ..Self::new(error.retryable(true), cause, health)
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
            .with_setting("base_url")
            .with_hint("set base_url to the service's own address");
        Self {
            delivery: if taken {
                Delivery::Unknown
            } else {
                Delivery::NotTaken
            },
            ..Self::new(error, None, Health::Answering)
        }
    }

    /// A reply that is not a success. The key is redacted from all that is shown.
    pub(super) fn refused(
        status: u16,
        headers: &HeaderMap,
        body: Bytes,
        key: Option<&ApiKey>,
        now: impl FnOnce() -> Timestamp,
    ) -> Self {
        let encoded = unread_coding(headers).map(unasked);
        let read = match encoded {
            Some(_) => ErrorBody::default(),
            None => said(&body),
        };
        let kind = classify::kind_of_reply(status, read.code.as_deref());
        let quota = kind == ErrorKind::QuotaExceeded;
        // By the service's own clock, where it tells: ours may go differently.
        let now = date(headers).unwrap_or_else(now);
        let retry_after = retry_after(headers, now);
        // A 404 without a code comes from something that has no such route, such as a proxy
        // or a wrong base_url: the service itself gives a code.
        let said = read.message.as_deref();
        let no_route = kind == ErrorKind::NotFound
            && read.code.is_none()
            && (read.is_web_page || said.is_none_or(|said| said == "Not Found"));
        let message = encoded.or_else(|| read.sentence());
        let message = message.unwrap_or_else(|| "the service gave no reason".to_owned());
        // Asking again does not restore a used-up quota, and a waiting plan is an answer:
        // the message was taken.
        let answered = quota || read.code.as_deref() == Some(PLAN_APPROVAL_REQUIRED);
        let transient = classify::is_transient(status) && !answered;
        let mut error = Error::new(kind, message)
            .with_details(read)
            .with_status(status)
            .with_retry_after(retry_after)
            .with_rate_limit(rate_limit(headers))
            .with_body(body)
            .retryable(transient);
        if kind == ErrorKind::Authentication {
            error = error.with_setting("api_key").with_hint("check the API key");
        } else if no_route {
            error = error
                .with_setting("base_url")
                .with_hint("check that base_url ends where the API begins");
        }
        if let Some(id) = header_text(headers, X_REQUEST_ID.as_str()) {
            error.replace_request_id(id.to_owned());
        }
        if let Some(key) = key {
            error.redact(key);
        }
        if answered {
            return Self {
                delivery: Delivery::Settled,
                ..Self::new(error, None, Health::Answering)
            };
        }
        Self {
            delivery: delivery_of(status, retry_after),
            ..Self::new(error, Some(FailureCause::Status(status)), health_of(status))
        }
    }

    /// If the call's time ran out, what an earlier attempt met is the better explanation.
    pub(super) fn after(mut self, before: Option<Error>) -> Self {
        if self.error.kind() == ErrorKind::Timeout
            && self.cause.is_none()
            && let Some(before) = before
        {
            self.error = self.error.with_source(before);
        }
        self
    }

    /// The error for the caller: its outcome can be unknown only if the operation is not
    /// idempotent.
    pub(super) fn into_error(mut self, spec: &OperationSpec) -> Error {
        let unknown = !spec.idempotent && self.delivery == Delivery::Unknown;
        self.error.set_outcome_unknown(unknown);
        self.error
    }
}

/// What the body of a reply says that is a failure, or stands in place of what was asked for.
/// It may be events that tell of one.
pub(super) fn said(body: &[u8]) -> ErrorBody {
    failure_in_events(body).unwrap_or_else(|| ErrorBody::read(body))
}

/// Whether the service took a request to which it replied with a failure.
fn delivery_of(status: u16, retry_after: Option<Duration>) -> Delivery {
    match (status, retry_after) {
        // We assume that the service tells of its limit of requests and of its overload before
        // it does any work. A gateway that adds `Retry-After` to a 503 for a request that it
        // has passed on would break this.
        (429 | 503, Some(_)) => Delivery::NotTaken,
        // A 408 says that the service gave up midway, and a 429 without `Retry-After` may come
        // from a limit that was met while the answer was being made.
        (408 | 429, _) => Delivery::Unknown,
        // With any other 4xx, the service has examined the request and rejected it.
        (400..500, _) => Delivery::Settled,
        _ => Delivery::Unknown,
    }
}

/// What a failure says about the service.
fn health_of(status: u16) -> Health {
    match status {
        429 => Health::Inconclusive,
        500.. => Health::Failing,
        _ => Health::Answering,
    }
}

/// The error for a failed reply, whatever the call was.
pub(crate) fn error_of_reply(status: u16, headers: &HeaderMap, body: Bytes) -> Error {
    Failure::refused(status, headers, body, None, || TokioClock.date()).error
}

/// The sources of an error, from the outermost on.
pub(super) fn causes(
    error: &reqwest::Error,
) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    let mut next = error.source();
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// Whether a reply's head is not HTTP, or too large; it would be the same again.
fn is_not_http(error: &reqwest::Error) -> bool {
    let mut errors = causes(error).filter_map(|cause| cause.downcast_ref::<hyper::Error>());
    errors.any(hyper::Error::is_parse)
}

/// Whether a body was cut short, rather than corrupt.
fn is_cut(error: &reqwest::Error) -> bool {
    let mut kinds =
        causes(error).filter_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()));
    kinds.any(|kind| {
        matches!(
            kind,
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset
        )
    })
}
