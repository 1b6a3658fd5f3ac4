//! The task that a session context lives by: it creates the session, and closes
//! it when its context is gone.
//!
//! It is spawned when the session is opened, while a runtime certainly exists. Since
//! it makes the request itself, a session that is created after `open` was given
//! up (a timeout, a `select!`) is closed as well. Then it waits for one of four
//! things: the context was closed, closing it failed for now, the context was
//! dropped, or the client shuts down.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::future::{Either, select};
use tokio::sync::{oneshot, watch};
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use super::close::{CLOSE_TIMEOUT, CloseOnce};
use crate::call::operation::Run as _;
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::operations::CreateSession;
use crate::types::ChatSession;

/// The sessions of a client that are open or being closed.
#[derive(Clone, Debug)]
pub(crate) struct OpenSessions(Arc<Registry>);

#[derive(Debug)]
struct Registry {
    tasks: watch::Sender<Tasks>,
    /// Counts the shutdowns; a change makes every task close now.
    shutdowns: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Tasks {
    last: u64,
    running: BTreeSet<u64>,
}

impl Default for OpenSessions {
    fn default() -> Self {
        Self(Arc::new(Registry {
            tasks: watch::Sender::default(),
            shutdowns: watch::Sender::new(0),
        }))
    }
}

impl OpenSessions {
    /// Whether any session is open or being closed.
    #[cfg(feature = "blocking")]
    pub(crate) fn any(&self) -> bool {
        !self.0.tasks.borrow().running.is_empty()
    }

    /// Tells every task to close its session, and waits until all have ended that
    /// run now, but not for ever: a task runs only as long as somebody drives its runtime.
    pub(crate) async fn shutdown(&self, clock: &dyn Clock) {
        let last = self.0.tasks.borrow().last;
        self.0.shutdowns.send_modify(|count| *count += 1);
        let mut tasks = self.0.tasks.subscribe();
        let all_ended = |tasks: &Tasks| tasks.running.first().is_none_or(|first| *first > last);
        // The sender lives as long as we do.
        let ended = async { drop(tasks.wait_for(all_ended).await) };
        if let Either::Right(_) = select(pin!(ended), clock.sleep(SHUTDOWN_TIMEOUT)).await {
            let sessions = self.0.tasks.borrow().running.range(..=last).count();
            tracing::warn!(
                sessions,
                "sessions could not be closed: nothing drives the runtime that they were opened on"
            );
        }
    }
}

/// How long a shutdown waits: as long as a session may take to be created and then to be
/// closed, and half as long again, so that a close's own timeout comes first.
const SHUTDOWN_TIMEOUT: Duration = CLOSE_TIMEOUT.saturating_mul(3);

/// A task's entry among those that run; gone when the task is, whether it ends,
/// panics or is torn down with its runtime.
struct Entry {
    registry: Arc<Registry>,
    id: u64,
}

impl Entry {
    fn new(registry: Arc<Registry>) -> Self {
        let mut id = 0;
        registry.tasks.send_modify(|tasks| {
            tasks.last += 1;
            id = tasks.last;
            tasks.running.insert(id);
        });
        Self { registry, id }
    }

    /// The task came to its end.
    fn done(self) {
        self.registry.remove(self.id);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.registry.remove(self.id) {
            tracing::warn!("a runtime ended before a session that was opened on it was closed");
        }
    }
}

impl Registry {
    /// Takes a task out of those that run, if it is one.
    fn remove(&self, id: u64) -> bool {
        let mut was_there = false;
        self.tasks
            .send_modify(|tasks| was_there = tasks.running.remove(&id));
        was_there
    }
}

/// A context's hold on its task.
#[derive(Debug)]
pub(super) struct Closer {
    /// Tells how the context ended; dropping it says to close the session now.
    ended: Option<oneshot::Sender<Ended>>,
    /// Where the task is listed, and as which.
    task: Option<(Arc<Registry>, u64)>,
    /// Whether the session is being closed elsewhere, so that a shutdown waits for that.
    closing: Arc<AtomicBool>,
}

/// How a context ended that was not simply dropped.
#[derive(Clone, Copy, Debug)]
enum Ended {
    /// Nothing is left to do.
    Settled,
    /// Closing failed in a way that may pass.
    CloseFailed,
}

/// How long a close that failed waits until it is tried once more, unless the client
/// shuts down before.
const CLOSE_AGAIN_AFTER: Duration = Duration::from_secs(30);

impl Closer {
    /// For `auto_close(false)`: there is no task.
    pub(super) fn none() -> Self {
        Self {
            ended: None,
            task: None,
            closing: Arc::default(),
        }
    }

