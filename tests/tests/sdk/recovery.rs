//! Broken streams whose answers are looked for in the session's history.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use contract_tests::{Piece, Reply, ScriptedServer, SeenRequest, client_of};

use crate::SESSION;
use crate::streams::{drain, until};
use crate::waiting::{INTERVAL, LOOK, OnlyPolling};
use chats::{ChatToken, Error, ErrorKind};
use futures_util::TryStreamExt;

/// A server that breaks one stream and whose history then is as told, look by
/// look; and the names of the tokens that come of it.
async fn recovered(
    broken: Reply,
    histories: Vec<Reply>,
) -> (
    Vec<String>,
    Result<chats::ChatResponse, Error>,
    Vec<SeenRequest>,
    Vec<Duration>,
) {
    let looks = Arc::new(AtomicUsize::new(0));
    let server = ScriptedServer::start(move |request, _| match request.method.as_str() {
        "POST" => broken.clone(),
        _ => {
            let look = looks.fetch_add(1, Ordering::Relaxed);
            histories[look.min(histories.len() - 1)].clone()
        }
    })
    .await;
    let (builder, clock) = client_of(&server);
    let client = builder
        .polling_timeout(Duration::from_secs(60))
        .max_retries(0)
        .build()
        .unwrap();
    let mut stream = client
        .chats()
        .send_stream(SESSION, "Find poles")
        .await
        .unwrap();
    let (names, error) = drain(&mut stream).await;
    let result = match error {
        None => stream.finish().await,
        Some(error) => Err(error),
    };
    (names, result, server.requests(), clock.slept())
}

fn history(messages: &[(&str, &str, &str)]) -> Reply {
    history_with(messages, Some(12))
}

fn history_with(messages: &[(&str, &str, &str)], tokens: Option<u32>) -> Reply {
    let now = jiff::Timestamp::now().to_string();
    let messages: Vec<_> = messages
        .iter()
        .enumerate()
        .map(|(n, (role, content, date))| {
            serde_json::json!({
                "id": uuid::Uuid::from_u128(n as u128),
                "role": role,
                "content": content,
                "token_count": tokens,
                "created_at": if date.is_empty() { &now } else { *date },
                "metadata": {"result_refs": {"a": {"count": 3}}},
            })
        })
        .collect();
    let body = serde_json::json!({"session": {"id": SESSION}, "messages": messages});
    Reply::json(200, body.to_string())
}

#[tokio::test]
async fn a_broken_stream_is_recovered_from_the_history_and_never_sent_again() {
    let half = until("event: token\nid: 2");
    for broken in [
        Reply::broken_events(half),
        Reply::events(half),
        Reply::events(half).then(Piece::Reset),
    ] {
        let histories = vec![
            history(&[("user", "Find poles", "")]),
            history(&[
                ("user", "Find poles", ""),
                ("assistant", "Three pöles.", ""),
            ]),
        ];
        let (names, answer, requests, slept) = recovered(broken, histories).await;
        assert_eq!(
            names[3..],
            ["token", "reconnecting", "reconnecting", "token", "complete"]
        );
        let answer = answer.unwrap();
        assert_eq!(answer.content, "Three pöles.");
        assert_eq!(answer.result_refs()["a"].count, 3);
        let posts = requests.iter().filter(|r| r.method == "POST").count();
        assert_eq!((posts, requests.len()), (1, 3));
        assert_eq!(slept, [Duration::from_secs(2)], "the polling interval");
    }
}

#[tokio::test]
async fn an_answer_that_is_stored_without_the_space_around_it_is_found() {
    let begun = "event: token\ndata: {\"content\":\"\\n\\nThree \"}\n\n";
    for (stored, pieces) in [("Three poles.", 2), ("Three", 1)] {
        let answered = [("user", "Find poles", ""), ("assistant", stored, "")];
        let (names, answer, _, _) = recovered(Reply::events(begun), vec![history(&answered)]).await;
        assert_eq!(answer.unwrap().content, stored);
        let tokens = names.iter().filter(|name| *name == "token");
        assert_eq!(
            tokens.count(),
            pieces,
            "what was streamed, and what is missing"
        );
    }
}

