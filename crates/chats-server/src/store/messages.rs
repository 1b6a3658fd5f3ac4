//! Messages, in the order of their session.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
use uuid::Uuid;

use super::{micros, stored_json, stored_uuid, time};
use crate::answer::Role;

/// The field of a message's metadata that has its resolved text.
pub(crate) const RESOLVED: &str = "resolved_content";

/// How much of the newest message a session's summary shows, in characters.
const PREVIEW: usize = 100;

pub(crate) struct NewMessage {
    pub id: Uuid,
    pub role: Role,
    pub content: String,
    pub token_count: i64,
    pub processing_time_ms: Option<i64>,
    pub created_at: Timestamp,
    pub image_context: Option<Value>,
    pub metadata: Option<Value>,
}

/// A message as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub id: Uuid,
    pub role: Role,
    pub content: String,
    pub token_count: Option<i64>,
    pub processing_time_ms: Option<i64>,
    pub created_at: Timestamp,
    pub image_context: Option<Value>,
    pub metadata: Option<Value>,
}

impl Message {
    /// The text as a person reads it, without markup.
    pub(crate) fn as_read(&self) -> &str {
        as_read(&self.content, self.metadata.as_ref())
    }
}

/// A message's text with its markup resolved, if that is stored with it.
fn as_read<'m>(content: &'m str, metadata: Option<&'m Value>) -> &'m str {
    let resolved = metadata.and_then(|all| all.get(RESOLVED));
    resolved.and_then(Value::as_str).unwrap_or(content)
}

/// Adds a message at the end of its session and counts it there.
pub(crate) fn append(
    connection: &Connection,
    session: Uuid,
    new: &NewMessage,
) -> rusqlite::Result<()> {
    let session = session.to_string();
    connection
        .prepare_cached(
            "INSERT INTO messages (id, session_id, position, role, content, token_count, processing_time_ms,
                 created_at, image_context, metadata)
             SELECT ?1, ?2, coalesce(max(position), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9
             FROM messages WHERE session_id = ?2",
        )?
        .execute(params![
            new.id.to_string(),
            session,
            new.role.as_str(),
            new.content,
            new.token_count,
            new.processing_time_ms,
            micros(new.created_at),
            new.image_context.as_ref().map(Value::to_string),
            new.metadata.as_ref().map(Value::to_string),
        ])?;
    let preview: String = as_read(&new.content, new.metadata.as_ref())
        .chars()
        .take(PREVIEW)
        .collect();
    let question = (new.role == Role::User).then_some(&new.content);
    connection
        .prepare_cached(
            "UPDATE sessions SET total_messages = total_messages + 1, user_messages = user_messages + (?2 IS NOT NULL),
                 total_tokens = total_tokens + ?3, updated_at = ?4, last_message_at = ?4, last_preview = ?5,
                 last_question = coalesce(?2, last_question)
             WHERE id = ?1",
        )?
        .execute(params![session, question, new.token_count, micros(new.created_at), preview])?;
    Ok(())
}

/// The last `limit` messages, oldest first; all of them when no limit is given.
pub(crate) fn history(
    connection: &Connection,
    session: Uuid,
    limit: Option<i64>,
) -> rusqlite::Result<Vec<Message>> {
    let mut messages = connection
        .prepare_cached(
            "SELECT id, role, content, token_count, processing_time_ms, created_at, image_context, metadata
             FROM messages WHERE session_id = ?1 ORDER BY position DESC LIMIT ?2",
        )?
        .query_map(params![session.to_string(), limit.unwrap_or(-1)], from_row)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    messages.reverse();
    Ok(messages)
}

/// The metadata of the last answer that found something.
pub(crate) fn last_metadata(
    connection: &Connection,
    session: Uuid,
) -> rusqlite::Result<Option<Value>> {
    let found = connection
        .prepare_cached(
            "SELECT metadata FROM messages WHERE session_id = ?1 AND role = 'assistant'
                 AND metadata ->> '$.result_refs' IS NOT NULL
             ORDER BY position DESC LIMIT 1",
        )?
        .query_row([session.to_string()], |row| stored_json(row, "metadata"))
        .optional()?;
    Ok(found.flatten())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: stored_uuid(row, "id")?,
        role: Role::parse(&row.get::<_, String>("role")?),
        content: row.get("content")?,
        token_count: row.get("token_count")?,
        processing_time_ms: row.get("processing_time_ms")?,
        created_at: time(row.get("created_at")?),
        image_context: stored_json(row, "image_context")?,
        metadata: stored_json(row, "metadata")?,
    })
}
