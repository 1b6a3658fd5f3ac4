//! Bad input gets a clear error before anything is sent.

use contract_tests::{KEY, Reply, ScriptedServer, client_of};

use crate::{CREATED, SESSION};
use chats::{ChatResource, Client, Error, ErrorKind, ImageId};
use futures_util::TryStreamExt;
use uuid::Uuid;

/// Makes a call that must fail with nothing sent.
async fn refused<F, T>(call: impl FnOnce(ChatResource) -> F) -> String
where
    F: Future<Output = Result<T, Error>>,
{
    let server = ScriptedServer::start(|_, _| Reply::json(200, "{}")).await;
    let client = client_of(&server).0.build().unwrap();
    let Err(error) = call(client.chats()).await else {
        panic!("the call was taken")
    };
    assert_eq!(server.requests().len(), 0, "something was sent");
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
    assert_eq!(error.attempts(), 0);
    assert!(!error.outcome_unknown() && !error.is_retryable());
    error.to_string()
}

fn images(count: usize) -> Vec<ImageId> {
    (0..count as u128)
        .map(|n| ImageId::new(Uuid::from_u128(n)))
        .collect()
}

#[tokio::test]
async fn texts_must_hold_something_and_not_too_much() {
    let long = |n: usize| "é".repeat(n);
    for message in ["".to_owned(), long(10_001)] {
        let text = refused(|chats| async move { chats.send(SESSION, message).await }).await;
        assert!(
            text.starts_with("could not send the message: the message"),
            "{text}"
        );
    }
    let text = refused(|chats| async move { chats.send_stream(SESSION, "").await }).await;
    assert_eq!(text, "could not send the message: the message is empty");
    for title in ["".to_owned(), long(256)] {
        refused(|chats| async move { chats.rename_session(SESSION, title).await }).await;
    }
    refused(|chats| async move { chats.create_session().title(long(256)).await }).await;
    for query in ["".to_owned(), long(501)] {
        refused(|chats| async move { chats.search_images(query).await }).await;
    }
    refused(|chats| async move { chats.list_sessions().search(long(201)).await }).await;
}

#[tokio::test]
async fn lists_and_numbers_must_stay_within_their_bounds() {
    let text =
        refused(|chats| async move { chats.update_images(SESSION, images(1001)).await }).await;
    assert_eq!(
        text,
        "could not select the images: too many images: 1001 (at most 1000)"
    );
    refused(|chats| async move {
        chats
            .create_session()
            .image_ids(images(1001))
            .use_all_images(false)
            .await
    })
    .await;
    let ids = || (0..101).map(|_| Uuid::nil());
    refused(|chats| async move { chats.update_documents(SESSION, ids()).await }).await;
    refused(|chats| async move { chats.update_videos(SESSION, ids()).await }).await;
    for limit in [0, 101] {
        refused(|chats| async move { chats.list_sessions().limit(limit).await }).await;
        refused(|chats| async move { chats.search_images("x").limit(limit).await }).await;
        refused(|chats| async move { chats.iter_sessions().page_size(limit).try_next().await })
            .await;
    }
    for limit in [0, 5001] {
        refused(|chats| async move { chats.get_all_images().limit(limit).await }).await;
    }
    for limit in [0, 1001] {
        refused(|chats| async move { chats.get_messages(SESSION).limit(limit).await }).await;
        refused(|chats| async move { chats.get_session(SESSION).message_limit(limit).await }).await;
    }
    refused(|chats| async move { chats.list_sessions().offset(u64::MAX).await }).await;
}

#[tokio::test]
async fn a_plans_id_cannot_change_the_path() {
    for id in ["", ".", "..", "a\\b"] {
        let text = refused(|chats| async move { chats.approve_plan(SESSION, id).await }).await;
        assert!(text.starts_with("could not approve the plan: "), "{text}");
        let text = refused(|chats| async move { chats.cancel_plan(SESSION, id).await }).await;
        assert!(text.starts_with("could not cancel the plan: "), "{text}");
    }
}

#[tokio::test]
async fn a_bad_header_fails_the_call() {
    for (name, value) in [
        ("X-A", "a\r\nX-B: c"),
        ("X A", "b"),
        ("", "b"),
        ("authorization", "Bearer other"),
        ("content-length", "0"),
        ("content-encoding", "gzip"),
        ("range", "bytes=0-1"),
        ("if-none-match", "\"a\""),
        ("keep-alive", "timeout=5"),
        ("host", "elsewhere"),
    ] {
        refused(|chats| async move { chats.list_sessions().header(name, value).await }).await;
        refused(|chats| async move { chats.iter_images().header(name, value).try_next().await })
            .await;
        refused(|chats| async move { chats.session().header(name, value).open().await }).await;
    }
}

#[tokio::test]
async fn a_call_that_is_given_no_time_sends_nothing() {
    let server = ScriptedServer::start(|_, _| Reply::json(200, CREATED)).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    chats.create_session().await.unwrap(); // so that a connection is at hand
    let none = std::time::Duration::ZERO;
    let failures = [
        chats.send(SESSION, "hi").timeout(none).await.err(),
        chats.send_stream(SESSION, "hi").timeout(none).await.err(),
        chats.iter_images().timeout(none).try_next().await.err(),
        chats.session().timeout(none).open().await.err(),
    ];
    for error in failures.map(Option::unwrap) {
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!((error.attempts(), error.outcome_unknown()), (0, false));
        assert!(error.to_string().contains("timeout is zero"), "{error}");
    }
    assert_eq!(server.requests().len(), 1, "something was sent");
}

#[test]
fn a_client_is_refused_for_what_cannot_work() {
    for (builder, setting) in [
        (Client::builder(), "API key"),
        (Client::builder().api_key("short"), "api_key"),
        (
            Client::builder()
                .api_key(KEY)
                .base_url("http://example.org"),
            "base_url",
        ),
        (
            Client::builder().api_key(KEY).proxy_url("socks5://x"),
            "proxy_url",
        ),
        (
            Client::builder().api_key(KEY).timeout(Default::default()),
            "timeout",
        ),
        (
            Client::builder().api_key(KEY).root_certificate_pem("x"),
            "root_certificate_pem",
        ),
        (
            Client::builder().api_key(KEY).user_agent("a\nb"),
            "user_agent",
        ),
        (
            Client::builder().api_key(KEY).max_event_bytes(0),
            "max_event_bytes",
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(setting), "{error}");
    }
}

#[tokio::test]
async fn a_session_may_be_created_with_an_empty_title_but_not_renamed_to_one() {
    let server = ScriptedServer::start(|_, _| Reply::json(200, CREATED)).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    chats.create_session().title("").await.unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&server.requests()[0].body).unwrap();
    assert_eq!(sent["title"], "");
    let error = chats.rename_session(SESSION, "").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_request_id_is_not_for_many_requests() {
    let expected = "`x-request-id` names a single request";
    let opened = async |chats: ChatResource| {
        let session = chats.session().header("X-Request-ID", "mine");
        session.open().await
    };
    let text = refused(opened).await;
    assert!(text.contains(expected), "{text}");
    let listed = async |chats: ChatResource| {
        let mut sessions = chats.iter_sessions().header("X-Request-ID", "mine");
        sessions.try_next().await
    };
    let text = refused(listed).await;
    assert!(text.contains(expected), "{text}");
}

#[tokio::test]
async fn a_wait_needs_the_id_of_a_message() {
    let wait = async |chats: ChatResource| chats.wait_for_answer(SESSION).after("").await;
    let text = refused(wait).await;
    assert!(
        text.contains("the id of the message to wait after is empty"),
        "{text}"
    );
}
