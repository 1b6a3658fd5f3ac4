//! The headers that every request carries, and the ids of a call and its requests.

use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::call_id::{CallId, random_uuid};
use super::trace_context::{TRACEPARENT, TRACESTATE, TraceContext};
use super::{OperationSpec, ReplyKind};
use crate::client::settings::Settings;

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const X_TENANT_ID: HeaderName = HeaderName::from_static("x-tenant-id");

/// The capacity for what nearly every request carries: our headers, and those added on
/// the way (host, length, encodings). A map that grows is reallocated.
const USUAL: usize = 12;

/// The ids of one call, which stay the same over its attempts.
#[derive(Debug)]
pub(crate) struct CallIds {
    correlation: CallId,
    trace: Option<String>,
}

impl CallIds {
    /// Uses the correlation id that the caller set, if any.
    pub(super) fn new(settings: &Settings, own: &HeaderMap) -> Self {
        let correlation = own.get(X_CORRELATION_ID).and_then(|id| id.to_str().ok());
        let trace = || random_uuid().simple().to_string();
        Self {
            correlation: correlation.map_or_else(CallId::random, CallId::from),
            trace: settings.trace_context.then(trace),
        }
    }

    pub(super) fn correlation(&self) -> &str {
        self.correlation.as_str()
    }

    pub(super) fn trace(&self) -> Option<&str> {
        self.trace.as_deref()
    }

    /// The application's own trace if there is one, else the call's.
    fn trace_context(&self) -> TraceContext {
        #[cfg(feature = "opentelemetry")]
        if let Some(context) = TraceContext::of_opentelemetry() {
            return context;
        }
        self.trace().map(TraceContext::of_call).unwrap_or_default()
    }
}

/// The headers of a request to the service: the generated client's, ours with a new
/// request id, and the caller's own, which take precedence. Returns the id, too.
pub(super) fn to_service(
    generated: &HeaderMap,
    ids: &CallIds,
    settings: &Settings,
    spec: &OperationSpec,
    own: &HeaderMap,
) -> (HeaderMap, CallId) {
    let mut headers = HeaderMap::with_capacity(USUAL + settings.headers.len() + own.len());
    for (name, value) in generated {
        headers.insert(name.clone(), value.clone());
    }
    headers.insert(AUTHORIZATION, settings.api_key.header().clone());
    headers.insert(USER_AGENT, settings.user_agent.clone());
    headers.insert(ACCEPT, accept(spec.reply));
    accept_encoding(&mut headers);
    if let Some(tenant) = &settings.tenant_id {
        headers.insert(X_TENANT_ID, tenant.clone());
    }
    let mut request_id = CallId::random();
    let [correlation, id] = CallId::headers([&ids.correlation, &request_id]);
    for (name, value) in [(X_CORRELATION_ID, correlation), (X_REQUEST_ID, id)] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
    // A span of the caller's own has a state of its own, or none.
    if !own.contains_key(TRACEPARENT) {
        ids.trace_context().put_on(&mut headers);
    }
    for (name, value) in settings.headers.iter().chain(own) {
        headers.insert(name.clone(), value.clone());
    }
    if let Some(given) = own.get(X_REQUEST_ID) {
        request_id = (&*String::from_utf8_lossy(given.as_bytes())).into();
    }
    (headers, request_id)
}

/// The headers of a request to another origin, which gets the user agent and what we accept,
/// but neither the key nor anything else of ours.
pub(super) fn to_stranger(settings: &Settings, spec: &OperationSpec) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(USUAL);
    headers.insert(USER_AGENT, settings.user_agent.clone());
    headers.insert(ACCEPT, accept(spec.reply));
    accept_encoding(&mut headers);
    headers
}

pub(super) fn insert_text(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(name, value);
    }
}

fn accept(reply: ReplyKind) -> HeaderValue {
    HeaderValue::from_static(match reply {
        ReplyKind::Json => "application/json",
        ReplyKind::File => "*/*",
        ReplyKind::Events => "text/event-stream",
    })
}

/// Asks for the one coding that is decoded.
fn accept_encoding(headers: &mut HeaderMap) {
    if cfg!(feature = "gzip") {
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
}

/// Checks a caller's header; the error says why it cannot be sent.
pub(crate) fn checked_header<N, V>(name: N, value: V) -> Result<(HeaderName, HeaderValue), String>
where
    N: TryInto<HeaderName>,
    V: TryInto<HeaderValue>,
{
    let name = name.try_into();
    let name = name.map_err(|_| "invalid header name".to_owned())?;
    let value = value.try_into();
    let value = value.map_err(|_| format!("invalid value for header `{name}`"))?;
    if !is_callers(&name) {
        return Err(format!(
            "header `{name}` is set by the client and cannot be overridden"
        ));
    }
    Ok((name, value))
}

/// Whether a header identifies a request or a call.
pub(crate) fn names_a_request(name: &HeaderName) -> bool {
    [X_REQUEST_ID, X_CORRELATION_ID, TRACEPARENT, TRACESTATE].contains(name)
}

/// Whether a caller may set this header. The others belong to the key, the connection or
/// the body, or ask for a reply that this crate does not read, such as a part of a file.
fn is_callers(name: &HeaderName) -> bool {
    use http::header;
    ![
        AUTHORIZATION,
        header::PROXY_AUTHORIZATION,
        ACCEPT,
        ACCEPT_ENCODING,
        header::HOST,
        header::CONNECTION,
        header::CONTENT_ENCODING,
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::TRANSFER_ENCODING,
        header::TE,
        header::TRAILER,
        header::UPGRADE,
        header::EXPECT,
        header::RANGE,
        header::IF_RANGE,
        header::IF_NONE_MATCH,
        header::IF_MODIFIED_SINCE,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
    ]
    .contains(name)
}

#[cfg(all(test, feature = "opentelemetry"))]
mod tests {
    use contract_tests::{Reply, ScriptedServer};
    use opentelemetry::Context;
    use opentelemetry::context::FutureExt as _;
    use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};

    #[tokio::test]
    async fn a_callers_own_span_is_not_sent_with_the_state_of_another() {
        let server = ScriptedServer::start(|_, _| Reply::json(200, "{}")).await;
        let builder = crate::Client::builder().base_url(server.base_url());
        let client = builder.api_key(contract_tests::KEY).build().unwrap();
        let state = TraceState::from_key_value([("vendor", "7")]).unwrap();
        let (trace, span) = (7.into(), 9.into());
        let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, false, state);
        let context = Context::new().with_remote_span_context(span);
        let own = format!("00-{:032x}-{:016x}-00", 1, 2);
        for given in [None, Some(&own)] {
            let mut call = client.chats().list_sessions().max_retries(0);
            if let Some(own) = given {
                call = call.header("traceparent", own);
            }
            let call = call.into_future().with_context(context.clone());
            // What the server answers does not matter here.
            let _ = call.await;
        }
        let requests = server.requests();
        assert_eq!(requests[0].header("tracestate"), Some("vendor=7"));
        assert_eq!(requests[1].header("traceparent"), Some(&*own));
        assert_eq!(requests[1].header("tracestate"), None);
    }
}
