//! `chats sessions list`.

use chats::pager::Pager;
use chats::{ChatSession, SessionList};
use jiff::Timestamp;
use serde_json::json;

use crate::args::ListSessions;
use crate::commands::Context;
use crate::dates;
use crate::failure::Result;
use crate::output;
use crate::program;
use crate::prompt;
use crate::table::Table;
use crate::terminal::Terminal;
use crate::whole_list;

pub(crate) async fn run(context: &Context, args: ListSessions) -> Result<()> {
    if args.all {
        return all(context, &args).await;
    }
    let mut page = args.page;
    loop {
        let list = read(context, &args, page).await?;
        if context.json {
            return Ok(output::json(&list)?);
        }
        print(context, &list, page, &args)?;
        if !list.has_more || !context.terminal.asks {
            return Ok(());
        }
        // Anything but Enter leaves.
        match prompt::line("Press Enter for the next page, q to quit: ").await? {
            Some(answer) if answer.trim().is_empty() => page += 1,
            _ => return Ok(()),
        }
    }
}

async fn read(context: &Context, args: &ListSessions, page: u32) -> Result<SessionList> {
    let mut call = context.chats().list_sessions();
    if let Some(search) = &args.search {
        call = call.search(search);
    }
    if let Some(messages) = args.min_messages {
        call = call.min_messages(messages);
    }
    let offset = u64::from(page - 1) * u64::from(args.limit);
    let call = call
        .active_only(args.active)
        .limit(args.limit)
        .offset(offset);
    Ok(call.await?)
}

async fn all(context: &Context, args: &ListSessions) -> Result<()> {
    let sessions = collect(context, args).await?;
    if context.json {
        let list = json!({"total": sessions.len(), "items": sessions, "has_more": false});
        return Ok(output::json(&list)?);
    }
    if sessions.is_empty() {
        nothing(args);
        return Ok(());
    }
    for line in table(context.terminal, &sessions) {
        output::line(line)?;
    }
    Ok(())
}

/// Every session that fits.
async fn collect(context: &Context, args: &ListSessions) -> Result<Vec<ChatSession>> {
    let mut pager = context.chats().iter_sessions();
    if let Some(search) = &args.search {
        pager = pager.search(search);
    }
    if let Some(messages) = args.min_messages {
        pager = pager.min_messages(messages);
    }
    let pager = pager.active_only(args.active);
    read_all(context, pager).await
}

/// The largest page that the service gives of sessions.
const LARGEST_PAGE: u32 = 100;

/// Every session of a list.
pub(super) async fn read_all(
    context: &Context,
    pager: Pager<ChatSession>,
) -> Result<Vec<ChatSession>> {
    let (terminal, doing) = (context.terminal, "Reading the sessions");
    Ok(whole_list::read(pager.page_size(LARGEST_PAGE), terminal, doing, "session").await?)
}

fn nothing(args: &ListSessions) {
    let program = program::name();
    let narrowed = args.search.is_some() || args.min_messages.is_some() || args.active;
    output::remark(if narrowed {
        format!("No session matches; `{program} sessions list` shows all.")
    } else {
        format!("No sessions found; start one with `{program} chat`.")
    });
}

fn print(context: &Context, list: &SessionList, page: u32, args: &ListSessions) -> Result<()> {
    if list.items.is_empty() {
        match page {
            1 => nothing(args),
            _ => output::remark("There is no such page."),
        }
        return Ok(());
    }
    for line in table(context.terminal, &list.items) {
        output::line(line)?;
    }
    let first = u64::from(page - 1) * u64::from(args.limit) + 1;
    let last = first + list.items.len() as u64 - 1;
    if list.has_more || page > 1 {
        let next = if list.has_more {
            format!("; use --page {} for the next, or --all", page + 1)
        } else {
            String::new()
        };
        let total = list.total;
        output::remark(format!("Sessions {first} to {last} of {total}{next}"));
    }
    Ok(())
}

/// The narrowest terminal on which a title has room beside all the other columns.
const ROOM: u16 = 76;

/// Sessions as a table; on a narrow terminal with fewer columns.
pub(crate) fn table(terminal: Terminal, sessions: &[ChatSession]) -> Vec<String> {
    let narrow = terminal.table_width().is_some_and(|width| width < ROOM);
    let mut table = if narrow {
        Table::list(["ID", "State", "Title"])
    } else {
        Table::list(["ID", "State", "Last", "Messages", "Title"])
    };
    for column in 0..if narrow { 2 } else { 4 } {
        table.keep_whole(column);
    }
    for session in sessions {
        let mut cells = vec![session.id.to_string().into(), state(session).into()];
        if !narrow {
            let messages = session.total_messages.map(|n| n.to_string());
            cells.push(dates::short(last(session)).into());
            cells.push(messages.unwrap_or_default().into());
        }
        cells.push((&session.title).into());
        table.row(cells);
    }
    table.lines(terminal)
}

fn state(session: &ChatSession) -> &'static str {
    match session.is_active {
        Some(true) => "open",
        Some(false) => "closed",
        None => "",
    }
}

fn last(session: &ChatSession) -> Option<Timestamp> {
    let changed = session.updated_at.or(session.created_at);
    session.last_message_at.or(changed)
}
