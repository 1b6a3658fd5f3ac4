//! The one error type of the crate, with the details that an error can carry.
//!
//! [`accessors`] has the methods of an error, [`body`] reads a reply's body, [`classify`]
//! chooses the kind, [`detail`] has the parts that an error can carry, and [`sentence`]
//! writes the error for people.

mod accessors;
pub(crate) mod body;
pub(crate) mod classify;
mod detail;
mod kind;
mod sentence;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

pub use detail::{FieldError, PathStep, PendingPlan, Quota, RateLimit, StreamProgress};
pub use kind::ErrorKind;

use crate::client::api_key::ApiKey;
use crate::types::SessionId;
use body::ErrorBody;
use classify::PLAN_APPROVAL_REQUIRED;
use sentence::Sentence;
pub(crate) use sentence::seconds;

/// The result of a call: a value or an [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn std::error::Error + Send + Sync>;

/// Why a call failed.
///
/// Branch on [`kind`](Self::kind), but first on [`outcome_unknown`](Self::outcome_unknown)
/// after a call that must not be made twice. The other methods return details; how far the
/// call got decides which of them exist. `Display` is one sentence for people: what was
/// tried, what went wrong, and what to do. It does not repeat
/// [`source`](std::error::Error::source), and neither `Display` nor `Debug` shows the API
/// key.
///
/// An error is as large as a pointer. It can be cloned, for example to tell several tasks of
/// one failure.
///
/// In the examples below, the header `X-Chats-Fault` asks an embedded test server to fail.
///
/// ```
/// use chats::{Client, ErrorKind};
///
/// let error = Client::new("not a key").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Config);
/// assert!(error.to_string().contains("api_key"));
/// ```
#[derive(Clone, thiserror::Error)]
#[error(transparent)]
pub struct Error(Box<Inner>);

#[derive(Clone, thiserror::Error)]
#[error("{}", Sentence(self))]
struct Inner {
    kind: ErrorKind,
    /// What was being done, as an infinitive: "send the message".
    doing: Option<&'static str>,
    /// What to check before trying again, if the outcome is unknown.
    look_first: Option<&'static str>,
    message: String,
    hint: Option<String>,
    /// The builder's method, or the variable, whose value this is about.
    setting: Option<&'static str>,
    status: Option<u16>,
    code: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    rate_limit: Option<RateLimit>,
    session_id: Option<SessionId>,
    plan: Option<PendingPlan>,
    quota: Option<Quota>,
    fields: Vec<FieldError>,
    path: Option<String>,
    endpoint: Option<&'static str>,
    attempts: u32,
    body: Option<Bytes>,
    partial: Option<String>,
    stream: Option<StreamProgress>,
    retryable: bool,
    outcome_unknown: bool,
    close_error: Option<Error>,
    #[source]
    source: Option<Source>,
}

impl Inner {
    fn look_first(&self) -> Option<&'static str> {
        let general = "the service may have acted on it: check before trying again";
        self.outcome_unknown
            .then(|| self.look_first.unwrap_or(general))
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            doing: None,
            look_first: None,
            message: message.into(),
            hint: None,
            setting: None,
            status: None,
            code: None,
            request_id: None,
            retry_after: None,
            rate_limit: None,
            session_id: None,
            plan: None,
            quota: None,
            fields: Vec::new(),
            path: None,
            endpoint: None,
            attempts: 0,
            body: None,
            partial: None,
            stream: None,
            retryable: false,
            outcome_unknown: false,
            close_error: None,
            source: None,
        }))
    }

    /// A setting that cannot work, found before anything is sent.
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// A value of a setting that cannot work; `problem` goes on after the setting's name.
    pub(crate) fn bad_setting(setting: &'static str, problem: impl fmt::Display) -> Self {
        Self::config(format!("{setting} {problem}")).with_setting(setting)
    }

    /// An argument that the service would refuse, found before anything is sent.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Validation, message)
    }
}

