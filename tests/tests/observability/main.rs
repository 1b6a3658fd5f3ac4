//! What the SDK shows to `tracing`. A program of its own: every test here
//! captures the log, and what was warned of is remembered for the whole process.

mod live_drift;
mod secrets;
mod spans;

use chats::SessionId;

/// A session for tests.
const SESSION: SessionId = SessionId::new(uuid::Uuid::from_u128(0x11));
