//! The check by schemathesis, which knows nothing of the reference server but a
//! contract.

use std::process::Command;

use super::Outcome;
use super::steps::{cargo_command, python, run};
use crate::workspace;

/// Fuzzes the server by our contract, and by the publisher's where it is at hand.
pub(super) fn finds_nothing() -> Outcome {
    if !python(&["--version"]) {
        return Outcome::Skipped("there is no python3 here".to_owned());
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
        match run(&mut command) {
            Outcome::Passed => {}
            other => return other,
        }
    }
    Outcome::Passed
}
