//! What a stream costs in memory, counted, not timed: the bounds hold on every
//! machine. The counts are those of the thread that asks; servers run on others.

use std::fmt::Write as _;

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use chats::stream::TokenDecoder;
use chats::{ChatStream, SessionId};
use contract_tests::secure_server::SecureServer;
use contract_tests::{KEY, Piece, Reply, ScriptedServer, client_of};
use futures_util::StreamExt as _;
use uuid::Uuid;

/// What a stream of ours may hold beyond what any needs: its decoder and clocks, what
/// its errors name, and what a recovery would look for.
const OURS: i64 = 570;

/// An answer of so many tokens, one in eight of which needs an escape.
fn answer(tokens: usize, accumulate: bool) -> String {
    let words = [" pole", " é", "漢字", ",", " of", "\\n", " damaged", "ing"];
    let (mut stream, mut so_far) = (String::new(), String::new());
    for (index, word) in words.iter().cycle().take(tokens).enumerate() {
        so_far += word;
        let accumulated = if accumulate {
            format!(r#""accumulated":"{so_far}","#)
        } else {
            String::new()
        };
        let _ = write!(
            stream,
            "event: token\nid: {index}\ndata: {{\"type\":\"token\",\"content\":\"{word}\",{accumulated}\"token_index\":{index}}}\n\n"
        );
    }
    stream
}

/// What decoding it costs, in chunks as they come off a network.
fn decoding(tokens: usize, accumulate: bool) -> AllocationInfo {
    let stream = Bytes::from(answer(tokens, accumulate));
    let starts = (0..stream.len()).step_by(1460);
    let chunks = starts.map(|at| stream.slice(at..stream.len().min(at + 1460)));
    let chunks: Vec<Bytes> = chunks.collect();
    let mut seen = 0;
    let allocated = measure(|| {
        let mut decoder = TokenDecoder::new();
        for chunk in chunks {
            decoder.feed(chunk);
            while let Some(token) = decoder.next_token().unwrap() {
                seen += usize::from(token.content().is_some());
            }
        }
    });
    assert_eq!(seen, tokens);
    allocated
}

fn per_event(count: u64, tokens: usize) -> f64 {
    count as f64 / tokens as f64
}

#[test]
fn a_token_costs_an_allocation_only_where_it_has_escapes() {
    // What is looked at once in a process does not count.
    decoding(50, false);
    let allocations = per_event(decoding(2000, false).count_total, 2000);
    assert!(allocations <= 0.25, "{allocations} allocations a token");
}

#[test]
fn the_text_so_far_costs_no_allocations() {
    decoding(50, true);
    let without = decoding(2000, false);
    let with = decoding(2000, true);
    let more = per_event(with.count_total.saturating_sub(without.count_total), 2000);
    assert!(more <= 0.05, "{more} allocations more a token");
}

#[test]
fn an_event_costs_no_more_bytes_the_longer_the_answer_is() {
    decoding(50, true);
    for accumulate in [false, true] {
        let short = per_event(decoding(500, accumulate).bytes_total, 500);
        let long = per_event(decoding(10_000, accumulate).bytes_total, 10_000);
        assert!(long <= 1.2 * short, "{short} bytes an event, then {long}");
        assert!(long <= 200.0, "{long} bytes an event");
    }
}

#[test]
fn a_chunk_that_is_read_is_let_go() {
    let stream = Bytes::from(answer(100, true));
    for size in [7, 100, 1460, 100_000] {
        let mut decoder = TokenDecoder::new();
        for chunk in stream.chunks(size) {
            let chunk = Bytes::copy_from_slice(chunk);
            decoder.feed(chunk.clone());
            while decoder.next_token().unwrap().is_some() {}
            assert!(chunk.is_unique(), "a chunk of {size} bytes is held");
        }
    }
}

/// How many bytes each of so many open streams holds.
fn bytes_per_stream<S>(open: impl AsyncFn(usize) -> S) -> i64 {
    const STREAMS: usize = 200;
    const LOGGED: usize = 256;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut streams = Vec::with_capacity(STREAMS);
    // What is made once for a client does not count, such as its log of messages.
    for n in 0..LOGGED {
        runtime.block_on(open(n));
    }
    let first = runtime.block_on(open(0));
    let allocated = measure(|| {
        for n in 1..=STREAMS {
            streams.push(runtime.block_on(open(n)));
        }
    });
    drop((first, streams));
    // What the stream itself is made of, beside what it points to.
    let [count, itself] = [STREAMS, size_of::<S>()].map(|n| i64::try_from(n).unwrap());
    allocated.bytes_current / count + itself
}

/// What an open stream of `chats` holds, and one of bare reqwest.
struct Held {
    ours: i64,
    theirs: i64,
}

impl Held {
    fn measure(
        builder: chats::ClientBuilder,
        bare: reqwest::ClientBuilder,
        base_url: &str,
    ) -> Self {
        let session = SessionId::new(Uuid::from_u128(1));
        let client = builder.build().unwrap();
        let open = async |_| -> ChatStream {
            let mut stream = client.chats().send_stream(session, "x").await.unwrap();
            stream.next().await.unwrap().unwrap();
            stream
        };
        let ours = bytes_per_stream(open);
        let bare = bare.build().unwrap();
        let url = format!("{base_url}/chat/sessions/{session}/messages/stream");
        let theirs = bytes_per_stream(async |_| {
            let request = bare.post(&url).bearer_auth(KEY).body(r#"{"message":"x"}"#);
            let mut bytes = request.send().await.unwrap().bytes_stream();
            bytes.next().await.unwrap().unwrap();
            bytes
        });
        println!("{ours} bytes a stream, {theirs} in bare reqwest");
        Self { ours, theirs }
    }

    fn more(&self) -> i64 {
        self.ours - self.theirs
    }
}

#[test]
fn an_open_stream_holds_hardly_more_than_its_connection() {
    let server_runtime = tokio::runtime::Runtime::new().unwrap();
    let server = server_runtime.block_on(ScriptedServer::start(|_, _| {
        // Headers as services behind proxies send them: they lie in the same buffer as
        // the events, which nobody may keep for their sake.
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
            date: Thu, 01 Jan 2026 00:00:00 GMT\r\nserver: scripted\r\nvia: 1.1 proxy\r\n\
            cache-control: no-cache\r\nx-request-id: 0123456789\r\n\
            transfer-encoding: chunked\r\n\r\n";
        let first = "event: connection\ndata: {\"type\":\"connection\",\"message_id\":\"m\"}\n\n";
        let bytes = format!("{head}{:x}\r\n{first}\r\n", first.len()).into_bytes();
        Reply(vec![Piece::Bytes(bytes), Piece::Silence])
    }));
    install_provider();
    let held = Held::measure(
        client_of(&server).0,
        reqwest::Client::builder(),
        server.base_url(),
    );
    assert!(held.more() <= OURS, "{} bytes more", held.more());
    assert!(held.ours as f64 <= 1.02 * held.theirs as f64);
}

#[test]
fn an_open_stream_of_many_on_a_connection_holds_little() {
    let server_runtime = tokio::runtime::Runtime::new().unwrap();
    let script = |_: &str| {
        let first = "event: connection\ndata: {\"type\":\"connection\",\"message_id\":\"m\"}\n\n";
        (
            200,
            ("content-type", "text/event-stream".to_owned()),
            first.to_owned(),
        )
    };
    let server = server_runtime.block_on(SecureServer::without_ends(&["h2"], script));
    install_provider();
    let root = server.root_pem();
    let builder = chats::Client::builder()
        .api_key(KEY)
        .base_url(server.base_url());
    let certificate = reqwest::Certificate::from_pem(root.as_bytes()).unwrap();
    let bare = reqwest::Client::builder().tls_certs_only([certificate]);
    let held = Held::measure(builder.root_certificate_pem(root), bare, &server.base_url());
    assert!(held.more() <= OURS, "{} bytes more", held.more());
}

#[test]
fn blank_lines_before_the_first_event_are_not_kept() {
    const BLANK: usize = 8 << 20;
    let server_runtime = tokio::runtime::Runtime::new().unwrap();
    let server = server_runtime.block_on(ScriptedServer::start(|_, _| {
        let first = "event: connection\ndata: {\"type\":\"connection\",\"message_id\":\"m\"}\n\n";
        Reply::events("\n".repeat(BLANK) + first)
    }));
    install_provider();
    let client = client_of(&server).0.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let session = SessionId::new(Uuid::from_u128(1));
    let allocated = measure(|| {
        let first = runtime.block_on(async {
            let mut stream = client.chats().send_stream(session, "x").await.unwrap();
            stream.next().await.unwrap().unwrap()
        });
        assert!(matches!(first, chats::ChatToken::Connection(_)));
    });
    let most = allocated.bytes_max;
    assert!(most < BLANK as u64 / 4, "{most} bytes were held");
}

/// reqwest finds no provider of its own here.
fn install_provider() {
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
}
