//! `chats plan`.

use crate::args::PlanCommand;
use crate::commands::Context;
use crate::failure::{Failure, Result};
use crate::output;
use crate::plan;

pub(crate) async fn run(context: &Context, command: PlanCommand) -> Result<()> {
    let chats = context.chats();
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
    }
    if response.success {
        Ok(())
    } else {
        Err(Failure::refused(
            "the plan did not change; see 'chats sessions show'",
        ))
    }
}
