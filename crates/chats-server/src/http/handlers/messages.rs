//! Sending a message, with the answer whole or as a stream.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::{HeaderValue, header};
use serde_json::{Value, json};

use crate::conversation::{self, Answered, Outcome};
use crate::fault::FrameFaults;
use crate::http::call::settle;
use crate::http::{ApiError, Call};
use crate::server::ResetSwitch;
use crate::state::App;
use crate::stream;
use crate::validation::{Problems, SendMessage, boolean_parameter};
use crate::wire;

pub(in crate::http) async fn send(
    State(app): State<Arc<App>>,
    call: Call,
) -> Result<Json<Value>, ApiError> {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let request = call.body(&mut problems, SendMessage::read)?;
    let (id, request) = settle(problems, id.zip(request))?;
    let turn = conversation::begin(&app, call.person, id, request, false).await?;
    // The outcome says all that the events do; without a receiver, none is queued.
    drop(turn.events);
    let outcome = turn.outcome.await;
    match outcome.unwrap_or_else(|_| Err(ApiError::answer_failed()))? {
        Outcome::Answered(answered) => {
            let mut reply = to_json(&answered);
            wire::fill_links(&mut reply, &call.links(&app.links));
            Ok(Json(reply))
        }
        Outcome::PlanPending(plan) => Err(ApiError::plan_approval_required(plan)),
    }
}

fn to_json(answered: &Answered) -> Value {
    json!({
        "message_id": answered.message_id,
        "content": answered.content,
        "token_count": answered.token_count,
        "processing_time_ms": answered.processing_time_ms,
        "remaining_tokens": answered.remaining_tokens,
        "remaining_messages": answered.remaining_messages,
        "provider": answered.provider,
        "model": answered.model,
        "images": answered.images,
        "metadata": answered.metadata,
    })
}

pub(in crate::http) async fn stream(
    State(app): State<Arc<App>>,
    Extension(reset): Extension<ResetSwitch>,
    call: Call,
) -> Result<Response, ApiError> {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let reasoning = boolean_parameter(&call.query(), "debug_reasoning", false, &mut problems);
    let request = call.body(&mut problems, SendMessage::read)?;
    let (id, request) = settle(problems, id.zip(request))?;
    let turn = conversation::begin(&app, call.person, id, request, reasoning).await?;
    let faults = FrameFaults::new(&call.faults.0);
    let links = call.links(&app.links);
    let mut reply = stream::body(&app, links, turn.events, faults, reset).into_response();
    let headers = reply.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream; charset=utf-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    // Tells proxies such as nginx to pass every event on at once.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(reply)
}
