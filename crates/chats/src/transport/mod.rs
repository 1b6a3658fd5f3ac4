//! Runs one call to the service: attempts, retries, timeouts, the circuit breaker, and
//! the resulting reply or error.
//!
//! The generated client makes a request and hands it to `State::execute`; what the
//! exchange learns beyond the reply (attempts, ids, the error itself) stays in it,
//! because the generated client could not carry it.

mod attempt;
mod body;
mod call_id;
mod call_options;
mod failure;
#[cfg(feature = "gzip")]
mod gzip;
mod headers;
mod record;
mod redirect;
mod refusal;
mod reply;
pub(crate) mod reply_headers;
mod template;
mod tls_problem;
mod trace_context;
mod watched_body;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
pub(crate) use call_id::CallId;
pub(crate) use call_options::CallOptions;
pub(crate) use failure::error_of_reply;
use failure::{Delivery, Failure, Health};
use headers::CallIds;
pub(crate) use headers::{X_REQUEST_ID, checked_header, names_a_request};
use http::HeaderMap;
pub(crate) use record::CallRecord;
use record::Progress;
pub(crate) use reply::{Reply, ReplyMeta, failure_in};
use template::Template;

use crate::client::{Client, Shared};
use crate::error::{Error, ErrorKind, Result};
use crate::retry::FailedAttempt;
use crate::retry::breaker::EndpointGroup;
use crate::types::SessionId;

/// The longest `Retry-After` that is waited for; a longer one is left to the
/// caller.
const RETRY_AFTER_CAP: Duration = Duration::from_secs(60);
/// How much of a call's time must be left for another attempt: one that is too short for
/// a reply only turns a known failure into an unknown one.
const LEAST_LEFT: Duration = Duration::from_millis(100);

/// What the transport must know of an operation.
#[derive(Debug)]
pub struct OperationSpec {
    /// The name of the call, as in [`ChatResource`](crate::ChatResource).
    pub(crate) name: &'static str,
    /// What it does, as an infinitive for error messages.
    pub(crate) doing: &'static str,
    /// The circuit that it belongs to.
    pub(crate) group: EndpointGroup,
    /// Whether sending twice equals sending once.
    pub(crate) idempotent: bool,
    /// If it is not idempotent: the advice if the request may have been carried out.
    pub(crate) look_first: Option<&'static str>,
    pub(crate) reply: ReplyKind,
}

/// What a successful reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReplyKind {
    /// A JSON document, read whole.
    Json,
    /// A file, read whole.
    File,
    /// Server-sent events, handed on as they come.
    Events,
}

/// One call.
#[derive(Clone)]
pub(crate) struct Exchange(Arc<State>);

struct State {
    shared: Arc<Shared>,
    spec: &'static OperationSpec,
    session_id: Option<SessionId>,
    options: CallOptions,
    ids: CallIds,
    span: tracing::Span,
    learnt: Mutex<Learnt>,
}

/// What an exchange learns on its way.
#[derive(Default)]
struct Learnt {
    progress: Progress,
    /// A successful reply's headers and body, until they are taken.
    headers: HeaderMap,
    body: Bytes,
    error: Option<Error>,
}

impl Exchange {
    /// Prepares a call; nothing is sent yet.
    pub(crate) fn new(
        client: &Client,
        spec: &'static OperationSpec,
        session_id: Option<SessionId>,
        options: CallOptions,
    ) -> Result<Self> {
        let refused = match (&options.invalid, options.timeout) {
            (Some(problem), _) => Some(Error::invalid(&**problem)),
            // Otherwise an idle connection takes the request before the timeout is
            // polled.
            (None, Some(Duration::ZERO)) => Some(Error::new(
                ErrorKind::Timeout,
                "not sent: the call's timeout is zero",
            )),
            (None, _) => None,
        };
        if let Some(mut error) = refused {
            error.fill_doing(spec.doing);
            error.redact(&client.shared.settings.api_key);
            return Err(error);
        }
        let ids = CallIds::new(&client.shared.settings, &options.headers);
        let span = tracing::info_span!(
            "chats.call",
            otel.name = spec.name,
            otel.kind = "internal",
            chats.operation = spec.name,
            chats.session_id = session_id.map(tracing::field::display),
            chats.correlation_id = ids.correlation(),
            trace_id = ids.trace(),
            error.r#type = tracing::field::Empty,
            otel.status_code = tracing::field::Empty,
        );
        Ok(Self(Arc::new(State {
            shared: client.shared.clone(),
            spec,
            session_id,
            options,
            ids,
            span,
            learnt: Mutex::default(),
        })))
    }

    /// The generated client, for this call only.
    pub(crate) fn raw(&self) -> chats_raw::Client {
        let shared = &self.0.shared;
        chats_raw::Client::new_with_client(
            shared.settings.base_url.path().trim_end_matches('/'),
            shared.http.clone(),
            chats_raw::Inner(self.0.clone()),
        )
    }

    /// What the caller chose, for further calls on its behalf.
    pub(crate) fn callers_options(&self) -> CallOptions {
        self.0.options.for_another_call()
    }

    /// What is known of the call so far.
    pub(crate) fn record(&self) -> CallRecord {
        let state = &self.0;
        CallRecord::new(state.spec, &state.span, state.learnt().progress.clone())
    }

