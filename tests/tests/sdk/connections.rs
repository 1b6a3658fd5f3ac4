//! What becomes of a stream's connection once its answer is there.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use chats::{ChatStream, ChatToken, Client};
use contract_tests::{KEY, Piece, Reply, ScriptedServer, client_of};
use futures_util::TryStreamExt;
use tokio::sync::Semaphore;

use crate::SESSION;
use crate::streams::until;

const HEAD: &str =
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/event-stream\r\n\r\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// The events of an answer; what follows comes later.
fn answered() -> Reply {
    let answer = chunk(until("event: close"));
    Reply(vec![Piece::Bytes((HEAD.to_owned() + &answer).into())])
}

async fn opened(client: &Client) -> ChatStream {
    let stream = client.chats().send_stream(SESSION, "Find poles");
    stream.await.unwrap()
}

/// Stops tokio's time for as long as it lives: paused, it would go on whenever everybody
/// waits, but not while a thread works.
struct StandStill {
    _ends_work: mpsc::Sender<()>,
}

impl StandStill {
    fn begin() -> Self {
        tokio::time::pause();
        let (_ends_work, work) = mpsc::channel();
        tokio::task::spawn_blocking(move || work.recv());
        Self { _ends_work }
    }
}

impl Drop for StandStill {
    fn drop(&mut self) {
        tokio::time::resume();
    }
}

