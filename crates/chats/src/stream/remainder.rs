//! Reads the rest of a reply in the background after its answer, so that the connection
//! can be used again.
//!
//! No caller waits for what the service sends after `complete` or `error`. But over
//! HTTP/1.1, dropping a body before its end closes its connection, and the next message
//! would pay for a new one. So a separate task reads the little that is left, within
//! bounds; beyond them, the connection is closed after all.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::Body;

/// How long to wait for the end of a body.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// How many bytes to read to reach it.
const MAX_BYTES: usize = 64 * 1024;

/// Reads what is left of a body. Dropping it instead closes the connection.
///
/// The timeout does not use the client's clock: no call waits for it, and a caller's own
/// clock must not take it for the sleep of a call.
pub(super) fn read(body: Body, runtime: &Handle) {
    runtime.spawn(async { timeout(PATIENCE, to_end(body)).await });
}

async fn to_end(mut body: Body) {
    let mut left = MAX_BYTES;
    while let Some(Ok(chunk)) = body.next().await {
        match left.checked_sub(chunk.len()) {
            Some(less) => left = less,
            None => return,
        }
    }
}
