//! What is sent again, what is not, and when sending stops altogether.

use std::time::Duration;

use contract_tests::secure_server::{Goodbye, SecureServer};
use contract_tests::{KEY, Reply, ScriptedServer, TestClock, client_of};

use crate::{ANSWER, CREATED, SESSION};
use chats::retry::{ExponentialBackoff, FailedAttempt, RetryPolicy, TokenBudget};
use chats::{CircuitBreaker, Client, ErrorKind};
use futures_util::TryStreamExt;

const LIST: &str = r#"{"sessions":[],"total_count":0,"has_more":false}"#;

fn busy(retry_after: &str) -> Reply {
    Reply::new(503, &[("retry-after", retry_after)], "")
}

#[tokio::test]
async fn reads_and_repeatable_writes_are_sent_again() {
    for status in [408, 429, 500, 502, 503, 504] {
        let failed = Reply::json(status, "{}");
        let server =
            ScriptedServer::replies([failed.clone(), Reply::reset(), Reply::json(200, LIST)]).await;
        let client = client_of(&server).0.build().unwrap();
        client.chats().list_sessions().await.unwrap();
        assert_eq!(server.requests().len(), 3, "{status}");
    }
    let server =
        ScriptedServer::replies([Reply::json(500, "{}"), Reply::json(200, crate::CLOSED)]).await;
    let client = client_of(&server).0.build().unwrap();
    client.chats().close_session(SESSION).await.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn refusals_are_not_sent_again() {
    for status in [400, 401, 403, 404, 409, 422, 501] {
        let server = ScriptedServer::replies([Reply::json(status, "{}")]).await;
        let client = client_of(&server).0.build().unwrap();
        let error = client.chats().list_sessions().await.unwrap_err();
        assert_eq!(
            (server.requests().len(), error.attempts()),
            (1, 1),
            "{status}"
        );
    }
}

fn answered(_: &str) -> (u16, (&'static str, String), String) {
    let json = ("content-type", "application/json".to_owned());
    (200, json, ANSWER.to_owned())
}

/// HTTP/2 says of such a request that nobody has looked at it, so that even a message goes
/// again: at once, and later as any other that was certainly not taken.
#[tokio::test]
async fn what_a_connection_refuses_untouched_is_sent_again() {
    // How often the message is turned away, how often it is seen, and the attempts that its
    // error counts.
    let cases = [(1, 2, None), (2, 3, None), (3, 3, Some(1)), (4, 3, Some(1))];
    for (refusals, seen, failed) in cases {
        let server = SecureServer::refusing(refusals, answered).await;
        let builder = Client::builder().api_key(KEY).base_url(server.base_url());
        let builder = builder.root_certificate_pem(server.root_pem());
        let client = builder.max_retries(0).build().unwrap();
        let sent = client.chats().send(SESSION, "x").await;
        assert_eq!(sent.as_ref().err().map(chats::Error::attempts), failed);
        if let Err(error) = sent {
            assert!(!error.outcome_unknown(), "{error}");
        }
        assert_eq!(server.seen().len(), seen);
    }
    let server = SecureServer::refusing(4, answered).await;
    let builder = Client::builder().api_key(KEY).base_url(server.base_url());
    let builder = builder.root_certificate_pem(server.root_pem());
    let client = builder.clock(TestClock::new()).build().unwrap();
    client.chats().send(SESSION, "x").await.unwrap();
    assert_eq!(server.seen().len(), 5);
}

/// A connection that closes in order says up to which stream it has worked on what came.
#[tokio::test]
async fn a_message_goes_again_only_beyond_what_a_closing_connection_has_taken() {
    for (last_stream, taken) in [(0, false), (1, true)] {
        let server = SecureServer::closing(Goodbye { last_stream }, answered).await;
        let builder = Client::builder().api_key(KEY).base_url(server.base_url());
        let builder = builder.root_certificate_pem(server.root_pem());
        let client = builder.clock(TestClock::new()).build().unwrap();
        let sent = client.chats().send(SESSION, "x").await;
        assert_eq!(sent.is_err_and(|error| error.outcome_unknown()), taken);
        assert_eq!(server.seen().len(), usize::from(!taken));
    }
}

#[tokio::test]
async fn a_message_is_never_sent_twice() {
    for reply in [
        Reply::json(500, "{}"),
        Reply::json(502, "{}"),
        Reply::json(504, "{}"),
        Reply::json(408, "{}"),
        Reply::json(503, "{}"),
        Reply::json(429, "{}"),
        Reply::new(429, &[("retry-after", "soon")], ""),
        Reply::reset(),
        Reply(vec![]),
    ] {
        let server = ScriptedServer::start(move |_, _| reply.clone()).await;
        let client = client_of(&server).0.build().unwrap();
        let chats = client.chats();
        let errors = [
            chats.send(SESSION, "x").await.unwrap_err(),
            chats.send_stream(SESSION, "x").await.unwrap_err(),
            chats.create_session().await.unwrap_err(),
            chats.approve_plan(SESSION, "p").await.unwrap_err(),
        ];
        assert_eq!(server.requests().len(), 4);
        for error in errors {
            assert!(error.outcome_unknown(), "{error}");
            assert!(!error.is_retryable(), "{error}");
            assert_eq!(error.attempts(), 1);
        }
    }
}

#[tokio::test]
async fn a_message_is_sent_again_where_it_surely_was_not_taken() {
    for reply in [busy("1"), Reply::new(429, &[("retry-after", "0")], "")] {
        let server = ScriptedServer::replies([reply, Reply::json(200, ANSWER)]).await;
        let client = client_of(&server).0.build().unwrap();
        client.chats().send(SESSION, "x").await.unwrap();
        assert_eq!(server.requests().len(), 2);
    }
    // Nobody listens there: nothing can have been taken.
    let client = Client::builder()
        .api_key(KEY)
        .base_url("http://127.0.0.1:1/api/v2")
        .clock(TestClock::new())
        .build()
        .unwrap();
    let error = client.chats().send(SESSION, "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(error.attempts(), 4);
    assert!(!error.outcome_unknown() && error.is_retryable());
}

/// A host that accepts connections and never finishes the TLS handshake.
#[tokio::test]
async fn a_message_that_no_connection_took_in_time_was_not_sent() {
    for (attempt_timeout, attempts) in [(None, 1), (Some(Duration::from_secs(40)), 2)] {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap();
        let clock = TestClock::new();
        let mut builder = Client::builder().api_key(KEY).clock(clock.clone());
        builder = builder
            .base_url(format!("https://{host}/api/v2"))
            .connect_timeout(Duration::from_secs(100))
            .max_retries(1);
        if let Some(timeout) = attempt_timeout {
            builder = builder.attempt_timeout(timeout);
        }
        let chats = builder
            .timeout(Duration::from_secs(90))
            .build()
            .unwrap()
            .chats();
        let call = tokio::spawn(async move { chats.send(SESSION, "x").await });
        let mut connections = Vec::new();
        for _ in 0..attempts {
            connections.push(listener.accept().await.unwrap());
            clock.expire();
        }
        let error = call.await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(!error.outcome_unknown() && error.is_retryable(), "{error}");
        assert_eq!((error.attempts(), error.request_id()), (attempts, None));
    }
}

#[tokio::test]
async fn a_quota_that_is_used_up_is_not_asked_again() {
    let body = r#"{"error":"x","error_code":"USAGE_LIMIT_EXCEEDED"}"#;
    let server =
        ScriptedServer::start(move |_, _| Reply::new(429, &[("retry-after", "1")], body)).await;
    let client = client_of(&server).0.build().unwrap();
    let chats = client.chats();
    assert_eq!(
        chats.send(SESSION, "x").await.unwrap_err().kind(),
        ErrorKind::QuotaExceeded
    );
    assert_eq!(
        chats.list_sessions().await.unwrap_err().kind(),
        ErrorKind::QuotaExceeded
    );
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn retry_after_is_a_floor_with_a_cap() {
    let server = ScriptedServer::replies([busy("20"), busy("0"), Reply::json(200, LIST)]).await;
    let (builder, clock) = client_of(&server);
    let backoff = ExponentialBackoff::new(Duration::from_secs(1)).without_jitter();
    let client = builder.backoff(backoff).build().unwrap();
    client.chats().list_sessions().await.unwrap();
    assert_eq!(
        clock.slept(),
        [Duration::from_secs(20), Duration::from_secs(2)]
    );

    let server = ScriptedServer::replies([busy("61")]).await;
    let client = client_of(&server).0.build().unwrap();
    let error = client.chats().list_sessions().await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));
    assert_eq!(
        server.requests().len(),
        1,
        "so long a wait is the caller's to decide"
    );
}

#[tokio::test]
async fn a_date_in_retry_after_is_read_by_the_services_own_clock() {
    let headers = [
        ("date", "Sun, 06 Nov 1994 08:49:00 GMT"),
        ("retry-after", "Sun, 06 Nov 1994 08:49:07 GMT"),
    ];
    let server =
        ScriptedServer::replies([Reply::new(503, &headers, ""), Reply::json(200, LIST)]).await;
    let (builder, clock) = client_of(&server);
    let chats = builder.build().unwrap().chats();
    chats.list_sessions().await.unwrap();
    assert_eq!(clock.slept(), [Duration::from_secs(7)]);
}

#[tokio::test]
async fn a_wait_that_would_outlast_the_call_is_not_begun() {
    let server = ScriptedServer::replies([busy("5"), busy("50")]).await;
    let (builder, clock) = client_of(&server);
    let client = builder.timeout(Duration::from_secs(50)).build().unwrap();
    let error = client.chats().list_sessions().await.unwrap_err();
    assert_eq!(clock.slept(), [Duration::from_secs(5)]);
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 2));
}

