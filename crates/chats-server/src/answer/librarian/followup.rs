//! Questions about the last answer: "which of these…", "tell me more", "the
//! second one".

use super::Found;
use crate::answer::{Question, Scope};
use crate::library::{Interpretation, Page};

/// Words that point at what was shown before.
const POINTERS: &[&str] = &["these", "those", "them", "they", "ones", "it"];
const PHRASES: &[&str] = &[
    "tell me more",
    "more about",
    "more detail",
    "go on",
    "say more",
];
const ORDINALS: &[&[&str]] = &[
    &["first", "1st"],
    &["second", "2nd"],
    &["third", "3rd"],
    &["fourth", "4th"],
    &["fifth", "5th"],
];

/// The results of the last answer, if the question points at them.
pub(super) fn earlier_results(question: &Question, asked: &Interpretation) -> Option<Scope> {
    let previous = question.previous.as_ref()?;
    let text = question.text.to_lowercase();
    let points = PHRASES.iter().any(|phrase| text.contains(phrase))
        || words(&text).any(|word| POINTERS.contains(&word))
        || (ordinal(&text).is_some() && words(&text).any(|word| word == "one"));
    // Pointing words mean earlier results only if there are any.
    if !points || previous.images.is_empty() && previous.documents.is_empty() {
        return None;
    }
    // A question that names its own subject and merely contains "it" is a new one.
    let mut pointers = words(&text)
        .filter(|word| POINTERS.contains(word))
        .peekable();
    let only_it = pointers.peek().is_some() && pointers.all(|word| word == "it");
    if only_it && asked.groups.len() > 1 && !PHRASES.iter().any(|phrase| text.contains(phrase)) {
        return None;
    }
    Some(Scope {
        images: Some(previous.images.clone()),
        documents: Some(previous.documents.clone()),
    })
}

/// Leaves only the image that an ordinal points at, in the order of the last answer.
pub(super) fn keep_one(question: &Question, about_earlier: bool, found: &mut Found) {
    let Some(previous) = question.previous.as_ref().filter(|_| about_earlier) else {
        return;
    };
    let Some(wanted) =
        ordinal(&question.text.to_lowercase()).and_then(|index| previous.images.get(index))
    else {
        return;
    };
    found.documents = Page::default();
    found.images.hits.retain(|hit| hit.item.id == *wanted);
    found.images.total = i64::try_from(found.images.hits.len()).unwrap_or(i64::MAX);
}

/// Whether a term only points at earlier results, and is not to be looked for.
pub(super) fn only_points(term: &str) -> bool {
    const FILLERS: &[&str] = &[
        "one", "ones", "detail", "details", "describe", "go", "say", "results", "result",
    ];
    FILLERS.contains(&term) || ORDINALS.iter().any(|names| names.contains(&term))
}

fn ordinal(text: &str) -> Option<usize> {
    words(text).find_map(|word| ORDINALS.iter().position(|names| names.contains(&word)))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
}
