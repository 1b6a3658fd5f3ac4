//! Keeps a line whose end has not arrived yet, from chunk to chunk.

use bytes::BytesMut;
use memchr::memchr;

use super::accumulated::{self, AccumulatedText, EventData};
use super::{scan, usual_token};

/// The capacity that is kept for the next cut line, and the size of the buffer that the
/// data of many cut lines shares.
const ROOM: usize = 4096;

/// The beginning of a line.
#[derive(Debug, Default)]
pub(super) struct CutLine {
    kept: Vec<u8>,
    left_out: Option<ElidedPrefix>,
    /// Shared by the data of many cut lines, so that not every one costs an allocation.
    room: BytesMut,
}

/// A prefix of the known text, elided from near the line's beginning.
#[derive(Clone, Copy, Debug)]
struct ElidedPrefix {
    at: u32,
    len: usize,
}

impl CutLine {
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// The line's length so far, including the elided text.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.kept.len() + self.left_out.map_or(0, |left_out| left_out.len)
    }

    /// How many of the next bytes repeat the known text and need not be kept. They hold
    /// no line end, since the known text holds none.
    #[inline]
    pub(super) fn repeated(&mut self, next: &[u8], known: &AccumulatedText) -> usize {
        let Some(left_out) = &mut self.left_out else {
            return 0;
        };
        let expected = (known.len() - left_out.len).min(next.len());
        if known.continues_with(left_out.len, &next[..expected]) {
            left_out.len += expected;
            return expected;
        }
        self.put_back(known);
        0
    }

    /// Begins with `line`, whose data starts at `data`, if the line repeats the known
    /// text from some position to the end of its bytes; else returns `false`.
    pub(super) fn begin_repeating(
        &mut self,
        line: &[u8],
        data: usize,
        known: &AccumulatedText,
    ) -> bool {
        let usual = usual_token::repeated_value(&line[data..]);
        let Some(at) = usual.map(|at| data + at).or_else(|| value_in_line(line)) else {
            return false;
        };
        let (before, repeated) = line.split_at(at);
        if !known.continues_with(0, repeated) {
            return false;
        }
        let Ok(at) = u32::try_from(at) else {
            return false;
        };
        self.kept.extend_from_slice(before);
        self.left_out = Some(ElidedPrefix {
            at,
            len: repeated.len(),
        });
        true
    }

    /// Adds the next bytes if they surely lie within this line, which may have at most `max`
    /// bytes, and nothing has to be searched for in them; else changes no byte of the line
    /// and returns `false`.
    #[inline]
    pub(super) fn continues_with(
        &mut self,
        next: &[u8],
        known: &AccumulatedText,
        max: usize,
    ) -> bool {
        if self.is_empty() || self.len() + next.len() > max {
            return false;
        }
        let may_begin = match self.left_out {
            Some(left_out) if left_out.len < known.len() => {
                return left_out.len + next.len() <= known.len() && self.repeated(next, known) > 0;
            }
            Some(_) => false,
            None => known.len() > 0 && self.kept.len() < accumulated::WITHIN,
        };
        let plain = |byte: &u8| match byte {
            b'\n' | b'\r' => false,
            b'"' => !may_begin,
            _ => true,
        };
        let goes_on = next.iter().all(plain);
        if goes_on {
            self.push(next);
        }
        goes_on
    }

    /// Adds bytes that cannot repeat the known text, as at the end of the line.
    #[inline]
    pub(super) fn push(&mut self, last: &[u8]) {
        self.kept.extend_from_slice(last);
    }

    /// Adds some of the next bytes, and returns how many. If the known text begins among
    /// them, the caller must first compare the bytes after them with it.
    pub(super) fn hold(&mut self, next: &[u8], known: &AccumulatedText) -> usize {
        let before = self.kept.len();
        if known.len() == 0 || self.left_out.is_some() || before >= accumulated::WITHIN {
            self.kept.extend_from_slice(next);
            return next.len();
        }
        let next = &next[..next.len().min(accumulated::WITHIN - before)];
        self.kept.extend_from_slice(next);
        // The value can only have begun if a quote was added.
        if memchr(b'"', next).is_some()
            && let from = before.saturating_sub(accumulated::OVERLAP)
            && let Some(at) = accumulated::value_of_field(&self.kept, from)
        {
            let len = (self.kept.len() - at).min(known.len());
            if known.continues_with(0, &self.kept[at..at + len])
                && let Ok(place) = u32::try_from(at)
            {
                self.kept.drain(at..at + len);
                self.left_out = Some(ElidedPrefix { at: place, len });
            }
        }
        next.len()
    }

    /// The kept bytes of the line. At the line's end, the known text is elided whole or
    /// not at all, since it holds no line end.
    pub(super) fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// The whole line, once its end has arrived, with the elided text put back.
    pub(super) fn whole(&mut self, known: &AccumulatedText) -> &[u8] {
        self.put_back(known);
        &self.kept
    }

    /// The line's data, which begins at `from`.
    pub(super) fn data(&mut self, from: usize, known: &AccumulatedText) -> EventData {
        let left_out = self.left_out.and_then(|it| {
            let before = u32::try_from(from).ok()?;
            known.left_out(it.at.checked_sub(before)?)
        });
        let data = &self.kept[from..];
        if self.room.capacity() < data.len() {
            self.room.reserve(data.len().max(ROOM));
        }
        self.room.extend_from_slice(data);
        let kept = self.room.split().freeze();
        EventData { kept, left_out }
    }

    /// Forgets the line, to begin another one.
    pub(super) fn clear(&mut self) {
        self.left_out = None;
        self.kept.clear();
        self.kept.shrink_to(ROOM);
    }

    fn put_back(&mut self, known: &AccumulatedText) {
        if let Some(ElidedPrefix { at, len }) = self.left_out.take() {
            known.put_back(len, at as usize, &mut self.kept);
        }
    }
}

/// Where the field's value begins in the first line, if it is near.
fn value_in_line(line: &[u8]) -> Option<usize> {
    let near = &line[..line.len().min(accumulated::WITHIN)];
    let at = accumulated::value_of_field(near, 0)?;
    scan::line_end(&line[..at]).is_none().then_some(at)
}
