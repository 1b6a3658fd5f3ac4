//! The server of the benchmarks: a process of its own, so that the client's time
//! is the client's alone. The first segment of a request's path says what the
//! reply is, which is made beforehand.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use crate::input::{self, Chunks, Form};

/// What a list takes to be answered.
const LATENCY: Duration = Duration::from_millis(5);

/// What an answer takes to begin where it is thought about: little, for a model.
const THOUGHT: Duration = Duration::from_millis(5);

/// How many items lists have.
const IMAGES: usize = 20_000;
const SESSIONS: usize = 600;

/// A reply: what is written at once, piece by piece.
type Reply = Arc<Vec<Vec<u8>>>;
type Replies = Arc<Mutex<HashMap<String, Reply>>>;

/// Serves until the process ends; the first line of output is the address.
pub async fn serve() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    let replies = Replies::default();
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(connection(stream, replies.clone()));
    }
}

async fn connection(mut stream: TcpStream, replies: Replies) {
    let mut bytes = Vec::with_capacity(4096);
    while let Some(target) = request(&mut stream, &mut bytes).await {
        let scenario = target.split('/').nth(1).unwrap_or_default();
        if scenario == "pages" {
            tokio::time::sleep(LATENCY).await;
            let reply = page(&target);
            if stream.write_all(&reply).await.is_err() {
                return;
            }
            continue;
        }
        let known = replies.lock().await.get(scenario).cloned();
        let reply = match known {
            Some(reply) => reply,
            None => {
                let made = Arc::new(make(scenario));
                let mut replies = replies.lock().await;
                replies.entry(scenario.to_owned()).or_insert(made).clone()
            }
        };
        if scenario.starts_with(THINKING) {
            tokio::time::sleep(THOUGHT).await;
        }
        for piece in reply.iter() {
            if stream.write_all(piece).await.is_err() {
                return;
            }
            // So that each event arrives by itself, as a model makes them.
            if scenario.ends_with("-event") {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }
}

/// Reads a request with its body; gives its target.
async fn request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<String> {
    loop {
        if let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"));
            let length = length.map_or(0, |length| length.trim().parse().unwrap_or(0));
            let whole = end + 4 + length;
            if bytes.len() >= whole {
                bytes.drain(..whole);
                return Some(head.split(' ').nth(1)?.to_owned());
            }
        }
        let mut chunk = [0; 4096];
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 {
            return None;
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}

/// Before the form: the answer takes a while to begin.
const THINKING: &str = "thinking-";

/// `FORM-TOKENS-CHUNKS`, `openai-TOKENS-CHUNKS`, `idle`, or what a call answers.
fn make(scenario: &str) -> Vec<Vec<u8>> {
    let scenario = scenario.strip_prefix(THINKING).unwrap_or(scenario);
    let parts: Vec<&str> = scenario.rsplitn(3, '-').collect();
    match parts[..] {
        [chunks, tokens, form] => {
            let tokens = tokens.parse().expect("a number of tokens");
            let stream = match Form::named(form) {
                Some(form) => input::answer(tokens, form),
                None => input::openai_answer(tokens),
            };
            let chunks = Chunks::named(chunks).expect("chunks");
            streamed(chunks.cut(&stream).iter().map(|chunk| &chunk[..]), true)
        }
        // One event, then nothing.
        ["idle"] => {
            let stream = input::answer(0, Form::Plain);
            streamed(
                Chunks::Event
                    .cut(&stream)
                    .iter()
                    .map(|chunk| &chunk[..])
                    .take(1),
                false,
            )
        }
        ["send"] => vec![json(input::send_reply().as_bytes())],
        ["list"] => vec![json(&list(20, 0))],
        ["get"] => vec![json(input::get_reply(1000).as_bytes())],
        _ => panic!("no such scenario: {scenario}"),
    }
}

fn streamed<'c>(chunks: impl Iterator<Item = &'c [u8]>, ends: bool) -> Vec<Vec<u8>> {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut pieces = vec![head.as_bytes().to_vec()];
    for (index, chunk) in chunks.enumerate() {
        let mut piece = format!("{:x}\r\n", chunk.len()).into_bytes();
        piece.extend_from_slice(chunk);
        piece.extend_from_slice(b"\r\n");
        match index {
            0 => pieces[0].extend(piece),
            _ => pieces.push(piece),
        }
    }
    if ends && let Some(last) = pieces.last_mut() {
        last.extend_from_slice(b"0\r\n\r\n");
    }
    pieces
}

fn json(body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes();
    reply.extend_from_slice(body);
    reply
}

/// A page of sessions or of image ids, by `limit` and `offset` in the query.
fn page(target: &str) -> Vec<u8> {
    let number = |name: &str| {
        let value = target
            .split(['?', '&'])
            .find_map(|part| part.strip_prefix(name));
        value.and_then(|value| value.parse().ok())
    };
    let offset = number("offset=").unwrap_or(0);
    if target.contains("/images/all") {
        return json(&images(number("limit=").unwrap_or(1000), offset));
    }
    json(&list(number("limit=").unwrap_or(20), offset))
}

fn list(limit: usize, offset: usize) -> Vec<u8> {
    let range = offset..SESSIONS.min(offset + limit);
    let sessions: Vec<_> = range.map(input::session).collect();
    let has_more = offset + limit < SESSIONS;
    let page = serde_json::json!({
        "sessions": sessions, "total_count": SESSIONS, "has_more": has_more
    });
    page.to_string().into_bytes()
}

fn images(limit: usize, offset: usize) -> Vec<u8> {
    let range = offset..IMAGES.min(offset + limit);
    let ids: Vec<_> = range.map(input::uuid).collect();
    let has_more = offset + limit < IMAGES;
    let page = serde_json::json!({
        "image_ids": ids, "total_count": IMAGES, "has_more": has_more
    });
    page.to_string().into_bytes()
}
