//! Limits: requests a minute, and messages and tokens of a session.

use std::sync::Arc;
use std::time::Duration;

use chats_server::{ManualClock, Server};
use http::StatusCode;

use crate::client::Client;

#[tokio::test]
async fn a_passed_rate_limit_says_when_to_come_back() {
    let clock = Arc::new(ManualClock::new("2025-01-01T00:00:20Z".parse().unwrap()));
    let server = Server::builder()
        .requests_per_minute(2)
        .clock(clock.clone())
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    for remaining in ["1", "0"] {
        let reply = client.get("/chat/sessions").await;
        assert_eq!(
            (reply.status, reply.header("x-ratelimit-remaining")),
            (StatusCode::OK, remaining)
        );
        assert_eq!(reply.header("x-ratelimit-limit"), "2");
    }
    let refused = client.get("/chat/sessions").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "40");
    let reset: i64 = refused.header("x-ratelimit-reset").parse().unwrap();
    assert_eq!(
        reset,
        "2025-01-01T00:01:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_second()
    );
    assert_eq!(refused.json()["error_code"], "RATE_LIMIT_ERROR");
    clock.advance(Duration::from_secs(40));
    client.get("/chat/sessions").await.ok();
}

#[tokio::test]
async fn quotas_count_down_and_end() {
    let server = Server::builder()
        .messages_per_session(2)
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    for remaining in [1, 0] {
        assert_eq!(
            client.send(&session, "cats").await.ok()["remaining_messages"],
            remaining
        );
    }
    let path = format!("/chat/sessions/{session}");
    assert_eq!(
        client.get(&path).await.ok()["session"]["remaining_messages"],
        0
    );
    for below in ["messages", "messages/stream"] {
        let body = serde_json::json!({"message": "cats"});
        let refused = client.post(&format!("{path}/{below}"), &body).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{below}");
        assert_eq!(refused.json()["error_code"], "USAGE_LIMIT_EXCEEDED");
        assert_eq!(refused.header("retry-after"), "", "waiting does not help");
        let image = "00000000-0000-4000-8000-000000000001";
        let body = serde_json::json!({"message": "cats", "expected_image_ids": [image]});
        let refused = client.post(&format!("{path}/{below}"), &body).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{below}");
        let selected = client.get(&path).await.ok()["selected_image_ids"].clone();
        assert_eq!(
            selected,
            serde_json::json!([]),
            "what is refused changes nothing"
        );
    }

    let server = Server::builder()
        .tokens_per_session(5)
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    let reply = client.send(&session, "cats").await.ok();
    assert_eq!(reply["remaining_tokens"], 0, "never below nothing");
    assert_eq!(
        client.send(&session, "cats").await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
}
