//! No public type shows the key: each is made with a client that has one, and
//! looked at. The list is checked against the source, so that a new type cannot
//! be forgotten.

use std::any::type_name;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chats::error::PathStep;
use chats::references::{MetadataRef, ReferenceTarget};
use chats::retry::{
    Backoff, ExponentialBackoff, FailedAttempt, RetryBudget, RetryPolicy, StandardRetry,
    TokenBudget, UnlimitedBudget,
};
use chats::types::{
    ChatImageList, ChatMessage, ChatSession, ChatSessionDetail, ClosedSession, DocumentId,
    ExportFormat, ImageId, ImageReference, ImageSearchResults, MessageId, PlanActionResponse,
    PlanId, RenamedSession, Role, SessionList, UpdatedDocuments, UpdatedImages, UpdatedMode,
    UpdatedVideos, VideoId,
};
use chats::{Call, ChatToken, CircuitBreaker, Client, Error};
use contract_tests::{KEY, Reply, ScriptedServer, client_of};
use futures_util::TryStreamExt;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{ANSWER, CREATED, SESSION};

/// The types that were looked at.
#[derive(Default)]
struct Shown(BTreeSet<String>);

impl Shown {
    fn look<T: Debug>(&mut self, value: &T) {
        let name = type_name::<T>();
        for text in [format!("{value:?}"), format!("{value:#?}")] {
            assert!(!text.contains("canary"), "{name} shows the key: {text}");
        }
        let words = name.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let ours = words.filter(|path| path.starts_with("chats::"));
        self.0.extend(ours.map(|path| {
            let name = path.rsplit("::").next().unwrap_or(path);
            named(name, path.starts_with("chats::blocking::"))
        }));
    }

    /// A type that is read from JSON.
    fn read<T: Debug + DeserializeOwned>(&mut self, value: Value) {
        let value = serde_json::from_value::<T>(value);
        self.look(&value.unwrap_or_else(|error| panic!("{}: {error}", type_name::<T>())));
    }
}

/// The blocking client has types of the same names as the async one.
fn named(name: &str, blocking: bool) -> String {
    format!("{}{name}", if blocking { "blocking::" } else { "" })
}

#[tokio::test]
async fn no_public_type_shows_the_key() {
    let server = ScriptedServer::start(reply).await;
    let (builder, clock) = client_of(&server);
    let attempts = Attempts::default();
    let builder = builder.clock(clock).retry_policy(attempts.clone());
    let proxied = builder
        .clone()
        .proxy_url(format!("http://user:{KEY}@127.0.0.1:1"));
    let mut shown = Shown::default();
    shown.look(&proxied);
    let client = builder.build().unwrap();
    shown.look(&client);
    calls(&mut shown, &client).await;
    stream(&mut shown, &client).await;
    errors(&mut shown, &client).await;
    policies(&mut shown, &attempts);
    data(&mut shown);
    let base_url = server.base_url().to_owned();
    let plain_thread = std::thread::spawn(move || {
        blocking(&mut shown, base_url);
        shown
    });
    let shown = tokio::task::spawn_blocking(|| plain_thread.join().unwrap());
    let shown = shown.await.unwrap();

    let types = public_types();
    assert!(types.len() > 90, "the source was not read: {types:?}");
    let missing: Vec<_> = types.difference(&shown.0).collect();
    assert!(missing.is_empty(), "nothing of {missing:?} was looked at");
}

