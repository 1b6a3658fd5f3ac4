//! Streamed answers: whole, broken, and odd. How broken ones are recovered stands in
//! [`crate::recovery`].

use std::time::Duration;

use contract_tests::{Piece, Reply, ScriptedServer, client_of};

use crate::SESSION;
use chats::{ChatStream, ChatToken, Client, Error, ErrorKind};
use futures_util::{StreamExt, TryStreamExt};

pub(crate) const WHOLE: &str = "\
event: connection\ndata: {\"type\":\"connection\",\"message_id\":\"msg_001\",\"status\":\"connected\"}\n\n\
event: thinking\ndata: {\"type\":\"thinking\",\"status\":\"x\"}\n\n\
event: image_results\ndata: {\"type\":\"image_results\",\"images\":[{\"image_id\":\"i1\"}],\"count\":1}\n\n\
event: token\nid: 1\ndata: {\"type\":\"token\",\"content\":\"Three \",\"accumulated\":\"Three \",\"token_index\":0}\n\n\
event: token\nid: 2\ndata: {\"type\":\"token\",\"content\":\"pöles.\",\"accumulated\":\"Three pöles.\",\"token_index\":1}\n\n\
event: usage\ndata: {\"type\":\"usage\",\"cost\":5}\n\n\
event: complete\ndata: {\"type\":\"complete\",\"content\":\"Three pöles.\",\"message_id\":\"msg_001\",\"result_refs\":{\"a\":{\"count\":3}},\"processing_time_ms\":7,\"image_context\":[{\"image_id\":\"i1\"}]}\n\n\
event: close\ndata: {\"type\":\"close\",\"message_id\":\"msg_001\"}\n\n";

/// The stream that one reply makes; histories are answered by 404.
pub(crate) async fn stream_of(reply: Reply) -> (ScriptedServer, ChatStream) {
    let server = ScriptedServer::start(move |request, _| match request.method.as_str() {
        "POST" => reply.clone(),
        _ => Reply::json(404, "{}"),
    })
    .await;
    let client = client_of(&server).0.build().unwrap();
    let stream = client
        .chats()
        .send_stream(SESSION, "Find poles")
        .await
        .unwrap();
    (server, stream)
}

/// The names of all tokens, and how the stream ended.
pub(crate) async fn drain(stream: &mut ChatStream) -> (Vec<String>, Option<Error>) {
    let mut names = Vec::new();
    let mut failed = None;
    while let Some(token) = stream.next().await {
        match token {
            Ok(token) => names.push(token.kind().to_string()),
            Err(error) => {
                assert!(failed.is_none(), "one error ends a stream");
                failed = Some(error);
            }
        }
    }
    assert!(stream.next().await.is_none());
    (names, failed)
}

/// The events of [`WHOLE`] up to the one that begins so.
pub(crate) fn until(event: &str) -> &'static str {
    &WHOLE[..WHOLE.find(event).unwrap()]
}

#[tokio::test]
async fn every_event_becomes_a_token_and_the_answer_is_whole() {
    let (_server, mut stream) = stream_of(Reply::events(WHOLE)).await;
    let mut names = Vec::new();
    while let Some(token) = stream.try_next().await.unwrap() {
        names.push(token.kind().to_string());
        if let ChatToken::Token(text) = &token {
            assert_eq!(
                token.event_id().unwrap(),
                if text.token_index == Some(0) {
                    "1"
                } else {
                    "2"
                }
            );
        }
        if let ChatToken::Unknown(_) = &token {
            assert_eq!(token.data()["cost"], 5);
        }
    }
    assert_eq!(
        names,
        [
            "connection",
            "thinking",
            "image_results",
            "token",
            "token",
            "usage",
            "complete",
            "close"
        ]
    );
    assert_eq!(stream.snapshot(), "Three pöles.");
    let answer = stream.finish().await.unwrap();
    assert_eq!(answer.content, "Three pöles.");
    assert_eq!(answer.message_id.as_str(), "msg_001");
    assert_eq!(answer.session_id, SESSION);
    assert_eq!(answer.processing_time_ms, Some(7));
    assert_eq!(answer.images[0].image_id, "i1");
    assert_eq!(answer.result_refs()["a"].count, 3);
}

