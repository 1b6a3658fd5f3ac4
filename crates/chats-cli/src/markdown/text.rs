//! An answer's text with its references taken out: each is replaced by one character that
//! has no meaning in Markdown, and is put back when the words are laid out. So a file
//! name never turns into emphasis.

use std::collections::HashMap;
use std::ops::Range;

use chats::references::{PageRange, ReferenceTarget, open_markup};
use chats::{ImageReference, Reference};

use crate::terminal::{safe, safe_line};

/// Characters for this program's own use; they are removed from answers.
const FIRST: u32 = 0xF_0000;
const LAST: u32 = 0xF_FFFD;

/// The text that is shown for a reference.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) link: Option<String>,
}

/// The addresses of images, by their ids.
#[derive(Default)]
pub(crate) struct Links {
    by_id: HashMap<String, String>,
}

impl Links {
    pub(crate) fn of(images: &[ImageReference]) -> Self {
        let mut links = Self::default();
        links.add(images);
        links
    }

    pub(crate) fn add(&mut self, images: &[ImageReference]) {
        for image in images {
            if let Some(url) = url(image) {
                self.by_id.insert(image.image_id.clone(), url.to_owned());
            }
        }
    }

    /// Markup may name an image by the beginning of its id.
    fn find(&self, full: Option<&str>, prefix: &str) -> Option<&str> {
        if let Some(url) = self.by_id.get(full.unwrap_or(prefix)) {
            return Some(url);
        }
        let mut fitting = self.by_id.iter().filter(|(id, _)| id.starts_with(prefix));
        match (fitting.next(), fitting.next()) {
            (Some((_, url)), None) if !prefix.is_empty() => Some(url),
            _ => None,
        }
    }
}

/// The best address of an image.
pub(crate) fn url(image: &ImageReference) -> Option<&str> {
    [
        &image.full_url,
        &image.stored_url,
        &image.medium_url,
        &image.thumbnail_url,
    ]
    .into_iter()
    .find_map(|url| url.as_deref())
}

/// Text without terminal control characters, its references set aside.
pub(crate) struct Text {
    pub(super) source: String,
    shown: Vec<Shown>,
    /// Whether it has counts that are not known yet.
    awaits_counts: bool,
}

/// Stands for a count that is not known yet, until the lines are painted: a character that no
/// text has.
pub(crate) const UNKNOWN_COUNT: char = '\u{e5d2}';

impl Text {
    /// The ranges of `references` belong to `content`.
    pub(crate) fn new(content: &str, references: &[Reference], links: &Links) -> Self {
        let mut text = Self {
            source: String::with_capacity(content.len()),
            shown: Vec::new(),
            awaits_counts: false,
        };
        let mut end = 0;
        for reference in references {
            text.push(content, end..reference.range.start);
            text.put(shown(&reference.target, links));
            end = reference.range.end;
        }
        text.push(content, end..content.len());
        text
    }

    /// As [`Text::new`], for an answer that is still arriving: markup that is
    /// still open is held back, and a count that is not yet known is [`UNKNOWN_COUNT`].
    pub(crate) fn arriving(content: &str, references: &[Reference], links: &Links) -> Self {
        let content = &content[..open_markup(content).unwrap_or(content.len())];
        let inside = |reference: &&Reference| reference.range.end <= content.len();
        let references: Vec<Reference> = references.iter().filter(inside).cloned().collect();
        let mut text = Self::new(content, &references, links);
        while let Some(at) = text.source.find("[[ref:") {
            let Some(length) = text.source[at..].find("]]") else {
                break;
            };
            text.source
                .replace_range(at..at + length + 2, UNKNOWN_COUNT.encode_utf8(&mut [0; 4]));
            text.awaits_counts = true;
        }
        text
    }

    /// Whether it has counts that only the complete answer tells.
    pub(crate) fn awaits_counts(&self) -> bool {
        self.awaits_counts
    }

    fn push(&mut self, content: &str, range: Range<usize>) {
        let text = safe(content.get(range).unwrap_or_default());
        self.source.extend(
            text.chars()
                .filter(|c| !(FIRST..=LAST).contains(&u32::from(*c))),
        );
    }

    fn put(&mut self, shown: Shown) {
        let mark = u32::try_from(self.shown.len())
            .ok()
            .and_then(|n| char::from_u32(FIRST + n));
        match mark {
            Some(mark) if u32::from(mark) <= LAST => {
                self.source.push(mark);
                self.shown.push(shown);
            }
            // More references than marks: the rest is plain text.
            _ => self.source.push_str(&shown.text),
        }
    }

    /// The reference that a character stands for, if any.
    pub(super) fn shown(&self, c: char) -> Option<&Shown> {
        let at = u32::from(c).checked_sub(FIRST)?;
        self.shown.get(usize::try_from(at).ok()?)
    }

    /// The text with its references put back, where only text is possible.
    pub(super) fn plain(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match self.shown(c) {
                Some(shown) => out.push_str(&shown.text),
                None => out.push(c),
            }
        }
        out
    }
}

fn shown(target: &ReferenceTarget, links: &Links) -> Shown {
    let (text, link) = match target {
        ReferenceTarget::Count { result, .. } => (result.count.to_string(), None),
        ReferenceTarget::Image {
            id_prefix,
            filename,
            full_id,
            ..
        } => (filename.clone(), links.find(full_id.as_deref(), id_prefix)),
        ReferenceTarget::Document {
            filename, pages, ..
        } => {
            let pages = match pages {
                Some(PageRange::One(page)) => format!(" (p.{page})"),
                Some(PageRange::Span(first, last)) => format!(" (pp.{first}-{last})"),
                _ => String::new(),
            };
            (format!("{filename}{pages}"), None)
        }
        ReferenceTarget::Link {
            title, source_url, ..
        } => (title.clone(), source_url.as_deref()),
        _ => (String::new(), None),
    };
    Shown {
        text: safe_line(&text),
        link: link.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_found_by_the_beginning_of_its_id_if_that_is_plain() {
        let mut links = Links::default();
        links
            .by_id
            .insert("abc1".to_owned(), "https://x/1".to_owned());
        assert_eq!(links.find(None, "ab"), Some("https://x/1"));
        links
            .by_id
            .insert("abc2".to_owned(), "https://x/2".to_owned());
        assert_eq!(links.find(None, "ab"), None);
        assert_eq!(links.find(Some("abc2"), "ab"), Some("https://x/2"));
    }
}
