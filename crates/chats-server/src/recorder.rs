//! The requests that were seen, for tests that ask what a client sent.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

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
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<RecordedRequest>,
    /// Of all their bodies.
    bytes: usize,
}

impl Kept {
    fn add(&mut self, request: RecordedRequest) {
        self.bytes += request.body.len();
        self.requests.push_back(request);
        while self.requests.len() > KEPT || self.bytes > KEPT_BYTES {
            let oldest = self.requests.pop_front();
            self.bytes -= oldest.map_or(0, |oldest| oldest.body.len());
        }
    }
}

impl Recorder {
    pub(crate) fn new(on: bool) -> Self {
        Self {
            on,
            kept: Mutex::default(),
        }
    }

    pub(crate) fn record(&self, parts: &http::request::Parts, body: &Bytes) {
        if !self.on {
            return;
        }
        self.lock().add(RecordedRequest {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers.clone(),
            body: body.clone(),
        });
    }

    pub(crate) fn requests(&self) -> Vec<RecordedRequest> {
        self.lock().requests.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        *self.lock() = Kept::default();
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_requests_are_forgotten_by_their_number_and_by_their_bytes() {
        let recorder = Recorder::new(true);
        let record = |path: usize, body: &Bytes| {
            let request = http::Request::get(format!("/{path}")).body(()).unwrap();
            recorder.record(&request.into_parts().0, body);
        };
        let kept = || {
            let paths = recorder.requests();
            let paths: Vec<_> = paths.iter().map(|seen| seen.path.clone()).collect();
            (paths.first().cloned(), paths.len())
        };
        for path in 0..=KEPT {
            record(path, &Bytes::from_static(b"x"));
        }
        assert_eq!(kept(), (Some("/1".to_owned()), KEPT));
        let half = Bytes::from(vec![0; KEPT_BYTES / 2]);
        record(2000, &half);
        record(2001, &half);
        assert_eq!(kept(), (Some("/2000".to_owned()), 2));
        record(2002, &Bytes::from_static(b"x"));
        assert_eq!(kept(), (Some("/2001".to_owned()), 2));
        recorder.clear();
        record(2003, &half);
        record(2004, &half);
        assert_eq!(kept().1, 2, "what was forgotten does not count");
    }
}
