//! The program: a [`chats_server::Server`] from command line arguments.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chats_server::{Server, StartError, turns_writing};
use clap::Parser;

/// Serves the chat contract from a folder of images and documents.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// The address to listen on; port 0 takes any free port.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:0")]
    listen: String,

    /// An API key to accept. May be repeated: each key is a person with sessions of their own.
    /// Without any, a random key is made and printed.
    #[arg(long = "api-key", value_name = "KEY")]
    api_keys: Vec<String>,

    /// The SQLite file that everything is stored in. Without it, nothing is kept.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,

    /// The folder of images and documents. Without it, a built-in sample is used.
    #[arg(long, value_name = "DIR")]
    library: Option<PathBuf>,

    /// How many requests a minute each key may send. Without it, there is no limit.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    requests_per_minute: Option<u32>,

    /// Milliseconds to wait before each token of a stream.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    token_delay: u64,

    /// Obey the X-Chats-Fault header of requests. Only for tests.
    #[arg(long)]
    test_mode: bool,

    /// The seed of random faults.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    remark(&format!("chats-server: {message}"));
    ExitCode::FAILURE
}

/// Says something on standard error; where that is closed, nobody is to be told.
fn remark(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", visible(text));
}

/// The text with its control characters escaped: the name of a file may hold some, which
/// would command the terminal, or show the name as another one.
fn visible(text: &str) -> String {
    text.chars().fold(String::new(), |mut shown, character| {
        if character.is_control() || turns_writing(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
        shown
    })
}

async fn run(arguments: Arguments) -> Result<(), StartError> {
    let shows_key = arguments.api_keys.is_empty();
    let mut builder = Server::builder()
        .listen(arguments.listen)
        .token_delay(Duration::from_millis(arguments.token_delay))
        .record_requests(false)
        .test_mode(arguments.test_mode)
        .seed(arguments.seed);
    for key in arguments.api_keys {
        if !looks_like_a_key(&key) {
            remark(
                "warning: an API key does not have the service's form (lower-case letters, `_`, then at least 20 letters, digits, `_` or `-`); clients may refuse it",
            );
        }
        builder = builder.api_key(key);
    }
    if let Some(database) = arguments.database {
        builder = builder.database(database);
    }
    if let Some(library) = arguments.library {
        builder = builder.library(library);
    }
    if let Some(requests) = arguments.requests_per_minute {
        builder = builder.requests_per_minute(requests);
    }
    let server = builder.start().await?;
    // The program that started this one waits for this line to learn the port.
    let mut out = std::io::stdout();
    // Without a reader the server is of use all the same.
    let _ = writeln!(out, "listening on {}", server.base_url()).and_then(|()| out.flush());
    if shows_key {
        remark(&format!("api key: {}", server.api_key()));
    }
    for problem in server.library().problems() {
        remark(&format!("left out: {}: {}", problem.path, problem.reason));
    }
    stopped().await;
    server.shutdown().await;
    Ok(())
}

/// Whether a key has the form of the service's: `^[a-z]+_[A-Za-z0-9_-]{20,}$`.
fn looks_like_a_key(key: &str) -> bool {
    let Some((word, rest)) = key.split_once('_') else {
        return false;
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_lowercase())
        && rest.len() >= 20
        && rest.bytes().all(plain)
}

/// Waits for an interrupt, or for the signal with which service managers end a program.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
