//! What a call costs beside bare reqwest with serde_json: the same method, address, query
//! and body, into types of the same fields.

use serde::Deserialize;

use crate::clients::{KEY, chats_client, reqwest_builder, reqwest_client, session};

/// A client and the server's scenario for it.
pub enum Calling {
    Reqwest(reqwest::Client, String),
    Chats(chats::ChatResource),
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "fields are read for their cost")]
struct Sent {
    message_id: String,
    content: String,
    token_count: Option<i64>,
    processing_time_ms: Option<i64>,
    remaining_tokens: Option<i64>,
    remaining_messages: Option<i64>,
    provider: Option<String>,
    model: Option<String>,
    images: Option<Vec<serde_json::Value>>,
    metadata: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "fields are read for their cost")]
struct List {
    sessions: Vec<Session>,
    total_count: i64,
    has_more: bool,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "fields are read for their cost")]
struct Session {
    id: uuid::Uuid,
    title: String,
    total_messages: Option<i64>,
    total_tokens: Option<i64>,
    remaining_tokens: Option<i64>,
    remaining_messages: Option<i64>,
    is_active: Option<bool>,
    use_all_images: Option<bool>,
    created_at: Option<jiff::Timestamp>,
    updated_at: Option<jiff::Timestamp>,
    last_message_at: Option<jiff::Timestamp>,
    last_message_preview: Option<String>,
    last_user_message: Option<String>,
    selected_image_count: Option<i64>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "fields are read for their cost")]
struct Detail {
    session: Session,
    messages: Vec<Message>,
    selected_image_ids: Vec<uuid::Uuid>,
    selected_video_ids: Vec<uuid::Uuid>,
    context_summary: Option<String>,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "fields are read for their cost")]
struct Message {
    id: String,
    role: String,
    content: String,
    token_count: Option<i64>,
    processing_time_ms: Option<i64>,
    created_at: Option<jiff::Timestamp>,
    image_context: Option<Vec<serde_json::Value>>,
    metadata: Option<serde_json::Value>,
}

/// The calls that are compared.
pub const CALLS: [&str; 3] = ["send", "list", "get"];

/// The time that a call of `chats` has by default.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(300);

impl Calling {
    pub fn named(client: &str, base: &str) -> Self {
        match client {
            "reqwest" => Self::Reqwest(reqwest_client(), format!("{base}/api/v2")),
            "reqwest with a timeout" => {
                let client = reqwest_builder().timeout(TIMEOUT).build();
                Self::Reqwest(client.expect("a client"), format!("{base}/api/v2"))
            }
            "chats" => Self::Chats(chats_client(base).chats()),
            _ => panic!("no such client: {client}"),
        }
    }

    /// Makes one call; gives a number out of the reply.
    pub async fn call(&self, call: &str) -> usize {
        match self {
            Self::Reqwest(client, base) => {
                let id = session();
                let request = match call {
                    "send" => client
                        .post(format!("{base}/chat/sessions/{id}/messages"))
                        .json(&serde_json::json!({"message": "hello"})),
                    "list" => client
                        .get(format!("{base}/chat/sessions"))
                        .query(&[("limit", 20), ("offset", 0)]),
                    _ => client
                        .get(format!("{base}/chat/sessions/{id}"))
                        .query(&[("include_messages", true)]),
                };
                let reply = request.bearer_auth(KEY).send().await.expect("a reply");
                let reply = reply.error_for_status().expect("success");
                let body = reply.bytes().await.expect("a body");
                match call {
                    "send" => read::<Sent>(&body).content.len(),
                    "list" => read::<List>(&body).sessions.len(),
                    _ => read::<Detail>(&body).messages.len(),
                }
            }
            Self::Chats(chats) => match call {
                "send" => chats
                    .send(session(), "hello")
                    .await
                    .expect("a reply")
                    .content
                    .len(),
                "list" => chats.list_sessions().await.expect("a reply").items.len(),
                _ => chats
                    .get_session(session())
                    .await
                    .expect("a reply")
                    .messages
                    .len(),
            },
        }
    }
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> T {
    serde_json::from_slice(body).expect("the contract's fields")
}
