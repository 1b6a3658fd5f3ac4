//! An answer on its way to the person: [`ask`] sends the message, follows the
//! stream and stops at Ctrl-C; how it looks is up to a [`Show`].

pub(crate) mod json;
mod painter;
mod plain;
mod rich;

use std::io;
use std::time::Duration;

use chats::{
    ChatResource, ChatResponse, ChatStream, ChatToken, ImageReference, PendingPlan, SessionId,
};
use futures_util::{FutureExt, StreamExt};

use json::JsonLines;
use plain::PlainText;
use rich::Rich;

use crate::commands::Context;
use crate::failure::{Failure, Result};
use crate::interrupts::Interrupts;

/// What to ask, and how.
pub(crate) struct Question<'a> {
    pub(crate) chats: &'a ChatResource,
    pub(crate) session: SessionId,
    pub(crate) message: &'a str,
    pub(crate) detailed: bool,
    pub(crate) reasoning: bool,
}

/// How an answer ended; it was shown so.
pub(crate) enum Ended {
    Answered,
    /// The agent proposes a plan instead.
    Planned(PendingPlan),
    /// Ctrl-C.
    Stopped,
    Failed(chats::Error),
}

/// Shows an answer while it arrives.
pub(crate) trait Show {
    /// The message is on its way.
    fn begin(&mut self) -> io::Result<()> {
        Ok(())
    }
    /// An event came; `text` is the answer so far.
    fn token(&mut self, token: &ChatToken, text: &str) -> io::Result<()>;
    /// For now no further event is waiting. Returns after what time to call this again if
    /// no event comes; `None` if all is shown.
    fn pause(&mut self) -> io::Result<Option<Duration>> {
        Ok(None)
    }
    /// The answer is whole.
    fn answered(&mut self, answer: &ChatResponse) -> io::Result<()>;
    /// A plan came instead.
    fn planned(&mut self, session: SessionId, plan: &PendingPlan) -> io::Result<()>;
    /// The person stopped it.
    fn stopped(&mut self) -> io::Result<()>;
    /// It failed; the error itself is printed elsewhere.
    fn failed(&mut self, error: &chats::Error) -> io::Result<()>;
    /// The images that it showed in a table.
    fn images(&self) -> &[ImageReference] {
        &[]
    }
}

/// The way to show an answer that fits where it goes.
pub(crate) fn show(context: &Context) -> Box<dyn Show> {
    if context.json {
        Box::new(JsonLines)
    } else if context.terminal.repaints() {
        Box::new(Rich::new(context.terminal))
    } else {
        Box::new(PlainText::default())
    }
}

/// Ends a command with a failure before or after an answer; with --json, prints the last
/// line.
pub(crate) fn failed<T>(context: &Context, error: chats::Error) -> Result<T> {
    if context.json {
        JsonLines.failed(&error)?;
    }
    Err(error.into())
}

/// Ends a command that Ctrl-C stopped, in the same way.
pub(crate) fn stopped<T>(context: &Context) -> Result<T> {
    if context.json {
        JsonLines.stopped()?;
    }
    Err(Failure::Interrupted)
}

/// How many events are taken before the answer is shown, however fast they come.
const AT_ONCE: usize = 64;

/// Asks, and shows the answer until it ends, fails or is stopped.
pub(crate) async fn ask(
    question: Question<'_>,
    show: &mut dyn Show,
    interrupts: &mut Interrupts,
) -> Result<Ended> {
    show.begin()?;
    let call = question
        .chats
        .send_stream(question.session, question.message)
        .force_detailed_analysis(question.detailed)
        .debug_reasoning(question.reasoning);
    let opened = tokio::select! {
        () = interrupts.next() => {
            show.stopped()?;
            return Ok(Ended::Stopped);
        }
        opened = call => opened,
    };
    let ended = match opened {
        Ok(stream) => follow(stream, show, interrupts).await?,
        Err(error) => Err(error),
    };
    match ended {
        Ok(Some(answer)) => {
            show.answered(&answer)?;
            Ok(Ended::Answered)
        }
        Ok(None) => {
            show.stopped()?;
            Ok(Ended::Stopped)
        }
        Err(error) => failed_or_planned(question.session, error, show),
    }
}

/// Shows the error, or the plan that it stands for; one that came before a real failure is
/// shown as well.
fn failed_or_planned(
    session: SessionId,
    error: chats::Error,
    show: &mut dyn Show,
) -> Result<Ended> {
    if let Some(plan) = error.plan() {
        show.planned(session, plan)?;
        if error.awaits_approval() {
            return Ok(Ended::Planned(plan.clone()));
        }
    }
    show.failed(&error)?;
    Ok(Ended::Failed(error))
}

/// The whole answer, or `None` if it was stopped.
async fn follow(
    mut stream: ChatStream,
    show: &mut dyn Show,
    interrupts: &mut Interrupts,
) -> Result<chats::Result<Option<ChatResponse>>> {
    let mut behind = None;
    loop {
        let mut next = tokio::select! {
            biased;
            () = interrupts.next() => return Ok(Ok(None)),
            token = stream.next() => token,
            () = tokio::time::sleep(behind.unwrap_or_default()), if behind.is_some() => {
                behind = show.pause()?;
                continue;
            }
        };
        for _ in 0..AT_ONCE {
            match next {
                None => return Ok(stream.finish().await.map(Some)),
                Some(Err(error)) => return Ok(Err(error)),
                Some(Ok(token)) => show.token(&token, stream.snapshot())?,
            }
            match stream.next().now_or_never() {
                Some(waiting) => next = waiting,
                None => break,
            }
        }
        behind = show.pause()?;
    }
}
