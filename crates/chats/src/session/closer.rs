//! The background task of a session context: it creates the session, and closes it when
//! its context is gone.
//!
//! The task is spawned when the session is opened, while a runtime certainly exists.
//! Since it makes the request itself, a session that is created after `open` was dropped
//! (a timeout, a `select!`) is closed as well. Then the task waits for one of four
//! events: the context was closed, closing it failed for now, the context was dropped, or
//! the client shuts down.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, select};
use tokio::sync::{oneshot, watch};
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use super::close::{CLOSE_TIMEOUT, CloseOnce};
use super::open_sessions::{Entry, Listed};
use crate::call::operation::{CallContext, Run as _, Running};
use crate::clock::{Clock, within};
use crate::error::{Error, ErrorKind, Result};
use crate::operations::CreateSession;
use crate::types::{ChatSession, ClosedSession};

/// A context's handle to its task.
#[derive(Debug)]
pub(super) struct Closer {
    /// Tells the task how the context ended. Dropping it without a word makes the task close
    /// the session now.
    ended: Option<oneshot::Sender<Ended>>,
    /// The task among those of the client.
    task: Option<Listed>,
    claim: Arc<CloseClaim>,
}

/// Who closes the session: the context or its task, never both.
#[derive(Debug, Default)]
struct CloseClaim(watch::Sender<Closing>);

/// How far closing a session has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Closing {
    #[default]
    Open,
    /// The context closes the session; a shutdown waits for that.
    ByContext,
    /// The task closes it, while its context still exists.
    ByTask,
    /// The task has closed it.
    Done,
}

impl CloseClaim {
    /// Takes the close on, unless the other one has; returns whether it did.
    fn take(&self, by: Closing) -> bool {
        self.0.send_if_modified(|closing| {
            let open = *closing == Closing::Open;
            if open {
                *closing = by;
            }
            open
        })
    }
}

/// How a context ended that was not simply dropped.
#[derive(Clone, Copy, Debug)]
enum Ended {
    /// Nothing is left to do.
    Settled,
    /// Closing failed, but may succeed later.
    CloseFailed,
}

/// How long the task waits before it repeats a close that failed, unless the client shuts
/// down before.
const CLOSE_AGAIN_AFTER: Duration = Duration::from_secs(30);

impl Closer {
    /// For `auto_close(false)`: there is no task.
    pub(super) fn none() -> Self {
        Self {
            ended: None,
            task: None,
            claim: Arc::default(),
        }
    }

    /// Spawns the task and waits until it has created the session.
    pub(super) fn open(
        create: CreateSession,
        context: CallContext,
    ) -> BoxFuture<'static, Result<(ChatSession, Self)>> {
        Box::pin(async move {
            // Outside a runtime this panics, before anything is listed.
            let runtime = tokio::runtime::Handle::current();
            let (created, opened) = oneshot::channel();
            let (ended, context_end) = oneshot::channel();
            let claim = Arc::<CloseClaim>::default();
            let shared = &context.client.shared;
            let mut task = Task {
                entry: shared.open_sessions.enter(),
                clock: shared.clock.clone(),
                claim: claim.clone(),
                context: context_end,
            };
            let listed = task.entry.listed();
            spawn(&runtime, async move {
                let create = create.run(context.clone());
                if let Some((session, caller)) = task.create(create, created).await {
                    let close = CloseOnce::new(context, session.id);
                    task.close_when_left(close, session, caller).await;
                }
                task.entry.done();
            });
            let outcome = opened.await.unwrap_or_else(|_| Err(never_created()));
            let closer = Self {
                ended: Some(ended),
                task: Some(listed),
                claim,
            };
            Ok((outcome?, closer))
        })
    }

    /// Closes the session for its context, unless a shutdown has. If this is dropped before
    /// the session is closed, the task closes it.
    pub(super) fn close(self, close: CloseOnce) -> BoxFuture<'static, Result<ClosedSession>> {
        Box::pin(async move {
            if !self.claim(&*close.context.client.shared.clock).await {
                return Ok(ClosedSession::without_details(close.session_id));
            }
            let result = close.run().await;
            match &result {
                Err(error) if error.is_retryable() => self.try_again(),
                _ => self.settle(),
            }
            result
        })
    }

    /// Leaves the close to the context; false if a shutdown has closed the session. Waits
    /// for a shutdown that is closing it now, but not for ever: its task only runs while its
    /// runtime is driven.
    async fn claim(&self, clock: &dyn Clock) -> bool {
        let mut closing = self.claim.0.subscribe();
        while !self.claim.take(Closing::ByContext) {
            if *closing.borrow() == Closing::Done {
                return false;
            }
            // This does not fail: the sender lives as long as `self`.
            let tried = closing.wait_for(|closing| *closing != Closing::ByTask);
            let tried = async { drop(tried.await) };
            if within(pin!(tried), clock.sleep(CLOSE_TIMEOUT))
                .await
                .is_none()
            {
                break;
            }
        }
        true
    }

    /// Ends the task, since the session is closed or is to stay open.
    pub(super) fn settle(self) {
        // The task may never run again, so it cannot be left to remove itself.
        if let Some(task) = &self.task {
            task.remove();
        }
        self.end(Ended::Settled);
    }

    /// Makes the task repeat a close that failed, after a while.
    fn try_again(self) {
        self.end(Ended::CloseFailed);
    }

    fn end(self, how: Ended) {
        if let Some(ended) = self.ended {
            let _ = ended.send(how);
        }
    }
}

