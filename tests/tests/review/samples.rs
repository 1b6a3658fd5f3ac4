//! What samples of replies and of a stream become in `chats`.

use std::fmt::Write as _;

use chats::{ChatResource, PlanId, SessionId};
use contract_tests::{Reply, ScriptedServer, client_of};
use futures_util::StreamExt as _;
use uuid::Uuid;

const SESSION: SessionId = SessionId::new(Uuid::from_u128(0x11));

/// What a call makes of a reply.
async fn becomes<F, T>(reply: Reply, call: impl FnOnce(ChatResource) -> F) -> String
where
    F: Future<Output = chats::Result<T>>,
    T: std::fmt::Debug,
{
    let server = ScriptedServer::start(move |_, _| reply.clone()).await;
    let client = client_of(&server).0.max_retries(0).build().unwrap();
    match call(client.chats()).await {
        Ok(value) => format!("{value:#?}"),
        Err(error) => told(&error),
    }
}

/// An error, without the id that its request had.
fn told(error: &chats::Error) -> String {
    let text = error.to_string();
    let text = text.replace(error.request_id().unwrap_or("no id"), "<uuid>");
    format!("{:?} {:?}: {text}", error.kind(), error.code())
}

macro_rules! samples {
    ($($name:ident: $status:literal $sample:literal => |$chats:ident| $call:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let reply = Reply::json($status, $sample);
            let value = becomes(reply, |$chats| async move { $call.await }).await;
            insta::with_settings!({omit_expression => true}, {
                insta::assert_snapshot!(stringify!($name), format!("{}\n\n{value}", $sample));
            });
        }
    )*};
}

samples! {
    a_created_session: 200 r#"{"session_id":"00000000-0000-0000-0000-000000000011","title":"Poles","created_at":"2026-01-01T00:00:00Z"}"#
        => |chats| chats.create_session();
    a_page_of_sessions: 200 r#"{"sessions":[{"id":"00000000-0000-0000-0000-000000000011","title":"Poles","total_messages":2,"remaining_tokens":9,"is_active":true,"created_at":"2026-01-01T00:00:00","last_message_at":null,"selected_image_count":0}],"total_count":3,"has_more":true}"#
        => |chats| chats.list_sessions();
    a_session_with_messages: 200 r#"{"session":{"id":"00000000-0000-0000-0000-000000000011","title":"Poles"},"messages":[{"id":"m1","role":"narrator","content":"[[ref:a]] poles","token_count":null,"created_at":"2026-01-01T00:00:00Z","metadata":{"result_refs":{"a":{"count":3}}},"image_context":[{"image_id":"i1","confidence":0.5}]}],"selected_image_ids":["00000000-0000-0000-0000-000000000022"],"context_summary":null}"#
        => |chats| chats.get_session(SESSION);
    an_answer: 200 r#"{"message_id":"m2","content":"[[img:i1|pole.jpg]]","token_count":4,"processing_time_ms":120,"remaining_tokens":10,"remaining_messages":2,"model":"m","images":[{"image_id":"i1","filename":"pole.jpg"}],"a_new_field":true}"#
        => |chats| chats.send(SESSION, "Find poles");
    a_bare_answer: 200 r#"{"message_id":"m2","content":"Three."}"#
        => |chats| chats.send(SESSION, "Find poles");
    an_answer_without_its_id: 200 r#"{"content":"Three."}"#
        => |chats| chats.send(SESSION, "Find poles");
    selected_images: 200 r#"{"session_id":"00000000-0000-0000-0000-000000000011","selected_image_ids":[],"context_summary":"none","estimated_tokens":0}"#
        => |chats| chats.update_images(SESSION, [] as [chats::ImageId; 0]);
    a_mode: 200 r#"{"session_id":"00000000-0000-0000-0000-000000000011","use_all_images":false,"selected_image_count":7,"updated_at":"2026-01-01T00:00:00+02:00"}"#
        => |chats| chats.update_mode(SESSION, false);
    a_closed_session: 200 r#"{"session_id":"00000000-0000-0000-0000-000000000011","closed_at":"2026-01-01T00:00:00Z","total_messages":2,"total_tokens":9}"#
        => |chats| chats.close_session(SESSION);
    a_plan_carried_out: 200 r#"{"success":true,"plan_id":"p","message":"Done","action_taken":"approve","results":{"deleted":2},"agent_results":null}"#
        => |chats| chats.approve_plan(SESSION, "p".parse::<PlanId>().unwrap());
    a_plan_accepted: 202 r#""#
        => |chats| chats.approve_plan(SESSION, "p".parse::<PlanId>().unwrap());
    images_found: 200 r#"{"results":[{"image_id":"00000000-0000-0000-0000-000000000022","description":"A pole","confidence":0.9,"relevance_score":0.8,"thumbnail_url":null}],"total_count":1,"query_interpretation":{"words":["pole"]}}"#
        => |chats| chats.search_images("pole");
    all_images: 200 r#"{"image_ids":["00000000-0000-0000-0000-000000000022"],"total_count":1,"has_more":false}"#
        => |chats| chats.get_all_images();
    a_chat_error: 404 r#"{"error":"No such session","error_code":"SESSION_NOT_FOUND","detail":null}"#
        => |chats| chats.get_session(SESSION);
    a_validation_error: 422 r#"{"detail":[{"loc":["body","message"],"msg":"too long","type":"string_too_long"}]}"#
        => |chats| chats.send(SESSION, "x");
}

