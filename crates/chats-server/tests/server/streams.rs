//! Streams: their events, their order, and clients that come and go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chats_server::{
    AnswerError, Answerer, Answering, Library, ManualClock, Plan, Progress, Question, Reply, Server,
};
use futures_util::StreamExt;
use http::Method;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::client::{Client, PATIENCE, events, names, server};

#[tokio::test]
async fn the_events_come_in_their_order() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let events = client.stream(&session, "Find damaged poles").await;
    let mut order = names(&events);
    order.dedup();
    assert_eq!(
        order,
        [
            "connection",
            "thinking",
            "thinking_step",
            "status",
            "tool_invocation",
            "tool_result",
            "tool_invocation",
            "tool_result",
            "image_results",
            "document_results",
            "status",
            "token",
            "complete",
            "close"
        ]
    );
    let (_, connection) = &events[0];
    assert_eq!(connection["status"], "connected");
    let complete = &events[events.len() - 2].1;
    let close = &events[events.len() - 1].1;
    assert_eq!(connection["message_id"], complete["message_id"]);
    assert_eq!(connection["message_id"], close["message_id"]);
    assert_eq!(
        (
            complete["has_results"].as_bool(),
            complete["result_count"].as_i64()
        ),
        (Some(true), Some(9))
    );

    let mut text = String::new();
    for (index, (_, token)) in events
        .iter()
        .filter(|(name, _)| name == "token")
        .enumerate()
    {
        text.push_str(token["content"].as_str().unwrap());
        assert_eq!(token["accumulated"], text);
        assert_eq!(token["token_index"], index);
    }
    assert_eq!(complete["content"], text);
    assert!(
        complete["resolved_content"]
            .as_str()
            .unwrap()
            .starts_with("I found 6 images")
    );
    let stored = client.messages(&session).await;
    assert_eq!(stored[1]["content"], text);
    assert_eq!(stored[1]["id"], complete["message_id"]);
}

#[tokio::test]
async fn tokens_carry_ids_from_one() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let path = format!("/chat/sessions/{session}/messages/stream");
    let reply = client.post(&path, &json!({"message": "Find cats"})).await;
    assert_eq!(
        reply.header("content-type"),
        "text/event-stream; charset=utf-8"
    );
    let text = reply.text();
    let ids: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("id: "))
        .collect();
    let counted: Vec<String> = (1..=ids.len()).map(|id| id.to_string()).collect();
    assert_eq!(ids, counted);
}

#[tokio::test]
async fn every_step_of_thought_is_sent_and_its_reasoning_to_who_asks() {
    let (_server, client) = server().await;
    let session = client.session().await;
    for (query, asked) in [("", false), ("?debug_reasoning=true", true)] {
        let path = format!("/chat/sessions/{session}/messages/stream{query}");
        let reply = client.post(&path, &json!({"message": "Find cats"})).await;
        let events = events(&reply.text());
        let step = events.iter().find(|(name, _)| name == "thinking_step");
        let (_, step) = step.expect("a step of thought");
        for field in ["phase", "agent_name", "message"] {
            assert!(step[field].is_string(), "{field} in {step}");
        }
        let reasoning = step.get("reasoning").map(|text| text.as_str().unwrap());
        assert_eq!(reasoning.is_some(), asked, "{step}");
        assert!(reasoning.is_none_or(|text| text.contains("cats")), "{step}");
    }
}

/// Says a word, waits for a permit, and says another.
struct Waiting(Arc<Semaphore>);

impl Answerer for Waiting {
    fn answer<'a>(
        &'a self,
        question: &'a Question,
        _: &'a Library,
        progress: &'a mut Progress,
    ) -> Answering<'a> {
        Box::pin(async move {
            progress.text("first ");
            let permit = self
                .0
                .acquire()
                .await
                .map_err(|error| AnswerError::Failed(error.to_string()))?;
            permit.forget();
            match question.text.as_str() {
                "panic" => panic!("on purpose"),
                "fail" => Err(AnswerError::Failed("on purpose".to_owned())),
                "plan" => Ok(Reply::Plan(Plan::default())),
                _ => {
                    progress.text("second");
                    Ok(Reply::Answer(Box::default()))
                }
            }
        })
    }
}

/// A server whose answers wait for permits.
async fn waiting() -> (Server, Client, Arc<Semaphore>) {
    let permits = Arc::new(Semaphore::new(0));
    let answerer = Waiting(Arc::clone(&permits));
    let server = Server::builder().answerer(answerer).start().await.unwrap();
    let client = Client::of(&server);
    (server, client, permits)
}

#[tokio::test]
async fn an_answer_is_finished_and_stored_when_its_client_goes_away() {
    let (_server, client, permits) = waiting().await;
    let session = client.session().await;
    let path = format!("/chat/sessions/{session}/messages/stream");
    let reply = client
        .request(Method::POST, &path)
        .json(&json!({"message": "one"}))
        .send()
        .await
        .unwrap();
    let mut body = reply.bytes_stream();
    let mut seen = String::new();
    while !seen.contains("first") {
        seen.push_str(&String::from_utf8_lossy(
            &body.next().await.unwrap().unwrap(),
        ));
    }
    assert!(
        client.messages(&session).await.is_empty(),
        "half an answer is never shown"
    );
    drop(body);
    permits.add_permits(2);
    // The next message of the session waits until the answer before it is stored.
    client.send(&session, "two").await.ok();
    let messages = client.messages(&session).await;
    assert_eq!(messages.len(), 4);
    assert_eq!(messages[1]["content"], "first second");
}

