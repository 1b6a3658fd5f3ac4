//! Session contexts close their sessions, however they end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use contract_tests::{Reply, ScriptedServer, client_of};

use crate::{ANSWER, CLOSED, CREATED, SESSION};
use chats::{Client, Error, ErrorKind};

/// A server that answers whatever a session needs; closing answers as told.
pub(crate) async fn server(closing: Reply) -> ScriptedServer {
    ScriptedServer::start(move |request, _| match request.method.as_str() {
        "DELETE" => closing.clone(),
        _ if request.target.ends_with("/messages") => Reply::json(200, ANSWER),
        _ => Reply::json(200, CREATED),
    })
    .await
}

pub(crate) async fn working() -> (ScriptedServer, Client) {
    let server = server(Reply::json(200, CLOSED)).await;
    let client = client_of(&server).0.build().unwrap();
    (server, client)
}

pub(crate) fn closes(server: &ScriptedServer) -> usize {
    let requests = server.requests();
    let closes = requests.iter().filter(|r| r.method == "DELETE");
    closes.count()
}

#[tokio::test]
async fn an_explicit_close_closes_once() {
    let (server, client) = working().await;
    let session = client
        .chats()
        .session()
        .title("Poles")
        .open()
        .await
        .unwrap();
    assert_eq!(session.session_id(), SESSION);
    assert_eq!(session.session().title, "Poles");
    let closed = session.close().await.unwrap();
    assert_eq!(closed.total_messages, Some(2));
    client.shutdown().await;
    assert_eq!(closes(&server), 1);
}

#[tokio::test]
async fn with_closes_after_success_and_failure() {
    let (server, client) = working().await;
    let chats = client.chats();
    let answer = chats
        .session()
        .with(async |s| s.send("x").await)
        .await
        .unwrap();
    assert_eq!(answer.content, "Three.");
    assert_eq!(closes(&server), 1);
    let error = chats
        .session()
        .with(async |s| s.send("").await)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.close_error().is_none());
    assert_eq!(closes(&server), 2);
}

/// An error of a user's own.
#[derive(Debug, PartialEq)]
enum Mine {
    Body,
    Chats(ErrorKind),
}
impl From<Error> for Mine {
    fn from(error: Error) -> Self {
        Self::Chats(error.kind())
    }
}

#[tokio::test]
async fn the_bodys_error_wins_and_carries_the_failure_to_close() {
    let server = server(Reply::json(403, "{}")).await;
    let client = client_of(&server).0.build().unwrap();
    let chats = client.chats();
    let error = chats
        .session()
        .with(async |s| s.send("").await)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(error.close_error().unwrap().kind(), ErrorKind::Permission);

    let mine: Result<(), Mine> = chats.session().with(async |_| Err(Mine::Body)).await;
    assert_eq!(mine, Err(Mine::Body));
}

#[tokio::test]
async fn what_the_body_gives_is_not_lost_where_the_session_cannot_be_closed() {
    for (closing, again) in [(Reply::json(403, "{}"), 0), (Reply::json(500, "{}"), 1)] {
        let server = server(closing).await;
        let client = client_of(&server).0.max_retries(0).build().unwrap();
        let session = client.chats().session();
        let answer = session.with(async |s| s.send("x").await).await.unwrap();
        assert_eq!(answer.content, "Three.");
        assert_eq!(closes(&server), 1);
        client.shutdown().await;
        assert_eq!(closes(&server), 1 + again);
        let mine: Result<u8, Mine> = client.chats().session().with(async |_| Ok(5)).await;
        assert_eq!(mine, Ok(5));
    }
}

#[tokio::test]
async fn a_session_that_is_gone_counts_as_closed() {
    let server = server(Reply::json(404, "{}")).await;
    let client = client_of(&server).0.build().unwrap();
    client
        .chats()
        .session()
        .with(async |s| s.send("x").await)
        .await
        .unwrap();
    let session = client.chats().session().open().await.unwrap();
    assert_eq!(session.close().await.unwrap().session_id, SESSION);
}

