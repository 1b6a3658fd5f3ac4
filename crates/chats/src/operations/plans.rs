//! Approving and cancelling plans.

use std::pin::pin;

use chats_raw::types as raw;

use crate::call::operation::{CallContext, Run, Running};
use crate::error::{Error, Result};
use crate::retry::breaker::EndpointGroup;
use crate::transport::{Exchange, OperationSpec, ReplyKind};
use crate::types::{PlanActionResponse, PlanId, SessionId, from_raw};

/// The operation behind [`ChatResource::approve_plan`](crate::ChatResource::approve_plan)
/// and [`cancel_plan`](crate::ChatResource::cancel_plan). It has only the options of every
/// [`Call`](crate::Call).
#[derive(Debug)]
pub struct PlanAction {
    session_id: SessionId,
    /// An id that is not valid fails the call before anything is sent.
    plan_id: Result<PlanId>,
    action: Action,
}

impl PlanAction {
    pub(crate) fn new<P>(session_id: SessionId, plan_id: P, action: Action) -> Self
    where
        P: TryInto<PlanId>,
        P::Error: Into<Error>,
    {
        Self {
            session_id,
            plan_id: plan_id.try_into().map_err(Into::into),
            action,
        }
    }
}

/// What to do with a plan.
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

    fn spec(self) -> &'static OperationSpec {
        match self {
            Self::Approve => PlanAction::SPEC,
            Self::Cancel => {
                const CANCEL: &OperationSpec = &OperationSpec {
                    name: "cancel_plan",
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

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "approve_plan",
        doing: "approve the plan",
        group: EndpointGroup::Plans,
        idempotent: false,
        look_first: Some(
            "the service may have acted on the plan: check the session's messages before trying again",
        ),
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<PlanActionResponse> {
        Box::pin(async move {
            let CallContext { client, options } = context;
            let session_id = self.session_id;
            let exchange = Exchange::new(&client, self.action.spec(), Some(session_id), options)?;
            let checked = self.plan_id.and_then(|id| id.check().map(|()| id));
            let plan_id = checked.map_err(|error| exchange.fail(error))?;
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
        })
    }
}
