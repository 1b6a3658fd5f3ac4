//! Faults over the wire: what a client meets when it is asked for.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use chats_server::{Clock, Fault, ManualClock, Operation, Refusal, RefusalBody, Server};
use futures_util::StreamExt;
use http::{Method, StatusCode};
use serde_json::json;

use crate::client::{Client, server};

async fn streamed(client: &Client, session: &str) -> (Vec<u8>, bool) {
    let path = format!("/chat/sessions/{session}/messages/stream");
    let reply = client
        .request(Method::POST, &path)
        .json(&json!({"message": "Find cats"}))
        .send()
        .await
        .unwrap();
    let mut body = reply.bytes_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(_) => return (bytes, false),
        }
    }
    (bytes, true)
}

#[tokio::test]
async fn refusals_come_in_every_shape_and_only_as_often_as_asked() {
    let (server, client) = server().await;
    for (refusal, content_type) in [
        (Refusal::new(401), "application/json"),
        (Refusal::new(403), "application/json"),
        (
            Refusal::new(404).body(RefusalBody::Envelope),
            "application/json",
        ),
        (Refusal::new(409).body(RefusalBody::Empty), ""),
        (Refusal::new(422), "application/json"),
        (
            Refusal::new(500).body(RefusalBody::Text),
            "text/plain; charset=utf-8",
        ),
        (Refusal::new(502), "text/html; charset=utf-8"),
    ] {
        server.faults().add(
            Fault::Refuse(refusal.clone())
                .on(Operation::ListSessions)
                .once(),
        );
        let refused = client.get("/chat/sessions").await;
        assert!(
            refused.status.is_client_error() || refused.status.is_server_error(),
            "{refusal:?}"
        );
        assert_eq!(refused.header("content-type"), content_type, "{refusal:?}");
        client.get("/chat/sessions").await.ok();
    }
    server
        .faults()
        .add(Fault::Refuse(Refusal::new(503).retry_after_seconds(7)).times(2));
    for retry_after in ["7", "7", ""] {
        assert_eq!(
            client.get("/chat/sessions").await.header("retry-after"),
            retry_after
        );
    }
    let envelope = Refusal::new(429)
        .body(RefusalBody::Envelope)
        .code("SLOW_DOWN");
    server.faults().add(Fault::Refuse(envelope).once());
    let request = client
        .request(Method::GET, "/chat/sessions")
        .header("x-request-id", "ours");
    let body = Client::finish(request).await.json();
    assert_eq!(
        (body["error"]["code"].as_str(), body["request_id"].as_str()),
        (Some("SLOW_DOWN"), Some("ours"))
    );
}

#[tokio::test]
async fn a_date_to_retry_after_is_counted_from_the_clock() {
    let clock = Arc::new(ManualClock::new("2025-01-01T00:00:00Z".parse().unwrap()));
    let refusal = Refusal::new(503).retry_after_date(90);
    let server = Server::builder()
        .clock(clock)
        .fault(Fault::Refuse(refusal))
        .start()
        .await
        .unwrap();
    let refused = Client::of(&server).get("/chat/sessions").await;
    assert_eq!(
        refused.header("retry-after"),
        "Wed, 01 Jan 2025 00:01:30 GMT"
    );
}

#[tokio::test]
async fn the_faults_of_several_lines_are_one_list() {
    let server = Server::builder().test_mode(true).start().await.unwrap();
    let request = Client::of(&server).request(Method::GET, "/chat/sessions");
    let request = request.header("x-chats-fault", "delay=0");
    let request = request.header("x-chats-fault", "status=503");
    assert_eq!(request.send().await.unwrap().status(), 503);
}

#[tokio::test]
async fn a_reset_request_was_not_carried_out_and_a_lost_reply_was() {
    let (server, client) = server().await;
    let create = async || {
        let request = client
            .request(Method::POST, "/chat/sessions")
            .json(&json!({}));
        request.send().await.map(|reply| reply.status())
    };
    server.faults().add(Fault::Reset.once());
    assert!(create().await.is_err());
    assert_eq!(client.get("/chat/sessions").await.ok()["total_count"], 0);
    server.faults().add(Fault::LoseReply.once());
    assert!(create().await.is_err());
    assert_eq!(client.get("/chat/sessions").await.ok()["total_count"], 1);
    assert_eq!(create().await.unwrap(), StatusCode::OK);
    let created = server
        .requests()
        .iter()
        .filter(|request| request.method == "POST")
        .count();
    assert_eq!(created, 3, "the recorder saw each attempt");
}

