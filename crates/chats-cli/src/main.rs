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

use std::process::ExitCode;

use clap::Parser;

use args::Cli;
use failure::{Exit, Failure};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no errors, nor is a closed pipe.
            let _ = error.print();
            return match error.use_stderr() {
                true => ExitCode::from(Exit::Usage as u8),
                false => ExitCode::SUCCESS,
            };
        }
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

/// Prints a failure, if there is something to print, and returns its exit code.
fn told(failure: &Failure) -> ExitCode {
    if let Some(sentence) = failure.sentence() {
        output::complain(sentence);
    }
    ExitCode::from(failure.code())
}
