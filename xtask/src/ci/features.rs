//! The check that `chats` builds with none of its features, with each alone, and
//! with all.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::Outcome;
use super::steps::{cargo_command, run};
use crate::output::say;
use crate::workspace;

/// Needs the platform's own library, which may not be here.
const NATIVE_TLS: &str = "native-tls";

/// Builds every combination.
pub(super) fn each_builds() -> Outcome {
    let mut features = match declared() {
        Ok(features) => features,
        Err(reason) => return Outcome::Failed(reason),
    };
    if !platform_tls_is_here() {
        say(format_args!(
            "SKIPPED {NATIVE_TLS}: OpenSSL's development files are not here\n"
        ));
        features.retain(|feature| feature != NATIVE_TLS);
    }
    let all = features.join(",");
    let combinations = [String::new()].into_iter().chain(features).chain([all]);
    for features in combinations {
        say(format_args!("--- features: {features:?}\n"));
        let mut command = cargo_command();
        command
            .args(["check", "--quiet", "--package", "chats"])
            .args(["--no-default-features", "--features", &features])
            .env("RUSTFLAGS", "-D warnings")
            .current_dir(workspace::root());
        match run(&mut command) {
            Outcome::Passed => {}
            other => return other,
        }
    }
    Outcome::Passed
}

/// The features that the crate itself declares.
fn declared() -> Result<Vec<String>, String> {
    let output = cargo_command()
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(workspace::root())
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let metadata: Value = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = metadata["packages"].as_array();
    let chats = packages
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "chats")
        .and_then(|package| package["features"].as_object())
        .ok_or("cargo metadata names no features of chats")?;
    let names = chats.keys().filter(|name| *name != "default");
    Ok(names.cloned().collect())
}

/// Elsewhere than on Linux the platform brings its TLS along.
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
        let features = declared().unwrap();
        for feature in ["rustls", NATIVE_TLS, "blocking"] {
            assert!(features.iter().any(|f| f == feature), "{features:?}");
        }
    }
}
