//! The list of checks. Every build names the whole workspace and no other features, so
//! that no step makes the next one rebuild its dependencies.

use std::process::Command;

use super::{
    Outcome, Step, clean_clone, detector, examples, features, fuzzer, minimal, packaging,
    publisher, release, reliability, tidy,
};
use crate::codegen::{self, write};
use crate::document::select::Selection;
use crate::workspace;

/// The checks of every change.
#[must_use]
pub fn quick() -> Vec<Step> {
    vec![
        cargo(
            "formatting",
            "cargo fmt --all",
            &["fmt", "--all", "--check"],
            &[],
        ),
        Step {
            name: "links in documents resolve, nothing is ignored or unfinished",
            fix: "cargo xtask ci --only links",
            run: Box::new(tidy::is_kept),
        },
        Step {
            name: "generated client is what the contract gives",
            fix: write::FIX,
            run: Box::new(codegen_is_fresh),
        },
        cargo(
            "clippy, warnings denied",
            "cargo clippy --workspace --fix",
            &["clippy", "--workspace", "--", "-D", "warnings"],
            &[],
        ),
        cargo(
            "tests, doctests, snapshots and the validity of the contract",
            "cargo test --workspace (a snapshot that should move: cargo insta review)",
            &["test", "--workspace", "--no-fail-fast"],
            // A run that checks snapshots must never accept one.
            &[("INSTA_UPDATE", Some("no"))],
        ),
        cargo(
            "rustdoc, warnings denied",
            "cargo doc --workspace --no-deps",
            &["doc", "--workspace", "--no-deps"],
            &[("RUSTDOCFLAGS", Some("-D warnings"))],
        ),
        Step {
            name: "examples run against the embedded server",
            fix: "cargo run --example quickstart",
            run: Box::new(examples::all_run),
        },
    ]
}

/// The checks of a release, on top of the quick ones.
#[must_use]
pub fn full() -> Vec<Step> {
    vec![
        cargo(
            "clippy of tests and examples, warnings denied",
            "cargo clippy --workspace --all-targets --fix",
            &[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ],
            &[],
        ),
        Step {
            name: "the publisher's document gives a client that compiles",
            fix: "cargo xtask ci --full --only publisher",
            run: Box::new(publisher::compiles),
        },
        Step {
            name: "the drift detector handles every known edit, as many as the README says",
            fix: "cargo xtask drift --self-test",
            run: Box::new(detector::handles_every_edit),
        },
        Step {
            name: "experiments agree with the drift detector",
            fix: "cargo test --package xtask --test maintenance experiments",
            run: Box::new(detector::agrees_with_experiments),
        },
        cargo(
            "every edit of the tests of maintenance is tried",
            "CHATS_EVERY_EDIT=1 cargo test --package xtask --test maintenance",
            &["test", "--package", "xtask", "--test", "maintenance"],
            &[("CHATS_EVERY_EDIT", Some("1"))],
        ),
        Step {
            name: "every feature of chats and chats-server builds alone",
            fix: "cargo xtask ci --full --only feature",
            run: Box::new(features::each_builds),
        },
        Step {
            name: "chats builds with native-tls",
            fix: "cargo check --package chats --no-default-features --features native-tls",
            run: Box::new(features::native_tls_builds),
        },
        Step {
            name: "documentation builds as docs.rs builds it",
            fix: "RUSTC_BOOTSTRAP=1 RUSTDOCFLAGS=\"--cfg docsrs -D warnings\" \
                  cargo doc --package chats --all-features --no-deps",
            run: Box::new(release::documents_as_docs_rs_does),
        },
        Step {
            name: "public API against the last release: cargo semver-checks",
            fix: "cargo semver-checks --package chats --all-features",
            run: Box::new(release::api_is_compatible),
        },
        Step {
            name: "the packaged crates work in a new project elsewhere",
            fix: packaging::FIX,
            run: Box::new(packaging::works_elsewhere),
        },
        Step {
            name: "the commands in the README work in a clean clone",
            fix: "git clone . ../clone && cd ../clone && cargo xtask ci",
            run: Box::new(clean_clone::readme_commands_work),
        },
        Step {
            name: "schemathesis, which knows only the contract, finds nothing in the server",
            fix: "python3 crates/chats-server/conformance/fuzz.py target/debug/chats-server openapi.json",
            run: Box::new(fuzzer::finds_nothing),
        },
        Step {
            name: "the long trials of reliability hold",
            fix: "cargo xtask soak --help (and run the trial that failed)",
            run: Box::new(reliability::trials_hold),
        },
        Step {
            name: "fuzzing every target briefly finds nothing",
            fix: "cargo xtask fuzz all --seconds 5",
            run: Box::new(reliability::fuzzing_finds_nothing),
        },
        Step {
            name: "the crates build with the oldest versions they accept",
            fix: "cargo xtask ci --full --only oldest (and raise the version it names)",
            run: Box::new(minimal::versions_build),
        },
        Step {
            name: "licences, duplicates and advisories are as deny.toml allows",
            fix: "cargo deny --all-features check",
            run: Box::new(reliability::dependencies_are_allowed),
        },
        Step {
            name: "the contract passes openapi-spec-validator",
            fix: "python3 -m openapi_spec_validator openapi.json",
            run: Box::new(python_validator),
        },
    ]
}