    /// Adds what is known to an error that ends the call.
    pub(crate) fn fail(&self, error: Error) -> Error {
        let state = &self.0;
        let key = &state.shared.settings.api_key;
        self.record().fail(error, state.session_id, key)
    }
}

impl State {
    fn learnt(&self) -> MutexGuard<'_, Learnt> {
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends the request until it succeeds or must be given up.
    async fn attempts(&self, template: &Template) -> Result<reqwest::Response> {
        let shared = &self.shared;
        let start = shared.clock.now();
        let limit = self.options.timeout.unwrap_or(shared.settings.timeout);
        let deadline = Deadline::new(start, limit);
        let mut before = None;
        let permit = match shared.circuits.enter(self.spec.group, start) {
            Ok(permit) => Some(permit),
            Err(_) if self.options.despite_circuit => None,
            Err(wait) => return Err(circuit_open(self.spec.group, wait)),
        };
        shared.retry_budget.earn();
        loop {
            let attempt = {
                let mut learnt = self.learnt();
                learnt.progress.attempts += 1;
                learnt.progress.attempts
            };
            let failure = match self.attempt(template, attempt, deadline).await {
                Ok(response) => {
                    if let Some(permit) = permit {
                        permit.success();
                    }
                    return Ok(response);
                }
                Err(failure) => failure.after(before.take()),
            };
            let Some(delay) = self.delay_before_retry(&failure, attempt, deadline) else {
                match (permit, failure.health) {
                    (Some(permit), Health::Failing) => permit.failure(shared.clock.now()),
                    (Some(permit), Health::Answering) => permit.success(),
                    (permit, _) => drop(permit),
                }
                return Err(failure.into_error(self.spec));
            };
            tracing::debug!(
                attempt,
                delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
                error = %failure.error,
                "retrying"
            );
            self.learnt().progress.may_have_acted |= failure.delivery == Delivery::Unknown;
            shared.clock.sleep(delay).await;
            before = Some(failure.error);
        }
    }

    /// How long to wait before the request is sent again; `None` to give up.
    fn delay_before_retry(
        &self,
        failure: &Failure,
        attempt: u32,
        deadline: Deadline,
    ) -> Option<Duration> {
        let shared = &self.shared;
        // A request that may have been carried out is never resent, whatever the policy.
        if !self.spec.idempotent && failure.delivery != Delivery::NotTaken {
            return None;
        }
        if attempt > self.options.max_retries.unwrap_or(shared.max_retries) {
            return None;
        }
        let policy = self.options.retry_policy.as_ref();
        let failed = FailedAttempt {
            attempts: attempt,
            cause: failure.cause?,
            idempotent: self.spec.idempotent,
        };
        if !policy.unwrap_or(&shared.retry_policy).should_retry(&failed) {
            return None;
        }
        let floor = failure.error.retry_after().unwrap_or_default();
        if floor > RETRY_AFTER_CAP {
            tracing::debug!(
                retry_after_s = floor.as_secs(),
                "not retried: the wait is too long"
            );
            return None;
        }
        let delay = shared.backoff.delay(attempt).max(floor);
        let needed = delay.saturating_add(LEAST_LEFT);
        let now = shared.clock.now();
        if deadline.left(now).is_some_and(|left| left <= needed) {
            return None;
        }
        if !shared.retry_budget.spend() {
            tracing::debug!("not retried: the client's retry budget is used up");
            return None;
        }
        Some(delay)
    }
}

/// When a call must end, and how long it may take in all.
#[derive(Clone, Copy)]
struct Deadline {
    /// `None` if the clock does not reach that far.
    at: Option<Instant>,
    limit: Duration,
}

impl Deadline {
    fn new(start: Instant, limit: Duration) -> Self {
        Self {
            at: start.checked_add(limit),
            limit,
        }
    }

    fn left(self, now: Instant) -> Option<Duration> {
        self.at.map(|end| end.saturating_duration_since(now))
    }
}

impl chats_raw::Transport for State {
    fn execute<'a>(
        &'a self,
        _client: &'a reqwest::Client,
        request: reqwest::Request,
        _operation_id: &'static str,
    ) -> Pin<Box<dyn Future<Output = reqwest::Result<reqwest::Response>> + Send + 'a>> {
        // Boxed apart: it and the future then have sizes that allocators are fast with.
        let template = Template::new(request).map(Box::new);
        Box::pin(async move {
            let result = match &template {
                Some(template) => self.attempts(template).await,
                None => Err(Error::config("the request cannot be repeated")),
            };
            match result {
                Ok(response) => Ok(response),
                Err(error) => {
                    self.learnt().error = Some(error);
                    // A placeholder that is never read: the error above takes its place.
                    Ok(http::Response::new(Bytes::new()).into())
                }
            }
        })
    }

    fn base_url(&self) -> Option<&reqwest::Url> {
        Some(&self.shared.settings.base_url)
    }

    fn has_read_body(&self) -> bool {
        self.spec.reply != ReplyKind::Events
    }
}

fn circuit_open(group: EndpointGroup, wait: Duration) -> Error {
    Error::new(
        ErrorKind::CircuitOpen,
        format!(
            "not sent: the circuit breaker for {} is open after repeated failures",
            group.name()
        ),
    )
    .with_endpoint(group.name())
    .with_retry_after(Some(wait))
    .retryable(true)
}
