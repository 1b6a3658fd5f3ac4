//! The checks of a release beyond packages that build: documentation as docs.rs builds
//! it, and a public API that breaks nothing within a compatible version.

use std::process::Command;

use super::Outcome;
use super::steps::{cargo_command, run};
use crate::output::say;
use crate::workspace;

/// The published libraries, whose public API and documentation count.
const LIBRARIES: [&str; 3] = ["chats", "chats-server", "chats-raw"];

/// Documents each library as docs.rs does: with all features, and with the labels
/// that say which feature an item needs.
pub(super) fn documents_as_docs_rs_does() -> Outcome {
    for name in LIBRARIES {
        say(format_args!("--- {name}\n"));
        let mut command = cargo_command();
        command
            .args(["doc", "--quiet", "--package", name])
            .args(["--all-features", "--no-deps"])
            // The labels are a nightly feature of rustdoc.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTDOCFLAGS", "--cfg docsrs -D warnings")
            // Another folder: these flags would make the next step build again.
            .env("CARGO_TARGET_DIR", workspace::root().join("target/docsrs"))
            .current_dir(workspace::root());
        match run(&mut command) {
            Outcome::Passed => {}
            other => return other,
        }
    }
    Outcome::Passed
}

/// Compares the public API with that of the last release, where there is one. The
/// snapshot of the public API (`tests/tests/review/public_api.rs`) shows every
/// change, also those that semantic versioning allows.
pub(super) fn api_is_compatible() -> Outcome {
    let tool = cargo_command()
        .args(["semver-checks", "--version"])
        .output();
    if !tool.is_ok_and(|output| output.status.success()) {
        let how =
            "cargo-semver-checks is not installed: cargo install --locked cargo-semver-checks";
        return Outcome::Skipped(how.to_owned());
    }
    // `chats-raw` promises nothing about its names and types.
    for name in ["chats", "chats-server"] {
        if let Err(reason) = released(name) {
            return Outcome::Skipped(reason);
        }
        let mut command = cargo_command();
        command
            .args(["semver-checks", "--package", name, "--all-features"])
            .current_dir(workspace::root());
        match run(&mut command) {
            Outcome::Passed => {}
            other => return other,
        }
    }
    Outcome::Passed
}

/// Succeeds if a version of this crate is on crates.io, or says why it cannot be
/// compared.
fn released(name: &str) -> Result<(), String> {
    let mut command = Command::new(cargo_command().get_program());
    command
        .args(["info", "--quiet", name])
        // Inside the workspace, cargo would describe the workspace's own crate.
        .current_dir(std::env::temp_dir());
    let output = command.output().map_err(|error| error.to_string())?;
    let info = String::from_utf8_lossy(&output.stdout);
    match (output.status.success(), is_ours(&info)) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("{name} on crates.io is not this project's")),
        (false, _) => Err(format!("no release of {name} was found on crates.io")),
    }
}

/// Whether what `cargo info` prints names this repository.
fn is_ours(info: &str) -> bool {
    info.lines()
        .any(|line| line.trim() == concat!("repository: ", env!("CARGO_PKG_REPOSITORY")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_of_the_same_name_elsewhere_is_not_ours() {
        let ours = format!("chats\nrepository: {}\n", env!("CARGO_PKG_REPOSITORY"));
        assert!(is_ours(&ours));
        assert!(!is_ours("chats\nrepository: https://example.org/chats\n"));
    }
}
