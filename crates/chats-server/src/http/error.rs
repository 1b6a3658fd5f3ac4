//! The errors that can be returned in place of a result, with their bodies.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::library::LibraryError;
use crate::limits::{MOST_DOCUMENTS, MOST_IMAGES, MOST_VIDEOS};
use crate::store::StoreError;
use crate::validation::Problems;

/// A refusal, in one of the body shapes of the contract.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// 422 with FastAPI's list of problems.
    Invalid(Problems),
    /// FastAPI's `{"detail": …}`, for what the framework itself refuses.
    Plain(StatusCode, &'static str),
    /// The chat error.
    Chat {
        status: StatusCode,
        code: &'static str,
        message: String,
        detail: Option<String>,
        plan_data: Option<Value>,
    },
    /// 429 of the requests per minute, with the seconds until one is free again.
    RateLimited { retry_after: u64 },
}

impl ApiError {
    fn chat(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::Chat {
            status,
            code,
            message: message.into(),
            detail: None,
            plan_data: None,
        }
    }

    fn bad_request(code: &'static str, message: impl Into<String>) -> Self {
        Self::chat(StatusCode::BAD_REQUEST, code, message)
    }

    /// A body that did not arrive whole, or is not UTF-8: the framework refuses it, in its
    /// own words.
    pub(crate) fn unreadable_body() -> Self {
        Self::Plain(
            StatusCode::BAD_REQUEST,
            "There was an error parsing the body",
        )
    }

    pub(crate) fn unauthorized(detail: &'static str) -> Self {
        Self::Plain(StatusCode::UNAUTHORIZED, detail)
    }

    pub(crate) fn session_not_found() -> Self {
        Self::chat(
            StatusCode::NOT_FOUND,
            "SESSION_NOT_FOUND",
            "There is no such session.",
        )
    }

    pub(crate) fn foreign_session() -> Self {
        Self::chat(
            StatusCode::FORBIDDEN,
            "SESSION_ACCESS_DENIED",
            "The session belongs to another key.",
        )
    }

    pub(crate) fn session_closed() -> Self {
        Self::bad_request("SESSION_CLOSED", "The session is closed.")
    }

    pub(crate) fn too_many_images() -> Self {
        Self::too_many("TOO_MANY_IMAGES", MOST_IMAGES, "images")
    }

    pub(crate) fn too_many_documents() -> Self {
        Self::too_many("TOO_MANY_DOCUMENTS", MOST_DOCUMENTS, "documents")
    }

    pub(crate) fn too_many_videos() -> Self {
        Self::too_many("TOO_MANY_VIDEOS", MOST_VIDEOS, "videos")
    }

    fn too_many(code: &'static str, most: usize, what: &str) -> Self {
        Self::bad_request(code, format!("At most {most} {what} can be selected."))
    }

    /// The quota of a session is used up, for this reason.
    pub(crate) fn usage_limit_exceeded(reason: &str) -> Self {
        Self::chat(
            StatusCode::TOO_MANY_REQUESTS,
            "USAGE_LIMIT_EXCEEDED",
            reason,
        )
    }

    pub(crate) fn answer_failed() -> Self {
        Self::chat(
            StatusCode::INTERNAL_SERVER_ERROR,
            "ANSWER_FAILED",
            "The answer could not be made.",
        )
    }

    /// A message led to this plan, in its wire form.
    pub(crate) fn plan_approval_required(plan: Value) -> Self {
        Self::Chat {
            status: StatusCode::BAD_REQUEST,
            code: "PLAN_APPROVAL_REQUIRED",
            message: "A plan must be approved first.".to_owned(),
            detail: plan["summary"].as_str().map(str::to_owned),
            plan_data: Some(plan),
        }
    }

    /// Another request carries the plan out at this moment: to ask again may help.
    pub(crate) fn plan_in_progress() -> Self {
        Self::chat(
            StatusCode::CONFLICT,
            "PLAN_IN_PROGRESS",
            "The plan is being carried out.",
        )
    }

    pub(crate) fn plan_already_executed() -> Self {
        Self::bad_request("PLAN_ALREADY_EXECUTED", "The plan was carried out already.")
    }

    pub(crate) fn plan_cancelled() -> Self {
        Self::bad_request("PLAN_CANCELLED", "The plan was cancelled.")
    }

    pub(crate) fn plan_failed() -> Self {
        Self::chat(
            StatusCode::INTERNAL_SERVER_ERROR,
            "PLAN_FAILED",
            "The plan failed.",
        )
    }

    /// The details are for the operator's log, not for the reply.
    fn internal() -> Self {
        Self::chat(
            StatusCode::INTERNAL_SERVER_ERROR,
            "INTERNAL_ERROR",
            "The server failed.",
        )
    }

    pub(crate) fn plan_not_found() -> Self {
        Self::chat(
            StatusCode::NOT_FOUND,
            "PLAN_NOT_FOUND",
            "There is no such plan in this session.",
        )
    }

    /// The code that an `error` event of a stream carries.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_ERROR",
            Self::Plain(..) => "INTERNAL_ERROR",
            Self::Chat { code, .. } => code,
            Self::RateLimited { .. } => "RATE_LIMIT_ERROR",
        }
    }

    /// The sentence that an `error` event of a stream carries.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Invalid(_) => "The request is not valid.".to_owned(),
            Self::Plain(_, detail) => (*detail).to_owned(),
            Self::Chat { message, .. } => message.clone(),
            Self::RateLimited { .. } => "Too many requests.".to_owned(),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the database failed");
        Self::internal()
    }
}

impl From<LibraryError> for ApiError {
    fn from(error: LibraryError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the library failed"
        );
        Self::internal()
    }
}

impl From<rusqlite::Error> for ApiError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self {
            Self::Invalid(problems) => {
                (StatusCode::UNPROCESSABLE_ENTITY, Json(problems.to_json())).into_response()
            }
            Self::Plain(status, detail) => {
                let mut reply = (status, Json(json!({"detail": detail}))).into_response();
                if status == StatusCode::UNAUTHORIZED {
                    reply
                        .headers_mut()
                        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
                }
                reply
            }
            Self::Chat {
                status,
                code,
                message,
                detail,
                plan_data,
            } => (
                status,
                Json(chat_body(code, &message, detail.as_deref(), plan_data)),
            )
                .into_response(),
            Self::RateLimited { retry_after } => {
                let body = chat_body(self.code(), &self.message(), None, None);
                let mut reply = (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response();
                reply
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
                reply
            }
        }
    }
}

/// The body of a chat error; it has `plan_data` only if a plan waits.
pub(crate) fn chat_body(
    code: &str,
    message: &str,
    detail: Option<&str>,
    plan_data: Option<Value>,
) -> Value {
    let mut body = json!({
        "error": message,
        "error_code": code,
        "detail": detail,
        "timestamp": Timestamp::now(),
    });
    if let Some(plan) = plan_data {
        body["plan_data"] = plan;
    }
    body
}
