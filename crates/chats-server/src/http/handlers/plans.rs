//! Approving and cancelling plans.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::AGENT;
use crate::conversation::{self, Approval};
use crate::http::call::settle;
use crate::http::{ApiError, Call};
use crate::state::App;
use crate::validation::{PlanAction, PlanVerb, Problems};

pub(in crate::http) async fn act(
    State(app): State<Arc<App>>,
    call: Call,
) -> Result<Response, ApiError> {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let request = call.body(&mut problems, PlanAction::read)?;
    let (id, request) = settle(problems, id.zip(request))?;
    let plan_id = call.path_text("plan_id");
    let reply = match request.verb {
        PlanVerb::Cancel => {
            conversation::cancel(&app, call.person, id, plan_id).await?;
            reply(plan_id, "The plan was cancelled.", "cancelled", None)
        }
        PlanVerb::Approve => match conversation::approve(&app, call.person, id, plan_id).await? {
            Approval::Done(results) => reply(
                plan_id,
                "The plan was carried out.",
                "approved",
                Some(&results),
            ),
            Approval::Accepted => return Ok(StatusCode::ACCEPTED.into_response()),
        },
    };
    Ok(Json(reply).into_response())
}

fn reply(plan_id: &str, message: &str, action: &str, results: Option<&Value>) -> Value {
    let agents = results
        .map(|results| json!([{"agent_name": AGENT, "status": "completed", "results": results}]));
    json!({
        "success": true,
        "plan_id": plan_id,
        "message": message,
        "action_taken": action,
        "results": results,
        "agent_results": agents,
        "pending_actions": null,
    })
}
