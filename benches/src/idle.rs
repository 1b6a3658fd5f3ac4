//! Streams that stay open after their first event, each on a connection of its own.

use std::any::Any;

use futures_util::StreamExt as _;

use crate::clients::{chats_client, reqwest_client, session};

/// A client of the server's scenario `idle`.
pub enum Idling {
    Reqwest(reqwest::Client, String),
    Chats(chats::ChatResource),
}

impl Idling {
    pub fn named(client: &str, server: &str) -> Self {
        let base = format!("{server}/idle");
        match client {
            "reqwest" => {
                let path = format!("chat/sessions/{}/messages/stream", session());
                Self::Reqwest(reqwest_client(), format!("{base}/api/v2/{path}"))
            }
            "chats" => Self::Chats(chats_client(&base).chats()),
            _ => panic!("no such client: {client}"),
        }
    }

    /// Opens one and reads its first event.
    pub async fn open(&self) -> Box<dyn Any> {
        match self {
            Self::Reqwest(client, url) => {
                let body = serde_json::json!({"message": "hello"});
                let reply = client.post(url).json(&body).send().await;
                let mut bytes = reply.expect("a reply").bytes_stream();
                bytes.next().await.expect("a chunk").expect("a chunk");
                Box::new(bytes)
            }
            Self::Chats(chats) => {
                let stream = chats.send_stream(session(), "hello").await;
                let mut stream = stream.expect("a stream");
                stream.next().await.expect("a token").expect("a token");
                Box::new(stream)
            }
        }
    }
}
