//! Bytes that are nearly always few, such as an event's name and id: kept in
//! place, so that an event costs no allocation for them.

use std::fmt;
use std::sync::Arc;

/// What is kept in place. The longest documented name has 21 bytes.
const IN_PLACE: usize = 22;

/// A short piece of bytes.
#[derive(Clone)]
pub(crate) enum Short {
    /// The first `len` of these.
    InPlace { len: u8, bytes: [u8; IN_PLACE] },
    /// What does not fit.
    Shared(Arc<[u8]>),
}

impl Short {
    pub(crate) const EMPTY: Self = Self::InPlace {
        len: 0,
        bytes: [0; IN_PLACE],
    };

    #[inline]
    pub(crate) fn new(from: &[u8]) -> Self {
        if from.len() > IN_PLACE {
            return Self::Shared(Arc::from(from));
        }
        let mut bytes = [0; IN_PLACE];
        let len = from.len();
        // Pieces of a fixed length that overlap are copied without a call.
        match len {
            1..=3 => {
                bytes[0] = from[0];
                bytes[len / 2] = from[len / 2];
                bytes[len - 1] = from[len - 1];
            }
            4..=8 => {
                bytes[..4].copy_from_slice(&from[..4]);
                bytes[len - 4..len].copy_from_slice(&from[len - 4..]);
            }
            _ => bytes[..len].copy_from_slice(from),
        }
        Self::InPlace {
            len: from.len() as u8,
            bytes,
        }
    }

    /// What is not UTF-8 is replaced.
    pub(crate) fn text(from: &[u8]) -> Self {
        if from.is_ascii() {
            return Self::new(from);
        }
        Self::new(String::from_utf8_lossy(from).as_bytes())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::InPlace { len, bytes } => &bytes[..usize::from(*len)],
            Self::Shared(bytes) => bytes,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.as_bytes().is_empty()
    }

    /// The text; nothing where it is empty or was not made by
    /// [`text`](Self::text) and is no UTF-8.
    pub(crate) fn as_text(&self) -> Option<&str> {
        let text = std::str::from_utf8(self.as_bytes()).ok()?;
        (!text.is_empty()).then_some(text)
    }
}

impl PartialEq for Short {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Short {}

impl fmt::Debug for Short {
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
            let short = Short::new(&bytes);
            assert_eq!(short.as_bytes(), bytes);
            assert_eq!(short.is_empty(), len == 0);
            assert_eq!(short.clone(), short);
        }
    }

    #[test]
    fn text_is_always_text() {
        assert_eq!(Short::text(b"7").as_text(), Some("7"));
        assert_eq!(Short::text(b"\xff7").as_text(), Some("\u{fffd}7"));
        assert_eq!(Short::text(b"").as_text(), None);
        assert_eq!(Short::new(b"\xff").as_text(), None);
    }
}
