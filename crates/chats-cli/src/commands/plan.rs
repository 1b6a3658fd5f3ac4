//! `chats plan`.

use crate::args::PlanCommand;
use crate::commands::Context;
use crate::failure::{Failure, Result};
use crate::output;
use crate::plan;
use crate::program;

pub(crate) async fn run(context: &Context, command: PlanCommand) -> Result<()> {
    let chats = context.chats();
    let (PlanCommand::Approve(args) | PlanCommand::Cancel(args)) = &command;
    let session = args.session;
    let response = match command {
        PlanCommand::Approve(args) => chats.approve_plan(args.session, args.plan.as_str()).await?,
        PlanCommand::Cancel(args) => chats.cancel_plan(args.session, args.plan.as_str()).await?,
    };
    if context.json {
        output::json(&response)?;
    } else {
        for line in plan::outcome(&response) {
            output::line(line)?;
        }
        plan::point_to_export(&response, session);
    }
    if response.success {
        Ok(())
    } else {
        let program = program::name();
        Err(Failure::refused(format!(
            "the plan did not change; `{program} sessions show {session}` shows it"
        )))
    }
}
