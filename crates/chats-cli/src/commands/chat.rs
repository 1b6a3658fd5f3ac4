//! `chats chat`: one question, or a conversation.

use std::io::Read;

use crate::answer::{self, Ended, JsonLines, PlainText, Question, Show};
use crate::args::ChatArgs;
use crate::commands::Context;
use crate::failure::{Failure, Result};
use crate::talk::Talk;

pub(crate) async fn run(context: &mut Context, args: ChatArgs) -> Result<()> {
    let message = match args.message.as_deref() {
        Some("-") => standard_input()?,
        Some(message) => message.to_owned(),
        None => return Err(Failure::usage("no message")),
    };
    let chats = context.connection.client.chats();
    let mut talk = Talk::begin(chats, &args, &mut context.interrupts).await?;
    let result = one_answer(context, &args, &mut talk, &message).await;
    talk.end(result, &mut context.interrupts).await
}

async fn one_answer(
    context: &mut Context,
    args: &ChatArgs,
    talk: &mut Talk,
    message: &str,
) -> Result<()> {
    let mut show: Box<dyn Show> = if context.json {
        Box::new(JsonLines)
    } else {
        Box::new(PlainText::default())
    };
    let question = Question {
        chats: &talk.chats,
        session: talk.id,
        message,
        detailed: args.detailed,
        reasoning: args.reasoning,
    };
    match answer::ask(question, &mut *show, &mut context.interrupts).await? {
        Ended::Answered(_) => Ok(()),
        Ended::Stopped => Err(Failure::Interrupted),
        Ended::Planned(plan) => crate::decision::decide(context, talk, args.yes, &plan).await,
    }
}

fn standard_input() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::local("read the message from standard input", &error))?;
    Ok(text.trim().to_owned())
}
