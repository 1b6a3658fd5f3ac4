//! What is read is read liberally.

use std::collections::BTreeMap;

use contract_tests::{Reply, ScriptedServer, client_of};

use crate::SESSION;
use chats::{ChatResource, ChatToken, ErrorKind, ResultRef};
use futures_util::TryStreamExt;

#[tokio::test]
async fn ids_of_messages_and_images_are_any_text() {
    let server = ScriptedServer::replies([
        Reply::json(200, r#"{"message_id":"msg_7","content":"Three."}"#),
        Reply::json(200, r#"{"results":[{"image_id":"img-1"}],"total_count":1}"#),
    ])
    .await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let answer = chats.send(SESSION, "How many?").await.unwrap();
    assert_eq!(answer.message_id.as_str(), "msg_7");
    let found = chats.search_images("poles").await.unwrap();
    assert_eq!(found.items[0].image_id, "img-1");
    assert_eq!(found.items[0].id(), None);
}

/// A service that gives this answer in each of the three ways: as a reply, in the history, and
/// at the end of a stream.
async fn answering(answer: serde_json::Value) -> (ScriptedServer, ChatResource) {
    let history = serde_json::json!({"session": {"id": SESSION}, "messages": [answer]}).to_string();
    let events = format!("event: complete\ndata: {answer}\n\n");
    let server = ScriptedServer::start(move |request, _| match &*request.method {
        "GET" => Reply::json(200, &history),
        _ if request.target.contains("/stream") => Reply::events(&events),
        _ => Reply::json(200, answer.to_string()),
    })
    .await;
    let chats = client_of(&server).0.build().unwrap().chats();
    (server, chats)
}

#[tokio::test]
async fn the_same_answer_has_the_same_result_refs_however_it_came() {
    let refs = serde_json::json!({
        "message_id": "msg_1", "id": "msg_1", "role": "assistant", "content": "[[ref:a]] [[ref:b]] [[ref:c]]",
        "result_refs": {"a": {"count": 1}, "b": {"count": 2}, "c": {}},
        "metadata": {"result_refs": {"b": {"count": 9}, "c": {"count": 3}, "d": {"count": 4}}, "kept": true},
    });
    let (_server, chats) = answering(refs).await;
    let counts = |refs: BTreeMap<String, ResultRef>| -> Vec<(String, i64)> {
        refs.into_iter()
            .map(|(key, set)| (key, set.count))
            .collect()
    };
    let expected = [("a", 1), ("b", 2), ("c", 3), ("d", 4)].map(|(key, n)| (key.to_owned(), n));

    let sent = chats.send(SESSION, "x").await.unwrap();
    assert_eq!(sent.resolved_content(), "1 2 3");
    assert_eq!(sent.metadata.as_ref().unwrap()["kept"], true);
    assert_eq!(counts(sent.result_refs()), expected);
    let stored = chats.get_messages(SESSION).await.unwrap().remove(0);
    assert_eq!(stored.resolved_content(), "1 2 3");
    assert_eq!(counts(stored.result_refs()), expected);
    let mut stream = chats.send_stream(SESSION, "x").await.unwrap();
    let Some(ChatToken::Complete(complete)) = stream.try_next().await.unwrap() else {
        panic!("not complete")
    };
    assert_eq!(counts(complete.result_refs()), expected);
    let streamed = stream.finish().await.unwrap();
    assert_eq!(counts(streamed.result_refs()), expected);
}

/// A text that was cut in the middle of a character, as a service writes that cuts its
/// strings anywhere; and a number that its language has no other way to write.
const ODD: &str = r#""message_id":"m","content":"Three \ud83d","token_count":7.0"#;

#[tokio::test]
async fn the_same_answer_has_the_same_images_however_it_came() {
    let answer = serde_json::json!({
        "message_id": "msg_1", "id": "msg_1", "role": "assistant", "content": "One.",
        "image_context": null, "images": [],
        "metadata": {"image_context": [{"image_id": "a"}]},
    });
    let (_server, chats) = answering(answer).await;
    let stream = chats.send_stream(SESSION, "x").await.unwrap();
    for images in [
        chats.send(SESSION, "x").await.unwrap().images,
        chats.get_messages(SESSION).await.unwrap().remove(0).images,
        stream.finish().await.unwrap().images,
    ] {
        assert_eq!(images.len(), 1);
        assert_eq!(images[0].image_id, "a");
    }
}

#[tokio::test]
async fn half_a_character_costs_neither_a_reply_nor_the_text_of_a_stream() {
    let reply = Reply::json(200, format!("{{{ODD}}}"));
    let events = format!("event: token\ndata: {{{ODD}}}\n\nevent: complete\ndata: {{{ODD}}}\n\n");
    let history = format!(
        r#"{{"session":{{"id":"{SESSION}","total_messages":1.0}},"messages":[{{"id":"1","role":"assistant",{ODD}}}]}}"#
    );
    let mut marked = vec![0xef, 0xbb, 0xbf];
    marked.extend(history.as_bytes());
    let replies = [reply, Reply::events(events), Reply::new(200, &[], marked)];
    let server = ScriptedServer::replies(replies).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let sent = chats.send(SESSION, "x").await.unwrap();
    let mut stream = chats.send_stream(SESSION, "x").await.unwrap();
    let token = stream.try_next().await.unwrap().unwrap();
    assert_eq!(token.content(), Some("Three \u{fffd}"));
    let streamed = stream.finish().await.unwrap();
    let stored = chats.get_session(SESSION).await.unwrap();
    assert_eq!(stored.session.total_messages, Some(1));
    let stored = &stored.messages[0];
    for (content, tokens) in [
        (&sent.content, sent.token_count),
        (&streamed.content, streamed.token_count),
        (&stored.content, stored.token_count),
    ] {
        assert_eq!(content, "Three \u{fffd}");
        assert_eq!(tokens, Some(7));
    }
}

#[tokio::test]
async fn a_part_of_a_file_is_not_taken_for_the_file() {
    let headers = [
        ("content-type", "text/markdown"),
        ("content-range", "bytes 0-2/100"),
    ];
    let server = ScriptedServer::replies([Reply::new(206, &headers, "# A")]).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let error = chats.export_session(SESSION).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Decode, Some(206))
    );
    assert!(error.to_string().contains("a part of the file"), "{error}");
}

