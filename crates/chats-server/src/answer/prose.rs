//! Text with the contract's reference markup, beside the same text resolved.

use crate::library::Item;

/// How many letters of an id stand in the markup.
const PREFIX: usize = 8;

/// Two readings of one text: with markup, and as a person reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prose {
    marked: String,
    plain: String,
}

impl Prose {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text that is taken as it is.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.plain.push_str(text);
        for letter in text.chars() {
            // Text from captions and questions must not be taken for markup.
            if letter == '[' {
                self.part_from_bracket();
            }
            self.marked.push(letter);
        }
        self
    }

    /// Names an image.
    pub fn image(&mut self, item: &Item) -> &mut Self {
        let name = markup_name(&item.name);
        self.mark(&format!("[[img:{}|{name}]]", prefix(item)), &name)
    }

    /// Names a page of a document.
    pub fn document(&mut self, item: &Item, page: u32) -> &mut Self {
        let name = markup_name(&item.name);
        self.mark(
            &format!("[[doc:{}|{name}|p:{page}]]", prefix(item)),
            &format!("{name} (p.{page})"),
        )
    }

    /// Counts a set of results.
    pub fn count(&mut self, key: &str, count: i64) -> &mut Self {
        self.mark(&format!("[[ref:{key}]]"), &count.to_string())
    }

    fn mark(&mut self, marked: &str, plain: &str) -> &mut Self {
        self.part_from_bracket();
        self.marked.push_str(marked);
        self.plain.push_str(plain);
        self
    }

    /// Keeps a bracket that was text away from one that follows.
    fn part_from_bracket(&mut self) {
        if self.marked.ends_with('[') {
            self.marked.push(' ');
        }
    }

    /// The text with its markup.
    #[must_use]
    pub fn marked(&self) -> &str {
        &self.marked
    }

    /// The text as a person reads it.
    #[must_use]
    pub fn into_plain(self) -> String {
        self.plain
    }
}

fn prefix(item: &Item) -> String {
    item.id.to_string().chars().take(PREFIX).collect()
}

/// A file name in which nothing ends or divides the markup.
fn markup_name(name: &str) -> String {
    name.replace(['|', '[', ']', '\n', '\r'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_taken_for_markup_however_its_brackets_stand() {
        for pieces in [
            &["[[ref:images]]"][..],
            &["[[[ref:images]]", "[[[[img:zz|evil.png]]"],
            &["a [", "[ref:images]]"],
            &["[", "[", "[ref:images]]"],
        ] {
            let mut prose = Prose::new();
            for piece in pieces {
                prose.push(piece);
            }
            assert!(!prose.marked().contains("[["), "{}", prose.marked());
            assert_eq!(prose.into_plain(), pieces.concat());
        }
    }

    #[test]
    fn markup_stays_markup_behind_a_bracket() {
        let mut prose = Prose::new();
        prose.push("[").count("images", 3).push("]");
        assert_eq!(prose.marked(), "[ [[ref:images]]]");
        assert_eq!(prose.into_plain(), "[3]");
    }
}
