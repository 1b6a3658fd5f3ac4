//! The background task of a session context: it creates the session, and closes it when
//! its context is gone.
//!
//! The task is spawned when the session is opened, while a runtime certainly exists.
//! Since it makes the request itself, a session that is created after `open` was dropped
//! (a timeout, a `select!`) is closed as well. Then the task waits for one of four
//! events: the context was closed, closing it failed for now, the context was dropped, or
//! the client shuts down.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
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
    /// Counts the shutdowns; a change makes every task close its session now.
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

    /// Makes every task close its session, and waits for the tasks that run now to end,
    /// but not for ever: a task only runs while its runtime is driven.
    pub(crate) async fn shutdown(&self, clock: &dyn Clock) {
        let last = self.0.tasks.borrow().last;
        self.0.shutdowns.send_modify(|count| *count += 1);
        let mut tasks = self.0.tasks.subscribe();
        let all_ended = |tasks: &Tasks| tasks.running.first().is_none_or(|first| *first > last);
        // This does not fail: the sender lives as long as `self`.
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

/// A task's entry among those that run; removed when the task ends, panics or is torn
/// down with its runtime.
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

    /// Removes the entry of a task that has ended, without the warning of `drop`.
    fn done(self) {
        self.registry.remove(self.id);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.registry.remove(self.id) {
            tracing::warn!(
                "a runtime ended before a session opened on it was closed; the session stays open"
            );
        }
    }
}

impl Registry {
    /// Removes a task from those that run; returns whether it was one.
    fn remove(&self, id: u64) -> bool {
        let mut was_there = false;
        self.tasks
            .send_modify(|tasks| was_there = tasks.running.remove(&id));
        was_there
    }
}

/// A context's handle to its task.
#[derive(Debug)]
pub(super) struct Closer {
    /// Reports how the context ended; dropped, it makes the task close the session now.
    ended: Option<oneshot::Sender<Ended>>,
    /// The registry that lists the task, and the task's id there.
    task: Option<(Arc<Registry>, u64)>,
    close: Arc<Close>,
}

/// Who closes the session: the context or its task, never both.
#[derive(Debug, Default)]
struct Close(watch::Sender<Closing>);

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

impl Close {
    /// Takes the close on, unless the other one has; returns whether it did.
    fn claim(&self, by: Closing) -> bool {
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
            close: Arc::default(),
        }
    }

    /// Spawns the task and waits until it has created the session. Once `open` was
    /// dropped or the client shuts down, the creation may take as long as a close may.
    pub(super) async fn open<C>(
        create: impl Future<Output = Result<ChatSession>> + Send + 'static,
        close: C,
        sessions: &OpenSessions,
        clock: Arc<dyn Clock>,
    ) -> Result<(ChatSession, Self)>
    where
        C: FnOnce(&ChatSession) -> CloseOnce + Send + 'static,
    {
        // The order matters: otherwise a shutdown in between would wait for a task that never
        // hears of it.
        let mut shutdowns = sessions.0.shutdowns.subscribe();
        let before = *shutdowns.borrow();
        let entry = Entry::new(sessions.0.clone());
        let listed = Some((sessions.0.clone(), entry.id));
        let (mut created, opened) = oneshot::channel();
        let (ended, mut context) = oneshot::channel();
        let closing = Arc::<Close>::default();
        let close_of_task = closing.clone();
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
                    // This fails if `open` was dropped; then no caller needs the error.
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
                    // Of a shutdown, while the context is closing the session.
                    Either::Right(_) if !close_of_task.claim(Closing::ByTask) => {
                        if let Ok(Ended::Settled) = context.await {
                            return;
                        }
                    }
                    Either::Left((Err(_), _)) | Either::Right(_) => {}
                }
            }
            let closing = match close.run().await {
                Ok(_) => Closing::Done,
                Err(error) => {
                    not_closed(&error);
                    Closing::Open
                }
            };
            close_of_task.0.send_replace(closing);
        };
        spawn(async move {
            work.await;
            entry.done();
        });
        let outcome = opened.await.unwrap_or_else(|_| Err(never_created()));
        let closer = Self {
            ended: Some(ended),
            task: listed,
            close: closing,
        };
        Ok((outcome?, closer))
    }

    /// Leaves the close to the context; false if a shutdown has closed the session. Waits
    /// for a shutdown that is closing it now, but not for ever: its task only runs while its
    /// runtime is driven.
    pub(super) async fn claim(&self, clock: &dyn Clock) -> bool {
        let mut closing = self.close.0.subscribe();
        while !self.close.claim(Closing::ByContext) {
            if *closing.borrow() == Closing::Done {
                return false;
            }
            // This does not fail: the sender lives as long as `self`.
            let tried = closing.wait_for(|closing| *closing != Closing::ByTask);
            let tried = async { drop(tried.await) };
            if let Either::Right(_) = select(pin!(tried), clock.sleep(CLOSE_TIMEOUT)).await {
                break;
            }
        }
        true
    }

    /// Ends the task, since the session is closed or is to stay open.
    pub(super) fn settle(self) {
        // The task may never run again, so it cannot be left to remove itself.
        if let Some((registry, id)) = &self.task {
            registry.remove(*id);
        }
        self.end(Ended::Settled);
    }

    /// Makes the task repeat a close that failed, after a while.
    pub(super) fn try_again(self) {
        self.end(Ended::CloseFailed);
    }

    fn end(self, how: Ended) {
        if let Some(ended) = self.ended {
            let _ = ended.send(how);
        }
    }
}

/// Logs that a session stays open, if no caller can receive the error.
pub(super) fn not_closed(error: &Error) {
    tracing::warn!(%error, "a session could not be closed");
}

/// Spawns a task in the trace of the caller that opens the session.
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    // OpenTelemetry's context is no part of `tracing`'s span, unless a layer joins them.
    #[cfg(feature = "opentelemetry")]
    let task = opentelemetry::context::FutureExt::with_current_context(task);
    tokio::spawn(task.in_current_span().with_current_subscriber());
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
