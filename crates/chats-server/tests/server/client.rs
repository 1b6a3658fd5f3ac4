//! A plain client for the tests: it knows HTTP and nothing of the contract.

use std::time::{Duration, Instant};

use bytes::Bytes;
use chats_server::Server;
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Value, json};

pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
}

pub(crate) struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The value of a reply that must be a success.
    pub(crate) fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        self.json()
    }
}

/// Nothing takes this long; a test that waits for what never comes about ends.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `holds`, which asks the server each time and so gives it a turn.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if holds().await {
            return;
        }
    }
    panic!("it never came about that {what}");
}

/// Name and data of an event.
pub(crate) type Event = (String, Value);

impl Client {
    pub(crate) fn of(server: &Server) -> Self {
        Self::new(server.base_url(), server.api_key())
    }

    pub(crate) fn new(base: &str, key: &str) -> Self {
        Self {
            http: http(),
            base: base.to_owned(),
            key: key.to_owned(),
        }
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(&self.key)
    }

    pub(crate) async fn finish(request: reqwest::RequestBuilder) -> Reply {
        let reply = request.send().await.expect("a reply");
        Reply {
            status: reply.status(),
            headers: reply.headers().clone(),
            body: reply.bytes().await.expect("a whole body"),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Self::finish(self.request(Method::GET, path)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        Self::finish(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> Reply {
        Self::finish(self.request(method, path).json(body)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        self.call(Method::POST, path, body).await
    }

    /// A new session's id.
    pub(crate) async fn session(&self) -> String {
        self.session_with(&json!({})).await
    }

    pub(crate) async fn session_with(&self, body: &Value) -> String {
        let reply = self.post("/chat/sessions", body).await.ok();
        reply["session_id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn send(&self, session: &str, message: &str) -> Reply {
        let path = format!("/chat/sessions/{session}/messages");
        self.post(&path, &json!({"message": message})).await
    }

    /// The text of an answer as a person reads it, and its reply.
    pub(crate) async fn ask(&self, session: &str, message: &str) -> (String, Value) {
        let reply = self.send(session, message).await.ok();
        let text = reply["metadata"]["resolved_content"]
            .as_str()
            .unwrap()
            .to_owned();
        (text, reply)
    }

    /// All events of a streamed answer.
    pub(crate) async fn stream(&self, session: &str, message: &str) -> Vec<Event> {
        let path = format!("/chat/sessions/{session}/messages/stream");
        let reply = self.post(&path, &json!({"message": message})).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        events(&reply.text())
    }

    /// The messages of a session, once there are so many.
    pub(crate) async fn messages_of(&self, session: &str, count: usize) -> Vec<Value> {
        let what = format!("there are {count} messages");
        until(&what, async || self.messages(session).await.len() >= count).await;
        self.messages(session).await
    }

    pub(crate) async fn messages(&self, session: &str) -> Vec<Value> {
        let detail = self.get(&format!("/chat/sessions/{session}")).await.ok();
        detail["messages"].as_array().unwrap().clone()
    }
}

/// Reads events, and that the data of each repeats its name.
pub(crate) fn events(text: &str) -> Vec<Event> {
    text.split("\n\n")
        .filter(|block| !block.is_empty())
        .map(|block| {
            let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
            let name = field("event: ").expect("a name").to_owned();
            let data: Value = serde_json::from_str(field("data: ").expect("data")).expect("JSON");
            assert_eq!(data["type"], name, "the data repeats the name");
            (name, data)
        })
        .collect()
}

pub(crate) fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|(name, _)| name.as_str()).collect()
}

pub(crate) async fn server() -> (Server, Client) {
    let server = Server::builder().start().await.expect("a server");
    let client = Client::of(&server);
    (server, client)
}

/// Within the workspace reqwest is built with rustls, but without a provider.
pub(crate) fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
