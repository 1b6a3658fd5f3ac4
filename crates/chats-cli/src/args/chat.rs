//! The arguments of `chats chat`.

use chats::{ImageId, SessionId};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  chats chat                                       a conversation; /help tells what it understands
  chats chat \"Find damaged poles\"                  one question, one answer
  chats chat --session ID \"Which is the worst?\"    go on in a session
  git diff | chats chat -                          the message comes from standard input
  chats --json chat \"Find poles\" | jq -r 'select(.type==\"answer\").resolved_content'

A session that this command makes is closed when it ends, unless --keep is
given or a plan still waits; one named by --session stays open.

With --json each event of the answer is one line: the service's own fields, with
`type` and, where there is one, `event_id`. The last line has type `answer` and
holds the whole of it, `plan` when a plan waits, `interrupted` or `error`. After
an approved plan come `plan_result` and, where the agent reports, `message`.";

/// Ask a question, or have a conversation.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ChatArgs {
    /// What to say; `-` reads it from standard input. Without it a conversation
    /// begins.
    pub(crate) message: Option<String>,
    /// Go on in this session, and leave it open.
    #[arg(short, long, value_name = "ID")]
    pub(crate) session: Option<SessionId>,
    /// Name the new session.
    #[arg(long, conflicts_with = "session")]
    pub(crate) title: Option<String>,
    /// Draw on these images alone; may be given several times.
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
    /// Show what the agent thinks on the way.
    #[arg(long)]
    pub(crate) reasoning: bool,
}