#[tokio::test]
async fn the_bytes_may_be_cut_anywhere() {
    let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream; charset=utf-8\r\n\r\n";
    for size in [1, 7, 100] {
        let mut reply = Reply(vec![Piece::Bytes(head.to_vec())]);
        for chunk in WHOLE.as_bytes().chunks(size) {
            reply = reply.then(Piece::Bytes(chunk.to_vec()));
        }
        let (_server, stream) = stream_of(reply).await;
        let pieces: Vec<String> = stream.text_deltas().try_collect().await.unwrap();
        assert_eq!(pieces, ["Three ", "pöles."]);
    }
}

#[tokio::test]
async fn nobody_waits_for_close_and_nothing_after_complete_is_an_error() {
    let complete = until("event: close").to_owned();
    for after in [
        Reply::events(&complete).then(Piece::Silence),
        Reply::events(&complete).then(Piece::Reset),
        Reply::broken_events(&complete),
        Reply::events(complete.clone() + "event: error\ndata: {\"message\":\"late\"}\n\n"),
        Reply::events(complete.clone() + "event: auth_error\ndata: {\"error\":\"late\"}\n\n"),
        Reply::events(complete.clone() + "event: close\ndata: {\"unfinished"),
    ] {
        let (_server, stream) = stream_of(after).await;
        assert_eq!(stream.finish().await.unwrap().content, "Three pöles.");
    }
}

#[tokio::test]
async fn error_events_end_the_stream_with_the_right_kind() {
    for (event, kind) in [
        (
            "event: error\ndata: {\"message\":\"m\",\"code\":\"C\"}\n\n",
            ErrorKind::Chat,
        ),
        (
            "event: error\ndata: {\"message\":\"m\",\"error_type\":\"RATE_LIMIT_ERROR\"}\n\n",
            ErrorKind::RateLimit,
        ),
        (
            "event: error\ndata: {\"message\":\"m\",\"code\":\"USAGE_LIMIT_EXCEEDED\"}\n\n",
            ErrorKind::QuotaExceeded,
        ),
        (
            "event: auth_error\ndata: {\"error\":\"m\"}\n\n",
            ErrorKind::Authentication,
        ),
        (
            "data: {\"type\":\"error\",\"message\":\"m\"}\n\n",
            ErrorKind::Chat,
        ),
    ] {
        let text = until("event: usage").to_owned()
            + event
            + "event: token\ndata: {\"content\":\"late\"}\n\n";
        let (server, mut stream) = stream_of(Reply::events(text)).await;
        let (_, error) = drain(&mut stream).await;
        let error = error.unwrap();
        assert_eq!(error.kind(), kind, "{event}");
        assert_eq!(error.partial(), Some("Three pöles."));
        assert!(error.to_string().contains(": m"), "{error}");
        assert!(!error.outcome_unknown());
        assert_eq!(
            stream.finish().await.unwrap_err().kind(),
            ErrorKind::Truncated
        );
        assert_eq!(
            server.requests().len(),
            1,
            "an answer that failed is not looked for"
        );
    }
}

#[tokio::test]
async fn an_error_event_says_what_to_do_about_the_message_or_the_plan() {
    for (code, advice) in [
        ("AGENT_FAILED", "check the session's messages before"),
        ("PLAN_APPROVAL_REQUIRED", "approve_plan"),
    ] {
        let event = format!("event: error\ndata: {{\"code\":\"{code}\",\"message\":\"m\"}}\n\n");
        let (_server, mut stream) = stream_of(Reply::events(event)).await;
        let error = drain(&mut stream).await.1.unwrap();
        assert!(error.hint().unwrap().contains(advice), "{error}");
    }
}

