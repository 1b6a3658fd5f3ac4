//! One close of a session, by its context or by its background task.

use std::time::Duration;

use crate::call::operation::{CallContext, Run};
use crate::client::Client;
use crate::error::{ErrorKind, Result};
use crate::operations::CloseSession;
use crate::transport::CallOptions;
use crate::types::{ClosedSession, SessionId};

/// One close, within bounded time.
pub(super) struct CloseOnce {
    pub(super) client: Client,
    pub(super) session_id: SessionId,
    pub(super) options: CallOptions,
}

/// How long a close may take with its retries.
pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

impl CloseOnce {
    pub(super) async fn run(mut self) -> Result<ClosedSession> {
        let usual = self.client.shared.settings.timeout;
        let timeout = self.options.timeout.unwrap_or(usual).min(CLOSE_TIMEOUT);
        self.options.timeout = Some(timeout);
        self.options.despite_circuit = true;
        let context = CallContext {
            client: self.client,
            options: self.options,
        };
        match CloseSession::new(self.session_id).run(context).await {
            Ok(reply) => Ok(reply.value),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok(ClosedSession::without_details(self.session_id))
            }
            Err(error) => Err(error),
        }
    }
}
