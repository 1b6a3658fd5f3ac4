//! What a question looks for: its words with their synonyms, and the filters
//! that it names (kinds of file; dates are read beside this). English only; no word order.

use jiff::Timestamp;

use super::{ItemKind, dates};

/// Words that say nothing about what is looked for.
const STOP_WORDS: &[&str] = &[
    "a",
    "about",
    "all",
    "am",
    "an",
    "and",
    "any",
    "anything",
    "are",
    "as",
    "at",
    "be",
    "been",
    "by",
    "can",
    "contain",
    "containing",
    "could",
    "did",
    "display",
    "do",
    "does",
    "each",
    "else",
    "every",
    "everything",
    "fetch",
    "find",
    "for",
    "from",
    "get",
    "give",
    "had",
    "has",
    "have",
    "help",
    "hello",
    "hey",
    "hi",
    "how",
    "i",
    "if",
    "in",
    "is",
    "it",
    "its",
    "just",
    "know",
    "let",
    "like",
    "list",
    "locate",
    "look",
    "looking",
    "many",
    "me",
    "more",
    "much",
    "my",
    "need",
    "no",
    "not",
    "of",
    "on",
    "or",
    "our",
    "out",
    "please",
    "s",
    "search",
    "see",
    "select",
    "should",
    "show",
    "some",
    "tell",
    "than",
    "thank",
    "thanks",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "us",
    "want",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "which",
    "who",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
];

/// Words for what a library holds: they choose a kind and are not looked for.
const IMAGE_WORDS: &[&str] = &[
    "image",
    "images",
    "photo",
    "photos",
    "photograph",
    "photographs",
    "picture",
    "pictures",
];
const DOCUMENT_WORDS: &[&str] = &["document", "documents", "text", "texts"];
const FILE_WORDS: &[&str] = &["file", "files", "library"];
const MEDIA_WORDS: &[(&[&str], &str)] = &[
    (&["png", "pngs"], "image/png"),
    (&["jpeg", "jpegs", "jpg", "jpgs"], "image/jpeg"),
    (&["gif", "gifs"], "image/gif"),
    (&["webp"], "image/webp"),
    (&["markdown"], "text/markdown"),
    (&["txt"], "text/plain"),
];

/// The most words to look for, since FTS5 bounds the depth of an expression.
const MOST_TERMS: usize = 32;

/// A word stands for the line that it begins, else for the first line with it; the broad
/// first line counts for its own first word only.
const SYNONYMS: &[&[&str]] = &[
    &[
        "damaged",
        "damage",
        "broken",
        "cracked",
        "crack",
        "split",
        "burnt",
        "rot",
        "rotten",
        "snapped",
        "splintered",
        "faulty",
        "defective",
    ],
    &["broken", "snapped", "damaged"],
    &["cracked", "crack", "split"],
    &["burnt", "burned", "charred", "scorched", "burn"],
    &["healthy", "intact", "undamaged", "sound"],
    &["pole", "poles", "post", "mast", "pylon"],
    &["leaning", "tilted", "crooked", "slanted"],
    &["rusty", "rust", "corroded", "corrosion"],
    &["rotten", "rot", "decayed"],
    &["vegetation", "plants", "overgrown", "tree", "branch"],
    &["tree", "trees", "branch"],
    &["sunset", "dusk", "evening"],
    &["cat", "cats", "kitten", "feline"],
    &["animal", "animals", "cat", "bird"],
    &["bird", "birds", "stork"],
    &["wire", "wires", "line", "cable"],
];

/// Which entries may match at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filters {
    /// Only images, or only documents.
    pub kind: Option<ItemKind>,
    /// Only these media types; none means all.
    pub media_types: Vec<String>,
    /// Dated at this moment or later.
    pub from: Option<Timestamp>,
    /// Dated before this moment.
    pub until: Option<Timestamp>,
}

impl Filters {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A question, understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Interpretation {
    /// The words to look for, as they were asked.
    pub terms: Vec<String>,
    /// For each term, the words that count as it.
    pub groups: Vec<Vec<String>>,
    /// What was said of kinds and dates.
    pub filters: Filters,
}

impl Interpretation {
    /// Whether it looks for anything.
    pub(crate) fn says_something(&self) -> bool {
        !self.groups.is_empty() || !self.filters.is_empty()
    }

