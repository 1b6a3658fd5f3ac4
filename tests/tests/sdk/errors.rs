//! What every kind of failed reply becomes.

use std::time::Duration;

use contract_tests::{KEY, Piece, Reply, ScriptedServer, client_of};

use futures_util::TryStreamExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::SESSION;
use chats::{Error, ErrorKind};

/// What a single reply to a message becomes; nothing is retried.
async fn error_of(reply: Reply) -> Error {
    let server = ScriptedServer::replies([reply]).await;
    let client = client_of(&server).0.max_retries(0).build().unwrap();
    client.chats().send(SESSION, "x").await.unwrap_err()
}

#[tokio::test]
async fn a_chat_error_keeps_everything_it_says() {
    let body = r#"{"error":"No tokens left","error_code":"RATE_LIMIT_ERROR","detail":"until noon","timestamp":"2026-01-01T00:00:00Z"}"#;
    let error = error_of(Reply::new(
        429,
        &[
            ("content-type", "application/json"),
            ("retry-after", "30"),
            ("x-request-id", "r-77"),
            ("x-ratelimit-limit", "100"),
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1767268800"),
        ],
        body,
    ))
    .await;
    assert_eq!(error.kind(), ErrorKind::RateLimit);
    assert_eq!(error.status(), Some(429));
    assert_eq!(error.code(), Some("RATE_LIMIT_ERROR"));
    assert_eq!(error.request_id(), Some("r-77"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    assert_eq!(error.session_id(), Some(SESSION));
    assert_eq!(error.attempts(), 1);
    assert_eq!(error.body(), Some(body.as_bytes()));
    assert!(error.is_retryable() && !error.outcome_unknown());
    let limit = error.rate_limit().unwrap();
    assert_eq!((limit.limit, limit.remaining), (Some(100), Some(0)));
    assert_eq!(limit.reset.unwrap().to_string(), "2026-01-01T12:00:00Z");
    assert_eq!(
        error.to_string(),
        "could not send the message: the service said: No tokens left: until noon \
         (429 Too Many Requests, code RATE_LIMIT_ERROR, request r-77); try again in 30 s"
    );
}

#[tokio::test]
async fn what_a_service_says_stays_on_one_line_and_steers_no_terminal() {
    let body = r#"{"error":"a\u001b[31mred\r\nInjected: line","error_code":"C\nD"}"#;
    let error = error_of(Reply::json(400, body)).await;
    let shown = error.to_string();
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert!(shown.contains("a [31mred  Injected: line"), "{shown:?}");
    assert_eq!(error.code(), Some("C\nD"), "as it was sent");
}

#[tokio::test]
async fn plain_http_where_https_was_expected_is_said_to_be_that() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        connection
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
    });
    let builder = chats::Client::builder()
        .api_key(KEY)
        .base_url(format!("https://{address}"));
    let client = builder.max_retries(0).build();
    let call = client.unwrap().chats().list_sessions();
    let error = call.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(
        error.hint(),
        Some("base_url is https, and this port speaks something else")
    );
    assert_eq!(error.request_id(), None, "nothing went out that had one");
}

#[tokio::test]
async fn a_failed_reply_may_be_told_in_events() {
    let events = "event: ping\ndata: {}\n\nevent: error\ndata: {\"message\":\"no more\",\"code\":\"USAGE_LIMIT_EXCEEDED\"}";
    let headers = [("content-type", "text/event-stream"), ("retry-after", "1")];
    let error = error_of(Reply::new(429, &headers, events)).await;
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
    assert!(error.to_string().contains("no more"), "{error}");
}

#[tokio::test]
async fn a_body_in_a_coding_that_is_not_read_is_not_shown() {
    let error = error_of(Reply::new(
        400,
        &[("content-encoding", "br")],
        "\x01\x02xyz",
    ))
    .await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(!error.to_string().contains("xyz"), "{error}");
    assert!(error.to_string().contains("`br`"), "{error}");
    assert_eq!(error.body(), Some(&b"\x01\x02xyz"[..]));
}

