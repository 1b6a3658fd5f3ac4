//! What nobody can make the SDK do: give the key away, speak to somebody else,
//! send another request than was asked for, or write outside a folder.

mod exports;
mod paths;
mod proxies;
mod redirects;
mod tls;
mod unsafe_code;

use chats::SessionId;
use uuid::Uuid;

/// A session for tests.
const SESSION: SessionId = SessionId::new(Uuid::from_u128(0x11));

/// A list without sessions.
const LIST: &str = r#"{"sessions":[],"total_count":0,"has_more":false}"#;

/// What sending a message answers.
const ANSWER: &str = r#"{"message_id":"00000000-0000-0000-0000-0000000000a1","content":"Three.","token_count":1,"processing_time_ms":5,"remaining_tokens":10,"remaining_messages":2}"#;