#[tokio::test]
async fn every_attempt_has_an_id_of_its_own_within_one_correlation() {
    let server = ScriptedServer::replies([busy("0"), busy("0"), Reply::json(200, LIST)]).await;
    let client = client_of(&server).0.enable_tracing(true).build().unwrap();
    client.chats().list_sessions().await.unwrap();
    let all = |name: &str| -> Vec<String> {
        let requests = server.requests();
        let mut all: Vec<_> = requests
            .iter()
            .map(|r| r.header(name).unwrap().to_owned())
            .collect();
        all.sort();
        all.dedup();
        all
    };
    assert_eq!(all("x-request-id").len(), 3);
    assert_eq!(all("x-correlation-id").len(), 1);
    let traces = all("traceparent");
    assert_eq!(traces.len(), 3, "a span for each attempt");
    assert!(
        traces
            .iter()
            .all(|t| t.len() == 55 && t[3..35] == traces[0][3..35])
    );
}

#[tokio::test]
async fn a_call_may_have_rules_of_its_own() {
    let server = ScriptedServer::start(|_, _| Reply::json(500, "{}")).await;
    let client = client_of(&server)
        .0
        .circuit_breaker(CircuitBreaker::disabled())
        .build()
        .unwrap();
    let chats = client.chats();
    chats.list_sessions().max_retries(0).await.unwrap_err();
    assert_eq!(server.requests().len(), 1);
    chats.list_sessions().max_retries(5).await.unwrap_err();
    assert_eq!(server.requests().len(), 7);
}