#[tokio::test]
async fn what_is_not_surely_the_answer_stays_unknown() {
    let old = "2020-01-01T00:00:00Z";
    for messages in [
        vec![],
        vec![
            ("user", "Find poles", old),
            ("assistant", "Three pöles.", old),
        ],
        vec![("user", "Another", ""), ("assistant", "Three pöles.", "")],
        vec![
            ("user", "Find poles", ""),
            ("assistant", "a", ""),
            ("assistant", "b", ""),
        ],
        vec![
            ("user", "Find poles", ""),
            ("assistant", "a", ""),
            ("user", "Find poles", ""),
        ],
    ] {
        let (names, answer, requests, _) = recovered(
            Reply::broken_events(until("event: usage")),
            vec![history(&messages)],
        )
        .await;
        assert_eq!(names.last().unwrap(), "reconnecting");
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stream, "{messages:?}");
        assert!(error.outcome_unknown() && !error.is_retryable());
        assert_eq!(error.partial(), Some("Three pöles."));
        let progress = error.stream_progress().unwrap();
        assert_eq!(progress.last_event_id.as_deref(), Some("2"));
        assert_eq!(progress.events_received, 5);
        assert!(progress.reconnect_attempts >= 1);
        assert_eq!(requests.iter().filter(|r| r.method == "POST").count(), 1);
    }
}

#[tokio::test]
async fn the_history_is_read_with_the_headers_of_the_message() {
    let there = history(&[("user", "Find poles", ""), ("assistant", "All.", "")]);
    let server = ScriptedServer::replies([Reply::broken_events(""), there]).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let call = chats.send_stream(SESSION, "Find poles");
    let call = call
        .header("X-Tenant-ID", "b")
        .header("X-Request-ID", "mine");
    call.await.unwrap().finish().await.unwrap();
    let requests = server.requests();
    assert_eq!(requests[1].method, "GET");
    assert_eq!(requests[1].header("x-tenant-id"), Some("b"));
    assert_ne!(requests[1].header("x-request-id"), Some("mine"));
}

#[tokio::test]
async fn looking_goes_on_while_the_history_cannot_be_read_but_not_against_a_refusal() {
    let half = Reply::broken_events(until("event: token"));
    let there = history(&[("user", "Find poles", ""), ("assistant", "All.", "")]);
    let (names, answer, ..) = recovered(
        half.clone(),
        vec![Reply::reset(), Reply::json(500, "{}"), there],
    )
    .await;
    let looks = ["reconnecting"; 3];
    assert_eq!(names[3..6], looks);
    assert_eq!(names[6..], ["token", "complete"]);
    assert_eq!(answer.unwrap().content, "All.");
    for refusal in [
        Reply::json(403, "{}"),
        Reply::json(402, "{}"),
        Reply::json(200, "[]"),
    ] {
        let (_, answer, requests, _) = recovered(half.clone(), vec![refusal]).await;
        assert!(answer.unwrap_err().outcome_unknown());
        assert_eq!(requests.len(), 2);
    }
}

#[tokio::test]
async fn looking_does_not_depend_on_what_other_calls_met() {
    let half = until("event: token\nid: 2");
    let server = ScriptedServer::start(move |request, _| {
        if request.method == "POST" {
            Reply::broken_events(half)
        } else if request.target.contains("sessions?") {
            Reply::json(500, "{}")
        } else {
            history(&[
                ("user", "Find poles", ""),
                ("assistant", "Three pöles.", ""),
            ])
        }
    })
    .await;
    let chats = client_of(&server).0.max_retries(0).build().unwrap().chats();
    let open = loop {
        let error = chats.list_sessions().await.unwrap_err();
        if error.kind() == ErrorKind::CircuitOpen {
            break error;
        }
    };
    assert_eq!(open.endpoint(), Some("sessions"));
    let stream = chats.send_stream(SESSION, "Find poles").await.unwrap();
    assert_eq!(stream.finish().await.unwrap().content, "Three pöles.");
}

