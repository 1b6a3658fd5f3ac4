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

/// Adds a message at the end of its session and counts it there. It is not dated before the
/// message that precedes it: an answer may take longer than what else happens meanwhile.
pub(crate) fn append(
    connection: &Connection,
    session: Uuid,
    new: &NewMessage,
) -> rusqlite::Result<()> {
    let session = session.to_string();
    let created_at: i64 = connection
        .prepare_cached(
            "INSERT INTO messages (id, session_id, position, role, content, token_count, processing_time_ms,
                 created_at, image_context, metadata)
             SELECT ?1, ?2, coalesce(max(position), 0) + 1, ?3, ?4, ?5, ?6,
                 max(?7, coalesce((SELECT last_message_at FROM sessions WHERE id = ?2), ?7)), ?8, ?9
             FROM messages WHERE session_id = ?2
             RETURNING created_at",
        )?
        .query_row(
            params![
            new.id.to_string(),
            session,
            new.role.as_str(),
            new.content,
            new.token_count,
            new.processing_time_ms,
            micros(new.created_at),
            new.image_context.as_ref().map(Value::to_string),
            new.metadata.as_ref().map(Value::to_string),
        ],
            |row| row.get(0),
        )?;
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
        .execute(params![session, question, new.token_count, created_at, preview])?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{NewSession, Place, Store, StoreError, insert_session};

    #[tokio::test]
    async fn a_message_is_not_dated_before_the_one_that_precedes_it() {
        let store = Store::open(&Place::Memory).await.unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let id = Uuid::from_u128(1);
        let session = NewSession {
            id,
            owner: [0; 32],
            title: "Poles".to_owned(),
            use_all_images: true,
            now: at(0),
        };
        let message = move |number, second| NewMessage {
            id: Uuid::from_u128(number),
            role: Role::Assistant,
            content: "Done.".to_owned(),
            token_count: 1,
            processing_time_ms: None,
            created_at: at(second),
            image_context: None,
            metadata: None,
        };
        let dates = store.write::<_, StoreError>(move |transaction| {
            insert_session(transaction, &session)?;
            for (number, second) in [(1, 10), (2, 7), (3, 12)] {
                append(transaction, id, &message(number, second))?;
            }
            let messages = history(transaction, id, None)?;
            Ok(messages.iter().map(|message| message.created_at).collect())
        });
        let dates: Vec<Timestamp> = dates.await.unwrap();
        assert_eq!(dates, [at(10), at(10), at(12)]);
    }
}
