//! One request on its way through the proxy. The server gets a connection of its
//! own for each, so that the end of the reply is the end of the connection; the
//! client's connection is kept, as between real servers and clients.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{NetworkFault, Shared};

/// What became of a request.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The method; empty where nothing of the request was read.
    pub method: String,
    /// What went wrong.
    pub fault: NetworkFault,
    /// Whether the server was sent all of the request.
    pub reached_the_server: bool,
}

impl Passage {
    pub(super) fn refused() -> Self {
        Self::new("", NetworkFault::Refuse)
    }

    fn new(method: &str, fault: NetworkFault) -> Self {
        Self {
            method: method.to_owned(),
            fault,
            reached_the_server: false,
        }
    }
}

/// How a connection to the client ends.
enum End {
    Reset,
    Close,
    /// The next request may come on it.
    Keep,
}

/// Serves the requests of one connection, until nobody listens any more.
pub(super) async fn serve(
    mut client: TcpStream,
    shared: Arc<Shared>,
    mut closing: watch::Receiver<()>,
) {
    let _ = client.set_nodelay(true);
    // At the front when the connection comes, this fault needs no request.
    if shared.take_if(NetworkFault::ResetBeforeRequest) {
        shared.note(Passage::new("", NetworkFault::ResetBeforeRequest));
        let _ = client.set_zero_linger();
        return;
    }
    let mut unread = Vec::new();
    loop {
        if unread.is_empty() {
            let read = tokio::select! {
                read = read_some(&mut client, &mut unread) => read,
                _ = closing.changed() => return say_goodbye(client, &shared).await,
            };
            if read.is_none() {
                return;
            }
        }
        match request(&mut client, &mut unread, &shared).await {
            Some(End::Keep) => {}
            Some(End::Close) => {
                let _ = client.shutdown().await;
                return;
            }
            Some(End::Reset) => {
                let _ = client.set_zero_linger();
                return;
            }
            None => return,
        }
    }
}

/// Closes a kept connection, and sees to it that the client has noticed.
async fn say_goodbye(mut client: TcpStream, shared: &Shared) {
    let _ = client.shutdown().await;
    let mut late = [0; 256];
    if client.read(&mut late).await.is_ok_and(|read| read > 0) {
        shared.note(Passage::new("", NetworkFault::ResetBeforeRequest));
        let _ = client.set_zero_linger();
    }
}

async fn request(client: &mut TcpStream, unread: &mut Vec<u8>, shared: &Shared) -> Option<End> {
    let fault = shared.take();
    if fault == NetworkFault::ResetBeforeRequest {
        shared.note(Passage::new("", fault));
        return Some(End::Reset);
    }
    let body_at = loop {
        if let Some(at) = head_end(unread) {
            break at;
        }
        read_some(client, unread).await?;
    };
    let head = String::from_utf8_lossy(&unread[..body_at]).into_owned();
    let method = head.split(' ').next().unwrap_or_default();
    let mut passage = Passage::new(method, fault);
    let length: usize = header(&head, "content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    let whole = body_at + length;
    while unread.len() < whole {
        read_some(client, unread).await?;
    }
    let rest = unread.split_off(whole);
    let sent = std::mem::replace(unread, rest);
    let upstream_request = closing(&sent, body_at);
    match fault {
        NetworkFault::ResetAfterRequest => {
            shared.note(passage);
            return Some(End::Reset);
        }
        NetworkFault::StallBeforeServer => {
            shared.note(passage);
            shared.hold(client).await;
            return Some(End::Close);
        }
        NetworkFault::Answer(status, retry_after) => {
            shared.note(passage);
            client.write_all(&answer(status, retry_after)).await.ok()?;
            return Some(End::Keep);
        }
        NetworkFault::ResetInRequest => {
            shared.note(passage);
            // Without a body there is only the head to break off.
            let half = upstream_request.len() - length.div_ceil(2).max(1);
            if let Some(mut server) = shared.connect().await {
                let _ = server.write_all(&upstream_request[..half]).await;
                let _ = server.set_zero_linger();
            }
            return Some(End::Reset);
        }
        _ => {}
    }
    let Some(mut server) = shared.connect().await else {
        shared.note(passage);
        return Some(End::Reset);
    };
    // From here on the server may act on it, whatever a write tells.
    passage.reached_the_server = true;
    shared.note(passage);
    if server.write_all(&upstream_request).await.is_err() {
        return Some(End::Reset);
    }
    reply(client, &mut server, fault, shared).await
}

/// Passes the reply on, as far as the fault lets it.
async fn reply(
    client: &mut TcpStream,
    server: &mut TcpStream,
    fault: NetworkFault,
    shared: &Shared,
) -> Option<End> {
    // A part of the reply can be told only once all of it is there.
    let part = match fault {
        NetworkFault::LoseReply => Some(0),
        NetworkFault::ResetInReply(part)
        | NetworkFault::CloseInReply(part)
        | NetworkFault::StallInReply(part) => Some(part),
        NetworkFault::AnswerAfterServer(status) => {
            let mut unseen = Vec::new();
            let _ = server.read_to_end(&mut unseen).await;
            client.write_all(&answer(status, None)).await.ok()?;
            return Some(End::Keep);
        }
        _ => None,
    };
    if let Some(part) = part {
        let mut whole = Vec::new();
        let _ = server.read_to_end(&mut whole).await;
        let complete = is_whole(&whole);
        let whole = keeping_alive(whole);
        let shown = whole.len() * usize::from(part) / 1000;
        client.write_all(&whole[..shown]).await.ok()?;
        return Some(match fault {
            NetworkFault::CloseInReply(_) => End::Close,
            NetworkFault::StallInReply(part) if part < 1000 => {
                shared.hold(client).await;
                End::Close
            }
            NetworkFault::StallInReply(_) if complete => End::Keep,
            _ => End::Reset,
        });
    }
    // Else it is passed on as it comes.
    let mut kill_at = match fault {
        NetworkFault::KillServer(bytes) => Some(usize::from(bytes)),
        _ => None,
    };
    let mut so_far = Vec::new();
    loop {
        if kill_at.is_some_and(|at| so_far.len() >= at) {
            kill_at = None;
            let _ = shared.kill.send(());
        }
        let mut chunk = Vec::new();
        match server.read_buf(&mut chunk).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(_) => return Some(End::Reset),
        }
        let begun = head_end(&so_far).is_some();
        so_far.extend_from_slice(&chunk);
        // The head is held back until it is whole, because a line is taken out of it.
        match (begun, head_end(&so_far)) {
            (true, _) => {}
            (false, Some(_)) => chunk = keeping_alive(so_far.clone()),
            (false, None) => continue,
        }
        client.write_all(&chunk).await.ok()?;
    }
    if kill_at.is_some() {
        let _ = shared.kill.send(());
    }
    Some(match fault {
        NetworkFault::ResetAfterReply => End::Reset,
        _ if is_whole(&so_far) => End::Keep,
        // The server died on the way.
        _ => End::Close,
    })
}