#[tokio::test]
async fn a_budget_ends_the_retries_of_all_calls_together() {
    let server = ScriptedServer::start(|_, _| Reply::json(500, "{}")).await;
    let client = client_of(&server)
        .0
        .retry_budget(TokenBudget::new(4))
        .circuit_breaker(CircuitBreaker::disabled())
        .build()
        .unwrap();
    for _ in 0..4 {
        client.clone().chats().list_sessions().await.unwrap_err();
    }
    assert_eq!(server.requests().len(), 4 + 4);
}

#[tokio::test]
async fn an_endpoint_that_keeps_failing_is_left_alone() {
    let server = ScriptedServer::start(|request, _| match request.target.contains("images") {
        true => Reply::json(200, r#"{"image_ids":[],"total_count":0,"has_more":false}"#),
        false => Reply::json(500, "{}"),
    })
    .await;
    let client = client_of(&server).0.max_retries(0).build().unwrap();
    let chats = client.chats();
    for _ in 0..5 {
        assert_eq!(
            chats.list_sessions().await.unwrap_err().kind(),
            ErrorKind::Server
        );
    }
    let error = chats.list_sessions().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::CircuitOpen);
    let reason = "not sent: the circuit breaker for sessions is open after repeated failures";
    assert!(error.to_string().contains(reason), "{error}");
    assert_eq!(error.endpoint(), Some("sessions"));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(30)));
    assert_eq!(error.attempts(), 0);
    assert_eq!(server.requests().len(), 5);
    chats.get_all_images().await.unwrap();
}

