//! What an operation must define to become a [`Call`](super::Call).

use std::future::Future;

use crate::client::Client;
use crate::error::Result;
use crate::transport::{CallOptions, Exchange, OperationSpec, Reply};
use crate::types::SessionId;

/// One operation of the service. Sealed: its implementations are the calls of
/// [`ChatResource`](crate::ChatResource).
pub trait Operation: Run {}

impl<Op: Run> Operation for Op {}

/// The part of [`Operation`] that only this crate sees.
pub trait Run: Sized + Send + Sync + 'static {
    /// What the call gives.
    type Output: Send + 'static;

    #[doc(hidden)]
    const SPEC: &'static OperationSpec;

    #[doc(hidden)]
    fn run(self, context: CallContext) -> impl Future<Output = Result<Reply<Self::Output>>> + Send;
}

/// What an operation needs to be sent.
#[derive(Debug)]
pub struct CallContext {
    pub(crate) client: Client,
    pub(crate) options: CallOptions,
}

impl CallContext {
    /// Begins a call; nothing is sent yet.
    pub(crate) fn begin<Op: Run>(self, session_id: Option<SessionId>) -> Result<Exchange> {
        Exchange::new(&self.client, Op::SPEC, session_id, self.options)
    }
}
