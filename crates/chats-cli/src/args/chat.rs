//! The arguments of `chats chat`.

use chats::{ImageId, SessionId};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  chats chat                                       a conversation; /help lists commands
  chats chat \"Find damaged poles\"                  one question, one answer
  chats chat --session ID \"Which is the worst?\"    continue a session
  git diff | chats chat -                          read the message from standard input
  chats --json chat \"Find poles\" | jq -r 'select(.type==\"answer\").resolved_content'

A session that this command creates is closed at the end, unless --keep is given
or a plan is still waiting or running; one given with --session stays open.

With --json, each event of the answer is one line: the service's own fields, except
for `accumulated` (the text so far), plus `type` and, if present, `event_id`. The
last line has type `answer` and holds the complete answer, or has type `plan` (a
plan is waiting), `interrupted` or `error`. After an approved plan come
`plan_result` and, if the agent reports, `message`; or `unfinished`, if the plan
takes longer than AIONVISION_POLLING_TIMEOUT.";

/// Ask a question, or have a conversation.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ChatArgs {
    /// The message; `-` reads it from standard input. Without a message, start
    /// a conversation.
    pub(crate) message: Option<String>,
    /// Continue this session, and leave it open.
    #[arg(short, long, value_name = "ID")]
    pub(crate) session: Option<SessionId>,
    /// Title of the new session.
    #[arg(long, conflicts_with = "session")]
    pub(crate) title: Option<String>,
    /// Use only this image; may be repeated.
    #[arg(long, value_name = "ID", conflicts_with = "session")]
    pub(crate) image: Vec<ImageId>,
    /// Leave the new session open at the end.
    #[arg(long, conflicts_with = "session")]
    pub(crate) keep: bool,
    /// Approve plans without asking.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Ask for a detailed analysis of the images.
    #[arg(long)]
    pub(crate) detailed: bool,
    /// Show the agent's reasoning; in a pipe, on standard error.
    #[arg(long)]
    pub(crate) reasoning: bool,
}
