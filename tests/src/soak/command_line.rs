//! The command line of the long trials.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use super::memory;

/// Reliability trials, for as long as you like.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask soak", bin_name = "cargo xtask soak")]
pub struct Arguments {
    /// The trial to run.
    #[command(subcommand)]
    pub trial: Trial,
}

/// The trials.
#[derive(Debug, Subcommand)]
pub enum Trial {
    /// Send messages through a failing network to a server that gets killed, and
    /// compare what was reported with what is stored.
    ExactlyOnce {
        /// How many messages; every second one is streamed.
        #[arg(long, default_value_t = 10_000)]
        messages: u64,
        /// The seed for the faults.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// End session contexts in every way, and count the sessions left open.
    Sessions {
        /// How many contexts.
        #[arg(long, default_value_t = 10_000)]
        contexts: u64,
        /// The seed for how each one ends.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// End the runtime without `Client::shutdown`, and count what stays open.
        #[arg(long)]
        without_shutdown: bool,
    },
    /// Read what never ends, and measure the peak of memory.
    Memory {
        /// What never ends: line, event, headers, error-body, announced-export, export,
        /// compressed-export or page.
        case: memory::Case,
    },
    /// Hold many streams open at once.
    Load {
        /// How many streams.
        #[arg(long, default_value_t = 2000)]
        streams: usize,
        /// For how many seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// How long the server waits before each token, in milliseconds.
        #[arg(long, default_value_t = 250)]
        token_delay_ms: u64,
    },
    /// Do everything over and over, and watch memory, open files and tasks.
    Endurance {
        /// For how many seconds.
        #[arg(long, default_value_t = 600)]
        seconds: u64,
        /// The seed for what is done.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Be the server of a trial.
    #[command(hide = true)]
    Serve {
        /// The database; in memory if there is none.
        database: Option<PathBuf>,
        /// The pause before each token.
        #[arg(long)]
        token_delay_ms: u64,
    },
}
