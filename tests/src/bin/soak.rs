//! The long trials as a program; `cargo xtask soak` starts it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use contract_tests::soak::{Figures, exactly_once, service};

/// Trials of reliability, as long as one likes.
#[derive(Parser)]
#[command(name = "cargo xtask soak", bin_name = "cargo xtask soak")]
struct Arguments {
    #[command(subcommand)]
    trial: Trial,
}

#[derive(Subcommand)]
enum Trial {
    /// Send messages through a failing network to a dying server, and hold what
    /// was told against what is stored.
    ExactlyOnce {
        /// How many messages; every second one is streamed.
        #[arg(long, default_value_t = 10_000)]
        messages: u64,
        /// Draws the faults.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Be the server of a trial.
    #[command(hide = true)]
    Serve { database: Option<PathBuf> },
}

#[tokio::main]
async fn main() -> ExitCode {
    let program = std::env::current_exe().expect("this program");
    let outcome: Result<Figures, String> = match Arguments::parse().trial {
        Trial::ExactlyOnce { messages, seed } => {
            exactly_once::run(exactly_once::Settings {
                messages,
                seed,
                program,
            })
            .await
        }
        Trial::Serve { database } => {
            service::serve(database).await;
            return ExitCode::SUCCESS;
        }
    };
    match outcome {
        Ok(figures) => {
            print!("{figures}");
            ExitCode::SUCCESS
        }
        Err(problems) => {
            eprintln!("{problems}");
            ExitCode::FAILURE
        }
    }
}
