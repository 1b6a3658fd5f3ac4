//! `cargo xtask`: reads the command line, calls the library, prints, and turns
//! failures into exit codes.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::codegen::{self, write};
use xtask::document::select::Selection;
use xtask::{Result, workspace};

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

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = match arguments.command {
        Command::Codegen(arguments) => run_codegen(&arguments),
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
