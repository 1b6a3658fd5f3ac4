//! The builder behind every call: first you set options, then you await it as a lazy
//! future.
//!
//! An operation defines what it sends and which value it makes from the reply; [`Call`]
//! adds what all operations share: a timeout, headers, retries, and access to the
//! response.

pub(crate) mod operation;
mod options;
mod response;

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use sync_wrapper::SyncWrapper;

pub use operation::Operation;
use operation::{CallContext, Running};
pub(crate) use options::add_shared_header;
pub use response::{Mode, Response, ValueOnly, WithResponse};

use crate::client::Client;
pub use crate::driver::{Async, Driver};
use crate::error::Result;
use crate::transport::{CallOptions, Reply};

/// One call of the service, with the options of its operation.
///
/// It is a lazy future: nothing happens until it is awaited or spawned. Every call has the
/// options [`timeout`](Self::timeout), [`header`](Self::header),
/// [`max_retries`](Self::max_retries), [`retry_policy`](Self::retry_policy) and
/// [`with_response`](Self::with_response); those of one operation are in an `impl` block of
/// their own, such as `impl Call<ListSessions>`.
///
/// ```
/// # contract_tests::embedded(async |client| {
/// # let chats = client.chats();
/// use std::time::Duration;
///
/// let list = chats
///     .list_sessions()
///     .limit(5)
///     .timeout(Duration::from_secs(10))
///     .header("X-Correlation-ID", "nightly-7")
///     .with_response()
///     .await?;
/// println!("{} {:?}", list.status(), list.request_id());
/// let sessions = list.into_inner();
/// # Ok(()) });
/// ```
///
/// # Panics
///
/// Polling a call again after it has completed, or setting an option after it was first
/// polled, panics; so does polling one outside a tokio runtime.
#[must_use = "a call does nothing unless it is awaited, or run if it is blocking"]
pub struct Call<Op: Operation, M = ValueOnly, D = Async> {
    /// Taken at the first poll.
    parts: Option<Parts<Op>>,
    running: Option<SyncWrapper<Running<Op::Output>>>,
    driver: D,
    mode: std::marker::PhantomData<fn() -> M>,
}

struct Parts<Op> {
    client: Client,
    operation: Op,
    options: CallOptions,
}

impl<Op: Operation, D> Call<Op, ValueOnly, D> {
    pub(crate) fn new(client: Client, driver: D, operation: Op, options: CallOptions) -> Self {
        Self {
            parts: Some(Parts {
                client,
                operation,
                options,
            }),
            running: None,
            driver,
            mode: std::marker::PhantomData,
        }
    }
}

impl<Op: Operation, M, D> Call<Op, M, D> {
    fn parts(&mut self) -> &mut Parts<Op> {
        self.parts
            .as_mut()
            .expect("`Call` options set after it was polled")
    }

    /// The operation, for its option methods.
    pub(crate) fn operation(&mut self) -> &mut Op {
        &mut self.parts().operation
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn driver(&self) -> &D {
        &self.driver
    }

    /// Makes the call return a [`Response`], which holds the status, the headers, the
    /// request's id and the raw body in addition to the value.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let response = chats.list_sessions().with_response().await?;
    /// assert_eq!(response.status(), 200);
    /// assert_eq!(response.into_inner().total, 0);
    /// # Ok(()) });
    /// ```
    pub fn with_response(self) -> Call<Op, WithResponse, D> {
        Call {
            parts: self.parts,
            running: self.running,
            driver: self.driver,
            mode: std::marker::PhantomData,
        }
    }

    pub(crate) fn poll_reply(&mut self, cx: &mut Context<'_>) -> Poll<Result<Reply<Op::Output>>> {
        let running = match &mut self.running {
            Some(running) => running,
            None => {
                let parts = self.parts.take().expect("`Call` polled after completion");
                self.running.insert(SyncWrapper::new(parts.start()))
            }
        };
        let result = std::task::ready!(running.get_mut().as_mut().poll(cx));
        self.running = None;
        Poll::Ready(result)
    }
}

impl<Op: Operation> Parts<Op> {
    fn start(self) -> Running<Op::Output> {
        let context = CallContext {
            client: self.client,
            options: self.options,
        };
        self.operation.run(context)
    }
}

// No field is pinned in place: the future has a box of its own.
impl<Op: Operation, M, D> Unpin for Call<Op, M, D> {}

impl<Op: Operation, M: Mode> Future for Call<Op, M> {
    type Output = Result<M::Output<Op::Output>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.get_mut()
            .poll_reply(cx)
            .map(|result| result.map(M::present))
    }
}

impl<Op: Operation, M, D> std::fmt::Debug for Call<Op, M, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call")
            .field("operation", &Op::SPEC.name)
            .field("started", &self.parts.is_none())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::{SendMessage, SendMessageStream};
    use crate::types::SessionId;

    /// The usual system allocators are slow with larger pieces of memory, which leave
    /// holes between those that stay.
    const FAST: usize = 1032;

    fn size<Op: Operation>(operation: Op) -> usize {
        let client = Client::builder().api_key("aion_0123456789abcdef0123");
        let context = CallContext {
            client: client.build().unwrap(),
            options: CallOptions::default(),
        };
        size_of_val(&*operation.run(context))
    }

    #[test]
    fn the_future_of_a_call_is_of_a_size_that_allocators_are_fast_with() {
        let id = SessionId::new(uuid::Uuid::nil());
        let message = || "Find damaged poles".to_owned();
        for size in [
            size(SendMessage::new(id, message())),
            size(SendMessageStream::new(id, message(), Async(()))),
        ] {
            assert!(size <= FAST, "{size} bytes");
        }
    }
}