fn head_end(message: &[u8]) -> Option<usize> {
    let at = message.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(at + 4)
}

/// Whether the reply came to its end.
fn is_whole(reply: &[u8]) -> bool {
    let Some(at) = head_end(reply) else {
        return false;
    };
    let head = String::from_utf8_lossy(&reply[..at]);
    match header(&head, "content-length").and_then(|length| length.parse::<usize>().ok()) {
        Some(length) => reply.len() >= at + length,
        None => reply.ends_with(b"0\r\n\r\n"),
    }
}

impl Shared {
    fn take(&self) -> NetworkFault {
        let mut lane = self.lane();
        match lane.faults.front() {
            // It stands for a connection that has not been tried yet.
            None | Some(NetworkFault::Refuse) => NetworkFault::None,
            Some(_) => lane.faults.pop_front().unwrap_or(NetworkFault::None),
        }
    }

    fn take_if(&self, fault: NetworkFault) -> bool {
        let mut lane = self.lane();
        let taken = lane.faults.front() == Some(&fault);
        if taken {
            lane.faults.pop_front();
        }
        taken
    }

    fn note(&self, passage: Passage) {
        self.lane().passages.push(passage);
    }

    /// A connection to the server, once it is up.
    async fn connect(&self) -> Option<TcpStream> {
        let mut upstream = self.upstream.clone();
        let address = *upstream.wait_for(Option::is_some).await.ok()?;
        let server = TcpStream::connect(address?).await.ok()?;
        let _ = server.set_nodelay(true);
        Some(server)
    }

    /// Says nothing until the client has gone away.
    async fn hold(&self, client: &mut TcpStream) {
        let held = Held::new(&self.stalled);
        let mut rest = [0; 256];
        while client.read(&mut rest).await.is_ok_and(|read| read > 0) {}
        drop(held);
    }
}

/// Counts a request as held, however that ends.
struct Held<'a>(&'a watch::Sender<usize>);

impl<'a> Held<'a> {
    fn new(stalled: &'a watch::Sender<usize>) -> Self {
        stalled.send_modify(|held| *held += 1);
        Self(stalled)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|held| *held -= 1);
    }
}

async fn read_some(from: &mut TcpStream, into: &mut Vec<u8>) -> Option<()> {
    let read = from.read_buf(into).await.ok()?;
    (read > 0).then_some(())
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}

/// The request with the wish that the server closes the connection afterwards.
fn closing(request: &[u8], body_at: usize) -> Vec<u8> {
    let mut closing = request[..body_at - 2].to_vec();
    closing.extend_from_slice(b"connection: close\r\n\r\n");
    closing.extend_from_slice(&request[body_at..]);
    closing
}

/// The reply without the server's word that it closes the connection.
fn keeping_alive(reply: Vec<u8>) -> Vec<u8> {
    const LINE: &[u8] = b"connection: close\r\n";
    let head = &reply[..head_end(&reply).unwrap_or(0)];
    let found = head
        .windows(LINE.len())
        .position(|line| line.eq_ignore_ascii_case(LINE));
    match found {
        Some(at) => [&reply[..at], &reply[at + LINE.len()..]].concat(),
        None => reply,
    }
}

fn answer(status: u16, retry_after: Option<u8>) -> Vec<u8> {
    let body = r#"{"error":"The gateway is in trouble.","error_code":"GATEWAY"}"#;
    let wait = retry_after.map_or(String::new(), |s| format!("retry-after: {s}\r\n"));
    format!(
        "HTTP/1.1 {status} Gateway\r\ncontent-type: application/json\r\n{wait}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
