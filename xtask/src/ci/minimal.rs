//! The check that the published crates build with the oldest versions that they say they
//! accept. Dev-dependencies are left out, as they are for users.

use std::fs;
use std::path::Path;

use super::Outcome;
use super::steps::{cargo_command, run};
use crate::{Failure, Result, workspace};

const PUBLISHED: &[&str] = &["chats", "chats-raw", "chats-server", "chats-cli"];

/// The features that are off by default, except `native-tls`, which needs OpenSSL.
const FEATURES: &str = "chats/blocking,chats/dotenv,chats/opentelemetry,chats/schemars";

/// Copies the published crates, takes the oldest direct versions, and builds.
pub(super) fn versions_build() -> Outcome {
    match tempfile::tempdir().map_err(|error| Failure::Step(error.to_string())) {
        Ok(folder) => {
            check(folder.path()).unwrap_or_else(|error| Outcome::Failed(error.to_string()))
        }
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn check(folder: &Path) -> Result<Outcome> {
    let root = workspace::root();
    let manifest = read(&root.join("Cargo.toml"))?;
    write(&folder.join("Cargo.toml"), &with_members(&manifest))?;
    for name in PUBLISHED {
        let (from, to) = (
            root.join("crates").join(name),
            folder.join("crates").join(name),
        );
        copy(&from, &to)?;
        let manifest = to.join("Cargo.toml");
        write(&manifest, &without_dev_dependencies(&read(&manifest)?))?;
    }
    let mut oldest = cargo_command();
    oldest
        .args(["generate-lockfile", "-Z", "direct-minimal-versions"])
        // For `-Z` alone; the crates are compiled without it.
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(folder);
    if let other @ (Outcome::Failed(_) | Outcome::Skipped(_)) = run(&mut oldest) {
        return Ok(other);
    }
    let mut build = cargo_command();
    build
        .args(["check", "--quiet", "--workspace", "--locked"])
        .args(["--features", FEATURES])
        .env("CARGO_TARGET_DIR", root.join("target/minimal"))
        .current_dir(folder);
    Ok(run(&mut build))
}

/// The workspace's manifest with the published crates as its only members.
fn with_members(manifest: &str) -> String {
    let members: Vec<_> = PUBLISHED
        .iter()
        .map(|name| format!("\"crates/{name}\""))
        .collect();
    let lines = manifest.lines().map(|line| match line {
        line if line.starts_with("members = ") => format!("members = [{}]\n", members.join(", ")),
        line => format!("{line}\n"),
    });
    lines.collect()
}

fn without_dev_dependencies(manifest: &str) -> String {
    let mut kept = String::new();
    let mut dropping = false;
    for line in manifest.lines() {
        if line.starts_with('[') {
            dropping = line.contains("dev-dependencies");
        }
        if !dropping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let entries = fs::read_dir(from).map_err(|source| failure("read", from, source))?;
    fs::create_dir_all(to).map_err(|source| failure("make", to, source))?;
    for entry in entries {
        let entry = entry.map_err(|source| failure("read", from, source))?;
        let (path, copy_of_it) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &copy_of_it)?;
        } else {
            fs::copy(&path, &copy_of_it).map_err(|source| failure("copy", &path, source))?;
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|source| failure("read", path, source))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(|source| failure("write", path, source))
}

fn failure(action: &'static str, path: &Path, source: std::io::Error) -> Failure {
    Failure::File {
        action,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_users_build_is_left() {
        let manifest = "[dependencies]\na = \"1\"\n[dev-dependencies]\nb = \"1\"\n\n[[example]]\nname = \"x\"\n";
        let kept = without_dev_dependencies(manifest);
        assert_eq!(
            kept,
            "[dependencies]\na = \"1\"\n[[example]]\nname = \"x\"\n"
        );
        let members = with_members("[workspace]\nmembers = [\"a\"]\n");
        assert!(members.contains("\"crates/chats-raw\"") && !members.contains("\"a\""));
    }
}
