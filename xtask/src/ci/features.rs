//! The check that `chats` builds with none of its features, with each alone, and
//! with all.

use super::Outcome;
use super::steps::{cargo_command, run};
use crate::output::say;
use crate::workspace;

/// `native-tls` needs the platform's own library, which may not be here.
const FEATURES: &[&str] = &[
    "", "rustls", "http2", "gzip", "blocking", "dotenv", "schemars",
];

/// Builds every combination.
pub(super) fn each_builds() -> Outcome {
    for features in FEATURES {
        say(format_args!("--- features: {features:?}\n"));
        let mut command = cargo_command();
        command
            .args(["check", "--quiet", "--package", "chats"])
            .args(["--no-default-features", "--features", features])
            .current_dir(workspace::root());
        match run(&mut command) {
            Outcome::Passed => {}
            other => return other,
        }
    }
    Outcome::Passed
}
