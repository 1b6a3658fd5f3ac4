//! `cargo xtask fuzz`: gives the targets in `fuzz/` to libFuzzer, on the stable
//! toolchain: coverage comes from LLVM's own pass, and no sanitizer is used.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ci::steps::cargo_command;
use crate::output::say;
use crate::{Failure, Result, workspace};

/// All targets, in the order of `fuzz/src/targets/mod.rs`.
pub const TARGETS: &[&str] = &["sse", "tokens", "markup", "replies", "codegen", "drift"];

/// The compiler flags by which libFuzzer sees the paths that the code takes.
const FLAGS: &str = "--cfg fuzzing -Cdebug-assertions -Coverflow-checks \
    -Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// The seconds that one input may take; a longer run is a hang.
const HANG: u32 = 10;
/// The longest input that is tried, in bytes.
const LONGEST: u32 = 16 * 1024;

/// Fuzzes one target, or `all`, for so many seconds each; then looks at how the
/// time of the kept inputs grows.
///
/// # Errors
///
/// If there is no such target, the program cannot be built, or something is found.
pub fn run(target: &str, seconds: u64) -> Result<()> {
    let chosen: Vec<_> = TARGETS
        .iter()
        .filter(|name| target == "all" || target == **name)
        .collect();
    if chosen.is_empty() {
        let all = TARGETS.join(", ");
        return Err(Failure::Step(format!("the targets are all, {all}")));
    }
    let folder = folder();
    let program = build(&folder)?;
    for name in chosen {
        say(format_args!("--- {name}, {seconds} s\n"));
        // New inputs are kept for the next run, but not in the repository.
        let found = folder.join("corpus").join(name);
        let crashes = folder.join("found").join(name);
        for path in [&found, &crashes] {
            std::fs::create_dir_all(path).map_err(|source| Failure::File {
                action: "make",
                path: path.clone(),
                source,
            })?;
        }
        let mut command = Command::new(&program);
        command
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-timeout={HANG}"))
            .arg(format!("-max_len={LONGEST}"))
            .arg(format!("-artifact_prefix={}/", crashes.display()))
            .args(["-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0"])
            .arg(&found)
            .arg(workspace::root().join("fuzz/corpus").join(name))
            .env("CHATS_FUZZ_TARGET", name);
        speaks_for_itself(&mut command, name)?;
        let mut growth = Command::new(&program);
        growth
            .env("CHATS_FUZZ_TARGET", name)
            .env("CHATS_FUZZ_GROWTH", "1");
        speaks_for_itself(&mut growth, name)?;
    }
    Ok(())
}

fn folder() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR");
    let target = target.map_or_else(|| workspace::root().join("target"), PathBuf::from);
    target.join("fuzzing")
}

/// Builds the program, and returns its path.
fn build(folder: &Path) -> Result<PathBuf> {
    let host = host()?;
    let mut command = cargo_command();
    command
        .args([
            "build",
            "--release",
            "--package",
            "fuzz",
            "--example",
            "fuzz",
        ])
        .args(["--features", "libfuzzer"])
        // The target is named, so that build scripts and macros are not built for
        // libFuzzer too.
        .args(["--target", &host])
        .arg("--target-dir")
        .arg(folder)
        .env("RUSTFLAGS", FLAGS)
        .current_dir(workspace::root());
    speaks_for_itself(&mut command, "cargo build")?;
    Ok(folder.join(host).join("release/examples/fuzz"))
}

fn host() -> Result<String> {
    let unknown = || Failure::Step("rustc does not say what it builds for".to_owned());
    let output = Command::new("rustc").arg("-vV").output();
    let text = output.map_err(|_| unknown())?.stdout;
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(line.ok_or_else(unknown)?.to_owned())
}

fn speaks_for_itself(command: &mut Command, name: &str) -> Result<()> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Step(format!("{name} ended with {status}"))),
        Err(error) => Err(Failure::Step(format!("{name} could not start: {error}"))),
    }
}