#[tokio::test]
async fn a_session_that_is_closed_during_an_answer_stays_as_it_was() {
    for message in ["one", "plan"] {
        let (_server, client, permits) = waiting().await;
        let session = client.session().await;
        let path = format!("/chat/sessions/{session}");
        let request = client.request(Method::POST, &format!("{path}/messages/stream"));
        let begun = request.json(&json!({"message": message})).send().await;
        // The answer waits for a permit, and the close does not wait for the answer.
        let closed = client.delete(&path).await.ok();
        assert_eq!(closed["total_messages"], 0);
        let before = client.get(&path).await.ok();
        permits.add_permits(1);
        let seen = begun.unwrap().text().await.unwrap();
        let events = events(&seen);
        assert!(names(&events).ends_with(&["error", "close"]), "{seen}");
        let (_, error) = &events[events.len() - 2];
        assert_eq!(error["code"], "SESSION_CLOSED");
        assert_eq!(client.get(&path).await.ok(), before);
        assert_eq!(before["messages"], json!([]));
    }
}

#[tokio::test]
async fn an_answer_that_fails_is_an_error_and_leaves_nothing() {
    let permits = Arc::new(Semaphore::new(8));
    let server = Server::builder()
        .answerer(Waiting(permits))
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    for message in ["fail", "panic"] {
        let events = client.stream(&session, message).await;
        assert_eq!(
            names(&events),
            ["connection", "token", "error", "close"],
            "{message}"
        );
        assert_eq!(events[2].1["code"], "ANSWER_FAILED");
        let reply = client.send(&session, message).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["error_code"].as_str()),
            (500, Some("ANSWER_FAILED"))
        );
    }
    assert!(client.messages(&session).await.is_empty());
    client.send(&session, "the session goes on").await.ok();
}

#[tokio::test]
async fn a_silent_stream_is_kept_alive_by_pings() {
    let permits = Arc::new(Semaphore::new(0));
    let clock = Arc::new(ManualClock::new("2025-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::builder()
        .answerer(Waiting(Arc::clone(&permits)))
        .clock(clock.clone())
        .ping_interval(Duration::from_secs(15))
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    let path = format!("/chat/sessions/{session}/messages/stream");
    let reply = client
        .request(Method::POST, &path)
        .json(&json!({"message": "one"}))
        .send()
        .await
        .unwrap();
    let mut body = reply.bytes_stream();
    let mut seen = String::new();
    while !seen.contains("first") {
        seen.push_str(&String::from_utf8_lossy(
            &body.next().await.unwrap().unwrap(),
        ));
    }
    for pings in 1..=2 {
        let began = Instant::now();
        while clock.sleepers() == 0 && began.elapsed() < PATIENCE {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.sleepers(), 1, "the server waits to send a ping");
        clock.advance(Duration::from_secs(15));
        while seen.matches("event: ping").count() < pings {
            seen.push_str(&String::from_utf8_lossy(
                &body.next().await.unwrap().unwrap(),
            ));
        }
    }
    permits.add_permits(1);
    while let Some(bytes) = body.next().await {
        seen.push_str(&String::from_utf8_lossy(&bytes.unwrap()));
    }
    assert!(names(&events(&seen)).ends_with(&["token", "complete", "close"]));
    assert_eq!(
        client.messages(&session).await[1]["processing_time_ms"],
        30_000
    );
}

#[tokio::test]
async fn pings_come_while_a_token_is_held_back_for_long() {
    let clock = Arc::new(ManualClock::new("2025-01-01T00:00:00Z".parse().unwrap()));
    let server = Server::builder()
        .clock(clock.clone())
        .ping_interval(Duration::from_secs(15))
        .token_delay(Duration::from_secs(40))
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    let passing = async {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if clock.sleepers() > 0 {
                clock.advance(Duration::from_secs(5));
            }
            tokio::task::yield_now().await;
        }
    };
    let events = tokio::select! {
        events = client.stream(&session, "one") => events,
        () = passing => panic!("the stream never ends"),
    };
    let names = names(&events);
    let count = |name| names.iter().filter(|other| **other == name).count();
    assert!(count("token") > 0 && names.ends_with(&["complete", "close"]));
    assert!(count("ping") >= 2 * count("token"), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_sessions_stream_at_once_and_stay_apart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::builder()
        .database(folder.path().join("chat.db"))
        .start()
        .await
        .unwrap();
    let client = Arc::new(Client::of(&server));
    let subjects = ["cats", "sunsets", "insulators", "transformers"];
    let tasks: Vec<_> = (0..200)
        .map(|number| {
            let client = Arc::clone(&client);
            tokio::spawn(async move {
                let subject = subjects[number % subjects.len()];
                let session = client
                    .session_with(&json!({"title": format!("{number}")}))
                    .await;
                let events = client
                    .stream(&session, &format!("Find {subject} {number}"))
                    .await;
                assert_eq!(names(&events).last(), Some(&"close"));
                let stored = client.messages(&session).await;
                assert_eq!(stored.len(), 2);
                assert_eq!(stored[0]["content"], format!("Find {subject} {number}"));
                let complete = &events[events.len() - 2].1;
                assert_eq!(stored[1]["content"], complete["content"]);
                assert!(
                    complete["content"]
                        .as_str()
                        .unwrap()
                        .contains(subject.trim_end_matches('s'))
                );
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(
        client.get("/chat/sessions?min_messages=2").await.ok()["total_count"],
        200
    );
}
