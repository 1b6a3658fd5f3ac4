//! Resolves references while their text is still arriving.

use std::fmt;

use super::{MetadataRef, resolve_content};

/// An opening without an end in so many bytes is taken for text that has brackets.
const LONGEST: usize = 1024;

/// Resolves the references of a text that arrives in pieces, such as that of a stream.
///
/// [`push`](Self::push) returns the text that can be shown already. The resolver holds
/// markup back until the end of the markup has arrived; it holds a count (`[[ref:KEY]]`),
/// with all text after it, until [`finish`](Self::finish), since only a complete answer
/// has the number. Together, `push` and `finish` return what [`resolve_content`] makes of
/// the whole text. Markup that is still open after 1 KiB is shown as it is.
///
/// ```
/// # contract_tests::embedded(async |client| {
/// # let session = client.chats().session().open().await?;
/// use chats::references::ReferenceResolver;
/// use futures_util::TryStreamExt;
///
/// let mut resolver = ReferenceResolver::new();
/// let mut pieces = session.send_stream("Find damaged poles").await?.text_deltas();
/// while let Some(piece) = pieces.try_next().await? {
///     print!("{}", resolver.push(&piece));
/// }
/// let answer = pieces.finish().await?;
/// println!("{}", resolver.finish(&answer.metadata));
/// # Ok(()) });
/// ```
#[derive(Clone, Default)]
pub struct ReferenceResolver {
    /// The text that is held back until its markup is complete.
    held: String,
    /// Whether it has a count, which is known only at the end of the answer.
    counts: bool,
}

/// Leaves out the text, which is part of somebody's answer.
impl fmt::Debug for ReferenceResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceResolver")
            .field("held_bytes", &self.held.len())
            .finish_non_exhaustive()
    }
}

impl ReferenceResolver {
    /// A resolver that has received no text yet.
    ///
    /// ```
    /// let mut resolver = chats::references::ReferenceResolver::new();
    /// assert_eq!(resolver.push("Two poles"), "Two poles");
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece and returns the text that can be shown now.
    ///
    /// ```
    /// let mut resolver = chats::references::ReferenceResolver::new();
    /// assert_eq!(resolver.push("See [[img:7f2c|po"), "See ");
    /// assert_eq!(resolver.push("le.png]] and"), "pole.png and");
    /// ```
    #[must_use = "what can be shown is given only once"]
    pub fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        if self.counts {
            return String::new();
        }
        let count = self.held.find("[[ref:");
        self.counts = count.is_some();
        let end = count.or_else(|| open_markup(&self.held));
        let rest = self.held.split_off(end.unwrap_or(self.held.len()));
        let settled = std::mem::replace(&mut self.held, rest);
        resolve_content(&settled, None)
    }

    /// Returns the rest of the text, resolved with the metadata of the complete answer.
    ///
    /// ```
    /// let mut resolver = chats::references::ReferenceResolver::new();
    /// assert_eq!(resolver.push("[[ref:poles]] are damaged"), "");
    /// let metadata = serde_json::json!({"result_refs": {"poles": {"count": 3}}});
    /// assert_eq!(resolver.finish(&metadata), "3 are damaged");
    /// ```
    #[must_use = "the rest of the text is given only here"]
    pub fn finish<'a>(self, metadata: impl Into<MetadataRef<'a>>) -> String {
        resolve_content(&self.held, metadata)
    }
}

/// Where unfinished markup begins in a text that is still arriving; the text before it
/// can be shown. `None` if all markup is finished, or if the unfinished part is longer
/// than 1 KiB.
///
/// ```
/// use chats::references::open_markup;
///
/// assert_eq!(open_markup("See [[img:7f2c|po"), Some(4));
/// assert_eq!(open_markup("See [[img:7f2c|pole.png]]."), None);
/// ```
pub fn open_markup(text: &str) -> Option<usize> {
    let mut from = 0;
    // No markup that begins after the last `]]` has an end: searching for it from every
    // `[[` would take time that grows with the square of the text.
    let last_end = text.rfind("]]").unwrap_or(0);
    while let Some(at) = text[from..].find("[[").map(|at| at + from) {
        let end = (at < last_end).then(|| text[at..].find("]]")).flatten();
        match end {
            Some(length) => from = at + length + 2,
            None if text.len() - at > LONGEST => from = at + 2,
            None => return Some(at),
        }
    }
    // A single bracket may be the first of two.
    text[from..].ends_with('[').then(|| text.len() - 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn open_markup_is_found_and_long_text_is_none() {
        assert_eq!(open_markup("see [[img:a|b]] and [x](y)"), None);
        assert_eq!(open_markup("see [[img:a|b"), Some(4));
        assert_eq!(open_markup("see ["), Some(4));
        let long = format!("[[{}", "x".repeat(LONGEST));
        assert_eq!(open_markup(&long), None);
    }

    #[test]
    fn a_text_in_pieces_reads_as_the_whole_does() {
        let metadata = json!({"result_refs": {"r": {"count": 3}}});
        for text in [
            "plain [x](y) [1] [[",
            "see [[img:a|b.png]] and [[doc:d|e.pdf|p:5]].",
            "[[[img:a|b.png]]]] [[img:1|[[img:2|y]] ]] [",
            "one [[img:a|ü.png]] of [[ref:r]], [[link:l|t]] [[ref:none]] [[img:a",
        ] {
            let whole = resolve_content(text, &metadata);
            let all: Vec<char> = text.chars().collect();
            for size in 1..=all.len() {
                let mut resolver = ReferenceResolver::new();
                let mut out = String::new();
                for piece in all.chunks(size) {
                    out += &resolver.push(&piece.iter().collect::<String>());
                }
                out += &resolver.finish(&metadata);
                assert_eq!(out, whole, "in pieces of {size}");
            }
        }
    }

    /// With time that grows with the square of the text, this one would take an hour.
    #[test]
    fn a_long_text_of_brackets_alone_is_read_once() {
        let brackets = "[".repeat(4 << 20);
        let mut resolver = ReferenceResolver::new();
        let shown = resolver.push(&brackets);
        let rest = resolver.finish(None);
        assert!(rest.len() <= LONGEST, "{}", rest.len());
        assert_eq!(shown.len() + rest.len(), brackets.len());
    }

    #[test]
    fn what_can_be_shown_is_shown_at_once() {
        let mut resolver = ReferenceResolver::new();
        assert_eq!(resolver.push("a [1] b [[img:a|"), "a [1] b ");
        assert_eq!(resolver.push("b.png]] c [[x"), "b.png c ");
        let long = "y".repeat(LONGEST);
        assert_eq!(resolver.push(&long), format!("[[x{long}"));
    }
}
