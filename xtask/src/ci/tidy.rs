//! Checks this project's own rules on every file that git knows: links in documents
//! resolve, no test is ignored, no code is unfinished, no source file is too long.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::Outcome;
use crate::workspace;

/// The most lines of a source file; a longer one surely holds more than one idea.
const MOST_LINES: usize = 600;

/// Looks at every file.
pub(super) fn is_kept() -> Outcome {
    let root = workspace::root();
    let files = match tracked(&root) {
        Ok(files) => files,
        Err(reason) => return Outcome::Failed(reason),
    };
    let shipped = shipped(&root);
    let mut problems = Vec::new();
    for file in &files {
        let Ok(text) = std::fs::read_to_string(root.join(file)) else {
            continue;
        };
        match Path::new(file).extension().and_then(|e| e.to_str()) {
            Some("md") => {
                problems.extend(document(&root, file, &text));
                if shipped.contains(file) {
                    problems.extend(relative_links(file, &text));
                }
            }
            Some("rs") => problems.extend(source(file, &text)),
            _ => {}
        }
    }
    if problems.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed(problems.join("\n"))
    }
}

/// The files that git tracks, and the new ones that it does not ignore.
fn tracked(root: &Path) -> Result<Vec<String>, String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("git ls-files: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let names = String::from_utf8_lossy(&output.stdout);
    Ok(names.lines().map(str::to_owned).collect())
}

/// The READMEs that are published with a crate, as paths from the root.
fn shipped(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let crates = std::fs::read_dir(root.join("crates")).into_iter().flatten();
    for folder in crates.flatten().map(|entry| entry.path()) {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        let readme = manifest
            .lines()
            .find_map(|line| line.strip_prefix("readme = ")?.trim().strip_prefix('"'))
            .and_then(|rest| rest.strip_suffix('"'));
        let path = readme.and_then(|readme| folder.join(readme).canonicalize().ok());
        let here = root.canonicalize().ok();
        if let (Some(path), Some(here)) = (path, here)
            && let Ok(path) = path.strip_prefix(here)
        {
            found.insert(path.display().to_string());
        }
    }
    found
}

/// The relative links of a published README, which is shown far from the files around it.
fn relative_links(file: &str, text: &str) -> Vec<String> {
    let links = Parser::new(text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => Some(dest_url),
        _ => None,
    });
    links
        .filter(|link| !link.contains("://") && !link.starts_with('#'))
        .map(|link| format!("{file} is published; the link `{link}` must be absolute"))
        .collect()
}

fn document(root: &Path, file: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                if let Some(problem) = broken(root, file, text, &dest_url) {
                    problems.push(format!("{file}: {problem}"));
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind)))
                if kind.split(',').any(|word| word.trim() == "ignore") =>
            {
                problems.push(format!("{file}: a code block is not tested (`ignore`)"));
            }
            _ => {}
        }
    }
    problems
}

/// Where this repository's files are shown.
const OURS: [&str; 3] = [
    concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/HEAD/"),
    "https://raw.githubusercontent.com/aionvision/chats/HEAD/",
    env!("CARGO_PKG_REPOSITORY"),
];

/// Where the guide's pages are shown.
const GUIDE: &str = "https://docs.rs/chats/latest/chats/guide/";

/// Why a link leads nowhere. Addresses elsewhere are not visited, and rustdoc checks the
/// links into code.
fn broken(root: &Path, file: &str, text: &str, link: &str) -> Option<String> {
    if let Some(path) = OURS[..2].iter().find_map(|ours| link.strip_prefix(ours)) {
        return broken(root, "README.md", text, path)
            .map(|_| format!("the link `{link}` leads to nothing in this checkout"));
    }
    if link.starts_with(OURS[2]) && link != OURS[2] {
        return Some(format!("the link `{link}` should begin with {}", OURS[0]));
    }
    if let Some(page) = link.strip_prefix(GUIDE) {
        let page = page.trim_end_matches("index.html").trim_end_matches('/');
        let page = if page.is_empty() {
            "mod.rs"
        } else {
            &format!("{page}.md")
        };
        let exists = root.join("crates/chats/src/guide").join(page).exists();
        return (!exists).then(|| format!("the link `{link}` leads to no page of the guide"));
    }
    if link.contains("://") || link.contains("::") || link.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() {
        text.to_owned()
    } else {
        let beside = root.join(file).parent()?.join(path);
        if !beside.exists() {
            return Some(format!("the link `{link}` leads nowhere"));
        }
        std::fs::read_to_string(beside).unwrap_or_default()
    };
    let known = heading.is_empty() || headings(&target).contains(heading);
    (!known).then(|| format!("the link `{link}` leads to no heading"))
}

