//! Connections: one that writes and several that read, so that writers of this process
//! queue in memory and never meet a busy database. SQLite's busy timeout covers other
//! processes.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use deadpool_sqlite::{Config, Hook, HookError, InteractError, Object, Pool, PoolError, Runtime};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};

use super::StoreError;

const MEMORY: &str = ":memory:";
const READERS: usize = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// How often opening a database is tried, and how long to wait in between.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// Where the database is.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Memory,
    File(PathBuf),
}

impl From<PathBuf> for Place {
    /// `:memory:` is what SQLite itself calls a database in memory.
    fn from(path: PathBuf) -> Self {
        if path.as_os_str() == MEMORY {
            Self::Memory
        } else {
            Self::File(path)
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("in memory"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// The database.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    writer: Connections,
    readers: Connections,
}

/// A pool that may be dropped anywhere: the drop closes its connections on a runtime, and
/// would panic outside of one, so it enters the runtime first.
#[derive(Debug, Clone)]
struct Connections {
    /// `None` only during the drop.
    pool: Option<Pool>,
    runtime: tokio::runtime::Handle,
}

impl Drop for Connections {
    fn drop(&mut self) {
        let _inside = self.runtime.enter();
        self.pool.take();
    }
}

impl Connections {
    async fn close(&self) {
        let Some(pool) = &self.pool else {
            return;
        };
        for _ in 0..pool.status().available {
            let Ok(connection) = pool.get().await else {
                return;
            };
            // A connection can only be closed where it lives, if another takes its place.
            let closed = connection.interact(|connection| {
                if let Ok(empty) = Connection::open_in_memory() {
                    drop(std::mem::replace(connection, empty));
                }
            });
            drop(closed.await);
            drop(Object::take(connection));
        }
    }
}

impl Store {
    pub(crate) async fn open(place: &Place) -> Result<Self, StoreError> {
        let store = match place {
            // Each connection to it is a database of its own, so there is one for all.
            Place::Memory => {
                let only = pool(Path::new(MEMORY), 1)?;
                Self {
                    writer: only.clone(),
                    readers: only,
                }
            }
            Place::File(path) => {
                // SQLite takes some relative paths for something else, such as
                // "file:chat.db?mode=memory"; an absolute one is always a file.
                let file = std::path::absolute(path)
                    .map_err(|error| StoreError::Pool(error.to_string()))?;
                Self {
                    writer: pool(&file, 1)?,
                    readers: pool(&file, READERS)?,
                }
            }
        };
        interact(&store.writer, migrate).await??;
        Ok(store)
    }

    /// Closes the connections that nobody uses. Otherwise they are closed in the background,
    /// and SQLite 3.51.1 may deadlock if another connection to the same file is opened
    /// meanwhile.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Runs queries that change nothing, in one transaction, so that all of them see the same
    /// state of the database.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        interact(&self.readers, move |connection| {
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Deferred)
                .map_err(StoreError::from)?;
            work(&transaction)
        })
        .await?
    }

    /// Runs one transaction: commits it if `work` succeeds, and otherwise rolls it back.
    pub(crate) async fn write<T, E>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        interact(&self.writer, move |connection| {
            // Immediate: taking the write lock now can wait, upgrading later can only
            // fail.
            let transaction = connection
                .transaction_with_behavior(TransactionBehavior::Immediate)
                .map_err(StoreError::from)?;
            let done = work(&transaction)?;
            transaction.commit().map_err(StoreError::from)?;
            Ok(done)
        })
        .await?
    }
}