#[tokio::test]
async fn a_call_that_gets_no_answer_ends_in_time() {
    let server = ScriptedServer::start(|_, _| Reply::silence()).await;
    let (builder, clock) = client_of(&server);
    let client = builder.timeout(Duration::from_secs(70)).build().unwrap();
    let chats = client.chats();
    let expire = async |requests: usize| {
        while server.requests().len() < requests {
            tokio::task::yield_now().await;
        }
        clock.expire();
    };
    let (error, ()) = tokio::join!(chats.send(SESSION, "x"), expire(1));
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.outcome_unknown(), "it had been sent");
    assert_eq!(clock.passed(), Duration::from_secs(70));

    let call = chats.list_sessions().timeout(Duration::from_secs(80));
    let (error, ()) = tokio::join!(call, expire(2));
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
    assert!(error.is_retryable() && !error.outcome_unknown());
    assert_eq!(clock.passed(), Duration::from_secs(150));
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_repeated_within_the_call() {
    let server = ScriptedServer::start(|_, n| match n {
        0 => Reply::silence(),
        _ => Reply::json(200, LIST),
    })
    .await;
    let (builder, clock) = client_of(&server);
    let client = builder
        .attempt_timeout(Duration::from_secs(60))
        .build()
        .unwrap();
    let chats = client.chats();
    let call = async { chats.list_sessions().await };
    let expire = async {
        while server.requests().is_empty() {
            tokio::task::yield_now().await;
        }
        clock.expire();
    };
    let (list, ()) = tokio::join!(call, expire);
    list.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn redirects_do_not_carry_the_key_away() {
    let elsewhere = ScriptedServer::start(|_, _| Reply::json(200, LIST)).await;
    let to = elsewhere.base_url().to_owned();
    let server = ScriptedServer::start(move |request, _| match request.target.as_str() {
        "/api/v2/chat/sessions/00000000-0000-0000-0000-000000000011/export?format=markdown&include_metadata=false" => {
            Reply::new(302, &[("location", &*format!("{to}/file"))], "")
        }
        "/api/v2/moved" => Reply::json(200, LIST),
        _ => Reply::new(307, &[("location", "/api/v2/moved")], ""),
    })
    .await;
    let client = client_of(&server).0.tenant_id("acme").build().unwrap();
    client
        .chats()
        .list_sessions()
        .header("X-Own", "1")
        .await
        .unwrap();
    assert!(
        server.requests()[1].header("authorization").is_some(),
        "the same origin"
    );

    client
        .chats()
        .export_session(SESSION)
        .header("X-Own", "1")
        .await
        .unwrap();
    let away = &elsewhere.requests()[0];
    for name in ["authorization", "x-tenant-id", "x-own", "x-request-id"] {
        assert_eq!(away.header(name), None, "{name} left with the redirect");
    }
}

#[tokio::test]
async fn a_key_that_was_kept_back_is_not_blamed() {
    let other = ScriptedServer::start(|_, _| Reply::json(401, r#"{"detail":"Not authenticated"}"#));
    let other = other.await;
    let target = format!("{}/chat/sessions", other.base_url());
    let server =
        ScriptedServer::start(move |_, _| Reply::new(302, &[("location", &*target)], "")).await;
    let client = client_of(&server).0.build().unwrap();
    let error = client.chats().list_sessions().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::Connection, Some(401))
    );
    assert!(error.hint().unwrap().contains("base_url"), "{error}");
}

#[tokio::test]
async fn a_message_does_not_follow_a_redirect_to_another_service() {
    let elsewhere = ScriptedServer::start(|_, _| Reply::json(200, ANSWER)).await;
    let to = elsewhere.base_url().to_owned();
    for (status, unknown) in [
        (301, true),
        (302, true),
        (303, true),
        (307, false),
        (308, false),
    ] {
        let to = to.clone();
        let server =
            ScriptedServer::start(move |_, _| Reply::new(status, &[("location", &to)], "")).await;
        let client = client_of(&server).0.build().unwrap();
        let error = client.chats().send(SESSION, "x").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connection);
        assert_eq!(error.outcome_unknown(), unknown, "{status}");
    }
    assert_eq!(elsewhere.requests().len(), 0);
}