#[tokio::test]
async fn a_look_that_was_turned_away_comes_back_when_asked_to() {
    let broken = Reply::broken_events(until("event: token"));
    for refusal in [503, 429] {
        let turned_away = Reply::new(refusal, &[("retry-after", "20")], "");
        let there = history(&[("user", "Find poles", ""), ("assistant", "All.", "")]);
        let histories = vec![turned_away, there];
        let (_, answer, _, slept) = recovered(broken.clone(), histories).await;
        assert_eq!(answer.unwrap().content, "All.", "{refusal}");
        assert_eq!(slept, [Duration::from_secs(20)], "{refusal}");
    }
}

#[tokio::test]
async fn a_service_that_asks_to_wait_long_is_still_looked_at_until_the_time_is_over() {
    let broken = Reply::broken_events("retry: 86400000\n\n".to_owned() + until("event: token"));
    let asked = history(&[("user", "Find poles", "")]);
    let there = history(&[("user", "Find poles", ""), ("assistant", "All.", "")]);
    let histories = vec![asked.clone(), asked.clone(), there];
    let (_, answer, _, slept) = recovered(broken.clone(), histories).await;
    assert_eq!(answer.unwrap().content, "All.");
    assert!(
        slept.iter().all(|wait| *wait > Duration::from_secs(2)),
        "{slept:?}"
    );
    let (_, answer, _, slept) = recovered(broken, vec![asked]).await;
    assert!(answer.unwrap_err().outcome_unknown());
    let waited: Duration = slept.iter().sum();
    assert!(waited > Duration::from_secs(50), "{slept:?}");
}

#[tokio::test]
async fn each_look_at_the_history_is_told_with_its_number() {
    let asked = history(&[("user", "Find poles", "")]);
    let there = history(&[("user", "Find poles", ""), ("assistant", "All.", "")]);
    let replies = [Reply::broken_events(""), asked.clone(), asked, there];
    let server = ScriptedServer::replies(replies).await;
    let client = client_of(&server).0.build().unwrap();
    let stream = client.chats().send_stream(SESSION, "Find poles");
    let mut stream = stream.await.unwrap();
    let mut looks = Vec::new();
    while let Some(token) = stream.try_next().await.unwrap() {
        if let ChatToken::Reconnecting(look) = &token {
            assert_eq!(token.data()["attempt"], look.attempt);
            // Told before the look is taken.
            looks.push((look.attempt, server.requests().len()));
        }
    }
    assert_eq!(looks, [(1, 1), (2, 2), (3, 3)]);
}

#[tokio::test]
async fn a_recovered_answer_holds_nothing_that_the_service_did_not_say() {
    let there = history(&[("user", "Find poles", ""), ("assistant", "All.", "")]);
    let server = ScriptedServer::replies([Reply::broken_events(""), there]).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let stream = chats.send_stream(SESSION, "Find poles").await.unwrap();
    let answer = stream.finish().await.unwrap();
    let metadata = serde_json::json!({"result_refs": {"a": {"count": 3}}});
    assert_eq!(answer.metadata, Some(metadata));
}

#[tokio::test]
async fn an_answer_that_may_still_be_being_written_is_looked_at_twice() {
    let broken = Reply::broken_events("");
    let stored = |answer| {
        let messages = [("user", "Find poles", ""), ("assistant", answer, "")];
        history_with(&messages, None)
    };
    let (begun, whole) = (stored("Three"), stored("Three poles."));
    let growing = vec![begun.clone(), whole.clone()];
    let (names, answer, requests, slept) = recovered(broken.clone(), growing).await;
    assert_eq!(answer.unwrap().content, "Three poles.");
    assert_eq!(requests.len(), 1 + 4, "until two looks show the same");
    assert_eq!(names, ["reconnecting", "reconnecting", "token", "complete"]);
    assert_eq!(slept, [Duration::from_secs(2); 3]);

    let (names, answer, requests, _) = recovered(broken.clone(), vec![whole.clone()]).await;
    assert_eq!(answer.unwrap().content, "Three poles.");
    assert_eq!(requests.len(), 1 + 2);
    assert_eq!(names, ["reconnecting", "token", "complete"]);

    let failed = || Reply::json(500, "{}");
    let unreadable = vec![begun.clone(), failed(), whole.clone()];
    let (_, answer, ..) = recovered(broken.clone(), unreadable).await;
    assert_eq!(answer.unwrap().content, "Three poles.");
    let (_, answer, ..) = recovered(broken.clone(), vec![begun.clone(), failed()]).await;
    assert!(
        answer.unwrap_err().outcome_unknown(),
        "it was seen but once"
    );
}

