//! The result of approving or cancelling a plan.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::PlanId;

/// The status of a plan that runs in the background.
pub(crate) const ACCEPTED: &str = "accepted";

/// What happened to a plan that was approved or cancelled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct PlanActionResponse {
    /// Whether the action was carried out, or accepted for later; true if the service does
    /// not say.
    pub success: bool,
    /// The plan's id.
    pub plan_id: PlanId,
    /// What happened, as a sentence for people. For a 202 the client writes it; otherwise it
    /// is empty if the service sent none.
    pub message: String,
    /// What was done; if the service does not say, `approve` or `cancel`.
    pub action_taken: String,
    /// The results of the plan.
    #[serde(default)]
    pub results: Option<Map<String, Value>>,
    /// The results of each agent.
    #[serde(default)]
    pub agent_results: Option<Vec<Value>>,
    /// What remains to be done.
    #[serde(default)]
    pub pending_actions: Option<Vec<Value>>,
    #[serde(default)]
    pub(crate) status: Option<String>,
}

impl PlanActionResponse {
    /// The status that the service gave: `Some("accepted")` if the plan runs in the
    /// background (202). Its result then appears in the session's history; see
    /// [`wait_for_answer`](crate::ChatResource::wait_for_answer).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let error = session.send("Describe all my images").await.unwrap_err();
    /// let plan = error.plan().expect("so much work is asked about first");
    /// let outcome = session.approve_plan(&plan.plan_id).await?;
    /// assert_eq!(outcome.status(), Some("accepted"));
    /// # Ok(()) });
    /// ```
    pub fn status(&self) -> Option<&str> {
        self.status.as_deref()
    }
}