#[tokio::test]
async fn a_plan_ends_the_stream_in_order_and_finish_tells_of_it() {
    let plan = "event: plan_pending_approval\ndata: {\"type\":\"plan_pending_approval\",\"plan_id\":\"p-1\",\"steps\":[1,2]}\n\n";
    for reply in [Reply::events(plan), Reply::broken_events(plan)] {
        let (server, mut stream) = stream_of(reply.clone()).await;
        let (names, error) = drain(&mut stream).await;
        assert_eq!(names, ["plan_pending_approval"]);
        assert!(error.is_none());
        let error = stream.finish().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Chat);
        assert_eq!(error.code(), Some("PLAN_APPROVAL_REQUIRED"));
        assert_eq!(error.plan().unwrap().plan_id.as_str(), "p-1");
        assert_eq!(error.plan().unwrap().data["steps"][1], 2);
        assert_eq!(server.requests().len(), 1, "it is never recovered");
    }
    for data in [r#"{"steps":[]}"#, "{}", r#"{"plan_id":null}"#] {
        let plan = format!("event: plan_pending_approval\ndata: {data}\n\n");
        let (server, mut stream) = stream_of(Reply::events(plan)).await;
        let (names, error) = drain(&mut stream).await;
        assert_eq!((names.len(), error.is_none()), (1, true), "{data}");
        let error = stream.finish().await.unwrap_err();
        assert_eq!(error.code(), Some("PLAN_APPROVAL_REQUIRED"));
        assert!(error.plan().is_none());
        assert_eq!(server.requests().len(), 1, "it is never recovered");
    }
    let both = plan.to_owned() + until("event: close");
    let (_server, stream) = stream_of(Reply::events(both)).await;
    assert_eq!(stream.finish().await.unwrap().content, "Three pöles.");
}

