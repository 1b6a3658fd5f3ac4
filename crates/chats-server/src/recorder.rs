//! The requests that were seen, for tests that ask what a client sent.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, header};

/// The oldest request is forgotten once this many are kept.
const KEPT: usize = 1_000;
/// It is also forgotten while all bodies take more than this.
const KEPT_BYTES: usize = 64 << 20;

/// A request as it arrived.
#[derive(Clone)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The method.
    pub method: String,
    /// The path as sent: percent-encoded, and beginning with `/api/v2`.
    pub path: String,
    /// The query as sent, without the question mark.
    pub query: Option<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl RecordedRequest {
    /// The body as JSON; `None` if it is not JSON.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The value of a header, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Shows the headers' names, but not that of the key, and the body's length.
impl fmt::Debug for RecordedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self
            .headers
            .keys()
            .filter(|name| **name != header::AUTHORIZATION)
            .map(http::HeaderName::as_str)
            .collect();
        f.debug_struct("RecordedRequest")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("query", &self.query)
            .field("headers", &names)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// Keeps requests, if it was switched on.
#[derive(Debug)]
pub(crate) struct Recorder {
    on: bool,
    requests: Mutex<VecDeque<RecordedRequest>>,
}

impl Recorder {
    pub(crate) fn new(on: bool) -> Self {
        Self {
            on,
            requests: Mutex::default(),
        }
    }

    pub(crate) fn record(&self, parts: &http::request::Parts, body: &Bytes) {
        if !self.on {
            return;
        }
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push_back(RecordedRequest {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers.clone(),
            body: body.clone(),
        });
        let mut bytes: usize = requests.iter().map(|request| request.body.len()).sum();
        while requests.len() > KEPT || bytes > KEPT_BYTES {
            bytes -= requests.pop_front().map_or(0, |oldest| oldest.body.len());
        }
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
