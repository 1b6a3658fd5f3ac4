//! The key leaves to the configured origin alone: host, port and scheme.

use chats::{Client, ErrorKind};
use contract_tests::{KEY, Reply, ScriptedServer, SeenRequest, client_of};

use crate::{ANSWER, LIST, SESSION};
use contract_tests::secure_server::{Certificate, SecureServer};

/// Nothing of ours is in the request.
fn tells_nothing(request: &SeenRequest) {
    for name in [
        "authorization",
        "x-tenant-id",
        "x-own",
        "x-team",
        "x-request-id",
        "x-correlation-id",
        "traceparent",
        "cookie",
    ] {
        assert_eq!(request.header(name), None, "{name} left with the redirect");
    }
    assert!(!format!("{request:?}").contains(KEY));
}

#[tokio::test]
async fn a_read_that_is_led_to_another_host_or_port_goes_without_the_key() {
    let elsewhere = ScriptedServer::start(|_, _| Reply::json(200, LIST)).await;
    let port = elsewhere.base_url().replace("http://127.0.0.1:", "");
    for status in [301, 302, 303, 307, 308] {
        for to in [
            // Another port; another name of the same machine; a name that looks like ours.
            format!("http://127.0.0.1:{port}/x"),
            format!("http://localhost:{port}/x"),
            format!("http://127.0.0.2:{port}/x"),
            format!("//127.0.0.1:{port}/x"),
        ] {
            let location = to.clone();
            let server = ScriptedServer::start(move |_, _| {
                Reply::new(
                    status,
                    &[("location", &location), ("set-cookie", "a=b")],
                    "",
                )
            })
            .await;
            let client = client_of(&server).0.tenant_id("acme").enable_tracing(true);
            let client = client.default_header("X-Team", "inspection");
            let client = client.max_retries(0).build().unwrap();
            // 127.0.0.2 need not lead anywhere: what matters is what is sent.
            let _ = client.chats().list_sessions().header("X-Own", "1").await;
            assert_eq!(server.requests().len(), 1, "{status} {to}");
        }
    }
    assert!(elsewhere.requests().len() >= 15);
    elsewhere.requests().iter().for_each(tells_nothing);
}

#[tokio::test]
async fn only_the_way_back_home_carries_the_key_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let away = format!("http://{}", listener.local_addr().unwrap());
    let home = ScriptedServer::start(move |request, _| match request.target.as_str() {
        "/back" => Reply::json(200, LIST),
        _ => Reply::new(302, &[("location", &away)], ""),
    })
    .await;
    let back = home.base_url().replace("/api/v2", "/back");
    let script = move |_: &SeenRequest, _| Reply::new(302, &[("location", &back)], "");
    let elsewhere = ScriptedServer::on(listener, script);
    let client = client_of(&home).0.build().unwrap();
    client.chats().list_sessions().await.unwrap();
    assert_eq!(elsewhere.requests().len(), 1);
    elsewhere.requests().iter().for_each(tells_nothing);
    assert!(home.requests()[1].header("authorization").is_some());
}

#[tokio::test]
async fn a_downgrade_to_plain_http_is_refused() {
    fn down(_: &str) -> (u16, (&'static str, String), String) {
        let to = "http://127.0.0.1:9/api/v2/chat/sessions".to_owned();
        (302, ("location", to), String::new())
    }
    let server = SecureServer::start(Certificate::Good, &["h2"], down).await;
    let client = Client::builder()
        .api_key(KEY)
        .base_url(server.base_url())
        .root_certificate_pem(server.root_pem())
        .build()
        .unwrap();
    let error = client.chats().list_sessions().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.to_string().contains("not https"), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_message_goes_nowhere_else_at_all() {
    let elsewhere = ScriptedServer::start(|_, _| Reply::json(200, ANSWER)).await;
    let to = elsewhere.base_url().to_owned();
    for status in [301, 302, 303, 307, 308] {
        let to = to.clone();
        let server =
            ScriptedServer::start(move |_, _| Reply::new(status, &[("location", &to)], "")).await;
        let client = client_of(&server).0.build().unwrap();
        client.chats().send(SESSION, "x").await.unwrap_err();
        client.chats().send_stream(SESSION, "x").await.unwrap_err();
        assert_eq!(server.requests().len(), 2, "{status}");
    }
    assert!(elsewhere.requests().is_empty());
}
