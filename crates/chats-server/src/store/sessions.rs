//! Sessions: one row each, with the counts that a summary shows.

use std::borrow::Cow;

use jiff::Timestamp;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use uuid::Uuid;

use super::{micros, stored_uuid, time};

/// A session as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub id: Uuid,
    pub owner: [u8; 32],
    pub title: String,
    pub use_all_images: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub closed_at: Option<Timestamp>,
    pub last_message_at: Option<Timestamp>,
    pub total_messages: i64,
    pub user_messages: i64,
    pub total_tokens: i64,
    pub last_preview: Option<String>,
    pub last_question: Option<String>,
    pub selected_images: i64,
}

const COLUMNS: &str = "id, owner, title, use_all_images, created_at, updated_at, closed_at, last_message_at, \
    total_messages, user_messages, total_tokens, last_preview, last_question, \
    (SELECT count(*) FROM selections WHERE session_id = sessions.id AND kind = 'image') AS selected_images";

fn from_row(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: stored_uuid(row, "id")?,
        owner: row.get("owner")?,
        title: row.get("title")?,
        use_all_images: row.get("use_all_images")?,
        created_at: time(row.get("created_at")?),
        updated_at: time(row.get("updated_at")?),
        closed_at: row.get::<_, Option<i64>>("closed_at")?.map(time),
        last_message_at: row.get::<_, Option<i64>>("last_message_at")?.map(time),
        total_messages: row.get("total_messages")?,
        user_messages: row.get("user_messages")?,
        total_tokens: row.get("total_tokens")?,
        last_preview: row.get("last_preview")?,
        last_question: row.get("last_question")?,
        selected_images: row.get("selected_images")?,
    })
}

pub(crate) struct NewSession {
    pub id: Uuid,
    pub owner: [u8; 32],
    pub title: String,
    pub use_all_images: bool,
    pub now: Timestamp,
}

pub(crate) fn insert_session(connection: &Connection, new: &NewSession) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO sessions (id, owner, title, use_all_images, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
        )?
        .execute(params![
            new.id.to_string(),
            new.owner,
            new.title,
            new.use_all_images,
            micros(new.now)
        ])?;
    Ok(())
}

pub(crate) fn session(connection: &Connection, id: Uuid) -> rusqlite::Result<Option<Session>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM sessions WHERE id = ?1"))?
        .query_row([id.to_string()], from_row)
        .optional()
}

/// Which sessions of one person are asked for.
pub(crate) struct SessionFilter {
    pub owner: [u8; 32],
    pub is_active: Option<bool>,
    pub search: Option<String>,
    pub min_messages: Option<i64>,
    pub limit: i64,
    pub offset: i64,
}

/// A page, newest activity first, and how many there are in all.
pub(crate) fn list_sessions(
    connection: &Connection,
    filter: &SessionFilter,
) -> rusqlite::Result<(Vec<Session>, i64)> {
    // The query has only the conditions that are asked for: without filters, the count is
    // read only from the index.
    let mut conditions = vec!["owner = :owner"];
    let mut values: Vec<(&str, &dyn ToSql)> = vec![(":owner", &filter.owner)];
    match filter.is_active {
        Some(true) => conditions.push("closed_at IS NULL"),
        Some(false) => conditions.push("closed_at IS NOT NULL"),
        None => {}
    }
    if let Some(messages) = &filter.min_messages {
        conditions.push("total_messages >= :messages");
        values.push((":messages", messages));
    }
    let search = filter.search.as_deref().filter(|text| !text.is_empty());
    let search = search.map(str::to_lowercase);
    if let Some(search) = &search {
        // The search covers the messages as they are stored, and their resolved text.
        conditions.push(
            "(holds(title, :search) OR EXISTS (
                SELECT 1 FROM messages WHERE session_id = sessions.id
                AND (holds(content, :search) OR holds(metadata ->> '$.resolved_content', :search))))",
        );
        values.push((":search", search));
    }
    let conditions = conditions.join(" AND ");

    let total = connection
        .prepare_cached(&format!("SELECT count(*) FROM sessions WHERE {conditions}"))?
        .query_row(values.as_slice(), |row| row.get(0))?;
    values.extend([
        (":limit", &filter.limit as &dyn ToSql),
        (":offset", &filter.offset),
    ]);
    let page = connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM sessions WHERE {conditions}
             ORDER BY updated_at DESC, id LIMIT :limit OFFSET :offset"
        ))?
        .query_map(values.as_slice(), from_row)?
        .collect::<rusqlite::Result<_>>()?;
    Ok((page, total))
}

/// Adds the SQL function `holds`: whether a text contains another, given in lower case,
/// in any case. `LIKE` ignores only the case of ASCII, and ends at a NUL.
pub(super) fn add_search(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("holds", 2, flags, |call| {
        let text = |argument| match call.get_raw(argument) {
            ValueRef::Text(text) => String::from_utf8_lossy(text),
            _ => Cow::Borrowed(""),
        };
        Ok(text(0).to_lowercase().contains(&*text(1)))
    })
}

/// Closes a session that is open, and leaves the time of a closed one as it is. It is never
/// closed before its last message, which may have been stored while the close waited.
pub(crate) fn close_session(
    connection: &Connection,
    id: Uuid,
    now: Timestamp,
) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE sessions SET closed_at = max(?2, updated_at), updated_at = max(?2, updated_at)
         WHERE id = ?1 AND closed_at IS NULL",
        params![id.to_string(), micros(now)],
    )?;
    Ok(())
}

pub(crate) fn rename_session(
    connection: &Connection,
    id: Uuid,
    title: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE sessions SET title = ?2, updated_at = ?3 WHERE id = ?1",
        params![id.to_string(), title, micros(now)],
    )?;
    Ok(())
}

pub(crate) fn set_mode(
    connection: &Connection,
    id: Uuid,
    use_all: bool,
    now: Timestamp,
) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE sessions SET use_all_images = ?2, updated_at = ?3 WHERE id = ?1",
        params![id.to_string(), use_all, micros(now)],
    )?;
    Ok(())
}
