//! TLS is verified, and what is verified is spoken, over HTTP/1.1 and HTTP/2.

use chats::{Client, ErrorKind};
use contract_tests::KEY;
use hyper::Version;

use crate::{ANSWER, LIST, SESSION};
use contract_tests::secure_server::{Certificate, SecureServer};

const BOTH: &[&str] = &["h2", "http/1.1"];
const OLD: &[&str] = &["http/1.1"];

fn script(target: &str) -> (u16, (&'static str, String), String) {
    let stream = "event: token\ndata: {\"content\":\"Thrëe.\"}\n\nevent: complete\ndata: {}\n\n";
    let (kind, body) = match target {
        target if target.contains("/stream") => ("text/event-stream", stream),
        target if target.ends_with("/messages") => ("application/json", ANSWER),
        _ => ("application/json", LIST),
    };
    (200, ("content-type", kind.to_owned()), body.to_owned())
}

#[tokio::test]
async fn a_custom_root_is_trusted_over_http_1_and_http_2() {
    for (alpn, version) in [(BOTH, Version::HTTP_2), (OLD, Version::HTTP_11)] {
        let server = SecureServer::start(Certificate::Good, alpn, script).await;
        let client = Client::builder()
            .api_key(KEY)
            .base_url(server.base_url())
            .root_certificate_pem(server.root_pem())
            .build()
            .unwrap();
        let chats = client.chats();
        let (list, answer) = tokio::join!(chats.list_sessions(), chats.send(SESSION, "Fünf?"));
        assert_eq!(list.unwrap().total, 0);
        assert_eq!(answer.unwrap().content, "Three.");
        let stream = chats.send_stream(SESSION, "Fünf?").await.unwrap();
        assert_eq!(stream.finish().await.unwrap().content, "Thrëe.");
        let seen = server.seen();
        assert_eq!(seen.len(), 3);
        for request in seen {
            assert_eq!(request.version, version);
            assert_eq!(request.authorization, Some(format!("Bearer {KEY}")));
            let asked = String::from_utf8_lossy(&request.body).contains("Fünf?");
            assert_eq!(asked, request.target.contains("/messages"));
        }
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_right_is_refused_before_anything_is_sent() {
    for (certificate, why) in [
        (Certificate::SelfSigned, "no authority that is trusted here"),
        (
            Certificate::OtherHost,
            "its certificate is for another host",
        ),
        (Certificate::Expired, "its certificate has expired"),
    ] {
        let server = SecureServer::start(certificate, BOTH, script).await;
        let client = Client::builder()
            .api_key(KEY)
            .base_url(server.base_url())
            .root_certificate_pem(server.root_pem())
            .build()
            .unwrap();
        let error = client.chats().send(SESSION, "x").await.unwrap_err();
        assert_eq!((error.attempts(), error.is_retryable()), (1, false));
        assert_eq!(error.kind(), ErrorKind::Connection, "{certificate:?}");
        assert!(!error.outcome_unknown(), "{certificate:?}: {error:?}");
        assert!(server.seen().is_empty(), "{certificate:?}");
        assert!(error.to_string().contains(why), "{certificate:?}: {error}");
        let authority = certificate == Certificate::SelfSigned;
        assert_eq!(error.setting() == Some("root_certificate_pem"), authority);
    }
}

#[tokio::test]
async fn a_root_that_nobody_named_is_not_trusted() {
    let server = SecureServer::start(Certificate::Good, BOTH, script).await;
    let other = SecureServer::start(Certificate::Good, BOTH, script).await;
    let client = Client::builder()
        .api_key(KEY)
        .base_url(server.base_url())
        .root_certificate_pem(other.root_pem())
        .max_retries(0)
        .build()
        .unwrap();
    let error = client.chats().list_sessions().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn plain_http_to_another_machine_is_no_base_url() {
    for url in [
        "http://api.example/api/v2",
        "http://127.0.0.1.example/api/v2",
        "http://localhost.example/api/v2",
        "http://[::2]/api/v2",
        "http://10.0.0.1/api/v2",
        "ftp://localhost/api/v2",
        "http://api.example@127.0.0.1/api/v2",
    ] {
        let error = Client::builder().api_key(KEY).base_url(url).build();
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Config, "{url}");
    }
}
