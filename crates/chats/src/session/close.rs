//! One close of a session, by its context or by its background task.

use std::time::Duration;

use crate::call::operation::{CallContext, Run as _};
use crate::error::Result;
use crate::operations::{CloseSession, is_gone};
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
            Err(error) if is_gone(&error) => Ok(ClosedSession::without_details(self.session_id)),
            Err(error) => Err(error),
        }
    }
}
