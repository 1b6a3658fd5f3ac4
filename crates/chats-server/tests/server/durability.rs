//! What a database file survives: restarts, kill -9, and another process.

use std::path::Path;
use std::process::Command;

use chats_server::Server;
use futures_util::StreamExt;
use http::Method;
use serde_json::json;

use crate::client::{Client, names, until};
use crate::program::{KEY, Program};

/// A server whose database is this file.
async fn start_on(database: &Path) -> Server {
    let builder = Server::builder().api_key(KEY).database(database);
    builder.start().await.unwrap()
}

#[tokio::test]
async fn a_restart_finds_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("chat.db");
    let server = start_on(&database).await;
    let client = Client::of(&server);
    let session = client.session_with(&json!({"title": "Kept"})).await;
    client.ask(&session, "Find cats").await;
    let plan = client
        .send(&session, "find cats and select them")
        .await
        .json()["plan_data"]
        .clone();
    let before = client.get(&format!("/chat/sessions/{session}")).await.ok();
    server.shutdown().await;

    let server = start_on(&database).await;
    let client = Client::of(&server);
    let after = client.get(&format!("/chat/sessions/{session}")).await.ok();
    assert_eq!(after["session"], before["session"]);
    assert_eq!(after["messages"][0], before["messages"][0]);
    assert_eq!(
        after["messages"][1]["content"],
        before["messages"][1]["content"]
    );
    let (text, _) = client.ask(&session, "Which of these is black?").await;
    assert!(
        text.contains("cat-01-black.png"),
        "the conversation goes on: {text}"
    );
    let path = format!(
        "/chat/sessions/{session}/plans/{}/action",
        plan["plan_id"].as_str().unwrap()
    );
    client.post(&path, &json!({"action": "approve"})).await.ok();
}

