//! What an operation must define to become a [`Call`](super::Call).

use futures_util::future::BoxFuture;

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
    fn run(self, context: CallContext) -> Running<Self::Output>;
}

/// A call under way. It is boxed by the operation, which is not generic: what a call does
/// is then compiled once, with this crate, and not again in every crate that makes calls.
pub(crate) type Running<T> = BoxFuture<'static, Result<Reply<T>>>;

/// What an operation needs to be sent.
#[derive(Clone, Debug)]
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