#[tokio::test]
async fn a_close_whose_reply_was_lost_and_that_finds_nothing_the_next_time_has_closed() {
    let gone = || {
        Reply::json(
            404,
            r#"{"error":"No session.","error_code":"SESSION_NOT_FOUND"}"#,
        )
    };
    let busy = Reply::new(503, &[("retry-after", "1")], "");
    for (first, closed) in [
        (Reply::json(500, "{}"), true),
        (Reply::reset(), true),
        (busy, false),
    ] {
        let server = ScriptedServer::replies([first, gone()]).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        match chats.close_session(SESSION).await {
            Ok(session) => assert!(closed && session.closed_at.is_none()),
            Err(error) => assert!(!closed && error.kind() == ErrorKind::NotFound, "{error}"),
        }
        assert_eq!(server.requests().len(), 2);
    }
    let server = ScriptedServer::replies([gone()]).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let error = chats.close_session(SESSION).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn dropping_panicking_and_cancelling_close_in_the_background() {
    let (server, client) = working().await;
    let chats = client.chats();
    drop(chats.session().open().await.unwrap());
    client.shutdown().await;
    assert_eq!(closes(&server), 1);

    let chats_in_task = chats.clone();
    let task = tokio::spawn(async move {
        let body =
            async |_: &chats::ChatSessionContext| -> Result<(), Error> { panic!("on purpose") };
        chats_in_task.session().with(body).await
    });
    assert!(task.await.unwrap_err().is_panic());
    client.shutdown().await;
    assert_eq!(closes(&server), 2);

    let (entered, entered_rx) = tokio::sync::oneshot::channel();
    let chats_in_task = chats.clone();
    let task = tokio::spawn(async move {
        let body = async |_: &chats::ChatSessionContext| -> Result<(), Error> {
            let _ = entered.send(());
            std::future::pending().await
        };
        chats_in_task.session().with(body).await
    });
    entered_rx.await.unwrap();
    task.abort();
    let _ = task.await;
    client.shutdown().await;
    assert_eq!(closes(&server), 3);
}

#[tokio::test]
async fn a_page_of_a_proxy_closes_no_session() {
    let page = Reply::new(404, &[("content-type", "text/html")], "<html>no</html>");
    let server = server(page).await;
    let client = client_of(&server).0.build().unwrap();
    let session = client.chats().session().open().await.unwrap();
    let error = session.close().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn auto_close_can_be_switched_off() {
    let (server, client) = working().await;
    let session = client.chats().session().auto_close(false);
    drop(session.clone().open().await.unwrap());
    session
        .clone()
        .with(async |s| s.send("x").await)
        .await
        .unwrap();
    client.shutdown().await;
    assert_eq!(closes(&server), 0);
    session.open().await.unwrap().close().await.unwrap();
    assert_eq!(closes(&server), 1, "an explicit close always closes");
}

#[tokio::test]
async fn a_close_that_is_cancelled_is_finished_in_the_background() {
    let server = ScriptedServer::start(|request, n| match (request.method.as_str(), n) {
        ("DELETE", 1) => Reply::silence(),
        ("DELETE", _) => Reply::json(200, CLOSED),
        _ => Reply::json(200, CREATED),
    })
    .await;
    let client = client_of(&server).0.build().unwrap();
    let session = client.chats().session().open().await.unwrap();
    let close = tokio::spawn(session.close());
    while server.requests().len() < 2 {
        tokio::task::yield_now().await;
    }
    close.abort();
    let _ = close.await;
    client.shutdown().await;
    assert_eq!(closes(&server), 2);
}

#[tokio::test]
async fn every_request_of_a_session_carries_its_options() {
    let (server, client) = working().await;
    let session = client
        .chats()
        .session()
        .header("X-Run", "7")
        .timeout(Duration::from_secs(90));
    session.with(async |s| s.send("x").await).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|r| r.header("x-run") == Some("7")));
}

