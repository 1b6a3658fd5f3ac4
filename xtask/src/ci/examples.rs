//! The check that every example of `chats` runs, with no key and no network.

use std::fs;

use super::Outcome;
use super::steps::{cargo_command, run};
use crate::output::say;
use crate::workspace;

/// Runs each file in `crates/chats/examples` to its end.
pub(super) fn all_run() -> Outcome {
    let folder = workspace::root().join("crates/chats/examples");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) => return Outcome::Failed(format!("{}: {error}", folder.display())),
    };
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|name| Some(name.strip_suffix(".rs")?.to_owned()))
        .collect();
    names.sort();
    for name in &names {
        say(format_args!("--- {name}\n"));
        let mut command = cargo_command();
        command
            // The same features as in the tests, so that nothing is rebuilt.
            .args(["run", "--quiet", "--features", "chats/blocking"])
            .args(["--example", name])
            .current_dir(workspace::root())
            // With a key they would talk to the real service.
            .env_remove("AIONVISION_API_KEY");
        match run(&mut command) {
            Outcome::Passed => {}
            other => return other,
        }
    }
    Outcome::Passed
}
