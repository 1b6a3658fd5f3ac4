//! The arguments of `chats sessions`.

use std::path::PathBuf;

use chats::{ExportFormat, SessionId};
use clap::{ArgGroup, Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum SessionsCommand {
    List(ListSessions),
    Show(ShowArgs),
    Rename(RenameArgs),
    Close(CloseArgs),
    Export(ExportArgs),
}

/// List sessions, newest first.
#[derive(Args, Debug)]
#[command(
    visible_alias = "ls",
    after_help = "\
Examples:
  chats sessions list --active --search poles
  chats sessions list --page 2
  chats --json sessions list --all | jq -r '.items[].id'

With --json: {items: [session], total, has_more}."
)]
pub(crate) struct ListSessions {
    /// Only sessions that are still open.
    #[arg(long)]
    pub(crate) active: bool,
    /// Only sessions whose title or messages contain this text.
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only sessions with at least this many messages.
    #[arg(long, value_name = "N")]
    pub(crate) min_messages: Option<u32>,
    /// Sessions per page.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) limit: u32,
    /// The page to show, starting at 1.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) page: u32,
    /// List every session.
    #[arg(long, conflicts_with_all = ["limit", "page"])]
    pub(crate) all: bool,
}

/// Show a session and its messages.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  chats sessions show 7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de001 --messages 10

With --json: {session, messages, selected_image_ids, selected_video_ids,
current_search_result_ids, context_summary}; each message has
`resolved_content`, its text with references resolved.")]
pub(crate) struct ShowArgs {
    /// The session.
    #[arg(value_name = "ID")]
    pub(crate) session: SessionId,
    /// Show at most this many messages.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) messages: Option<u32>,
}

/// Rename a session.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  chats sessions rename 7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de001 \"Poles of May\"

With --json: {session_id, title, updated_at}.")]
pub(crate) struct RenameArgs {
    /// The session.
    #[arg(value_name = "ID")]
    pub(crate) session: SessionId,
    /// The new title, 1 to 255 characters.
    pub(crate) title: String,
}

/// Close sessions; their history stays readable.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("which").required(true).multiple(false)))]
#[command(after_help = "\
In a terminal, closing several sessions or all of them asks first, unless --yes is
given; without one, --all needs --yes.

Examples:
  chats sessions close 7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de001
  chats sessions close --all --yes

With --json: {session_id, closed_at, total_messages, total_tokens}, or a list of
these if several sessions are closed.")]
pub(crate) struct CloseArgs {
    /// The sessions to close.
    #[arg(value_name = "ID", group = "which")]
    pub(crate) sessions: Vec<SessionId>,
    /// Close every open session.
    #[arg(long, group = "which")]
    pub(crate) all: bool,
    /// Close without asking.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Save a conversation as a file.
#[derive(Args, Debug)]
#[command(group(ArgGroup::new("which").required(true).multiple(false)))]
#[command(after_help = "\
Without --output, the service chooses the file name; into a pipe, or with
`--output -`, the text is printed. Existing files are never overwritten without
--force.

Examples:
  chats sessions export 7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de001
  chats sessions export 7f2c1f52-3c8e-4c0d-9a35-6b1f0c1de001 -o - | less
  chats sessions export --all --dir conversations --format json

With --json: {session_id, file, content_type, bytes} for a written file,
{session_id, filename, content_type, content} for a printed one, and a list
of {session_id, file} with --all.")]
pub(crate) struct ExportArgs {
    /// The session.
    #[arg(value_name = "ID", group = "which")]
    pub(crate) session: Option<SessionId>,
    /// Export every session, each to its own file.
    #[arg(long, group = "which", conflicts_with = "output")]
    pub(crate) all: bool,
    /// The file format.
    #[arg(short, long, value_enum, default_value_t = ExportKind::Markdown)]
    pub(crate) format: ExportKind,
    /// Write to this file; `-` prints to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write into this folder; it is created if needed.
    #[arg(short, long, value_name = "DIR", conflicts_with = "output")]
    pub(crate) dir: Option<PathBuf>,
    /// Include metadata from the service.
    #[arg(long)]
    pub(crate) metadata: bool,
    /// Overwrite existing files.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportKind {
    Markdown,
    Json,
    Text,
}

impl From<ExportKind> for ExportFormat {
    fn from(kind: ExportKind) -> Self {
        match kind {
            ExportKind::Markdown => Self::Markdown,
            ExportKind::Json => Self::Json,
            ExportKind::Text => Self::Text,
        }
    }
}
