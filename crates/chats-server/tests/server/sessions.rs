//! Sessions: their life, their list, and whose they are.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chats_server::{Clock, Server, SystemClock};
use http::{Method, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::{Client, server};

#[tokio::test]
async fn a_session_lives_from_creation_to_closing() {
    let (_server, client) = server().await;
    let created = client
        .post("/chat/sessions", &json!({"title": "Poles"}))
        .await
        .ok();
    assert_eq!(created["title"], "Poles");
    let path = format!("/chat/sessions/{}", created["session_id"].as_str().unwrap());
    let shown = client.get(&path).await.ok();
    assert_eq!(shown["session"]["created_at"], created["created_at"]);
    assert_eq!(shown["session"]["is_active"], true);
    assert_eq!(shown["session"]["last_message_at"], Value::Null);

    let renamed = client
        .call(
            Method::PATCH,
            &format!("{path}/title"),
            &json!({"title": "Masts"}),
        )
        .await
        .ok();
    assert_eq!(renamed["title"], "Masts");

    let closed = client.delete(&path).await.ok();
    let again = client.delete(&path).await.ok();
    assert_eq!(
        closed["closed_at"], again["closed_at"],
        "closing twice changes nothing"
    );
    assert_eq!(client.get(&path).await.ok()["session"]["is_active"], false);
    let refused = client
        .post(&format!("{path}/messages"), &json!({"message": "Hello"}))
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error_code"], "SESSION_CLOSED");
}

/// Each look at it gives an earlier time, as a request sees one that waited for another.
#[derive(Debug, Default)]
struct Backwards(AtomicI64);

impl Clock for Backwards {
    fn now(&self) -> Timestamp {
        let second = self.0.fetch_sub(1, Ordering::Relaxed);
        Timestamp::from_second(second).unwrap()
    }

    fn sleep(&self, duration: Duration) -> futures_util::future::BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}

#[tokio::test]
async fn no_session_is_closed_before_its_last_message() {
    let builder = Server::builder().clock(Backwards::default());
    let server = builder.start().await.unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    client.ask(&session, "Find cats").await;
    let path = format!("/chat/sessions/{session}");
    let closed = client.delete(&path).await.ok();
    let after = client.get(&path).await.ok();
    assert_eq!(closed["closed_at"], after["session"]["last_message_at"]);
    assert_eq!(closed["closed_at"], after["session"]["updated_at"]);
}

#[tokio::test]
async fn the_list_is_filtered_paged_and_newest_first() {
    let (_server, client) = server().await;
    for title in ["One 100%", "Two", "Three"] {
        client.session_with(&json!({"title": title})).await;
    }
    let titles = async |query: &str| {
        let list = client.get(&format!("/chat/sessions{query}")).await.ok();
        let titles: Vec<String> = list["sessions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|session| session["title"].as_str().unwrap().to_owned())
            .collect();
        (
            titles,
            list["total_count"].as_i64().unwrap(),
            list["has_more"].as_bool().unwrap(),
        )
    };
    assert_eq!(
        titles("?limit=2").await,
        (vec!["Three".into(), "Two".into()], 3, true)
    );
    assert_eq!(
        titles("?limit=2&offset=2").await,
        (vec!["One 100%".into()], 3, false)
    );
    assert_eq!(
        titles("?offset=99999999999999999999999").await,
        (vec![], 3, false)
    );
    assert_eq!(
        titles("?search=0%25").await.0,
        ["One 100%"],
        "a search is taken literally"
    );
    assert_eq!(titles("?search=_").await.1, 0);
    assert_eq!(titles("?min_messages=1").await.1, 0);
    let id = client.get("/chat/sessions?search=Two").await.ok()["sessions"][0]["id"].clone();
    client
        .delete(&format!("/chat/sessions/{}", id.as_str().unwrap()))
        .await
        .ok();
    assert_eq!(titles("?is_active=true").await.1, 2);
    assert_eq!(titles("?is_active=no").await.0, ["Two"]);
}

#[tokio::test]
async fn nobody_touches_the_sessions_of_another_key() {
    let server = Server::builder()
        .api_key("anna")
        .api_key("boris")
        .start()
        .await
        .unwrap();
    let anna = Client::of(&server);
    let boris = Client::new(server.base_url(), "boris");
    let session = anna.session().await;
    let many = vec!["00000000-0000-4000-8000-000000000001"; 1001];
    assert_eq!(boris.get("/chat/sessions").await.ok()["total_count"], 0);
    let path = format!("/chat/sessions/{session}");
    for (method, below, body) in [
        (Method::GET, "", None),
        (Method::DELETE, "", None),
        (Method::GET, "/export", None),
        (Method::POST, "/messages", Some(json!({"message": "Hi"}))),
        (
            Method::POST,
            "/messages",
            Some(json!({"message": "Hi", "expected_image_ids": many})),
        ),
        (Method::PUT, "/images", Some(json!({"image_ids": many}))),
        (
            Method::POST,
            "/messages/stream",
            Some(json!({"message": "Hi"})),
        ),
        (Method::PUT, "/images", Some(json!({"image_ids": []}))),
        (Method::PUT, "/documents", Some(json!({}))),
        (Method::PUT, "/videos", Some(json!({}))),
        (
            Method::PATCH,
            "/mode",
            Some(json!({"use_all_images": true})),
        ),
        (Method::PATCH, "/title", Some(json!({"title": "Mine"}))),
        (
            Method::POST,
            "/plans/p/action",
            Some(json!({"action": "approve"})),
        ),
    ] {
        for (path, status, code) in [
            (path.clone(), StatusCode::FORBIDDEN, "SESSION_ACCESS_DENIED"),
            (
                "/chat/sessions/00000000-0000-4000-8000-000000000000".to_owned(),
                StatusCode::NOT_FOUND,
                "SESSION_NOT_FOUND",
            ),
        ] {
            let mut request = boris.request(method.clone(), &format!("{path}{below}"));
            if let Some(body) = &body {
                request = request.json(body);
            }
            let reply = Client::finish(request).await;
            assert_eq!(reply.status, status, "{method} {below}");
            assert_eq!(reply.json()["error_code"], code, "{method} {below}");
        }
    }
    assert_eq!(anna.get(&path).await.ok()["session"]["title"], "New chat");
}

#[tokio::test]
async fn selections_replace_each_other_and_count_each_id_once() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let all = client.get("/chat/images/all?limit=3").await.ok();
    assert_eq!(
        (all["total_count"].as_i64(), all["has_more"].as_bool()),
        (Some(24), Some(true))
    );
    let ids = all["image_ids"].as_array().unwrap().clone();
    let path = format!("/chat/sessions/{session}");
    let twice = json!({"image_ids": [ids[1], ids[0], ids[1]]});
    let selected = client
        .call(Method::PUT, &format!("{path}/images"), &twice)
        .await
        .ok();
    assert_eq!(selected["selected_image_ids"], json!([ids[1], ids[0]]));
    let mode = client
        .call(
            Method::PATCH,
            &format!("{path}/mode"),
            &json!({"use_all_images": false}),
        )
        .await
        .ok();
    assert_eq!(
        (
            mode["use_all_images"].as_bool(),
            mode["selected_image_count"].as_i64()
        ),
        (Some(false), Some(2))
    );
    let detail = client.get(&path).await.ok();
    assert_eq!(detail["context_summary"], "2 images selected");
    let (text, _) = client.ask(&session, "show all images").await;
    assert!(text.starts_with("I found 2 images"), "{text}");
    let videos = json!({"video_ids": ["00000000-0000-4000-8000-000000000001"]});
    let videos = client
        .call(Method::PUT, &format!("{path}/videos"), &videos)
        .await
        .ok();
    assert_eq!(videos["video_count"], 1);
    let cleared = client
        .call(Method::PUT, &format!("{path}/videos"), &json!({}))
        .await
        .ok();
    assert_eq!(cleared["video_count"], 0);
}

#[tokio::test]
async fn a_selection_changes_its_session() {
    let (_server, client) = server().await;
    let first = client.session_with(&json!({"title": "first"})).await;
    for what in ["image", "document", "video"] {
        client.session_with(&json!({"title": "newer"})).await;
        let path = format!("/chat/sessions/{first}/{what}s");
        let ids = json!({format!("{what}_ids"): ["00000000-0000-4000-8000-000000000001"]});
        client.call(Method::PUT, &path, &ids).await.ok();
        let list = client.get("/chat/sessions?limit=1").await.ok();
        assert_eq!(list["sessions"][0]["title"], "first", "{what}");
    }
}

#[tokio::test]
async fn no_way_leads_to_a_selection_beyond_the_limit() {
    let (_server, client) = server().await;
    let ids: Vec<String> = (0..1001).map(|n| Uuid::from_u128(n).to_string()).collect();
    let session = client
        .session_with(&json!({"initial_image_ids": ids}))
        .await;
    let path = format!("/chat/sessions/{session}");
    let only_selected = json!({"use_all_images": false});
    let mode_path = format!("{path}/mode");
    let mode = || client.call(Method::PATCH, &mode_path, &only_selected);
    let refused = mode().await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.json()["error_code"], "TOO_MANY_IMAGES");
    let fewer = json!({"image_ids": ids[1..]});
    client
        .call(Method::PUT, &format!("{path}/images"), &fewer)
        .await
        .ok();
    assert_eq!(mode().await.ok()["selected_image_count"], 1000);
}

