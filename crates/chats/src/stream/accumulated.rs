//! Elides the text that each event repeats from the one before.
//!
//! A `token` event carries the whole answer so far in `accumulated`, so the bytes of an
//! answer grow with the square of its length. Text seen before is only compared, which is
//! the cheapest operation on a byte; it is not searched, copied or stored again. The data
//! of a cut line refers to the shared text instead, from which the whole data can be put
//! together at any time.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use memchr::memmem;

/// The name of the field that repeats, as it stands in JSON.
const FIELD: &[u8] = b"\"accumulated\"";

/// How far from a line's beginning the field is looked for.
pub(super) const WITHIN: usize = 1024;

/// How many bytes before new ones are searched again: room for the field's name, its
/// colon and the spaces around that.
pub(super) const OVERLAP: usize = FIELD.len() + 8;

/// How many times a text that does not continue the last one is accepted as a new
/// beginning: each one costs a copy.
const MOST_BEGINNINGS: u32 = 8;

/// The text that the next event is expected to repeat, as it stands on the wire: the
/// inside of a JSON string, always whole and valid. Bytes are only appended, so a prefix
/// of it never changes.
#[derive(Debug, Default)]
pub(crate) struct AccumulatedText {
    /// `None` until an event carries `accumulated`: most streams never do.
    text: Option<Arc<Mutex<Vec<u8>>>>,
    len: usize,
    beginnings: u32,
}

impl AccumulatedText {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether the text continues with `bytes` at `at`.
    #[inline]
    pub(super) fn continues_with(&self, at: usize, bytes: &[u8]) -> bool {
        let Some(text) = &self.text else {
            return at == 0 && bytes.is_empty();
        };
        lock(text)
            .get(at..)
            .is_some_and(|rest| rest.starts_with(bytes))
    }

    /// Whether `bytes` begins with the whole text.
    pub(super) fn is_prefix_of(&self, bytes: &[u8]) -> bool {
        self.len <= bytes.len() && self.continues_with(0, &bytes[..self.len])
    }

    /// Appends what an event added. Once the restarts are used up, nothing is remembered.
    pub(super) fn extend(&mut self, more: &[u8]) {
        if !more.is_empty() && self.may_restart() {
            let text = self.text.get_or_insert_default();
            lock(text).extend_from_slice(more);
            self.len += more.len();
        }
    }

    /// Starts over with another text. Data that refers to the old text keeps it.
    pub(super) fn restart(&mut self, text: &[u8]) {
        self.text = None;
        self.len = 0;
        self.beginnings += 1;
        self.extend(text);
    }

    /// Whether a text that does not continue the last one may still be accepted as a new
    /// beginning.
    pub(super) fn may_restart(&self) -> bool {
        self.beginnings < MOST_BEGINNINGS
    }

    /// Inserts the first `len` bytes of the text into `bytes`, where they were elided.
    pub(super) fn put_back(&self, len: usize, at: usize, bytes: &mut Vec<u8>) {
        if let Some(text) = &self.text {
            bytes.splice(at..at, lock(text)[..len].iter().copied());
        }
    }

    /// A reference to the whole text, which is elided from some data at `at`.
    pub(super) fn left_out(&self, at: u32) -> Option<ElidedText> {
        let len = u32::try_from(self.len).ok()?;
        let text = self.text.clone()?;
        Some(ElidedText { at, len, text })
    }
}

fn lock(text: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    // No code panics while it holds the lock.
    text.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the field's value begins in the bytes from `from` on: after its opening quote.
/// In JSON, the searched bytes are always the field's name, never part of a string, since
/// quotes are escaped there.
pub(super) fn value_of_field(bytes: &[u8], from: usize) -> Option<usize> {
    // Built once: building a searcher costs more than a search.
    static SEARCH: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(FIELD));
    let found = SEARCH.find(&bytes[from..])?;
    let at = after_spaces(bytes, from + found + FIELD.len());
    let at = (bytes.get(at) == Some(&b':')).then(|| after_spaces(bytes, at + 1))?;
    (bytes.get(at) == Some(&b'"')).then_some(at + 1)
}

fn after_spaces(bytes: &[u8], at: usize) -> usize {
    let spaces = bytes[at..].iter().take_while(|byte| **byte == b' ');
    at + spaces.count()
}

/// The data of an event: all of it, or with a known text left out of it.
#[derive(Clone, Debug)]
pub(crate) struct EventData {
    /// The data without the elided text.
    pub(super) kept: Bytes,
    pub(super) left_out: Option<ElidedText>,
}

/// A known text that was elided from data.
#[derive(Clone, Debug)]
pub(crate) struct ElidedText {
    // `u32`, because every token has room for one.
    at: u32,
    len: u32,
    text: Arc<Mutex<Vec<u8>>>,
}

impl ElidedText {
    /// The text's position in the kept bytes.
    pub(super) fn at(&self) -> usize {
        self.at as usize
    }

    fn len(&self) -> usize {
        self.len as usize
    }
}

impl EventData {
    /// The data's length, including the elided text.
    pub(super) fn len(&self) -> usize {
        self.kept.len() + self.left_out.as_ref().map_or(0, ElidedText::len)
    }

    /// The whole data, with the elided text put back.
    pub(super) fn whole(&self) -> Cow<'_, [u8]> {
        let Some(left_out) = &self.left_out else {
            return Cow::Borrowed(&self.kept);
        };
        let (before, after) = self.kept.split_at(left_out.at());
        let mut whole = Vec::with_capacity(self.len());
        whole.extend_from_slice(before);
        whole.extend_from_slice(&lock(&left_out.text)[..left_out.len()]);
        whole.extend_from_slice(after);
        Cow::Owned(whole)
    }
}

impl From<Bytes> for EventData {
    fn from(kept: Bytes) -> Self {
        Self {
            kept,
            left_out: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_out_stays_what_it_was() {
        let mut known = AccumulatedText::default();
        known.extend(b"abc");
        let data = EventData {
            kept: Bytes::from_static(b"<>"),
            left_out: known.left_out(1),
        };
        assert_eq!((data.len(), &*data.whole()), (5, &b"<abc>"[..]));
        known.extend(b"def");
        assert_eq!(&*data.whole(), b"<abc>");
        known.restart(b"xyz");
        assert_eq!(&*data.whole(), b"<abc>");
        assert!(
            known.is_prefix_of(b"xyz!")
                && !known.is_prefix_of(b"xy")
                && known.continues_with(1, b"y")
        );
    }

    #[test]
    fn texts_that_never_go_on_are_not_copied_for_ever() {
        let mut known = AccumulatedText::default();
        let mut copied = 0;
        for _ in 0..100 {
            known.restart(b"x");
            copied += known.len();
        }
        assert_eq!(copied, MOST_BEGINNINGS as usize - 1);
        assert!(!known.may_restart());
    }

    #[test]
    fn the_field_is_found_by_its_name_alone() {
        for (json, rest) in [
            (r#"{"accumulated":"x"#, Some("x")),
            (r#"{"a":1,"accumulated" : "x"#, Some("x")),
            (r#"{"accumulated":["#, None),
            (r#"{"accumulated"#, None),
            (r#"{"content":"\"accumulated\":\"x"#, None),
        ] {
            let at = value_of_field(json.as_bytes(), 0);
            assert_eq!(at.map(|at| &json[at..]), rest, "{json}");
        }
    }
}
