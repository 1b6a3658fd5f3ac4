//! Settings of a client that every request shows, and clients that are made of others.

use chats::{Client, ErrorKind};
use contract_tests::{KEY, Piece, Reply, ScriptedServer, client_of};

use crate::{CLOSED, CREATED};

const LIST: &str = r#"{"sessions":[],"total":0,"has_more":false}"#;

#[tokio::test]
async fn a_default_header_is_in_every_request_unless_a_call_says_otherwise() {
    let server = ScriptedServer::start(|_, _| Reply::json(200, LIST)).await;
    let builder = client_of(&server).0.default_header("X-Team", "inspection");
    let client = builder.build().unwrap();
    client.chats().list_sessions().await.unwrap();
    let other = client.chats().list_sessions().header("X-Team", "repair");
    other.await.unwrap();
    let teams: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.header("x-team").map(str::to_owned))
        .collect();
    assert_eq!(teams, [Some("inspection".into()), Some("repair".into())]);
}

#[test]
fn a_default_header_that_cannot_be_sent_fails_the_build() {
    for (name, value, said) in [
        ("bad name", "x", "invalid header name"),
        ("x-a", "a\nb", "invalid value for header `x-a`"),
        ("Authorization", "x", "`authorization` is set by the client"),
        ("X-Request-ID", "x", "`x-request-id` names a single request"),
        ("traceparent", "x", "`traceparent` names a single request"),
    ] {
        let builder = Client::builder().api_key(KEY).default_header(name, value);
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(said), "{error}");
    }
}

#[tokio::test]
async fn a_client_for_another_key_or_tenant_uses_the_same_connection() {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        LIST.len()
    );
    let reply = Reply(vec![Piece::Bytes((head + LIST).into_bytes()), Piece::Next]);
    let server = ScriptedServer::start(move |_, _| reply.clone()).await;
    let ours = client_of(&server).0.tenant_id("acme").build().unwrap();
    let key = "aion_ann0123456789abcdefghij";
    let theirs = ours.with_api_key(key).unwrap();
    let none = theirs.with_tenant_id("").unwrap();
    let other = theirs.with_tenant_id("other").unwrap();
    for client in [&ours, &theirs, &none, &other] {
        client.chats().list_sessions().await.unwrap();
    }
    let requests = server.requests();
    let sent: Vec<_> = requests
        .iter()
        .map(|request| {
            (
                request.header("authorization"),
                request.header("x-tenant-id"),
            )
        })
        .collect();
    let (own, anns) = (format!("Bearer {KEY}"), format!("Bearer {key}"));
    let expected = [
        (Some(&*own), Some("acme")),
        (Some(&*anns), Some("acme")),
        (Some(&*anns), None),
        (Some(&*anns), Some("other")),
    ];
    assert_eq!(sent, expected);
    assert!(
        requests
            .iter()
            .all(|request| request.connection == requests[0].connection)
    );
    for refused in [ours.with_api_key("short"), ours.with_tenant_id("ü")] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Config);
    }
}

#[tokio::test]
async fn what_fails_for_one_key_holds_no_other_up() {
    let server = ScriptedServer::start(|request, _| {
        let ann = request.header("authorization") == Some("Bearer aion_ann0123456789abcdefghij");
        Reply::json(if ann { 500 } else { 200 }, LIST)
    })
    .await;
    let ours = client_of(&server).0.max_retries(0).build().unwrap();
    let theirs = ours.with_api_key("aion_ann0123456789abcdefghij").unwrap();
    let mut kinds = Vec::new();
    for _ in 0..6 {
        let outcome = theirs.chats().list_sessions().await;
        kinds.push(outcome.unwrap_err().kind());
    }
    assert_eq!(kinds[4..], [ErrorKind::Server, ErrorKind::CircuitOpen]);
    ours.chats().list_sessions().await.unwrap();
}

#[tokio::test]
async fn shutting_one_client_down_closes_the_sessions_of_those_made_of_it() {
    let server = ScriptedServer::start(|request, _| match request.method.as_str() {
        "POST" => Reply::json(200, CREATED),
        _ => Reply::json(200, CLOSED),
    })
    .await;
    let ours = client_of(&server).0.build().unwrap();
    let theirs = ours.with_api_key("aion_ann0123456789abcdefghij").unwrap();
    let session = theirs.chats().session().open().await.unwrap();
    ours.shutdown().await;
    let requests = server.requests();
    let closes = requests.iter().filter(|request| request.method == "DELETE");
    let keys: Vec<_> = closes
        .map(|request| request.header("authorization"))
        .collect();
    assert_eq!(keys, [Some("Bearer aion_ann0123456789abcdefghij")]);
    drop(session);
}

#[test]
fn http_to_another_machine_needs_a_word() {
    let builder = || {
        let builder = Client::builder().api_key(KEY);
        builder.base_url("http://chats-server:8080/api/v2")
    };
    let refused = builder().build().unwrap_err().to_string();
    assert!(refused.contains("allow_plain_http"), "{refused}");
    builder().allow_plain_http(true).build().unwrap();
    let through = builder().allow_plain_http(true);
    through
        .proxy_url("http://proxy.example:3128")
        .build()
        .unwrap();
}
