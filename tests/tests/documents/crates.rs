//! docs/dependencies.md lists what a default `chats` builds.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{cargo, code_in, read, root, rows, section};

const PAGE: &str = "docs/dependencies.md";
const BEGIN: &str = "<!-- crates: written by the test documents -->\n";
const END: &str = "<!-- end of crates -->";

/// The crates of the tree, each with those that ask for it, and whether reqwest is
/// among those above it.
struct Tree {
    parents: BTreeMap<String, BTreeSet<String>>,
    beneath_reqwest: BTreeSet<String>,
}

fn tree() -> Tree {
    let text = cargo(
        ".",
        &[
            "tree",
            "--package=chats",
            "--edges=normal",
            "--target=x86_64-unknown-linux-gnu",
            "--prefix=depth",
            "--no-dedupe",
            "--format= {p}",
            "--locked",
        ],
    );
    let mut tree = Tree {
        parents: BTreeMap::new(),
        beneath_reqwest: BTreeSet::new(),
    };
    let mut above: Vec<String> = Vec::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        let depth: usize = words.next().unwrap().parse().unwrap();
        let name = words.next().unwrap().to_owned();
        above.truncate(depth);
        let parents = tree.parents.entry(name.clone()).or_default();
        parents.extend(above.last().cloned());
        if name == "reqwest" || above.iter().any(|one| one == "reqwest") {
            tree.beneath_reqwest.insert(name.clone());
        }
        above.push(name);
    }
    tree
}

#[test]
fn the_list_of_crates_is_what_cargo_would_build() {
    let tree = tree();
    let page = read(PAGE);

    let mut list = format!("\n{} crates:", tree.beneath_reqwest.len());
    let mut width = list.len();
    for (number, name) in tree.beneath_reqwest.iter().enumerate() {
        let mark = if number == 0 { " " } else { ", " };
        let item = format!("`{name}`");
        if width + item.len() > 84 {
            let _ = write!(list, "{}\n{item}", mark.trim_end());
            width = item.len();
        } else {
            let _ = write!(list, "{mark}{item}");
            width += mark.len() + item.len();
        }
    }
    list.push_str(".\n\n");
    let (before, rest) = page.split_once(BEGIN).expect("a place for the list");
    let (_, after) = rest.split_once(END).expect("the end of the list");
    let fresh = format!("{before}{BEGIN}{list}{END}{after}");
    if std::env::var_os("CHATS_WRITE").is_some() {
        std::fs::write(root().join(PAGE), &fresh).unwrap();
    } else {
        assert!(
            fresh == page,
            "{PAGE} is stale; fix it with: \
             CHATS_WRITE=1 cargo test -p contract-tests --test documents"
        );
    }

    let table = rows(section(&page, "## Beyond reqwest"));
    let documented: BTreeSet<_> = table
        .iter()
        .map(|row| (code_in(&row[0])[0].to_owned(), code_in(&row[1]).join(" ")))
        .collect();
    let beyond: BTreeSet<_> = tree
        .parents
        .iter()
        .filter(|(name, _)| *name != "chats" && !tree.beneath_reqwest.contains(*name))
        .map(|(name, parents)| {
            let parents: Vec<_> = parents.iter().map(String::as_str).collect();
            (name.clone(), parents.join(" "))
        })
        .collect();
    assert_eq!(
        documented, beyond,
        "left: documented in {PAGE}, right: in the tree"
    );
}
