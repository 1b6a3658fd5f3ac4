//! `chats chat`: one question, or a conversation.

use crate::answer::{self, Ended, Question};
use crate::args::ChatArgs;
use crate::chat_session::Talk;
use crate::commands::Context;
use crate::conversation;
use crate::failure::{Failure, Result};
use crate::interrupts::Interrupts;
use crate::plan_approval;

pub(crate) async fn run(context: &mut Context, args: ChatArgs) -> Result<()> {
    let message = match args.message.as_deref() {
        Some("-") => Some(standard_input(&mut context.interrupts).await?),
        message => message.map(str::to_owned),
    };
    let mut talk = Talk::begin(context.chats(), &args, &mut context.interrupts).await?;
    let result = match message {
        Some(message) => one_answer(context, &args, &mut talk, &message).await,
        None => conversation::lead(context, &args, &mut talk).await,
    };
    talk.end(result, &mut context.interrupts).await
}

async fn one_answer(
    context: &mut Context,
    args: &ChatArgs,
    talk: &mut Talk,
    message: &str,
) -> Result<()> {
    let mut show = answer::show(context);
    let question = Question {
        chats: &talk.chats,
        session: talk.id,
        message,
        detailed: args.detailed,
        reasoning: args.reasoning,
    };
    match answer::ask(question, &mut *show, &mut context.interrupts).await? {
        Ended::Answered => Ok(()),
        Ended::Stopped => Err(Failure::Interrupted),
        Ended::Planned(plan) => plan_approval::decide(context, talk, args.yes, &plan).await,
    }
}

async fn standard_input(interrupts: &mut Interrupts) -> Result<String> {
    let text = tokio::select! {
        () = interrupts.next() => return Err(Failure::Interrupted),
        text = tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin())) => text,
    };
    let text = text.map_err(std::io::Error::other)?;
    let text =
        text.map_err(|error| Failure::local("read the message from standard input", &error))?;
    Ok(text.trim().to_owned())
}
