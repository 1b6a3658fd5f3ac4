//! Bytes that are nearly always few, such as an event's name and id: kept in
//! place, so that an event costs no allocation for them.

use std::fmt;
use std::sync::Arc;

/// How many bytes are kept in place: enough for the commonest names and ids.
const IN_PLACE: usize = 16;

/// A short piece of bytes.
#[derive(Clone)]
pub(crate) enum InlineBytes {
    /// The first `len` bytes of the words, which are copied word by word.
    InPlace { len: u8, words: Words },
    /// Bytes that do not fit in place.
    Shared(Arc<[u8]>),
}

/// Bytes that are moved eight at a time.
#[derive(Clone, Copy)]
#[repr(align(8))]
pub(crate) struct Words([[u8; 8]; 2]);

impl InlineBytes {
    pub(crate) const EMPTY: Self = Self::InPlace {
        len: 0,
        words: Words([[0; 8]; 2]),
    };

    #[inline(always)] // so that the value is built in place
    pub(crate) fn new(from: &[u8]) -> Self {
        if from.len() > IN_PLACE {
            return Self::Shared(Arc::from(from));
        }
        let (first, second) = from.split_at(from.len().min(8));
        Self::InPlace {
            #[expect(clippy::cast_possible_truncation, reason = "it is IN_PLACE at most")]
            len: from.len() as u8,
            words: Words([word(first), word(second)]),
        }
    }

    /// Keeps the bytes as text; invalid UTF-8 is replaced.
    pub(crate) fn text(from: &[u8]) -> Self {
        if from.is_ascii() {
            return Self::new(from);
        }
        Self::new(String::from_utf8_lossy(from).as_bytes())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::InPlace { len, words } => &words.0.as_flattened()[..usize::from(*len)],
            Self::Shared(bytes) => bytes,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// The text; `None` if it is empty, or if the bytes are not UTF-8, which cannot
    /// happen after [`text`](Self::text).
    pub(crate) fn as_text(&self) -> Option<&str> {
        let text = std::str::from_utf8(self.as_bytes()).ok()?;
        (!text.is_empty()).then_some(text)
    }
}

impl Default for InlineBytes {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// Packs at most eight bytes into a word, padded with zeros, without a loop or a call.
#[inline(always)] // as what it is a part of
fn word(from: &[u8]) -> [u8; 8] {
    let place = |byte: u8, at: usize| u64::from(byte) << (8 * at);
    let half = |four: &[u8]| u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    let len = from.len();
    let word = match len {
        0 => 0,
        1..4 => place(from[0], 0) | place(from[len / 2], len / 2) | place(from[len - 1], len - 1),
        _ => u64::from(half(from)) | u64::from(half(&from[len - 4..])) << (8 * (len - 4)),
    };
    word.to_le_bytes()
}

impl PartialEq for InlineBytes {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for InlineBytes {}

impl fmt::Debug for InlineBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(self.as_bytes()), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_whatever_its_length() {
        for len in 0..64 {
            let bytes: Vec<u8> = (b'0'..).take(len).collect();
            let short = InlineBytes::new(&bytes);
            assert_eq!(short.as_bytes(), bytes);
            assert_eq!(short.is_empty(), len == 0);
            assert_eq!(short.clone(), short);
        }
    }

    #[test]
    fn text_is_always_text() {
        assert_eq!(InlineBytes::text(b"7").as_text(), Some("7"));
        assert_eq!(InlineBytes::text(b"\xff7").as_text(), Some("\u{fffd}7"));
        assert_eq!(InlineBytes::text(b"").as_text(), None);
        assert_eq!(InlineBytes::new(b"\xff").as_text(), None);
    }
}
