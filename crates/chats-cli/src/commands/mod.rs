//! One module for each command, and the way from the command line to it.

mod account;
pub(crate) mod chat;
mod completions_and_man;
pub(crate) mod images;
mod plan;
pub(crate) mod sessions;

use chats::ChatResource;

use crate::args::{Cli, Command, ConnectionArgs};
use crate::connection::Connection;
use crate::failure::{Failure, Result};
use crate::interrupts::Interrupts;
use crate::terminal::{self, Terminal};

/// What a command that talks to the service has at hand.
pub(crate) struct Context {
    pub(crate) connection: Connection,
    pub(crate) terminal: Terminal,
    pub(crate) interrupts: Interrupts,
    pub(crate) json: bool,
    /// How this program was called, to say what to run next: `chats --local`.
    pub(crate) program: String,
}

impl Context {
    pub(crate) fn chats(&self) -> ChatResource {
        self.connection.client.chats()
    }
}

pub(crate) async fn run(cli: Cli) -> Result<()> {
    let mut interrupts =
        Interrupts::listen().map_err(|error| Failure::local("listen for Ctrl-C", &error))?;
    let talks = matches!(cli.command, Command::Chat(_));
    let work = dispatch(cli, interrupts.clone());
    if talks {
        // A chat has its own way with Ctrl-C.
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
        program: called(&cli.connection),
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
    context.connection.shutdown().await;
    result
}

/// The program with the flags that lead to the same service again; never the key.
fn called(args: &ConnectionArgs) -> String {
    let mut words = vec!["chats".to_owned()];
    if args.local {
        words.push("--local".to_owned());
    }
    if let Some(library) = &args.library {
        words.push("--library".to_owned());
        words.push(shell_word(&library.display().to_string()));
    }
    for (flag, value) in [("--profile", &args.profile), ("--base-url", &args.base_url)] {
        if let Some(value) = value {
            words.push(flag.to_owned());
            words.push(shell_word(value));
        }
    }
    if args.allow_plain_http {
        words.push("--allow-plain-http".to_owned());
    }
    words.join(" ")
}

/// A word as a shell takes it, and as a terminal may show it.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else if word.contains(terminal::steers) {
        let escape = |c: char| match c {
            '\'' | '\\' => format!("\\{c}"),
            c if terminal::steers(c) => format!("\\U{:08x}", u32::from(c)),
            c => c.to_string(),
        };
        format!("$'{}'", word.chars().map(escape).collect::<String>())
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_for_the_shell_where_it_must_be() {
        assert_eq!(shell_word("plan_1"), "plan_1");
        assert_eq!(shell_word("it's 1"), r"'it'\''s 1'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(shell_word("a\x1b'\\"), r"$'a\U0000001b\'\\'");
    }
}
