//! The check that the published crates work away from this workspace: they are packaged,
//! unpacked, and used by a new project as users would use them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::Outcome;
use super::steps::{cargo_command, run};
use crate::output::say;
use crate::workspace;

/// Packages every published crate; the workspace's other members, which are never
/// published, are packaged too and change nothing.
pub(super) const FIX: &str = "cargo package --workspace --no-verify --allow-dirty";

const LIBRARIES: [&str; 3] = ["chats-raw", "chats-server", "chats"];
const COMMAND: &str = "chats-cli";

/// What the new project does.
const PROGRAM: &str = r#"use futures_util::TryStreamExt;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = chats_server::Server::builder().start().await?;
    let client = chats::Client::builder()
        .base_url(server.base_url())
        .api_key(server.api_key())
        .build()?;
    let session = client.chats().session().title("Poles").open().await?;
    let pieces = session.send_stream("Find damaged poles").await?.text_deltas();
    let text: String = pieces.try_collect().await?;
    assert!(text.contains("pole"), "{text}");
    session.close().await?;
    client.shutdown().await;
    server.shutdown().await;
    println!("{text}");
    Ok(())
}
"#;

/// Packages, unpacks and uses every published crate.
pub(super) fn works_elsewhere() -> Outcome {
    match try_it() {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Failed(error.to_string()),
    }
}

fn try_it() -> std::io::Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let target = folder.path().join("target");
    let mut package = cargo_command();
    package
        // The new project below verifies the packages.
        .args(FIX.split(' ').skip(1))
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(workspace::root());
    match run(&mut package) {
        Outcome::Passed => {}
        other => return Ok(other),
    }
    let project = folder.path().join("project");
    fs::create_dir_all(project.join("src"))?;
    for entry in fs::read_dir(target.join("package"))? {
        let path = entry?.path();
        if path
            .extension()
            .is_none_or(|extension| extension != "crate")
        {
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str());
        let is_command = name.is_some_and(|name| name.starts_with(COMMAND));
        let place = if is_command { &project } else { folder.path() };
        let mut unpack = Command::new("tar");
        unpack.arg("xzf").arg(&path).arg("-C").arg(place);
        match run(&mut unpack) {
            Outcome::Passed => {}
            other => return Ok(other),
        }
    }
    let command = find(&project, COMMAND)?;
    let mut manifest = format!(
        "[package]\nname = \"project\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [workspace]\nmembers = [{command:?}]\n\n\
         [dependencies]\nchats = \"0.1\"\nchats-server = \"0.1\"\nfutures-util = \"0.3\"\n\
         tokio = {{ version = \"1\", features = [\"full\"] }}\n\n[patch.crates-io]\n"
    );
    for name in LIBRARIES {
        let unpacked = find(folder.path(), name)?;
        writeln!(manifest, "{name} = {{ path = {unpacked:?} }}").expect("a string takes all");
    }
    fs::write(project.join("Cargo.toml"), manifest)?;
    fs::write(project.join("src/main.rs"), PROGRAM)?;
    say("--- a new project with the packaged chats and chats-server\n");
    let mut program = cargo_command();
    program
        .args(["run", "--quiet"])
        .env("CARGO_TARGET_DIR", &target)
        .current_dir(&project);
    match run(&mut program) {
        Outcome::Passed => {}
        other => return Ok(other),
    }
    say("--- the packaged command\n");
    let mut command = cargo_command();
    command
        .args(["run", "--quiet", "--package", COMMAND, "--"])
        .args(["--local", "chat", "Find damaged poles"])
        .env("CARGO_TARGET_DIR", &target)
        .env("HOME", folder.path())
        .current_dir(&project);
    Ok(run(&mut command))
}

/// The folder that a package was unpacked into: its name and a version.
fn find(folder: &Path, name: &str) -> std::io::Result<std::path::PathBuf> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let version = file
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('-'));
        if version.is_some_and(|version| version.starts_with(|c: char| c.is_ascii_digit())) {
            return Ok(path);
        }
    }
    Err(std::io::Error::other(format!("{name} was not packaged")))
}
