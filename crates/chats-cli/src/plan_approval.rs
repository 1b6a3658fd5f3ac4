//! Decides on a plan that waits: approves it with `--yes`, asks if there is a person to
//! ask, and else leaves it waiting in its session.

use chats::{ChatMessage, ErrorKind, MessageId, PendingPlan, PlanActionResponse, Role};
use serde_json::{Value, json};

use crate::answer;
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
        "a plan is waiting for approval; run `{program} plan approve {session} {plan}` or \
         `{program} plan cancel {session} {plan}`, or ask again with --yes",
        program = program::name(),
        session = talk.id,
        plan = program::shell_word(pending.plan_id.as_str()),
    ))
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
        return wait(context, talk, last).await;
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
        let mut line = json!(response);
        if let Value::Object(line) = &mut line {
            line.insert("type".to_owned(), "plan_result".into());
        }
        return Ok(output::json(&line)?);
    }
    for line in plan::outcome(response) {
        output::line(line)?;
    }
    Ok(())
}

/// Waits for the message in which a plan that runs in the background reports.
async fn wait(context: &mut Context, talk: &Talk, last: Option<MessageId>) -> Result<()> {
    let spinner = Progress::spinner(context.terminal, "The plan is running in the background");
    let mut answer = talk.chats.wait_for_answer(talk.id);
    if let Some(last) = last {
        answer = answer.after(last);
    }
    let answer = tokio::select! {
        () = context.interrupts.next() => {
            drop(spinner);
            output::remark("It continues in the background.");
            return Err(Failure::Interrupted);
        }
        answer = answer => answer,
    };
    drop(spinner);
    match answer {
        Ok(answer) => report(context, &answer),
        Err(error) if error.kind() == ErrorKind::Timeout => {
            output::remark("It is not finished yet; its result will appear in the session.");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

fn report(context: &Context, answer: &ChatMessage) -> Result<()> {
    if context.json {
        let mut line = json!(answer);
        if let Value::Object(line) = &mut line {
            line.insert("type".to_owned(), "message".into());
            line.insert(
                "resolved_content".to_owned(),
                answer.resolved_content().into(),
            );
        }
        return Ok(output::json(&line)?);
    }
    for line in markdown::message(context.terminal, answer) {
        output::line(line)?;
    }
    Ok(())
}
