//! Finds the ends of short pieces, eight bytes at a time.
//!
//! The lines of an event and the strings in a token have a few bytes each, and calling a
//! vectorised search costs more than scanning them here.

const ONES: u64 = u64::from_ne_bytes([1; 8]);
const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);

/// How many bytes are searched here before a vectorised search is called.
const SHORT: usize = 24;

/// The first line end.
pub(super) fn line_end(bytes: &[u8]) -> Option<usize> {
    let ends = |word| equal(word, b'\n') | equal(word, b'\r');
    let mut at = 0;
    while let Some(word) = word(bytes, at).filter(|_| at < SHORT) {
        let found = ends(word);
        if found != 0 {
            return Some(at + first(found));
        }
        at += 8;
    }
    let rest = &bytes[at..];
    let end = match rest.len() {
        ..8 => rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')),
        _ => memchr::memchr2(b'\n', b'\r', rest),
    };
    Some(at + end?)
}

/// If the first line begins with this prefix and ends with a line feed: the rest of that
/// line, and the bytes after it.
#[inline]
pub(super) fn usual_line<'b>(bytes: &'b [u8], prefix: &[u8]) -> Option<(&'b [u8], &'b [u8])> {
    let rest = bytes.strip_prefix(prefix)?;
    let end = line_end(rest)?;
    (rest[end] == b'\n').then(|| (&rest[..end], &rest[end + 1..]))
}

/// The position of the first byte from `at` on that a JSON string cannot hold as it is: a
/// quote, a backslash or a control character.
pub(super) fn string_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    while let Some(word) = word(bytes, at) {
        let found = equal(word, b'"') | equal(word, b'\\') | below_space(word);
        if found != 0 {
            return Some(at + first(found));
        }
        at += 8;
    }
    let rest = bytes.get(at..)?.iter();
    let end = rest
        .copied()
        .position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20));
    Some(at + end?)
}

fn word(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + 8)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

// The lowest bit that each of these sets marks the first matching byte; bits above it may
// be wrong.

fn equal(word: u64, byte: u8) -> u64 {
    let word = word ^ (ONES * u64::from(byte));
    word.wrapping_sub(ONES) & !word & HIGH
}

fn below_space(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word & HIGH
}

fn first(found: u64) -> usize {
    found.trailing_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All byte values in all places, beside bytes that could mislead.
    #[test]
    fn every_byte_is_found_in_every_place() {
        for length in 0..40 {
            for filler in [b'a', b' ', 0x7f, 0x80, 0xff, b'!', b'#', 0x21] {
                for place in 0..length {
                    for byte in 0..=255 {
                        let mut bytes = vec![filler; length];
                        bytes[place] = byte;
                        if let Some(next) = bytes.get_mut(place + 1) {
                            *next = byte.wrapping_add(1);
                        }
                        let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
                        assert_eq!(line_end(&bytes), bytes.iter().position(ends));
                        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
                        assert_eq!(string_end(&bytes, 0), bytes.iter().position(ends));
                    }
                }
            }
        }
    }

    #[test]
    fn a_search_may_begin_anywhere() {
        assert_eq!(string_end(b"\"a\"bcdefghij\"", 3), Some(12));
        assert_eq!(string_end(b"\"", 1), None);
        assert_eq!(string_end(b"\"", 2), None);
    }
}
