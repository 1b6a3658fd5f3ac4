//! Keys, routes and clients that misbehave.

use std::io::ErrorKind;
use std::time::Duration;

use chats_server::{Server, StartError};
use http::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, server};

#[tokio::test]
async fn without_the_key_nothing_is_reached() {
    let (server, _) = server().await;
    for authorization in [
        None,
        Some(""),
        Some("Bearer"),
        Some("Basic abc"),
        Some("Bearer wrong"),
    ] {
        let mut request =
            crate::client::http().get(format!("{}/chat/sessions?limit=bad", server.base_url()));
        if let Some(value) = authorization {
            request = request.header("authorization", value);
        }
        let reply = Client::finish(request).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{authorization:?}");
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        assert!(reply.json()["detail"].is_string());
    }
    let lower = crate::client::http()
        .get(format!("{}/chat/sessions", server.base_url()))
        .header("authorization", format!("bearer {}", server.api_key()));
    Client::finish(lower).await.ok();
}

#[tokio::test]
async fn unknown_routes_and_methods_are_plain() {
    let (_server, client) = server().await;
    for path in ["/", "/chat", "/chat/sessions/", "/files", "/files/", "/%ff"] {
        let reply = client.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(reply.json(), json!({"detail": "Not Found"}), "{path}");
    }
    let empty = client
        .post("/chat/sessions/a/plans//action", &json!({}))
        .await;
    assert_eq!(empty.json(), json!({"detail": "Not Found"}));
    for method in [
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
    ] {
        let reply = client
            .call(method.clone(), "/chat/sessions", &json!({}))
            .await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(reply.json(), json!({"detail": "Method Not Allowed"}));
        assert!(reply.header("allow").contains("GET") && reply.header("allow").contains("POST"));
    }
}

#[tokio::test]
async fn every_reply_carries_a_request_id() {
    let (_server, client) = server().await;
    for path in ["/chat/sessions", "/chat/sessions?limit=0", "/nowhere"] {
        let ours = client
            .request(Method::GET, path)
            .header("x-request-id", "ours-1");
        assert_eq!(Client::finish(ours).await.header("x-request-id"), "ours-1");
        let made = client.get(path).await.header("x-request-id").to_owned();
        assert!(made.parse::<uuid::Uuid>().is_ok(), "{made}");
    }
    let huge = client
        .request(Method::GET, "/chat/sessions")
        .header("x-request-id", "x".repeat(1000));
    assert!(Client::finish(huge).await.header("x-request-id").len() < 100);
}

#[tokio::test]
async fn a_file_is_reached_by_its_signed_address_alone() {
    let (_server, client) = server().await;
    let found = client
        .post("/chat/images/search", &json!({"query": "black cat"}))
        .await
        .ok();
    let url = found["results"][0]["full_url"].as_str().unwrap();
    assert!(!url.contains("cat"), "no path of a file in {url}");
    let get = async |url: &str| Client::finish(crate::client::http().get(url)).await;
    let image = get(url).await;
    assert_eq!(
        (image.status, image.header("content-type")),
        (StatusCode::OK, "image/png")
    );
    assert_eq!(&image.body[1..4], b"PNG");
    let other = found["results"][0]["thumbnail_url"].as_str().unwrap();
    let signature = |url: &str| url.split_once("signature=").unwrap().1.to_owned();
    let swapped = url.replace(&signature(url), &signature(other));
    let unsigned = url.split('?').next().unwrap().to_owned();
    for url in [swapped, unsigned, url.replace("/full?", "/other?")] {
        assert_eq!(get(&url).await.status, StatusCode::NOT_FOUND, "{url}");
    }
}

#[tokio::test]
async fn addresses_of_images_are_where_the_client_has_found_the_server() {
    let server = Server::builder()
        .listen("0.0.0.0:0")
        .api_key("aion_a_key_that_somebody_chose")
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    let port = server.local_addr().port();
    let loopback = format!("127.0.0.1:{port}");
    for (host, expected) in [
        ("photos.example:8080", "photos.example:8080"),
        ("[::1]:8080", "[::1]:8080"),
        ("192.168.1.2", "192.168.1.2"),
        ("me@photos.example", loopback.as_str()),
        ("photos.example/path", loopback.as_str()),
        (":80", loopback.as_str()),
        ("", loopback.as_str()),
    ] {
        let search = client
            .request(Method::POST, "/chat/images/search")
            .header("host", host)
            .json(&json!({"query": "black cat"}));
        let found = Client::finish(search).await.ok();
        let url = found["results"][0]["full_url"].as_str().unwrap();
        let base = format!("http://{expected}/api/v2/files/");
        assert!(url.starts_with(&base), "{url} for {host:?}");
    }
}

#[tokio::test]
async fn only_loopback_is_open_without_a_chosen_key() {
    let refused = Server::builder()
        .listen("0.0.0.0:0")
        .start()
        .await
        .unwrap_err();
    assert!(matches!(refused, StartError::KeyRequired(_)), "{refused}");
    for key in ["", "two words", "umläut"] {
        let refused = Server::builder().api_key(key).start().await.unwrap_err();
        assert!(matches!(refused, StartError::BadKey), "{key:?}");
    }
    assert!(!format!("{:?}", Server::builder().api_key("secret-key")).contains("secret-key"));
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused() {
    let server = Server::builder().body_limit(1000).start().await.unwrap();
    let client = Client::of(&server);
    let body = json!({"query": "x".repeat(2000)});
    let reply = client.post("/chat/images/search", &body).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(reply.json()["detail"].is_string());
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_large_is_not_asked_for() {
    let server = Server::builder().body_limit(1000).start().await.unwrap();
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    let head = "POST /api/v2/chat/images/search HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
                expect: 100-continue\r\ncontent-length: 1001\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 413"), "{reply}");
}

/// The test waits for the server to hang up; a server that never did would hang it.
#[tokio::test]
async fn a_client_that_sends_too_slowly_is_given_up() {
    let server = Server::builder()
        .client_timeout(Duration::from_millis(250))
        .start()
        .await
        .unwrap();
    let slow = async |bytes: &str| {
        let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut reply = String::new();
        let _ = stream.read_to_string(&mut reply).await;
        reply
    };
    slow("GET /api/v2/chat/sess").await;
    let key = server.api_key();
    let reply = slow(&format!(
        "POST /api/v2/chat/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\nconnection: close\r\ncontent-length: 9\r\n\r\n{{"
    ))
    .await;
    assert!(reply.starts_with("HTTP/1.1 408"), "{reply}");
}

/// A stream whose reader stops reading is given up, and its answer is stored. As
/// above, a server that never hung up would hang the test.
#[tokio::test]
async fn a_client_that_does_not_read_is_given_up() {
    let huge = chats_server::Fault::HugeEvent(32 << 20);
    let server = Server::builder()
        .client_timeout(Duration::from_millis(250))
        .fault(huge.on(chats_server::Operation::StreamMessage))
        .start()
        .await
        .unwrap();
    let client = Client::of(&server);
    let session = client.session().await;
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    let body = r#"{"message": "cats"}"#;
    let request = format!(
        "POST /api/v2/chat/sessions/{session}/messages/stream HTTP/1.1\r\nhost: x\r\n\
         authorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        server.api_key(),
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    // Nothing is read here: once the server hangs up, writing to it fails.
    loop {
        match stream.try_write(b"x") {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(client.messages(&session).await.len(), 2);
}
