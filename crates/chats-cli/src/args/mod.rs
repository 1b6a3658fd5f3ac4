//! The command line. Help, completions and the man page are all made from these
//! definitions; no command is carried out here.

mod chat;
#[cfg(test)]
mod documented;
mod images;
mod plan;
mod profile;
mod sessions;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use chat::ChatArgs;
pub(crate) use images::{ImagesCommand, ListImages, SearchImages};
pub(crate) use plan::PlanCommand;
pub(crate) use profile::LoginArgs;
pub(crate) use sessions::{
    CloseArgs, ExportArgs, ListSessions, RenameArgs, SessionsCommand, ShowArgs,
};

const EXAMPLES: &str = "\
Examples:
  chats --local chat                        try it with sample pictures, no account needed
  chats --local --library ~/Pictures chat   chat about your own pictures
  chats login                               save your API key
  chats chat \"Find damaged poles\"           one question, one answer
  chats sessions list --active              list open sessions
  chats sessions export --all --dir out     save every conversation as a file
  chats --json images search poles | jq .   JSON for scripts

Settings come from flags, then from the AIONVISION_* variables, then from the
profile that `chats login` saved; with --profile, the variables of key, address and
tenant do not count. A saved key is sent only to the service that it was saved for.

Exit codes: 0 success, 1 refused by the service or failed locally, 2 wrong usage,
3 no connection, 130 interrupted by Ctrl-C (143 or 129 if a signal ended it).";

/// Chat with your images and documents.
#[derive(Debug, Parser)]
#[command(name = "chats", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Print JSON: one value, or one line per event of an answer.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the service is, and who asks.
#[derive(Args, Debug)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionArgs {
    /// Use a built-in local server (no account, no network).
    #[arg(long, global = true)]
    pub(crate) local: bool,
    /// With --local: the folder of pictures and documents to use [default: a
    /// sample library].
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) library: Option<PathBuf>,
    /// Use this profile.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Use the service at this address.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) base_url: Option<String>,
    /// Allow a --base-url of plain http to another machine. Anyone on the
    /// network path can read your key and your messages.
    #[arg(long, global = true)]
    pub(crate) allow_plain_http: bool,
    /// Use this API key; prefer AIONVISION_API_KEY, which other users cannot see.
    #[arg(long, global = true, value_name = "KEY")]
    pub(crate) api_key: Option<String>,
    /// Act for this tenant.
    #[arg(long, global = true, value_name = "ID")]
    pub(crate) tenant_id: Option<String>,
}

impl ConnectionArgs {
    /// The flags that were given.
    pub(crate) fn given(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            (self.local, "--local"),
            (self.library.is_some(), "--library"),
            (self.profile.is_some(), "--profile"),
            (self.base_url.is_some(), "--base-url"),
            (self.allow_plain_http, "--allow-plain-http"),
            (self.api_key.is_some(), "--api-key"),
            (self.tenant_id.is_some(), "--tenant-id"),
        ];
        let given = |(given, flag): (bool, _)| given.then_some(flag);
        all.into_iter().filter_map(given)
    }
}

/// A command: what it does is either asked of the service, or done here.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Service(ServiceCommand),
    #[command(flatten)]
    Own(OwnCommand),
}

/// The commands that the service answers.
#[derive(Debug, Subcommand)]
pub(crate) enum ServiceCommand {
    Chat(ChatArgs),
    /// List, read, rename, close and export conversations.
    #[command(subcommand, visible_alias = "session")]
    Sessions(SessionsCommand),
    /// List and search the images of your library.
    #[command(subcommand, visible_alias = "image")]
    Images(ImagesCommand),
    /// Approve or cancel plans.
    #[command(subcommand)]
    Plan(PlanCommand),
}

/// The commands for which no session or image is asked.
#[derive(Debug, Subcommand)]
pub(crate) enum OwnCommand {
    Login(LoginArgs),
    /// Delete a saved key.
    Logout {
        /// The profile to remove [default: default].
        #[arg(value_name = "PROFILE")]
        name: Option<String>,
    },
    /// Print a completion script for your shell.
    #[command(
        after_help = "Example:\n  chats completions bash > ~/.local/share/bash-completion/completions/chats"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write one for every command to a folder.
    #[command(after_help = "Example:\n  chats man > ~/.local/share/man/man1/chats.1")]
    Man {
        /// Write one page per command into this folder.
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}