#[tokio::test]
async fn kill_9_loses_nothing_acknowledged_and_leaves_no_half_message() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("chat.db");
    let mut acknowledged = 0;
    let mut session = None;
    for round in 0..4 {
        // Slow tokens, so that the kill comes in the middle of an answer.
        let program = Program::on(&database, &["--token-delay", "20"]);
        let client = &program.client;
        let id = match &session {
            Some(id) => String::clone(id),
            None => client.session().await,
        };
        session = Some(id.clone());
        client.ask(&id, &format!("Find cats {round}")).await;
        acknowledged += 1;
        let path = format!("/chat/sessions/{id}/messages/stream");
        let message = json!({"message": format!("Find poles {round}")});
        let reply = client
            .request(Method::POST, &path)
            .json(&message)
            .send()
            .await
            .unwrap();
        let mut body = reply.bytes_stream();
        let mut seen = String::new();
        while !seen.contains("event: token") {
            seen.push_str(&String::from_utf8_lossy(
                &body.next().await.unwrap().unwrap(),
            ));
        }
        drop(program);
        assert!(!seen.contains("event: complete"), "killed in the middle");
    }
    let program = Program::on(&database, &[]);
    let messages = program.client.messages(&session.unwrap()).await;
    let roles: Vec<_> = messages
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert!(
        roles.chunks(2).all(|pair| pair == ["user", "assistant"]),
        "{roles:?}"
    );
    let cats = messages.iter().filter(|message| {
        message["role"] == "user"
            && message["content"]
                .as_str()
                .unwrap()
                .starts_with("Find cats")
    });
    assert_eq!(cats.count(), acknowledged);
    // Whether a client saw the end of it or not, what is stored is the whole answer.
    let fresh = program.client.session().await;
    for pair in messages.chunks(2) {
        let again = program
            .client
            .send(&fresh, pair[0]["content"].as_str().unwrap())
            .await;
        assert_eq!(again.ok()["content"], pair[1]["content"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("chat.db");
    let programs = [Program::on(&database, &[]), Program::on(&database, &[])];
    let session = programs[0].client.session().await;
    let work = programs.iter().map(|program| async {
        for number in 0..25 {
            program
                .client
                .ask(&session, &format!("Find cats {number}"))
                .await;
            program.client.session().await;
        }
    });
    futures_util::future::join_all(work).await;
    for program in &programs {
        let messages = program.client.messages(&session).await;
        assert_eq!(messages.len(), 100);
        let roles: Vec<_> = messages
            .iter()
            .map(|message| message["role"].as_str().unwrap())
            .collect();
        assert!(roles.chunks(2).all(|pair| pair == ["user", "assistant"]));
        assert_eq!(
            program.client.get("/chat/sessions").await.ok()["total_count"],
            51
        );
    }
    drop(programs);
    let database = rusqlite::Connection::open(database).unwrap();
    let verdict: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_is_interrupted_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::on(&folder.path().join("chat.db"), &[]);
    let session = program.client.session().await;
    let events = program.client.stream(&session, "cats").await;
    assert_eq!(names(&events).last(), Some(&"close"));
    let kill = Command::new("kill")
        .arg(program.child.id().to_string())
        .status()
        .unwrap();
    assert!(kill.success());
    assert!(program.child.wait().unwrap().success());
}

#[tokio::test]
async fn a_plan_that_was_cut_off_is_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let server = start_on(&file).await;
    let client = Client::of(&server);
    let session = client.session().await;
    client.send(&session, "Describe all my images").await;
    server.shutdown().await;
    // As an approved plan stands in the file when the process dies at its work.
    let database = rusqlite::Connection::open(&file).unwrap();
    assert_eq!(
        database
            .execute("UPDATE plans SET state = 'running'", [])
            .unwrap(),
        1
    );
    drop(database);

    let server = start_on(&file).await;
    let client = Client::of(&server);
    let messages = client.messages_of(&session, 3).await;
    let report = messages[2]["content"].clone();
    assert!(report.as_str().unwrap().contains("24 images are described"));
    server.shutdown().await;
}

#[tokio::test]
async fn a_session_that_was_closed_is_not_changed_by_a_plan_that_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("chat.db");
    let server = start_on(&file).await;
    let client = Client::of(&server);
    let session = client.session().await;
    client.send(&session, "Describe all my images").await;
    let path = format!("/chat/sessions/{session}");
    client.delete(&path).await.ok();
    let before = client.get(&path).await.ok();
    server.shutdown().await;
    let database = rusqlite::Connection::open(&file).unwrap();
    let running = "UPDATE plans SET state = 'running'";
    assert_eq!(database.execute(running, []).unwrap(), 1);

    let server = start_on(&file).await;
    let client = Client::of(&server);
    let state = || database.query_row("SELECT state FROM plans", [], |row| row.get::<_, String>(0));
    until("the plan no longer runs", async || {
        client.get(&path).await.ok();
        state().unwrap() != "running"
    })
    .await;
    assert_eq!(state().unwrap(), "pending");
    let after = client.get(&path).await.ok();
    assert_eq!(after["session"], before["session"]);
    assert_eq!(after["messages"].as_array().unwrap().len(), 2);
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_may_open_a_fresh_database_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fresh.db");
        let starts: Vec<_> = (0..8)
            .map(|_| tokio::spawn(Server::builder().api_key(KEY).database(&file).start()))
            .collect();
        for start in starts {
            start.await.unwrap().unwrap().shutdown().await;
        }
    }
}

#[test]
fn a_server_may_be_dropped_outside_of_its_runtime() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::builder().start()).unwrap();
    drop(server);
    let outlives = runtime.block_on(Server::builder().start()).unwrap();
    drop(runtime);
    drop(outlives);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_go_away_take_nothing_with_them() {
    use tokio::io::AsyncWriteExt;

    let server = Server::builder().start().await.unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    let request = format!(
        "GET /api/v2/chat/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        server.api_key()
    );
    // Given up at once, so that some are cancelled while they wait for the database.
    let going = (0..1000).map(|_| async {
        let stream = tokio::net::TcpStream::connect(server.local_addr()).await;
        let mut stream = stream.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
    });
    futures_util::stream::iter(going)
        .for_each_concurrent(20, |gone| gone)
        .await;
    client.get(&format!("/chat/sessions/{session}")).await.ok();
    server.shutdown().await;
}
