//! Deciding on plans.

use super::ChatResource;
use crate::call::operation::Validated;
use crate::call::{Call, Driver, ValueOnly};
use crate::error::Error;
use crate::operations::{APPROVE, CANCEL, PlanAction};
use crate::types::{PlanId, SessionId};

impl<D: Driver> ChatResource<D> {
    /// Approves a plan that waits for it.
    ///
    /// A plan that runs in the background is answered at once with
    /// [`status`](crate::PlanActionResponse::status) `accepted`; its result
    /// appears in the session's history: see
    /// [`wait_for_answer`](Self::wait_for_answer).
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when another request is at work on
    /// the plan.
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
        self.plan_action(session_id.into(), plan_id, APPROVE)
    }

    /// Cancels a plan that waits for approval.
    ///
    /// # Errors
    ///
    /// [`Conflict`](crate::ErrorKind::Conflict) when another request is at work on
    /// the plan.
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
        self.plan_action(session_id.into(), plan_id, CANCEL)
    }

    fn plan_action<P>(
        &self,
        session_id: SessionId,
        plan_id: P,
        action: &'static str,
    ) -> Call<PlanAction, ValueOnly, D>
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        let (plan_id, problem) = match plan_id.try_into() {
            Ok(plan_id) => (Some(plan_id), None),
            Err(problem) => (None, Some(problem.into())),
        };
        let mut operation = Validated::new(PlanAction {
            session_id,
            plan_id,
            action,
        });
        if let Some(problem) = problem {
            operation.reject(problem);
        }
        self.validated(operation)
    }
}
