//! The command line of `cargo xtask`: definitions only. The module named after each
//! command carries it out.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::codegen::write;
use crate::document::select::Selection;
use crate::drift::report::Format;

/// Maintenance of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Generate the raw client from the contract.
    Codegen(Codegen),
    /// Generate the raw client, then build the workspace.
    Build(Build),
    /// Show how a document differs from the contract, and what that breaks.
    Drift(Drift),
    /// Bring changes of the publisher's document into the contract.
    Import(Import),
    /// Run every check that a change must pass.
    Ci(Ci),
    /// Measure `chats` beside its peers; writes `target/bench/` and BENCHMARKS.md.
    Bench(Bench),
    /// Fuzz a target with libFuzzer, on the stable toolchain.
    Fuzz(Fuzz),
    /// Run a long reliability trial; `cargo xtask soak --help` lists them.
    #[command(disable_help_flag = true)]
    Soak(Soak),
}

/// The arguments of `codegen`.
#[derive(Debug, clap::Args)]
pub struct Codegen {
    /// Change nothing; fail with a diff if the checked-in file is stale.
    #[arg(long)]
    pub check: bool,
    /// The document, JSON or YAML; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    pub spec: Option<PathBuf>,
    /// Which paths to generate: those below a prefix, or `all`.
    #[arg(long, value_name = "PREFIX|all", default_value = "/chat")]
    pub select: Selection,
    /// Where the code goes.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl Codegen {
    /// The command that writes what this one checks.
    #[must_use]
    pub fn command(&self) -> String {
        let mut words = vec![write::FIX.to_owned()];
        for (flag, file) in [("--spec", &self.spec), ("--out", &self.out)] {
            words.extend(file.iter().map(|file| format!("{flag} {}", file.display())));
        }
        if self.select != Selection::default() {
            words.push(format!("--select {}", self.select));
        }
        words.join(" ")
    }
}

/// The arguments of `build`.
#[derive(Debug, clap::Args)]
pub struct Build {
    /// Further arguments for `cargo build`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// The arguments of `drift`.
#[derive(Debug, clap::Args)]
pub struct Drift {
    /// The new document, JSON or YAML; `-` is standard input.
    #[arg(required_unless_present = "self_test", conflicts_with = "self_test")]
    pub new: Option<PathBuf>,
    /// Test the detector: edit the base in every known way, and check how each
    /// edit is judged.
    #[arg(long)]
    pub self_test: bool,
    /// The seed for the sample of a self-test.
    #[arg(long, default_value_t = 0, requires = "count", conflicts_with = "new")]
    pub seed: u64,
    /// Try a random sample of this size instead of every edit.
    #[arg(long, requires = "self_test", conflicts_with = "new")]
    pub count: Option<NonZeroUsize>,
    /// The old document [default: the contract].
    #[arg(long, value_name = "OLD")]
    pub base: Option<PathBuf>,
    /// The form of the report.
    #[arg(
        long,
        value_name = "text|json|markdown|github",
        default_value = "text",
        conflicts_with = "self_test"
    )]
    pub format: Format,
    /// The least verdict that fails the command.
    #[arg(
        long,
        value_enum,
        default_value = "breaking",
        conflicts_with = "self_test"
    )]
    pub fail_on: FailOn,
    /// Which paths count: those below a prefix, or `all`.
    #[arg(
        long,
        value_name = "PREFIX|all",
        default_value = "/chat",
        conflicts_with = "self_test"
    )]
    pub select: Selection,
    /// A JSON list of accepted changes, each with `location`, `change` and
    /// `reason`. They are shown, and do not count.
    #[arg(long, value_name = "FILE", conflicts_with = "self_test")]
    pub accept: Option<PathBuf>,
}

/// The least verdict that fails `cargo xtask drift`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum FailOn {
    /// Calls or decoding can fail, or a feature is silently lost.
    Breaking,
    /// A meaning or a default has changed.
    Behavioural,
    /// Anything differs.
    Any,
}

/// The arguments of `import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The publisher's document, JSON or YAML; `-` is standard input.
    pub new: PathBuf,
    /// Change the contract; without it, only show what would change.
    #[arg(long)]
    pub write: bool,
    /// The corrections, an OpenAPI Overlay 1.0 [default: openapi-overlay.yaml].
    #[arg(long, value_name = "FILE")]
    pub overlay: Option<PathBuf>,
    /// The contract [default: this project's].
    #[arg(long, value_name = "FILE")]
    pub contract: Option<PathBuf>,
}

/// The arguments of `fuzz`.
#[derive(Debug, clap::Args)]
pub struct Fuzz {
    /// sse, tokens, markup, replies, codegen, drift, or all.
    pub target: String,
    /// How long to fuzz each target, in seconds.
    #[arg(long, default_value_t = 600)]
    pub seconds: u64,
}

/// The arguments of `soak`.
#[derive(Debug, clap::Args)]
pub struct Soak {
    /// The trial and its settings.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub arguments: Vec<String>,
}

/// The arguments of `bench`.
#[derive(Debug, clap::Args)]
pub struct Bench {
    /// Only these parts: decode, time, network, cost, tools. The figures of the other
    /// parts stay as last measured.
    #[arg(value_name = "PART")]
    pub only: Vec<String>,
}

/// The arguments of `ci`.
#[derive(Debug, clap::Args)]
pub struct Ci {
    /// Also run the checks of a release, which take longer or need Python or
    /// the publisher's document.
    #[arg(long)]
    pub full: bool,
    /// Run only the checks whose names contain this text.
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
}
