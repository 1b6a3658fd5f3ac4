//! Splits a document into pages: at its form feeds if it has any, else after the
//! paragraph that fills a page.

/// About a printed page, in characters.
const FULL_PAGE: usize = 2500;

/// The longest page, in characters, whatever the text: to search a page takes time with
/// the square of its length.
const LONGEST_PAGE: usize = 2 * FULL_PAGE;

/// The pages of a text; at least one, even when it is empty.
pub(super) fn split(text: &str) -> Vec<String> {
    if text.contains('\u{c}') {
        return text.split('\u{c}').flat_map(cut).collect();
    }
    let mut pages = Vec::new();
    let mut page = String::new();
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        page.push_str(line);
        length += line.chars().count();
        let paragraph_ends = line.trim().is_empty();
        if length >= FULL_PAGE && (paragraph_ends || length >= LONGEST_PAGE) {
            pages.extend(cut(&page));
            page.clear();
            length = 0;
        }
    }
    if pages.is_empty() || !page.trim().is_empty() {
        pages.extend(cut(&page));
    }
    pages
}

/// A page, or several if it is too long: cut after white space, or else anywhere.
fn cut(page: &str) -> Vec<String> {
    let mut rest = page.trim();
    let mut pages = Vec::new();
    while let Some((longest, _)) = rest.char_indices().nth(LONGEST_PAGE) {
        let end = rest[..longest].rfind(char::is_whitespace);
        let (page, after) = rest.split_at(end.filter(|end| *end > 0).unwrap_or(longest));
        pages.push(page.trim_end().to_owned());
        rest = after.trim_start();
    }
    pages.push(rest.to_owned());
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
    fn no_page_grows_without_bound() {
        let words = "the pole was checked ".repeat(50_000);
        let letters = "ä".repeat(20_001);
        let between_feeds = format!("one\u{c}{words}");
        for text in [&words, &letters, &between_feeds] {
            let pages = split(text);
            assert!(
                pages
                    .iter()
                    .all(|page| page.chars().count() <= LONGEST_PAGE)
            );
            let squeezed = |text: &str| text.replace([' ', '\u{c}'], "");
            assert_eq!(squeezed(&pages.concat()), squeezed(text), "nothing is lost");
        }
        assert!(
            split(&words)
                .iter()
                .all(|page| page.starts_with(char::is_alphabetic))
        );
        assert_eq!(split(&letters).len(), 5);
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
