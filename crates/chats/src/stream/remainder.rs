//! What comes after an answer: read to its end beside the caller, so that the connection
//! can be used again.
//!
//! Nobody waits for what the service sends after `complete` or `error`. But over HTTP/1.1 a
//! body that is dropped before its end takes its connection along, and the next message
//! would pay for a new one. So the little that is left is read by a task of its own, within
//! bounds: after them the connection is closed after all.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::Events;

/// For how long the end of a body is awaited.
const PATIENCE: Duration = Duration::from_secs(1);

/// How many bytes are read for it.
const MAX_BYTES: usize = 64 * 1024;

/// Reads what is left of a body. Dropping it instead closes the connection.
///
/// This is not timed by the client's clock: no call waits for it, and whoever gives a clock
/// of his own must not take it for one that does.
pub(super) fn read(body: Events, runtime: &Handle) {
    runtime.spawn(async { timeout(PATIENCE, to_end(body)).await });
}

async fn to_end(mut body: Events) {
    let mut left = MAX_BYTES;
    while let Some(Ok(chunk)) = body.next().await {
        match left.checked_sub(chunk.len()) {
            Some(less) => left = less,
            None => return,
        }
    }
}
