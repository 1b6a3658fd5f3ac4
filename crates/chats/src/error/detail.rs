//! The details that an [`Error`](super::Error) can carry beside its kind.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::types::PlanId;

/// The rate limit that a reply reports in its `X-RateLimit-*` headers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many requests a minute are allowed.
    pub limit: Option<u64>,
    /// How many requests are left in this minute.
    pub remaining: Option<u64>,
    /// When the next minute of the limit begins.
    pub reset: Option<jiff::Timestamp>,
}

/// A quota that is used up, with the numbers that the service reports. The unit depends
/// on the error's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Quota {
    /// How much is left.
    pub available: Option<i64>,
    /// How much there is in all.
    pub limit: Option<i64>,
}

/// A plan that waits for approval.
///
/// Approve it with [`ChatResource::approve_plan`](crate::ChatResource::approve_plan) or cancel
/// it with [`cancel_plan`](crate::ChatResource::cancel_plan).
///
/// ```
/// # contract_tests::embedded(async |client| {
/// # let session = client.chats().session().open().await?;
/// let error = session.send("Find damaged poles and select them").await.unwrap_err();
/// let plan = error.plan().expect("the agent asks first");
/// println!("{}", plan.data); // for people to decide
/// session.approve_plan(&plan.plan_id).await?;
/// # Ok(()) });
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PendingPlan {
    /// The plan's id.
    pub plan_id: PlanId,
    /// What the service says about the plan, as received.
    pub data: Value,
}

impl PendingPlan {
    /// The plan's id.
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

    /// Finds the plan in what an error or an event carries: in the object itself, or at any
    /// depth under a name that plans and details have.
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

/// One field of a request that the service did not accept, from the `detail` of a 422. It
/// serialises to the form that it has there.
///
/// ```
/// # contract_tests::embedded(async |client| {
/// use chats::error::PathStep;
///
/// let call = client.chats().list_sessions().header("x-chats-fault", "status=422");
/// for field in call.await.unwrap_err().field_errors() {
///     if let Some(PathStep::Name(part)) = field.location.first() {
///         println!("in the {part}: {} ({})", field.message, field.kind);
///     }
/// }
/// # Ok(()) });
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldError {
    /// The path to the field: the part of the request, then names and indexes.
    #[serde(rename = "loc")]
    pub location: Vec<PathStep>,
    /// What is wrong with the field, for people.
    #[serde(rename = "msg")]
    pub message: String,
    /// The kind of mistake, for programs, such as `string_too_short`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl FieldError {
    /// Every text that the service sent.
    pub(super) fn texts(&mut self) -> impl Iterator<Item = &mut String> {
        let names = self.location.iter_mut().filter_map(|part| match part {
            PathStep::Name(name) => Some(name),
            PathStep::Index(_) => None,
        });
        names.chain([&mut self.message, &mut self.kind])
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, part) in self.location.iter().enumerate() {
            match part {
                PathStep::Index(index) => write!(f, "[{index}]")?,
                PathStep::Name(name) if n == 0 => f.write_str(name)?,
                PathStep::Name(name) => write!(f, ".{name}")?,
            }
        }
        if !self.location.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// One step of the path to a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum PathStep {
    /// A field, a parameter, or the part of the request: `body`, `query`, `path`.
    Name(String),
    /// An index in a list, from 0.
    Index(i64),
}

/// How far a stream had come before it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StreamProgress {
    /// The `id` of the last event that had one.
    pub last_event_id: Option<String>,
    /// How many events were received.
    pub events_received: u64,
    /// How many times the client began to look for the answer in the session's history.
    pub reconnect_attempts: u32,
}
