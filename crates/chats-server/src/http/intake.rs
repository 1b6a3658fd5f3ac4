//! The outermost layer of a request: gives it an id, reads its body within bounds of size
//! and time, and records it.

use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use uuid::Uuid;

use super::ApiError;
use crate::state::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
/// A longer id is not repeated in the reply.
const LONGEST_ID: usize = 200;

/// The id under which the reply is sent.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub HeaderValue);

pub(super) async fn intake(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let given = request
        .headers()
        .get(&REQUEST_ID)
        .filter(|value| is_repeatable(value));
    let id = given.cloned().unwrap_or_else(|| {
        HeaderValue::try_from(Uuid::new_v4().to_string()).expect("a UUID is a header value")
    });
    let correlation = request
        .headers()
        .get(&CORRELATION_ID)
        .filter(|value| is_repeatable(value))
        .cloned();
    let mut reply = match read(&app, request).await {
        Ok(mut request) => {
            request.extensions_mut().insert(RequestId(id.clone()));
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    };
    reply.headers_mut().insert(REQUEST_ID, id);
    if let Some(correlation) = correlation {
        reply.headers_mut().insert(CORRELATION_ID, correlation);
    }
    reply
}

fn is_repeatable(value: &HeaderValue) -> bool {
    !value.is_empty() && value.len() <= LONGEST_ID && value.to_str().is_ok()
}

async fn read(app: &App, request: Request) -> Result<Request, ApiError> {
    let (parts, body) = request.into_parts();
    // Before the client is told to go on with a body that it has announced.
    if body.size_hint().lower() > app.body_limit as u64 {
        return Err(too_large());
    }
    let reading =
        tokio::time::timeout(app.body_timeout, axum::body::to_bytes(body, app.body_limit));
    let bytes: Bytes = match reading.await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) if is_too_large(&error) => {
            return Err(too_large());
        }
        Ok(Err(_)) => {
            return Err(ApiError::unreadable_body());
        }
        Err(_) => {
            return Err(ApiError::Plain(
                StatusCode::REQUEST_TIMEOUT,
                "Request Timeout",
            ));
        }
    };
    app.recorder.record(&parts, &bytes);
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

fn too_large() -> ApiError {
    ApiError::Plain(StatusCode::PAYLOAD_TOO_LARGE, "Request body too large")
}

fn is_too_large(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}
