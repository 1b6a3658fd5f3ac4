//! Replies that are compressed, as asked for or not.

use std::io::Write as _;

use chats::ErrorKind;
use contract_tests::{Piece, Reply, ScriptedServer, client_of};
use futures_util::TryStreamExt;

use crate::SESSION;
use crate::streams::{WHOLE, stream_of};

#[tokio::test]
async fn a_compressed_stream_is_read_as_it_comes() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut reply = Reply(vec![Piece::Bytes(
        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\r\n".to_vec(),
    )]);
    let mut sent = 0;
    for event in WHOLE.split_inclusive("\n\n").take(4) {
        gzip.write_all(event.as_bytes()).unwrap();
        gzip.flush().unwrap();
        reply = reply.then(Piece::Bytes(gzip.get_ref()[sent..].to_vec()));
        sent = gzip.get_ref().len();
    }
    // The connection stays open: what was flushed must come without its end.
    let (_server, mut stream) = stream_of(reply.then(Piece::Silence)).await;
    for _ in 0..4 {
        stream.try_next().await.unwrap().unwrap();
    }
    assert_eq!(stream.snapshot(), "Three ");
}

#[tokio::test]
async fn each_event_may_be_compressed_by_itself() {
    let mut body = Vec::new();
    for event in WHOLE.split_inclusive("\n\n") {
        let mut gzip = flate2::write::GzEncoder::new(&mut body, flate2::Compression::fast());
        gzip.write_all(event.as_bytes()).unwrap();
        gzip.finish().unwrap();
    }
    for coding in ["gzip", "GZIP", "x-gzip"] {
        let head = format!(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream\r\n\
             content-encoding: {coding}\r\n\r\n"
        );
        let reply = [head.as_bytes(), &body].concat();
        let (_server, stream) = stream_of(Reply(vec![Piece::Bytes(reply)])).await;
        let (_plain, plain) = stream_of(Reply::events(WHOLE)).await;
        let (answer, expected) = (
            stream.finish().await.unwrap(),
            plain.finish().await.unwrap(),
        );
        assert_eq!(answer.content, expected.content);
    }
}

#[tokio::test]
async fn a_coding_that_nobody_asked_for_is_not_taken_for_the_reply() {
    for coding in ["br", "zstd", "identity, deflate"] {
        let headers = [
            ("content-encoding", coding),
            ("content-type", "text/markdown"),
        ];
        let encoded = || Reply::new(200, &headers, "%&$");
        let server = ScriptedServer::replies([encoded(), encoded()]).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        let file = chats.export_session(SESSION).await.unwrap_err();
        let stream = chats.send_stream(SESSION, "x").await.unwrap_err();
        for error in [file, stream] {
            assert_eq!(error.kind(), ErrorKind::Decode, "{coding}");
            assert!(error.to_string().contains("encoded as"), "{error}");
        }
    }
    // Some servers say that there is none.
    let headers = [
        ("content-encoding", "none"),
        ("content-type", "text/markdown"),
    ];
    let server = ScriptedServer::replies([Reply::new(200, &headers, "# A")]).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    assert_eq!(chats.export_session(SESSION).await.unwrap().bytes(), "# A");
}
