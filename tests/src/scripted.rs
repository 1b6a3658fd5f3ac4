//! A server that answers each request as a script says, byte by byte, and keeps
//! what it was sent.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct SeenRequest {
    /// The method.
    pub method: String,
    /// The path and query, as sent.
    pub target: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Which connection it came on: the first is 0.
    pub connection: usize,
}

impl SeenRequest {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The request for a snapshot: what differs from run to run left out, the
    /// key hidden, headers sorted.
    pub fn normalised(&self) -> String {
        let mut text = format!("{} {}\n", self.method, self.target);
        let mut headers = self.headers.clone();
        headers.sort();
        for (name, value) in headers {
            let value = match name.as_str() {
                "authorization" => value.replace(crate::KEY, "<key>"),
                "host" => "<host>".to_owned(),
                "x-request-id" | "x-correlation-id" => "<uuid>".to_owned(),
                "user-agent" => "<user agent>".to_owned(),
                _ => value,
            };
            let _ = writeln!(text, "{name}: {value}");
        }
        if !self.body.is_empty() {
            let _ = writeln!(text, "\n{}", String::from_utf8_lossy(&self.body));
        }
        text
    }
}

/// One part of a reply.
#[derive(Clone, Debug)]
pub enum Piece {
    /// These bytes, flushed.
    Bytes(Vec<u8>),
    /// The connection is reset.
    Reset,
    /// Nothing more comes, and the connection stays open.
    Silence,
    /// Waits until the test gives leave: one permit for each reply that waits.
    Wait(Arc<Semaphore>),
    /// The reply is over, and the connection takes another request.
    Next,
}

/// A reply: what is written to the connection.
#[derive(Clone, Debug)]
pub struct Reply(pub Vec<Piece>);

impl Reply {
    /// A whole reply with these headers.
    pub fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} Scripted\r\nconnection: close\r\n");
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = write!(head, "content-length: {}\r\n\r\n", body.len());
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        Self(vec![Piece::Bytes(bytes)])
    }

    /// A JSON reply.
    pub fn json(status: u16, body: impl AsRef<[u8]>) -> Self {
        Self::new(status, &[("content-type", "application/json")], body)
    }

    /// Server-sent events as they stand, ended by closing the connection.
    pub fn events(text: impl AsRef<[u8]>) -> Self {
        let mut head =
            b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\r\n"
                .to_vec();
        head.extend_from_slice(text.as_ref());
        Self(vec![Piece::Bytes(head)])
    }

    /// Server-sent events in a body that is announced longer than it comes, so
    /// that its end is a break.
    pub fn broken_events(text: impl AsRef<[u8]>) -> Self {
        let mut head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/event-stream\r\n\r\n".to_vec();
        let text = text.as_ref();
        head.extend_from_slice(format!("{:x}\r\n", text.len()).as_bytes());
        head.extend_from_slice(text);
        head.extend_from_slice(b"\r\n");
        Self(vec![Piece::Bytes(head)])
    }

    /// No reply: the connection is reset after the request was read.
    pub fn reset() -> Self {
        Self(vec![Piece::Reset])
    }

    /// No reply, ever.
    pub fn silence() -> Self {
        Self(vec![Piece::Silence])
    }

    /// The same, once the test gives leave.
    #[must_use]
    pub fn after(mut self, gate: Arc<Semaphore>) -> Self {
        self.0.insert(0, Piece::Wait(gate));
        self
    }

    /// The same, then another piece.
    #[must_use]
    pub fn then(mut self, piece: Piece) -> Self {
        self.0.push(piece);
        self
    }
}

type Script = dyn Fn(&SeenRequest, usize) -> Reply + Send + Sync;

/// The server. Dropping it ends it.
#[derive(Debug)]
pub struct ScriptedServer {
    base_url: String,
    requests: Arc<Mutex<Vec<SeenRequest>>>,
    hangups: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

impl ScriptedServer {
    /// Answers requests with these replies in order; then with 500.
    pub async fn replies(replies: impl IntoIterator<Item = Reply>) -> Self {
        let replies: Vec<Reply> = replies.into_iter().collect();
        Self::start(move |_, n| {
            let over = || Reply::json(500, r#"{"detail":"the script is over"}"#);
            replies.get(n).cloned().unwrap_or_else(over)
        })
        .await
    }

    /// Answers each request as the script says; the number counts requests from 0.
    #[allow(
        clippy::unused_async,
        reason = "a server is started where a runtime runs"
    )]
    pub async fn start(
        script: impl Fn(&SeenRequest, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::on(std::net::TcpListener::bind("127.0.0.1:0").unwrap(), script)
    }

    /// As [`start`](Self::start), on a port that others have been told of.
    ///
    /// # Panics
    ///
    /// If the listener cannot be used.
    pub fn on(
        listener: std::net::TcpListener,
        script: impl Fn(&SeenRequest, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::playing(listener, Arc::new(script))
    }

    // Not generic, so that the server is compiled once, and not again for every script.
    fn playing(listener: std::net::TcpListener, script: Arc<Script>) -> Self {
        listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let address = listener.local_addr().unwrap();
        let requests: Arc<Mutex<Vec<SeenRequest>>> = Arc::default();
        let seen = requests.clone();
        let (hung_up, hangups) = watch::channel(0);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            for connection in 0.. {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                connections.spawn(
                    Connection {
                        number: connection,
                        stream,
                        seen: seen.clone(),
                        script: script.clone(),
                        hung_up: hung_up.clone(),
                    }
                    .serve(),
                );
            }
        });
        Self {
            base_url: format!("http://{address}/api/v2"),
            requests,
            hangups,
            task,
        }
    }

    /// The base URL for a client.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Waits until this many clients have hung up on a [`Piece::Silence`].
    pub async fn hangups(&self, count: usize) {
        let mut hangups = self.hangups.clone();
        hangups.wait_for(|so_far| *so_far >= count).await.unwrap();
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for ScriptedServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Connection {
    number: usize,
    stream: TcpStream,
    seen: Arc<Mutex<Vec<SeenRequest>>>,
    script: Arc<Script>,
    hung_up: watch::Sender<usize>,
}

impl Connection {
    async fn serve(mut self) {
        while let Some(mut request) = read_request(&mut self.stream).await {
            request.connection = self.number;
            let reply = {
                let mut seen = self.seen.lock().unwrap();
                seen.push(request.clone());
                (self.script)(&request, seen.len() - 1)
            };
            if !self.play(reply).await {
                return;
            }
        }
    }

    /// Says whether another request is read.
    async fn play(&mut self, reply: Reply) -> bool {
        for piece in reply.0 {
            match piece {
                Piece::Bytes(bytes) => {
                    if self.stream.write_all(&bytes).await.is_err()
                        || self.stream.flush().await.is_err()
                    {
                        return false;
                    }
                }
                Piece::Wait(gate) => gate.acquire().await.unwrap().forget(),
                Piece::Next => return true,
                Piece::Reset => {
                    let _ = self.stream.set_zero_linger();
                    return false;
                }
                // Reads until the client hangs up.
                Piece::Silence => {
                    let mut rest = [0; 64];
                    while self.stream.read(&mut rest).await.is_ok_and(|read| read > 0) {}
                    self.hung_up.send_modify(|count| *count += 1);
                    return false;
                }
            }
        }
        let _ = self.stream.shutdown().await;
        false
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<SeenRequest> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => body.extend_from_slice(&chunk[..read]),
            _ => return None,
        }
    }
    Some(SeenRequest {
        method,
        target,
        headers,
        body,
        connection: 0,
    })
}
