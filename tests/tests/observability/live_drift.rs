//! A service that has moved on shows in the logs, once.

use contract_tests::log::capture;
use contract_tests::{Reply, ScriptedServer, client_of};
use futures_util::TryStreamExt;

use crate::SESSION;

const PAGE: &str = r#"{"image_ids":[],"total_count":0,"has_more":false,"a_new_field":1}"#;
const EVENTS: &str = "\
event: token\ndata: {\"content\":\"x\",\"another_field\":1}\n\n\
event: a_new_event\ndata: {}\n\n\
event: complete\ndata: {\"content\":\"x\"}\n\n";

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
    let text = log.text();
    let warnings: Vec<_> = text
        .lines()
        .filter(|line| line.contains(" WARN "))
        .collect();
    assert_eq!(warnings.len(), 3, "{warnings:#?}");
    for name in ["a_new_field", "another_field", "a_new_event"] {
        let about = warnings.iter().filter(|line| line.contains(name));
        assert_eq!(about.count(), 1, "{name}");
    }
}
