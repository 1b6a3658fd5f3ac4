//! Recognizes a token that the service sends twice in a row.

use super::inline_bytes::InlineBytes;

/// All but the text that distinguishes a token from the one before it. Two tokens in a
/// row with the same id, index and text are the same token, sent twice.
#[derive(Debug)]
pub(super) struct TokenKey {
    index: i64,
    /// The length of its text.
    length: usize,
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
        let Some(index) = index.filter(|_| !id.is_empty()) else {
            *newest = None;
            return false;
        };
        let same = newest.as_ref().is_some_and(|newest| {
            newest.index == index && newest.length == length && newest.id.as_bytes() == id
        });
        if !same {
            let id = InlineBytes::new(id);
            *newest = Some(Self { index, length, id });
        }
        same
    }
}