#[tokio::test]
async fn without_recovery_a_break_is_told_at_once() {
    for (reply, kind) in [
        (Reply::events(until("event: usage")), ErrorKind::Truncated),
        (
            Reply::broken_events(until("event: usage")),
            ErrorKind::Stream,
        ),
        (Reply::events(""), ErrorKind::Truncated),
    ] {
        let server = ScriptedServer::replies([reply]).await;
        let client = client_of(&server).0.recover(false).build().unwrap();
        let mut stream = client.chats().send_stream(SESSION, "x").await.unwrap();
        let (names, error) = drain(&mut stream).await;
        assert!(!names.contains(&"reconnecting".to_owned()));
        let error = error.unwrap();
        assert_eq!(error.kind(), kind);
        assert!(error.outcome_unknown());
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_silent_stream_ends_when_its_clock_runs_out() {
    let server =
        ScriptedServer::replies([Reply::events(until("event: usage")).then(Piece::Silence)]).await;
    let (builder, clock) = client_of(&server);
    let client = builder.recover(false).build().unwrap();
    let mut stream = client.chats().send_stream(SESSION, "x").await.unwrap();
    for _ in 0..5 {
        stream.try_next().await.unwrap().unwrap();
    }
    // Whoever waits is woken a few times before the time is up.
    let mut waiting = stream.next();
    let ended = loop {
        if let std::task::Poll::Ready(ended) = futures_util::poll!(&mut waiting) {
            break ended;
        }
        clock.expire();
    };
    assert_eq!(clock.passed(), Duration::from_secs(90));
    let error = ended.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stream);
    assert!(error.to_string().contains("silent for 90 s"), "{error}");
}

#[tokio::test]
async fn a_reply_that_is_no_stream_is_told_for_what_it_is() {
    for (content_type, body, kind) in [
        ("text/html", "<html><title>Login</title>", ErrorKind::Decode),
        (
            "application/json",
            r#"{"error":"Down","error_code":"RATE_LIMIT_ERROR"}"#,
            ErrorKind::RateLimit,
        ),
        ("application/json", "{}", ErrorKind::Decode),
        // Whatever it calls itself.
        (
            "text/event-stream",
            r#"{"error":"Full","error_code":"USAGE_LIMIT_EXCEEDED"}"#,
            ErrorKind::QuotaExceeded,
        ),
        ("text/event-stream", "\n<html>", ErrorKind::Decode),
    ] {
        let (_server, mut stream) =
            stream_of(Reply::new(200, &[("content-type", content_type)], body)).await;
        let (names, error) = drain(&mut stream).await;
        assert!(names.is_empty());
        let error = error.unwrap();
        assert_eq!(error.kind(), kind, "{body}");
        assert_eq!(error.body(), Some(body.as_bytes()));
        assert_eq!(error.status(), Some(200));
    }
    // A success is one, whatever its number.
    let created = [("content-type", "text/event-stream")];
    let (_server, stream) = stream_of(Reply::new(201, &created, WHOLE)).await;
    assert_eq!(stream.finish().await.unwrap().content, "Three pöles.");
    // The publisher's own document says application/json where events come.
    let (_server, stream) = stream_of(Reply::new(
        200,
        &[("content-type", "application/json")],
        WHOLE,
    ))
    .await;
    assert_eq!(stream.finish().await.unwrap().content, "Three pöles.");
}

#[tokio::test]
async fn one_event_cannot_grow_without_end() {
    let late = until("event: close").to_owned() + "data: " + &"x".repeat(5000);
    let server = ScriptedServer::replies([Reply::events(late)]).await;
    let client = client_of(&server).0.max_event_bytes(1000).build().unwrap();
    let stream = client.chats().send_stream(SESSION, "x").await.unwrap();
    assert_eq!(stream.finish().await.unwrap().content, "Three pöles.");

    let server =
        ScriptedServer::replies([Reply::events("data: ".to_owned() + &"x".repeat(5000))]).await;
    let client: Client = client_of(&server).0.max_event_bytes(1000).build().unwrap();
    let mut stream = client.chats().send_stream(SESSION, "x").await.unwrap();
    let (_, error) = drain(&mut stream).await;
    assert!(
        error
            .unwrap()
            .to_string()
            .contains("max_event_bytes (1000)")
    );
}

#[tokio::test]
async fn text_comes_whole_even_where_only_complete_carries_it() {
    let text = "event: complete\ndata: {\"content\":\"All at once\"}\n\n";
    let (_server, stream) = stream_of(Reply::events(text)).await;
    let mut deltas = stream.text_deltas();
    assert_eq!(
        deltas.try_next().await.unwrap().as_deref(),
        Some("All at once")
    );
    assert_eq!(deltas.snapshot(), "All at once");
    assert_eq!(deltas.finish().await.unwrap().content, "All at once");
}

#[tokio::test]
async fn pieces_that_are_asked_for_after_the_answer_are_none_of_it() {
    let late = "event: token\ndata: {\"content\":\"late\"}\n\n";
    let text = "event: complete\ndata: {\"content\":\"a\"}\n\n".to_owned() + late;
    let (_server, mut stream) = stream_of(Reply::events(text)).await;
    let complete = stream.try_next().await.unwrap();
    assert!(matches!(complete, Some(ChatToken::Complete(_))));
    let pieces: Vec<String> = stream.text_deltas().try_collect().await.unwrap();
    assert!(pieces.is_empty(), "{pieces:?}");
}

#[tokio::test]
async fn a_token_that_comes_twice_counts_once() {
    let token = "event: token\nid: 1\ndata: {\"content\":\"a\",\"token_index\":0}\n\n";
    let text = token.to_owned() + token + "event: complete\ndata: {}\n\n";
    let (_server, stream) = stream_of(Reply::events(text)).await;
    assert_eq!(stream.finish().await.unwrap().content, "a");
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let reply = Reply::events(until("event: token")).then(Piece::Silence);
    let (server, mut stream) = stream_of(reply).await;
    stream.try_next().await.unwrap().unwrap();
    drop(stream);
    server.hangups(1).await;
}

#[tokio::test]
async fn after_an_error_finish_says_truncated_whatever_came_before() {
    let plan = "event: plan_pending_approval\ndata: {\"plan_id\":\"p-1\"}\n\n";
    let error = "event: error\ndata: {\"message\":\"m\",\"code\":\"C\"}\n\n";
    let (_server, mut stream) = stream_of(Reply::events([plan, error].concat())).await;
    let (names, failed) = drain(&mut stream).await;
    assert_eq!(names, ["plan_pending_approval"]);
    assert_eq!(failed.unwrap().kind(), ErrorKind::Chat);
    let ended = stream.finish().await.unwrap_err();
    assert_eq!(
        (ended.kind(), ended.code()),
        (ErrorKind::Truncated, Some("C"))
    );
    assert!(!ended.outcome_unknown());
}

#[tokio::test]
async fn once_complete_the_snapshot_is_the_whole_answer() {
    let token = "event: token\ndata: {\"content\":\"All \"}\n\n";
    for (content, rest) in [("All at once", "at once"), ("Something else", "")] {
        let complete = format!("event: complete\ndata: {{\"content\":\"{content}\"}}\n\n");
        let twice = [token, &complete, token, &complete].concat();
        let (_server, mut stream) = stream_of(Reply::events(&twice)).await;
        stream.try_next().await.unwrap();
        assert_eq!(stream.snapshot(), "All ");
        drain(&mut stream).await;
        assert_eq!(stream.snapshot(), content);

        let (_server, stream) = stream_of(Reply::events(&twice)).await;
        let mut deltas = stream.text_deltas();
        let mut pieces = String::new();
        while let Some(piece) = deltas.try_next().await.unwrap() {
            pieces += &piece;
        }
        assert_eq!(
            pieces,
            "All ".to_owned() + rest,
            "what comes later is no part of it"
        );
        assert_eq!(deltas.snapshot(), content);

        let mut decoder = chats::stream::TokenDecoder::new();
        decoder.feed(twice);
        while decoder.next_token().unwrap().is_some() {}
        assert_eq!(decoder.snapshot(), content);
    }
}

const CLOSE: &str = "event: close\ndata: {\"type\":\"close\",\"message_id\":\"msg_009\"}\n\n";
const PLAN: &str = "event: plan_pending_approval\ndata: {\"type\":\"plan_pending_approval\",\"plan_id\":\"p-1\"}\n\n";

#[tokio::test]
async fn after_close_the_end_of_the_connection_is_not_waited_for_long() {
    let cut = async |events: String, count| {
        let server = ScriptedServer::replies([Reply::events(events).then(Piece::Silence)]).await;
        let (builder, clock) = client_of(&server);
        let client = builder.recover(false).build().unwrap();
        let mut stream = client.chats().send_stream(SESSION, "x").await.unwrap();
        for _ in 0..count {
            stream.try_next().await.unwrap().unwrap();
        }
        let mut finish = std::pin::pin!(stream.finish());
        let error = loop {
            if let std::task::Poll::Ready(ended) = futures_util::poll!(&mut finish) {
                break ended.unwrap_err();
            }
            clock.expire();
            tokio::task::yield_now().await;
        };
        assert!(
            clock.passed() <= Duration::from_secs(1),
            "{:?}",
            clock.passed()
        );
        error
    };
    let error = cut(format!("{PLAN}{CLOSE}"), 2).await;
    assert_eq!(error.plan().unwrap().plan_id().as_str(), "p-1");
    let error = cut(format!("{}{CLOSE}", until("event: usage")), 6).await;
    assert_eq!(error.kind(), ErrorKind::Truncated, "{error}");
}

#[tokio::test]
async fn a_plan_is_not_lost_where_an_error_follows_it() {
    let failure = "event: error\ndata: {\"type\":\"error\",\"message\":\"closing\"}\n\n";
    let (_server, stream) = stream_of(Reply::events(format!("{PLAN}{failure}"))).await;
    let error = stream.finish().await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Chat, None));
    assert_eq!(error.plan().unwrap().plan_id().as_str(), "p-1");
    let (_server, mut stream) = stream_of(Reply::events(format!("{PLAN}{failure}"))).await;
    drain(&mut stream).await;
    let again = stream.finish().await.unwrap_err();
    assert_eq!(again.plan().unwrap().plan_id().as_str(), "p-1");
}

