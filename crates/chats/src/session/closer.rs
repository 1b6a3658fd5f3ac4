//! The task that closes a session when its context is gone.
//!
//! It is spawned when the session opens, while a runtime surely lives, and waits
//! for one of three things: the context was closed, the context was dropped, or
//! the client shuts down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::future::{Either, select};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::CloseOnce;

/// The sessions of a client that are open or being closed.
#[derive(Debug)]
pub(crate) struct OpenSessions(Arc<Registry>);

#[derive(Debug)]
struct Registry {
    tasks: Mutex<Tasks>,
    /// Counts the shutdowns; a change tells every task to close now.
    shutdown: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Tasks {
    next: u64,
    running: HashMap<u64, JoinHandle<()>>,
    /// Ended before their handle could be put in its place.
    ended: Vec<u64>,
}

impl Default for OpenSessions {
    fn default() -> Self {
        Self(Arc::new(Registry {
            tasks: Mutex::default(),
            shutdown: watch::Sender::new(0),
        }))
    }
}

impl Registry {
    fn tasks(&self) -> MutexGuard<'_, Tasks> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OpenSessions {
    pub(crate) async fn shutdown(&self) {
        self.0.shutdown.send_modify(|count| *count += 1);
        let running: Vec<_> = {
            let mut tasks = self.0.tasks();
            tasks.running.drain().map(|(_, task)| task).collect()
        };
        for task in running {
            // A task that was torn down with its runtime has nothing left to do.
            let _ = task.await;
        }
    }
}

/// A context's hold on its task.
#[derive(Debug)]
pub(super) struct Closer {
    /// Sending says that nothing is left to do; dropping it says to close.
    settled: Option<oneshot::Sender<()>>,
}

impl Closer {
    /// Spawns the task; without `auto_close` there is none.
    pub(super) fn register(close: CloseOnce, auto_close: bool) -> Self {
        if !auto_close {
            return Self { settled: None };
        }
        let registry = close.client.shared.open_sessions.0.clone();
        let (settled, context) = oneshot::channel();
        let mut shutdown = registry.shutdown.subscribe();
        shutdown.mark_unchanged();
        let id = {
            let mut tasks = registry.tasks();
            tasks.next += 1;
            tasks.next
        };
        let ended = registry.clone();
        let task = tokio::spawn(async move {
            let told = {
                let down = std::pin::pin!(shutdown.changed());
                match select(context, down).await {
                    Either::Left((settled, _)) => settled.is_ok(),
                    Either::Right(_) => false,
                }
            };
            if !told && let Err(error) = close.run().await {
                tracing::warn!(%error, "a session could not be closed");
            }
            let mut tasks = ended.tasks();
            if tasks.running.remove(&id).is_none() {
                tasks.ended.push(id);
            }
        });
        let mut tasks = registry.tasks();
        match tasks.ended.iter().position(|ended| *ended == id) {
            Some(place) => {
                tasks.ended.swap_remove(place);
            }
            None => {
                tasks.running.insert(id, task);
            }
        }
        drop(tasks);
        Self {
            settled: Some(settled),
        }
    }

    /// The session is closed: nothing is left to do.
    pub(super) fn settle(self) {
        if let Some(settled) = self.settled {
            let _ = settled.send(());
        }
    }
}