#[tokio::test]
async fn events_are_read_whatever_the_success_that_brings_them() {
    let events = "event: complete\ndata: {\"content\":\"Three.\"}\n\n";
    for status in [200, 201, 202, 206] {
        let headers = [("content-type", "text/event-stream; charset=utf-8")];
        let server = ScriptedServer::replies([Reply::new(status, &headers, events)]).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        let stream = chats.send_stream(SESSION, "x").await.unwrap();
        assert_eq!(stream.finish().await.unwrap().content, "Three.", "{status}");
    }
}

#[tokio::test]
async fn what_comes_in_place_of_a_file_is_no_export() {
    let page = [("content-type", "text/html; charset=utf-8")];
    let json = [("content-type", "application/json")];
    let failure = r#"{"error":"Busy.","error_code":"RATE_LIMIT_ERROR"}"#;
    for (reply, kind) in [
        (
            Reply::new(200, &page, "<title>Sign in</title>"),
            ErrorKind::Decode,
        ),
        (Reply::new(204, &[], ""), ErrorKind::Decode),
        (Reply::new(200, &json, failure), ErrorKind::RateLimit),
    ] {
        let server = ScriptedServer::replies([reply]).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        let error = chats.export_session(SESSION).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
    // A session may hold the same words, or nothing.
    let named = [
        ("content-type", "application/json"),
        ("content-disposition", "attachment; filename=\"s.json\""),
    ];
    for (headers, text) in [
        (&json[..], r#"{"session":{"error":"Busy."}}"#),
        (&json, r#"{"message":"hello","code":"x","messages":[]}"#),
        (&named, failure),
        (&json, ""),
    ] {
        let server = ScriptedServer::replies([Reply::new(200, headers, text)]).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        assert_eq!(chats.export_session(SESSION).await.unwrap().bytes(), text);
    }
}

#[tokio::test]
async fn the_services_own_rendering_is_taken_wherever_an_answer_comes_from() {
    let answer = serde_json::json!({
        "id": "m", "role": "assistant", "message_id": "m", "content": "[[img:7|a.png]]",
        "metadata": {"resolved_content": "a picture"},
    });
    let (_server, chats) = answering(answer).await;
    let sent = chats.send(SESSION, "x").await.unwrap();
    assert_eq!(sent.resolved_content(), "a picture");
    let stored = chats.get_messages(SESSION).await.unwrap().remove(0);
    assert_eq!(stored.resolved_content(), "a picture");
    let stream = chats.send_stream(SESSION, "x").await.unwrap();
    let streamed = stream.finish().await.unwrap();
    assert_eq!(streamed.resolved_content(), "a picture");
}
