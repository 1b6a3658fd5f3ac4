//! `cargo xtask`: reads the command line, calls the library, prints, and turns
//! failures into exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::ci::{self, steps};
use xtask::codegen::{self, write};
use xtask::document::select::Selection;
use xtask::{Failure, Result, workspace};

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
struct Ci {
    /// The checks of a release too: those that need longer, Python, or the
    /// publisher's document.
    #[arg(long)]
    full: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Codegen(arguments) => run_codegen(&arguments),
        Command::Build(arguments) => run_build(&arguments),
        Command::Ci(arguments) => ci::run(arguments.full),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run_codegen(arguments: &Codegen) -> Result<()> {
    let spec = arguments.spec.clone().unwrap_or_else(workspace::contract);
    let out = arguments.out.clone().unwrap_or_else(workspace::generated);
    let generated = codegen::from_file(&spec, &arguments.select)?;
    print!("{}", generated.report);
    if arguments.check {
        write::check(&out, &generated.text)?;
        println!("{} is up to date", out.display());
    } else if write::write(&out, &generated.text)? {
        println!("wrote {}", out.display());
    } else {
        println!("{} was up to date", out.display());
    }
    Ok(())
}

fn run_build(arguments: &Build) -> Result<()> {
    let generated = codegen::from_file(&workspace::contract(), &Selection::default())?;
    print!("{}", generated.report);
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
