//! The long trials at the length of a release, and what `cargo deny` says about
//! licences, duplicates and advisories.

use std::process::Command;

use super::Outcome;
use super::steps::{cargo_command, run};
use crate::output::say;
use crate::{fuzz, soak, workspace};

/// The trials, each with its settings; `RELIABILITY.md` holds their figures.
const TRIALS: &[&[&str]] = &[
    &["exactly-once", "--messages", "10000"],
    &["sessions", "--contexts", "10000"],
    &["memory", "compressed-export"],
    &["memory", "page"],
    &["load", "--streams", "2000", "--seconds", "60"],
    &["endurance", "--seconds", "60"],
];

/// How long each target is fuzzed.
const SECONDS: u64 = 5;

/// Runs every trial.
pub(super) fn trials_hold() -> Outcome {
    for trial in TRIALS {
        say(format_args!("--- {}\n", trial.join(" ")));
        let arguments: Vec<_> = trial.iter().map(ToString::to_string).collect();
        if let Err(failure) = soak::run(&arguments) {
            return Outcome::Failed(failure.to_string());
        }
    }
    Outcome::Passed
}

/// Fuzzes every target, where there is a compiler for libFuzzer.
pub(super) fn fuzzing_finds_nothing() -> Outcome {
    let compiler = std::env::var_os("CXX").unwrap_or_else(|| "c++".into());
    let there = Command::new(compiler).arg("--version").output();
    if !there.is_ok_and(|output| output.status.success()) {
        return Outcome::Skipped("there is no C++ compiler, which libFuzzer needs".to_owned());
    }
    match fuzz::run("all", SECONDS) {
        Ok(()) => Outcome::Passed,
        Err(failure) => Outcome::Failed(failure.to_string()),
    }
}

/// Asks `cargo deny`, where it is installed.
pub(super) fn dependencies_are_allowed() -> Outcome {
    let there = cargo_command().args(["deny", "--version"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        let how = "cargo-deny is not installed: cargo install --locked cargo-deny";
        return Outcome::Skipped(how.to_owned());
    }
    match deny(&["--all-features", "check", "licenses", "bans", "sources"]) {
        Outcome::Passed => {}
        other => return other,
    }
    // The checks above need no network; advisories need their database.
    if deny(&["fetch", "db"]) != Outcome::Passed {
        let why = "licences, bans and sources are fine; the advisory database cannot be fetched";
        return Outcome::Skipped(why.to_owned());
    }
    deny(&["--all-features", "check", "advisories"])
}

fn deny(arguments: &[&str]) -> Outcome {
    let mut command = cargo_command();
    command.arg("deny").args(arguments);
    run(command.current_dir(workspace::root()))
}
