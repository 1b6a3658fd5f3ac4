//! The arguments of `chats plan`.

use chats::{PlanId, SessionId};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    /// Approve a plan, so that the agent carries it out.
    #[command(
        after_help = "Example:\n  chats plan approve 7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de001 plan_1\n\nWith --json: {success, plan_id, message, action_taken, results, agent_results,\npending_actions, status}; status is `accepted` if it runs in the background."
    )]
    Approve(PlanArgs),
    /// Cancel a plan.
    #[command(
        after_help = "Example:\n  chats plan cancel 7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de001 plan_1\n\nWith --json: {success, plan_id, message, action_taken, results, agent_results,\npending_actions, status}; status is `accepted` if it runs in the background."
    )]
    Cancel(PlanArgs),
}

#[derive(Args, Debug)]
pub(crate) struct PlanArgs {
    /// The session that the plan belongs to.
    #[arg(value_name = "SESSION")]
    pub(crate) session: SessionId,
    /// The plan.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: PlanId,
}
