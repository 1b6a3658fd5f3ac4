//! Plans: proposed, approved at once or in the background, cancelled.

use std::sync::Arc;

use chats_server::Server;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, names, server};

async fn propose(client: &Client, session: &str, message: &str) -> Value {
    let reply = client.send(session, message).await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
    let body = reply.json();
    assert_eq!(body["error_code"], "PLAN_APPROVAL_REQUIRED");
    body["plan_data"].clone()
}

async fn act(client: &Client, session: &str, plan: &Value, action: &str) -> crate::client::Reply {
    let path = format!(
        "/chat/sessions/{session}/plans/{}/action",
        plan["plan_id"].as_str().unwrap()
    );
    client.post(&path, &json!({"action": action})).await
}

#[tokio::test]
async fn find_and_select_is_carried_out_on_approval() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let plan = propose(&client, &session, "Find cats and select them.").await;
    assert_eq!(plan["steps"][0]["details"]["query"], "cats");
    let path = format!("/chat/sessions/{session}");
    assert_eq!(
        client.get(&path).await.ok()["selected_image_ids"],
        json!([]),
        "nothing before approval"
    );

    let done = act(&client, &session, &plan, "approve").await.ok();
    assert_eq!(
        (done["success"].as_bool(), done["plan_id"].clone()),
        (Some(true), plan["plan_id"].clone())
    );
    assert_eq!(done["results"]["selection"]["selected_image_count"], 3);
    let detail = client.get(&path).await.ok();
    assert_eq!(
        detail["selected_image_ids"],
        done["results"]["selection"]["selected_image_ids"]
    );
    assert_eq!(detail["session"]["use_all_images"], false);
    let messages = detail["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 3, "question, proposal, report");
    assert!(
        messages[2]["content"]
            .as_str()
            .unwrap()
            .contains("3 images are selected")
    );

    let again = act(&client, &session, &plan, "approve").await;
    assert_eq!(
        (again.status, again.json()["error_code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("PLAN_ALREADY_EXECUTED")),
        "no other request is at it, so it is no conflict"
    );
}

#[tokio::test]
async fn what_finds_nothing_leaves_the_selection_as_it_was() {
    let (_server, client) = server().await;
    let all = client.get("/chat/images/all").await.ok();
    let chosen = json!([all["image_ids"][0], all["image_ids"][1]]);
    for query in ["zzz", "🦄", "hello", "???", "documents"] {
        let session = client.session().await;
        let path = format!("/chat/sessions/{session}");
        let body = json!({"image_ids": chosen});
        client
            .call(Method::PUT, &format!("{path}/images"), &body)
            .await
            .ok();
        let message = format!("find {query} and select them");
        let plan = propose(&client, &session, &message).await;
        let done = act(&client, &session, &plan, "approve").await.ok();
        let detail = client.get(&path).await.ok();
        assert_eq!(detail["selected_image_ids"], chosen, "{query}");
        assert_eq!(detail["session"]["use_all_images"], true, "{query}");
        assert_eq!(
            done["results"]["selection"]["selected_image_count"], 2,
            "{query}"
        );
        let told = detail["messages"][2]["content"].as_str().unwrap();
        assert!(told.contains("I found no images"), "{told}");
    }
    let session = client.session().await;
    let plan = propose(&client, &session, "find images and select them").await;
    let done = act(&client, &session, &plan, "approve").await.ok();
    let selected = &done["results"]["selection"]["selected_image_count"];
    assert_eq!(selected, &all["total_count"]);
}

#[tokio::test]
async fn a_stream_proposes_a_plan_and_ends() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let events = client
        .stream(&session, "rename this session to Cats of May and export it")
        .await;
    assert_eq!(
        names(&events),
        [
            "connection",
            "thinking",
            "status",
            "plan_pending_approval",
            "close"
        ]
    );
    let plan = &events[3].1;
    assert_eq!(plan["steps"].as_array().unwrap().len(), 2);
    let done = act(&client, &session, plan, "approve").await.ok();
    assert_eq!(done["results"]["export"]["filename"], "Cats of May.md");
    let export = done["results"]["export"]["content"].as_str().unwrap();
    assert!(export.starts_with("# Cats of May\n"), "{export}");
    let shown = client.get(&format!("/chat/sessions/{session}")).await.ok();
    assert_eq!(shown["session"]["title"], "Cats of May");
}

#[tokio::test]
async fn describing_many_images_runs_in_the_background() {
    let (server, client) = server().await;
    let session = client.session().await;
    let plan = propose(&client, &session, "Describe all my images").await;
    let accepted = act(&client, &session, &plan, "approve").await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    assert!(accepted.body.is_empty());
    let messages = client.messages_of(&session, 3).await;
    let report = messages[2]["content"].as_str().unwrap();
    assert!(
        report.contains("24 images are described") && report.contains("Ginger cat asleep"),
        "{report}"
    );
    drop(server);
}

#[tokio::test]
async fn describing_few_images_is_done_at_once() {
    let (_server, client) = server().await;
    let ids = client.get("/chat/images/all?limit=20").await.ok()["image_ids"].clone();
    let body = json!({"use_all_images": false, "initial_image_ids": ids});
    let session = client.session_with(&body).await;
    let plan = propose(&client, &session, "Describe all my images").await;
    let done = act(&client, &session, &plan, "approve").await.ok();
    assert_eq!(done["results"]["descriptions"]["count"], 20);
}

#[tokio::test]
async fn one_image_is_not_spoken_of_as_several() {
    let (_server, client) = server().await;
    let ids = client.get("/chat/images/all?limit=1").await.ok()["image_ids"].clone();
    let body = json!({"use_all_images": false, "initial_image_ids": ids});
    let session = client.session_with(&body).await;
    let (hello, _) = client.ask(&session, "Hello!").await;
    assert!(hello.contains("at 1 image and 3 documents."), "{hello}");
    for (message, summary, step, report) in [
        (
            "Describe all my images",
            "Describe the only image.",
            "Describe 1 image.",
            "1 image is described.",
        ),
        (
            "find gif images and select them",
            "Find images for “gif images” and select them for this session.",
            "Find images for “gif images” and select them.",
            "1 image is selected.",
        ),
    ] {
        let plan = propose(&client, &session, message).await;
        assert_eq!(plan["summary"], summary);
        assert_eq!(plan["steps"][0]["description"], step);
        act(&client, &session, &plan, "approve").await.ok();
        let messages = client.messages(&session).await;
        let told = messages.last().unwrap()["content"].as_str().unwrap();
        assert!(told.contains(report), "{told}");
    }
    client.ask(&session, "gif images").await;
    let plan = propose(&client, &session, "select them").await;
    assert_eq!(plan["summary"], "Select the 1 image of the last answer.");
    assert_eq!(plan["steps"][0]["description"], "Select 1 image.");
}

#[tokio::test]
async fn a_cancelled_plan_stays_cancelled() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let plan = propose(&client, &session, "find cats and select them").await;
    let cancelled = act(&client, &session, &plan, "cancel").await.ok();
    assert_eq!(
        (
            cancelled["action_taken"].as_str(),
            cancelled["results"].clone()
        ),
        (Some("cancelled"), Value::Null)
    );
    let late = act(&client, &session, &plan, "approve").await;
    assert_eq!(
        (late.status, late.json()["error_code"].as_str()),
        (StatusCode::BAD_REQUEST, Some("PLAN_CANCELLED"))
    );
    let unknown = json!({"plan_id": "..%2F%00"});
    let reply = act(&client, &session, &unknown, "approve").await;
    assert_eq!(
        (reply.status, reply.json()["error_code"].as_str()),
        (StatusCode::NOT_FOUND, Some("PLAN_NOT_FOUND"))
    );
    let other = client.session().await;
    assert_eq!(
        act(&client, &other, &plan, "cancel").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_approvals_one_wins_and_the_others_are_refused() {
    let (_server, client) = server().await;
    let client = Arc::new(client);
    let session = client.session().await;
    let plan = propose(&client, &session, "find cats and select them").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (client, session, plan) = (Arc::clone(&client), session.clone(), plan.clone());
            tokio::spawn(async move { act(&client, &session, &plan, "approve").await })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        let reply = task.await.unwrap();
        match reply.status {
            StatusCode::OK => won += 1,
            StatusCode::CONFLICT => assert_eq!(reply.json()["error_code"], "PLAN_IN_PROGRESS"),
            _ => {
                assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{}", reply.text());
                assert_eq!(reply.json()["error_code"], "PLAN_ALREADY_EXECUTED");
            }
        }
    }
    assert_eq!(won, 1);
    assert_eq!(client.messages(&session).await.len(), 3);
}

/// A database whose messages cannot be stored, as on a full disk, until this is dropped.
struct Full(rusqlite::Connection);

impl Full {
    fn new(file: &std::path::Path) -> Self {
        let database = rusqlite::Connection::open(file).unwrap();
        database
            .execute_batch(
                "CREATE TRIGGER full BEFORE INSERT ON messages
                 BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
            )
            .unwrap();
        Self(database)
    }

    fn plan_state(&self) -> String {
        self.0
            .query_row("SELECT state FROM plans", [], |row| row.get(0))
            .unwrap()
    }
}

impl Drop for Full {
    fn drop(&mut self) {
        self.0.execute_batch("DROP TRIGGER full").unwrap();
    }
}

async fn on_disk(file: &std::path::Path) -> (Server, Client) {
    let server = Server::builder()
        .api_key("aion_a_key_of_the_tests_of_plans")
        .database(file)
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    (server, client)
}

#[tokio::test]
async fn a_plan_that_fails_can_be_approved_again_and_is_not_run_by_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let (server, client) = on_disk(&file).await;
    let session = client.session().await;
    let plan = propose(&client, &session, "find cats and select them").await;
    let full = Full::new(&file);
    for _ in 0..2 {
        let failed = act(&client, &session, &plan, "approve").await;
        assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(full.plan_state(), "pending");
    }
    drop(full);
    server.shutdown().await;

    let (server, client) = on_disk(&file).await;
    assert_eq!(client.messages(&session).await.len(), 2, "nothing was done");
    act(&client, &session, &plan, "approve").await.ok();
    assert_eq!(client.messages(&session).await.len(), 3);
    server.shutdown().await;
}

#[tokio::test]
async fn a_plan_that_fails_in_the_background_can_be_approved_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let (server, client) = on_disk(&file).await;
    let session = client.session().await;
    let plan = propose(&client, &session, "Describe all my images").await;
    let full = Full::new(&file);
    let accepted = act(&client, &session, &plan, "approve").await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    // A shutdown waits for what runs in the background.
    server.shutdown().await;
    assert_eq!(full.plan_state(), "pending");
    drop(full);

    let (server, client) = on_disk(&file).await;
    let accepted = act(&client, &session, &plan, "approve").await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED);
    server.shutdown().await;
    let (server, client) = on_disk(&file).await;
    assert_eq!(client.messages(&session).await.len(), 3);
    server.shutdown().await;
}
