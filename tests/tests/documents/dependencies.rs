//! ARCHITECTURE.md gives a reason for each dependency of each crate, and for no other.

use std::collections::BTreeSet;

use super::{code_in, packages, read, rows, section};

#[test]
fn every_dependency_has_a_reason_and_every_reason_a_dependency() {
    let text = read("ARCHITECTURE.md");
    let all = section(&text, "## Dependencies");
    let mut known = BTreeSet::new();
    for package in packages(".").iter().chain(&packages("benches")) {
        let name = package["name"].as_str().unwrap();
        known.insert(name.to_owned());
        let of_others = package["dependencies"].as_array().unwrap().iter();
        // The members of this workspace are explained by the map of the crates.
        let of_others = of_others.filter(|dependency| dependency["path"].is_null());
        let needed: BTreeSet<&str> = of_others.map(|one| one["name"].as_str().unwrap()).collect();
        let table = rows(section(all, &format!("### `{name}`")));
        let explained: BTreeSet<&str> = table.iter().flat_map(|row| code_in(&row[0])).collect();
        assert_eq!(
            explained, needed,
            "left: explained in ARCHITECTURE.md, right: used by {name}"
        );
        assert!(
            table.iter().all(|row| row[1].len() > 3),
            "{name}: a reason is missing"
        );
    }
    let headings = all.lines().filter(|line| line.starts_with("### "));
    let headings: BTreeSet<_> = headings.map(|line| code_in(line)[0].to_owned()).collect();
    assert_eq!(headings, known, "a heading is of no crate");
}
