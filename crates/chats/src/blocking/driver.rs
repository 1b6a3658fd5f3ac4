//! Drives futures from plain threads.

use std::future::Future;
use std::sync::Arc;

use tokio::runtime::{Builder, Handle, Runtime};

use crate::call::operation::Running;
use crate::call::{Call, Mode, Operation};
use crate::clock::Clock;
use crate::driver::Drive;
use crate::error::{Error, Result};
use crate::session::OpenSessions;
use crate::stream::ChatStream;

/// Drives calls on the calling thread; connections run on a thread that the client owns.
#[derive(Clone, Debug)]
pub struct Blocking(Arc<Owned>);

#[derive(Debug)]
struct Owned {
    runtime: Option<Runtime>,
    sessions: OpenSessions,
    clock: Arc<dyn Clock>,
}

impl Drop for Owned {
    /// Closes the sessions that are still open, each within its bounded time, unless that
    /// would stall an async runtime.
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else {
            return;
        };
        if self.sessions.any() && Handle::try_current().is_err() {
            runtime.block_on(self.sessions.shutdown(&*self.clock));
        }
        // In the background, because waiting here would panic inside another runtime.
        runtime.shutdown_background();
    }
}

impl Blocking {
    pub(super) fn new(sessions: OpenSessions, clock: Arc<dyn Clock>) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("chats")
            .enable_all()
            .build()
            .map_err(|error| {
                Error::config("the client's thread cannot be started").with_source(error)
            })?;
        Ok(Self(Arc::new(Owned {
            runtime: Some(runtime),
            sessions,
            clock,
        })))
    }

    /// The error if this thread may not wait for a future.
    ///
    /// Within `spawn_blocking` waiting would be allowed, but tokio offers no way to tell
    /// that from a task, except that waiting in a task panics.
    pub(super) fn refusal(&self) -> Option<Error> {
        Handle::try_current().ok().map(|_| {
            Error::config("a blocking call inside an async runtime would stall it").with_hint(
                "use chats::Client there, or make the call on a thread of std::thread::spawn; \
                 tokio's spawn_blocking counts as inside the runtime",
            )
        })
    }

    /// Waits for a future, unless that would stall an async runtime.
    pub(super) fn wait<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        self.runtime().block_on(future)
    }

    fn runtime(&self) -> &Runtime {
        let runtime = self.0.runtime.as_ref();
        runtime.expect("it is only taken when the last handle is dropped")
    }

    pub(super) fn defer<F>(&self, future: F) -> Deferred<F> {
        Deferred {
            driver: self.clone(),
            future,
        }
    }
}

impl Drive for Blocking {
    type Stream = super::ChatStream;

    fn stream(self, opening: Running<ChatStream>) -> Running<super::ChatStream> {
        Box::pin(async move {
            let reply = opening.await?;
            Ok(reply.map(|stream| {
                let stream = stream.with_runtime(self.runtime().handle().clone());
                super::ChatStream::new(self, stream)
            }))
        })
    }
}

/// An action that does nothing until `run()` is called.
#[must_use = "nothing happens until `run` is called"]
pub struct Deferred<F> {
    driver: Blocking,
    future: F,
}

impl<F> std::fmt::Debug for Deferred<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deferred").finish_non_exhaustive()
    }
}

impl<T, F: Future<Output = Result<T>>> Deferred<F> {
    /// Carries out the action and waits for its result.
    ///
    /// # Errors
    ///
    /// Those of the async client; [`ErrorKind::Config`](crate::ErrorKind::Config)
    /// inside an async runtime.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// let session = client.chats().session().title("Poles").open().run()?;
    /// session.send("Find damaged poles").run()?;
    /// let closed = session.close().run()?;
    /// println!("{:?} messages", closed.total_messages);
    /// # client.shutdown().run()
    /// # });
    /// ```
    pub fn run(self) -> Result<T> {
        self.driver.wait(self.future)
    }
}

impl<Op: Operation, M: Mode> Call<Op, M, Blocking> {
    /// Makes the call and waits for its result.
    ///
    /// # Errors
    ///
    /// Those of the async client; [`ErrorKind::Config`](crate::ErrorKind::Config)
    /// inside an async runtime.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// let list = client.chats().list_sessions().limit(5).run()?;
    /// println!("{} of {}", list.items.len(), list.total);
    ///
    /// let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    /// let inside = runtime.block_on(async { client.chats().list_sessions().run() });
    /// assert_eq!(inside.unwrap_err().kind(), chats::ErrorKind::Config);
    /// # Ok(()) });
    /// ```
    pub fn run(mut self) -> Result<M::Output<Op::Output>> {
        let driver = self.driver().clone();
        let reply = driver.wait(std::future::poll_fn(|cx| self.poll_reply(cx)))?;
        Ok(M::present(reply))
    }
}