fn reply(request: &contract_tests::SeenRequest, _: usize) -> Reply {
    let limits = [
        ("content-type", "application/json"),
        ("x-ratelimit-limit", "10"),
        ("x-ratelimit-remaining", "0"),
    ];
    let echo = format!(
        r#"{{"detail":[{{"loc":["body",0],"msg":"the key is {KEY}","type":"x"}}],
            "error":{{"code":"STORAGE_QUOTA_EXCEEDED","message":"{KEY}",
            "details":{{"available":1,"limit":2}}}}}}"#
    );
    let plan = r#"{"error":"wait","error_code":"PLAN_APPROVAL_REQUIRED","plan_id":"plan_1"}"#;
    match request.target.as_str() {
        target if target.contains("/messages/stream") => Reply::events(EVENTS),
        target if target.ends_with("/messages") => Reply::json(200, ANSWER),
        target if target.contains("format=text") => Reply::json(200, "text"),
        target if target.contains("format=json") => Reply::new(402, &limits, echo),
        target if target.contains("/title") => Reply::json(400, plan),
        target if target.contains("/mode") => Reply::json(
            422,
            format!(r#"{{"detail":[{{"loc":["body",0],"msg":"{KEY}","type":"x"}}]}}"#),
        ),
        target if target.contains("/videos") => {
            let wrong = json!({"session_id": SESSION, "selected_video_ids": KEY});
            Reply::json(200, wrong.to_string())
        }
        target if target.contains("/chat/sessions?") => {
            let unreadable = json!({"sessions": [{"id": KEY, "title": 1}], "has_more": false});
            Reply::json(200, unreadable.to_string())
        }
        target if target.contains("/images/all") => {
            let none = json!({"image_ids": [], "has_more": false});
            Reply::json(200, none.to_string())
        }
        target if target.contains("export") => Reply::json(500, echo),
        _ => Reply::json(200, CREATED),
    }
}

/// One event of every kind, then a break.
const EVENTS: &str = r#"event: connection
data: {"message_id":"m"}

event: thinking
data: {}

event: thinking_step
data: {}

event: status
data: {}

event: tool_invocation
data: {}

event: tool_result
data: {}

event: image_results
data: {}

event: document_results
data: {}

event: token
data: {"content":"Three."}

event: plan_pending_approval
data: {"plan_id":"plan_1"}

event: ping
data: {}

event: something_new
data: {}

event: complete
data: {"content":"Three."}

event: close
data: {}

"#;

async fn calls(shown: &mut Shown, client: &Client) {
    let chats = client.chats();
    shown.look(&chats);
    let header = "x-mine";
    macro_rules! look {
        ($($call:expr),* $(,)?) => {$(shown.look(&Call::header($call, header, "1"));)*};
    }
    let ids = [ImageId::new(*SESSION.as_uuid())];
    look![
        chats.create_session(),
        chats.get_session(SESSION),
        chats.list_sessions(),
        chats.get_messages(SESSION),
        chats.send(SESSION, "x"),
        chats.send_stream(SESSION, "x"),
        chats.update_images(SESSION, ids),
        chats.update_documents(SESSION, [DocumentId::new(*SESSION.as_uuid())]),
        chats.update_videos(SESSION, [VideoId::new(*SESSION.as_uuid())]),
        chats.update_mode(SESSION, true),
        chats.rename_session(SESSION, "x"),
        chats.close_session(SESSION),
        chats.approve_plan(SESSION, "plan_1"),
        chats.wait_for_answer(SESSION),
        chats.export_session(SESSION),
        chats.get_all_images(),
        chats.search_images("x"),
    ];
    shown.look(&chats.send(SESSION, "x").with_response());
    shown.look(&chats.iter_images());
    shown.look(&chats.iter_images().pages());
    let page = chats.iter_images().pages().try_next().await.unwrap();
    shown.look(&page);
    shown.look(&chats.session());
    let session = chats.session().auto_close(false).open().await.unwrap();
    shown.look(&session);
    shown.look(&session.send("x").with_response().await.unwrap());
    let exported = chats.export_session(SESSION).format(ExportFormat::Text);
    shown.look(&exported.await.unwrap());
}

