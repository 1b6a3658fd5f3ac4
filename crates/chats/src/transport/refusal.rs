//! Repeats a request that an HTTP/2 connection refused without processing it.

use reqwest::{Request, Response};

use super::failure::Failure;

/// How often a request is sent again at once because a connection refused it.
const MAX_REFUSALS: u32 = 2;

/// Sends a request, and at once again if the connection refused it unprocessed.
pub(super) async fn execute(
    http: &reqwest::Client,
    mut request: impl FnMut() -> Request,
) -> Result<Response, Failure> {
    // The server may have closed a pooled connection, or sent bytes that nobody asked for,
    // while nothing drove the connection's task. On a single-threaded runtime that task
    // would only run after the request is written; here it can take itself out of the pool.
    tokio::task::yield_now().await;
    let mut refusals = 0;
    loop {
        match http.execute(request()).await {
            Err(error) if refusals < MAX_REFUSALS && is_refusal(&error) => refusals += 1,
            result => return result.map_err(Failure::sending),
        }
    }
}

/// Whether an HTTP/2 connection refused a request unprocessed, because it has too many or
/// is about to close: RFC 9113, section 8.7. reqwest could retry such a request, too, but
/// would copy every request for it.
#[cfg(feature = "http2")]
pub(super) fn is_refusal(error: &reqwest::Error) -> bool {
    let found = super::failure::causes(error).find_map(|cause| cause.downcast_ref::<h2::Error>());
    found.is_some_and(|error| {
        let reason = error.reason();
        let refused = error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM);
        let closing = error.is_go_away() && reason == Some(h2::Reason::NO_ERROR);
        error.is_remote() && (refused || closing)
    })
}

/// HTTP/1.1 has no such refusal.
#[cfg(not(feature = "http2"))]
pub(super) fn is_refusal(_error: &reqwest::Error) -> bool {
    false
}