/// Runs work on a connection of the pool, in a task of its own: a request that is dropped
/// while it waits would drop the connection, and with it a whole database in memory.
async fn interact<T: Send + 'static>(
    connections: &Connections,
    work: impl FnOnce(&mut Connection) -> T + Send + 'static,
) -> Result<T, StoreError> {
    let pool = connections.pool.clone();
    let pool = pool.ok_or_else(|| StoreError::Pool("the database is closed".to_owned()))?;
    let working = connections.runtime.spawn(async move {
        let connection = pool.get().await.map_err(|error| match error {
            PoolError::PostCreateHook(HookError::Message(said)) => {
                StoreError::Pool(said.into_owned())
            }
            error => StoreError::Pool(format!("the pool of connections: {error}")),
        })?;
        connection
            .interact(work)
            .await
            .map_err(|error| match error {
                InteractError::Panic(_) => StoreError::Pool("a query panicked".to_owned()),
                InteractError::Cancelled => StoreError::Pool("a query was cancelled".to_owned()),
            })
    });
    let done = working.await;
    done.map_err(|_| StoreError::Pool("the runtime has ended".to_owned()))?
}

fn pool(path: &Path, size: usize) -> Result<Connections, StoreError> {
    let configure = Hook::async_fn(|connection, _| {
        Box::pin(async move {
            connection
                .interact(configure)
                .await
                .map_err(|error| HookError::message(error.to_string()))?
                .map_err(|error| HookError::message(error.to_string()))
        })
    });
    let pool = Config::new(path)
        .builder(Runtime::Tokio1)
        .map_err(|error| StoreError::Pool(error.to_string()))?
        .max_size(size)
        .post_create(configure)
        .build()
        .map_err(|error| StoreError::Pool(error.to_string()))?;
    Ok(Connections {
        pool: Some(pool),
        runtime: tokio::runtime::Handle::current(),
    })
}

fn configure(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Repeated here, since SQLite's busy timeout does not cover the upgrade of a lock.
    patiently(
        || connection.pragma_update(None, "journal_mode", "WAL"),
        is_no_database,
    )?;
    // FULL: an acknowledged commit also survives a loss of power, not only kill -9.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    super::sessions::add_search(connection)?;
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let steps = [M::up(include_str!(
        "migrations/001-sessions-and-library.sql"
    ))];
    let migrations = Migrations::from_slice(&steps);
    let tables = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table')";
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 && connection.query_row(tables, [], |row| row.get(0))? {
        // Read again: another process may just have run the first migration.
        let now: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if now == 0 {
            return Err(StoreError::Foreign);
        }
    }
    // Another process may run the migrations after this one has read the version. This
    // one's first step then fails; a later try finds them done.
    patiently(|| migrations.to_latest(connection), is_newer).map_err(|error| match error {
        error if is_newer(&error) => StoreError::Newer,
        error => error.into(),
    })
}

/// Repeats for a while a step that may fail because another process opens the same
/// database, unless the error is hopeless.
fn patiently<T, E>(
    mut step: impl FnMut() -> Result<T, E>,
    hopeless: impl Fn(&E) -> bool,
) -> Result<T, E> {
    for _ in 1..TRIES {
        match step() {
            Ok(done) => return Ok(done),
            Err(error) if hopeless(&error) => return Err(error),
            Err(_) => std::thread::sleep(PAUSE),
        }
    }
    step()
}

/// Whether a newer version of this program has written the database.
fn is_newer(error: &rusqlite_migration::Error) -> bool {
    use rusqlite_migration::{Error, MigrationDefinitionError};

    let newer = MigrationDefinitionError::DatabaseTooFarAhead;
    matches!(error, Error::MigrationDefinition(found) if *found == newer)
}

fn is_no_database(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_read_sees_one_state_of_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("chat.db");
        let store = Store::open(&file.clone().into()).await.unwrap();
        let count = |connection: &Connection| -> rusqlite::Result<i64> {
            connection.query_row("SELECT count(*) FROM settings", [], |row| row.get(0))
        };
        let counts = store
            .read::<_, StoreError>(move |connection| {
                let before = count(connection)?;
                let other = Connection::open(&file)?;
                other.execute("INSERT INTO settings (name, value) VALUES ('a', x'00')", [])?;
                Ok((before, count(connection)?, count(&other)?))
            })
            .await
            .unwrap();
        assert_eq!(counts, (0, 0, 1));
        let now = store.read(move |connection| Ok::<_, StoreError>(count(connection)?));
        assert_eq!(now.await.unwrap(), 1, "the next read sees the next state");
    }
}
