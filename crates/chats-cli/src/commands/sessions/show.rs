//! `chats sessions show`.

use chats::{ChatMessage, ChatSessionDetail, Role};
use serde_json::{Value, json};

use crate::args::ShowArgs;
use crate::commands::Context;
use crate::counting::counted;
use crate::dates;
use crate::failure::Result;
use crate::markdown;
use crate::output;
use crate::terminal::{Terminal, safe, safe_line};

pub(crate) async fn run(context: &Context, args: ShowArgs) -> Result<()> {
    let mut call = context.chats().get_session(args.session);
    if let Some(messages) = args.messages {
        call = call.message_limit(messages);
    }
    let detail = call.await?;
    if context.json {
        return Ok(output::json(&with_plain_text(&detail))?);
    }
    for line in head(context.terminal, &detail) {
        output::line(line)?;
    }
    for message in &detail.messages {
        output::line("")?;
        for line in said(context.terminal, message) {
            output::line(line)?;
        }
    }
    Ok(())
}

/// The session as the SDK gives it, and with each message its plain text.
fn with_plain_text(detail: &ChatSessionDetail) -> Value {
    let mut value = json!(detail);
    for (message, line) in detail
        .messages
        .iter()
        .zip(value["messages"].as_array_mut().into_iter().flatten())
    {
        line["resolved_content"] = message.resolved_content().into();
    }
    value
}

fn head(terminal: Terminal, detail: &ChatSessionDetail) -> Vec<String> {
    let session = &detail.session;
    let mut facts = vec![session.id.to_string()];
    match session.is_active {
        Some(true) => facts.push("open".to_owned()),
        Some(false) => facts.push("closed".to_owned()),
        None => {}
    }
    if let Some(at) = session.created_at {
        facts.push(format!("since {}", dates::long(at)));
    }
    let mut lines = vec![terminal.bold(&safe_line(&session.title)), facts.join(", ")];
    let selected = detail.selected_image_ids.len();
    lines.push(match session.use_all_images {
        Some(false) => counted(selected, "selected image"),
        _ if selected > 0 => format!("all images, {selected} of them selected"),
        _ => "all images".to_owned(),
    });
    let left = [
        (session.remaining_messages, "message"),
        (session.remaining_tokens, "token"),
    ];
    let left: Vec<String> = left
        .iter()
        .filter_map(|(count, what)| Some(counted((*count)?, what)))
        .collect();
    if !left.is_empty() {
        lines.push(format!("{} left", left.join(" and ")));
    }
    lines
}

/// A message under the name of who said it.
fn said(terminal: Terminal, message: &ChatMessage) -> Vec<String> {
    let who = match &message.role {
        Role::User => "You",
        Role::Assistant => "Agent",
        other => other.as_str(),
    };
    let mut name = terminal.bold(&safe_line(who));
    if let Some(at) = message.created_at {
        name = format!("{name} {}", terminal.dim(&dates::long(at)));
    }
    let mut lines = vec![name];
    if message.role == Role::Assistant {
        lines.extend(markdown::message(terminal, message));
    } else {
        lines.extend(safe(&message.resolved_content()).lines().map(str::to_owned));
    }
    lines
}
