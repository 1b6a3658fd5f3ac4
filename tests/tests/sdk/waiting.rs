//! Waiting for an answer reads the history at the polling interval, and nothing
//! else.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use contract_tests::{Reply, ScriptedServer, TestClock, client_of};

use crate::SESSION;
use chats::clock::{Clock, Sleep};
use chats::{ClientBuilder, ErrorKind};

pub(crate) const INTERVAL: Duration = Duration::from_secs(7);

/// What a look may take.
pub(crate) const LOOK: Duration = Duration::from_secs(2);

/// A session's history with messages of these roles; ids count from 0.
fn history(roles: &[&str]) -> Reply {
    let messages: Vec<_> = roles
        .iter()
        .enumerate()
        .map(|(id, role)| {
            let id = id.to_string();
            serde_json::json!({"id": id, "role": role, "content": id, "token_count": 3})
        })
        .collect();
    let session = serde_json::json!({"id": SESSION, "title": "Poles"});
    let body = serde_json::json!({"session": session, "messages": messages});
    Reply::json(200, body.to_string())
}

async fn serving(histories: &[&[&str]]) -> (ScriptedServer, ClientBuilder, TestClock) {
    let server = ScriptedServer::replies(histories.iter().map(|roles| history(roles))).await;
    let (builder, clock) = client_of(&server);
    (server, builder.polling_interval(INTERVAL), clock)
}

#[tokio::test]
async fn the_first_answer_that_was_not_there_is_given() {
    let (server, builder, clock) = serving(&[
        &["user", "assistant"],
        &["user", "assistant", "user"],
        &[
            "user",
            "assistant",
            "user",
            "system",
            "assistant",
            "assistant",
        ],
    ])
    .await;
    let chats = builder.build().unwrap().chats();
    let answer = chats.wait_for_answer(SESSION).await.unwrap();
    assert_eq!(answer.content, "4");
    assert_eq!(clock.slept(), [INTERVAL; 2]);
    assert!(server.requests().iter().all(|r| r.method == "GET"));
}

/// A service need not write an answer at once, and not every service counts its tokens.
#[tokio::test]
async fn an_answer_that_may_still_grow_is_looked_at_twice() {
    let with = |content: &str, count: Option<i64>| {
        let body = serde_json::json!({"session": {"id": SESSION}, "messages": [
            {"id": "q", "role": "user", "content": "Go"},
            {"id": "a", "role": "assistant", "content": content, "token_count": count},
        ]});
        Reply::json(200, body.to_string())
    };
    for (looks, counted) in [
        (["Thr", "Three", "Three"], None),
        (["Thr", "Thre", "Three"], Some(1)),
    ] {
        let last = looks.len() - 1;
        let replies = looks.iter().enumerate();
        let replies = replies.map(|(n, text)| with(text, counted.filter(|_| n == last)));
        let server = ScriptedServer::replies(replies).await;
        let chats = client_of(&server).0.build().unwrap().chats();
        let answer = chats.wait_for_answer(SESSION).after("q").await.unwrap();
        assert_eq!(answer.content, "Three");
        assert_eq!(server.requests().len(), 3);
    }
    // Neither is whole: one grows, the other is seen again before an interval has passed.
    for (grows, time) in [(true, INTERVAL * 5 / 2), (false, INTERVAL / 2)] {
        let text = move |n| "x".repeat(if grows { n + 1 } else { 1 });
        let server = ScriptedServer::start(move |_, n| with(&text(n), None)).await;
        let builder = client_of(&server).0.clock(OnlyPolling::default());
        let builder = builder.timeout(LOOK).polling_interval(INTERVAL);
        let chats = builder.polling_timeout(time).build().unwrap().chats();
        let error = chats.wait_for_answer(SESSION).after("q").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("may not be whole"), "{error}");
        let seen = server.requests().len();
        assert_eq!(error.partial(), Some(&*text(seen - 1)));
    }
}

#[tokio::test]
async fn an_answer_that_was_only_begun_is_none_yet() {
    let with = |content: &str| {
        let body = serde_json::json!({"session": {"id": SESSION}, "messages": [
            {"id": "0", "role": "user", "content": "Go"},
            {"id": "1", "role": "assistant", "content": content},
        ]});
        Reply::json(200, body.to_string())
    };
    let server = ScriptedServer::replies([with(""), with("Done."), with("Done.")]).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let answer = chats.wait_for_answer(SESSION).after("0").await.unwrap();
    assert_eq!(answer.content, "Done.");
}

