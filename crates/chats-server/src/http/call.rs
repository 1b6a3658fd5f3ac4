//! What a handler is given: the person and the request. No operation is reached without
//! it, so none can skip the check of the key.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, RawPathParams, Request};
use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use uuid::Uuid;

use super::{ApiError, PREFIX};
use crate::fault::Drawn;
use crate::keys::Person;
use crate::library::Links;
use crate::validation::{self, Problems, Query, parse_json};

/// A request whose key was checked.
#[derive(Debug)]
pub(crate) struct Call {
    pub person: Person,
    /// The faults that were drawn for this request.
    pub faults: Drawn,
    /// Where the client has found the server, if it says so.
    host: Option<Authority>,
    path: HashMap<String, String>,
    query: Option<String>,
    content_type: Option<String>,
    body: Bytes,
}

impl<S: Send + Sync> axum::extract::FromRequest<S> for Call {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let (mut parts, body) = request.into_parts();
        let person = *parts
            .extensions
            .get::<Person>()
            .ok_or_else(|| ApiError::unauthorized("Not authenticated"))?;
        let faults = parts.extensions.get::<Drawn>().cloned().unwrap_or_default();
        // A path that does not decode to UTF-8 names nothing that exists.
        let path = RawPathParams::from_request_parts(&mut parts, state)
            .await
            .map_err(|_| ApiError::Plain(StatusCode::NOT_FOUND, "Not Found"))?;
        // axum's router accepts an empty path segment as a parameter; FastAPI's does not.
        if path.iter().any(|(_, value)| value.is_empty()) {
            return Err(ApiError::Plain(StatusCode::NOT_FOUND, "Not Found"));
        }
        Ok(Self {
            person,
            faults,
            path: path
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            host: host(&parts.headers),
            query: parts.uri.query().map(str::to_owned),
            content_type: content_type(&parts.headers),
            // The body was read and bounded at the intake, so this does not wait.
            body: axum::body::to_bytes(body, usize::MAX)
                .await
                .map_err(|_| ApiError::unreadable_body())?,
        })
    }
}

/// The `Host` header, if it is one: no part of an address but a host and a port.
fn host(headers: &HeaderMap) -> Option<Authority> {
    let value = headers.get(header::HOST)?.as_bytes();
    let host = Authority::try_from(value).ok()?;
    (!host.as_str().contains('@') && !host.host().is_empty()).then_some(host)
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.as_bytes();
    Some(String::from_utf8_lossy(value).to_ascii_lowercase())
}

impl Call {
    /// The session that the path names; if it is no UUID, the problem is kept.
    pub(crate) fn session_id(&self, problems: &mut Problems) -> Option<Uuid> {
        validation::path_uuid("session_id", self.path_text("session_id"), problems)
    }

    pub(crate) fn path_text(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The addresses of images, at the host at which this client has found the server: another
    /// machine, or one behind a tunnel, cannot use the address that the server listens on.
    pub(crate) fn links(&self, links: &Links) -> Links {
        match &self.host {
            Some(host) => links.below(format!("http://{host}{PREFIX}")),
            None => links.clone(),
        }
    }

    pub(crate) fn query(&self) -> Query<'_> {
        Query::parse(self.query.as_deref())
    }

    /// Reads the body with `read`; its problems are added to those of the request.
    ///
    /// Fails at once only for a body that is not UTF-8, as FastAPI does.
    pub(crate) fn body<T>(
        &self,
        problems: &mut Problems,
        read: impl FnOnce(&Value, &mut Problems) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        if std::str::from_utf8(&self.body).is_err() {
            return Err(ApiError::unreadable_body());
        }
        let value = if self.says_json() || self.body.is_empty() {
            parse_json(&self.body)
        } else {
            // A body of another media type is taken as text, which is no object.
            Ok(Value::String(String::new()))
        };
        Ok(problems
            .keep(value)
            .and_then(|value| read(&value, problems)))
    }

    /// A body without a media type counts as JSON.
    fn says_json(&self) -> bool {
        let Some(content_type) = &self.content_type else {
            return true;
        };
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        match essence.split_once('/') {
            Some(("application", kind)) => kind == "json" || kind.ends_with("+json"),
            _ => false,
        }
    }
}

/// Returns what was read, or else the problems of the request.
pub(crate) fn settle<T>(problems: Problems, read: Option<T>) -> Result<T, ApiError> {
    match read {
        Some(read) if problems.is_empty() => Ok(read),
        _ => Err(ApiError::Invalid(problems)),
    }
}