/// A server that replies with `first`, whose end waits for the gate, and takes another
/// request on the same connection only after it.
async fn serving(first: Reply, gate: &Arc<Semaphore>) -> ScriptedServer {
    let end = chunk("event: close\ndata: {}\n\n") + "0\r\n\r\n";
    let first = first
        .then(Piece::Wait(gate.clone()))
        .then(Piece::Bytes(end.into()))
        .then(Piece::Next);
    let server = ScriptedServer::start(move |_, n| match n {
        0 => first.clone(),
        _ => Reply::json(200, r#"{"sessions":[],"total_count":0,"has_more":false}"#),
    });
    server.await
}

/// Whether the first connection is used again after its end; other connections serve one
/// request each.
fn used_again(server: &ScriptedServer) -> bool {
    server.requests().last().unwrap().connection == 0
}

/// Whether the connection of a stream is used again after this is done with it.
async fn is_used_again(first: Reply, read: impl AsyncFnOnce(ChatStream)) -> bool {
    let gate = Arc::new(Semaphore::new(0));
    let server = serving(first, &gate).await;
    let client = client_of(&server).0.build().unwrap();
    let _time = StandStill::begin();
    read(opened(&client).await).await;
    gate.add_permits(1);
    for _ in 0..200 {
        client.chats().list_sessions().await.unwrap();
        if used_again(&server) {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_connection_is_used_again_once_its_answer_is_there() {
    let finished = async |stream: ChatStream| drop(stream.finish().await.unwrap());
    assert!(is_used_again(answered(), finished).await);

    let read_to_the_end =
        async |stream: ChatStream| drop(stream.try_collect::<Vec<_>>().await.unwrap());
    assert!(is_used_again(answered(), read_to_the_end).await);

    let dropped_when_complete = async |mut stream: ChatStream| {
        while !matches!(
            stream.try_next().await.unwrap().unwrap(),
            ChatToken::Complete(_)
        ) {}
    };
    assert!(is_used_again(answered(), dropped_when_complete).await);

    let refused = until("event: token").to_owned() + "event: error\ndata: {\"error\":\"no\"}\n\n";
    let refused = Reply(vec![Piece::Bytes(
        (HEAD.to_owned() + &chunk(&refused)).into(),
    )]);
    let failed = async |stream: ChatStream| drop(stream.finish().await.unwrap_err());
    assert!(is_used_again(refused, failed).await);
}

#[test]
fn a_blocking_stream_that_is_dropped_when_complete_keeps_its_connection() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // The end of a reply is awaited for a second, which a busy machine may take away.
    assert!((0..5).any(|_| keeps_its_connection_when_dropped(&runtime)));
}

fn keeps_its_connection_when_dropped(runtime: &tokio::runtime::Runtime) -> bool {
    let gate = Arc::new(Semaphore::new(0));
    let server = runtime.block_on(serving(answered(), &gate));
    let builder = chats::blocking::Client::builder().api_key(KEY);
    let client = builder.base_url(server.base_url()).build().unwrap();
    let chats = client.chats();
    let stream = chats.send_stream(SESSION, "Find poles").run().unwrap();
    for token in stream {
        if let ChatToken::Complete(_) = token.unwrap() {
            break;
        }
    }
    gate.add_permits(1);
    (0..200).any(|_| {
        chats.list_sessions().run().unwrap();
        used_again(&server)
    })
}

#[tokio::test]
async fn dropping_a_stream_early_closes_its_connection() {
    let dropped = async |mut stream: ChatStream| drop(stream.try_next().await.unwrap());
    assert!(!is_used_again(answered(), dropped).await);
}

#[tokio::test]
async fn the_end_of_a_reply_is_awaited_only_for_so_long_and_for_so_many_bytes() {
    let server = ScriptedServer::replies([answered().then(Piece::Silence)]).await;
    let client = client_of(&server).0.build().unwrap();
    opened(&client).await.finish().await.unwrap();
    // Everybody waits: the time goes on.
    tokio::time::pause();
    server.hangups(1).await;
    tokio::time::resume();

    let ping = chunk(&format!(": {}\n\n", "x".repeat(1000)));
    let much = answered().then(Piece::Bytes(ping.repeat(100).into()));
    let server = ScriptedServer::replies([much.then(Piece::Silence)]).await;
    let client = client_of(&server).0.build().unwrap();
    let _time = StandStill::begin();
    opened(&client).await.finish().await.unwrap();
    server.hangups(1).await;
}

/// What the server sends on a connection after its reply, before anybody asks again.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    Close,
    StrayReply,
}

/// A server on a thread of its own, which counts its requests. Once the client has a reply,
/// it asks for this to happen on the connection, and waits until it has.
struct Unasked {
    base_url: String,
    go: mpsc::Sender<()>,
    done: mpsc::Receiver<()>,
    requests: Arc<AtomicUsize>,
}

fn unasked(meanwhile: Meanwhile) -> Unasked {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base_url = format!("http://{}/api/v2", listener.local_addr().unwrap());
    let (go, asked) = mpsc::channel();
    let (happened, done) = mpsc::channel();
    let requests = Arc::<AtomicUsize>::default();
    let counted = requests.clone();
    std::thread::spawn(move || {
        let reply = |content: &str| {
            let body =
                format!(r#"{{"message_id":"m","session_id":"{SESSION}","content":"{content}"}}"#);
            format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
        };
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let mut reader = BufReader::new(connection.try_clone().unwrap());
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(number) = line.to_lowercase().strip_prefix("content-length:") {
                    length = number.trim().parse().unwrap();
                }
                if line == "\r\n" {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            let n = counted.fetch_add(1, Ordering::SeqCst);
            connection
                .write_all(reply(&n.to_string()).as_bytes())
                .unwrap();
            if asked.recv().is_err() {
                return;
            }
            if let Meanwhile::StrayReply = meanwhile {
                connection.write_all(reply("stray").as_bytes()).unwrap();
            }
            drop((reader, connection));
            let _ = happened.send(());
        }
    });
    Unasked {
        base_url,
        go,
        done,
        requests,
    }
}

#[tokio::test]
async fn what_comes_while_no_request_is_under_way_is_no_reply_to_the_next_one() {
    for meanwhile in [Meanwhile::Close, Meanwhile::StrayReply] {
        let server = unasked(meanwhile);
        let client = Client::builder().api_key(KEY).base_url(&server.base_url);
        let chats = client.build().unwrap().chats();
        for n in 0..4 {
            let answer = chats.send(SESSION, "Find poles").await.unwrap();
            assert_eq!(answer.content, n.to_string(), "{meanwhile:?}");
            // Blocks the runtime's only thread: nothing drives the connection until then.
            server.go.send(()).unwrap();
            server.done.recv().unwrap();
        }
        assert_eq!(server.requests.load(Ordering::SeqCst), 4, "{meanwhile:?}");
    }
}
