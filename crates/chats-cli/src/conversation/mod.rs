//! A conversation: one message after the other in one session, until the person
//! leaves. What is typed comes from [`editor`], or line by line from a pipe;
//! [`slash`] reads the `/commands`, [`slash_actions`] carries them out.

mod editor;
mod slash;
mod slash_actions;

use std::io::{BufRead, IsTerminal, Read};

use chats::ImageReference;

use crate::answer::{self, Question};
use crate::args::ChatArgs;
use crate::chat_session::Talk;
use crate::commands::Context;
use crate::commands::chat;
use crate::failure::{Exit, Failure, Result};
use crate::interrupts;
use crate::output;
use crate::terminal::safe_line;
use editor::{LineEditor, Typed};

/// Leads a conversation to its end.
pub(crate) async fn lead(context: &mut Context, args: &ChatArgs, talk: &mut Talk) -> Result<()> {
    let typing = std::io::stdin().is_terminal() && context.terminal.rich && !context.json;
    let mut conversation = Conversation {
        args,
        images: Vec::new(),
        worst: None,
    };
    if typing {
        conversation.greet(context, talk);
        conversation.typed(context, talk).await
    } else {
        conversation.piped(context, talk).await
    }
}

/// What a conversation remembers.
struct Conversation<'a> {
    args: &'a ChatArgs,
    /// The images of the last table, to be picked by their numbers.
    images: Vec<ImageReference>,
    /// The exit code of the first failure, if the input is piped.
    worst: Option<Exit>,
}

/// Whether a conversation goes on.
#[derive(PartialEq)]
enum Next {
    GoOn,
    Leave,
}

impl Conversation<'_> {
    fn greet(&self, context: &Context, talk: &Talk) {
        let title = match &talk.title {
            Some(title) => format!("“{}”", safe_line(title)),
            None => talk.id.to_string(),
        };
        let hint = context.terminal.dim("/help lists commands.");
        output::remark(format!("{title}  {hint}"));
    }

    /// Reads messages from a person at the keyboard.
    async fn typed(&mut self, context: &mut Context, talk: &mut Talk) -> Result<()> {
        let mut editor = LineEditor::new()?;
        // Whether the person has pressed Ctrl-C and sent nothing since.
        let mut warned = false;
        loop {
            let typed = tokio::select! {
                biased;
                // A signal from outside, or a Ctrl-C before the prompt was there.
                () = context.interrupts.next() => return Err(Failure::Interrupted),
                typed = editor.read("> ") => typed?,
            };
            match typed {
                Typed::End => return Ok(()),
                Typed::Interrupt if warned => return Err(Failure::Interrupted),
                Typed::Interrupt => {
                    warned = true;
                    output::remark("Press Ctrl-C again to quit.");
                }
                Typed::NotText => output::complain("that line is not text in UTF-8"),
                Typed::Message(line) => {
                    warned = false;
                    match self.take(context, talk, &line).await {
                        Ok(Next::GoOn) => {}
                        Ok(Next::Leave) => return Ok(()),
                        // Ctrl-C stops the answer; other signals end the program.
                        Err(Failure::Interrupted) if interrupts::was_control_c() => {
                            warned = true;
                            output::remark("Stopped; press Ctrl-C again to quit.");
                        }
                        // A failed message is no reason to end the conversation.
                        Err(Failure::Told(_, sentence)) => output::complain(&sentence),
                        Err(failure) => return Err(failure),
                    }
                }
            }
        }
    }

    /// From a pipe: each line is a message.
    async fn piped(&mut self, context: &mut Context, talk: &mut Talk) -> Result<()> {
        loop {
            let line = tokio::select! {
                biased;
                () = context.interrupts.next() => return Err(Failure::Interrupted),
                line = tokio::task::spawn_blocking(next_line) => {
                    line.map_err(std::io::Error::other)??
                }
            };
            let Some(line) = line else { break };
            let taken = match chat::text(line, "a line of standard input") {
                Ok(line) => self.take(context, talk, &line).await,
                Err(failure) => Err(failure),
            };
            match taken {
                Ok(Next::GoOn) => {}
                Ok(Next::Leave) => break,
                Err(Failure::Told(exit, sentence)) => {
                    output::complain(&sentence);
                    self.worst.get_or_insert(exit);
                }
                Err(failure) => return Err(failure),
            }
        }
        self.worst.map_or(Ok(()), |exit| Err(Failure::Shown(exit)))
    }

    /// One line: a message or a `/command`.
    async fn take(&mut self, context: &mut Context, talk: &mut Talk, line: &str) -> Result<Next> {
        let line = line.trim();
        if line.is_empty() {
            return Ok(Next::GoOn);
        }
        if line.starts_with('/') && context.json {
            return Err(Failure::usage(
                "a conversation with --json only takes messages; use the other `chats` commands for the rest",
            ));
        }
        if line.starts_with('/') {
            let command = slash::parse(line).map_err(Failure::usage)?;
            return self.act(context, talk, command).await;
        }
        let mut show = answer::show(context);
        let question = Question {
            chats: &talk.chats,
            session: talk.id,
            message: line,
            detailed: self.args.detailed,
            reasoning: self.args.reasoning,
        };
        let ended = answer::ask(question, &mut *show, &mut context.interrupts).await?;
        if !show.images().is_empty() {
            self.images = show.images().to_vec();
        }
        chat::conclude(context, talk, self.args.yes, ended).await?;
        Ok(Next::GoOn)
    }
}

/// The next line of standard input, or as much of it as shows that it is too long.
fn next_line() -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut input = std::io::stdin().lock().take(chat::MOST_INPUT);
    let mut read = input.read_until(b'\n', &mut line);
    if line.len() as u64 == chat::MOST_INPUT && !line.ends_with(b"\n") {
        // What is left of this line is no message of its own.
        read = input.into_inner().skip_until(b'\n').and(read);
    }
    match read.map_err(|error| Failure::local("read standard input", &error))? {
        0 => Ok(None),
        _ => Ok(Some(line)),
    }
}