/// A step that runs cargo in the workspace; `None` takes a variable away.
fn cargo(
    name: &'static str,
    fix: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, Option<&'static str>)],
) -> Step {
    Step {
        name,
        fix,
        run: Box::new(move || {
            let mut command = cargo_command();
            command.args(arguments).current_dir(workspace::root());
            for (variable, value) in environment {
                match value {
                    Some(value) => command.env(variable, value),
                    None => command.env_remove(variable),
                };
            }
            run(&mut command)
        }),
    }
}

/// The cargo that runs this program.
#[must_use]
pub fn cargo_command() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // `cargo run` sets these for this program; a child would apply them to itself.
    command
        .env_remove("CARGO_MANIFEST_DIR")
        .env_remove("CARGO_PKG_NAME");
    command
}

/// Runs a program whose output already explains a failure.
pub(super) fn run(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Outcome::Passed,
        Ok(status) => Outcome::Failed(format!("it ended with {status}")),
        Err(error) => Outcome::Failed(format!("it could not be started: {error}")),
    }
}

fn codegen_is_fresh() -> Outcome {
    let outcome = codegen::from_file(&workspace::contract(), &Selection::default())
        .and_then(|generated| write::check(&workspace::generated(), &generated.text, write::FIX));
    match outcome {
        Ok(()) => Outcome::Passed,
        Err(failure) => Outcome::Failed(failure.to_string()),
    }
}

/// Whether `python3` is installed and succeeds with these arguments.
pub(super) fn python(arguments: &[&str]) -> bool {
    let mut command = Command::new("python3");
    command.args(arguments).stdout(std::process::Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Installs the validator from PyPI in a folder of its own and runs it.
fn python_validator() -> Outcome {
    if !python(&["--version"]) {
        return Outcome::Skipped("there is no python3 here".to_owned());
    }
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let target = folder.path().display().to_string();
    let install = ["-m", "pip", "install", "--quiet", "--target", &target];
    let install = [&install[..], &["openapi-spec-validator==0.7.2"]].concat();
    if !python(&install) {
        return Outcome::Skipped("openapi-spec-validator cannot be installed here".to_owned());
    }
    let mut command = Command::new("python3");
    command
        .args(["-m", "openapi_spec_validator"])
        .arg(workspace::contract())
        .env("PYTHONPATH", target);
    run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_fails_or_is_missing_fails_its_step() {
        assert_eq!(run(cargo_command().arg("--version")), Outcome::Passed);
        let unknown = run(cargo_command().args(["--color", "never", "no-such-command"]));
        assert!(matches!(unknown, Outcome::Failed(_)));
        let missing = run(&mut Command::new("no-such-program"));
        assert!(matches!(missing, Outcome::Failed(_)));
    }

    #[test]
    fn every_step_says_how_to_fix_it() {
        let steps = quick().into_iter().chain(full());
        for step in steps {
            assert!(!step.fix.is_empty(), "{}", step.name);
        }
    }
}
