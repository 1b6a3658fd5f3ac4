//! Approving and cancelling plans.

use chats_raw::types as raw;

use crate::call::operation::{CallContext, Run};
use crate::error::Result;
use crate::retry::breaker::EndpointGroup;
use crate::transport::{OperationSpec, Reply, ReplyKind};
use crate::types::{PlanActionResponse, PlanId, SessionId, from_raw};

/// [`ChatResource::approve_plan`](crate::ChatResource::approve_plan) and
/// [`cancel_plan`](crate::ChatResource::cancel_plan).
#[derive(Clone, Debug)]
pub struct PlanAction {
    pub(crate) session_id: SessionId,
    pub(crate) plan_id: Option<PlanId>,
    pub(crate) action: &'static str,
}

pub(crate) const APPROVE: &str = "approve";
pub(crate) const CANCEL: &str = "cancel";

impl Run for PlanAction {
    type Output = PlanActionResponse;

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "plan_action",
        doing: "decide on the plan",
        group: EndpointGroup::Plans,
        idempotent: false,
        look_first: Some("the decision may have been applied: look at the session first"),
        reply: ReplyKind::JsonOrAccepted,
    };

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    async fn run(self, context: CallContext) -> Result<Reply<PlanActionResponse>> {
        let exchange = context.begin::<Self>(Some(self.session_id))?;
        // A plan's id that was not accepted has failed the call before this.
        let plan_id = self.plan_id.unwrap_or_else(|| PlanId::from_wire(""));
        plan_id.check().map_err(|error| exchange.fail(error))?;
        let body = raw::PlanActionRequest {
            action: self.action.to_owned(),
            plan_data: None,
        };
        let raw = exchange.raw();
        let session_id = self.session_id.as_uuid();
        let call = raw.execute_plan_action(session_id, plan_id.as_str(), &body);
        let reply = exchange.json_or_accepted(call).await?;
        Ok(reply.map(|raw| match raw {
            Some(raw) => from_raw::plan_action(raw, self.action),
            None => from_raw::plan_accepted(plan_id, self.action),
        }))
    }
}
