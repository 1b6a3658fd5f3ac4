//! A small scripted service: sessions in memory, streams exactly as a test wrote
//! them, and a record of every request. Ids and dates are the same in every run.

mod handlers;
mod script;

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use handlers::{new_session, routes};
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
    /// The tenant that each request was for; empty if none was named.
    tenants: Vec<String>,
    /// Plans run in the background, and report this if it is not empty.
    background: Option<String>,
    reports: Vec<Value>,
    /// How many more sessions the service counts than it lists.
    missing: usize,
    exports: Exports,
}

/// How exports are held back until several are asked for.
#[derive(Default)]
struct Exports {
    /// How many must wait before they are answered.
    awaited: usize,
    /// Those that wait, in the order in which they were asked for.
    waiting: Vec<oneshot::Sender<()>>,
    running: usize,
    most: usize,
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

    /// Approved plans run in the background for ever.
    pub(crate) fn never_reports(&self) -> &Self {
        self.reports("")
    }

    /// The service counts so many more sessions than it lists.
    pub(crate) fn misses(&self, sessions: usize) -> &Self {
        self.shared.lock().missing = sessions;
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

    /// Makes a session with this title.
    pub(crate) fn with_session_titled(&self, title: &str) -> &Self {
        new_session(&self.shared, title);
        self
    }

    /// Exports wait until so many are asked for, and are answered in the reverse order.
    pub(crate) fn exports_at_once(&self, count: usize) -> &Self {
        self.shared.lock().exports.awaited = count;
        self
    }

    /// How many exports were waited for at the same time, at most.
    pub(crate) fn most_exports_at_once(&self) -> usize {
        self.shared.lock().exports.most
    }

    /// What was asked for, in order, as `METHOD /path body`.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.shared.lock().requests.clone()
    }

    /// The tenant of the last request; empty if none was named.
    pub(crate) fn tenant(&self) -> String {
        self.shared
            .lock()
            .tenants
            .last()
            .cloned()
            .unwrap_or_default()
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
    let tenant = tenant_of(request.headers());
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let text = String::from_utf8_lossy(&body).into_owned();
    let line = format!("{method} {path} {text}").trim_end().to_owned();
    let (refusal, silent) = {
        let mut inner = shared.lock();
        inner.requests.push(line);
        inner.tenants.push(tenant);
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

fn tenant_of(headers: &HeaderMap) -> String {
    let tenant = headers.get("x-tenant-id");
    tenant.map_or_else(String::new, |id| id.to_str().unwrap().to_owned())
}
