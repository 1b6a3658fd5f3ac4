//! The headers that every request carries, and the ids that name it.

use http::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

use super::trace_context::TraceContext;
use super::{OperationSpec, ReplyKind};
use crate::client::settings::Settings;

pub(super) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const X_TENANT_ID: HeaderName = HeaderName::from_static("x-tenant-id");
/// What the generated client adds of its own accord; the service knows nothing of it.
const API_VERSION: HeaderName = HeaderName::from_static("api-version");

/// The headers of one call's requests: the correlation and trace ids stay the
/// same over its attempts, the request id is new each time.
#[derive(Debug)]
pub(crate) struct RequestHeaders {
    correlation_id: String,
    trace_id: Option<String>,
    tenant_id: Option<HeaderValue>,
    user_agent: HeaderValue,
    authorization: HeaderValue,
}

impl RequestHeaders {
    /// With the correlation id that the caller set, if any.
    pub(super) fn new(settings: &Settings, own: &HeaderMap) -> Self {
        let correlation_id = own.get(X_CORRELATION_ID);
        Self {
            correlation_id: correlation_id
                .and_then(|id| id.to_str().ok())
                .map_or_else(|| random_uuid().to_string(), str::to_owned),
            trace_id: settings
                .trace_context
                .then(|| random_uuid().simple().to_string()),
            tenant_id: settings.tenant_id.clone(),
            user_agent: settings.user_agent.clone(),
            authorization: settings.api_key.header().clone(),
        }
    }

    pub(super) fn correlation_id(&self) -> &str {
        &self.correlation_id
    }

    pub(super) fn trace_id(&self) -> Option<&str> {
        self.trace_id.as_deref()
    }

    /// Puts the headers on a request and gives the id that names it. The
    /// caller's own headers win.
    pub(super) fn stamp(
        &self,
        headers: &mut HeaderMap,
        spec: &OperationSpec,
        own: &HeaderMap,
    ) -> String {
        headers.remove(API_VERSION);
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(USER_AGENT, self.user_agent.clone());
        headers.insert(ACCEPT, HeaderValue::from_static(accept(spec.reply)));
        if let Some(tenant) = &self.tenant_id {
            headers.insert(X_TENANT_ID, tenant.clone());
        }
        insert_text(headers, X_CORRELATION_ID, &self.correlation_id);
        insert_text(headers, X_REQUEST_ID, &random_uuid().to_string());
        self.trace_context().put_on(headers);
        for (name, value) in own {
            headers.insert(name.clone(), value.clone());
        }
        let sent = headers.get(X_REQUEST_ID);
        sent.and_then(|id| id.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    }

    /// The application's own trace where there is one, else the call's.
    fn trace_context(&self) -> TraceContext {
        #[cfg(feature = "opentelemetry")]
        if let Some(context) = TraceContext::of_opentelemetry() {
            return context;
        }
        self.trace_id
            .as_deref()
            .map(TraceContext::of_call)
            .unwrap_or_default()
    }
}

pub(super) fn insert_text(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(name, value);
    }
}

fn accept(reply: ReplyKind) -> &'static str {
    match reply {
        ReplyKind::Json | ReplyKind::JsonOrAccepted => "application/json",
        ReplyKind::File => "*/*",
        ReplyKind::Events => "text/event-stream",
    }
}

/// A random UUID (version 4). Ids of requests need to differ, not to be
/// unguessable, so the fast generator will do.
fn random_uuid() -> Uuid {
    uuid::Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid()
}

/// Whether a caller may set this header. The rest belongs to the key, the
/// connection, the body, or to what this crate can read.
pub(crate) fn is_callers(name: &HeaderName) -> bool {
    use http::header;
    ![
        header::AUTHORIZATION,
        header::PROXY_AUTHORIZATION,
        header::ACCEPT,
        header::ACCEPT_ENCODING,
        header::HOST,
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::TRANSFER_ENCODING,
        header::TE,
        header::TRAILER,
        header::UPGRADE,
        header::EXPECT,
    ]
    .contains(name)
}
