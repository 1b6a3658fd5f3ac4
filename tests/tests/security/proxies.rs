//! Through a real proxy: it learns where to, and nothing else.

use chats::{Client, ClientBuilder, ErrorKind};
use contract_tests::KEY;

use crate::{LIST, SESSION};
use contract_tests::connect_proxy::ConnectProxy;
use contract_tests::secure_server::{Certificate, SecureServer};

fn script(_: &str) -> (u16, (&'static str, String), String) {
    let json = ("content-type", "application/json".to_owned());
    (200, json, LIST.to_owned())
}

fn builder(server: &SecureServer) -> ClientBuilder {
    Client::builder()
        .api_key(KEY)
        .base_url(server.base_url())
        .root_certificate_pem(server.root_pem())
        .max_retries(0)
}

#[tokio::test]
async fn https_is_tunnelled_and_the_proxy_does_not_see_the_key() {
    let server = SecureServer::start(Certificate::Good, &["h2", "http/1.1"], script).await;
    let proxy = ConnectProxy::start(true).await;
    let url = format!("http://someone:proxy_s3cret@127.0.0.1:{}", proxy.port());
    let client = builder(&server).proxy_url(url).build().unwrap();
    client.chats().list_sessions().await.unwrap();
    let heads = proxy.heads();
    let [head] = &heads[..] else {
        panic!("one tunnel, not {heads:?}");
    };
    let to = format!("CONNECT localhost:{} HTTP/1.1\r\n", server.port());
    assert!(head.starts_with(&to), "{head}");
    assert!(!head.contains(KEY) && !head.contains("sessions"), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(head.contains("proxy-authorization: basic "), "{head}");
    let seen = server.seen();
    assert_eq!(seen[0].authorization, Some(format!("Bearer {KEY}")));
}

#[tokio::test]
async fn a_certificate_is_verified_through_the_tunnel_too() {
    let server = SecureServer::start(Certificate::OtherHost, &["h2"], script).await;
    let proxy = ConnectProxy::start(true).await;
    let url = format!("http://127.0.0.1:{}", proxy.port());
    let client = builder(&server).proxy_url(url).build().unwrap();
    let error = client.chats().list_sessions().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_proxy_that_refuses_leaves_the_message_surely_unsent() {
    let server = SecureServer::start(Certificate::Good, &["h2"], script).await;
    let proxy = ConnectProxy::start(false).await;
    let url = format!("http://someone:proxy_s3cret@127.0.0.1:{}", proxy.port());
    let client = builder(&server).proxy_url(url).build().unwrap();
    let error = client.chats().send(SESSION, "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(!error.outcome_unknown(), "{error:?}");
    let told = format!("{error} {error:?}");
    assert!(!told.contains("s3cret") && !told.contains(KEY), "{told}");
    let through = format!("through the proxy 127.0.0.1:{}", proxy.port());
    assert_eq!(
        error.hint().map(|hint| hint.ends_with(&through)),
        Some(true)
    );
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn none_is_used_where_code_says_so() {
    let server = SecureServer::start(Certificate::Good, &["h2"], script).await;
    let proxy = ConnectProxy::start(true).await;
    let url = format!("http://127.0.0.1:{}", proxy.port());
    let client = builder(&server).proxy_url(url).no_proxy().build().unwrap();
    client.chats().list_sessions().await.unwrap();
    assert!(proxy.heads().is_empty());
}
