//! Errors that are sent on purpose, in every body shape of the contract.

use axum::Json;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::http::chat_body;

/// An error that is sent instead of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Refusal {
    pub(super) status: StatusCode,
    pub(super) retry_after: Option<RetryAfter>,
    pub(super) body: Option<RefusalBody>,
    pub(super) code: Option<String>,
}

/// When to try again, in one of the two ways HTTP knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// After so many seconds, as a number.
    Seconds(u64),
    /// After so many seconds, as a date.
    Date(u32),
}

/// The shape of a refusal's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefusalBody {
    /// `{"error": …, "error_code": …}`.
    ChatError,
    /// `{"error": {"code": …, "message": …}, "request_id": …}`.
    Envelope,
    /// FastAPI's list of problems.
    Validation,
    /// `{"detail": …}`.
    Plain,
    /// A proxy's page.
    Html,
    /// Words.
    Text,
    /// Nothing.
    Empty,
}

impl Refusal {
    /// An error with this status, in the body that the contract has for it: a
    /// list of problems for 422, a plain detail for 401, a page for 502, else the
    /// chat error.
    ///
    /// # Panics
    ///
    /// If `status` is not a status of HTTP that is an error.
    pub fn new(status: u16) -> Self {
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .expect("a refusal has a status from 400 to 599");
        Self {
            status,
            retry_after: None,
            body: None,
            code: None,
        }
    }

    /// With `Retry-After` as a number of seconds.
    pub fn retry_after_seconds(mut self, seconds: u64) -> Self {
        self.retry_after = Some(RetryAfter::Seconds(seconds));
        self
    }

    /// With `Retry-After` as the date so many seconds from now.
    pub fn retry_after_date(mut self, seconds: u32) -> Self {
        self.retry_after = Some(RetryAfter::Date(seconds));
        self
    }

    /// With a body of this shape.
    pub fn body(mut self, body: RefusalBody) -> Self {
        self.body = Some(body);
        self
    }

    /// With this error code, where the body's shape has one.
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    pub(super) fn to_response(&self, now: Timestamp, request_id: Option<&str>) -> Response {
        let message = self.status.canonical_reason().unwrap_or("Refused");
        let code = self
            .code
            .as_deref()
            .unwrap_or_else(|| default_code(self.status));
        let shape = self.body.unwrap_or(match self.status.as_u16() {
            401 => RefusalBody::Plain,
            422 => RefusalBody::Validation,
            502 => RefusalBody::Html,
            _ => RefusalBody::ChatError,
        });
        let mut reply = match shape {
            RefusalBody::ChatError => Json(chat_body(code, message, None, None)).into_response(),
            RefusalBody::Envelope => Json(json!({
                "error": {"code": code, "message": message, "details": {}},
                "request_id": request_id,
            }))
            .into_response(),
            RefusalBody::Validation => Json(json!({
                "detail": [{"loc": ["body"], "msg": message, "type": "value_error"}],
            }))
            .into_response(),
            RefusalBody::Plain => Json(json!({"detail": message})).into_response(),
            RefusalBody::Html => {
                let status = self.status.as_u16();
                Html(format!(
                    "<html><head><title>{status} {message}</title></head><body><h1>{status} {message}</h1></body></html>\n"
                ))
                .into_response()
            }
            RefusalBody::Text => message.into_response(),
            RefusalBody::Empty => ().into_response(),
        };
        *reply.status_mut() = self.status;
        if self.status == StatusCode::UNAUTHORIZED {
            reply
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(retry_after) = self.retry_after {
            reply
                .headers_mut()
                .insert(header::RETRY_AFTER, retry_after.to_header(now));
        }
        reply
    }
}

impl RetryAfter {
    fn to_header(self, now: Timestamp) -> HeaderValue {
        match self {
            Self::Seconds(seconds) => HeaderValue::from(seconds),
            Self::Date(seconds) => {
                let at = now
                    .saturating_add(SignedDuration::from_secs(i64::from(seconds)))
                    .unwrap_or(now);
                let text = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
                HeaderValue::try_from(text).expect("a date is a header value")
            }
        }
    }
}

fn default_code(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 422 => "VALIDATION_ERROR",
        401 => "INVALID_API_KEY",
        402 => "USAGE_LIMIT_EXCEEDED",
        403 => "SESSION_ACCESS_DENIED",
        404 => "SESSION_NOT_FOUND",
        409 => "PLAN_IN_PROGRESS",
        429 => "RATE_LIMIT_ERROR",
        503 => "SERVICE_UNAVAILABLE",
        504 => "TIMEOUT",
        _ => "INTERNAL_ERROR",
    }
}
