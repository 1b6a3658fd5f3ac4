//! One module for each command, and the dispatch from the command line to them.

mod account;
pub(crate) mod chat;
mod completions;
pub(crate) mod images;
mod man;
mod plan;
pub(crate) mod sessions;

use chats::ChatResource;

use crate::args::{Cli, Command, ConnectionArgs, OwnCommand, ServiceCommand};
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
    let talks = matches!(cli.command, Command::Service(ServiceCommand::Chat(_)));
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
        Command::Own(command) => own(&cli.connection, command, cli.json).await,
        Command::Service(command) => ask(&cli.connection, command, cli.json, interrupts).await,
    }
}

async fn own(connection: &ConnectionArgs, command: OwnCommand, json: bool) -> Result<()> {
    match command {
        OwnCommand::Login(args) => account::login(connection, args, json).await,
        OwnCommand::Logout { name } => account::logout(connection, name, json),
        OwnCommand::Completions { shell } => completions::run(shell),
        OwnCommand::Man { dir } => man::run(dir.as_deref()),
    }
}

async fn ask(
    connection: &ConnectionArgs,
    command: ServiceCommand,
    json: bool,
    interrupts: Interrupts,
) -> Result<()> {
    let terminal = Terminal::detect();
    let mut opening = interrupts.clone();
    let connection = tokio::select! {
        () = opening.next() => return Err(Failure::Interrupted),
        connection = Connection::open(connection, terminal, json) => connection?,
    };
    let mut context = Context {
        connection,
        terminal,
        interrupts,
        json,
    };
    let result = match command {
        ServiceCommand::Chat(args) => chat::run(&mut context, args).await,
        ServiceCommand::Sessions(command) => sessions::run(&context, command).await,
        ServiceCommand::Images(command) => images::run(&context, command).await,
        ServiceCommand::Plan(command) => plan::run(&context, command).await,
    };
    context.connection.shutdown(&mut context.interrupts).await;
    result
}
