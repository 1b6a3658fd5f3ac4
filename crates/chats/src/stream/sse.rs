//! Server-sent events, from bytes to events, by the rules of the WHATWG HTML
//! standard (“Server-sent events”, section “Interpreting an event stream”).
//!
//! The decoder knows nothing of chat. A single line of data within one chunk is never
//! copied; the bytes kept from chunk to chunk ([`super::partial_line`]) are bounded by
//! the size of one event, and a chunk is released once it is read.
//!
//! The decoder is our own because no published crate follows all of those rules: a byte
//! order mark, CR, LF and CRLF split anywhere, several `data` lines, comments, fields
//! without a colon, `id` with NUL, `retry`, invalid UTF-8.

mod pending;

use std::collections::VecDeque;

use bytes::Bytes;
use memchr::memchr2;

use super::accumulated::{AccumulatedText, EventData};
use super::inline_bytes::InlineBytes;
use super::partial_line::CutLine;
use super::scan;
use pending::{Data, Field, Pending};

/// The beginning of an event: the lines before its data.
#[derive(Debug)]
pub(crate) struct EventStart<'c> {
    pub(crate) name: &'c [u8],
    /// The id that the event carries.
    pub(crate) id: Option<&'c [u8]>,
    /// The last event id before this event.
    pub(crate) last_id: &'c InlineBytes,
    /// The chunk; the event's data begins at `data`.
    pub(crate) chunk: &'c Bytes,
    pub(crate) data: usize,
    /// The longest data that is allowed.
    pub(crate) max_data: usize,
    /// The text that the data may repeat.
    pub(crate) known: &'c mut AccumulatedText,
}

/// The outcome of reading the next event.
#[derive(Debug)]
pub(crate) enum Next {
    /// The callback has read the next event.
    Read,
    /// The event's data: its lines, joined by line feeds, not checked to be UTF-8.
    Data(EventData),
    /// The next event has not arrived whole.
    Waits,
}

/// The newest event's fields besides its data.
#[derive(Debug)]
pub(crate) struct Newest<'d> {
    /// The `event` field; empty where there was none.
    pub(crate) name: &'d InlineBytes,
    /// The last event id in force, as text; empty where there is none.
    pub(crate) id: &'d InlineBytes,
    /// The text that lines may repeat; the reader of the events keeps it up to date.
    pub(crate) known: &'d mut AccumulatedText,
}

/// An event, or a single line, is larger than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventTooLarge;

/// Decodes a stream of chunks.
#[derive(Debug)]
pub(crate) struct SseDecoder {
    /// The chunk that is being read; released once it is read to its end.
    chunk: Bytes,
    /// How much of the chunk is read.
    at: usize,
    /// `None` until a line is cut or an event is unusual: a stream that waits for its
    /// next event should hold little.
    unusual: Option<Box<Unusual>>,
    /// The text that lines may repeat.
    known: AccumulatedText,
    /// The last line ended with a CR: a LF that follows belongs to it.
    after_cr: bool,
    /// A byte order mark may stand before the very first line.
    at_start: bool,
    /// The name of the newest event.
    name: InlineBytes,
    /// The last event id: that of the newest event which named one.
    id: InlineBytes,
    /// Whether the newest event carried an id of its own.
    own_id: bool,
    max_event_bytes: usize,
}

/// The state for events that are cut, or not of the usual form.
#[derive(Debug, Default)]
struct Unusual {
    /// Chunks that were fed before the current one was read to its end.
    later: VecDeque<Bytes>,
    /// The beginning of a line whose end has not arrived yet. Its memory is used again
    /// for the next one.
    line: CutLine,
    event: Pending,
}

const BOM: &[u8] = b"\xef\xbb\xbf";
/// How a line of data begins.
const DATA: &[u8] = b"data: ";

/// How long a chunk may be, in bytes, to be kept without being read.
const SHORT_CHUNK: usize = 16;

/// A line end and a blank line.
const BLANK: &[u8] = b"\n\n";

impl SseDecoder {
    pub(crate) fn new(max_event_bytes: usize) -> Self {
        Self {
            chunk: Bytes::new(),
            at: 0,
            unusual: None,
            known: AccumulatedText::default(),
            after_cr: false,
            at_start: true,
            name: InlineBytes::EMPTY,
            id: InlineBytes::EMPTY,
            own_id: false,
            max_event_bytes,
        }
    }

