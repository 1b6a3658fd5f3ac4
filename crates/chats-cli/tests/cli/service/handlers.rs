//! What the service answers to each request that it does not refuse.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, patch, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{PATIENCE, Shared, Step, id, says};

pub(super) fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/chat/sessions", post(create).get(list))
        .route("/chat/sessions/{id}", get(show).merge(delete(close)))
        .route("/chat/sessions/{id}/messages/stream", post(stream))
        .route("/chat/sessions/{id}/images", put(images))
        .route("/chat/sessions/{id}/documents", put(documents))
        .route("/chat/sessions/{id}/mode", patch(mode))
        .route("/chat/sessions/{id}/title", patch(rename))
        .route("/chat/sessions/{id}/plans/{plan}/action", post(plan))
        .route("/chat/sessions/{id}/export", get(export))
        .route("/chat/images/all", get(all_images))
        .route("/chat/images/search", post(search))
        .fallback(any(nothing))
        .layer(axum::middleware::from_fn_with_state(
            shared.clone(),
            super::record,
        ))
        .with_state(shared)
}

async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"detail": "Not Found"}))).into_response()
}

pub(super) fn new_session(shared: &Shared, title: &str) -> Value {
    let mut inner = shared.lock();
    let number = inner.sessions.len() + 1;
    let session = json!({
        "id": id(number),
        "title": title,
        "total_messages": 2 * number,
        "total_tokens": 100 * number,
        "remaining_tokens": 9000,
        "remaining_messages": 90,
        "is_active": true,
        "use_all_images": true,
        "created_at": "2026-05-01T09:00:00Z",
        "updated_at": format!("2026-05-{:02}T10:30:00Z", number.min(28)),
        "last_message_at": format!("2026-05-{:02}T10:30:00Z", number.min(28)),
        "last_message_preview": "Three poles are damaged.",
        "selected_image_count": 0,
    });
    inner.sessions.push(session.clone());
    session
}

async fn create(State(shared): State<Shared>, Json(body): Json<Value>) -> Json<Value> {
    let title = body["title"].as_str().unwrap_or("New conversation");
    let session = new_session(&shared, title);
    Json(json!({
        "session_id": session["id"],
        "title": session["title"],
        "created_at": session["created_at"],
    }))
}

#[derive(serde::Deserialize)]
struct ListQuery {
    limit: Option<usize>,
    offset: Option<usize>,
    is_active: Option<bool>,
    search: Option<String>,
}

async fn list(State(shared): State<Shared>, Query(query): Query<ListQuery>) -> Json<Value> {
    let inner = shared.lock();
    let wanted: Vec<Value> = inner
        .sessions
        .iter()
        .rev()
        .filter(|session| query.is_active != Some(true) || session["is_active"] == true)
        .filter(|session| {
            let search = query.search.as_deref().unwrap_or_default();
            session["title"].as_str().unwrap().contains(search)
        })
        .cloned()
        .collect();
    let (limit, offset) = (query.limit.unwrap_or(20), query.offset.unwrap_or(0));
    let page: Vec<Value> = wanted.iter().skip(offset).take(limit).cloned().collect();
    Json(json!({
        "has_more": offset + page.len() < wanted.len(),
        "sessions": page,
        "total_count": wanted.len() + inner.missing,
    }))
}

/// There is no such session.
struct Missing;

impl IntoResponse for Missing {
    fn into_response(self) -> Response {
        let body = json!({"error": "There is no such session.", "error_code": "SESSION_NOT_FOUND"});
        (StatusCode::NOT_FOUND, Json(body)).into_response()
    }
}

fn find(shared: &Shared, id: &str) -> Result<usize, Missing> {
    let inner = shared.lock();
    let at = inner
        .sessions
        .iter()
        .position(|session| session["id"] == id);
    at.ok_or(Missing)
}

