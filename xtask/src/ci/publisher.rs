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

/// The crate that is copied.
const CRATE: &str = "crates/chats-raw";

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
    // Not the workspace's target folder: the steps around this one lock it, and the paths
    // of a scratch copy differ.
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
    let mut files = vec![
        ("Cargo.toml".to_owned(), manifest),
        ("Cargo.lock".to_owned(), read("Cargo.lock")?),
    ];
    for name in written_files(&root)? {
        let text = read(&name)?;
        files.push((name, text));
    }
    files.push((format!("{CRATE}/src/generated.rs"), generated.to_owned()));
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

/// The files of the crate that are written by hand.
fn written_files(root: &Path) -> Result<Vec<String>> {
    let sources = root.join(CRATE).join("src");
    let listed = fs::read_dir(&sources).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let listed = listed.map_err(|source| Failure::File {
        action: "list",
        path: sources,
        source,
    })?;
    let names = listed.iter().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        (name != "generated.rs").then(|| format!("{CRATE}/src/{name}"))
    });
    let manifest = format!("{CRATE}/Cargo.toml");
    Ok(names.chain([manifest]).collect())
}
