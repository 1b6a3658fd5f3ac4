//! Approving and cancelling plans.

use super::ChatResource;
use crate::call::{Call, Driver, ValueOnly};
use crate::error::Error;
use crate::operations::{Action, PlanAction};
use crate::types::{PlanId, SessionId};

impl<D: Driver> ChatResource<D> {
    /// Approves a plan that waits for approval, so that the service carries it out.
    ///
    /// Gives a [`PlanActionResponse`](crate::PlanActionResponse).
    ///
    /// If the plan runs in the background (202), the reply comes at once with
    /// [`status`](crate::PlanActionResponse::status) `accepted`, and the result appears
    /// in the session's history: see [`wait_for_answer`](Self::wait_for_answer).
    ///
    /// # Errors
    ///
    /// - [`Conflict`](crate::ErrorKind::Conflict) if another request is working on the plan.
    /// - [`NotFound`](crate::ErrorKind::NotFound) if there is no such session or plan.
    /// - [`Validation`](crate::ErrorKind::Validation) if the plan was already approved or
    ///   cancelled, or its id is not valid (see [`PlanId`]).
    /// - Those of [every call](ChatResource#errors). If
    ///   [`outcome_unknown`](crate::Error::outcome_unknown) is true, the service may have
    ///   acted on the plan.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let error = chats.send(id, "Find damaged poles and select them").await.unwrap_err();
    /// let plan = error.plan().expect("the agent asks first");
    /// let outcome = chats.approve_plan(id, &plan.plan_id).await?;
    /// println!("{} {:?}", outcome.message, outcome.status());
    /// # Ok(()) });
    /// ```
    pub fn approve_plan<P>(
        &self,
        session_id: impl Into<SessionId>,
        plan_id: P,
    ) -> Call<PlanAction, ValueOnly, D>
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        self.call(PlanAction::new(session_id.into(), plan_id, Action::Approve))
    }

    /// Cancels a plan that waits for approval.
    ///
    /// Gives a [`PlanActionResponse`](crate::PlanActionResponse).
    ///
    /// # Errors
    ///
    /// - [`Conflict`](crate::ErrorKind::Conflict) if another request is working on the plan.
    /// - [`NotFound`](crate::ErrorKind::NotFound) if there is no such session or plan.
    /// - [`Validation`](crate::ErrorKind::Validation) if the plan was already approved or
    ///   cancelled, or its id is not valid (see [`PlanId`]).
    /// - Those of [every call](ChatResource#errors). If
    ///   [`outcome_unknown`](crate::Error::outcome_unknown) is true, the service may have
    ///   acted on the plan.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let error = chats.send(id, "Find damaged poles and select them").await.unwrap_err();
    /// let plan = error.plan().expect("the agent asks first");
    /// assert!(chats.cancel_plan(id, &plan.plan_id).await?.success);
    /// # Ok(()) });
    /// ```
    pub fn cancel_plan<P>(
        &self,
        session_id: impl Into<SessionId>,
        plan_id: P,
    ) -> Call<PlanAction, ValueOnly, D>
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        self.call(PlanAction::new(session_id.into(), plan_id, Action::Cancel))
    }
}