#[tokio::test]
async fn the_first_answer_of_an_empty_session_is_new() {
    let (_server, builder, _clock) = serving(&[&[], &["user"], &["user", "assistant"]]).await;
    let chats = builder.build().unwrap().chats();
    assert_eq!(chats.wait_for_answer(SESSION).await.unwrap().content, "1");
}

#[tokio::test]
async fn an_answer_that_came_at_once_is_found_after_the_named_message() {
    let (server, builder, clock) = serving(&[&["user", "assistant", "user", "assistant"]]).await;
    let chats = builder.build().unwrap().chats();
    let answer = chats.wait_for_answer(SESSION).after("1").await.unwrap();
    assert_eq!(answer.content, "3");
    assert_eq!((server.requests().len(), clock.slept().len()), (1, 0));
}

#[tokio::test]
async fn the_time_is_bounded_by_the_setting_and_by_the_call() {
    let nothing: &[&str] = &["user"];
    let (server, builder, _) = serving(&[nothing; 20]).await;
    let client = builder
        .clock(OnlyPolling::default())
        .timeout(LOOK)
        .polling_interval(INTERVAL)
        .polling_timeout(INTERVAL * 5 / 2);
    let chats = client.build().unwrap().chats();
    let error = chats.wait_for_answer(SESSION).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.to_string().contains("17.5 s"), "{error}");
    assert_eq!(error.session_id(), Some(SESSION));
    assert_eq!(server.requests().len(), 4, "the last when the time is over");
    let call = chats.wait_for_answer(SESSION).timeout(INTERVAL * 3 / 2);
    assert!(call.await.unwrap_err().to_string().contains("10.5 s"));
    assert_eq!(server.requests().len(), 7);
}

#[tokio::test]
async fn a_sessions_timeout_bounds_each_look_and_not_the_wait() {
    let created = serde_json::json!({"session_id": SESSION, "title": "Poles"}).to_string();
    let server = ScriptedServer::start(move |_, n| match n {
        0 => Reply::json(200, created.as_str()),
        3 => history(&["user", "assistant"]),
        _ => history(&["user"]),
    })
    .await;
    let builder = client_of(&server).0.polling_interval(INTERVAL);
    let client = builder.clock(OnlyPolling::default()).build().unwrap();
    let session = client.chats().session().auto_close(false).timeout(LOOK);
    let session = session.open().await.unwrap();
    let answer = session.wait_for_answer().after("0").await.unwrap();
    assert_eq!(answer.content, "1", "after more than the session's timeout");
    let wait = session.wait_for_answer().after("0").timeout(INTERVAL / 2);
    let error = wait.await.unwrap_err();
    assert!(error.to_string().contains("within 3.5 s"), "{error}");
}

#[tokio::test]
async fn an_answer_that_comes_before_the_time_is_over_is_found() {
    let (_server, builder, _) = serving(&[&["user"], &["user", "assistant"]]).await;
    let clock = OnlyPolling::default();
    let client = builder.clock(clock).timeout(LOOK).build().unwrap();
    let wait = client.chats().wait_for_answer(SESSION).after("0");
    let answer = wait.timeout(INTERVAL / 2).await.unwrap();
    assert_eq!(answer.content, "1");
}