    /// Spawns the task and waits until it has created the session. A session
    /// that nobody waits for any more is awaited for as long as a close may take.
    pub(super) async fn open<C>(
        create: impl Future<Output = Result<ChatSession>> + Send + 'static,
        close: C,
        sessions: &OpenSessions,
        clock: Arc<dyn Clock>,
    ) -> Result<(ChatSession, Self)>
    where
        C: FnOnce(&ChatSession) -> CloseOnce + Send + 'static,
    {
        // In this order: a shutdown in between tells this session to close, rather than
        // wait for one that never learns of it.
        let mut shutdowns = sessions.0.shutdowns.subscribe();
        let before = *shutdowns.borrow();
        let entry = Entry::new(sessions.0.clone());
        let listed = Some((sessions.0.clone(), entry.id));
        let (mut created, opened) = oneshot::channel();
        let (ended, mut context) = oneshot::channel();
        let closing = Arc::<AtomicBool>::default();
        let closes_itself = closing.clone();
        let work = async move {
            let outcome = {
                let unwanted = async {
                    let down = pin!(shutdowns.wait_for(|count| *count != before));
                    select(pin!(created.closed()), down).await;
                    clock.sleep(CLOSE_TIMEOUT).await;
                };
                match select(pin!(create), pin!(unwanted)).await {
                    Either::Left((outcome, _)) => outcome,
                    Either::Right(_) => Err(never_created()),
                }
            };
            let session = match outcome {
                Ok(session) => session,
                Err(error) => {
                    // If `open` was dropped, nobody waits for this.
                    let _ = created.send(Err(error));
                    return;
                }
            };
            let close = close(&session);
            if created.send(Ok(session)).is_ok() {
                let down = pin!(async { drop(shutdowns.wait_for(|count| *count != before).await) });
                match select(&mut context, down).await {
                    Either::Left((Ok(Ended::Settled), _)) => return,
                    Either::Left((Ok(Ended::CloseFailed), down)) => {
                        select(clock.sleep(CLOSE_AGAIN_AFTER), down).await;
                    }
                    Either::Right(_) if closes_itself.load(Ordering::Relaxed) => {
                        if let Ok(Ended::Settled) = context.await {
                            return;
                        }
                    }
                    Either::Left((Err(_), _)) | Either::Right(_) => {}
                }
            }
            if let Err(error) = close.run().await {
                not_closed(&error);
            }
        };
        spawn(async move {
            work.await;
            entry.done();
        });
        let outcome = opened.await.unwrap_or_else(|_| Err(never_created()));
        let closer = Self {
            ended: Some(ended),
            task: listed,
            closing,
        };
        Ok((outcome?, closer))
    }

    /// A close is about to be sent from elsewhere.
    pub(super) fn closing(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Nothing is left to do: the session is closed, or is to stay open.
    pub(super) fn settle(self) {
        // The task may not run any more, and nothing is lost if it does not.
        if let Some((registry, id)) = &self.task {
            registry.remove(*id);
        }
        self.end(Ended::Settled);
    }

    /// Closing failed in a way that may pass: it is tried again later.
    pub(super) fn try_again(self) {
        self.end(Ended::CloseFailed);
    }

    fn end(self, how: Ended) {
        if let Some(ended) = self.ended {
            let _ = ended.send(how);
        }
    }
}

/// Logs that a session stays open, if there is nobody to return the error to.
pub(super) fn not_closed(error: &Error) {
    tracing::warn!(%error, "a session could not be closed");
}

/// Spawns a task as a part of the trace of whoever opens the session.
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    // It is no part of the span of `tracing`, unless something made it one.
    #[cfg(feature = "opentelemetry")]
    let task = opentelemetry::context::FutureExt::with_current_context(task);
    tokio::spawn(task.in_current_span().with_current_subscriber());
}

/// The client or its runtime ended first.
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
