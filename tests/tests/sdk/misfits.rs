//! Replies that do not fit their types: what is beside the point is left out, and for the
//! rest the error names the field.

use contract_tests::{Piece, Reply, ScriptedServer, client_of};
use futures_util::TryStreamExt;
use serde_json::{Value, json};

use crate::SESSION;
use chats::{ChatResource, ErrorKind};

async fn replying(body: impl Into<Value>) -> (ScriptedServer, ChatResource) {
    let body = body.into().to_string();
    let server = ScriptedServer::start(move |_, _| Reply::json(200, &body)).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    (server, chats)
}

#[tokio::test]
async fn an_answer_is_not_lost_for_what_stands_beside_it() {
    let odd = [
        ("processing_time_ms", json!(12.7)),
        ("token_count", json!("7")),
        ("remaining_tokens", json!(u64::MAX)),
        ("remaining_messages", json!([1])),
        ("images", json!({"image_id": "a"})),
        ("images", json!(["a"])),
        ("images", json!([{"image_id": 5}])),
        ("metadata", json!([1])),
        ("result_refs", json!([])),
        ("provider", json!({})),
        ("model", json!([])),
    ];
    for (field, value) in odd {
        let mut body = json!({"message_id": "msg_7", "content": "Three.", "token_count": 7});
        body[field] = value;
        let (_server, chats) = replying(body.clone()).await;
        let answer = chats.send(SESSION, "How many?").await;
        let answer = answer.unwrap_or_else(|error| panic!("{body}: {error}"));
        let known = (field != "token_count").then_some(7);
        assert_eq!((&*answer.content, answer.token_count), ("Three.", known));
        assert!(answer.images.is_empty(), "{body}");
    }
}

#[tokio::test]
async fn one_odd_item_does_not_cost_the_others() {
    let images = json!([{"image_id": "a"}, "b", {"image_id": 5}, null, {"image_id": "c"}]);
    let body = json!({"message_id": "msg_7", "content": "Three.", "images": images});
    let (_server, chats) = replying(body).await;
    let answer = chats.send(SESSION, "How many?").await.unwrap();
    let ids: Vec<_> = answer.images.iter().map(|image| &*image.image_id).collect();
    assert_eq!(ids, ["a", "c"]);
    let body = json!({"session": {"id": SESSION}, "current_search_result_ids": ["a", 1, "b"]});
    let (_server, chats) = replying(body).await;
    let detail = chats.get_session(SESSION).await.unwrap();
    assert_eq!(detail.current_search_result_ids.unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn a_history_is_read_whatever_counts_it_has() {
    let message = |n: usize| {
        json!({"id": format!("m{n}"), "role": "user", "content": "Hi", "token_count": "7",
               "processing_time_ms": n, "metadata": if n.is_multiple_of(2) { json!({}) } else { json!("?") }})
    };
    let messages: Vec<Value> = (0..1000).map(message).collect();
    let session = json!({"id": SESSION, "context_summary": 5});
    let body = json!({"session": session, "messages": messages,
                      "current_search_result_ids": [1]});
    let (_server, chats) = replying(body).await;
    let detail = chats.get_session(SESSION).await.unwrap();
    assert_eq!(detail.messages.len(), 1000);
    let last = detail.messages.last().unwrap();
    assert_eq!(
        (last.token_count, last.processing_time_ms),
        (None, Some(999))
    );
    let told = detail
        .messages
        .iter()
        .filter(|message| message.metadata.is_some());
    assert_eq!(told.count(), 500, "what fits is kept");
}

#[tokio::test]
async fn what_identifies_or_answers_must_fit() {
    for (field, value) in [
        ("message_id", json!([])),
        ("content", json!(5)),
        ("content", json!({"text": "Three."})),
    ] {
        let mut body = json!({"message_id": "msg_7", "content": "Three.", "token_count": "7"});
        body[field] = value;
        let (_server, chats) = replying(body.clone()).await;
        let error = chats.send(SESSION, "How many?").await.unwrap_err();
        assert_eq!(
            (error.kind(), error.path()),
            (ErrorKind::Decode, Some(field))
        );
        assert!(error.outcome_unknown(), "{body}");
    }
}

/// What is repaired or left out on the way is not blamed.
#[tokio::test]
async fn the_error_names_the_field_that_prevents_reading() {
    let history = |others: &str| {
        format!(
            r#"{{"session":{{"id":"{SESSION}","total_messages":2.0}},"messages":[
            {{"id":"a","role":"user","content":"x"{others}}},{{"id":5,"role":"user","content":"y"}}]}}"#
        )
    };
    let beside = [
        "",
        r#","token_count":1.0"#,
        r#","token_count":"many""#,
        r#","metadata":{"score":NaN}"#,
        r#","metadata":{"half":"\ud83d"}"#,
    ];
    for beside in beside {
        let body = "\u{feff}".to_owned() + &history(beside);
        let server = ScriptedServer::start(move |_, _| Reply::json(200, &body)).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        let error = chats.get_messages(SESSION).await.unwrap_err();
        assert_eq!(error.path(), Some("messages[1].id"), "{beside}: {error}");
    }
}

#[tokio::test]
async fn an_item_is_not_lost_for_what_stands_beside_it() {
    let items = json!([
        {"image_id": "a", "relevance_score": "high"},
        {"image_id": 5},
        {"image_id": "c", "confidence": 0.1_f64 + 0.2_f64},
    ]);
    let (_server, chats) = replying(json!({"results": items, "total_count": 3})).await;
    let pages: Vec<_> = chats
        .iter_search_images("pole")
        .pages()
        .try_collect()
        .await
        .unwrap();
    let [page] = &pages[..] else {
        panic!("{pages:?}");
    };
    let read: Vec<_> = page.items.iter().map(|image| &*image.image_id).collect();
    assert_eq!(read, ["a", "c"]);
    assert_eq!(
        page.items[1].confidence,
        Some(0.1 + 0.2),
        "to the last digit"
    );
    assert_eq!(page.unreadable[0].path(), Some("results[1].image_id"));
}

#[tokio::test]
async fn what_is_no_http_is_told_and_not_asked_for_again() {
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    for bytes in [
        "SSH-2.0-OpenSSH_9.6\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        &*format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
    ] {
        let reply = Reply(vec![Piece::Bytes(bytes.as_bytes().to_vec())]);
        let server = ScriptedServer::start(move |_, _| reply.clone()).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        let error = chats.list_sessions().await.unwrap_err();
        assert!(
            error.to_string().contains("cannot be read as HTTP"),
            "{error}"
        );
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert_eq!(
            (error.attempts(), error.is_retryable()),
            (1, false),
            "{error}"
        );
        let error = chats.send(SESSION, "Find poles").await.unwrap_err();
        assert!(error.outcome_unknown(), "{error}");
    }
}