#[tokio::test]
async fn creating_succeeds_with_what_three_fields_tell() {
    let server = ScriptedServer::replies([Reply::json(201, CREATED)]).await;
    let client = client_of(&server).0.build().unwrap();
    let session = client.chats().create_session().await.unwrap();
    assert_eq!((session.id, &*session.title), (SESSION, "Poles"));
    assert_eq!((session.total_messages, session.is_active), (None, None));
}

#[tokio::test]
async fn a_plan_or_a_used_up_quota_is_an_answer_and_nothing_to_retry() {
    let plan = r#"{"error":"wait","error_code":"PLAN_APPROVAL_REQUIRED","plan_id":"p"}"#;
    let quota = r#"{"error":"over","error_code":"STORAGE_QUOTA_EXCEEDED"}"#;
    let headers = [("retry-after", "1"), ("content-type", "application/json")];
    for (status, body, kind) in [
        (503, plan, ErrorKind::Chat),
        (500, plan, ErrorKind::Chat),
        (429, plan, ErrorKind::Chat),
        (503, quota, ErrorKind::QuotaExceeded),
        (429, quota, ErrorKind::QuotaExceeded),
    ] {
        let server = ScriptedServer::replies([Reply::new(status, &headers, body)]).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        let error = chats.send(SESSION, "x").await.unwrap_err();
        let told = (error.kind(), error.outcome_unknown(), error.is_retryable());
        assert_eq!(told, (kind, false, false), "{status} {body}");
        assert_eq!(error.plan().is_some(), body == plan);
        assert_eq!(server.requests().len(), 1, "{status} {body}");
    }
}

#[tokio::test]
async fn an_impatient_caller_does_not_open_the_circuit_for_others() {
    let server = ScriptedServer::start(|request, _| match request.header("x-hang") {
        Some(_) => Reply::silence(),
        None => Reply::json(200, LIST),
    })
    .await;
    let chats = client_of(&server).0.max_retries(0).build().unwrap().chats();
    for _ in 0..6 {
        // On this clock so short a time is over at once.
        let call = chats.list_sessions().header("x-hang", "1");
        let error = call.timeout(Duration::from_millis(20)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
    }
    chats.list_sessions().await.unwrap();
}

/// Retries nothing.
#[derive(Debug)]
struct Never;

impl RetryPolicy for Never {
    fn should_retry(&self, _: &FailedAttempt) -> bool {
        false
    }
}

#[tokio::test]
async fn lists_and_sessions_have_the_overrides_of_a_call() {
    let server = ScriptedServer::start(|request, _| match request.target.as_str() {
        "/api/v2/chat/sessions" if request.method == "POST" => Reply::json(200, CREATED),
        _ => Reply::json(500, "{}"),
    })
    .await;
    let client = client_of(&server)
        .0
        .circuit_breaker(CircuitBreaker::disabled())
        .build();
    let chats = client.unwrap().chats();
    let sent = || server.requests().len();
    for (pager, requests) in [
        (chats.iter_sessions(), 4),
        (chats.iter_sessions().max_retries(1), 2),
        (chats.iter_sessions().retry_policy(Never), 1),
    ] {
        let before = sent();
        pager.try_collect::<Vec<_>>().await.unwrap_err();
        assert_eq!(sent() - before, requests);
    }
    for (session, requests) in [
        (chats.session(), 4),
        (chats.session().max_retries(1), 2),
        (chats.session().retry_policy(Never), 1),
    ] {
        let session = session.auto_close(false).open().await.unwrap();
        let before = sent();
        session.get_messages().await.unwrap_err();
        assert_eq!(sent() - before, requests);
        let before = sent();
        session.get_messages().max_retries(0).await.unwrap_err();
        assert_eq!(sent() - before, 1);
    }
}
