//! `cargo xtask`: reads the command line, calls the library, prints, and turns
//! failures into exit codes.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use xtask::ci::{self, steps};
use xtask::codegen::{self, write};
use xtask::command_line::{Arguments, Build, Codegen, Command, Drift, FailOn, Import};
use xtask::document::load::{load, load_value};
use xtask::document::select::Selection;
use xtask::drift::blast::Code;
use xtask::drift::report::{self, Format};
use xtask::drift::{self, Side, Verdict, accept};
use xtask::import::overlay::Overlay;
use xtask::mutate::survivors;
use xtask::output::{complain, lost, say};
use xtask::{Failure, Result, bench, fuzz, import, mutate, soak, workspace};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = |()| ExitCode::SUCCESS;
    let outcome = match arguments.command {
        Command::Codegen(arguments) => run_codegen(&arguments).map(done),
        Command::Build(arguments) => run_build(&arguments).map(done),
        Command::Drift(arguments) => run_drift(&arguments),
        Command::Import(arguments) => run_import(&arguments),
        Command::Bench(arguments) => bench::run(&arguments.only).map(done),
        Command::Ci(arguments) => ci::run(arguments.full, arguments.only.as_deref()).map(done),
        Command::Fuzz(arguments) => fuzz::run(&arguments.target, arguments.seconds).map(done),
        Command::Soak(arguments) => soak::run(&arguments.arguments).map(done),
    };
    match outcome {
        Ok(code) => match lost() {
            Some(error) => {
                complain(format_args!("error: cannot write the output: {error}"));
                ExitCode::from(2)
            }
            None => code,
        },
        Err(failure) => {
            complain(format_args!("error: {failure}"));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run_codegen(arguments: &Codegen) -> Result<()> {
    let spec = arguments.spec.clone().unwrap_or_else(workspace::contract);
    let out = arguments.out.clone().unwrap_or_else(workspace::generated);
    let generated = codegen::from_file(&spec, &arguments.select).map_err(named(&spec))?;
    say(&generated.report);
    if arguments.check {
        write::check(&out, &generated.text, &arguments.command())?;
        say(format_args!("{} is up to date\n", out.display()));
    } else if write::write(&out, &generated.text)? {
        say(format_args!("wrote {}\n", out.display()));
    } else {
        say(format_args!("{} was up to date\n", out.display()));
    }
    Ok(())
}

fn run_build(arguments: &Build) -> Result<()> {
    let contract = workspace::contract();
    let generated = codegen::from_file(&contract, &Selection::default());
    let generated = generated.map_err(named(&contract))?;
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

/// Exit code 0 if every correction fits, whatever changes; 1 if one does not, and nothing
/// is written; unusable input is a failure and gives 2.
fn run_import(arguments: &Import) -> Result<ExitCode> {
    let contract = arguments
        .contract
        .clone()
        .unwrap_or_else(workspace::contract);
    let overlay = arguments.overlay.clone().unwrap_or_else(workspace::overlay);
    check_standard_input(&[&arguments.new, &overlay, &contract])?;
    if is_standard_input(&contract) {
        let problem = "the contract must be a file, which an import can write";
        return Err(Failure::Usage(problem.to_owned()));
    }
    let corrections = load_value(&overlay).and_then(|value| Overlay::parse(&value));
    let corrections = corrections.map_err(named(&overlay))?;
    let ours = std::fs::read_to_string(&contract).map_err(|source| Failure::File {
        action: "read",
        path: contract.clone(),
        source,
    })?;
    let name = contract.display().to_string();
    let imported = load(&arguments.new)
        .and_then(|publisher| import::import(&publisher, &corrections, (&name, &ours)))
        .map_err(named(&arguments.new))?;
    let (added, removed) = imported.lines();
    let drift = drift::judge_here(imported.found)?;
    say(report::write(&drift, Format::Text, colour(), None));
    if !imported.diff.is_empty() {
        say(format_args!(
            "\n{name}: {added} lines added, {removed} removed\n{}",
            imported.diff
        ));
    }
    for stale in &imported.stale {
        complain(format_args!("a correction no longer applies: {stale}"));
    }
    if !imported.stale.is_empty() {
        let overlay = overlay.display();
        complain(format_args!("nothing was written; fix {overlay} first"));
        return Ok(ExitCode::from(1));
    }
    match (imported.diff.is_empty(), arguments.write) {
        (true, _) => say(format_args!("{name} is unchanged\n")),
        (false, true) => {
            write::write(&contract, &imported.text)?;
            say(format_args!("wrote {name}\n"));
        }
        (false, false) => say("nothing was written; use `--write` to write it\n"),
    }
    Ok(ExitCode::SUCCESS)
}

fn run_self_test(base: &Path, arguments: &Drift) -> Result<ExitCode> {
    let sample = arguments.count.map(|count| (arguments.seed, count.get()));
    let outcome = mutate::self_test(&load(base)?, sample, &Code::of_workspace()?)?;
    say(outcome.report());
    let listed = std::fs::read_to_string(workspace::survivors()).unwrap_or_default();
    let difference = survivors::compare(&outcome, &listed);
    say(difference.report());
    Ok(ExitCode::from(u8::from(!difference.is_empty())))
}

/// Adds the name of the file to a fault.
fn named(path: &Path) -> impl FnOnce(Failure) -> Failure + use<> {
    let name = path.display().to_string();
    move |failure| failure.in_file(&name)
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// Standard input can be read once.
fn check_standard_input(inputs: &[&Path]) -> Result<()> {
    let mut from_there = inputs.iter().filter(|input| is_standard_input(input));
    if from_there.nth(1).is_some() {
        let problem = "only one document can come from standard input (`-`)";
        return Err(Failure::Usage(problem.to_owned()));
    }
    Ok(())
}

fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Exit code 0 below the threshold, 1 at or above it; unusable input is a
/// failure and gives 2.
fn run_drift(arguments: &Drift) -> Result<ExitCode> {
    let base = arguments.base.clone().unwrap_or_else(workspace::contract);
    let Some(path) = &arguments.new else {
        return run_self_test(&base, arguments);
    };
    let mut inputs = vec![path.as_path(), &base];
    inputs.extend(arguments.accept.as_deref());
    check_standard_input(&inputs)?;
    let read = |path: &Path| {
        let document = load(path)?;
        let contract = drift::read(&document, &arguments.select)?;
        Ok((document, contract))
    };
    let (base_document, old) = read(&base).map_err(named(&base))?;
    let (new_document, new) = read(path).map_err(named(path))?;
    if let Selection::Prefix(prefix) = &arguments.select
        && old.operations.is_empty()
        && new.operations.is_empty()
    {
        let problem = format!("neither document has a path below `{prefix}`; see `--select`");
        return Err(Failure::Usage(problem));
    }
    let old = Side {
        document: &base_document,
        contract: &old,
    };
    let new = Side {
        document: &new_document,
        contract: &new,
    };
    let mut found = drift::judge_here(drift::differences(old, new, &arguments.select))?;
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
    let file = (!is_standard_input(path)).then(|| workspace::relative(path));
    let text = report::write(&found, arguments.format, colour(), file.as_deref());
    say(text);
    let limit = match arguments.fail_on {
        FailOn::Breaking => Verdict::Breaking,
        FailOn::Behavioural => Verdict::Behavioural,
        FailOn::Any => Verdict::Compatible,
    };
    Ok(ExitCode::from(u8::from(found.worst() >= limit)))
}
