//! What a stream costs in memory, counted, not timed: the bounds hold on every
//! machine. The counts are those of the thread that asks; servers run on others.

use std::fmt::Write as _;

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use chats::stream::TokenDecoder;
use chats::{ChatStream, SessionId};
use contract_tests::{KEY, Piece, Reply, ScriptedServer, client_of};
use uuid::Uuid;

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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut streams = Vec::with_capacity(STREAMS);
    // What is made once for a client does not count.
    let first = runtime.block_on(open(0));
    let allocated = measure(|| {
        for n in 1..=STREAMS {
            streams.push(runtime.block_on(open(n)));
        }
    });
    drop((first, streams));
    allocated.bytes_current / STREAMS as i64
}

#[test]
fn an_open_stream_holds_hardly_more_than_its_connection() {
    let server_runtime = tokio::runtime::Runtime::new().unwrap();
    let server = server_runtime.block_on(ScriptedServer::start(|_, _| {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
        let first = "event: connection\ndata: {\"type\":\"connection\",\"message_id\":\"m\"}\n\n";
        let bytes = format!("{head}{first}").into_bytes();
        Reply(vec![Piece::Bytes(bytes), Piece::Silence])
    }));

    let (builder, _) = client_of(&server);
    let client = builder.build().unwrap();
    let session = SessionId::new(Uuid::from_u128(1));
    let ours = bytes_per_stream(async |_| -> ChatStream {
        use futures_util::StreamExt as _;
        let mut stream = client.chats().send_stream(session, "x").await.unwrap();
        stream.next().await.unwrap().unwrap();
        stream
    });

    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let bare = reqwest::Client::new();
    let url = format!(
        "{}/chat/sessions/{session}/messages/stream",
        server.base_url()
    );
    let theirs = bytes_per_stream(async |_| {
        let request = bare.post(&url).bearer_auth(KEY).body(r#"{"message":"x"}"#);
        let mut reply = request.send().await.unwrap();
        reply.chunk().await.unwrap().unwrap();
        reply
    });
    println!("{ours} bytes a stream, {theirs} in bare reqwest");
    assert!(
        ours as f64 <= 1.02 * theirs as f64,
        "{ours} bytes a stream, {theirs} in bare reqwest"
    );
}
