//! What an operation must say to become a [`Call`](super::Call).

use std::future::Future;

use crate::client::Client;
use crate::error::{Error, Result};
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
    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec;

    #[doc(hidden)]
    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    fn run(self, context: CallContext) -> impl Future<Output = Result<Reply<Self::Output>>> + Send;
}

/// What an operation needs to be sent.
pub(crate) struct CallContext {
    pub(crate) client: Client,
    pub(crate) options: CallOptions,
}

impl CallContext {
    /// Begins a call; nothing is sent yet.
    pub(crate) fn begin<Op: Run>(self, session_id: Option<SessionId>) -> Result<Exchange> {
        Exchange::new(&self.client, Op::SPEC, session_id, self.options)
    }
}

/// An operation, or the first thing that was found wrong with its arguments:
/// reported when the call is awaited, before anything is sent.
pub(crate) struct Validated<Op> {
    pub(crate) value: Op,
    problem: Option<Error>,
}

impl<Op> Validated<Op> {
    pub(crate) fn new(value: Op) -> Self {
        Self {
            value,
            problem: None,
        }
    }

    pub(crate) fn reject(&mut self, problem: Error) {
        self.problem.get_or_insert(problem);
    }

    pub(crate) fn check<R: Run>(self) -> Result<Op> {
        match self.problem {
            None => Ok(self.value),
            Some(mut error) => {
                error.set_doing(R::SPEC.doing);
                Err(error)
            }
        }
    }
}
