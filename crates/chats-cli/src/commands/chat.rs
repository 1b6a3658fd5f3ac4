//! `chats chat`: one question, or a conversation.

use std::io::{BufRead, IsTerminal as _, Read as _};

use chats::limits::MAX_MESSAGE_CHARS;

use crate::answer::{self, Ended, Question};
use crate::args::ChatArgs;
use crate::chat_session::{Begun, Talk};
use crate::commands::Context;
use crate::conversation;
use crate::failure::{Failure, Result};
use crate::interrupts::Interrupts;
use crate::output;
use crate::plan_approval;
use crate::program;

pub(crate) async fn run(context: &mut Context, args: ChatArgs) -> Result<()> {
    let message = match args.message.as_deref() {
        Some("-") => Some(standard_input(&mut context.interrupts).await?),
        message => message.map(str::to_owned),
    };
    match &message {
        Some(message) => check(message)?,
        None if std::io::stdin().is_terminal() => {}
        None => wait_for_input(&mut context.interrupts).await?,
    }
    let begun = Talk::begin(context.chats(), &args, &mut context.interrupts).await;
    let mut talk = match begun {
        Begun::Talk(talk) => talk,
        Begun::Failed(error) => return answer::failed(context, error),
        Begun::Stopped => return answer::stopped(context),
    };
    let result = match message {
        Some(message) => one_answer(context, &args, &mut talk, &message).await,
        None => conversation::lead(context, &args, &mut talk).await,
    };
    if let Some(id) = talk.made().filter(|_| args.keep && !context.json) {
        let program = program::name();
        output::remark(format!(
            "The session stays open: {program} chat --session {id}"
        ));
    }
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
    let ended = answer::ask(question, &mut *show, &mut context.interrupts).await?;
    conclude(context, talk, args.yes, ended).await
}

/// What follows an answer, however it ended.
pub(crate) async fn conclude(
    context: &mut Context,
    talk: &mut Talk,
    yes: bool,
    ended: Ended,
) -> Result<()> {
    match ended {
        Ended::Answered => Ok(()),
        Ended::Stopped => Err(Failure::Interrupted),
        Ended::Planned(plan) => plan_approval::decide(context, talk, yes, &plan).await,
        Ended::Failed(error) => {
            plan_approval::look_out(context, talk, &error);
            Err(error.into())
        }
    }
}

/// More bytes than the longest message can have, however it is written.
pub(crate) const MOST_INPUT: u64 = 4 * MAX_MESSAGE_CHARS as u64 + 1024;

async fn standard_input(interrupts: &mut Interrupts) -> Result<String> {
    let read = || {
        let mut bytes = Vec::new();
        let mut input = std::io::stdin().lock().take(MOST_INPUT);
        input.read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = tokio::select! {
        () = interrupts.next() => return Err(Failure::Interrupted),
        bytes = tokio::task::spawn_blocking(read) => bytes.map_err(std::io::Error::other)?,
    };
    let bytes =
        bytes.map_err(|error| Failure::local("read the message from standard input", &error))?;
    text(bytes, "standard input")
}

/// Waits for a message, so that no session is made for a conversation without one.
async fn wait_for_input(interrupts: &mut Interrupts) -> Result<()> {
    let look = || is_blank(&mut std::io::stdin().lock());
    let empty = tokio::select! {
        () = interrupts.next() => return Err(Failure::Interrupted),
        empty = tokio::task::spawn_blocking(look) => empty.map_err(std::io::Error::other)?,
    };
    if empty.map_err(|error| Failure::local("read standard input", &error))? {
        return Err(Failure::usage(
            "standard input is empty: give a message, or pipe one message per line",
        ));
    }
    Ok(())
}

/// Whether nothing but white space comes; what does is skipped.
fn is_blank(input: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let came = input.fill_buf()?;
        if came.is_empty() {
            return Ok(true);
        }
        let length = came.len();
        let blank = came.iter().take_while(|byte| byte.is_ascii_whitespace());
        let blank = blank.count();
        input.consume(blank);
        if blank < length {
            return Ok(false);
        }
    }
}

/// A message that was read from `source`; fails if it is too long or not UTF-8.
pub(crate) fn text(bytes: Vec<u8>, source: &str) -> Result<String> {
    if bytes.len() as u64 >= MOST_INPUT {
        return Err(too_long());
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{source} is not text in UTF-8")))?;
    Ok(text.trim().to_owned())
}

/// Refuses a message that the service would only refuse once a session was made.
fn check(message: &str) -> Result<()> {
    if message.trim().is_empty() {
        return Err(Failure::usage("the message is empty"));
    }
    if message.chars().count() > MAX_MESSAGE_CHARS {
        return Err(too_long());
    }
    Ok(())
}

fn too_long() -> Failure {
    Failure::usage(format!(
        "the message is longer than {MAX_MESSAGE_CHARS} characters"
    ))
}
