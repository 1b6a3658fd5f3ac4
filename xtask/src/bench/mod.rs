//! `cargo xtask bench`: compares `chats` with its peers in one run, and writes the
//! results to `target/bench/` and `BENCHMARKS.md`.
//!
//! [`decode`] counts instructions and allocations of the decoders, [`network`] runs
//! clients against a server over loopback, [`cost`] builds what a user builds, [`tools`]
//! times the generator and the detector; [`report`] writes the figures down, and
//! [`surroundings`] names the machine. The measured programs live in `benches/`, a
//! workspace of its own, since it builds the peers.

mod cost;
mod decode;
mod network;
mod report;
mod surroundings;
mod tools;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ci::steps::cargo_command;
use crate::{Failure, Result, workspace};

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was measured, with its unit.
    pub what: String,
    /// The contender that was measured.
    pub whose: String,
    /// The median, where it was measured more than once.
    pub value: f64,
}

/// The result of a measurement: figures, and what could not be measured, with the reason.
#[derive(Debug, Default)]
pub struct Figures {
    /// The figures, in the order of the table.
    pub taken: Vec<Figure>,
    /// What could not be measured here.
    pub skipped: Vec<String>,
    /// When and where each part was measured.
    pub measured: Vec<String>,
}

impl Figures {
    fn add(&mut self, what: &str, whose: &str, value: f64) {
        println!("{what} | {whose}: {value:.3}");
        self.taken.push(Figure {
            what: what.to_owned(),
            whose: whose.to_owned(),
            value,
        });
    }

    fn skip(&mut self, what: &str, why: &str) {
        println!("SKIPPED {what}: {why}");
        self.skipped.push(format!("{what}: {why}"));
    }
}

/// The parts of the suite.
const PARTS: [&str; 5] = ["decode", "time", "network", "cost", "tools"];

/// Runs the suite, or the parts named, and writes their results.
pub fn run(only: &[String]) -> Result<()> {
    if let Some(unknown) = only.iter().find(|part| !PARTS.contains(&part.as_str())) {
        let parts = PARTS.join(", ");
        return Err(Failure::Step(format!(
            "no part {unknown}; there are {parts}"
        )));
    }
    let wanted = |part: &str| only.is_empty() || only.iter().any(|it| it == part);
    let now: Vec<_> = PARTS.into_iter().filter(|part| wanted(part)).collect();
    let programs = build()?;
    for part in &now {
        let mut figures = Figures::default();
        match *part {
            "decode" => decode::count(&programs, &mut figures),
            "time" => decode::time(&mut figures),
            "network" => network::measure(&programs, &mut figures),
            "cost" => cost::measure(&mut figures),
            _ => tools::measure(&mut figures),
        }?;
        report::keep(part, &figures)?;
    }
    report::write(&PARTS, &now)
}

fn folder() -> PathBuf {
    workspace::root().join("benches")
}

/// The folder for building the benchmarks, apart from other builds so as not to disturb
/// them.
fn target() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| workspace::root().join("target"));
    // The commands run in other folders than this one.
    std::path::absolute(&target).unwrap_or(target).join("bench")
}

/// Builds the programs; gives the folder that holds them.
fn build() -> Result<PathBuf> {
    let mut command = cargo_command();
    command
        .args(["build", "--release", "--locked"])
        .current_dir(folder())
        .env("CARGO_TARGET_DIR", target());
    succeed(&mut command)?;
    Ok(target().join("release"))
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| failure(command, &error))?;
    if status.success() {
        return Ok(());
    }
    Err(failure(command, &status))
}

/// What a program prints.
fn output(command: &mut Command) -> Result<String> {
    let done = command.stderr(Stdio::piped()).output();
    let done = done.map_err(|error| failure(command, &error))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    Err(failure(command, &said))
}

fn failure(command: &Command, what: &dyn std::fmt::Display) -> Failure {
    Failure::Step(format!("{command:?}: {what}"))
}

/// The numbers in a line of output.
fn numbers(text: &str) -> Vec<f64> {
    text.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn program(programs: &Path, name: &str) -> Command {
    Command::new(programs.join(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_part_is_told_before_anything_is_built() {
        let error = run(&["decoding".to_owned()]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("decode, time, network, cost, tools")
        );
    }

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 100.0]), 3.0);
        assert_eq!(numbers("12 0.5 x"), [12.0, 0.5]);
    }
}
