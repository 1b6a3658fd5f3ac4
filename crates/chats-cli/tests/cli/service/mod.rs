//! A small scripted service: sessions in memory, streams exactly as a test wrote
//! them, and a record of every request. Ids and dates are the same in every run.

mod script;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, patch, post, put};
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::StreamExt;
use serde_json::{Value, json};

pub(crate) use script::{Gate, Step, complete, event, plans, says, token};

pub(crate) const KEY: &str = "aion_0123456789abcdefghij";
pub(crate) const PLAN: &str = "plan_7";

pub(crate) fn id(number: usize) -> String {
    format!("7f2c1f52-3c8e-4c0d-9a35-{number:012}")
}

#[derive(Default)]
struct Inner {
    sessions: Vec<Value>,
    streams: VecDeque<Vec<Step>>,
    requests: Vec<String>,
    /// `METHOD /path`, status and body, for as long as it stays.
    refusals: Vec<(String, u16, Value)>,
    /// `METHOD /path`, and how many more requests to it are answered.
    silences: Vec<(String, usize)>,
    /// Plans run in the background, and report this.
    background: Option<String>,
    reports: Vec<Value>,
}

#[derive(Clone, Default)]
struct Shared {
    inner: Arc<Mutex<Inner>>,
    /// Told of each request.
    asked: Arc<Condvar>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }
}

/// Nothing takes this long; a test that waits for what never comes ends.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Service {
    base_url: String,
    shared: Shared,
    _runtime: tokio::runtime::Runtime,
}

impl Service {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let shared = Shared::default();
        let listener = runtime
            .block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))
            .unwrap();
        let base_url = format!("http://{}/api/v2", listener.local_addr().unwrap());
        let app = Router::new().nest("/api/v2", routes(shared.clone()));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self {
            base_url,
            shared,
            _runtime: runtime,
        }
    }

    pub(crate) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The next message is answered so.
    pub(crate) fn answers(&self, steps: Vec<Step>) -> &Self {
        self.shared.lock().streams.push_back(steps);
        self
    }

    /// Requests to this method and path are refused.
    pub(crate) fn refuses(&self, what: &str, status: u16, body: Value) -> &Self {
        self.shared
            .lock()
            .refusals
            .push((what.to_owned(), status, body));
        self
    }

    /// So many requests to this method and path are answered; the others wait for ever.
    pub(crate) fn falls_silent(&self, what: &str, after: usize) -> &Self {
        self.shared.lock().silences.push((what.to_owned(), after));
        self
    }

    /// Waits until so many requests have come to this method and path.
    #[track_caller]
    pub(crate) fn is_asked(&self, what: &str, times: usize) -> &Self {
        let asked = |inner: &Inner| {
            let fits = |line: &&String| {
                let rest = line.strip_prefix(what);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '?']))
            };
            inner.requests.iter().filter(fits).count()
        };
        let (inner, _) = self
            .shared
            .asked
            .wait_timeout_while(self.shared.lock(), PATIENCE, |inner| asked(inner) < times)
            .unwrap();
        assert!(asked(&inner) >= times, "{what}: {:?}", inner.requests);
        drop(inner);
        self
    }

    /// Approved plans run in the background and report this.
    pub(crate) fn reports(&self, text: &str) -> &Self {
        self.shared.lock().background = Some(text.to_owned());
        self
    }

    /// Makes this many sessions, the newest last.
    pub(crate) fn with_sessions(&self, count: usize) -> &Self {
        for _ in 0..count {
            let number = self.shared.lock().sessions.len() + 1;
            new_session(&self.shared, &format!("Session {number}"));
        }
        self
    }

    /// What was asked for, in order, as `METHOD /path body`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.lock().requests.clone()
    }

    /// What was decided on plans, in order.
    pub(crate) fn decisions(&self) -> Vec<String> {
        let requests = self.requests().into_iter();
        let action = |line: String| line.split('"').nth(3).unwrap().to_owned();
        requests
            .filter(|line| line.contains("/action "))
            .map(action)
            .collect()
    }

    pub(crate) fn is_open(&self, number: usize) -> bool {
        self.shared.lock().sessions[number - 1]["is_active"] == true
    }

    pub(crate) fn title(&self, number: usize) -> String {
        self.shared.lock().sessions[number - 1]["title"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

fn routes(shared: Shared) -> Router {
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
        .layer(axum::middleware::from_fn_with_state(shared.clone(), record))
        .with_state(shared)
}

/// Notes the request, checks the key, and refuses what is to be refused.
async fn record(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let path = uri
        .path_and_query()
        .map(ToString::to_string)
        .unwrap_or_default();
    let path = path.trim_start_matches("/api/v2").to_owned();
    let bearer = request.headers().get(header::AUTHORIZATION).cloned();
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    let line = format!("{method} {path} {text}").trim_end().to_owned();
    let (refusal, silent) = {
        let mut inner = shared.lock();
        inner.requests.push(line);
        shared.asked.notify_all();
        let plain = path.split('?').next().unwrap_or_default();
        let what = format!("{method} {plain}");
        let refusal = inner
            .refusals
            .iter()
            .find(|(refused, ..)| *refused == what)
            .cloned();
        let silence = inner
            .silences
            .iter_mut()
            .find(|(silent, _)| *silent == what);
        let silent = silence.is_some_and(|(_, left)| match left.checked_sub(1) {
            Some(fewer) => {
                *left = fewer;
                false
            }
            None => true,
        });
        (refusal, silent)
    };
    if silent {
        return std::future::pending().await;
    }
    if bearer.is_none_or(|value| value != format!("Bearer {KEY}")) {
        let body =
            json!({"error": {"code": "INVALID_API_KEY", "message": "The key is not known."}});
        return (StatusCode::UNAUTHORIZED, Json(body)).into_response();
    }
    if let Some((_, status, body)) = refusal {
        return (StatusCode::from_u16(status).unwrap(), Json(body)).into_response();
    }
    let request = axum::extract::Request::from_parts(parts, Body::from(body));
    next.run(request).await
}

async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"detail": "Not Found"}))).into_response()
}

fn new_session(shared: &Shared, title: &str) -> Value {
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
        "total_count": wanted.len(),
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
            "id": self::id(9000 + number),
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
            Step::Event(text) => Ok::<_, std::convert::Infallible>(Bytes::from(text)),
            Step::Gate(gate) => {
                gate.wait().await;
                Ok(Bytes::from(": open\n\n"))
            }
            Step::Hold => std::future::pending().await,
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
        inner.reports.push(json!({
            "id": self::id(9999),
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

async fn export(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Missing> {
    let at = find(&shared, &id)?;
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

async fn search(Json(body): Json<Value>) -> Json<Value> {
    let limit = body["limit"].as_u64().unwrap_or(50) as usize;
    let offset = body["offset"].as_u64().unwrap_or(0) as usize;
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
        "query_interpretation": {"terms": [body["query"]]},
    }))
}