/// The names under which headings are linked to.
fn headings(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut heading = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => names.extend(heading.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    let kept = text.chars().filter_map(|c| match c {
                        ' ' => Some('-'),
                        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
                        _ => None,
                    });
                    heading.extend(kept.flat_map(char::to_lowercase));
                }
            }
            _ => {}
        }
    }
    names
}

fn source(file: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES && !file.ends_with("/generated.rs") {
        problems.push(format!(
            "{file}: {lines} lines; split it (at most {MOST_LINES})"
        ));
    }
    // Assembled here, so that this file does not report itself.
    let unfinished = ["todo", "unimplemented"].map(|name| format!("{name}!("));
    let ignored = ["#[", "ignore"].concat();
    for (number, line) in text.lines().enumerate() {
        let mut tell = |what: &str| problems.push(format!("{file}:{}: {what}", number + 1));
        let code = line.trim_start();
        if unfinished.iter().any(|call| code.contains(call.as_str())) {
            tell("something is left to be done");
        }
        if code.starts_with(&ignored) {
            tell("a test is ignored");
        }
        let doc = code
            .strip_prefix("///")
            .or_else(|| code.strip_prefix("//!"));
        let fence = doc.and_then(|doc| doc.trim_start().strip_prefix("```"));
        if fence.is_some_and(|kind| kind.split(',').any(|word| word.trim() == "ignore")) {
            tell("an example is not tested (`ignore`)");
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_leads_nowhere_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let other = "# One `two`\n\ntext";
        std::fs::write(folder.path().join("other.md"), other).unwrap();
        let text = "# Here, now\n\n[a](other.md) [b](other.md#one-two) [c](#here-now) \
                    [d](https://example.org/x) [e](crate::Client) [f](none.md) \
                    [g](other.md#three) ![h](none.svg) [i](#there)\n\n```rust,ignore\n```\n";
        let problems = document(folder.path(), "a.md", text);
        assert_eq!(problems.len(), 5, "{problems:#?}");
        for (problem, link) in problems
            .iter()
            .zip(["none.md", "#three", "none.svg", "#there"])
        {
            assert!(problem.contains(link), "{problem}");
        }
    }

    #[test]
    fn an_absolute_link_into_the_repository_must_lead_to_a_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("here.md"), "# One\n").unwrap();
        let link = |path: &str| format!("[a]({}{path})", OURS[0]);
        let good = format!("{} {}", link("here.md"), link("here.md#one"));
        assert_eq!(document(folder.path(), "README.md", &good), [""; 0]);
        let guide = format!("[a]({GUIDE}nothing/)");
        let raw = format!("![a]({}none.svg)", OURS[1]);
        let main = format!("[a]({}/tree/main/here.md)", OURS[2]);
        for bad in [link("none.md"), link("here.md#two"), guide, raw, main] {
            let problems = document(folder.path(), "README.md", &bad);
            assert_eq!(problems.len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_published_readme_has_no_relative_link() {
        let text = "[a](#here) [b](https://example.org) [c](other.md) ![d](picture.svg)";
        assert_eq!(relative_links("README.md", text).len(), 2);
        let shipped = shipped(&workspace::root());
        assert!(
            shipped.contains("README.md") && shipped.len() == 4,
            "{shipped:?}"
        );
    }

    #[test]
    fn what_is_left_or_ignored_is_named_with_its_line() {
        let text = ["fn a() { to", "do!() }\n#[ig", "nore]\n/// ```ignore\n"].concat();
        let problems = source("a.rs", &text);
        assert_eq!(problems.len(), 3, "{problems:#?}");
        assert!(problems[1].starts_with("a.rs:2"), "{problems:#?}");
        let long = "\n".repeat(MOST_LINES + 1);
        assert_eq!(source("a.rs", &long).len(), 1);
        assert_eq!(source("src/generated.rs", &long).len(), 0);
    }
}
