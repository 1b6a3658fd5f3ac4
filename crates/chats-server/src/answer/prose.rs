//! Text with the contract's reference markup, beside the same text resolved.

use std::fmt::Write as _;

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
        // Text from captions and questions must not be taken for markup.
        self.marked.push_str(&text.replace("[[", "[ ["));
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
        write!(self.marked, "{marked}").expect("writing to a string succeeds");
        self.plain.push_str(plain);
        self
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
