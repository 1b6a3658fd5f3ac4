//! How long the commands for daily work on the contract take once `cargo xtask` is built:
//! the generator on our contract, and the drift detector on the publisher's whole
//! document if that is at hand.

use std::process::Command;
use std::time::Instant;

use super::{Figures, failure, median, output};
use crate::{Result, workspace};

/// How often each command is run; the median counts.
const ROUNDS: usize = 5;

/// Runs the commands.
pub(super) fn measure(figures: &mut Figures) -> Result<()> {
    let what = "milliseconds of cargo xtask, once built";
    figures.add(what, "codegen --check", timed(&["codegen", "--check"])?);
    let Some(document) = workspace::publishers_document() else {
        figures.skip("drift of the publisher's document", "it is not here");
        return Ok(());
    };
    let document = document.display().to_string();
    let drift = timed(&["drift", &document, "--base", &document])?;
    figures.add(what, "drift, 669 kB against itself", drift);
    let all = ["drift", &document, "--base", &document, "--select", "all"];
    figures.add(what, "the same, all 164 paths", timed(&all)?);
    Ok(())
}

fn timed(arguments: &[&str]) -> Result<f64> {
    let program = std::env::current_exe();
    let mut taken = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let program = program
            .as_ref()
            .map_err(|error| failure(&Command::new("xtask"), error))?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(workspace::root());
        let begun = Instant::now();
        output(&mut command)?;
        taken.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(taken))
}
