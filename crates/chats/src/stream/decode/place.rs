//! Puts each token's text in its place: recognizes a token that the service sends again,
//! inserts text that was lost on the way, where `accumulated` shows it, and joins the
//! halves of a character.

use super::Decoder;
use crate::stream::flat_token::{Content, Whole};
use crate::stream::inline_bytes::InlineBytes;
use crate::stream::split_pair::Half;
use crate::stream::token::TextToken;

impl Decoder {
    /// Whether nothing needs to be compared or put together to know the newest token's place.
    #[inline]
    pub(super) fn is_in_place(&mut self, whole: Whole) -> bool {
        let so_far = &mut self.so_far;
        so_far.out_of_step |= whole == Whole::Absent;
        let follows = match whole {
            Whole::Absent => true,
            Whole::Follows => !so_far.out_of_step,
            Whole::Known | Whole::Unknown => false,
        };
        follows && so_far.half.is_none() && !so_far.text.ends_with(char::REPLACEMENT_CHARACTER)
    }

    /// Finds the place of this token, whose text begins at `before`; returns whether the text
    /// had it already.
    #[cold]
    pub(super) fn put_in_place(
        &mut self,
        token: &mut TextToken,
        before: usize,
        whole: Whole,
    ) -> bool {
        let again = self.was_received(token, before, whole) || self.is_repeated(token, before);
        if !again {
            self.join_halves(token, before);
        }
        again
    }

    /// Compares this token, whose text begins at `before`, with `accumulated`: says whether
    /// the text had it already, and inserts what is missing before it.
    fn was_received(&mut self, token: &mut TextToken, before: usize, known: Whole) -> bool {
        let out_of_step = std::mem::replace(&mut self.so_far.out_of_step, true);
        match known {
            Whole::Absent => return false,
            Whole::Follows if !out_of_step => {
                self.so_far.out_of_step = false;
                return false;
            }
            _ => {}
        }
        let Some(whole) = token.accumulated() else {
            return false;
        };
        let text = &self.so_far.text[..before];
        let (content, index) = (token.content(), token.token_index);
        match Piece::by_whole(whole, text, content, index, self.newest.as_ref()) {
            Piece::Content => {
                self.so_far.out_of_step = known == Whole::Unknown || whole != self.so_far.text;
                false
            }
            Piece::Nothing => true,
            Piece::After(missing) => {
                let content = format!("{missing}{content}");
                self.so_far.text.truncate(before);
                self.so_far.text.push_str(&content);
                self.so_far.out_of_step = known == Whole::Unknown;
                token.content = Content::Own(content);
                false
            }
        }
    }

    /// Puts a character together that began in the token before. What was given of that
    /// token stays, but the text is right.
    fn join_halves(&mut self, token: &mut TextToken, before: usize) {
        if token.content().is_empty() {
            return;
        }
        let text = &self.so_far.text[..before];
        if let Some(content) = self.so_far.half.completed_by(token, text) {
            let without = before - char::REPLACEMENT_CHARACTER.len_utf8();
            self.so_far.text.truncate(without);
            self.so_far.text.push_str(&content);
            token.content = Content::Own(content);
        }
        self.so_far.half = Half::at_end_of(token);
    }

    /// Whether this token, whose text begins at `before`, repeats the one before it. If
    /// `accumulated` counts the text twice, it is no repeat.
    #[inline]
    pub(super) fn is_repeated(&mut self, token: &TextToken, before: usize) -> bool {
        let id = match self.sse.newest_has_own_id() {
            true => token.raw.id.as_bytes(),
            false => b"",
        };
        let length = self.so_far.text.len() - before;
        TokenKey::repeat(&mut self.newest, id, token.token_index, length)
            && self.so_far.text[..before].ends_with(token.content())
            && token.accumulated().is_none_or(|all| all.len() <= before)
    }
}

/// All but the text that distinguishes a token from the one before it. Two tokens in a
/// row with the same id, index and text are the same token, sent twice.
#[derive(Debug)]
pub(in crate::stream) struct TokenKey {
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
    pub(in crate::stream) fn repeat(
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
enum Piece<'t> {
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
    fn by_whole(
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
