//! `chats`: talk with your images and documents from a terminal.
//!
//! The command line is defined in [`args`]; each command has a module in
//! [`commands`]. An answer that arrives is shown by [`answer`], a conversation is
//! led by [`conversation`].

mod answer;
mod args;
mod chat_session;
mod commands;
mod connection;
mod conversation;
mod counting;
mod dates;
mod failure;
mod interrupts;
mod keyboard;
mod local;
mod markdown;
mod output;
mod plan;
mod plan_approval;
mod profile;
mod program;
mod progress;
mod prompt;
mod sentence;
mod table;
mod terminal;
mod whole_file;
mod whole_list;

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use failure::{Exit, Failure};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explained(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return told(&Failure::local("start", &error)),
    };
    let result = runtime.block_on(commands::run(cli));
    // Without waiting: a thread may still read from the keyboard.
    runtime.shutdown_background();
    keyboard::restore();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => told(&failure),
    }
}

/// Prints help, the version or what is wrong with the command line, and returns the exit
/// code for it.
fn explained(error: &clap::Error) -> ExitCode {
    let printed = error.print();
    if error.use_stderr() {
        return ExitCode::from(Exit::Usage as u8);
    }
    // Help and version are no errors, nor is a closed pipe.
    printed.map_or_else(|error| told(&error.into()), |()| ExitCode::SUCCESS)
}

/// Prints a failure, if there is something to print, and returns its exit code.
fn told(failure: &Failure) -> ExitCode {
    if let Some(sentence) = failure.sentence() {
        output::complain(sentence);
    }
    ExitCode::from(failure.code())
}
