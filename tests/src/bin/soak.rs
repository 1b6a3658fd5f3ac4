//! The long trials as a program; `cargo xtask soak` starts it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use contract_tests::soak::{Figures, endurance, exactly_once, load, memory, service, sessions};

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
    /// Hold many streams open at once.
    Load {
        /// How many.
        #[arg(long, default_value_t = 2000)]
        streams: usize,
        /// For how long.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// How long the server waits before each token.
        #[arg(long, default_value_t = 250)]
        token_delay_ms: u64,
    },
    /// Do everything over and over, and watch memory, open files and tasks.
    Endurance {
        /// For how long.
        #[arg(long, default_value_t = 600)]
        seconds: u64,
        /// Draws what is done.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Be the server of a trial.
    #[command(hide = true)]
    Serve {
        database: Option<PathBuf>,
        #[arg(long)]
        token_delay_ms: u64,
    },
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
        Trial::Load {
            streams,
            seconds,
            token_delay_ms,
        } => wait(load::run(load::Settings {
            streams,
            lasting: Duration::from_secs(seconds),
            token_delay: Duration::from_millis(token_delay_ms),
            program,
        })),
        Trial::Endurance { seconds, seed } => wait(endurance::run(endurance::Settings {
            lasting: Duration::from_secs(seconds),
            seed,
            program,
        })),
        Trial::Serve {
            database,
            token_delay_ms,
        } => {
            let token_delay = Duration::from_millis(token_delay_ms);
            wait(service::serve(database, token_delay));
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
