//! The commands that the documents of this repository tell people to type.

use std::path::Path;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// The documents at the root whose commands are parsed by the programs they call.
pub const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "BENCHMARKS.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "RELIABILITY.md",
    "crates/chats-cli/README.md",
    "crates/chats-server/README.md",
];

/// A command, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documented {
    /// The document, as a path from the root.
    pub document: &'static str,
    /// The command's words, as a shell gives them to a program.
    pub words: Vec<String>,
}

impl Documented {
    /// What follows these words, if the command begins with them.
    #[must_use]
    pub fn after(&self, beginning: &[&str]) -> Option<&[String]> {
        let begins = self.words.len() >= beginning.len()
            && self
                .words
                .iter()
                .zip(beginning)
                .all(|(word, wanted)| word == wanted);
        begins.then(|| &self.words[beginning.len()..])
    }
}

/// Every command in the [`DOCUMENTS`].
///
/// # Panics
///
/// If one of them cannot be read.
#[must_use]
pub fn commands() -> Vec<Documented> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root.join(document)).expect("a document");
        found.extend(
            in_text(&text)
                .into_iter()
                .map(|words| Documented { document, words }),
        );
    }
    found
}

/// The commands in blocks of shell, and those of several words within a sentence.
#[must_use]
pub fn in_text(text: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut shell = false;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(kind))) => shell = &*kind == "sh",
            Event::End(TagEnd::CodeBlock) => shell = false,
            Event::Text(block) if shell => {
                let lines = block.replace("\\\n", " ");
                found.extend(lines.lines().map(words));
            }
            Event::Code(code) => found.push(words(&code)),
            _ => {}
        }
    }
    found.retain(|words| words.len() > 1);
    found
}

/// The words of the first command in a line: without variables set before it, and
/// without remarks, pipes and redirections behind it.
#[must_use]
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some(_), _) => word.get_or_insert_default().push(letter),
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            (None, '|' | '>' | ';' | '&') => break,
            (None, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    let variables = words.iter().take_while(|word| is_assignment(word)).count();
    words.split_off(variables)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    })
}
