//! The key is in no text that the SDK makes.

use contract_tests::{KEY, Reply, ScriptedServer, client_of};

use crate::{ANSWER, CREATED, SESSION};
use chats::Client;

fn clean(what: &str, text: &str) {
    assert!(!text.contains(KEY), "the key shows in {what}: {text}");
    assert!(
        !text.contains("canary"),
        "a part of the key shows in {what}"
    );
}

#[tokio::test]
async fn no_public_value_shows_the_key() {
    let server = ScriptedServer::start(|request, _| match request.target.as_str() {
        target if target.ends_with("/messages") => Reply::json(200, ANSWER),
        target if target.contains("export") => Reply::json(500, format!(r#"{{"detail":"{KEY}"}}"#)),
        _ => Reply::json(200, CREATED),
    })
    .await;
    let builder = client_of(&server)
        .0
        .proxy_url(format!("http://user:{KEY}@127.0.0.1:1"));
    clean("ClientBuilder", &format!("{builder:?}"));
    let client = client_of(&server).0.max_retries(0).build().unwrap();
    let chats = client.chats();
    clean("Client", &format!("{client:?} {client:#?}"));
    clean("ChatResource", &format!("{chats:?}"));
    clean("Call", &format!("{:?}", chats.send(SESSION, "x")));
    clean(
        "Pager",
        &format!(
            "{:?} {:?}",
            chats.iter_images(),
            chats.iter_images().pages()
        ),
    );
    clean("SessionBuilder", &format!("{:?}", chats.session()));
    let session = chats.session().auto_close(false).open().await.unwrap();
    clean("ChatSessionContext", &format!("{session:?}"));
    let answer = session.send("x").with_response().await.unwrap();
    clean("Response", &format!("{answer:?}"));
    let error = chats.export_session(SESSION).await.unwrap_err();
    clean("Error", &format!("{error} {error:?} {error:#?}"));
    let error = Client::new(format!("{KEY}\n")).and_then(|_| Client::new(format!("BAD{KEY}")));
    let error = error.unwrap_err();
    clean("a refused key", &format!("{error} {error:?}"));
    let error = chats
        .send(SESSION, "x")
        .header("authorization", KEY)
        .await
        .unwrap_err();
    clean("a refused header", &format!("{error} {error:?}"));
}
