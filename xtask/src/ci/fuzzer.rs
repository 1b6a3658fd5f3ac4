//! The check by schemathesis, which knows nothing about the reference server but
//! the contract.

use std::process::Command;

use super::Outcome;
use super::steps::{cargo_command, python, run};
use crate::workspace;

/// The exit code of `fuzz.py` if schemathesis is not available: the one by which
/// automake's test programs report a skipped test.
const NOT_RUN: i32 = 77;

/// Fuzzes the server by our contract, and by the publisher's where it is at hand.
pub(super) fn finds_nothing() -> Outcome {
    if !python(&["--version"]) {
        return Outcome::Skipped("python3 is not installed".to_owned());
    }
    let mut build = cargo_command();
    build
        .args(["build", "--package", "chats-server"])
        .current_dir(workspace::root());
    if let failed @ Outcome::Failed(_) = run(&mut build) {
        return failed;
    }
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace::root().join("target"), Into::into);
    let documents = [
        Some(workspace::contract()),
        workspace::publishers_document(),
    ];
    for document in documents.into_iter().flatten() {
        let mut command = Command::new("python3");
        command
            .arg(workspace::root().join("crates/chats-server/conformance/fuzz.py"))
            .arg(target.join("debug/chats-server"))
            .arg(document)
            .arg("--work")
            .arg(target.join("fuzz"));
        match judged(&mut command) {
            Outcome::Passed => {}
            other => return other,
        }
    }
    Outcome::Passed
}

/// Like [`run`], for a program that can report that it was skipped.
fn judged(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) if status.code() == Some(NOT_RUN) => {
            Outcome::Skipped("schemathesis cannot be installed".to_owned())
        }
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => Outcome::Failed(format!("it ended with {status}")),
        Err(error) => Outcome::Failed(format!("it could not be started: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_fuzzer_that_did_not_run_has_not_passed() {
        let ends_with = |code: i32| {
            let mut command = Command::new("sh");
            judged(command.args(["-c", &format!("exit {code}")]))
        };
        assert_eq!(ends_with(0), Outcome::Passed);
        assert!(matches!(ends_with(NOT_RUN), Outcome::Skipped(_)));
        assert!(matches!(ends_with(1), Outcome::Failed(_)));
    }
}
