//! Which sessions a person may use.

use rusqlite::Connection;
use uuid::Uuid;

use crate::http::ApiError;
use crate::keys::Person;
use crate::store::{self, Session};

/// A session of this person: 404 if there is none, 403 if it is another's.
pub(crate) fn own_session(
    connection: &Connection,
    id: Uuid,
    person: Person,
) -> Result<Session, ApiError> {
    let session = store::session(connection, id)?.ok_or_else(ApiError::session_not_found)?;
    if session.owner == person.0 {
        Ok(session)
    } else {
        Err(ApiError::foreign_session())
    }
}

/// As [`own_session`], but fails for a session that was closed.
pub(crate) fn open_session(
    connection: &Connection,
    id: Uuid,
    person: Person,
) -> Result<Session, ApiError> {
    unclosed(own_session(connection, id, person)?)
}

/// The session to which an answer or a report is about to be added: it may have been closed
/// since the message or the approval was taken.
pub(super) fn still_open(connection: &Connection, id: Uuid) -> Result<Session, ApiError> {
    unclosed(store::session(connection, id)?.ok_or_else(ApiError::session_not_found)?)
}

fn unclosed(session: Session) -> Result<Session, ApiError> {
    if session.closed_at.is_some() {
        return Err(ApiError::session_closed());
    }
    Ok(session)
}
