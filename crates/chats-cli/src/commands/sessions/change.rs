//! `chats sessions rename` and `chats sessions close`.

use chats::{ClosedSession, SessionId};

use super::list::read_all;
use crate::args::{CloseArgs, RenameArgs};
use crate::commands::Context;
use crate::counting::counted;
use crate::failure::{self, Exit, Failure, Result};
use crate::output;
use crate::progress::Progress;
use crate::prompt;
use crate::sentence;
use crate::terminal::safe_line;

pub(crate) async fn rename(context: &Context, args: RenameArgs) -> Result<()> {
    let renamed = context
        .chats()
        .rename_session(args.session, args.title)
        .await?;
    if context.json {
        return Ok(output::json(&renamed)?);
    }
    Ok(output::line(format!(
        "Renamed to “{}”.",
        safe_line(&renamed.title)
    ))?)
}

pub(crate) async fn close(context: &Context, args: CloseArgs) -> Result<()> {
    let ids = if args.all {
        open_ones(context).await?
    } else {
        args.sessions
    };
    if ids.is_empty() {
        if context.json {
            return Ok(output::raw("[]\n")?);
        }
        output::remark("No session is open.");
        return Ok(());
    }
    if !args.yes && !agreed(context, ids.len(), args.all).await? {
        output::remark("Nothing was closed.");
        return Ok(());
    }
    let one = ids.len() == 1 && !args.all;
    let (closed, failed) = close_each(context, &ids).await;
    if context.json {
        match closed.first() {
            Some(only) if one => output::json(only)?,
            None if one => {}
            _ => output::json(&closed)?,
        }
    } else {
        for closed in &closed {
            output::line(told(closed))?;
        }
    }
    result(failed, one)
}

/// Asks before many sessions are closed. If nobody can be asked, named ones are closed
/// without a question, and all of them need `--yes`.
async fn agreed(context: &Context, count: usize, all: bool) -> Result<bool> {
    if context.terminal.asks && !context.json {
        if count == 1 && !all {
            return Ok(true);
        }
        return prompt::confirm(&format!("Close {}?", counted(count, "session"))).await;
    }
    if all {
        return Err(Failure::usage(format!(
            "this would close {}; add --yes to do it",
            counted(count, "session")
        )));
    }
    Ok(true)
}

async fn open_ones(context: &Context) -> Result<Vec<SessionId>> {
    let pager = context.chats().iter_sessions().active_only(true);
    let sessions = read_all(context, pager).await?;
    Ok(sessions.iter().map(|session| session.id).collect())
}

/// Closes one after the other; one that fails does not keep the others open.
async fn close_each(
    context: &Context,
    ids: &[SessionId],
) -> (Vec<ClosedSession>, Vec<chats::Error>) {
    let progress = Progress::bar(context.terminal, "Closing");
    progress.of(Some(ids.len() as u64));
    let mut closed = Vec::new();
    let mut failed = Vec::new();
    for id in ids {
        match context.chats().close_session(id).await {
            Ok(session) => closed.push(session),
            Err(error) => failed.push(error),
        }
        progress.step();
    }
    (closed, failed)
}

fn told(closed: &ClosedSession) -> String {
    match closed.total_messages {
        Some(messages) => {
            let messages = counted(messages, "message");
            format!("Closed {} after {messages}.", closed.session_id)
        }
        None => format!("Closed {}.", closed.session_id),
    }
}

fn result(mut failed: Vec<chats::Error>, one: bool) -> Result<()> {
    if one && let Some(error) = failed.pop() {
        return Err(error.into());
    }
    let mut exit: Option<Exit> = None;
    for error in failed {
        let id = error
            .session_id()
            .map(|id| format!("{id}: "))
            .unwrap_or_default();
        output::complain(&format!("{id}{}", sentence::whole(&error)));
        exit.get_or_insert(failure::exit(&error));
    }
    exit.map_or(Ok(()), |exit| Err(Failure::Shown(exit)))
}
