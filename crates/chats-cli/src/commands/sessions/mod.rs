//! `chats sessions`.

mod change;
mod export;
mod list;
mod show;

use crate::args::SessionsCommand;
use crate::commands::Context;
use crate::failure::Result;

pub(crate) use export::{file_name, save};
pub(crate) use list::table;

pub(crate) async fn run(context: &Context, command: SessionsCommand) -> Result<()> {
    match command {
        SessionsCommand::List(args) => list::run(context, args).await,
        SessionsCommand::Show(args) => show::run(context, args).await,
        SessionsCommand::Rename(args) => change::rename(context, args).await,
        SessionsCommand::Close(args) => change::close(context, args).await,
        SessionsCommand::Export(args) => export::run(context, args).await,
    }
}
