//! The check that the publisher's own document, as it is, gives a client that
//! compiles: a scratch copy of `chats-raw` with another `generated.rs`.

use std::fs;
use std::path::Path;

use super::Outcome;
use super::steps::{cargo_command, run};
use crate::codegen::{self, Generated};
use crate::document::select::Selection;
use crate::output::say;
use crate::{Failure, Result, workspace};

/// How many of the publisher's 182 operations must be generated.
const FEWEST: usize = 170;

/// Generates from the publisher's document, its chat paths and all of it, and
/// compiles both.
pub fn compiles() -> Outcome {
    let Some(document) = workspace::publishers_document() else {
        return Outcome::Skipped("the publisher's document is not beside this checkout".to_owned());
    };
    for selection in [Selection::default(), Selection::All] {
        let generated = match codegen::from_file(&document, &selection) {
            Ok(generated) => generated,
            Err(failure) => return Outcome::Failed(failure.to_string()),
        };
        say(&generated.report);
        if selection == Selection::All && generated.report.operations < FEWEST {
            return Outcome::Failed(format!("fewer than {FEWEST} operations were generated"));
        }
        match compile(&generated) {
            Ok(Outcome::Passed) => {}
            Ok(other) => return other,
            Err(failure) => return Outcome::Failed(failure.to_string()),
        }
    }
    Outcome::Passed
}

fn compile(generated: &Generated) -> Result<Outcome> {
    let scratch = tempfile::tempdir().map_err(|error| Failure::Step(error.to_string()))?;
    copy_crate(scratch.path(), &generated.text)?;
    // The target folder of the workspace is of no use: its lock is ours to
    // hold for the steps around this one, and a scratch copy has other paths.
    let mut command = cargo_command();
    command
        .args(["check", "--package", "chats-raw"])
        .current_dir(scratch.path())
        .env("CARGO_TARGET_DIR", workspace::root().join("target/scratch"));
    Ok(run(&mut command))
}

/// A workspace with the same shared versions, lock file and lints, and with
/// `chats-raw` as its one member.
fn copy_crate(scratch: &Path, generated: &str) -> Result<()> {
    let root = workspace::root();
    let read = |name: &str| {
        let path = root.join(name);
        fs::read_to_string(&path).map_err(|source| Failure::File {
            action: "read",
            path,
            source,
        })
    };
    let manifest = read("Cargo.toml")?;
    let members = r#"members = ["crates/*", "fuzz", "tests", "xtask"]"#;
    if !manifest.contains(members) {
        return Err(Failure::Step(
            "the list of members has another form".to_owned(),
        ));
    }
    let manifest = manifest.replace(members, r#"members = ["crates/chats-raw"]"#);
    let files = [
        ("Cargo.toml", manifest),
        ("Cargo.lock", read("Cargo.lock")?),
        (
            "crates/chats-raw/Cargo.toml",
            read("crates/chats-raw/Cargo.toml")?,
        ),
        (
            "crates/chats-raw/src/lib.rs",
            read("crates/chats-raw/src/lib.rs")?,
        ),
        (
            "crates/chats-raw/src/date.rs",
            read("crates/chats-raw/src/date.rs")?,
        ),
        ("crates/chats-raw/src/generated.rs", generated.to_owned()),
    ];
    for (name, text) in files {
        let path = scratch.join(name);
        let written = fs::create_dir_all(path.parent().unwrap_or(scratch))
            .and_then(|()| fs::write(&path, text));
        written.map_err(|source| Failure::File {
            action: "write",
            path,
            source,
        })?;
    }
    Ok(())
}
