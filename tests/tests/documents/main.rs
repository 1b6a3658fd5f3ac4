//! The documents say what the code does: commands that can be typed, features that
//! exist, reasons for exactly the dependencies there are, tests that hold the stated
//! invariants, and a report that the drift detector really prints.

mod architecture;
mod commands;
mod crates;
mod dependencies;
mod drift_report;
mod features;
mod guide;

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What cargo prints for these arguments in this folder.
fn cargo(folder: &str, arguments: &[&str]) -> String {
    let output = std::process::Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(root().join(folder))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The packages of a workspace, as `cargo metadata` describes them.
fn packages(folder: &str) -> Vec<Value> {
    let metadata = cargo(folder, &["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&metadata).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The part of a document below a heading, up to the next heading of its level.
fn section<'d>(document: &'d str, heading: &str) -> &'d str {
    let start = document
        .find(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("there is no heading {heading:?}"));
    let body = &document[start + heading.len() + 2..];
    let level = heading.split(' ').next().unwrap();
    let next = (1..=level.len()).filter_map(|n| body.find(&format!("\n{} ", "#".repeat(n))));
    &body[..next.min().unwrap_or(body.len())]
}

/// The rows of the tables in a text, as cells; heads are left out.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |line: &str| line.starts_with("| ---");
    let mut rows = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let is_head = lines.get(number + 1).is_some_and(|next| is_rule(next));
        if line.starts_with('|') && !is_rule(line) && !is_head {
            let cells = line.trim().trim_matches('|').split('|');
            rows.push(cells.map(|cell| cell.trim().to_owned()).collect());
        }
    }
    rows
}

/// The texts between single backticks.
fn code_in(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn tables_and_sections_are_read() {
    let text = "# A\n\n## B\n\n| x | y |\n| --- | --- |\n| `a`, `b` | | c |\n\n## C\n\n| no |\n";
    let rows = rows(section(text, "## B"));
    assert_eq!(rows, [["`a`, `b`", "", "c"]]);
    assert_eq!(code_in(&rows[0][0]), ["a", "b"]);
}
