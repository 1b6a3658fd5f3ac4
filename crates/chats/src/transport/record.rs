//! The facts about a call that its errors report.

use super::OperationSpec;
use super::attempt::mark_failed;
use super::call_id::CallId;
use crate::client::api_key::ApiKey;
use crate::error::{Error, ErrorKind};
use crate::types::SessionId;

/// A call as its errors describe it. A stream keeps only this of its call.
#[derive(Clone, Debug)]
pub(crate) struct CallRecord {
    spec: &'static OperationSpec,
    /// `None` if no subscriber records the span.
    span: Option<Box<tracing::Span>>,
    progress: Progress,
}

/// How far a call has come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Progress {
    pub(super) attempts: u32,
    /// The newest reply's status; 0 before there is one.
    pub(super) status: u16,
    pub(super) request_id: Option<CallId>,
    /// Whether the service chose the request id, rather than this client.
    pub(super) named: bool,
    /// Whether the service may have carried out an earlier attempt, whose reply was lost.
    pub(super) may_have_acted: bool,
}

impl CallRecord {
    pub(super) fn new(
        spec: &'static OperationSpec,
        span: &tracing::Span,
        progress: Progress,
    ) -> Self {
        let listened_to = !span.is_disabled();
        Self {
            spec,
            span: listened_to.then(|| Box::new(span.clone())),
            progress,
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.progress.status
    }

    pub(crate) fn may_have_acted(&self) -> bool {
        self.progress.may_have_acted
    }

    pub(crate) fn request_id(&self) -> Option<&CallId> {
        self.progress.request_id.as_ref()
    }

    /// Adds what is known to an error that ends the call.
    pub(crate) fn fail(
        &self,
        mut error: Error,
        session_id: Option<SessionId>,
        key: &ApiKey,
    ) -> Error {
        error.fill_doing(self.spec.doing);
        error.set_look_first(self.spec.look_first);
        error.fill_session_id(session_id);
        error.set_attempts(self.progress.attempts);
        if let Some(id) = self.request_id() {
            let id = id.as_str().to_owned();
            match self.progress.named {
                true => error.replace_request_id(id),
                false => error.fill_request_id(Some(id)),
            }
        }
        error.redact(key);
        // An error about a reply carries the reply's status.
        let of_reply = error.kind() == ErrorKind::Decode || error.body().is_some();
        if of_reply && error.status().is_none() && self.status() > 0 {
            error = error.with_status(self.status());
        }
        // An unreadable reply still means that the service took the request.
        if !self.spec.idempotent && error.kind() == ErrorKind::Decode {
            error.set_outcome_unknown(true);
        }
        if let Some(span) = &self.span {
            mark_failed(span, error.kind().as_str());
        }
        error
    }
}
