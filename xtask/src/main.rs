//! `cargo xtask`: reads the command line, calls the library, prints, and turns
//! failures into exit codes.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::ci::{self, steps};
use xtask::codegen::{self, write};
use xtask::document::load::{load, load_value};
use xtask::document::select::Selection;
use xtask::drift::blast::Code;
use xtask::drift::report::{self, Format};
use xtask::drift::{self, Verdict, accept};
use xtask::output::{complain, say};
use xtask::{Failure, Result, mutate, workspace};

/// Maintenance of the workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generate the raw client from the contract.
    Codegen(Codegen),
    /// Generate the raw client, then build the workspace.
    Build(Build),
    /// Show how a document differs from the contract, and what that breaks.
    Drift(Drift),
    /// Run every check that a change must pass.
    Ci(Ci),
}

#[derive(clap::Args)]
struct Codegen {
    /// Change nothing; fail with a diff when the checked-in file is stale.
    #[arg(long)]
    check: bool,
    /// The document, JSON or YAML; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// The paths to generate: those below a prefix, or `all`.
    #[arg(long, value_name = "PREFIX|all", default_value = "/chat")]
    select: Selection,
    /// Where the code goes.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(clap::Args)]
struct Build {
    /// Further arguments for `cargo build`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

#[derive(clap::Args)]
struct Drift {
    /// The new document, JSON or YAML; `-` is standard input.
    #[arg(required_unless_present = "self_test")]
    new: Option<PathBuf>,
    /// Test the detector: edit the base in every known way, and check what is
    /// made of each edit.
    #[arg(long)]
    self_test: bool,
    /// Draws the sample of a self-test.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Tries a sample of this size instead of all edits.
    #[arg(long)]
    count: Option<usize>,
    /// The old document; the contract unless given.
    #[arg(long, value_name = "OLD")]
    base: Option<PathBuf>,
    /// How to tell it.
    #[arg(long, value_name = "text|json|markdown|github", default_value = "text")]
    format: Format,
    /// The least verdict that fails the command.
    #[arg(long, value_enum, default_value = "breaking")]
    fail_on: FailOn,
    /// The paths that count: those below a prefix, or `all`.
    #[arg(long, value_name = "PREFIX|all", default_value = "/chat")]
    select: Selection,
    /// A JSON list of accepted changes: `location`, `change` and `reason` of
    /// each. They are shown and do not count.
    #[arg(long, value_name = "FILE")]
    accept: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum FailOn {
    /// Calls or decoding can fail, or a feature is silently lost.
    Breaking,
    /// A meaning or a default moved.
    Behavioural,
    /// Anything differs.
    Any,
}

#[derive(clap::Args)]
struct Ci {
    /// The checks of a release too: those that need longer, Python, or the
    /// publisher's document.
    #[arg(long)]
    full: bool,
    /// Only the checks whose names hold this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = |()| ExitCode::SUCCESS;
    let outcome = match arguments.command {
        Command::Codegen(arguments) => run_codegen(&arguments).map(done),
        Command::Build(arguments) => run_build(&arguments).map(done),
        Command::Drift(arguments) => run_drift(&arguments),
        Command::Ci(arguments) => ci::run(arguments.full, arguments.only.as_deref()).map(done),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            complain(format_args!("error: {failure}"));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run_codegen(arguments: &Codegen) -> Result<()> {
    let spec = arguments.spec.clone().unwrap_or_else(workspace::contract);
    let out = arguments.out.clone().unwrap_or_else(workspace::generated);
    let generated = codegen::from_file(&spec, &arguments.select)?;
    say(&generated.report);
    if arguments.check {
        write::check(&out, &generated.text)?;
        say(format_args!("{} is up to date\n", out.display()));
    } else if write::write(&out, &generated.text)? {
        say(format_args!("wrote {}\n", out.display()));
    } else {
        say(format_args!("{} was up to date\n", out.display()));
    }
    Ok(())
}

fn run_build(arguments: &Build) -> Result<()> {
    let generated = codegen::from_file(&workspace::contract(), &Selection::default())?;
    say(&generated.report);
    write::write(&workspace::generated(), &generated.text)?;
    let status = steps::cargo_command()
        .arg("build")
        .args(&arguments.arguments)
        .current_dir(workspace::root())
        .status()
        .map_err(|error| Failure::Step(format!("cargo could not be started: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Step(format!("cargo build ended with {status}")))
    }
}

fn run_self_test(base: &Path, arguments: &Drift) -> Result<ExitCode> {
    let sample = arguments.count.map(|count| (arguments.seed, count));
    let outcome = mutate::self_test(&load(base)?, sample, &Code::of_workspace()?)?;
    say(outcome.report());
    Ok(ExitCode::from(u8::from(!outcome.survivors.is_empty())))
}

/// Exit code 0 below the threshold, 1 at or above it; unusable input is a
/// failure and gives 2.
fn run_drift(arguments: &Drift) -> Result<ExitCode> {
    let base = arguments.base.clone().unwrap_or_else(workspace::contract);
    let Some(path) = &arguments.new else {
        return run_self_test(&base, arguments);
    };
    let named = |path: &PathBuf| {
        let name = path.display().to_string();
        move |failure: Failure| failure.in_file(&name)
    };
    let old = load(&base).and_then(|value| drift::read(&value, &arguments.select));
    let old = old.map_err(named(&base))?;
    let new = load(path).and_then(|value| drift::read(&value, &arguments.select));
    let new = new.map_err(named(path))?;
    let mut found = drift::between(&old, &new)?;
    if let Some(file) = &arguments.accept {
        let accepted = load_value(file).and_then(|value| accept::parse(&value));
        let (applied, unused) = accept::apply(found, &accepted.map_err(named(file))?);
        found = applied;
        for entry in unused {
            complain(format_args!(
                "accepted, but not found: {} {}",
                entry.location, entry.change
            ));
        }
    }
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let file = path.display().to_string();
    say(report::write(&found, arguments.format, colour, &file));
    let limit = match arguments.fail_on {
        FailOn::Breaking => Verdict::Breaking,
        FailOn::Behavioural => Verdict::Behavioural,
        FailOn::Any => Verdict::Compatible,
    };
    Ok(ExitCode::from(u8::from(found.worst() >= limit)))
}
