//! The server's data, in SQLite: the pool, the migrations and the queries by subject. The
//! rules of the chat are elsewhere.

mod messages;
mod plans;
mod pool;
mod selections;
mod sessions;

pub(crate) use messages::{Message, NewMessage, RESOLVED, append, history, last_metadata};
pub(crate) use plans::{PlanState, StoredPlan, insert_plan, plan, running_plans, set_plan_state};
pub(crate) use pool::{Place, Store};
pub(crate) use selections::{Kind, replace_selection, selection};
pub(crate) use sessions::{
    NewSession, Session, SessionFilter, close_session, insert_session, list_sessions,
    rename_session, session, set_mode,
};

/// The database failed; never the fault of a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Migration(#[from] rusqlite_migration::Error),
    #[error("it belongs to another program; give a file of its own, which need not exist")]
    Foreign,
    #[error("a newer version of this server has written it")]
    Newer,
    #[error("{0}")]
    Pool(String),
}

/// Times are kept as microseconds, which sort and compare as numbers.
pub(crate) fn micros(time: jiff::Timestamp) -> i64 {
    time.as_microsecond()
}

/// Reads a time back; one that is out of range becomes the epoch.
pub(crate) fn time(micros: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// Reads a UUID that the server itself has written.
pub(crate) fn stored_uuid(row: &rusqlite::Row<'_>, column: &str) -> rusqlite::Result<uuid::Uuid> {
    let column = row.as_ref().column_index(column)?;
    let text: String = row.get(column)?;
    text.parse().map_err(|error: uuid::Error| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    })
}

/// Reads JSON that the server itself has written.
pub(crate) fn stored_json<T: serde::de::DeserializeOwned>(
    row: &rusqlite::Row<'_>,
    column: &str,
) -> rusqlite::Result<Option<T>> {
    let column = row.as_ref().column_index(column)?;
    let text: Option<String> = row.get(column)?;
    text.map(|text| serde_json::from_str(&text))
        .transpose()
        .map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                column,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })
}

/// Random bytes that are made once and kept with the database.
pub(crate) fn secret(connection: &rusqlite::Connection, name: &str) -> rusqlite::Result<[u8; 32]> {
    let fresh: [u8; 32] = [
        *uuid::Uuid::new_v4().as_bytes(),
        *uuid::Uuid::new_v4().as_bytes(),
    ]
    .as_flattened()
    .try_into()
    .expect("two UUIDs have 32 bytes");
    connection.execute(
        "INSERT OR IGNORE INTO settings (name, value) VALUES (?1, ?2)",
        rusqlite::params![name, fresh],
    )?;
    connection.query_row(
        "SELECT value FROM settings WHERE name = ?1",
        [name],
        |row| row.get(0),
    )
}
