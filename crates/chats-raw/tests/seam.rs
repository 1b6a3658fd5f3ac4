//! The seam: every request leaves through the transport, with the name of its
//! operation, and the futures of the generated functions can be sent to another
//! thread.

use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use chats_raw::{Client, Error, Inner, Reply, Transport, types};

type Sent = Arc<Mutex<Vec<(String, &'static str)>>>;

struct Recorder {
    sent: Sent,
    status: u16,
    body: &'static str,
    reads: bool,
    base_url: Option<reqwest::Url>,
}

impl Transport for Recorder {
    fn execute<'a>(
        &'a self,
        _client: &'a reqwest::Client,
        request: reqwest::Request,
        operation_id: &'static str,
    ) -> Reply<'a> {
        let line = format!("{} {}", request.method(), request.url());
        self.sent.lock().unwrap().push((line, operation_id));
        let response = http::Response::builder()
            .status(self.status)
            .body(self.body)
            .unwrap();
        Box::pin(async move { Ok(response.into()) })
    }

    fn base_url(&self) -> Option<&reqwest::Url> {
        self.base_url.as_ref()
    }

    fn has_read_body(&self) -> bool {
        self.reads
    }
}

fn client(status: u16, body: &'static str) -> (Client, Sent) {
    client_that(false, status, body)
}

fn client_that(reads: bool, status: u16, body: &'static str) -> (Client, Sent) {
    let sent = Sent::default();
    let recorder = Recorder {
        sent: sent.clone(),
        status,
        body,
        reads,
        base_url: None,
    };
    let inner = Inner(Arc::new(recorder));
    let client = Client::new_with_client("http://localhost/api", http(), inner);
    (client, sent)
}

/// Runs a future that the recorder never keeps waiting.
fn ready<F: Future + Send>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here waits"),
    }
}

#[test]
fn what_the_transport_has_read_is_not_read_again() {
    for status in [200, 202, 404] {
        let (client, sent) = client_that(true, status, "{}");
        let ended = ready(client.get_all_user_images(None, None)).unwrap_err();
        assert!(matches!(ended, Error::Custom(_)), "{ended:?}");
        assert_eq!(sent.lock().unwrap().len(), 1);
    }
}

#[test]
fn a_request_leaves_through_the_transport_with_the_name_of_its_operation() {
    let (client, sent) = client(200, r#"{"image_ids": null, "new_field": 1}"#);
    let page = ready(client.get_all_user_images(Some(10), None))
        .unwrap()
        .into_inner();
    assert!(page.image_ids.is_none() && page.total_count.is_none());
    let expected = (
        "GET http://localhost/api/chat/images/all?limit=10".to_owned(),
        "get_all_user_images",
    );
    assert_eq!(*sent.lock().unwrap(), [expected]);
}

#[test]
fn a_path_at_the_transports_base_is_the_url_that_the_whole_text_would_be() {
    let body = types::PlanActionRequest {
        action: "approve".to_owned(),
        plan_data: None,
    };
    for plan in ["p1", "a/b?c#d", "..", "50%25 ä", "%2e%2e", "\\x y"] {
        let sent = Sent::default();
        let base = "https://höst.example:8443/api/%76";
        let whole = reqwest::Url::parse(base).unwrap();
        for (base_url, baseurl) in [(None, base), (Some(whole.clone()), whole.path())] {
            let recorder = Recorder {
                sent: sent.clone(),
                status: 202,
                body: "",
                reads: false,
                base_url,
            };
            let client = Client::new_with_client(baseurl, http(), Inner(Arc::new(recorder)));
            let _ = ready(client.execute_plan_action(&uuid::Uuid::nil(), plan, &body));
        }
        let sent = sent.lock().unwrap();
        assert_eq!(sent.len(), 2);
        assert_eq!(sent[0], sent[1], "{plan}");
    }
}

#[test]
fn every_error_arrives_whole() {
    let (client, _) = client(404, r#"{"error": "no", "error_code": "X"}"#);
    let id = uuid::Uuid::nil();
    match ready(client.get_chat_session(&id, None, None)) {
        Err(Error::UnexpectedResponse(response)) => assert_eq!(response.status(), 404),
        _ => panic!("a 404 must arrive as a response"),
    }
}

#[test]
fn a_plan_that_is_accepted_arrives_as_a_response_of_its_own() {
    let (client, _) = client(202, "");
    let body = types::PlanActionRequest {
        action: "approve".to_owned(),
        plan_data: None,
    };
    match ready(client.execute_plan_action(&uuid::Uuid::nil(), "p/1", &body)) {
        Err(Error::UnexpectedResponse(response)) => assert!(response.status().is_success()),
        _ => panic!("a 202 must arrive as a response"),
    }
}

#[test]
fn what_is_missing_or_null_in_a_response_is_read() {
    let (client, _) = client(
        200,
        r#"{"sessions": [{"id": "00000000-0000-0000-0000-000000000000", "title": null}]}"#,
    );
    let page = ready(client.list_chat_sessions(None, None, None, None, None))
        .unwrap()
        .into_inner();
    let sessions = page.sessions.unwrap();
    assert!(sessions[0].title.is_none() && sessions[0].created_at.is_none());
}

/// Within the workspace reqwest is built with rustls, but without a provider.
fn http() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}
