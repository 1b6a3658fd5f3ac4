//! Tokens that come twice: what tells one from the one before it.

use super::inline_bytes::InlineBytes;

/// What tells a token from the one before it, but for its text. One that comes twice in a
/// row, by the id that it carries, its index and its text, is one.
#[derive(Debug)]
pub(super) struct TokenKey {
    index: i64,
    /// How long its text is.
    length: usize,
    id: InlineBytes,
}

impl TokenKey {
    /// Whether these are the numbers of the token before; keeps them for the next one. A
    /// token that carries no id, or no index, is not like any other.
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
