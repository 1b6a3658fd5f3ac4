//! One table of features, in the README and in rustdoc, for what the manifest has.

use std::collections::BTreeSet;

use super::{code_in, packages, read, rows, section};

#[test]
fn the_table_of_features_is_the_manifests_in_both_places() {
    let table = rows(section(&read("README.md"), "## Features"));
    let rustdoc: String = read("crates/chats/src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    assert_eq!(
        rows(section(&rustdoc, "# Features")),
        table,
        "README.md and lib.rs differ"
    );

    let packages = packages(".");
    let chats = packages
        .iter()
        .find(|package| package["name"] == "chats")
        .unwrap();
    let declared = chats["features"].as_object().unwrap();
    let names: BTreeSet<&str> = declared.keys().map(String::as_str).collect();
    let documented: BTreeSet<&str> = table.iter().flat_map(|row| code_in(&row[0])).collect();
    assert_eq!(documented, &names - &BTreeSet::from(["default"]));

    let default = declared["default"].as_array().unwrap();
    for row in &table {
        let name = code_in(&row[0])[0];
        let by_default = default.iter().any(|feature| feature == name);
        assert_eq!(row[1] == "yes", by_default, "{name}");
    }
}
