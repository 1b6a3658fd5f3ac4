//! Splits a document into pages: at its form feeds if it has any, else after the
//! paragraph that fills a page.

/// About a printed page, in characters.
const FULL_PAGE: usize = 2500;

/// The pages of a text; at least one, even when it is empty.
pub(super) fn split(text: &str) -> Vec<String> {
    if text.contains('\u{c}') {
        return text
            .split('\u{c}')
            .map(|page| page.trim().to_owned())
            .collect();
    }
    let mut pages = Vec::new();
    let mut page = String::new();
    for line in text.split_inclusive('\n') {
        page.push_str(line);
        let paragraph_ends = line.trim().is_empty();
        let length = page.chars().count();
        // A paragraph without end is cut at a line, so that no page grows without bound.
        if length >= FULL_PAGE && (paragraph_ends || length >= 2 * FULL_PAGE) {
            pages.push(page.trim().to_owned());
            page.clear();
        }
    }
    if pages.is_empty() || !page.trim().is_empty() {
        pages.push(page.trim().to_owned());
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_feeds_end_pages() {
        assert_eq!(split("one\u{c}two\u{c}three"), ["one", "two", "three"]);
    }

    #[test]
    fn a_long_text_is_cut_between_paragraphs() {
        let paragraph = "All poles were inspected. ".repeat(60);
        let text = format!("{paragraph}\n\n{paragraph}\n\n{paragraph}");
        let pages = split(&text);
        assert_eq!(pages.len(), 2);
        assert!(pages.iter().all(|page| page.ends_with("inspected.")));
    }
}