#[tokio::test]
async fn without_any_time_the_history_is_read_once() {
    for (roles, found) in [(&["user", "assistant"][..], true), (&["user"], false)] {
        let (server, builder, _) = serving(&[roles; 2]).await;
        let builder = builder.clock(OnlyPolling::default()).timeout(LOOK);
        let client = builder.polling_timeout(Duration::ZERO).build().unwrap();
        let wait = client.chats().wait_for_answer(SESSION).after("0");
        assert_eq!(wait.await.is_ok(), found);
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_history_with_the_newest_first_is_read_as_any_other() {
    let message = |id: &str, role: &str, minute: u32| {
        let date = format!("2026-01-02T03:{minute:02}:00Z");
        serde_json::json!({"id": id, "role": role, "content": id, "created_at": date, "token_count": 3})
    };
    let session = serde_json::json!({"id": SESSION, "title": "Poles"});
    let old = [message("u2", "user", 3), message("old", "assistant", 2)];
    let new = [
        message("new", "assistant", 4),
        old[0].clone(),
        old[1].clone(),
    ];
    let reply = |messages: &[serde_json::Value]| {
        let body = serde_json::json!({"session": session, "messages": messages});
        Reply::json(200, body.to_string())
    };
    let server = ScriptedServer::replies([reply(&old), reply(&new)]).await;
    let chats = client_of(&server).0.build().unwrap().chats();
    let answer = chats.wait_for_answer(SESSION).after("u2").await.unwrap();
    assert_eq!(answer.content, "new");
}

#[tokio::test]
async fn looks_that_fail_for_now_are_ridden_over() {
    let server = ScriptedServer::replies([
        history(&["user"]),
        Reply::json(500, "{}"),
        Reply::reset(),
        Reply::new(429, &[("retry-after", "9")], ""),
        history(&["user", "assistant"]),
    ])
    .await;
    let (builder, clock) = client_of(&server);
    let chats = builder.polling_interval(INTERVAL).max_retries(0).build();
    let chats = chats.unwrap().chats();
    assert_eq!(chats.wait_for_answer(SESSION).await.unwrap().content, "1");
    // Never sooner than the service asks.
    assert_eq!(clock.slept(), [7, 7, 7, 9].map(Duration::from_secs));
}

#[tokio::test]
async fn the_last_looks_error_is_told_when_the_time_is_over() {
    for (reply, looks, kind) in [
        (Reply::json(500, "{}"), 4, ErrorKind::Server),
        (Reply::json(403, "{}"), 1, ErrorKind::Permission),
        (
            Reply::new(503, &[("retry-after", "99")], ""),
            1,
            ErrorKind::Server,
        ),
    ] {
        let server = ScriptedServer::start(move |_, _| reply.clone()).await;
        let builder = client_of(&server).0.clock(OnlyPolling::default());
        let builder = builder.timeout(LOOK);
        let builder = builder.polling_interval(INTERVAL).max_retries(0);
        let chats = builder.polling_timeout(INTERVAL * 5 / 2).build();
        let call = chats.unwrap().chats().wait_for_answer(SESSION);
        let error = call.await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(server.requests().len(), looks, "{kind}");
    }
}

/// A clock on which nothing passes but the time between looks: each look is given less.
#[derive(Debug)]
pub(crate) struct OnlyPolling(Instant, Arc<Mutex<Duration>>);

impl Default for OnlyPolling {
    fn default() -> Self {
        Self(Instant::now(), Arc::default())
    }
}

impl Clock for OnlyPolling {
    fn now(&self) -> Instant {
        self.0 + *self.1.lock().unwrap()
    }

    fn date(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn sleep(&self, duration: Duration) -> Sleep {
        let passed = self.1.clone();
        let polls = duration > LOOK;
        Box::pin(async move {
            if !polls {
                std::future::pending::<()>().await;
            }
            *passed.lock().unwrap() += duration;
        })
    }
}

#[tokio::test]
async fn a_message_that_the_session_does_not_hold_is_named() {
    let (_server, builder, _clock) = serving(&[&["user"]]).await;
    let chats = builder.build().unwrap().chats();
    let error = chats
        .wait_for_answer(SESSION)
        .after("msg_9")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("msg_9"), "{error}");
}

#[tokio::test]
async fn the_callers_request_id_is_that_of_the_first_look_alone() {
    let (server, builder, _clock) = serving(&[&["user"], &["user"], &["user", "assistant"]]).await;
    let chats = builder.build().unwrap().chats();
    let wait = chats.wait_for_answer(SESSION);
    let wait = wait.header("X-Request-ID", "mine").header("X-Team", "a");
    wait.await.unwrap();
    let requests = server.requests();
    let ids = requests.iter().map(|r| r.header("x-request-id"));
    let named: Vec<_> = ids.map(|id| id == Some("mine")).collect();
    assert_eq!(named, [true, false, false]);
    assert!(requests.iter().all(|r| r.header("x-team") == Some("a")));
}