    #[inline]
    pub(crate) fn feed(&mut self, chunk: Bytes) {
        if !self.is_drained() {
            let unusual = self.unusual.get_or_insert_default();
            unusual.later.push_back(chunk);
        } else if !self.keep_short(&chunk) {
            self.chunk = chunk;
            self.at = 0;
        }
    }

    /// Whether all bytes that were fed are read, or kept until their line or event ends.
    #[inline]
    pub(crate) fn is_drained(&self) -> bool {
        let later = self.unusual.as_ref().map(|unusual| &unusual.later);
        self.at >= self.chunk.len() && later.is_none_or(VecDeque::is_empty)
    }

    /// Keeps a short chunk that lies within a cut line, and returns whether it did.
    /// Reading it does the same, but costs more than a few bytes are worth.
    #[inline]
    fn keep_short(&mut self, chunk: &[u8]) -> bool {
        let (known, max) = (&self.known, self.max_event_bytes);
        let unusual = self.unusual.as_mut();
        chunk.len() <= SHORT_CHUNK
            && unusual.is_some_and(|unusual| unusual.line.continues_with(chunk, known, max))
    }

    /// The newest event's fields besides its data.
    pub(crate) fn newest(&mut self) -> Newest<'_> {
        Newest {
            name: &self.name,
            id: &self.id,
            known: &mut self.known,
        }
    }

    /// Whether the newest event carried an id of its own, rather than one that stayed in
    /// force from an earlier one.
    pub(crate) fn newest_has_own_id(&self) -> bool {
        self.own_id
    }

    /// The last event id in force: that of an event that has ended.
    pub(crate) fn last_event_id(&self) -> Option<&str> {
        self.id.as_text()
    }

    /// The reconnection time that the server asked for, in milliseconds.
    pub(crate) fn retry_ms(&self) -> Option<u64> {
        self.unusual.as_ref()?.event.retry_ms
    }

    /// Reads on to the next event in the chunk. The bytes after the last blank line wait
    /// for the next chunk; if none comes, they are dropped, as the standard says.
    ///
    /// `read` is called with the beginning of an event of the usual form. If it reads the
    /// data, it returns the data's length; a line feed and a blank line must follow.
    #[inline(always)] // into few callers; an event is large to return
    pub(crate) fn next_event_with(
        &mut self,
        mut read: impl FnMut(EventStart<'_>) -> Option<usize>,
    ) -> Result<Next, EventTooLarge> {
        loop {
            let event = self.read_event(&mut read);
            if !self.next_chunk() || !matches!(event, Ok(Next::Waits)) {
                return event;
            }
        }
    }

    /// The data of the next event, with no callback to read it.
    pub(crate) fn next_event(&mut self) -> Result<Option<EventData>, EventTooLarge> {
        match self.next_event_with(|_| None)? {
            Next::Data(data) => Ok(Some(data)),
            Next::Read | Next::Waits => Ok(None),
        }
    }

    /// Moves on to the next chunk if this one is read; returns whether it did.
    #[inline]
    fn next_chunk(&mut self) -> bool {
        if self.at < self.chunk.len() {
            return false;
        }
        // Released at once rather than at the next call, since the chunk keeps the
        // connection's read buffer.
        self.at = 0;
        self.chunk = Bytes::new();
        let later = self.unusual.as_mut().map(|unusual| &mut unusual.later);
        let Some(chunk) = later.and_then(VecDeque::pop_front) else {
            return false;
        };
        self.chunk = chunk;
        true
    }

    /// Keeps the next bytes of the chunk as the beginning of a line.
    #[inline]
    fn hold(&mut self) -> Result<(), EventTooLarge> {
        let line = &mut self.unusual.get_or_insert_default().line;
        self.at += line.hold(&self.chunk[self.at..], &self.known);
        let length = line.len();
        self.check_length(length)
    }

    #[inline(always)] // into one caller; an event is large to return
    fn read_event(
        &mut self,
        read: &mut impl FnMut(EventStart<'_>) -> Option<usize>,
    ) -> Result<Next, EventTooLarge> {
        loop {
            let rest = &self.chunk[self.at..];
            let Some(first) = rest.first() else {
                return Ok(Next::Waits);
            };
            if self.after_cr {
                self.after_cr = false;
                if *first == b'\n' {
                    self.at += 1;
                    continue;
                }
            }
            let line = self.unusual.as_mut().map(|unusual| &mut unusual.line);
            let mut cut = false;
            if let Some(line) = line
                && !line.is_empty()
            {
                cut = true;
                let repeated = line.repeated(rest, &self.known);
                if repeated > 0 {
                    let length = line.len();
                    self.at += repeated;
                    self.check_length(length)?;
                    continue;
                }
            } else if *first == b'e' {
                // No byte order mark stands here.
                self.at_start = false;
                match self.usual_event(read) {
                    Usual::Read => return Ok(Next::Read),
                    Usual::Event(data) => return Ok(Next::Data(data)),
                    Usual::Cut => {
                        self.hold()?;
                        continue;
                    }
                    Usual::Not => {}
                }
            } else if matches!(first, b'\n' | b'\r') {
                self.at_start = false;
                self.end_line(self.at);
                if let Some(data) = self.dispatch() {
                    return Ok(Next::Data(data));
                }
                continue;
            }
            let rest = &self.chunk[self.at..];
            match scan::line_end(rest) {
                Some(length) if !cut => self.whole_line(self.at + length)?,
                Some(length) => {
                    let line = &mut self.unusual.get_or_insert_default().line;
                    line.push(&rest[..length]);
                    let whole = line.len();
                    self.end_line(self.at + length);
                    self.check_length(whole)?;
                    if let Some(data) = self.cut_line()? {
                        return Ok(Next::Data(data));
                    }
                }
                None => self.hold()?,
            }
        }
    }

    /// Reads an event of the usual form in one go: a name, perhaps an id, one line of
    /// data, each with one space, and line feeds. Any other event is read line by line,
    /// which gives the same result.
    #[inline(always)] // into one caller
    fn usual_event(&mut self, read: &mut impl FnMut(EventStart<'_>) -> Option<usize>) -> Usual {
        let begun = self.unusual.as_ref().map(|unusual| &unusual.event);
        if begun.is_some_and(|event| !event.is_empty()) {
            return Usual::Not;
        }
        let has_id = begun.is_some_and(|event| event.id.is_some());
        let rest = &self.chunk[self.at..];
        let Some((name, rest)) = scan::usual_line(rest, b"event: ") else {
            return Usual::Not;
        };
        let (id, rest) = match scan::usual_line(rest, b"id: ") {
            Some((id, rest)) if id.iter().all(|byte| matches!(byte, 1..0x80)) => (Some(id), rest),
            _ => (None, rest),
        };
        let Some(data) = rest.strip_prefix(DATA) else {
            return Usual::Not;
        };
        if name.len().max(id.map_or(0, <[u8]>::len)) > self.max_event_bytes {
            return Usual::Not;
        }
        // A line that repeats a known text longer than the rest of the chunk cannot end
        // in this chunk, so its end is not searched for.
        let repeats = self.known.len() > data.len() && {
            let line = &mut self.unusual.get_or_insert_default().line;
            line.begin_repeating(rest, DATA.len(), &self.known)
        };
        let start = self.chunk.len() - data.len();
        if !repeats && !has_id {
            let beginning = EventStart {
                name,
                id,
                last_id: &self.id,
                chunk: &self.chunk,
                data: start,
                max_data: self.max_event_bytes,
                known: &mut self.known,
            };
            if let Some(length) = read(beginning) {
                self.own_id = id.is_some();
                if let Some(id) = id {
                    self.id = InlineBytes::new(id);
                }
                self.at = start + length + BLANK.len();
                return Usual::Read;
            }
        }
        let end = if repeats {
            None
        } else {
            memchr2(b'\n', b'\r', data)
        };
        let Some(end) = end else {
            let event = &mut self.unusual.get_or_insert_default().event;
            event.name = InlineBytes::new(name);
            if let Some(id) = id {
                event.id = Some(InlineBytes::new(id));
            }
            let kept = if repeats { 0 } else { rest.len() };
            self.at = self.chunk.len() - kept;
            return Usual::Cut;
        };
        if !data[end..].starts_with(BLANK) || end > self.max_event_bytes {
            return Usual::Not;
        }
        let begun = self.unusual.as_mut().map(|unusual| &mut unusual.event);
        self.own_id = begun.is_some_and(|event| event.id_into_force(&mut self.id));
        if let Some(id) = id {
            self.id = InlineBytes::new(id);
            self.own_id = true;
        }
        // The name rarely changes: one token comes after another.
        if self.name.as_bytes() != name {
            self.name = InlineBytes::new(name);
        }
        self.at = start + end + BLANK.len();
        Usual::Event(self.chunk.slice(start..start + end).into())
    }

    /// Moves past the line end at `end`.
    fn end_line(&mut self, end: usize) {
        self.at = end + 1;
        if self.chunk[end] == b'\r' {
            match self.chunk.get(self.at) {
                Some(b'\n') => self.at += 1,
                Some(_) => {}
                None => self.after_cr = true,
            }
        }
    }

    /// Leaves room for what precedes a line's value, so that it does not matter whether
    /// the line is cut; the length of data itself is checked elsewhere.
    fn check_length(&self, line: usize) -> Result<(), EventTooLarge> {
        let most = self.max_event_bytes.saturating_add(BOM.len() + DATA.len());
        match line > most {
            true => Err(EventTooLarge),
            false => Ok(()),
        }
    }

    /// Reads a line that lies within the chunk and is not blank.
    fn whole_line(&mut self, end: usize) -> Result<(), EventTooLarge> {
        let mut start = self.at;
        self.check_length(end - start)?;
        self.end_line(end);
        if std::mem::take(&mut self.at_start) && self.chunk[start..end].starts_with(BOM) {
            start += BOM.len();
        }
        let line = &self.chunk[start..end];
        let event = &mut self.unusual.get_or_insert_default().event;
        let (field, value) = Field::of(line);
        if let Field::Data = field {
            let data = EventData::from(self.chunk.slice(start + value..end));
            return event.data_line(data, self.max_event_bytes);
        }
        event.other_line(field, &line[value..]);
        Ok(())
    }

    /// Reads a line that began in an earlier chunk and has now ended.
    fn cut_line(&mut self) -> Result<Option<EventData>, EventTooLarge> {
        let unusual = self.unusual.get_or_insert_default();
        let Unusual {
            line: cut, event, ..
        } = &mut **unusual;
        let line = cut.kept();
        let mark = if std::mem::take(&mut self.at_start) && line.starts_with(BOM) {
            BOM.len()
        } else {
            0
        };
        let (field, value) = Field::of(&line[mark..]);
        let value = mark + value;
        if line.len() == mark {
            cut.clear();
            return Ok(self.dispatch());
        }
        if let Field::Data = field {
            let data = cut.data(value, &self.known);
            cut.clear();
            // Most events have one line of data, followed by a blank line.
            let ends = matches!(event.data, Data::None) && self.chunk.get(self.at) == Some(&b'\n');
            if ends && data.len() <= self.max_event_bytes {
                self.at += 1;
                self.name = self.end_event();
                return Ok(Some(data));
            }
            event.data_line(data, self.max_event_bytes)?;
        } else {
            let line = cut.whole(&self.known);
            event.other_line(field, &line[value..]);
            cut.clear();
        }
        Ok(None)
    }

    /// Ends the event at a blank line; one without `data` is not dispatched, but its
    /// id comes into force all the same.
    fn dispatch(&mut self) -> Option<EventData> {
        let event = &mut self.unusual.as_mut()?.event;
        let data = std::mem::take(&mut event.data);
        let name = self.end_event();
        let data = match data {
            Data::None => return None,
            Data::One(line) => line,
            Data::Many(lines) => EventData::from(Bytes::from(lines)),
        };
        self.name = name;
        Some(data)
    }

    /// Ends the current event: puts its id into force, and returns its name.
    fn end_event(&mut self) -> InlineBytes {
        let event = &mut self.unusual.get_or_insert_default().event;
        self.own_id = event.id_into_force(&mut self.id);
        std::mem::take(&mut event.name)
    }
}

/// What was found at the beginning of an event.
enum Usual {
    /// An event that the callback has read.
    Read,
    /// An event of the usual form.
    Event(EventData),
    /// An event of the usual form, read up to its data, whose end has not arrived yet.
    Cut,
    /// Anything else, of which nothing was read.
    Not,
}

#[cfg(test)]
mod tests;
