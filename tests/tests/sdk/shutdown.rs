//! `shutdown` closes the contexts that are open, and tries closes again that failed for now.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Semaphore;

use contract_tests::{Reply, ScriptedServer, client_of};

use crate::sessions::{closes, working};
use crate::{CLOSED, CREATED, SESSION};
use chats::{Client, ErrorKind};

#[tokio::test]
async fn shutdown_closes_contexts_that_still_live_and_leaves_the_client_usable() {
    let (server, client) = working().await;
    let first = client.chats().session().open().await.unwrap();
    let second = client.chats().session().open().await.unwrap();
    client.shutdown().await;
    assert_eq!(closes(&server), 2);
    drop((first, second));
    client.shutdown().await;
    assert_eq!(closes(&server), 2, "they are closed once");
    let third = client.chats().session().open().await.unwrap();
    drop(third);
    client.shutdown().await;
    assert_eq!(closes(&server), 3);
}

#[tokio::test]
async fn a_session_that_a_shutdown_closed_is_not_closed_again() {
    let (server, client) = working().await;
    let session = client.chats().session().open().await.unwrap();
    client.shutdown().await;
    assert_eq!(session.close().await.unwrap().session_id, SESSION);
    assert_eq!(closes(&server), 1);
}

/// A service that closes a session only once the gate lets it.
async fn closing_when_told() -> (ScriptedServer, Client, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let server = ScriptedServer::start(move |request, _| match request.method.as_str() {
        "DELETE" => Reply::json(200, CLOSED).after(held.clone()),
        _ => Reply::json(200, CREATED),
    })
    .await;
    let client = client_of(&server).0.build().unwrap();
    (server, client, gate)
}

#[tokio::test]
async fn a_shutdown_waits_for_a_close_that_is_under_way() {
    let (server, client, gate) = closing_when_told().await;
    let session = client.chats().session().open().await.unwrap();
    let close = tokio::spawn(session.close());
    while closes(&server) == 0 {
        tokio::task::yield_now().await;
    }
    let mut shutdown = pin!(client.shutdown());
    for _ in 0..100 {
        assert!(futures_util::poll!(shutdown.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    gate.add_permits(1);
    shutdown.await;
    close.await.unwrap().unwrap();
    assert_eq!(closes(&server), 1);
}

#[tokio::test]
async fn a_close_waits_for_that_of_a_shutdown_and_is_not_made_again() {
    let (server, client, gate) = closing_when_told().await;
    let session = client.chats().session().open().await.unwrap();
    let shutdown = tokio::spawn(async move { client.shutdown().await });
    while closes(&server) == 0 {
        tokio::task::yield_now().await;
    }
    let mut close = pin!(session.close());
    for _ in 0..100 {
        assert!(futures_util::poll!(close.as_mut()).is_pending());
        tokio::task::yield_now().await;
    }
    gate.add_permits(2);
    assert_eq!(close.await.unwrap().session_id, SESSION);
    shutdown.await.unwrap();
    assert_eq!(closes(&server), 1);
}

#[tokio::test]
async fn a_shutdown_waits_for_what_an_earlier_one_was_too_impatient_for() {
    let (server, client, gate) = closing_when_told().await;
    drop(client.chats().session().open().await.unwrap());
    let impatient = client.shutdown();
    assert!(impatient.now_or_never().is_none());
    let mut patient = pin!(client.shutdown());
    assert!(futures_util::poll!(patient.as_mut()).is_pending());
    gate.add_permits(1);
    patient.await;
    assert_eq!(closes(&server), 1);
}

#[tokio::test]
async fn a_context_that_a_shutdown_could_not_close_still_closes_itself() {
    for closes_it in [true, false] {
        let unwell = Reply::json(500, "{}");
        let server = closing(&[unwell.clone(), unwell]).await;
        let client = client_of(&server).0.max_retries(0).build().unwrap();
        let session = client.chats().session().open().await.unwrap();
        client.shutdown().await;
        client.shutdown().await;
        assert_eq!(closes(&server), 2, "each has tried once");
        if closes_it {
            assert_eq!(session.close().await.unwrap().session_id, SESSION);
        } else {
            drop(session);
        }
        client.shutdown().await;
        assert_eq!(closes(&server), 3);
    }
}

/// A server whose closings are answered in this order, then well.
async fn closing(replies: &[Reply]) -> ScriptedServer {
    let replies = replies.to_vec();
    let closes = std::sync::atomic::AtomicUsize::new(0);
    ScriptedServer::start(move |request, _| match request.method.as_str() {
        "DELETE" => {
            let close = closes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let well = Reply::json(200, CLOSED);
            replies.get(close).cloned().unwrap_or(well)
        }
        _ => Reply::json(200, CREATED),
    })
    .await
}

#[tokio::test]
async fn a_close_that_failed_for_now_is_tried_again_by_shutdown() {
    let server = closing(&[Reply::json(500, "{}")]).await;
    let client = client_of(&server).0.max_retries(0).build().unwrap();
    let session = client.chats().session().open().await.unwrap();
    let error = session.close().await.unwrap_err();
    assert_eq!((error.kind(), closes(&server)), (ErrorKind::Server, 1));
    client.shutdown().await;
    assert_eq!(closes(&server), 2);
    client.shutdown().await;
    assert_eq!(closes(&server), 2, "it is closed");
}

#[tokio::test]
async fn a_close_that_failed_for_now_is_tried_again_after_a_while() {
    let server = closing(&[Reply::json(500, "{}")]).await;
    let (builder, clock) = client_of(&server);
    let client = builder.max_retries(0).build().unwrap();
    let session = client.chats().session().open().await.unwrap();
    session.close().await.unwrap_err();
    // Once that time has passed, the close has its own, which is not to run out.
    while closes(&server) < 2 {
        if clock.passed() < Duration::from_secs(30) {
            clock.expire();
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(clock.passed(), Duration::from_secs(30));
}

#[tokio::test]
async fn a_close_that_was_refused_is_not_tried_again() {
    let server = closing(&[Reply::json(403, "{}")]).await;
    let client = client_of(&server).0.build().unwrap();
    let session = client.chats().session().open().await.unwrap();
    session.close().await.unwrap_err();
    client.shutdown().await;
    assert_eq!(closes(&server), 1);
}
