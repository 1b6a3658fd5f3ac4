//! The check that the libraries build with none of their features, with each
//! alone, and with all.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::Outcome;
use super::steps::{cargo_command, run};
use crate::output::say;
use crate::workspace;

/// The crates whose features users choose from.
const CRATES: [&str; 2] = ["chats", "chats-server"];

/// This feature needs the platform's own library, which may be missing, so it has its own
/// check.
const NATIVE_TLS: &str = "native-tls";

/// Builds every combination that needs nothing but a Rust toolchain.
pub(super) fn each_builds() -> Outcome {
    for name in CRATES {
        let features = match declared(name) {
            Ok(features) => features,
            Err(reason) => return Outcome::Failed(reason),
        };
        let features: Vec<_> = features
            .into_iter()
            .filter(|feature| feature != NATIVE_TLS)
            .collect();
        let all = features.join(",");
        let combinations = [String::new()].into_iter().chain(features).chain([all]);
        for features in combinations {
            match builds(name, &features) {
                Outcome::Passed => {}
                other => return other,
            }
        }
    }
    Outcome::Passed
}

/// Builds `chats` with the platform's TLS, alone and with every other feature.
pub(super) fn native_tls_builds() -> Outcome {
    if !platform_tls_is_here() {
        return Outcome::Skipped("OpenSSL's development files are not installed".to_owned());
    }
    let all = match declared("chats") {
        Ok(features) => features.join(","),
        Err(reason) => return Outcome::Failed(reason),
    };
    match builds("chats", NATIVE_TLS) {
        Outcome::Passed => builds("chats", &all),
        other => other,
    }
}

fn builds(name: &str, features: &str) -> Outcome {
    say(format_args!("--- {name} with features {features:?}\n"));
    let mut command = cargo_command();
    command
        .args(["check", "--quiet", "--package", name])
        .args(["--no-default-features", "--features", features])
        .env("RUSTFLAGS", "-D warnings")
        .current_dir(workspace::root());
    run(&mut command)
}

/// The features that a crate declares, without `default`.
fn declared(name: &str) -> Result<Vec<String>, String> {
    let output = cargo_command()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(workspace::root())
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"].as_array();
    let features = packages
        .into_iter()
        .flatten()
        .find(|package| package["name"] == name)
        .and_then(|package| package["features"].as_object())
        .ok_or_else(|| format!("cargo metadata names no features of {name}"))?;
    let names = features.keys().filter(|name| *name != "default");
    Ok(names.cloned().collect())
}

/// Whether the platform's TLS library is installed; outside Linux it always is.
fn platform_tls_is_here() -> bool {
    let mut command = Command::new("pkg-config");
    command.args(["--exists", "openssl"]).stderr(Stdio::null());
    cfg!(not(target_os = "linux")) || command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_features_are_read_from_the_crate() {
        let features = declared("chats").unwrap();
        for feature in ["rustls", NATIVE_TLS, "blocking"] {
            assert!(features.iter().any(|f| f == feature), "{features:?}");
        }
        assert_eq!(declared("chats-server").unwrap(), ["cli"]);
    }
}
