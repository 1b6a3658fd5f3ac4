//! What a session is about: the images, documents and videos chosen for it.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{micros, stored_uuid};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Image,
    Document,
    Video,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Document => "document",
            Self::Video => "video",
        }
    }
}

/// Replaces the selection with `items`, which changes the session; an id that comes twice
/// counts once.
pub(crate) fn replace_selection(
    connection: &Connection,
    session: Uuid,
    kind: Kind,
    items: &[Uuid],
    now: Timestamp,
) -> rusqlite::Result<()> {
    let session = session.to_string();
    connection.execute(
        "DELETE FROM selections WHERE session_id = ?1 AND kind = ?2",
        params![session, kind.as_str()],
    )?;
    let mut insert = connection.prepare_cached(
        "INSERT OR IGNORE INTO selections (session_id, kind, position, item_id) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (position, item) in (0_i64..).zip(items) {
        insert.execute(params![session, kind.as_str(), position, item.to_string()])?;
    }
    connection
        .prepare_cached("UPDATE sessions SET updated_at = ?2 WHERE id = ?1")?
        .execute(params![session, micros(now)])?;
    Ok(())
}

/// What is chosen, in the order it was given.
pub(crate) fn selection(
    connection: &Connection,
    session: Uuid,
    kind: Kind,
) -> rusqlite::Result<Vec<Uuid>> {
    connection
        .prepare_cached(
            "SELECT item_id FROM selections WHERE session_id = ?1 AND kind = ?2 ORDER BY position",
        )?
        .query_map(params![session.to_string(), kind.as_str()], |row| {
            stored_uuid(row, "item_id")
        })?
        .collect()
}