#[tokio::test]
async fn a_session_that_cannot_be_created_runs_nothing() {
    let server = ScriptedServer::start(|_, _| Reply::json(401, "{}")).await;
    let client = client_of(&server).0.build().unwrap();
    let body = async |_: &chats::ChatSessionContext| -> Result<(), Error> { unreachable!() };
    let error = client.chats().session().with(body).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    client.shutdown().await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_session_that_is_created_after_nobody_waits_for_it_is_closed() {
    let (asked, mut was_asked) = tokio::sync::mpsc::unbounded_channel();
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let server = ScriptedServer::start(move |request, _| match request.method.as_str() {
        "DELETE" => Reply::json(200, CLOSED),
        _ => {
            asked.send(()).unwrap();
            Reply::json(200, CREATED).after(held.clone())
        }
    })
    .await;
    let client = client_of(&server).0.build().unwrap();
    let open = tokio::spawn(client.chats().session().open());
    was_asked.recv().await.unwrap();
    open.abort();
    assert!(open.await.unwrap_err().is_cancelled());
    gate.add_permits(1);
    client.shutdown().await;
    assert_eq!(closes(&server), 1);
}

#[tokio::test]
async fn a_session_that_may_have_been_created_for_nobody_is_told_of() {
    let server = ScriptedServer::start(|_, _| Reply::silence()).await;
    let (builder, clock) = client_of(&server);
    let client = builder.build().unwrap();
    let (log, _guard) = contract_tests::log::capture();
    let open = tokio::spawn(client.chats().session().open());
    while server.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    open.abort();
    assert!(open.await.unwrap_err().is_cancelled());
    let mut shutdown = pin!(client.shutdown());
    while futures_util::poll!(shutdown.as_mut()).is_pending() {
        clock.expire();
        tokio::task::yield_now().await;
    }
    let text = log.text();
    assert!(text.contains("a session may have been created"), "{text}");
}

/// A server on a runtime of its own, and one that only runs while it is blocked on.
fn apart() -> (
    tokio::runtime::Runtime,
    ScriptedServer,
    tokio::runtime::Runtime,
) {
    let servers = tokio::runtime::Runtime::new().unwrap();
    let server = servers.block_on(server(Reply::json(200, CLOSED)));
    let mut other = tokio::runtime::Builder::new_current_thread();
    (servers, server, other.enable_all().build().unwrap())
}

#[test]
fn a_runtime_that_nobody_drives_holds_no_shutdown_up_for_ever() {
    let (servers, server, idle) = apart();
    let (builder, clock) = client_of(&server);
    let client = builder.build().unwrap();
    drop(idle.block_on(client.chats().session().open()).unwrap());
    let (log, _guard) = contract_tests::log::capture();
    servers.block_on(async {
        let mut shutdown = pin!(client.shutdown());
        assert!(futures_util::poll!(shutdown.as_mut()).is_pending());
        clock.expire();
        shutdown.await;
    });
    assert!(
        log.text().contains("nothing drives the runtime"),
        "{}",
        log.text()
    );
}

#[test]
fn a_runtime_that_ends_before_a_close_is_told_of() {
    let told = |ends: fn(chats::ChatSessionContext, &tokio::runtime::Runtime)| {
        let (_servers, server, runtime) = apart();
        let client = client_of(&server).0.build().unwrap();
        let session = runtime.block_on(client.chats().session().open()).unwrap();
        let (log, _guard) = contract_tests::log::capture();
        ends(session, &runtime);
        drop(runtime);
        log.text().contains("a runtime ended before")
    };
    assert!(told(|session, _| drop(session)));
    assert!(!told(|session, runtime| {
        runtime.block_on(session.close()).unwrap();
    }));
    assert!(!told(|session, _| {
        session.leave_open();
    }));
}

#[tokio::test]
async fn a_session_can_be_left_open_after_all() {
    let (server, client) = working().await;
    let session = client.chats().session().open().await.unwrap();
    assert_eq!(session.leave_open().id, SESSION);
    client.shutdown().await;
    assert_eq!(closes(&server), 0);
}

#[tokio::test]
async fn a_close_that_is_answered_without_a_body_is_a_close() {
    for status in [200, 204] {
        let server = server(Reply::new(status, &[], "")).await;
        let client = client_of(&server).0.build().unwrap();
        let five: Result<i32, Error> = client.chats().session().with(async |_| Ok(5)).await;
        assert_eq!(five.unwrap(), 5);
        let closed = client.chats().close_session(SESSION).await.unwrap();
        assert_eq!((closed.session_id, closed.total_messages), (SESSION, None));
    }
}

#[tokio::test]
async fn an_open_circuit_does_not_keep_sessions_open() {
    let server = ScriptedServer::start(|request, _| match request.method.as_str() {
        "GET" => Reply::json(500, "{}"),
        "DELETE" => Reply::json(200, CLOSED),
        _ => Reply::json(200, CREATED),
    })
    .await;
    let client = client_of(&server).0.max_retries(0).build().unwrap();
    let session = client.chats().session().open().await.unwrap();
    for _ in 0..5 {
        client.chats().list_sessions().await.unwrap_err();
    }
    let kept_back = client.chats().list_sessions().await.unwrap_err();
    assert_eq!(kept_back.kind(), ErrorKind::CircuitOpen);
    session.close().await.unwrap();
    assert_eq!(closes(&server), 1);
}
