//! A service that has moved on shows in the logs, once.

use std::time::Duration;

use chats::clock::Clock;
use contract_tests::log::{Log, capture};
use contract_tests::{Reply, ScriptedServer, client_of};
use futures_util::TryStreamExt;

use crate::SESSION;

const PAGE: &str = r#"{"image_ids":[],"total_count":0,"has_more":false,"a_new_field":1}"#;
const EVENTS: &str = "\
event: token\ndata: {\"content\":\"x\",\"another_field\":1}\n\n\
event: a_new_event\ndata: {}\n\n\
event: complete\ndata: {\"content\":\"x\"}\n\n";

/// The lines that warn.
fn warnings(log: &Log) -> Vec<String> {
    let text = log.text();
    let warnings = text.lines().filter(|line| line.contains(" WARN "));
    warnings.map(str::to_owned).collect()
}

#[tokio::test]
async fn new_fields_and_events_are_warned_of_once() {
    let (log, _guard) = capture();
    let server = ScriptedServer::start(|request, _| match request.method.as_str() {
        "POST" => Reply::events(EVENTS),
        _ => Reply::json(200, PAGE),
    })
    .await;
    let client = client_of(&server).0.build().unwrap();
    let chats = client.chats();
    for _ in 0..5 {
        chats.get_all_images().await.unwrap();
        let stream = chats.send_stream(SESSION, "x").await.unwrap();
        let _: Vec<_> = stream.try_collect().await.unwrap();
    }
    let warnings = warnings(&log);
    assert_eq!(warnings.len(), 3, "{warnings:#?}");
    for name in ["a_new_field", "another_field", "a_new_event"] {
        let about = warnings.iter().filter(|line| line.contains(name));
        assert_eq!(about.count(), 1, "{name}");
    }
}

#[tokio::test]
async fn what_came_while_nobody_listened_is_warned_of_later() {
    let server = ScriptedServer::start(|request, _| match request.method.as_str() {
        "POST" => Reply::events("event: unheard_event\ndata: {}\n\nevent: complete\ndata: {}\n\n"),
        _ => Reply::json(
            200,
            format!(r#"{{"session_id":"{SESSION}","title":"x","unheard_field":1}}"#),
        ),
    })
    .await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let both = async || {
        chats.rename_session(SESSION, "x").await.unwrap();
        let stream = chats.send_stream(SESSION, "x").await.unwrap();
        let _: Vec<_> = stream.try_collect().await.unwrap();
    };
    both().await;
    let (log, _guard) = capture();
    both().await;
    let warnings = warnings(&log);
    for name in ["unheard_event", "unheard_field"] {
        let about = warnings.iter().filter(|line| line.contains(name));
        assert_eq!(about.count(), 1, "{name}: {warnings:#?}");
    }
}

#[tokio::test]
async fn a_new_field_of_every_item_is_warned_of_once() {
    let (log, _guard) = capture();
    let body = |messages: usize| {
        let message = serde_json::json!({
            "id": "m", "role": "user", "content": "x", "mood": 1, "image_context": [{"image_id": "i", "hue": 2}]
        });
        let messages = vec![message; messages];
        serde_json::json!({"session": {"id": SESSION, "colour": 3}, "messages": messages})
            .to_string()
    };
    // Lists of other lengths are no news.
    let server = ScriptedServer::start(move |_, n| Reply::json(200, body(n + 1))).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    for _ in 0..8 {
        chats.get_session(SESSION).await.unwrap();
    }
    let warnings = warnings(&log);
    for field in ["messages[].mood", "session.colour"] {
        let about = warnings.iter().filter(|line| line.contains(field));
        assert_eq!(about.count(), 1, "{field}: {warnings:#?}");
    }
    assert_eq!(warnings.len(), 2, "{warnings:#?}");
}

#[tokio::test]
async fn a_date_in_a_new_form_is_warned_of_once() {
    let (log, _guard) = capture();
    let session = serde_json::json!({"id": SESSION, "title": "x", "last_message_at": "yesterday"});
    let body = serde_json::json!({"sessions": [session, session], "total_count": 2});
    let server = ScriptedServer::start(move |_, _| Reply::json(200, body.to_string())).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    for _ in 0..3 {
        let list = chats.list_sessions().await.unwrap();
        assert_eq!(list.items[0].last_message_at, None);
    }
    let warnings = warnings(&log);
    assert!(
        warnings.len() == 1 && warnings[0].contains("last_message_at"),
        "{warnings:#?}"
    );
}

#[tokio::test]
async fn a_field_that_comes_late_is_seen_within_a_minute() {
    let (log, _guard) = capture();
    let server = ScriptedServer::start(|_, n| match n {
        0..4 => Reply::json(200, r#"{"results":[],"total_count":0}"#),
        _ => Reply::json(200, r#"{"results":[],"total_count":0,"late":1}"#),
    })
    .await;
    let (builder, clock) = client_of(&server);
    let chats = builder.build().unwrap().chats();
    for _ in 0..6 {
        chats.search_images("x").await.unwrap();
    }
    assert_eq!(
        warnings(&log).len(),
        0,
        "looking at each would cost too much"
    );
    for _ in 0..3 {
        clock.sleep(Duration::from_secs(20)).await;
    }
    chats.search_images("x").await.unwrap();
    let warnings = warnings(&log);
    assert!(
        warnings.len() == 1 && warnings[0].contains("late"),
        "{warnings:#?}"
    );
}

#[tokio::test]
async fn replies_that_may_come_without_a_body_are_looked_at_too() {
    let (log, _guard) = capture();
    let server = ScriptedServer::start(|request, _| match request.method.as_str() {
        "DELETE" => Reply::json(200, format!(r#"{{"session_id":"{SESSION}","why":1}}"#)),
        _ => Reply::json(200, r#"{"success":true,"plan_id":"p","cost":2}"#),
    })
    .await;
    let chats = client_of(&server).0.build().unwrap().chats();
    chats.close_session(SESSION).await.unwrap();
    chats.approve_plan(SESSION, "p").await.unwrap();
    let warnings = warnings(&log);
    assert_eq!(warnings.len(), 2, "{warnings:#?}");
    assert!(warnings[0].contains("why") && warnings[1].contains("cost"));
}

#[tokio::test]
async fn a_field_that_is_left_out_is_warned_of_once() {
    let (log, _guard) = capture();
    let updated = serde_json::json!({"session_id": SESSION, "document_count": "two"}).to_string();
    let server = ScriptedServer::start(move |_, _| Reply::json(200, &updated)).await;
    let client = client_of(&server).0.build().unwrap();
    let documents: [chats::DocumentId; 0] = [];
    for _ in 0..2 {
        let update = client.chats().update_documents(SESSION, documents);
        assert_eq!(update.await.unwrap().document_count, None);
    }
    let warnings = warnings(&log);
    assert!(
        warnings.len() == 1 && warnings[0].contains("document_count"),
        "{warnings:#?}"
    );
}

#[tokio::test]
async fn a_page_without_its_list_is_warned_of_once() {
    let (log, _guard) = capture();
    let page = |total| serde_json::json!({"total_count": total, "has_more": total > 0}).to_string();
    let server = ScriptedServer::start(move |_, n| Reply::json(200, page(n))).await;
    let client = client_of(&server).0.build().unwrap();
    for _ in 0..3 {
        let list = client.chats().list_sessions().await.unwrap();
        assert!(list.items.is_empty());
    }
    let warnings = warnings(&log);
    let about = |line: &&String| line.contains("without its list") && line.contains("sessions");
    assert_eq!(warnings.iter().filter(about).count(), 1, "{warnings:#?}");
}
