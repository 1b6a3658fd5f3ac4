//! The parts that an [`Error`](super::Error) can carry beside its kind.

use std::fmt;

use serde_json::Value;

use crate::types::PlanId;

/// The rate limit that a reply told of in its `X-RateLimit-*` headers.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Requests allowed each minute.
    pub limit: Option<u64>,
    /// Requests left in this minute.
    pub remaining: Option<u64>,
    /// When the count starts anew.
    pub reset: Option<jiff::Timestamp>,
}

/// What the service told of a quota that is used up.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// What is left.
    pub available: Option<i64>,
    /// What there is in all.
    pub limit: Option<i64>,
}

/// A plan that waits for approval.
///
/// Approve it with [`ChatResource::approve_plan`](crate::ChatResource::approve_plan).
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct PendingPlan {
    /// The plan.
    pub plan_id: PlanId,
    /// Everything that the service told of it, as it came.
    pub data: Value,
}

impl PendingPlan {
    /// The plan.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let error = session.send("Find damaged poles and select them").await.unwrap_err();
    /// let plan = error.plan().expect("the agent asks first");
    /// session.cancel_plan(plan.plan_id()).await?;
    /// # Ok(()) });
    /// ```
    pub fn plan_id(&self) -> &PlanId {
        &self.plan_id
    }

    /// Finds the plan in what an error or an event carries: in the object
    /// itself, or one level down in an object that names itself a plan.
    pub(crate) fn find(data: &Value) -> Option<Self> {
        let object = data.as_object()?;
        let own = match object.get("plan_id") {
            Some(Value::String(id)) => Some(id.clone()),
            Some(Value::Number(id)) => Some(id.to_string()),
            _ => None,
        };
        if let Some(id) = own {
            return Some(Self {
                plan_id: PlanId::from_wire(&id),
                data: data.clone(),
            });
        }
        ["plan_data", "plan", "details", "detail", "metadata"]
            .iter()
            .filter_map(|key| object.get(*key))
            .find_map(Self::find)
    }
}

impl fmt::Debug for PendingPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingPlan")
            .field("plan_id", &self.plan_id)
            .finish_non_exhaustive()
    }
}

/// One field that the service did not accept (the `detail` of a 422).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldError {
    /// The way to the field: where it was looked for, then names and indexes.
    pub location: Vec<Location>,
    /// What is wrong with it, for a person.
    pub message: String,
    /// The kind of mistake, for a program, such as `string_too_short`.
    pub kind: String,
}

impl FieldError {
    /// Every text that the service sent.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let names = self.location.iter_mut().filter_map(|part| match part {
            Location::Name(name) => Some(name),
            Location::Index(_) => None,
        });
        names.chain([&mut self.message, &mut self.kind])
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.location.iter().enumerate() {
            match part {
                Location::Index(index) => write!(f, "[{index}]")?,
                Location::Name(name) if n == 0 => f.write_str(name)?,
                Location::Name(name) => write!(f, ".{name}")?,
            }
        }
        if !self.location.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// One step on the way to a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// A field, a parameter, or the part of the request: `body`, `query`, `path`.
    Name(String),
    /// A place in a list, counted from 0.
    Index(i64),
}

/// How far a stream had come before it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamProgress {
    /// The `id` of the last event that carried one.
    pub last_event_id: Option<String>,
    /// Events received in all.
    pub events_received: u64,
    /// How often the session's history was read to recover the answer.
    pub reconnect_attempts: u32,
}
