//! What deciding on a plan gives.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::PlanId;

/// The status of a plan that runs in the background.
pub(crate) const ACCEPTED: &str = "accepted";

/// What became of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PlanActionResponse {
    /// Whether the action was carried out, or accepted to be.
    pub success: bool,
    /// The plan.
    pub plan_id: PlanId,
    /// A sentence for a person.
    pub message: String,
    /// What was done; `approve` or `cancel` where the service did not tell.
    pub action_taken: String,
    /// What the plan gave.
    #[serde(default)]
    pub results: Option<Map<String, Value>>,
    /// What each agent gave.
    #[serde(default)]
    pub agent_results: Option<Vec<Value>>,
    /// What is still to be done.
    #[serde(default)]
    pub pending_actions: Option<Vec<Value>>,
    #[serde(default)]
    pub(crate) status: Option<String>,
}

impl PlanActionResponse {
    /// `Some("accepted")` when the plan runs in the background (202): its result
    /// then appears in the session's history.
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
