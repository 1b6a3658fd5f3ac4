//! One module for each command, and the dispatch from the command line to them.

mod account;
pub(crate) mod chat;
mod completions_and_man;
pub(crate) mod images;
mod plan;
pub(crate) mod sessions;

use chats::ChatResource;

use crate::args::{Cli, Command};
use crate::connection::Connection;
use crate::failure::{Failure, Result};
use crate::interrupts::Interrupts;
use crate::program;
use crate::terminal::Terminal;

/// What a command that talks to the service has at hand.
pub(crate) struct Context {
    pub(crate) connection: Connection,
    pub(crate) terminal: Terminal,
    pub(crate) interrupts: Interrupts,
    pub(crate) json: bool,
}

impl Context {
    pub(crate) fn chats(&self) -> ChatResource {
        self.connection.client.chats()
    }
}

pub(crate) async fn run(cli: Cli) -> Result<()> {
    program::remember(&cli.connection);
    let mut interrupts =
        Interrupts::listen().map_err(|error| Failure::local("listen for Ctrl-C", &error))?;
    let talks = matches!(cli.command, Command::Chat(_));
    let work = dispatch(cli, interrupts.clone());
    if talks {
        // A chat handles Ctrl-C itself.
        return work.await;
    }
    tokio::select! {
        () = interrupts.next() => Err(Failure::Interrupted),
        result = work => result,
    }
}

async fn dispatch(cli: Cli, interrupts: Interrupts) -> Result<()> {
    match cli.command {
        Command::Completions { shell } => return completions_and_man::completions(shell),
        Command::Man { dir } => return completions_and_man::man(dir.as_deref()),
        Command::Login(args) => return account::login(&cli.connection, args, cli.json).await,
        Command::Logout { name } => return account::logout(&cli.connection, name, cli.json),
        _ => {}
    }
    let terminal = Terminal::detect();
    let mut opening = interrupts.clone();
    let connection = tokio::select! {
        () = opening.next() => return Err(Failure::Interrupted),
        connection = Connection::open(&cli.connection, terminal, cli.json) => connection?,
    };
    let mut context = Context {
        connection,
        terminal,
        interrupts,
        json: cli.json,
    };
    let result = match cli.command {
        Command::Chat(args) => chat::run(&mut context, args).await,
        Command::Sessions(command) => sessions::run(&context, command).await,
        Command::Images(command) => images::run(&context, command).await,
        Command::Plan(command) => plan::run(&context, command).await,
        Command::Login(_)
        | Command::Logout { .. }
        | Command::Completions { .. }
        | Command::Man { .. } => Ok(()),
    };
    context.interrupts.forget();
    tokio::select! {
        // Another Ctrl-C gives up on closing what is still open.
        () = context.interrupts.next() => {}
        () = context.connection.shutdown() => {}
    }
    result
}
