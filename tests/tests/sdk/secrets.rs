//! What is refused before anything is sent is told without the key in it.

use contract_tests::{KEY, Reply, ScriptedServer, client_of};

use crate::SESSION;
use chats::{Client, Error};

fn clean(what: &str, error: &Error) {
    let text = format!("{error} {error:?} {error:#?}");
    assert!(!text.contains("canary"), "{what} shows the key: {text}");
}

#[tokio::test]
async fn a_refused_key_or_header_is_not_repeated() {
    let error = Client::new(format!("{KEY}\nX: 1")).unwrap_err();
    clean("a key with a line end in it", &error);
    let error = Client::new(format!("BAD{KEY}")).unwrap_err();
    clean("a key of another form", &error);
    let server = ScriptedServer::replies([] as [Reply; 0]).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    for name in ["authorization", KEY] {
        let call = chats.send(SESSION, "x").header(name, format!("{KEY}\n"));
        clean("a refused header", &call.await.unwrap_err());
    }
    let call = chats.send(SESSION, "x").header("authorization", KEY);
    clean("a header of ours", &call.await.unwrap_err());
    assert!(server.requests().is_empty());
}
