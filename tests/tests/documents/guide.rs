//! The guide leaves nothing out: every variable, and every method beside Python's.

use std::collections::BTreeSet;

use super::{read, root};

/// Words of this text that begin so, and go on.
fn words(text: &str, beginning: &str) -> BTreeSet<String> {
    let places = text.match_indices(beginning);
    places
        .map(|(at, _)| {
            let rest = &text[at..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            rest[..end.unwrap_or(rest.len())].to_owned()
        })
        .filter(|word| word != beginning)
        .collect()
}

/// The public methods in the sources of a folder.
fn methods(folder: &str) -> BTreeSet<String> {
    let mut methods = BTreeSet::new();
    for file in std::fs::read_dir(root().join(folder)).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let lines = source.lines().map(str::trim_start);
        let after = lines.filter_map(|line| {
            line.strip_prefix("pub fn ")
                .or_else(|| line.strip_prefix("pub async fn "))
        });
        methods.extend(after.map(|rest| rest[..rest.find(['(', '<']).unwrap()].to_owned()));
    }
    methods
}

#[test]
fn every_variable_is_on_the_page_about_configuration() {
    let read_by_code = words(
        &read("crates/chats/src/client/environment.rs"),
        "AIONVISION_",
    );
    let documented = words(
        &read("crates/chats/src/guide/configuration.md"),
        "AIONVISION_",
    );
    assert_eq!(documented, read_by_code);
    assert!(documented.len() >= 10, "{documented:?}");
}

#[test]
fn every_method_stands_beside_pythons() {
    let page = read("crates/chats/src/guide/from_python.md");
    for name in methods("crates/chats/src/resource") {
        let link = format!("(crate::ChatResource::{name})");
        assert!(page.contains(&link), "from_python.md has no {link}");
    }
    for name in [
        "session_id",
        "session",
        "send",
        "send_stream",
        "update_images",
        "update_documents",
        "update_videos",
        "update_mode",
        "approve_plan",
        "cancel_plan",
        "get_messages",
        "rename",
        "export",
        "close",
        "leave_open",
        "wait_for_answer",
    ] {
        assert!(methods("crates/chats/src/session").contains(name), "{name}");
        let link = format!("(crate::ChatSessionContext::{name})");
        assert!(page.contains(&link), "from_python.md has no {link}");
    }
}
