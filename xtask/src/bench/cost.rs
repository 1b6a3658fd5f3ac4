//! The build cost of `chats` compared with `reqwest` with the same TLS: the number of
//! crates, the time of `cargo check`, and the size of a small program.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::{Figures, output, succeed};
use crate::ci::steps::cargo_command;
use crate::{Failure, Result, workspace};

/// A program that speaks https.
struct Sample {
    name: &'static str,
    dependencies: String,
    main: &'static str,
}

fn samples() -> Vec<Sample> {
    let chats = workspace::root().join("crates/chats");
    let reqwest = |tls: &str| {
        format!(
            "reqwest = {{ version = \"0.13.5\", default-features = false, features = [\"gzip\", \"http2\", \"json\", \"query\", \"stream\", \"{tls}\"] }}\n"
        )
    };
    let tokio = "tokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n";
    let bare = "#[tokio::main(flavor = \"current_thread\")]\nasync fn main() {\n    println!(\"{:?}\", reqwest::get(\"https://example.com\").await.map(|reply| reply.status()));\n}\n";
    vec![
        Sample {
            name: "reqwest with ring",
            dependencies: reqwest("rustls-no-provider")
                + tokio
                + "rustls = { version = \"0.23\", default-features = false, features = [\"ring\", \"std\", \"tls12\", \"logging\"] }\n",
            main: "#[tokio::main(flavor = \"current_thread\")]\nasync fn main() {\n    rustls::crypto::ring::default_provider().install_default().unwrap();\n    println!(\"{:?}\", reqwest::get(\"https://example.com\").await.map(|reply| reply.status()));\n}\n",
        },
        Sample {
            name: "reqwest with aws-lc",
            dependencies: reqwest("rustls") + tokio,
            main: bare,
        },
        Sample {
            name: "chats",
            dependencies: format!("chats = {{ path = \"{}\" }}\n", chats.display()) + tokio,
            main: "#[tokio::main(flavor = \"current_thread\")]\nasync fn main() {\n    let client = chats::Client::from_env().unwrap();\n    println!(\"{:?}\", client.chats().list_sessions().await.map(|list| list.total));\n}\n",
        },
    ]
}

/// How often each sample is checked. Other work of the machine only adds to the time, so
/// the least time counts.
const CHECKS: usize = 2;

/// Builds each sample from nothing.
pub(super) fn measure(figures: &mut Figures) -> Result<()> {
    let samples = samples();
    let folders = samples.iter().map(lay_out);
    let folders = folders.collect::<std::io::Result<Vec<_>>>();
    let folders = folders.map_err(|error| Failure::Step(error.to_string()))?;
    let mut times = vec![f64::INFINITY; samples.len()];
    for round in 0..CHECKS {
        for ((sample, folder), least) in samples.iter().zip(&folders).zip(&mut times) {
            if round == 0 {
                figures.add("crates", sample.name, crates(folder.path())?);
                succeed(cargo(folder.path()).args(["fetch", "--quiet"]))?;
            }
            *least = check(folder.path())?.min(*least);
        }
    }
    for ((sample, folder), least) in samples.iter().zip(&folders).zip(times) {
        figures.add("seconds of cargo check, user", sample.name, least);
        succeed(cargo(folder.path()).args(["build", "--release", "--quiet"]))?;
        let built = folder.path().join("target/release/sample");
        let size = std::fs::metadata(built).map_err(|error| Failure::Step(error.to_string()))?;
        let megabytes = size.len() as f64 / 1e6;
        figures.add("stripped program, MB", sample.name, megabytes);
    }
    Ok(())
}

/// Writes a sample into a folder of its own.
fn lay_out(sample: &Sample) -> std::io::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let here = folder.path();
    let manifest = format!(
        "[package]\nname = \"sample\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[profile.release]\nstrip = true\n[dependencies]\n{}",
        sample.dependencies
    );
    std::fs::create_dir(here.join("src"))?;
    std::fs::write(here.join("Cargo.toml"), manifest)?;
    std::fs::write(here.join("src/main.rs"), sample.main)?;
    // All samples use the same versions.
    let lock = workspace::root().join("Cargo.lock");
    std::fs::copy(lock, here.join("Cargo.lock"))?;
    Ok(folder)
}

fn cargo(folder: &Path) -> Command {
    let mut command = cargo_command();
    command
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"));
    command
}

/// How many crates are built besides the sample itself.
fn crates(folder: &Path) -> Result<f64> {
    let mut command = cargo(folder);
    command.args([
        "tree",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let tree = output(&mut command)?;
    let names: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty() && !line.starts_with("sample "))
        .collect();
    Ok(names.len() as f64)
}

/// The user time of checking everything, by the shell's own clock.
fn check(folder: &Path) -> Result<f64> {
    succeed(cargo(folder).args(["clean", "--quiet"]))?;
    let mut command = Command::new("bash");
    command
        .args(["-c", "TIMEFORMAT=%U; time \"$0\" check --quiet 2>/dev/null"])
        .arg(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .current_dir(folder)
        .env("CARGO_TARGET_DIR", folder.join("target"));
    let done = command.output();
    let done = done.map_err(|error| super::failure(&command, &error))?;
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    let seconds = super::numbers(&said).last().copied();
    seconds.ok_or_else(|| super::failure(&command, &said))
}
