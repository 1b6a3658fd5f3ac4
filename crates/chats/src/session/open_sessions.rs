//! The sessions of a client that are open or being closed, each with a background task.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::close::CLOSE_TIMEOUT;
use crate::clock::{Clock, within};

/// The sessions of a client that are open or being closed.
#[derive(Clone, Debug, Default)]
pub(crate) struct OpenSessions(Arc<Registry>);

#[derive(Debug, Default)]
struct Registry {
    tasks: watch::Sender<Tasks>,
    /// Counts the shutdowns; a change makes every task close its session now.
    shutdowns: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Tasks {
    last: u64,
    /// How many shutdowns each task has heard of and done with, by the task's id.
    running: BTreeMap<u64, u64>,
}

/// How long a shutdown waits: as long as a session may take to be created and then to be
/// closed, and half as long again, so that a close's own timeout comes first.
const SHUTDOWN_TIMEOUT: Duration = CLOSE_TIMEOUT.saturating_mul(3);

impl OpenSessions {
    /// Whether any session is open or being closed.
    #[cfg(feature = "blocking")]
    pub(crate) fn any(&self) -> bool {
        !self.0.tasks.borrow().running.is_empty()
    }

    /// Makes every task close its session, and waits until those that run now have tried,
    /// but not for ever: a task only runs while its runtime is driven.
    pub(crate) fn shutdown<'a>(
        &'a self,
        clock: &'a dyn Clock,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + Sync + 'a>> {
        Box::pin(async move {
            let mut this = 0;
            self.0.shutdowns.send_modify(|count| {
                *count += 1;
                this = *count;
            });
            let mut tasks = self.0.tasks.subscribe();
            let done = |tasks: &Tasks| tasks.running.values().all(|heard| *heard >= this);
            // This does not fail: the sender lives as long as `self`.
            let waited = async { drop(tasks.wait_for(done).await) };
            let in_time = within(pin!(waited), clock.sleep(SHUTDOWN_TIMEOUT)).await;
            if in_time.is_none() {
                let tasks = self.0.tasks.borrow();
                let sessions = tasks.running.values().filter(|heard| **heard < this);
                let sessions = sessions.count();
                tracing::warn!(
                    sessions,
                    "sessions could not be closed: nothing drives the runtime that they were opened on"
                );
            }
        })
    }

    /// Lists a new task, which hears of every shutdown from now on.
    pub(super) fn enter(&self) -> Entry {
        let shutdowns = self.0.shutdowns.subscribe();
        let heard = *shutdowns.borrow();
        let mut id = 0;
        self.0.tasks.send_modify(|tasks| {
            tasks.last += 1;
            id = tasks.last;
            tasks.running.insert(id, heard);
        });
        Entry {
            listed: Listed {
                registry: self.0.clone(),
                id,
            },
            shutdowns,
            heard,
        }
    }
}

/// A task's place among those that run.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    registry: Arc<Registry>,
    id: u64,
}

impl Listed {
    /// Takes the task out of those that run; returns whether it was one.
    pub(super) fn remove(&self) -> bool {
        let mut running = None;
        let tasks = &self.registry.tasks;
        tasks.send_modify(|tasks| running = tasks.running.remove(&self.id));
        running.is_some()
    }
}

/// What a task holds to be among those that run. Dropped, as when the task panics or is torn
/// down with its runtime, it takes the task out and warns.
pub(super) struct Entry {
    listed: Listed,
    shutdowns: watch::Receiver<u64>,
    /// How many shutdowns there had been when the task last tried to close its session.
    heard: u64,
}

impl Entry {
    pub(super) fn listed(&self) -> Listed {
        self.listed.clone()
    }

    /// Waits for a shutdown that the task has not answered.
    pub(super) async fn shutdown(&mut self) {
        let heard = self.heard;
        // This does not fail: the entry keeps the sender.
        drop(self.shutdowns.wait_for(|count| *count != heard).await);
    }

    /// How many shutdowns there have been, for [`done_trying`](Self::done_trying).
    pub(super) fn shutdowns(&self) -> u64 {
        *self.shutdowns.borrow()
    }

    /// Lets these shutdowns end, although the session is still open.
    pub(super) fn done_trying(&mut self, shutdowns: u64) {
        self.heard = shutdowns;
        let id = self.listed.id;
        self.listed.registry.tasks.send_modify(|tasks| {
            if let Some(heard) = tasks.running.get_mut(&id) {
                *heard = shutdowns;
            }
        });
    }

    /// Takes out a task that has ended, without the warning of `drop`.
    pub(super) fn done(self) {
        self.listed.remove();
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if self.listed.remove() {
            tracing::warn!(
                "a runtime ended before a session opened on it was closed; the session stays open"
            );
        }
    }
}
