//! Wrong requests: FastAPI's 422 to the letter, and the 400s that stand in
//! prose alone.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, server};

fn problems(reply: &crate::client::Reply) -> Vec<(Value, String)> {
    assert_eq!(
        reply.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        reply.text()
    );
    reply.json()["detail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            assert!(!problem["msg"].as_str().unwrap().is_empty());
            (
                problem["loc"].clone(),
                problem["type"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

#[tokio::test]
async fn every_bound_of_a_query_is_kept() {
    let (_server, client) = server().await;
    let session = client.session().await;
    for (path, loc, kind) in [
        (
            "/chat/sessions?limit=0".to_owned(),
            "limit",
            "greater_than_equal",
        ),
        (
            "/chat/sessions?limit=101".to_owned(),
            "limit",
            "less_than_equal",
        ),
        (
            "/chat/sessions?limit=ten".to_owned(),
            "limit",
            "int_parsing",
        ),
        (
            "/chat/sessions?offset=-1".to_owned(),
            "offset",
            "greater_than_equal",
        ),
        (
            "/chat/sessions?min_messages=-1".to_owned(),
            "min_messages",
            "greater_than_equal",
        ),
        (
            "/chat/sessions?is_active=maybe".to_owned(),
            "is_active",
            "bool_parsing",
        ),
        (
            format!("/chat/sessions?search={}", "é".repeat(201)),
            "search",
            "string_too_long",
        ),
        (
            format!("/chat/sessions/{session}?message_limit=1001"),
            "message_limit",
            "less_than_equal",
        ),
        (
            format!("/chat/sessions/{session}?include_messages="),
            "include_messages",
            "bool_parsing",
        ),
        (
            format!("/chat/sessions/{session}/export?format=pdf"),
            "format",
            "literal_error",
        ),
        (
            "/chat/images/all?limit=5001".to_owned(),
            "limit",
            "less_than_equal",
        ),
    ] {
        let found = problems(&client.get(&path).await);
        assert_eq!(found, [(json!(["query", loc]), kind.to_owned())], "{path}");
    }
    for path in [
        "/chat/sessions?limit=100&offset=0&is_active=1&min_messages=0",
        "/chat/sessions?limit=+7&limit=5.0&is_active=YES",
        "/chat/images/all?limit=5000",
    ] {
        client.get(path).await.ok();
    }
}

#[tokio::test]
async fn every_bound_of_a_body_is_kept() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let path = |below: &str| format!("/chat/sessions/{session}{below}");
    let long = |length: usize| "é".repeat(length);
    for (method, path, body, loc, kind) in [
        (
            Method::POST,
            "/chat/sessions".to_owned(),
            json!({"title": long(256)}),
            json!(["title"]),
            "string_too_long",
        ),
        (
            Method::POST,
            "/chat/sessions".to_owned(),
            json!({"title": 5}),
            json!(["title"]),
            "string_type",
        ),
        (
            Method::POST,
            "/chat/sessions".to_owned(),
            json!({"use_all_images": null}),
            json!(["use_all_images"]),
            "bool_type",
        ),
        (
            Method::POST,
            "/chat/sessions".to_owned(),
            json!({"initial_image_ids": ["x"]}),
            json!(["initial_image_ids", 0]),
            "uuid_parsing",
        ),
        (
            Method::POST,
            path("/messages"),
            json!({}),
            json!(["message"]),
            "missing",
        ),
        (
            Method::POST,
            path("/messages"),
            json!({"message": ""}),
            json!(["message"]),
            "string_too_short",
        ),
        (
            Method::POST,
            path("/messages/stream"),
            json!({"message": long(10_001)}),
            json!(["message"]),
            "string_too_long",
        ),
        (
            Method::POST,
            path("/messages"),
            json!({"message": "x", "expected_image_ids": [1]}),
            json!(["expected_image_ids", 0]),
            "string_type",
        ),
        (
            Method::PUT,
            path("/images"),
            json!({}),
            json!(["image_ids"]),
            "missing",
        ),
        (
            Method::PUT,
            path("/images"),
            json!({"image_ids": "x"}),
            json!(["image_ids"]),
            "list_type",
        ),
        (
            Method::PUT,
            path("/documents"),
            json!({"document_ids": null}),
            json!(["document_ids"]),
            "list_type",
        ),
        (
            Method::PUT,
            path("/videos"),
            json!({"video_ids": [5]}),
            json!(["video_ids", 0]),
            "uuid_type",
        ),
        (
            Method::PATCH,
            path("/mode"),
            json!({"use_all_images": 1}),
            json!(["use_all_images"]),
            "bool_type",
        ),
        (
            Method::PATCH,
            path("/title"),
            json!({"title": ""}),
            json!(["title"]),
            "string_too_short",
        ),
        (
            Method::POST,
            path("/plans/p/action"),
            json!({"action": "approve\n"}),
            json!(["action"]),
            "string_pattern_mismatch",
        ),
        (
            Method::POST,
            path("/plans/p/action"),
            json!({"action": "cancel", "plan_data": []}),
            json!(["plan_data"]),
            "dict_type",
        ),
        (
            Method::POST,
            "/chat/images/search".to_owned(),
            json!({"query": long(501)}),
            json!(["query"]),
            "string_too_long",
        ),
        (
            Method::POST,
            "/chat/images/search".to_owned(),
            json!({"query": "x", "limit": 1.5}),
            json!(["limit"]),
            "int_from_float",
        ),
        (
            Method::POST,
            "/chat/images/search".to_owned(),
            json!({"query": "x", "limit": "5"}),
            json!(["limit"]),
            "int_type",
        ),
        (
            Method::POST,
            "/chat/images/search".to_owned(),
            json!({"query": "x", "offset": -1}),
            json!(["offset"]),
            "greater_than_equal",
        ),
    ] {
        let mut whole = vec![json!("body")];
        whole.extend(loc.as_array().unwrap().iter().cloned());
        let found = problems(&client.call(method, &path, &body).await);
        assert_eq!(
            found,
            [(Value::from(whole), kind.to_owned())],
            "{path} {body}"
        );
    }
    client
        .post(
            "/chat/sessions",
            &json!({"title": long(255), "initial_image_ids": null}),
        )
        .await
        .ok();
    client
        .post(
            "/chat/images/search",
            &json!({"query": "x", "limit": 100.0, "offset": 1e300}),
        )
        .await
        .ok();
}

#[tokio::test]
async fn all_problems_of_a_request_come_together() {
    let (_server, client) = server().await;
    let reply = client
        .call(
            Method::POST,
            "/chat/sessions/nope/messages/stream?debug_reasoning=2",
            &json!({"message": 1}),
        )
        .await;
    let found: Vec<Value> = problems(&reply).into_iter().map(|(loc, _)| loc).collect();
    assert_eq!(
        found,
        [
            json!(["path", "session_id"]),
            json!(["query", "debug_reasoning"]),
            json!(["body", "message"])
        ]
    );
}

#[tokio::test]
async fn a_body_that_is_no_object_is_told_apart() {
    let (_server, client) = server().await;
    let send = async |content_type: Option<&str>, body: &'static [u8]| {
        let mut request = client
            .request(Method::POST, "/chat/images/search")
            .body(body);
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        Client::finish(request).await
    };
    let json = Some("application/json");
    for (content_type, body, loc, kind) in [
        (json, b"".as_slice(), json!(["body"]), "missing"),
        (json, b"{\"query\": ", json!(["body", 10]), "json_invalid"),
        (json, b"[]", json!(["body"]), "model_attributes_type"),
        (json, b"null", json!(["body"]), "model_attributes_type"),
        (
            Some("text/plain"),
            b"{\"query\": \"x\"}",
            json!(["body"]),
            "model_attributes_type",
        ),
    ] {
        assert_eq!(
            problems(&send(content_type, body).await),
            [(loc, kind.to_owned())],
            "{body:?}"
        );
    }
    send(None, b"{\"query\": \"x\"}").await.ok();
    send(
        Some("application/vnd.api+json; charset=utf-8"),
        b"{\"query\": \"x\"}",
    )
    .await
    .ok();
    let unreadable = send(json, b"{\"query\": \"\xff\"}").await;
    assert_eq!(unreadable.status, StatusCode::BAD_REQUEST);
    let plain = json!({"detail": "There was an error parsing the body"});
    assert_eq!(unreadable.json(), plain);
    let deep: &'static [u8] = Box::leak("[".repeat(100_000).into_bytes().into_boxed_slice());
    assert_eq!(
        send(json, deep).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn too_many_ids_are_a_chat_error() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let ids = |count: u128| -> Vec<String> {
        (0..count)
            .map(|n| uuid::Uuid::from_u128(n).to_string())
            .collect()
    };
    let path = format!("/chat/sessions/{session}");
    for (method, path, name, limit, code) in [
        (
            Method::PUT,
            format!("{path}/images"),
            "image_ids",
            1000,
            "TOO_MANY_IMAGES",
        ),
        (
            Method::PUT,
            format!("{path}/documents"),
            "document_ids",
            100,
            "TOO_MANY_DOCUMENTS",
        ),
        (
            Method::PUT,
            format!("{path}/videos"),
            "video_ids",
            100,
            "TOO_MANY_VIDEOS",
        ),
    ] {
        client
            .call(method.clone(), &path, &json!({name: ids(limit)}))
            .await
            .ok();
        let refused = client
            .call(method, &path, &json!({name: ids(limit + 1)}))
            .await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.json()["error_code"], code);
        assert!(refused.json()["error"].is_string());
    }
    let body = json!({"message": "Find cats", "expected_image_ids": ids(1001)});
    for below in ["messages", "messages/stream"] {
        let refused = client.post(&format!("{path}/{below}"), &body).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert_eq!(refused.json()["error_code"], "TOO_MANY_IMAGES");
    }
    let body = json!({"initial_image_ids": ids(1001), "use_all_images": false});
    assert_eq!(
        client.post("/chat/sessions", &body).await.status,
        StatusCode::BAD_REQUEST
    );
    let body = json!({"initial_image_ids": ids(1001), "use_all_images": true});
    client.post("/chat/sessions", &body).await.ok();
}

#[tokio::test]
async fn every_problem_of_a_list_is_told_but_not_a_million() {
    let (_server, client) = server().await;
    let session = client.session().await;
    let path = format!("/chat/sessions/{session}/images");
    let problems_of = async |ids: Value| {
        let request = client.request(Method::PUT, &path);
        let reply = request.json(&json!({"image_ids": ids})).send().await;
        let reply: Value = reply.unwrap().json().await.unwrap();
        let problems = reply["detail"].as_array().unwrap().clone();
        problems
            .iter()
            .map(|problem| problem["loc"].clone())
            .collect::<Vec<_>>()
    };
    let good = "00000000-0000-0000-0000-000000000000";
    assert_eq!(
        problems_of(json!(["x", good, 5])).await,
        [
            json!(["body", "image_ids", 0]),
            json!(["body", "image_ids", 2])
        ]
    );
    assert_eq!(problems_of(json!(vec!["x"; 5000])).await.len(), 100);
}

#[tokio::test]
async fn odd_text_comes_back_as_it_was() {
    let (_server, client) = server().await;
    for title in [
        "\u{0}",
        "a\u{0}b",
        "\u{10ffff}\u{202e}",
        "'; DROP TABLE sessions; --",
        " ",
        "\"*) OR NEAR(",
    ] {
        let created = client
            .post("/chat/sessions", &json!({"title": title}))
            .await
            .ok();
        assert_eq!(created["title"], title);
        let session = created["session_id"].as_str().unwrap();
        client.send(session, title).await.ok();
        let messages = client.messages(session).await;
        assert_eq!(messages[0]["content"], title);
        client
            .post("/chat/images/search", &json!({"query": title}))
            .await
            .ok();
        let export = client
            .get(&format!("/chat/sessions/{session}/export?format=json"))
            .await;
        assert_eq!(export.status, StatusCode::OK);
        let search: String = form_urlencoded::byte_serialize(title.as_bytes()).collect();
        client
            .get(&format!("/chat/sessions?search={search}"))
            .await
            .ok();
    }
}
