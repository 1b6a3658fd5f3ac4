//! The check that the commands in the README work in a clone of what is committed,
//! with nothing built before.

use std::path::Path;
use std::process::Command;

use super::Outcome;
use super::steps::run;
use crate::output::say;
use crate::workspace;

/// Clones the repository and runs the commands.
pub(super) fn readme_commands_work() -> Outcome {
    let folder = match tempfile::tempdir() {
        Ok(folder) => folder,
        Err(error) => return Outcome::Failed(error.to_string()),
    };
    let clone = folder.path().join("clone");
    let mut git = Command::new("git");
    git.args(["clone", "--quiet"])
        .arg(workspace::root())
        .arg(&clone);
    match run(&mut git) {
        Outcome::Passed => {}
        Outcome::Failed(reason) => return Outcome::Skipped(format!("git clone: {reason}")),
        skipped @ Outcome::Skipped(_) => return skipped,
    }
    let readme = match std::fs::read_to_string(clone.join("README.md")) {
        Ok(readme) => readme,
        Err(error) => return Outcome::Failed(format!("README.md: {error}")),
    };
    let commands = first_commands(&readme);
    if commands.is_empty() {
        return Outcome::Failed("the README names no command".to_owned());
    }
    for command in commands {
        say(format_args!("--- {command}\n"));
        match run(&mut in_clone(&command, &clone)) {
            Outcome::Passed => {}
            other => return other,
        }
    }
    Outcome::Passed
}

/// A command in the clone, without the variables that this run's cargo sets.
fn in_clone(command: &str, clone: &Path) -> Command {
    let mut words = command.split_whitespace();
    let mut program = Command::new(words.next().unwrap_or_default());
    program
        .args(words)
        .current_dir(clone)
        .env("CARGO_TARGET_DIR", clone.join("target"))
        .env_remove("AIONVISION_API_KEY");
    for (name, _) in std::env::vars() {
        if name == "CARGO" || name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" {
            program.env_remove(name);
        }
    }
    program
}

/// The lines of the README's first block of shell commands, without comments.
fn first_commands(readme: &str) -> Vec<String> {
    readme
        .lines()
        .skip_while(|line| *line != "```sh")
        .skip(1)
        .take_while(|line| *line != "```")
        .map(|line| line.split(" #").next().unwrap_or(line).trim().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_commands_stand_first_in_the_readme() {
        let readme = std::fs::read_to_string(workspace::root().join("README.md")).unwrap();
        assert_eq!(
            first_commands(&readme),
            ["cargo run --example quickstart", "cargo xtask ci"]
        );
    }
}
