//! Streams as they should not be, each a small file of bytes: what they become
//! is in the snapshots, and the first word of a file's name says how it ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use chats::stream::TokenDecoder;
use chats::{ChatToken, ErrorKind};
use contract_tests::{Reply, ScriptedServer, client_of};
use futures_util::StreamExt;

use crate::SESSION;

/// All files by their names.
fn corpus() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk/odd_streams");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read(path).unwrap())
    });
    let corpus: BTreeMap<_, _> = files.collect();
    assert!(corpus.len() >= 45, "{}", corpus.len());
    corpus
}

fn line(token: &ChatToken) -> String {
    let mut line = token.kind().to_string();
    if let Some(id) = token.event_id() {
        let _ = write!(line, " #{id}");
    }
    if let Some(text) = token.content() {
        let _ = write!(line, " {text:?}");
    }
    line
}

#[tokio::test]
async fn every_odd_stream_ends_as_its_name_says() {
    let mut told = String::new();
    for (name, bytes) in corpus() {
        // An end without an announced length is an end in order: only `complete` tells more.
        let server = ScriptedServer::replies([Reply::events(&bytes)]).await;
        let client = client_of(&server).0.recover(false).build().unwrap();
        let mut stream = client.chats().send_stream(SESSION, "x").await.unwrap();
        let _ = writeln!(told, "# {name}");
        let mut failed = None;
        while let Some(token) = stream.next().await {
            match token {
                Ok(token) => drop(writeln!(told, "{}", line(&token))),
                Err(error) => failed = Some(error),
            }
        }
        let ended = match failed {
            Some(error) => Err(error),
            None => stream.finish().await,
        };
        match &ended {
            Ok(answer) => drop(writeln!(told, "=> {:?}\n", answer.content)),
            Err(error) => {
                let code = error.code().unwrap_or("-");
                let partial = error.partial().unwrap_or_default();
                let _ = writeln!(told, "=> {} {code} after {partial:?}\n", error.kind());
            }
        }
        let (kind, plan) = match &ended {
            Ok(_) => (None, false),
            Err(error) => (Some(error.kind()), error.plan().is_some()),
        };
        match name.split_once('-').unwrap().0 {
            "whole" => assert_eq!(kind, None, "{name}"),
            "cut" => {
                assert_eq!(kind, Some(ErrorKind::Truncated), "{name}");
                assert!(ended.unwrap_err().outcome_unknown(), "{name}");
            }
            "plan" => assert!(plan && kind == Some(ErrorKind::Chat), "{name}"),
            "failed" => assert!(
                kind.is_some_and(|kind| kind != ErrorKind::Truncated),
                "{name}"
            ),
            other => panic!("no stream ends {other}"),
        }
    }
    insta::assert_snapshot!(told);
}

/// The tokens, the text, and whether it failed.
fn decoded<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> (Vec<String>, String, bool) {
    let mut decoder = TokenDecoder::new();
    let mut lines = Vec::new();
    for chunk in chunks {
        decoder.feed(chunk.to_vec());
        loop {
            match decoder.next_token() {
                Ok(Some(token)) => lines.push(line(&token)),
                Ok(None) => break,
                Err(_) => return (lines, decoder.snapshot().to_owned(), true),
            }
        }
    }
    let text = decoder.snapshot().to_owned();
    (lines, text, false)
}

#[test]
fn wherever_an_odd_stream_is_cut_it_is_the_same_stream() {
    for (name, bytes) in corpus() {
        let whole = decoded([&bytes[..]]);
        assert_eq!(decoded(bytes.chunks(1)), whole, "{name}, byte by byte");
        for cut in 0..=bytes.len() {
            let (a, b) = bytes.split_at(cut);
            assert_eq!(decoded([a, b]), whole, "{name}, cut at {cut}");
        }
    }
}

#[test]
fn a_decoder_that_has_failed_is_over() {
    let after = "event: token\ndata: {\"content\":\"late\"}\n\n";
    for (max, failing) in [
        (
            1000,
            "event: error\ndata: {\"message\":\"m\"}\n\n".to_owned(),
        ),
        (1000, "event: auth_error\ndata: {}\n\n".to_owned()),
        (50, format!("data: {}\n\n", "x".repeat(100))),
    ] {
        let mut decoder = TokenDecoder::with_max_event_bytes(max);
        decoder.feed([&failing, after].concat());
        decoder.next_token().unwrap_err();
        assert!(decoder.next_token().unwrap().is_none(), "{failing}");
        decoder.feed(after);
        assert!(decoder.next_token().unwrap().is_none(), "{failing}");
        assert_eq!(decoder.snapshot(), "");
    }
}

#[test]
fn nothing_after_complete_makes_a_decoder_fail() {
    for after in [
        "event: error\ndata: {\"message\":\"late\"}\n\n".to_owned(),
        format!("data: {}\n\n", "x".repeat(100)),
    ] {
        let mut decoder = TokenDecoder::with_max_event_bytes(50);
        let complete = "event: complete\ndata: {\"content\":\"All\"}\n\n";
        decoder.feed([complete, &after].concat());
        assert!(decoder.next_token().unwrap().is_some());
        assert!(decoder.next_token().unwrap().is_none(), "{after}");
        assert_eq!(decoder.snapshot(), "All");
    }
}
