//! Finds markup in a text, in one pass.

use std::ops::Range;

use super::PageRange;

/// One piece of well-formed markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Markup<'t> {
    Count {
        key: &'t str,
    },
    Image {
        id: &'t str,
        filename: &'t str,
    },
    Document {
        id: &'t str,
        filename: &'t str,
        pages: Option<PageRange>,
    },
    Link {
        id: &'t str,
        title: &'t str,
    },
}

/// Walks over a text and yields each piece of markup with its place.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'t> Iterator for Scanner<'t> {
    type Item = (Range<usize>, Markup<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        // The start of the innermost opening seen so far; each byte is looked at once,
        // even after openings that were never closed.
        let bytes = self.text.as_bytes();
        let mut open = None;
        while let Some(found) = memchr::memchr2(b'[', b']', &bytes[self.at..]) {
            let at = self.at + found;
            let pair = bytes.get(at + 1) == Some(&bytes[at]);
            if !pair {
                self.at = at + 1;
            } else if bytes[at] == b'[' {
                // In `[[[img:…` the markup begins at the last two brackets.
                let extra = bytes[at + 2..].iter().take_while(|b| **b == b'[').count();
                open = Some(at + extra);
                self.at = at + extra + 2;
            } else {
                self.at = at + 2;
                if let Some(start) = open.take()
                    && let Some(markup) = parse(&self.text[start + 2..at])
                {
                    return Some((start..at + 2, markup));
                }
            }
        }
        self.at = bytes.len();
        None
    }
}

/// Parses what stands between the brackets.
fn parse(inner: &str) -> Option<Markup<'_>> {
    let (kind, rest) = inner.split_once(':')?;
    if kind == "ref" {
        let plain = !rest.trim().is_empty() && !rest.contains('|');
        return plain.then_some(Markup::Count { key: rest });
    }
    let mut parts = rest.split('|');
    let id = parts.next().filter(|id| !id.trim().is_empty())?;
    let name = parts.next().filter(|name| !name.trim().is_empty())?;
    let pages = parts.next();
    if parts.next().is_some() {
        return None;
    }
    match (kind, pages) {
        ("img", None) => Some(Markup::Image { id, filename: name }),
        ("link", None) => Some(Markup::Link { id, title: name }),
        ("doc", None) => Some(Markup::Document {
            id,
            filename: name,
            pages: None,
        }),
        ("doc", Some(pages)) => Some(Markup::Document {
            id,
            filename: name,
            pages: Some(parse_pages(pages)?),
        }),
        _ => None,
    }
}

fn parse_pages(text: &str) -> Option<PageRange> {
    if let Some(page) = text.strip_prefix("p:") {
        return Some(PageRange::One(number(page)?));
    }
    let (first, last) = text.strip_prefix("pp:")?.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    (first <= last).then_some(PageRange::Span(first, last))
}

/// Only digits: no sign, no space.
fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        Scanner::new(text).map(|(range, _)| &text[range]).collect()
    }

    #[test]
    fn every_documented_form_is_found() {
        let text = "[[ref:a]] [[img:1|x.jpg]] [[doc:2|y.pdf]] [[doc:2|y.pdf|p:5]] [[doc:2|y.pdf|pp:3-7]] [[link:3|t]]";
        assert_eq!(found(text), text.split(' ').collect::<Vec<_>>());
        let last = Scanner::new("[[doc:2|y.pdf|pp:3-7]]").next().unwrap().1;
        assert_eq!(
            last,
            Markup::Document {
                id: "2",
                filename: "y.pdf",
                pages: Some(PageRange::Span(3, 7)),
            }
        );
    }

    #[test]
    fn malformed_markup_is_passed_over() {
        for text in [
            "[[img:1]]",
            "[[img:|x]]",
            "[[img:1|]]",
            "[[img:1|x|y]]",
            "[[doc:1|x|q:5]]",
            "[[doc:1|x|p:]]",
            "[[doc:1|x|p:+5]]",
            "[[doc:1|x|pp:7-3]]",
            "[[doc:1|x|p:99999999999]]",
            "[[ref:]]",
            "[[other:1|x]]",
            "[[img:1|x]",
            "[img:1|x]]",
            "[[",
            "]]",
            "[[]]",
            "",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn markup_is_found_beside_what_is_malformed() {
        assert_eq!(found("[[img:1|[[img:2|y]]"), ["[[img:2|y]]"]);
        assert_eq!(found("[[[[img:2|y]]]]"), ["[[img:2|y]]"]);
        assert_eq!(found("]] [[img:2|a[1].jpg]] [["), ["[[img:2|a[1].jpg]]"]);
        assert_eq!(found("é[[img:ü|ö.jpg]]é"), ["[[img:ü|ö.jpg]]"]);
    }
}
