//! The long trials as a program; `cargo xtask soak` starts it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use contract_tests::soak::{Figures, exactly_once, memory, service, sessions};

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
    /// End session contexts in every way, and count the sessions left open.
    Sessions {
        /// How many contexts.
        #[arg(long, default_value_t = 10_000)]
        contexts: u64,
        /// Draws how each ends.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Ends the runtime without `Client::shutdown`, and measures what that leaves.
        #[arg(long)]
        without_shutdown: bool,
    },
    /// Read what comes without end, and measure the peak of memory.
    Memory {
        /// line, event, headers, error-body, announced-export, export,
        /// compressed-export or page.
        case: memory::Case,
    },
    /// Be the server of a trial.
    #[command(hide = true)]
    Serve { database: Option<PathBuf> },
}

fn main() -> ExitCode {
    let program = std::env::current_exe().expect("this program");
    let outcome: Result<Figures, String> = match Arguments::parse().trial {
        Trial::ExactlyOnce { messages, seed } => wait(exactly_once::run(exactly_once::Settings {
            messages,
            seed,
            program,
        })),
        Trial::Sessions {
            contexts,
            seed,
            without_shutdown,
        } => sessions::run(sessions::Settings {
            contexts,
            seed,
            shutdown: !without_shutdown,
        }),
        Trial::Memory { case } => wait(memory::run(case)),
        Trial::Serve { database } => {
            wait(service::serve(database));
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

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(future)
}
