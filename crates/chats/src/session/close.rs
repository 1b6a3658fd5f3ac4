//! One close of a session, by its context or by its background task.

use std::time::Duration;

use crate::call::operation::{CallContext, Run as _};
use crate::error::body::ErrorBody;
use crate::error::{Error, ErrorKind, Result};
use crate::operations::CloseSession;
use crate::types::{ClosedSession, SessionId};

/// One close, within bounded time.
pub(super) struct CloseOnce {
    pub(super) context: CallContext,
    pub(super) session_id: SessionId,
}

/// How long a close may take with its retries.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

impl CloseOnce {
    /// The options of the session bound the close, too.
    pub(super) fn new(mut context: CallContext, session_id: SessionId) -> Self {
        let usual = context.client.shared.settings.timeout;
        let options = &mut context.options;
        options.timeout = Some(options.timeout.unwrap_or(usual).min(CLOSE_TIMEOUT));
        options.despite_circuit = true;
        Self {
            context,
            session_id,
        }
    }

    pub(super) async fn run(&self) -> Result<ClosedSession> {
        let close = CloseSession::new(self.session_id);
        match close.run(self.context.clone()).await {
            Ok(reply) => Ok(reply.value),
            // A web page comes from something in between, which knows of no session.
            Err(error) if error.kind() == ErrorKind::NotFound && !is_web_page(&error) => {
                Ok(ClosedSession::without_details(self.session_id))
            }
            Err(error) => Err(error),
        }
    }
}

fn is_web_page(error: &Error) -> bool {
    error
        .body()
        .is_some_and(|body| ErrorBody::read(body).is_web_page)
}