#[tokio::test]
async fn an_answer_that_only_close_names_has_that_id() {
    let complete = "event: complete\ndata: {\"type\":\"complete\",\"content\":\"Three\"}\n\n";
    let (_server, stream) = stream_of(Reply::events(format!("{complete}{CLOSE}"))).await;
    assert_eq!(
        stream.finish().await.unwrap().message_id.as_str(),
        "msg_009"
    );
}

#[tokio::test]
async fn a_complete_of_which_nothing_can_be_read_is_no_empty_answer() {
    for data in [
        "tent\":\"Three\"}",
        "[{\"content\":",
        "\u{feff}{\"content\":\"Thr",
    ] {
        let events = format!("event: complete\ndata: {data}\n\n");
        let (_server, stream) = stream_of(Reply::events(events)).await;
        let error = stream.finish().await.unwrap_err();
        assert!(error.outcome_unknown(), "{data}: {error}");
    }
}

#[tokio::test]
async fn a_kind_in_a_reply_that_is_no_stream_counts_as_in_an_event() {
    let said = r#"{"type":"error","message":"slow","error_type":"RATE_LIMIT_ERROR"}"#;
    let (_server, mut stream) = stream_of(Reply::json(200, said)).await;
    let (_, error) = drain(&mut stream).await;
    assert_eq!(error.unwrap().kind(), ErrorKind::RateLimit);
}