#[tokio::test]
async fn a_timeout_tells_the_calls_whole_time_and_what_was_met_before() {
    const LIMIT: Duration = Duration::from_secs(60);
    let server = ScriptedServer::start(|_, n| match n {
        0 => Reply::json(503, r#"{"error":"Restarting.","error_code":"STARTING"}"#),
        _ => Reply::silence(),
    })
    .await;
    let (builder, clock) = client_of(&server);
    let chats = builder.build().unwrap().chats();
    let call = tokio::spawn(chats.list_sessions().timeout(LIMIT));
    while server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    while !call.is_finished() {
        clock.expire();
        tokio::task::yield_now().await;
    }
    let error = call.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(
        error.to_string().contains("timed out after 60 s"),
        "{error}"
    );
    let before = std::error::Error::source(&error).unwrap().to_string();
    assert!(before.contains("Restarting."), "{before}");
}

#[tokio::test]
async fn an_envelope_names_its_request_where_the_headers_do_not() {
    let body = r#"{"error":{"code":"STORAGE_QUOTA_EXCEEDED","message":"Full","details":{"available":0,"limit":9}},"request_id":"r-1"}"#;
    for status in [402, 403, 500] {
        let error = error_of(Reply::json(status, body)).await;
        assert_eq!(error.kind(), ErrorKind::QuotaExceeded, "{status}");
        assert_eq!(error.request_id(), Some("r-1"));
        assert_eq!(error.quota().unwrap().limit, Some(9));
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_422_names_its_fields() {
    let body = r#"{"detail":[{"loc":["body","image_ids",2],"msg":"no uuid","type":"uuid_parsing"},{"loc":["query","limit"],"msg":"too large","type":"less_than_equal"}]}"#;
    let error = error_of(Reply::json(422, body)).await;
    assert_eq!(error.kind(), ErrorKind::Validation);
    let fields: Vec<_> = error
        .field_errors()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        fields,
        ["body.image_ids[2]: no uuid", "query.limit: too large"]
    );
    assert!(error.to_string().contains("body.image_ids[2]: no uuid"));
}

#[tokio::test]
async fn statuses_choose_the_kind_with_or_without_a_body() {
    for (status, kind) in [
        (400, ErrorKind::Validation),
        (401, ErrorKind::Authentication),
        (402, ErrorKind::QuotaExceeded),
        (403, ErrorKind::Permission),
        (404, ErrorKind::NotFound),
        (408, ErrorKind::Timeout),
        (409, ErrorKind::Conflict),
        (418, ErrorKind::Validation),
        (429, ErrorKind::RateLimit),
        (500, ErrorKind::Server),
        (502, ErrorKind::Server),
        (503, ErrorKind::Server),
        (599, ErrorKind::Server),
    ] {
        for body in [
            "",
            r#"{"detail":"plain"}"#,
            "<html><title>Oops</title>",
            "text",
            "{\"error\":",
        ] {
            let error = error_of(Reply::new(status, &[], body)).await;
            assert_eq!(error.kind(), kind, "{status} {body}");
            assert_eq!(error.status(), Some(status));
            assert_eq!(error.body(), Some(body.as_bytes()));
            assert!(error.request_id().is_some(), "the one that was sent");
        }
    }
}

#[tokio::test]
async fn a_proxys_page_becomes_one_sentence() {
    let page = "<html><head><title>502 Bad Gateway</title></head>".to_owned() + &"x".repeat(5000);
    let error = error_of(Reply::new(502, &[("content-type", "text/html")], page)).await;
    let text = error.to_string();
    assert!(
        text.contains("the server returned a web page titled “502 Bad Gateway”")
            && text.len() < 300,
        "{text}"
    );
}

#[tokio::test]
async fn a_plan_that_waits_comes_with_its_error() {
    let body = r#"{"error":"Approve first","error_code":"PLAN_APPROVAL_REQUIRED","plan_data":{"plan_id":"p-1","steps":[1]}}"#;
    for status in [400, 409] {
        let error = error_of(Reply::json(status, body)).await;
        assert_eq!(error.kind(), ErrorKind::Chat);
        assert_eq!(error.code(), Some("PLAN_APPROVAL_REQUIRED"));
        let plan = error.plan().unwrap();
        assert_eq!(plan.plan_id.as_str(), "p-1");
        assert_eq!(plan.data["steps"][0], 1);
    }
    let other = error_of(Reply::json(
        404,
        r#"{"error":"x","error_code":"Y","plan_id":"p"}"#,
    ))
    .await;
    assert!(other.plan().is_none());
}

#[tokio::test]
async fn a_success_that_does_not_fit_says_where_and_leaves_the_outcome_open() {
    let body = r#"{"message_id":"00000000-0000-0000-0000-0000000000a1","content":{"text":5}}"#;
    let error = error_of(Reply::json(200, body)).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.path(), Some("content"));
    assert_eq!(error.body(), Some(body.as_bytes()));
    assert!(error.outcome_unknown() && !error.is_retryable());
    for (body, said) in [
        ("", "the reply is empty"),
        ("[]", "does not match the contract"),
        (
            "<html><title>Log in</title>",
            "the server returned a web page titled “Log in”",
        ),
    ] {
        let error = error_of(Reply::new(200, &[], body)).await;
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_reply_may_leave_out_or_null_everything_but_ids() {
    let id = r#""message_id":"00000000-0000-0000-0000-0000000000a1""#;
    for body in [
        format!("{{{id}}}"),
        format!("{{{id},\"content\":null,\"images\":null,\"metadata\":null,\"new\":[1]}}"),
    ] {
        let server = ScriptedServer::replies([Reply::json(200, body)]).await;
        let client = client_of(&server).0.build().unwrap();
        let answer = client.chats().send(SESSION, "x").await.unwrap();
        assert_eq!(answer.content, "");
        assert_eq!(answer.token_count, None);
    }
}

#[tokio::test]
async fn a_reply_that_breaks_off_is_no_answer() {
    let cut = Piece::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n{\"mess".to_vec());
    let error = error_of(Reply(vec![cut])).await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.outcome_unknown());
    assert!(std::error::Error::source(&error).is_some());
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        !error.to_string().contains(&source),
        "the source is not repeated"
    );
}

#[tokio::test]
async fn a_body_that_is_cut_is_told_from_one_that_is_wrong() {
    let body = |head: &str| {
        let reply = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{head}");
        Reply(vec![Piece::Bytes(reply.into_bytes())])
    };
    for (head, said) in [
        ("content-length: 500\r\n\r\n{", "the connection broke"),
        (
            "transfer-encoding: chunked\r\n\r\n5\r\n{",
            "the connection broke",
        ),
        (
            "transfer-encoding: chunked\r\n\r\nzz\r\n{",
            "body is corrupt",
        ),
        (
            "content-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}",
            "body is corrupt",
        ),
    ] {
        let error = error_of(body(head)).await;
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert!(error.to_string().contains(said), "{head}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_repeats_the_key_does_not_bring_it_into_the_error() {
    let body = format!(r#"{{"detail":"bad key {KEY}"}}"#);
    let error = error_of(Reply::json(401, body)).await;
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(!error.to_string().contains(KEY) && !format!("{error:?}").contains(KEY));
}

#[tokio::test]
async fn an_accepted_plan_needs_no_body() {
    for body in ["", r#"{"task_id":"t"}"#, "accepted"] {
        let server = ScriptedServer::replies([Reply::new(202, &[], body)]).await;
        let client = client_of(&server).0.build().unwrap();
        let call = client.chats().approve_plan(SESSION, "p-1").with_response();
        let response = call.await.unwrap();
        assert_eq!(response.status(), 202);
        let plan = response.into_inner();
        assert_eq!(plan.status(), Some("accepted"));
        assert_eq!(plan.plan_id.as_str(), "p-1");
        assert_eq!(plan.action_taken, "approve");
        assert!(plan.success);
    }
}

#[tokio::test]
async fn the_response_is_there_for_whoever_asks() {
    let headers = [
        ("content-type", "application/json"),
        ("x-request-id", "r-9"),
        ("x-new", "1"),
    ];
    let server = ScriptedServer::replies([Reply::new(200, &headers, crate::ANSWER)]).await;
    let client = client_of(&server).0.build().unwrap();
    let call = client.chats().send(SESSION, "x");
    let response = call
        .with_response()
        .force_detailed_analysis(true)
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["x-new"], "1");
    assert_eq!(response.request_id(), Some("r-9"));
    assert_eq!(&response.body_bytes()[..], crate::ANSWER.as_bytes());
    assert_eq!(response.into_inner().content, "Three.");
}

#[tokio::test]
async fn a_refusal_whose_body_never_comes_is_a_refusal_all_the_same() {
    let stalled = |status: &str, header: &str| {
        let head = format!("HTTP/1.1 {status} Scripted\r\n{header}content-length: 500\r\n\r\n");
        Reply(vec![Piece::Bytes(head.into_bytes()), Piece::Silence])
    };
    for (status, kind) in [
        ("401", ErrorKind::Authentication),
        ("404", ErrorKind::NotFound),
        ("422", ErrorKind::Validation),
    ] {
        let server = ScriptedServer::replies([stalled(status, "")]).await;
        // A part of this is given to the body, which the clock of the test does not wait.
        let builder = client_of(&server)
            .0
            .attempt_timeout(Duration::from_secs(50));
        let chats = builder.build().unwrap().chats();
        let error = chats.send(SESSION, "x").await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.status(), Some(status.parse().unwrap()));
        assert!(!error.outcome_unknown());
    }
    let busy = stalled("429", "retry-after: 1\r\n");
    let server = ScriptedServer::replies([busy, Reply::json(200, crate::ANSWER)]).await;
    let builder = client_of(&server)
        .0
        .attempt_timeout(Duration::from_secs(50));
    let chats = builder.build().unwrap().chats();
    chats.send(SESSION, "x").await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_failure_that_comes_in_a_success_keeps_what_it_says() {
    let body = r#"{"error":{"code":"STORAGE_QUOTA_EXCEEDED","message":"Full","details":{"limit":5}},"request_id":"r-body"}"#;
    let error = error_of(Reply::json(200, body)).await;
    assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
    assert_eq!(error.status(), Some(200));
    assert_eq!(error.request_id(), Some("r-body"));
    assert_eq!(error.quota().unwrap().limit, Some(5));
    assert_eq!(error.body(), Some(body.as_bytes()));
    // The reply's head says which request it was; its body only where the head does not.
    for status in [200, 400] {
        let error = error_of(Reply::new(status, &[("x-request-id", "r-head")], body)).await;
        assert_eq!(error.request_id(), Some("r-head"), "{status}");
    }

    let plan =
        r#"{"error":"wait","error_code":"PLAN_APPROVAL_REQUIRED","plan_data":{"plan_id":"p-1"}}"#;
    let server = ScriptedServer::replies([Reply::json(200, plan)]).await;
    let client = client_of(&server).0.build().unwrap();
    let stream = client.chats().send_stream(SESSION, "x").await.unwrap();
    let error = stream.finish().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Chat, Some(200)));
    assert_eq!(error.plan().unwrap().plan_id.as_str(), "p-1");
}

#[tokio::test]
async fn a_failure_in_place_of_a_page_is_no_empty_page() {
    let used_up = r#"{"error":"Used up","error_code":"USAGE_LIMIT_EXCEEDED"}"#;
    let events = format!("event: error\ndata: {used_up}\n\n");
    for (body, kind) in [
        (used_up, ErrorKind::QuotaExceeded),
        (&events, ErrorKind::QuotaExceeded),
        ("{}", ErrorKind::Decode),
    ] {
        let reply = Reply::json(200, body);
        let server = ScriptedServer::start(move |_, _| reply.clone()).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        let errors = [
            chats.list_sessions().await.unwrap_err(),
            chats.get_all_images().await.unwrap_err(),
            chats.search_images("x").await.unwrap_err(),
            chats.get_session(SESSION).await.unwrap_err(),
            chats.iter_sessions().try_next().await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!((error.kind(), error.status()), (kind, Some(200)), "{body}");
        }
    }
    // What says of itself that there is nothing is believed.
    let none = Reply::json(200, r#"{"total_count":0,"has_more":false}"#);
    let server = ScriptedServer::replies([none]).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    assert!(chats.list_sessions().await.unwrap().items.is_empty());
}

#[tokio::test]
async fn an_unknown_outcome_says_where_to_look_before_the_call_is_made_again() {
    let server = ScriptedServer::start(|_, _| Reply::reset()).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let told = |error: chats::Error| {
        assert!(error.outcome_unknown());
        error.to_string()
    };
    let messages = "check the session's messages before sending it again";
    let sent = told(chats.send(SESSION, "x").await.unwrap_err());
    assert!(sent.contains(messages), "{sent}");
    let streamed = told(chats.send_stream(SESSION, "x").await.unwrap_err());
    assert!(streamed.contains(messages), "{streamed}");
    let created = told(chats.create_session().await.unwrap_err());
    assert!(created.contains("check list_sessions"), "{created}");
    let approved = told(chats.approve_plan(SESSION, "p").await.unwrap_err());
    assert!(
        approved.starts_with("could not approve the plan: "),
        "{approved}"
    );
    assert!(
        approved.contains("check the session's messages"),
        "{approved}"
    );
    let cancelled = told(chats.cancel_plan(SESSION, "p").await.unwrap_err());
    assert!(
        cancelled.starts_with("could not cancel the plan: "),
        "{cancelled}"
    );
}

#[tokio::test]
async fn what_is_no_address_of_the_service_leads_to_base_url() {
    for (body, hinted) in [
        (r#"{"detail":"Not Found"}"#, true),
        ("<html><title>404 Not Found</title></html>", true),
        ("", true),
        (
            r#"{"error":"Session not found","error_code":"SESSION_NOT_FOUND"}"#,
            false,
        ),
        (r#"{"detail":"Session not found"}"#, false),
    ] {
        let server = ScriptedServer::start(move |_, _| Reply::json(404, body)).await;
        let client = client_of(&server).0.build().unwrap();
        let error = client.chats().list_sessions().await.unwrap_err();
        let hint = error.hint().unwrap_or_default();
        assert_eq!(hint.contains("base_url"), hinted, "{body}: {error}");
    }
}