async fn show(
    State(shared): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Missing> {
    let at = find(&shared, &id)?;
    let inner = shared.lock();
    let message = |role: &str, content: &str, number: usize| {
        json!({
            "id": super::id(9000 + number),
            "role": role,
            "content": content,
            "token_count": 5,
            "processing_time_ms": null,
            "created_at": "2026-05-01T09:00:00Z",
        })
    };
    let mut messages = vec![
        message("user", "Which poles are damaged?", 1),
        message(
            "assistant",
            "**Three** poles:\n\n- [[img:ab12|pole-01.png]]\n- two more",
            2,
        ),
    ];
    messages.extend(inner.reports.iter().cloned());
    Ok(Json(json!({
        "session": inner.sessions[at],
        "messages": messages,
        "selected_image_ids": [],
        "context_summary": null,
    })))
}

async fn close(
    State(shared): State<Shared>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Missing> {
    let at = find(&shared, &id)?;
    let mut inner = shared.lock();
    inner.sessions[at]["is_active"] = false.into();
    Ok(Json(json!({
        "session_id": id,
        "closed_at": "2026-05-02T09:00:00Z",
        "total_messages": inner.sessions[at]["total_messages"],
        "total_tokens": inner.sessions[at]["total_tokens"],
    })))
}

async fn stream(State(shared): State<Shared>, Path(id): Path<String>) -> Result<Response, Missing> {
    find(&shared, &id)?;
    let steps = shared
        .lock()
        .streams
        .pop_front()
        .unwrap_or_else(|| says("Nothing to say."));
    let body = futures_util::stream::iter(steps).then(|step| async move {
        match step {
            Step::Event(text) => Ok(Bytes::from(text)),
            Step::Gate(gate) => {
                gate.wait().await;
                Ok(Bytes::from(": open\n\n"))
            }
            Step::Hold => std::future::pending().await,
            Step::Break => {
                // What came before is sent first.
                tokio::task::yield_now().await;
                Err(std::io::Error::other("broken by the test"))
            }
        }
    });
    let headers = [(header::CONTENT_TYPE, "text/event-stream")];
    Ok((headers, Body::from_stream(body)).into_response())
}

async fn images(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Missing> {
    find(&shared, &id)?;
    Ok(Json(json!({
        "session_id": id,
        "selected_image_ids": body["image_ids"],
        "selected_video_ids": [],
        "context_summary": null,
        "estimated_tokens": 10,
    })))
}

async fn documents(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Missing> {
    find(&shared, &id)?;
    let ids = &body["document_ids"];
    Ok(Json(json!({
        "session_id": id,
        "selected_document_ids": ids,
        "document_count": ids.as_array().map_or(0, Vec::len),
    })))
}

async fn mode(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Missing> {
    find(&shared, &id)?;
    Ok(Json(json!({
        "session_id": id,
        "use_all_images": body["use_all_images"],
        "selected_image_count": 0,
        "updated_at": "2026-05-02T09:00:00Z",
    })))
}

async fn rename(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Json(body): Json<Value>,
) -> Result<Json<Value>, Missing> {
    let at = find(&shared, &id)?;
    shared.lock().sessions[at]["title"] = body["title"].clone();
    Ok(Json(json!({
        "session_id": id,
        "title": body["title"],
        "updated_at": "2026-05-02T09:00:00Z",
    })))
}

async fn plan(
    State(shared): State<Shared>,
    Path((id, plan)): Path<(String, String)>,
    Json(body): Json<Value>,
) -> Result<Response, Missing> {
    find(&shared, &id)?;
    let approved = body["action"] == "approve";
    let mut inner = shared.lock();
    if approved && let Some(text) = inner.background.clone() {
        if text.is_empty() {
            return Ok(StatusCode::ACCEPTED.into_response());
        }
        inner.reports.push(json!({
            "id": super::id(9999),
            "role": "assistant",
            "content": text,
            "created_at": "2026-05-01T09:05:00Z",
        }));
        return Ok(StatusCode::ACCEPTED.into_response());
    }
    Ok(Json(json!({
        "success": true,
        "plan_id": plan,
        "message": if approved { "12 images are selected." } else { "The plan is cancelled." },
        "action_taken": body["action"],
        "results": null,
    }))
    .into_response())
}

#[derive(serde::Deserialize)]
struct ExportQuery {
    format: Option<String>,
}

/// Waits until as many exports are asked for as the test wants to see at once.
async fn held_back(shared: &Shared) {
    let (release, released) = oneshot::channel();
    let complete = {
        let mut inner = shared.lock();
        let exports = &mut inner.exports;
        if exports.awaited == 0 {
            return;
        }
        exports.running += 1;
        exports.most = exports.most.max(exports.running);
        exports.waiting.push(release);
        let complete = exports.waiting.len() == exports.awaited;
        complete.then(|| std::mem::take(&mut exports.waiting))
    };
    if let Some(waiting) = complete {
        tokio::spawn(async move {
            for release in waiting.into_iter().rev() {
                // One whose program is gone waits no longer.
                let _ = release.send(());
                tokio::time::sleep(APART).await;
            }
        });
    }
    let alone = tokio::time::timeout(PATIENCE, released).await.is_err();
    let exports = &mut shared.lock().exports;
    exports.running -= 1;
    if alone {
        // A program that asks for fewer at once is found out by how many there were at most.
        exports.awaited = 0;
    }
}

/// So far apart that answers arrive in the order in which they are sent.
const APART: Duration = Duration::from_millis(30);

async fn export(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Missing> {
    let at = find(&shared, &id)?;
    held_back(&shared).await;
    let title = shared.lock().sessions[at]["title"]
        .as_str()
        .unwrap()
        .to_owned();
    let (kind, extension, text) = match query.format.as_deref() {
        Some("json") => (
            "application/json",
            "json",
            json!({"title": title}).to_string(),
        ),
        Some("text") => ("text/plain; charset=utf-8", "txt", format!("{title}\n")),
        _ => ("text/markdown; charset=utf-8", "md", format!("# {title}\n")),
    };
    let name = title
        .to_lowercase()
        .replace(' ', "-")
        .replace(char::is_control, "");
    let name = format!("{name}.{extension}");
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, text).into_response())
}

#[derive(serde::Deserialize)]
struct PageQuery {
    limit: usize,
    offset: usize,
}

/// So many images there are.
const IMAGES: usize = 7;

async fn all_images(Query(page): Query<PageQuery>) -> Json<Value> {
    let ids: Vec<String> = (1..=IMAGES)
        .skip(page.offset)
        .take(page.limit)
        .map(|n| id(100 + n))
        .collect();
    Json(json!({
        "has_more": page.offset + ids.len() < IMAGES,
        "image_ids": ids,
        "total_count": IMAGES,
    }))
}

#[derive(serde::Deserialize)]
struct SearchBody {
    query: Value,
    limit: Option<usize>,
    offset: Option<usize>,
}

async fn search(Json(body): Json<SearchBody>) -> Json<Value> {
    let (limit, offset) = (body.limit.unwrap_or(50), body.offset.unwrap_or(0));
    let results: Vec<Value> = (1..=IMAGES)
        .skip(offset)
        .take(limit)
        .map(|number| {
            json!({
                "image_id": id(100 + number),
                "description": format!("A wooden pole, number {number}, with a long crack below the crossarm"),
                "confidence": 0.97 - number as f64 / 100.0,
                "relevance_score": 0.9,
                "full_url": format!("https://images.example/{number}.png"),
            })
        })
        .collect();
    Json(json!({
        "results": results,
        "total_count": IMAGES,
        "query_interpretation": {"terms": [body.query]},
    }))
}