#[tokio::test]
async fn a_session_is_shown_and_found_by_what_was_read() {
    let (_server, client) = server().await;
    let session = client
        .session_with(&json!({"title": "ÄPFEL\0Straße"}))
        .await;
    let question = format!("Find cats {}", "y".repeat(9000));
    client.send(&session, &question).await.ok();
    let path = format!("/chat/sessions/{session}");
    let summary = client.get(&path).await.ok()["session"].clone();
    assert_eq!(summary["last_user_message"], question);
    client.send(&session, "Find cats").await.ok();
    let summary = client.get(&path).await.ok()["session"].clone();
    let preview = summary["last_message_preview"].as_str().unwrap();
    assert!(
        preview.starts_with("I found 3 images for “cats”"),
        "{preview}"
    );
    for (search, found) in [
        ("I found 3 IMAGES", 1),
        ("[[ref:images]]", 1),
        ("äpfel", 1),
        ("STRASSE", 0),
        ("straße", 1),
        ("\0straße", 1),
        ("\0", 1),
        ("\0zzz", 0),
        ("nobody said this", 0),
    ] {
        let request = client
            .request(Method::GET, "/chat/sessions")
            .query(&[("search", search)]);
        let list = Client::finish(request).await.ok();
        assert_eq!(list["total_count"], found, "{search:?}");
    }
}
