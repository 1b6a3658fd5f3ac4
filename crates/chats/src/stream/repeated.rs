//! Puts each token's text in its place: recognizes a token that the service sends again,
//! and text that was lost on the way, where `accumulated` shows it.

use super::inline_bytes::InlineBytes;

/// All but the text that distinguishes a token from the one before it. Two tokens in a
/// row with the same id, index and text are the same token, sent twice.
#[derive(Debug)]
pub(super) struct TokenKey {
    index: i64,
    has_index: bool,
    /// The length of its text.
    length: u32,
    id: InlineBytes,
}

impl TokenKey {
    /// Whether the token before had the same key; keeps the key for the next token. A
    /// token that carries no id, or no index, repeats no other.
    #[inline(always)] // into few callers
    pub(super) fn repeat(
        newest: &mut Option<Self>,
        id: &[u8],
        index: Option<i64>,
        length: usize,
    ) -> bool {
        // No text is so long that its length does not fit.
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        // The index comes first, since it nearly always differs.
        let same = match (&*newest, index) {
            (Some(newest), Some(index)) => {
                newest.index == index
                    && newest.has_index
                    && newest.length == length
                    && !id.is_empty()
                    && newest.id.as_bytes() == id
            }
            _ => false,
        };
        if !same {
            *newest = Some(Self {
                index: index.unwrap_or_default(),
                has_index: index.is_some(),
                length,
                id: InlineBytes::new(id),
            });
        }
        same
    }

    fn index(&self) -> Option<i64> {
        self.has_index.then_some(self.index)
    }
}

/// What a token adds to the text before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Its content.
    Content,
    /// Its content, and before that a text that no token brought.
    After(&'t str),
    /// Nothing: the text has it already.
    Nothing,
}

impl<'t> Piece<'t> {
    /// Compares a token with `accumulated`, which is the whole text up to the token's end.
    /// `newest` is the token right before it, without another event in between.
    pub(super) fn by_whole(
        whole: &'t str,
        text: &str,
        content: &str,
        index: Option<i64>,
        newest: Option<&TokenKey>,
    ) -> Self {
        let Some(before) = whole.strip_suffix(content) else {
            return Self::Content;
        };
        if let Some(missing) = before.strip_prefix(text) {
            // What came before the first token was never ours.
            return if missing.is_empty() || text.is_empty() {
                Self::Content
            } else {
                Self::After(missing)
            };
        }
        let again = match (newest.map(TokenKey::index), index) {
            (Some(Some(newest)), Some(index)) => index <= newest && text.starts_with(whole),
            (Some(None), None) => text == whole,
            _ => false,
        };
        if again { Self::Nothing } else { Self::Content }
    }
}

#[cfg(test)]
mod tests {
    use crate::stream::TokenDecoder;

    /// The contents of the tokens with these data, and the whole text.
    fn read(tokens: &[(u8, &str, &str)]) -> (Vec<String>, String) {
        let mut decoder = TokenDecoder::new();
        for (index, content, whole) in tokens {
            let data = format!(
                r#"{{"content":"{content}","accumulated":"{whole}","token_index":{index}}}"#
            );
            decoder.feed(format!("event: token\ndata: {data}\n\n"));
        }
        decoder.feed("event: complete\ndata: {}\n\n");
        let tokens = std::iter::from_fn(|| decoder.next_token().unwrap());
        let contents = tokens.filter_map(|token| token.content().map(str::to_owned));
        (contents.collect(), decoder.snapshot().to_owned())
    }

    const FIRST: (u8, &str, &str) = (0, "Hel", "Hel");
    const SECOND: (u8, &str, &str) = (1, "lo", "Hello");
    const THIRD: (u8, &str, &str) = (2, " w", "Hello w");

    #[test]
    fn the_whole_text_tells_what_came_before_and_what_was_lost() {
        for (tokens, contents) in [
            (
                &[FIRST, FIRST, SECOND, SECOND, THIRD][..],
                &["Hel", "lo", " w"][..],
            ),
            (&[FIRST, SECOND, FIRST, SECOND, THIRD], &["Hel", "lo", " w"]),
            (&[FIRST, THIRD], &["Hel", "lo w"]),
        ] {
            let read = read(tokens);
            assert_eq!(
                read,
                (
                    contents.iter().map(ToString::to_string).collect(),
                    "Hello w".to_owned()
                )
            );
        }
    }

    #[test]
    fn the_first_token_stands_for_itself() {
        let (contents, text) = read(&[SECOND, THIRD]);
        assert_eq!(
            (contents, text),
            (vec!["lo".to_owned(), " w".to_owned()], "lo w".to_owned())
        );
    }

    #[test]
    fn a_text_that_begins_anew_is_no_repetition() {
        let (_, text) = read(&[FIRST, SECOND, (2, "Hel", "Hel"), (3, "lo", "Hello")]);
        assert_eq!(text, "HelloHello");
        let (_, text) = read(&[FIRST, (1, "Hel", "HelHel")]);
        assert_eq!(text, "HelHel");
    }

    #[test]
    fn a_whole_text_that_does_not_fit_counts_for_nothing() {
        let (_, text) = read(&[FIRST, (1, "lo", "Hallo"), (2, " w", "")]);
        assert_eq!(text, "Hello w");
    }
}