#[tokio::test]
async fn two_looks_prove_nothing_if_less_than_an_interval_lies_between_them() {
    let messages = [("user", "Find poles", ""), ("assistant", "Three", "")];
    let begun = history_with(&messages, None);
    let server = ScriptedServer::start(move |request, _| match request.method.as_str() {
        "POST" => Reply::broken_events(""),
        _ => begun.clone(),
    })
    .await;
    let builder = client_of(&server).0.clock(OnlyPolling::default());
    let builder = builder.timeout(LOOK).polling_interval(INTERVAL);
    let client = builder.polling_timeout(INTERVAL / 2).build().unwrap();
    let stream = client.chats().send_stream(SESSION, "Find poles").await;
    let error = stream.unwrap().finish().await.unwrap_err();
    assert!(error.outcome_unknown(), "{error}");
    assert!(error.to_string().contains("may not be whole"), "{error}");
}

#[tokio::test]
async fn a_message_sent_again_does_not_get_the_answer_to_the_first() {
    let first = [
        ("user", "Find poles", ""),
        ("assistant", "Three poles.", ""),
    ];
    let both = [
        first[0],
        first[1],
        ("user", "Find poles", ""),
        ("assistant", "Four poles.", ""),
    ];
    let replies = [
        Reply::json(
            200,
            r#"{"message_id":"m","session_id":"00000000-0000-0000-0000-000000000001","content":"Three poles."}"#,
        ),
        Reply::broken_events(""),
        history(&first),
        history(&both),
    ];
    let server = ScriptedServer::replies(replies).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let answer = chats.send(SESSION, "Find poles").await.unwrap();
    assert_eq!(answer.content, "Three poles.");
    let stream = chats.send_stream(SESSION, "Find poles").await.unwrap();
    assert_eq!(stream.finish().await.unwrap().content, "Four poles.");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_message_sent_again_does_not_get_the_plan_that_the_first_was_answered_with() {
    let plan = r#"{"error":"A plan waits.","error_code":"PLAN_APPROVAL_REQUIRED","detail":null}"#;
    let proposed = [
        ("user", "Select poles", ""),
        ("assistant", "I would select three poles.", ""),
    ];
    let replies = [
        Reply::json(400, plan),
        Reply::broken_events(""),
        history(&proposed),
    ];
    let server = ScriptedServer::replies(replies).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let error = chats.send(SESSION, "Select poles").await.unwrap_err();
    assert_eq!(error.code(), Some("PLAN_APPROVAL_REQUIRED"));
    let stream = chats.send_stream(SESSION, "Select poles").await.unwrap();
    assert!(stream.finish().await.unwrap_err().outcome_unknown());
}

#[tokio::test]
async fn a_complete_that_cannot_be_read_is_a_broken_stream() {
    let begun = "event: token\ndata: {\"content\":\"Three \"}\n\n";
    let events = |data: &str| Reply::events(format!("{begun}event: complete\ndata: {data}\n\n"));
    let there = history(&[
        ("user", "Find poles", ""),
        ("assistant", "Three poles.", ""),
    ]);
    for garbled in [
        "{bad",
        r#"{"content":"Three poles.""#,
        r#"{"content":"\q"}"#,
    ] {
        let (names, answer, ..) = recovered(events(garbled), vec![there.clone()]).await;
        assert_eq!(names, ["token", "reconnecting", "token", "complete"]);
        assert_eq!(answer.unwrap().content, "Three poles.", "{garbled}");
        let (_, answer, ..) = recovered(events(garbled), vec![history(&[])]).await;
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stream);
        assert!(error.outcome_unknown() && error.partial() == Some("Three "));
    }
    // Python writes these numbers.
    let odd = r#"{"content":"Three poles.","image_context":[{"image_id":"i","confidence":NaN}]}"#;
    let (names, answer, ..) = recovered(events(odd), vec![there]).await;
    assert_eq!(names, ["token", "complete"]);
    let answer = answer.unwrap();
    assert_eq!(
        (answer.content.as_str(), answer.images.len()),
        ("Three poles.", 1)
    );
}
