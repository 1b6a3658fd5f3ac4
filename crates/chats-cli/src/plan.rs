//! Plans as people read them. The service does not document the form of a plan's details,
//! so they are read leniently.

use chats::{PendingPlan, PlanActionResponse, SessionId};
use serde_json::Value;

use crate::output;
use crate::program;
use crate::terminal::safe_line;

/// The names under which a plan's steps may stand.
const STEPS: &[&str] = &["steps", "actions", "tasks", "plan_steps", "pending_actions"];
/// The names under which a sentence about a plan or a step may stand.
const SENTENCES: &[&str] = &[
    "description",
    "summary",
    "message",
    "title",
    "name",
    "text",
    "action",
    "tool_name",
];

/// A plan: what it is for, then its steps, each on a line.
pub(crate) fn lines(plan: &PendingPlan) -> Vec<String> {
    let mut lines = Vec::new();
    let summary = ["summary", "description", "message", "title"]
        .iter()
        .find_map(|name| plan.data.get(*name)?.as_str());
    lines.push(match summary {
        Some(summary) => format!("Plan: {}", safe_line(summary)),
        None => format!("Plan {}", safe_line(plan.plan_id.as_str())),
    });
    for (number, step) in (1..).zip(steps(&plan.data)) {
        lines.push(format!("  {number}. {}", sentence(step)));
    }
    if plan.data.get("runs_in_background").and_then(Value::as_bool) == Some(true) {
        lines.push("  It runs in the background.".to_owned());
    }
    lines
}

/// The steps, in the plan itself or one level down.
fn steps(data: &Value) -> &[Value] {
    let own = STEPS.iter().find_map(|name| data.get(*name)?.as_array());
    let inner = || {
        let inner = ["plan", "plan_data", "details"].iter();
        let mut inner = inner.filter_map(|name| data.get(*name));
        inner.find_map(|plan| STEPS.iter().find_map(|name| plan.get(*name)?.as_array()))
    };
    own.or_else(inner).map_or(&[], Vec::as_slice)
}

fn sentence(step: &Value) -> String {
    let told = match step {
        Value::String(text) => Some(text.as_str()),
        _ => SENTENCES.iter().find_map(|name| step.get(*name)?.as_str()),
    };
    let text = match told {
        Some(text) => safe_line(text),
        None => safe_line(&step.to_string()),
    };
    match step.get("agent_name").and_then(Value::as_str) {
        Some(agent) => format!("{text} ({})", safe_line(agent)),
        None => text,
    }
}

/// The result of a decision on a plan, in one or more lines.
pub(crate) fn outcome(response: &PlanActionResponse) -> Vec<String> {
    let mut lines = Vec::new();
    let message = safe_line(&response.message);
    lines.push(match (response.status(), message.is_empty()) {
        (Some("accepted"), _) => {
            "The plan is running in the background; its result will appear in the session."
                .to_owned()
        }
        (_, false) => message,
        (_, true) => format!(
            "Plan {}: {}.",
            safe_line(response.plan_id.as_str()),
            safe_line(&response.action_taken)
        ),
    });
    for action in response.pending_actions.iter().flatten() {
        lines.push(format!("  still to do: {}", sentence(action)));
    }
    lines
}

/// Says where the export is that a plan has made: its result holds it, and the message that
/// reports it does not.
pub(crate) fn point_to_export(response: &PlanActionResponse, session: SessionId) {
    let results = response.results.as_ref();
    if results.is_some_and(|results| results.contains_key("export")) {
        let program = program::name();
        output::remark(format!(
            "For the export: {program} sessions export {session}"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn steps_are_read_in_whatever_form_they_come() {
        for steps in [
            json!(["Find poles", "Select them"]),
            json!([{"description": "Find poles"}, {"action": "Select them"}]),
            json!([{"title": "Find poles"}, {"tool_name": "Select\u{1b} them"}]),
        ] {
            let told: Vec<String> = self::steps(&json!({"plan": {"tasks": steps}}))
                .iter()
                .map(sentence)
                .collect();
            assert_eq!(told, ["Find poles", "Select them"]);
        }
        let odd = sentence(&json!({"n": 1, "agent_name": "finder"}));
        assert_eq!(odd, "{\"agent_name\":\"finder\",\"n\":1} (finder)");
    }
}