/// How the rest of the crate fills an error in.
impl Error {
    pub(crate) fn fill_doing(&mut self, doing: &'static str) {
        self.0.doing.get_or_insert(doing);
    }
    pub(crate) fn set_look_first(&mut self, look_first: Option<&'static str>) {
        self.0.look_first = look_first;
    }
    /// Takes over what is known of the whole reply that this error's item is part of.
    pub(crate) fn copy_context_from(&mut self, whole: &Error) {
        self.0.doing = whole.0.doing;
        self.0.status = whole.0.status;
        self.0.request_id.clone_from(&whole.0.request_id);
        self.0.session_id = whole.0.session_id;
        self.0.attempts = whole.0.attempts;
    }
    pub(crate) fn fill_session_id(&mut self, id: Option<SessionId>) {
        self.0.session_id = self.0.session_id.or(id);
    }
    pub(crate) fn set_attempts(&mut self, attempts: u32) {
        self.0.attempts = attempts;
    }
    pub(crate) fn fill_request_id(&mut self, id: Option<String>) {
        if self.0.request_id.is_none() {
            self.0.request_id = id;
        }
    }
    /// Redacts the key in everything that is shown: a service may send back what it was
    /// sent.
    pub(crate) fn redact(&mut self, key: &ApiKey) {
        let Inner {
            message,
            hint,
            code,
            request_id,
            path,
            fields,
            stream,
            ..
        } = &mut *self.0;
        let texts = [hint, code, request_id, path].into_iter().flatten();
        let told = fields.iter_mut().flat_map(FieldError::texts);
        let last_event = stream
            .iter_mut()
            .flat_map(|stream| &mut stream.last_event_id);
        let all = texts.chain(told).chain(last_event);
        all.chain([message]).for_each(|text| key.redact(text));
    }
    /// Sets the request id from a reply's headers, which counts more than that in its
    /// body.
    pub(crate) fn replace_request_id(&mut self, id: String) {
        self.0.request_id = Some(id);
    }
    pub(crate) fn set_outcome_unknown(&mut self, unknown: bool) {
        self.0.outcome_unknown = unknown;
    }
    pub(crate) fn set_close_error(&mut self, error: Error) {
        self.0.close_error = Some(error);
    }
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.0.status = Some(status);
        self
    }
    /// Takes over the contents of a body, except for its message. A plan counts only if
    /// the code says that one is waiting.
    pub(crate) fn with_details(mut self, told: ErrorBody) -> Self {
        if told.code.as_deref() == Some(PLAN_APPROVAL_REQUIRED) {
            self = self.with_waiting_plan(told.plan);
        }
        self.0.code = told.code;
        self.0.fields = told.fields;
        self.0.quota = told.quota;
        self.0.request_id = told.request_id;
        self
    }
    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }
    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }
    pub(crate) fn with_setting(mut self, setting: &'static str) -> Self {
        self.0.setting = Some(setting);
        self
    }
    pub(crate) fn with_retry_after(mut self, delay: Option<Duration>) -> Self {
        self.0.retry_after = delay;
        self
    }
    pub(crate) fn with_rate_limit(mut self, limit: Option<RateLimit>) -> Self {
        self.0.rate_limit = limit;
        self
    }
    /// Names a plan that waits, whatever the error is about.
    pub(crate) fn with_plan(mut self, plan: Option<PendingPlan>) -> Self {
        self.0.plan = plan;
        self
    }
    /// Marks a plan as waiting for approval; `plan` is what is known of it, if anything.
    pub(crate) fn with_waiting_plan(mut self, plan: Option<PendingPlan>) -> Self {
        self.0.code = Some(PLAN_APPROVAL_REQUIRED.to_owned());
        self.0.plan = plan;
        self.with_hint("approve it with approve_plan or cancel it with cancel_plan")
    }
    pub(crate) fn with_path(mut self, path: Option<String>) -> Self {
        self.0.path = path;
        self
    }
    pub(crate) fn with_endpoint(mut self, endpoint: &'static str) -> Self {
        self.0.endpoint = Some(endpoint);
        self
    }
    pub(crate) fn with_body(mut self, body: Bytes) -> Self {
        self.0.body = Some(body);
        self
    }
    pub(crate) fn with_partial(mut self, partial: impl Into<String>) -> Self {
        self.0.partial = Some(partial.into());
        self
    }
    pub(crate) fn with_stream_progress(mut self, progress: StreamProgress) -> Self {
        self.0.stream = Some(progress);
        self
    }
    pub(crate) fn with_source(
        mut self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }
    pub(crate) fn retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }
}

/// So that a [`PlanId`](crate::PlanId) can be passed where a text is converted to one.
impl From<std::convert::Infallible> for Error {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// `Debug` without bodies or texts of answers: only what is safe to log.
impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.kind)
            .field("message", &self.message);
        if let Some(doing) = self.doing {
            out.field("doing", &doing);
        }
        if let Some(hint) = &self.hint {
            out.field("hint", hint);
        }
        if let Some(setting) = self.setting {
            out.field("setting", &setting);
        }
        if let Some(status) = self.status {
            out.field("status", &status);
        }
        if let Some(code) = &self.code {
            out.field("code", code);
        }
        if let Some(id) = &self.request_id {
            out.field("request_id", id);
        }
        if let Some(id) = &self.session_id {
            out.field("session_id", id);
        }
        if let Some(delay) = &self.retry_after {
            out.field("retry_after", delay);
        }
        if let Some(path) = &self.path {
            out.field("path", path);
        }
        if !self.fields.is_empty() {
            out.field("field_errors", &self.fields);
        }
        if let Some(progress) = &self.stream {
            out.field("stream", progress);
        }
        if let Some(body) = &self.body {
            out.field("body_bytes", &body.len());
        }
        if let Some(error) = &self.close_error {
            out.field("close_error", error);
        }
        if let Some(source) = &self.source {
            out.field("source", source);
        }
        out.field("attempts", &self.attempts)
            .field("outcome_unknown", &self.outcome_unknown)
            .finish_non_exhaustive()
    }
}