async fn stream(shown: &mut Shown, client: &Client) {
    shown.look(&chats::stream::TokenDecoder::new());
    let mut resolver = chats::references::ReferenceResolver::new();
    let held_back = resolver.push(&format!("[[ref:x]] {KEY}"));
    assert!(held_back.is_empty());
    shown.look(&resolver);
    let mut opened = client.chats().send_stream(SESSION, "x").await.unwrap();
    shown.look(&opened);
    while let Some(token) = opened.try_next().await.unwrap() {
        token_of(shown, &token);
    }
    let opened = client.chats().send_stream(SESSION, "x").await.unwrap();
    shown.look(&opened.text_deltas());
    // A client makes this one itself while it looks for an answer.
    let cut = ScriptedServer::replies([Reply::events("event: ping\ndata: {}\n\n")]).await;
    let client = client_of(&cut).0.build().unwrap();
    let mut opened = client.chats().send_stream(SESSION, "x").await.unwrap();
    let error = loop {
        match opened.try_next().await {
            Ok(token) => token_of(shown, &token.unwrap()),
            Err(error) => break error,
        }
    };
    shown.look(&error);
    shown.look(error.stream_progress().unwrap());
}

fn token_of(shown: &mut Shown, token: &ChatToken) {
    shown.look(token);
    shown.look(&token.kind());
    match token {
        ChatToken::Connection(data) => shown.look(data),
        ChatToken::Thinking(data) => shown.look(data),
        ChatToken::ThinkingStep(data) => shown.look(data),
        ChatToken::Status(data) => shown.look(data),
        ChatToken::ToolInvocation(data) => shown.look(data),
        ChatToken::ToolResult(data) => shown.look(data),
        ChatToken::ImageResults(data) => shown.look(data),
        ChatToken::DocumentResults(data) => shown.look(data),
        ChatToken::Token(data) => shown.look(data),
        ChatToken::PlanPendingApproval(data) => shown.look(data),
        ChatToken::Complete(data) => shown.look(data),
        ChatToken::Reconnecting(data) => shown.look(data),
        ChatToken::Ping(data) => shown.look(data),
        ChatToken::Close(data) => shown.look(data),
        ChatToken::Unknown(data) => shown.look(data),
        other => panic!("what is {other:?}?"),
    }
}

/// Errors made of replies that hold the key.
async fn errors(shown: &mut Shown, client: &Client) {
    let chats = client.chats();
    let error = |error: Error, shown: &mut Shown| {
        let text = error.to_string();
        assert!(!text.contains("canary"), "an error shows the key: {text}");
        shown.look(&error);
        shown.look(&error.kind());
        error
    };
    error(chats.export_session(SESSION).await.unwrap_err(), shown);
    let exported = chats.export_session(SESSION).format(ExportFormat::Json);
    let refused = error(exported.await.unwrap_err(), shown);
    shown.look(refused.rate_limit().unwrap());
    shown.look(refused.quota().unwrap());
    let invalid = chats.update_mode(SESSION, true).await.unwrap_err();
    let invalid = error(invalid, shown);
    shown.look(&invalid.field_errors()[0]);
    shown.look(&invalid.field_errors()[0].location);
    shown.look::<PathStep>(&invalid.field_errors()[0].location[0]);
    let unreadable = chats.update_videos(SESSION, [] as [VideoId; 0]).await;
    error(unreadable.unwrap_err(), shown);
    let listed = chats.iter_sessions().try_next().await.unwrap_err();
    let listed = error(listed, shown);
    assert_eq!((listed.status(), listed.attempts()), (Some(200), 1));
    let waits = chats.rename_session(SESSION, "x").await.unwrap_err();
    let waits = error(waits, shown);
    shown.look(waits.plan().unwrap());
}

/// A policy that keeps what it was asked about.
#[derive(Clone, Debug, Default)]
struct Attempts(Arc<Mutex<Option<FailedAttempt>>>);

impl RetryPolicy for Attempts {
    fn should_retry(&self, attempt: &FailedAttempt) -> bool {
        *self.0.lock().unwrap() = Some(attempt.clone());
        false
    }
}

fn policies(shown: &mut Shown, attempts: &Attempts) {
    shown.look(&CircuitBreaker::new());
    shown.look(&ExponentialBackoff::new(Duration::from_secs(1)));
    shown.look(&ExponentialBackoff::new(Duration::from_secs(1)).at_most(Duration::ZERO));
    shown.look(&TokenBudget::default());
    shown.look(&TokenBudget::default().and(UnlimitedBudget));
    shown.look(&UnlimitedBudget);
    shown.look(&StandardRetry.limit(1));
    let attempt = attempts.0.lock().unwrap().take().unwrap();
    shown.look(&attempt);
    shown.look(&attempt.cause);
}

