//! Plans that were proposed, and how far each has come.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::{micros, stored_json, stored_uuid};
use crate::answer::Plan;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanState {
    Pending,
    Running,
    Done,
    Cancelled,
}

impl PlanState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "pending" => Self::Pending,
            "running" => Self::Running,
            "cancelled" => Self::Cancelled,
            _ => Self::Done,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct StoredPlan {
    pub id: String,
    pub session_id: Uuid,
    pub state: PlanState,
    pub plan: Plan,
}

pub(crate) fn insert_plan(
    connection: &Connection,
    id: &str,
    session: Uuid,
    plan: &Plan,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let text = serde_json::to_string(plan)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    connection.execute(
        "INSERT INTO plans (id, session_id, state, plan, created_at) VALUES (?1, ?2, 'pending', ?3, ?4)",
        params![id, session.to_string(), text, micros(now)],
    )?;
    Ok(())
}

const COLUMNS: &str = "id, session_id, state, plan";

fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredPlan> {
    let state: String = row.get("state")?;
    Ok(StoredPlan {
        id: row.get("id")?,
        session_id: stored_uuid(row, "session_id")?,
        state: PlanState::parse(&state),
        plan: stored_json(row, "plan")?.unwrap_or_default(),
    })
}

/// A plan of this session.
pub(crate) fn plan(
    connection: &Connection,
    session: Uuid,
    id: &str,
) -> rusqlite::Result<Option<StoredPlan>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM plans WHERE id = ?1 AND session_id = ?2"
        ))?
        .query_row(params![id, session.to_string()], from_row)
        .optional()
}

/// Moves a plan to another state; `false` if it is not in the state `from`.
pub(crate) fn set_plan_state(
    connection: &Connection,
    id: &str,
    from: PlanState,
    to: PlanState,
) -> rusqlite::Result<bool> {
    let changed = connection.execute(
        "UPDATE plans SET state = ?3 WHERE id = ?1 AND state = ?2",
        params![id, from.as_str(), to.as_str()],
    )?;
    Ok(changed == 1)
}

/// Plans whose work was cut off when the server ended.
pub(crate) fn running_plans(connection: &Connection) -> rusqlite::Result<Vec<StoredPlan>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM plans WHERE state = 'running'"
        ))?
        .query_map([], from_row)?
        .collect()
}
