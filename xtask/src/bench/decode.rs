//! The decoders: instructions by callgrind, allocations by a counting allocator,
//! time by criterion. Instructions and allocations are the same on every run, so
//! each is taken once.

use std::path::Path;
use std::process::Command;

use super::{Figures, folder, numbers, output, program, succeed, target};
use crate::ci::steps::cargo_command;
use crate::{Failure, Result};

/// The decoders in the order of the table; the first is the floor.
const DECODERS: [&str; 5] = [
    "memchr2",
    "chats",
    "sse-stream",
    "sseer",
    "eventsource-stream",
];

/// Form, tokens and chunks of the streams that are decoded under callgrind.
const STREAMS: &[(&str, u32, &str)] = &[
    ("plain", 50, "1460"),
    ("plain", 500, "1460"),
    ("plain", 2000, "1460"),
    ("plain", 10_000, "1460"),
    ("plain", 500, "event"),
    ("plain", 500, "16384"),
    ("plain", 500, "7"),
    ("plain", 500, "1"),
    ("any-order", 500, "1460"),
    ("nested", 500, "1460"),
    ("accumulated", 500, "1460"),
    ("accumulated", 2000, "1460"),
    ("accumulated", 2000, "16384"),
    ("accumulated", 500, "7"),
];

/// Counts instructions and allocations.
pub(super) fn count(programs: &Path, figures: &mut Figures) -> Result<()> {
    let valgrind = Command::new("valgrind").arg("--version").output();
    if valgrind.is_ok_and(|done| done.status.success()) {
        for (form, tokens, chunks) in STREAMS {
            for decoder in DECODERS {
                let tokens = tokens.to_string();
                let stream = [decoder, *form, &tokens, *chunks];
                let what = format!("instructions, {form} {tokens} tokens, chunks {chunks}");
                let count = instructions(programs, &stream)?;
                figures.add(&what, decoder, count);
            }
        }
    } else {
        figures.skip("instructions", "valgrind is not installed");
    }
    for (form, tokens) in [
        ("plain", 500),
        ("plain", 10_000),
        ("accumulated", 500),
        ("accumulated", 10_000),
    ] {
        for decoder in &DECODERS[1..] {
            let tokens = tokens.to_string();
            let said =
                output(program(programs, "allocate").args([decoder, form, &tokens, "1460"]))?;
            let [_, count, bytes, _, decoded] = numbers(&said)[..] else {
                continue;
            };
            let stream = format!("{form} {tokens} tokens, chunks 1460");
            figures.add(
                &format!("allocations a token, {stream}"),
                decoder,
                count / decoded,
            );
            figures.add(
                &format!("bytes allocated a token, {stream}"),
                decoder,
                bytes / decoded,
            );
        }
    }
    Ok(())
}

fn instructions(programs: &Path, stream: &[&str]) -> Result<f64> {
    let file = target().join("callgrind.out");
    let mut command = Command::new("valgrind");
    command
        .args(["--tool=callgrind", "--toggle-collect=decode::counted*"])
        .arg(format!("--callgrind-out-file={}", file.display()))
        .arg(programs.join("decode"))
        .args(stream);
    output(&mut command)?;
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let total = written
        .lines()
        .find_map(|line| line.strip_prefix("summary:"));
    let total = total.map(numbers).unwrap_or_default();
    Ok(total.first().copied().unwrap_or(f64::NAN))
}

/// Measures time.
pub(super) fn time(figures: &mut Figures) -> Result<()> {
    let mut command = cargo_command();
    command
        .args(["bench", "--locked", "--bench", "decode", "--"])
        .args([
            "--noplot",
            "--warm-up-time",
            "0.5",
            "--measurement-time",
            "1.5",
        ])
        .current_dir(folder())
        .env("CARGO_TARGET_DIR", target());
    succeed(&mut command)?;
    for (form, tokens) in [
        ("plain", 50),
        ("plain", 500),
        ("plain", 10_000),
        ("any-order", 500),
        ("accumulated", 500),
        ("accumulated", 2000),
    ] {
        for decoder in DECODERS {
            let file = format!("criterion/{form}-{tokens}/{decoder}/new/estimates.json");
            let path = target().join(file);
            let told = std::fs::read(&path).map_err(|source| Failure::File {
                action: "read",
                path,
                source,
            })?;
            let told: serde_json::Value = serde_json::from_slice(&told).unwrap_or_default();
            if let Some(nanoseconds) = told["median"]["point_estimate"].as_f64() {
                let what = format!("microseconds, {form} {tokens} tokens, chunks 1460");
                figures.add(&what, decoder, nanoseconds / 1e3);
            }
        }
    }
    Ok(())
}
