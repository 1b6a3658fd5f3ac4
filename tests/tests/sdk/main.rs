//! The SDK against a server that plays a script: what it sends, what it makes of
//! every kind of reply, and what it does when things break.

mod before_sending;
mod blocking;
mod canary;
mod clients;
mod compressed;
mod connections;
mod errors;
mod futures_are_send;
mod misfits;
mod odd_streams;
mod pages;
mod reading;
mod recovery;
mod requests;
mod retries;
mod secrets;
mod sessions;
mod shutdown;
mod streams;
mod waiting;

use chats::SessionId;
use uuid::Uuid;

/// A session for tests.
const SESSION: SessionId = SessionId::new(Uuid::from_u128(0x11));

/// What creating it answers.
const CREATED: &str = r#"{"session_id":"00000000-0000-0000-0000-000000000011","title":"Poles","created_at":"2026-01-01T00:00:00Z"}"#;

/// What closing it answers.
const CLOSED: &str = r#"{"session_id":"00000000-0000-0000-0000-000000000011","closed_at":"2026-01-01T00:00:00Z","total_messages":2,"total_tokens":9}"#;

/// What sending a message answers.
const ANSWER: &str = r#"{"message_id":"00000000-0000-0000-0000-0000000000a1","content":"Three.","token_count":1,"processing_time_ms":5,"remaining_tokens":10,"remaining_messages":2}"#;
