//! The clients side by side, each reading a whole stream over loopback.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A key of the documented form.
pub const KEY: &str = "aion_benchmarks_0123456789abcdef";

/// The session that messages are sent to.
pub fn session() -> chats::SessionId {
    crate::input::uuid(1).parse().expect("an id")
}

/// A client of a server.
pub enum Streaming {
    Hyper(
        hyper::client::conn::http1::SendRequest<Full<bytes::Bytes>>,
        String,
    ),
    Reqwest(reqwest::Client, String),
    Chats(chats::ChatResource),
    AsyncOpenai(async_openai::Client<async_openai::config::OpenAIConfig>),
}

/// The names of the clients.
pub const NAMES: [&str; 4] = ["hyper", "reqwest", "chats", "async-openai"];

impl Streaming {
    /// `base` is the server with the scenario.
    pub async fn named(name: &str, base: &str) -> Self {
        let path = format!("{base}/api/v2/chat/sessions/{}/messages/stream", session());
        match name {
            "hyper" => {
                let address = base.trim_start_matches("http://");
                let address = address.split('/').next().expect("an address");
                let stream = TcpStream::connect(address).await.expect("a connection");
                stream.set_nodelay(true).expect("no delay");
                let (sender, connection) =
                    hyper::client::conn::http1::handshake(TokioIo::new(stream))
                        .await
                        .expect("http");
                tokio::spawn(connection);
                let path = path.trim_start_matches("http://");
                let path = path.trim_start_matches(address).to_owned();
                Self::Hyper(sender, path)
            }
            "reqwest" => Self::Reqwest(reqwest_client(), path),
            "chats" => Self::Chats(chats_client(base).chats()),
            "async-openai" => {
                // Its own first client asks for it.
                let http = reqwest_client();
                let config = async_openai::config::OpenAIConfig::new()
                    .with_api_key(KEY)
                    .with_api_base(base);
                let client = async_openai::Client::with_config(config);
                Self::AsyncOpenai(client.with_http_client(http))
            }
            _ => panic!("no such client: {name}"),
        }
    }

    /// Reads one stream to its end: how much it had, and the time to the first of
    /// it: a token, or bytes of the body.
    pub async fn read(&mut self) -> (usize, Duration) {
        let begun = Instant::now();
        let mut first = None;
        let mut read = 0;
        let mut count = |bytes: usize| {
            first.get_or_insert_with(|| begun.elapsed());
            read += bytes;
        };
        match self {
            Self::Hyper(sender, path) => {
                let request = hyper::Request::post(&*path)
                    .header("host", "127.0.0.1")
                    .header("authorization", format!("Bearer {KEY}"))
                    .header("content-type", "application/json")
                    .body(Full::from(r#"{"message":"hello"}"#))
                    .expect("a request");
                sender.ready().await.expect("a connection");
                let mut reply = sender
                    .send_request(request)
                    .await
                    .expect("a reply")
                    .into_body();
                while let Some(frame) = reply.frame().await {
                    count(
                        frame
                            .expect("a frame")
                            .data_ref()
                            .map_or(0, bytes::Bytes::len),
                    );
                }
            }
            Self::Reqwest(client, path) => {
                let request = client.post(&*path).bearer_auth(KEY);
                let request = request.json(&serde_json::json!({"message": "hello"}));
                let mut reply = request.send().await.expect("a reply").bytes_stream();
                while let Some(chunk) = reply.next().await {
                    count(chunk.expect("a chunk").len());
                }
            }
            Self::Chats(chats) => {
                let stream = chats.send_stream(session(), "hello");
                let mut stream = stream.await.expect("a stream");
                while let Some(token) = stream.next().await {
                    // Of any kind, as the others count their first bytes.
                    count(token.expect("a token").content().map_or(1, str::len));
                }
                assert!(stream.finish().await.is_ok());
            }
            Self::AsyncOpenai(client) => {
                use async_openai::types::chat::{
                    ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs,
                };
                let message = ChatCompletionRequestUserMessage::from("hello");
                let request = CreateChatCompletionRequestArgs::default()
                    .model("m")
                    .messages([message.into()])
                    .build()
                    .expect("a request");
                let mut stream = client
                    .chat()
                    .create_stream(request)
                    .await
                    .expect("a stream");
                while let Some(event) = stream.next().await {
                    for choice in event.expect("an event").choices {
                        count(choice.delta.content.map_or(0, |text| text.len()));
                    }
                }
            }
        }
        assert!(read > 0, "nothing was read");
        (read, first.unwrap_or_default())
    }
}

/// A bare client.
pub fn reqwest_client() -> reqwest::Client {
    reqwest_builder().build().expect("a client")
}

pub fn reqwest_builder() -> reqwest::ClientBuilder {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    reqwest::Client::builder().tcp_nodelay(true)
}

pub fn chats_client(base: &str) -> chats::Client {
    let client = chats::Client::builder().api_key(KEY);
    let client = client.base_url(format!("{base}/api/v2"));
    client.build().expect("a client")
}

/// How long this thread has computed.
pub fn cpu() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// How much memory this process has.
pub fn resident_bytes() -> u64 {
    let told = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = told
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.unwrap_or(0) * 4096
}