/// One of each event of the contract, and one that it does not have.
const STREAM: &str = r#"event: connection
data: {"type":"connection","message_id":"msg_001","status":"connected"}

event: thinking
data: {"type":"thinking","status":"started"}

event: thinking_step
data: {"type":"thinking_step","phase":"plan","agent_name":"a","message":"m","reasoning":"r"}

event: status
data: {"type":"status","phase":"search","message":"Searching","agent_name":"a"}

event: tool_invocation
data: {"type":"tool_invocation","tool_name":"search","agent_name":"a"}

event: tool_result
data: {"type":"tool_result","tool_name":"search","result_count":1}

event: image_results
data: {"type":"image_results","images":[{"image_id":"i1","filename":"pole.jpg"}],"count":1}

event: document_results
data: {"type":"document_results","documents":[{"id":"d1"}],"count":1}

event: token
id: 1
data: {"type":"token","content":"One ","accumulated":"One ","token_index":0}

event: token
id: 2
data: {"type":"token","content":"pole.","accumulated":"One pole.","token_index":1}

event: usage
data: {"type":"usage","cost":5}

event: ping
data: {"type":"ping"}

event: complete
data: {"type":"complete","content":"One pole.","message_id":"msg_001","agents_used":["a"],"has_results":true,"result_count":1,"image_context":[{"image_id":"i1"}],"processing_time_ms":7,"result_refs":{"a":{"count":1}}}

event: close
data: {"type":"close","message_id":"msg_001"}

"#;

/// What comes out of a stream, token by token.
async fn tokens(events: &'static str) -> String {
    let server = ScriptedServer::start(move |_, _| Reply::events(events)).await;
    let client = client_of(&server).0.recover(false).build().unwrap();
    let mut stream = client.chats().send_stream(SESSION, "x").await.unwrap();
    let mut out = String::new();
    while let Some(token) = stream.next().await {
        let _ = match token {
            Ok(token) => writeln!(out, "{token:#?}"),
            Err(error) => writeln!(out, "{}", told(&error)),
        };
    }
    out
}

#[tokio::test]
async fn each_event_becomes_a_token() {
    let told = tokens(STREAM).await;
    insta::with_settings!({omit_expression => true}, {
        insta::assert_snapshot!(told);
    });
}

#[tokio::test]
async fn these_events_end_a_stream() {
    let mut out = String::new();
    for events in [
        "event: error\ndata: {\"type\":\"error\",\"message\":\"Failed\",\"code\":\"TIMEOUT\"}\n\n",
        "event: error\ndata: {\"type\":\"error\",\"message\":\"Failed\",\"error_type\":\"USAGE_LIMIT_EXCEEDED\"}\n\n",
        "event: auth_error\ndata: {\"type\":\"auth_error\",\"error\":\"No such session\"}\n\n",
        "event: plan_pending_approval\ndata: {\"type\":\"plan_pending_approval\",\"plan_id\":\"p\",\"steps\":[1]}\n\n",
        "event: token\ndata: {\"type\":\"token\",\"content\":\"One\"}\n\n",
    ] {
        let _ = writeln!(out, "{events}{}", tokens(events).await);
    }
    insta::with_settings!({omit_expression => true}, {
        insta::assert_snapshot!(out);
    });
}