/// What the task knows.
struct Task {
    entry: Entry,
    clock: Arc<dyn Clock>,
    claim: Arc<CloseClaim>,
    /// How the context ends; an error once it, or `open`, was dropped.
    context: oneshot::Receiver<Ended>,
}

/// Who waits for a session to be created.
type Caller = oneshot::Sender<Result<ChatSession>>;

/// What makes the task act.
enum Event {
    /// The context has ended, and the session is closed or stays open.
    Settled,
    /// The context is gone, and the session is to be closed.
    Left,
    /// The client shuts down while the context lives.
    Shutdown,
}

impl Task {
    /// Creates the session, even if `open` was dropped meanwhile: the service may have taken
    /// the request. After a shutdown, this may take only as long as a close.
    async fn create(
        &mut self,
        create: Running<ChatSession>,
        caller: Caller,
    ) -> Option<(ChatSession, Caller)> {
        let clock = self.clock.clone();
        let too_long = async {
            self.entry.shutdown().await;
            clock.sleep(CLOSE_TIMEOUT).await;
        };
        let outcome = match select(create, pin!(too_long)).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => Err(never_created()),
        };
        match outcome {
            Ok(reply) => Some((reply.value, caller)),
            Err(error) => {
                // This fails if `open` was dropped.
                if let Err(Err(error)) = caller.send(Err(error))
                    && error.outcome_unknown()
                {
                    tracing::warn!(%error, "a session may have been created that stays open");
                }
                None
            }
        }
    }

    /// Hands the session over, and closes it when its context is gone or the client shuts
    /// down.
    async fn close_when_left(&mut self, close: CloseOnce, session: ChatSession, caller: Caller) {
        if caller.send(Ok(session)).is_err() {
            self.close(&close).await;
            return;
        }
        loop {
            match self.event().await {
                Event::Settled => return,
                Event::Left => {
                    self.close(&close).await;
                    return;
                }
                Event::Shutdown => {
                    let shutdowns = self.entry.shutdowns();
                    if self.close(&close).await {
                        return;
                    }
                    // The context may still be closed or dropped, and the client be used.
                    self.entry.done_trying(shutdowns);
                }
            }
        }
    }

    /// Waits until there is something to do.
    async fn event(&mut self) -> Event {
        let ended = {
            let shutdown = pin!(self.entry.shutdown());
            match select(&mut self.context, shutdown).await {
                Either::Left((Ok(Ended::CloseFailed), shutdown)) => {
                    select(self.clock.sleep(CLOSE_AGAIN_AFTER), shutdown).await;
                    return Event::Left;
                }
                Either::Left((ended, _)) => ended,
                Either::Right(_) if self.claim.take(Closing::ByTask) => return Event::Shutdown,
                // The context is closing the session.
                Either::Right(_) => (&mut self.context).await,
            }
        };
        match ended {
            Ok(Ended::Settled) => Event::Settled,
            Ok(Ended::CloseFailed) | Err(_) => Event::Left,
        }
    }

    /// Closes the session; false if that failed, which is logged.
    async fn close(&self, close: &CloseOnce) -> bool {
        let result = close.run().await;
        if let Err(error) = &result {
            log_not_closed(error);
        }
        self.claim.0.send_replace(match result {
            Ok(_) => Closing::Done,
            Err(_) => Closing::Open,
        });
        result.is_ok()
    }
}

/// Logs that a session stays open, if no caller can receive the error.
pub(super) fn log_not_closed(error: &Error) {
    tracing::warn!(%error, "a session could not be closed");
}

/// Spawns a task in the trace of the caller that opens the session.
fn spawn(runtime: &tokio::runtime::Handle, task: impl Future<Output = ()> + Send + 'static) {
    // OpenTelemetry's context is no part of `tracing`'s span, unless a layer joins them.
    #[cfg(feature = "opentelemetry")]
    let task = opentelemetry::context::FutureExt::with_current_context(task);
    runtime.spawn(task.in_current_span().with_current_subscriber());
}

/// The error if the client or its runtime ends before the session is created.
fn never_created() -> Error {
    let message = "the client was shut down while the session was being created";
    let mut error = Error::new(ErrorKind::Connection, message);
    error.set_look_first(CreateSession::SPEC.look_first);
    error.set_outcome_unknown(true);
    error
}

#[cfg(all(test, feature = "opentelemetry"))]
mod tests {
    use contract_tests::{Reply, ScriptedServer};
    use opentelemetry::Context;
    use opentelemetry::context::FutureExt as _;
    use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};

    const CREATED: &str = r#"{"session_id":"00000000-0000-0000-0000-000000000011"}"#;

    #[tokio::test]
    async fn what_the_task_sends_belongs_to_the_trace_of_whoever_opened_the_session() {
        let server = ScriptedServer::start(|_, _| Reply::json(200, CREATED)).await;
        let builder = crate::Client::builder().base_url(server.base_url());
        let client = builder.api_key(contract_tests::KEY).build().unwrap();
        let span = SpanContext::new(
            7.into(),
            9.into(),
            TraceFlags::SAMPLED,
            false,
            TraceState::default(),
        );
        let context = Context::new().with_remote_span_context(span);
        // The context is active where `open` is polled, and nowhere else.
        let open = client.chats().session().open().with_context(context);
        drop(open.await.unwrap());
        client.shutdown().await;
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "opened and closed");
        let expected = format!("00-{:032x}-{:016x}-01", 7, 9);
        for request in requests {
            assert_eq!(request.header("traceparent"), Some(&*expected));
        }
    }
}
