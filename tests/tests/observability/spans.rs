//! What a call shows to `tracing`: spans by OpenTelemetry's names, and never the
//! key.

use contract_tests::log::capture;
use contract_tests::{KEY, Piece, Reply, ScriptedServer, client_of};
use futures_util::TryStreamExt;

use crate::SESSION;

#[tokio::test]
async fn calls_attempts_and_pages_have_spans_with_the_usual_names() {
    let (log, _guard) = capture();
    let page = r#"{"image_ids":[],"total_count":0,"has_more":false}"#;
    let server = ScriptedServer::replies([
        Reply::new(503, &[("x-request-id", "r-1")], ""),
        Reply::json(200, page),
    ])
    .await;
    let client = client_of(&server).0.build().unwrap();
    let images: Vec<_> = client.chats().iter_images().try_collect().await.unwrap();
    assert!(images.is_empty());
    let text = log.text();
    for expected in [
        "chats.page",
        "chats.page.offset=0",
        "chats.call",
        "chats.operation=\"get_all_images\"",
        "chats.attempt",
        "http.request.method=GET",
        "url.path=\"/api/v2/chat/images/all\"",
        "server.address=\"127.0.0.1\"",
        "http.response.status_code=503",
        "http.response.status_code=200",
        "http.request.resend_count=1",
        "error.type=\"503\"",
        "otel.status_code=\"ERROR\"",
        "retrying",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
    let full = format!("url.full={}/chat/images/all ", server.base_url());
    assert!(
        text.contains(&full),
        "the whole address without its query: {full}\n{text}"
    );
    assert!(
        !text.contains("url.full=\"") && !text.contains("all?limit"),
        "{text}"
    );
}

#[tokio::test]
async fn a_call_that_fails_says_how_in_one_word() {
    let (log, _guard) = capture();
    let server = ScriptedServer::replies([Reply::json(429, "{}")]).await;
    let client = client_of(&server).0.max_retries(0).build().unwrap();
    client.chats().list_sessions().await.unwrap_err();
    let text = log.text();
    assert!(text.contains("error.type=\"rate_limit\""), "{text}");
}

#[tokio::test]
async fn no_log_at_any_level_shows_the_key() {
    let (log, _guard) = capture();
    let body = format!(r#"{{"error":"no {KEY}","error_code":"X"}}"#);
    let server = ScriptedServer::start(move |request, n| match (request.method.as_str(), n) {
        ("POST", 0) => Reply::broken_events("event: new\ndata: {}\n\n").then(Piece::Reset),
        (_, 1) => Reply::new(307, &[("location", "/api/v2/elsewhere")], ""),
        _ => Reply::json(500, &body),
    })
    .await;
    let (builder, _) = client_of(&server);
    let client = builder
        .polling_timeout(std::time::Duration::from_secs(1))
        .build()
        .unwrap();
    let stream = client.chats().send_stream(SESSION, "x").await.unwrap();
    stream.finish().await.unwrap_err();
    client.chats().session().open().await.unwrap_err();
    let text = log.text();
    assert!(text.contains("chats.attempt") && text.contains("/elsewhere") || text.contains("500"));
    assert!(!text.contains(KEY), "the key is in\n{text}");
}

#[tokio::test]
async fn a_recovery_tells_whose_stream_it_recovers() {
    let (log, _guard) = capture();
    let server = ScriptedServer::start(|request, _| match &*request.method {
        "GET" => Reply::json(404, r#"{"error":"gone"}"#),
        _ => Reply::new(
            200,
            &[
                ("content-type", "text/event-stream"),
                ("x-request-id", "r-7"),
            ],
            "event: token\ndata: {\"content\":\"Tw\"}\n\n",
        ),
    })
    .await;
    let client = client_of(&server).0.build().unwrap();
    let stream = client.chats().send_stream(SESSION, "Find poles").await;
    stream.unwrap().finish().await.unwrap_err();
    let text = log.text();
    let look = text
        .lines()
        .find(|line| line.contains("chats.operation=\"get_session\""));
    let look = look.unwrap_or_else(|| panic!("no look in\n{text}"));
    for expected in [
        "chats.recovery",
        &format!("chats.session_id={SESSION}"),
        "r-7",
    ] {
        assert!(look.contains(expected), "{expected} is not in\n{look}");
    }
}
