//! The map in ARCHITECTURE.md names every module, and each invariant the tests that
//! hold it.

use std::collections::BTreeSet;
use std::path::Path;

use super::{code_in, packages, read, root, rows, section};

/// The modules at the top of a crate.
fn modules(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder.join("src")).into_iter().flatten();
    entries
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            !["lib.rs", "main.rs", "bin"].contains(&&*entry.file_name().to_string_lossy())
        })
        .map(|entry| {
            entry
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn the_map_names_every_crate_and_every_module() {
    let text = read("ARCHITECTURE.md");
    let map = rows(section(&text, "## The whole"));
    let mut missing = Vec::new();
    for package in packages(".") {
        let name = package["name"].as_str().unwrap();
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest
            .parent()
            .unwrap()
            .strip_prefix(root().canonicalize().unwrap());
        let folder = folder.unwrap().to_str().unwrap();
        let Some(row) = map
            .iter()
            .find(|row| row[0].contains(&format!("({folder})")))
        else {
            missing.push(name.to_owned());
            continue;
        };
        let named = code_in(&row[1]);
        let missed = modules(&root().join(folder));
        let missed = missed
            .into_iter()
            .filter(|module| !named.contains(&module.as_str()));
        missing.extend(missed.map(|module| format!("{name}: {module}")));
    }
    assert!(
        missing.is_empty(),
        "ARCHITECTURE.md does not name {missing:#?}"
    );
}

/// The links to tests in a cell: name of the function and path of its file.
fn links(cell: &str) -> Vec<(&str, &str)> {
    let links = cell.split("[`").skip(1);
    links
        .filter_map(|link| {
            let (name, rest) = link.split_once("`](")?;
            Some((name, rest.split_once(')')?.0))
        })
        .collect()
}

#[test]
fn each_invariant_names_a_test_that_exists() {
    let text = read("ARCHITECTURE.md");
    let table = rows(section(&text, "## What always holds"));
    assert!(table.len() > 15, "{}", table.len());
    for row in &table {
        let links = links(&row[1]);
        assert!(!links.is_empty(), "no test is named for: {}", row[0]);
        for (name, path) in links {
            let found = read(path).contains(&format!("fn {name}("));
            assert!(found, "{path} has no {name}, which should hold: {}", row[0]);
        }
    }
}
