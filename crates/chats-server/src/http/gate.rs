//! The gate before every operation: the key, then the rate limit.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::ApiError;
use crate::keys::Person;
use crate::limits::Standing;
use crate::state::App;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

pub(super) async fn gate(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let person = match identify(&app, request.headers()) {
        Ok(person) => person,
        Err(refusal) => return refusal.into_response(),
    };
    request.extensions_mut().insert(person);
    let Some(rate_limit) = &app.rate_limit else {
        return next.run(request).await;
    };
    let now = app.now();
    let standing = rate_limit.count(person.0, now);
    let mut reply = if standing.exceeded {
        let retry_after = u64::try_from(standing.reset - now.as_second())
            .unwrap_or(1)
            .max(1);
        ApiError::RateLimited { retry_after }.into_response()
    } else {
        next.run(request).await
    };
    tell(&standing, reply.headers_mut());
    reply
}

fn tell(standing: &Standing, headers: &mut HeaderMap) {
    headers.insert(LIMIT, HeaderValue::from(standing.limit));
    headers.insert(REMAINING, HeaderValue::from(standing.remaining));
    headers.insert(RESET, HeaderValue::from(standing.reset));
}

fn identify(app: &App, headers: &HeaderMap) -> Result<Person, ApiError> {
    let missing = || ApiError::unauthorized("Not authenticated");
    let value = headers.get(header::AUTHORIZATION).ok_or_else(missing)?;
    let value = value.to_str().map_err(|_| missing())?;
    let (scheme, key) = value.split_once(' ').ok_or_else(missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing());
    }
    app.people
        .identify(key.trim())
        .ok_or_else(|| ApiError::unauthorized("Invalid API key"))
}