#[tokio::test]
async fn streams_end_early_in_every_way() {
    let (server, client) = server().await;
    let session = client.session().await;
    for (fault, tokens, ends_properly) in [
        (Fault::EndAfterTokens(2), 2, true),
        (Fault::CutAfterTokens(2), 2, false),
        (Fault::ResetAfterTokens(3), 3, false),
        (Fault::CutInCharacter(1), 2, false),
    ] {
        server.faults().add(fault.clone().once());
        let (bytes, ended) = streamed(&client, &session).await;
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(
            (text.matches("event: token").count(), ended),
            (tokens, ends_properly),
            "{fault:?}"
        );
        assert!(!text.contains("event: complete"), "{fault:?}");
        assert_eq!(
            std::str::from_utf8(&bytes).is_err(),
            matches!(fault, Fault::CutInCharacter(_))
        );
    }
    // Whatever happens to the stream, the answer is whole in the history.
    assert_eq!(client.messages(&session).await.len(), 8);
    server.faults().add(Fault::CutAfterBytes(100).once());
    let (bytes, ended) = streamed(&client, &session).await;
    assert_eq!((bytes.len(), ended), (100, false));
}

#[tokio::test]
async fn chunks_of_every_size_make_the_same_stream() {
    let (server, client) = server().await;
    let session = client.session().await;
    for size in [1, 2, 3, 7, 64, 100_000] {
        server.faults().add(Fault::ChunkSize(size).once());
        let (bytes, ended) = streamed(&client, &session).await;
        assert!(ended);
        let events = crate::client::events(std::str::from_utf8(&bytes).unwrap());
        assert_eq!(
            crate::client::names(&events).last(),
            Some(&"close"),
            "{size}"
        );
    }
}

#[tokio::test]
async fn gzip_can_be_read_up_to_where_it_is_cut() {
    let (server, client) = server().await;
    let session = client.session().await;
    server.faults().add(Fault::Gzip.once());
    let path = format!("/chat/sessions/{session}/messages/stream");
    let reply = client.post(&path, &json!({"message": "Find cats"})).await;
    assert_eq!(reply.header("content-encoding"), "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&reply.body[..])
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.ends_with("\n\n") && text.contains("event: close"));

    // Broken off after two tokens, both can be read: each piece was flushed.
    server.faults().add(Fault::Gzip.once());
    server.faults().add(Fault::CutAfterTokens(2).once());
    let (bytes, ended) = streamed(&client, &session).await;
    assert!(!ended);
    let mut whole = Vec::new();
    let _ = flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut whole);
    let text = String::from_utf8(whole).unwrap();
    assert_eq!(text.matches("event: token").count(), 2);
    assert!(text.ends_with("\n\n"), "{text}");
}

#[tokio::test]
async fn delays_and_stalls_wait_for_the_clock() {
    let start = "2025-01-01T00:00:00Z".parse().unwrap();
    let clock = Arc::new(ManualClock::new(start));
    let server = Server::builder()
        .clock(clock.clone())
        .ping_interval(Duration::from_secs(1_000_000))
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    let hour = Duration::from_secs(3600);
    server.faults().add(Fault::Delay(hour).once());
    let stall = Fault::Stall {
        after_tokens: 1,
        lasting: Some(hour),
    };
    server
        .faults()
        .add(stall.on(Operation::StreamMessage).once());
    let mut answer = std::pin::pin!(streamed(&client, &session));
    let (bytes, ended) = loop {
        tokio::select! {
            biased;
            answer = &mut answer => break answer,
            () = tokio::task::yield_now() => {}
        }
        if clock.sleepers() > 0 {
            clock.advance(Duration::from_secs(60));
        }
    };
    assert!(
        ended
            && String::from_utf8(bytes)
                .unwrap()
                .contains("event: complete")
    );
    let waited = clock.now().duration_since(start);
    assert!(waited.as_secs() >= 7200, "{waited:?}");
}

#[tokio::test]
async fn the_header_works_in_the_test_mode_alone() {
    for (test_mode, status) in [(false, StatusCode::OK), (true, StatusCode::IM_A_TEAPOT)] {
        let server = Server::builder()
            .test_mode(test_mode)
            .start()
            .await
            .unwrap();
        let client = Client::of(&server);
        let ask = async |fault: &str| {
            let request = client
                .request(Method::GET, "/chat/sessions")
                .header("x-chats-fault", fault);
            Client::finish(request).await
        };
        assert_eq!(ask("status=418;times=1").await.status, status);
        assert_eq!(ask("status=418;times=1").await.status, StatusCode::OK);
        if test_mode {
            let unknown = ask("explode").await;
            assert_eq!(unknown.status, StatusCode::BAD_REQUEST);
            assert!(unknown.text().contains("explode"));
        }
    }
}