fn data(shown: &mut Shown) {
    let id = SESSION.to_string();
    shown.look(&SESSION);
    shown.look(&ImageId::new(*SESSION.as_uuid()));
    shown.look(&DocumentId::new(*SESSION.as_uuid()));
    shown.look(&VideoId::new(*SESSION.as_uuid()));
    shown.look(&MessageId::from("m"));
    shown.look(&"plan_1".parse::<PlanId>().unwrap());
    shown.look(&Role::User);
    shown.look(&ExportFormat::Json);
    let session = json!({"id": id, "title": "Poles"});
    shown.read::<ChatSession>(session.clone());
    shown.read::<SessionList>(json!({"items": [session], "total": 1, "has_more": false}));
    shown.read::<ChatSessionDetail>(json!({"session": session}));
    shown.read::<ClosedSession>(json!({"session_id": id}));
    shown.read::<RenamedSession>(json!({"session_id": id, "title": "Poles"}));
    shown.read::<ChatMessage>(json!({"id": "m", "role": "user", "content": "x"}));
    shown.read::<ImageReference>(json!({"image_id": "i"}));
    shown.read::<ChatImageList>(json!({"image_ids": [id], "total_count": 1, "has_more": false}));
    shown.read::<ImageSearchResults>(json!({"items": [], "total": 0}));
    shown.read::<UpdatedImages>(json!({"session_id": id}));
    shown.read::<UpdatedDocuments>(json!({"session_id": id}));
    shown.read::<UpdatedVideos>(json!({"session_id": id}));
    shown.read::<UpdatedMode>(json!({"session_id": id}));
    shown.read::<PlanActionResponse>(json!({
        "success": true, "plan_id": "plan_1", "message": "x", "action_taken": "approve"
    }));
    let metadata = json!({"result_refs": {"k": {"count": 1}}});
    shown.look(&MetadataRef::from(&metadata));
    let references = chats::parse_references("[[ref:k]] [[doc:d|a.pdf|p:5]]", &metadata);
    shown.look(&references);
    for reference in &references {
        shown.look(&reference.target);
        match &reference.target {
            ReferenceTarget::Count { result, .. } => shown.look(result),
            ReferenceTarget::Document { pages, .. } => shown.look(pages),
            other => panic!("what is {other:?}?"),
        }
    }
}

fn blocking(shown: &mut Shown, base_url: String) {
    use chats::blocking;

    let builder = blocking::Client::builder().api_key(KEY).base_url(base_url);
    shown.look(&builder);
    let client = builder.max_retries(0).build().unwrap();
    shown.look(&client);
    let chats = client.chats();
    shown.look(&chats);
    shown.look(&chats.send(SESSION, "x"));
    shown.look(&chats.session().with(|_| Ok::<_, Error>(())));
    let session = chats.session().auto_close(false).open();
    shown.look(&session);
    let session = session.run().unwrap();
    shown.look(&session);
    let stream = session.send_stream("x").run().unwrap();
    shown.look(&stream);
    shown.look(&stream.text_deltas());
}

/// Types that sealed traits name, and of which users get no value.
const UNREACHABLE: [&str; 6] = [
    "Async",
    "CallContext",
    "Listed",
    "OperationSpec",
    "PageRequest",
    "Reply",
];

/// The types that the source declares public, whether a path leads to them or
/// not, except for those of which users get no value.
fn public_types() -> BTreeSet<String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/chats/src");
    let mut types = BTreeSet::new();
    let mut folders = vec![source];
    while let Some(folder) = folders.pop() {
        let blocking = folder.ends_with("blocking");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            for line in text.lines() {
                let declared = ["pub struct ", "pub enum "];
                let Some(rest) = declared.iter().find_map(|start| line.strip_prefix(start)) else {
                    continue;
                };
                let name = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                if !UNREACHABLE.contains(&name) {
                    types.insert(named(name, blocking));
                }
            }
        }
    }
    types
}
