//! Approving and cancelling plans.

use std::pin::pin;

use chats_raw::types as raw;

use crate::call::operation::{CallContext, Run};
use crate::error::Result;
use crate::retry::breaker::EndpointGroup;
use crate::transport::{Exchange, OperationSpec, Reply, ReplyKind};
use crate::types::{PlanActionResponse, PlanId, SessionId, from_raw};

/// The operation behind [`ChatResource::approve_plan`](crate::ChatResource::approve_plan)
/// and [`cancel_plan`](crate::ChatResource::cancel_plan). It has only the options of every
/// [`Call`](crate::Call).
#[derive(Clone, Debug)]
pub struct PlanAction {
    pub(crate) session_id: SessionId,
    pub(crate) plan_id: Option<PlanId>,
    pub(crate) action: Action,
}

/// What becomes of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Approve,
    Cancel,
}

impl Action {
    /// The action as it stands on the wire.
    fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Cancel => "cancel",
        }
    }

    pub(crate) fn spec(self) -> &'static OperationSpec {
        match self {
            Self::Approve => PlanAction::SPEC,
            Self::Cancel => {
                const CANCEL: &OperationSpec = &OperationSpec {
                    doing: "cancel the plan",
                    ..*PlanAction::SPEC
                };
                CANCEL
            }
        }
    }
}

impl Run for PlanAction {
    type Output = PlanActionResponse;

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "plan_action",
        doing: "approve the plan",
        group: EndpointGroup::Plans,
        idempotent: false,
        look_first: Some(
            "the service may have acted on the plan: check the session's messages before trying again",
        ),
        reply: ReplyKind::Json,
    };

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    async fn run(self, context: CallContext) -> Result<Reply<PlanActionResponse>> {
        let CallContext { client, options } = context;
        let session_id = self.session_id;
        let exchange = Exchange::new(&client, self.action.spec(), Some(session_id), options)?;
        // A plan's id that was not accepted has failed the call before this.
        let plan_id = self.plan_id.unwrap_or_else(|| PlanId::from_wire(""));
        plan_id.check().map_err(|error| exchange.fail(error))?;
        let body = raw::PlanActionRequest {
            action: self.action.as_str().to_owned(),
            plan_data: None,
        };
        let raw = exchange.raw();
        let session_id = session_id.as_uuid();
        let call = raw.execute_plan_action(session_id, plan_id.as_str(), &body);
        let reply = exchange.json_or_accepted(pin!(call)).await?;
        Ok(reply.map(|raw| match raw {
            Some(raw) => from_raw::plan_action(raw, self.action.as_str()),
            None => from_raw::plan_accepted(plan_id, self.action.as_str()),
        }))
    }
}
