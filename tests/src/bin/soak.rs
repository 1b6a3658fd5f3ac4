//! The long trials as a program; `cargo xtask soak` starts it.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser as _;
use contract_tests::soak::command_line::{Arguments, Trial};
use contract_tests::soak::{Figures, endurance, exactly_once, load, memory, service, sessions};

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
