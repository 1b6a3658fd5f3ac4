//! `cargo xtask soak`: starts the long trials, which live in `tests/src/soak`.

use crate::ci::steps::cargo_command;
use crate::{Failure, Result, workspace};

/// Builds the program of the trials with optimisations, and passes the arguments to it.
pub fn run(arguments: &[String]) -> Result<()> {
    let status = cargo_command()
        .args(["run", "--quiet", "--release"])
        .args(["--package", "contract-tests", "--bin", "soak", "--"])
        .args(arguments)
        .current_dir(workspace::root())
        .status()
        .map_err(|error| Failure::Step(format!("cargo could not be started: {error}")))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Step(format!("the trial ended with {status}")))
    }
}
