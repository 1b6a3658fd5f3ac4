//! Decides on a plan that waits: approves it with `--yes`, asks if there is a person to
//! ask, and else leaves it waiting in its session.

use chats::{ChatMessage, ErrorKind, MessageId, PendingPlan, PlanActionResponse, Role};
use serde_json::json;

use crate::answer::{self, json};
use crate::chat_session::Talk;
use crate::commands::Context;
use crate::failure::{Failure, Result};
use crate::markdown;
use crate::output;
use crate::plan;
use crate::program;
use crate::progress::Progress;
use crate::prompt;

/// Decides on a plan that was shown already.
pub(crate) async fn decide(
    context: &mut Context,
    talk: &mut Talk,
    yes: bool,
    pending: &PendingPlan,
) -> Result<()> {
    let approve = if yes {
        true
    } else if context.terminal.asks && !context.json {
        let confirmed = tokio::select! {
            // First, so that nothing is read from the keyboard after an interrupt.
            biased;
            () = context.interrupts.next() => Err(Failure::Interrupted),
            confirmed = prompt::confirm("Approve this plan?") => confirmed,
        };
        match confirmed {
            Ok(approve) => approve,
            Err(failure) => {
                cancel(context, talk, pending).await?;
                return Err(failure);
            }
        }
    } else {
        return Err(left_waiting(talk, pending));
    };
    if approve {
        carry_out(context, talk, pending).await
    } else {
        let response = cancel(context, talk, pending).await?;
        tell(context, &response)
    }
}

/// Leaves the plan waiting, and so its session open.
fn left_waiting(talk: &mut Talk, pending: &PendingPlan) -> Failure {
    talk.keep();
    Failure::refused(format!(
        "a plan is waiting for approval; {}, or ask again with --yes",
        how_to_decide(talk, pending)
    ))
}

fn how_to_decide(talk: &Talk, pending: &PendingPlan) -> String {
    format!(
        "run `{program} plan approve {session} {plan}` or \
         `{program} plan cancel {session} {plan}`",
        program = program::name(),
        session = talk.id,
        plan = program::shell_word(pending.plan_id.as_str()),
    )
}

/// After a failed answer: leaves a session open in which a plan may wait, and says how to
/// decide on it.
pub(crate) fn look_out(context: &Context, talk: &mut Talk, error: &chats::Error) {
    let Some(pending) = error.plan() else {
        // A plan without an id can only be looked up.
        if error.awaits_approval() {
            talk.leave_open();
        }
        return;
    };
    talk.leave_open();
    if !context.json {
        let decide = how_to_decide(talk, pending);
        output::remark(format!("The plan may still be waiting; {decide}."));
    }
}

/// Cancels a plan; Ctrl-C gives up on it.
async fn cancel(
    context: &mut Context,
    talk: &Talk,
    pending: &PendingPlan,
) -> Result<PlanActionResponse> {
    let call = talk.chats.cancel_plan(talk.id, pending.plan_id.as_str());
    tokio::select! {
        () = context.interrupts.next() => Err(Failure::Interrupted),
        response = call => Ok(response?),
    }
}

async fn carry_out(context: &mut Context, talk: &mut Talk, pending: &PendingPlan) -> Result<()> {
    let approved = approve(context, talk, pending).await;
    // The session stays open, since the plan may still wait or be under way.
    let (last, response) = approved.inspect_err(|_| talk.leave_open())?;
    tell(context, &response)?;
    if response.status() == Some("accepted") {
        return wait(context, talk, pending, last).await;
    }
    if !response.success {
        return Err(Failure::refused(
            "the plan was not carried out; try rephrasing the request",
        ));
    }
    let messages = tokio::select! {
        () = context.interrupts.next() => return answer::stopped(context),
        messages = talk.chats.get_messages(talk.id) => messages,
    };
    // The plan is done, even if its report cannot be read.
    if let Ok(messages) = messages {
        let mut new = messages
            .into_iter()
            .rev()
            .take_while(|m| Some(&m.id) != last.as_ref());
        if let Some(answer) = new.find(|message| message.role == Role::Assistant) {
            report(context, &answer)?;
        }
    }
    if !context.json {
        plan::point_to_export(&response, talk.id);
    }
    Ok(())
}

/// Approves a plan; also returns the last message before that.
async fn approve(
    context: &mut Context,
    talk: &Talk,
    pending: &PendingPlan,
) -> Result<(Option<MessageId>, PlanActionResponse)> {
    let spinner = Progress::spinner(context.terminal, "Carrying out the plan");
    let chats = &talk.chats;
    let work = async {
        let before = chats.get_messages(talk.id).await?;
        let last = before.into_iter().last().map(|message| message.id);
        let response = chats
            .approve_plan(talk.id, pending.plan_id.as_str())
            .await?;
        Ok((last, response))
    };
    // An interrupt that came before counts too, and comes first: nothing is approved after it.
    let approved = tokio::select! {
        biased;
        () = context.interrupts.next() => None,
        approved = work => Some(approved),
    };
    drop(spinner);
    match approved {
        Some(Ok(approved)) => Ok(approved),
        Some(Err(error)) => answer::failed(context, error),
        None => answer::stopped(context),
    }
}

fn tell(context: &Context, response: &PlanActionResponse) -> Result<()> {
    if context.json {
        return Ok(output::json(&json::line("plan_result", response))?);
    }
    for line in plan::outcome(response) {
        output::line(line)?;
    }
    Ok(())
}

/// Waits for the message in which a plan that runs in the background reports. Until it has,
/// its session must stay open.
async fn wait(
    context: &mut Context,
    talk: &mut Talk,
    pending: &PendingPlan,
    last: Option<MessageId>,
) -> Result<()> {
    let spinner = Progress::spinner(context.terminal, "The plan is running in the background");
    let mut answer = talk.chats.wait_for_answer(talk.id);
    if let Some(last) = last {
        answer = answer.after(last);
    }
    let answer = tokio::select! {
        () = context.interrupts.next() => None,
        answer = answer => Some(answer),
    };
    drop(spinner);
    match answer {
        Some(Ok(answer)) => report(context, &answer),
        Some(Err(error)) if error.kind() == ErrorKind::Timeout => {
            unfinished(context, talk, pending)
        }
        Some(Err(error)) => {
            talk.leave_open();
            answer::failed(context, error)
        }
        None => {
            output::remark("It continues in the background.");
            talk.leave_open();
            answer::stopped(context)
        }
    }
}

/// The plan takes longer than this command waits.
fn unfinished(context: &Context, talk: &mut Talk, pending: &PendingPlan) -> Result<()> {
    talk.leave_open();
    let id = talk.id;
    if context.json {
        let plan = json!({"session_id": id, "plan_id": pending.plan_id});
        return Ok(output::json(&json::line("unfinished", plan))?);
    }
    let program = program::name();
    output::remark(format!(
        "It is not finished yet; `{program} sessions show {id}` will show its result."
    ));
    Ok(())
}

fn report(context: &Context, answer: &ChatMessage) -> Result<()> {
    if context.json {
        let line = json::spoken("message", answer, answer.resolved_content());
        return Ok(output::json(&line)?);
    }
    for line in markdown::message(context.terminal, answer) {
        output::line(line)?;
    }
    Ok(())
}
