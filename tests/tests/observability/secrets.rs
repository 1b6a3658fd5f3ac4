//! No log at any level, ours or our dependencies', shows a secret.

use chats::Client;
use contract_tests::connect_proxy::ConnectProxy;
use contract_tests::secure_server::{Certificate, SecureServer};
use contract_tests::{KEY, log};

use crate::SESSION;

const LIST: &str = r#"{"sessions":[],"total_count":0,"has_more":false}"#;

fn script(target: &str) -> (u16, (&'static str, String), String) {
    let json = ("content-type", "application/json".to_owned());
    match target {
        target if target.contains("/messages") => (
            401,
            json,
            format!(r#"{{"detail":"the key {KEY} is wrong"}}"#),
        ),
        _ => (200, json, LIST.to_owned()),
    }
}

#[tokio::test]
async fn no_log_shows_the_key_or_the_proxys_password() {
    let (log, _guard) = log::capture();
    for alpn in [&["h2"][..], &["http/1.1"]] {
        let server = SecureServer::start(Certificate::Good, alpn, script).await;
        let proxy = ConnectProxy::start(true).await;
        let url = format!("http://someone:proxy_s3cret@127.0.0.1:{}", proxy.port());
        let client = Client::builder()
            .api_key(KEY)
            .base_url(server.base_url())
            .root_certificate_pem(server.root_pem())
            .proxy_url(url)
            .build()
            .unwrap();
        client.chats().list_sessions().await.unwrap();
        let error = client.chats().send(SESSION, "x").await.unwrap_err();
        tracing::error!(%error, ?error, ?client, "what a program may log");
        assert_eq!(server.seen().len(), 2);
    }
    let text = log.text();
    // The dependencies were heard, down to the frames.
    for heard in ["chats.attempt", "h2::", "TRACE", "what a program may log"] {
        assert!(text.contains(heard), "nothing of {heard}");
    }
    for secret in [KEY, "canary", "s3cret", "c29tZW9uZTpwcm94eV9zM2NyZXQ"] {
        let shown = text.lines().find(|line| line.contains(secret));
        assert_eq!(shown, None, "{secret} is logged");
    }
}