    /// Whether it looks for images: "documents" alone names none.
    pub(crate) fn names_images(&self) -> bool {
        let only_documents = Filters {
            kind: Some(ItemKind::Document),
            ..Filters::default()
        };
        self.says_something() && (!self.groups.is_empty() || self.filters != only_documents)
    }

    /// Reads a question; `now` is what "last week" counts from.
    #[must_use]
    pub fn of(question: &str, now: Timestamp) -> Self {
        let words = words(question);
        let mut this = Self::default();
        let mut rest = words.as_slice();
        while let Some((word, after)) = rest.split_first() {
            if let Some((span, taken)) = dates::read(rest, now) {
                // "before 2025 since 2023" has both ends, in either order.
                this.filters.from = span.from.or(this.filters.from);
                this.filters.until = span.until.or(this.filters.until);
                rest = &rest[taken..];
            } else {
                this.read_word(word);
                rest = after;
            }
        }
        this
    }

    /// Stops looking for the terms that `drop` names.
    #[must_use]
    pub fn without(mut self, drop: impl Fn(&str) -> bool) -> Self {
        let keep: Vec<bool> = self.terms.iter().map(|term| !drop(term)).collect();
        let mut kept = keep.iter();
        self.terms.retain(|_| *kept.next().unwrap_or(&true));
        let mut kept = keep.iter();
        self.groups.retain(|_| *kept.next().unwrap_or(&true));
        self
    }

    fn read_word(&mut self, word: &str) {
        if IMAGE_WORDS.contains(&word) {
            self.filters.kind = Some(ItemKind::Image);
        } else if DOCUMENT_WORDS.contains(&word) {
            self.filters.kind = Some(ItemKind::Document);
        } else if let Some((_, media)) = MEDIA_WORDS.iter().find(|(words, _)| words.contains(&word))
        {
            self.filters.media_types.push((*media).to_owned());
        } else if !STOP_WORDS.contains(&word)
            && !FILE_WORDS.contains(&word)
            && self.terms.len() < MOST_TERMS
            && !self.terms.iter().any(|term| term == word)
        {
            self.terms.push(word.to_owned());
            self.groups.push(synonyms(word));
        }
    }
}

/// The words of a text in lower case, as the index splits them.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn synonyms(word: &str) -> Vec<String> {
    let mut group = vec![word.to_owned()];
    let singular = word.strip_suffix('s').unwrap_or(word);
    let line = SYNONYMS
        .iter()
        .find(|line| [word, singular].contains(&line[0]))
        .or_else(|| {
            // The broad first line would make "crack" find everything that is damaged.
            SYNONYMS[1..]
                .iter()
                .find(|line| line.contains(&word) || line.contains(&singular))
        });
    for other in line.copied().unwrap_or_default() {
        if !group.iter().any(|known| known == other) {
            group.push((*other).to_owned());
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(question: &str) -> Interpretation {
        Interpretation::of(question, "2025-06-15T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_question_is_cut_down_to_what_it_looks_for() {
        let found = of("Can you show me all the damaged poles, please?");
        assert_eq!(found.terms, ["damaged", "poles"]);
        assert!(found.groups[0].contains(&"broken".to_owned()));
        assert!(found.filters.is_empty());
    }

    #[test]
    fn kinds_and_dates_become_filters() {
        let found = of("PNG images of cats since May 2024");
        assert_eq!(found.terms, ["cats"]);
        assert_eq!(found.filters.kind, Some(ItemKind::Image));
        assert_eq!(found.filters.media_types, ["image/png"]);
        assert_eq!(
            found.filters.from,
            Some("2024-05-01T00:00:00Z".parse().unwrap())
        );
        assert_eq!(found.filters.until, None);
        let day = of("pictures from 2024-03-31").filters;
        assert_eq!(day.from, Some("2024-03-31T00:00:00Z".parse().unwrap()));
        assert_eq!(day.until, Some("2024-04-01T00:00:00Z".parse().unwrap()));
        let week = of("documents of last week").filters;
        assert_eq!(week.kind, Some(ItemKind::Document));
        assert_eq!(week.from, Some("2025-06-08T00:00:00Z".parse().unwrap()));
        assert_eq!(
            of("before 2024").filters.until,
            Some("2024-01-01T00:00:00Z".parse().unwrap())
        );
    }

    #[test]
    fn a_number_without_a_cue_is_only_a_word() {
        assert_eq!(of("pole 2024").terms, ["pole", "2024"]);
    }
}
