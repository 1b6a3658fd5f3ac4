//! Server-sent events, from bytes to events, by the rules of the WHATWG HTML
//! standard (“Server-sent events”, section “Interpreting an event stream”).
//!
//! It knows nothing of chat. A line that lies within one chunk is never copied;
//! what is kept from chunk to chunk is bounded by the size of one event.
//!
//! It is our own because no published crate follows all of those rules: a byte
//! order mark, CR, LF and CRLF split anywhere, several `data` lines, comments,
//! fields without a colon, `id` with NUL, `retry`, invalid UTF-8.

use std::sync::Arc;

use bytes::Bytes;
use memchr::{memchr, memchr2};

/// One dispatched event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SseEvent {
    /// The `event` field; empty where there was none.
    pub(crate) name: Bytes,
    /// The `data` lines, joined by line feeds. Not checked to be UTF-8.
    pub(crate) data: Bytes,
    /// The last event id in force; `None` where there is none or it is empty.
    pub(crate) id: Option<Arc<str>>,
}

/// An event, or a single line, is larger than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EventTooLarge;

/// Decodes a stream of chunks.
#[derive(Debug)]
pub(crate) struct SseDecoder {
    /// What is left of the newest chunk.
    chunk: Bytes,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
    /// The last line ended with a CR: a LF that follows belongs to it.
    after_cr: bool,
    /// A byte order mark may stand before the very first line.
    at_start: bool,
    name: Bytes,
    data: Data,
    id: Option<Arc<str>>,
    retry_ms: Option<u64>,
    max_event_bytes: usize,
}

/// The `data` lines of the event that is being read.
#[derive(Debug)]
enum Data {
    None,
    One(Bytes),
    Many(Vec<u8>),
}

const BOM: &[u8] = b"\xef\xbb\xbf";

impl SseDecoder {
    pub(crate) fn new(max_event_bytes: usize) -> Self {
        Self {
            chunk: Bytes::new(),
            line: Vec::new(),
            after_cr: false,
            at_start: true,
            name: Bytes::new(),
            data: Data::None,
            id: None,
            retry_ms: None,
            max_event_bytes,
        }
    }

    /// Adds a chunk; call [`next_event`](Self::next_event) until it gives `None`
    /// before the next one.
    pub(crate) fn feed(&mut self, chunk: Bytes) {
        debug_assert!(
            self.chunk.is_empty(),
            "the last chunk is not read to its end"
        );
        self.chunk = chunk;
    }

    /// The last event id in force.
    pub(crate) fn last_event_id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The reconnection time that the server asked for, in milliseconds.
    pub(crate) fn retry_ms(&self) -> Option<u64> {
        self.retry_ms
    }

    /// The next event in the chunk. What follows the last blank line waits for
    /// the next chunk; if none comes, it is dropped, as the standard says.
    pub(crate) fn next_event(&mut self) -> Result<Option<SseEvent>, EventTooLarge> {
        while let Some(line) = self.next_line()? {
            if line.is_empty() {
                if let Some(event) = self.dispatch() {
                    return Ok(Some(event));
                }
            } else {
                self.field(&line)?;
            }
        }
        Ok(None)
    }

    /// The next whole line, without its end.
    fn next_line(&mut self) -> Result<Option<Bytes>, EventTooLarge> {
        if self.after_cr && !self.chunk.is_empty() {
            self.after_cr = false;
            if self.chunk[0] == b'\n' {
                self.chunk = self.chunk.slice(1..);
            }
        }
        let Some(end) = memchr2(b'\n', b'\r', &self.chunk) else {
            let rest = std::mem::take(&mut self.chunk);
            if self.line.len() + rest.len() > self.max_event_bytes {
                return Err(EventTooLarge);
            }
            self.line.extend_from_slice(&rest);
            return Ok(None);
        };
        let mut line = self.chunk.split_to(end);
        let crlf = self.chunk.starts_with(b"\r\n");
        self.after_cr = self.chunk.len() == 1 && self.chunk[0] == b'\r';
        self.chunk = self.chunk.slice(1 + usize::from(crlf)..);
        if !self.line.is_empty() {
            self.line.extend_from_slice(&line);
            line = Bytes::from(std::mem::take(&mut self.line));
        }
        if line.len() > self.max_event_bytes {
            return Err(EventTooLarge);
        }
        if self.at_start {
            self.at_start = false;
            if line.starts_with(BOM) {
                line = line.slice(BOM.len()..);
            }
        }
        Ok(Some(line))
    }

    fn field(&mut self, line: &Bytes) -> Result<(), EventTooLarge> {
        let (name_end, value_start) = match memchr(b':', line) {
            Some(0) => return Ok(()), // a comment
            Some(colon) => {
                let space = line.get(colon + 1) == Some(&b' ');
                (colon, colon + 1 + usize::from(space))
            }
            None => (line.len(), line.len()),
        };
        let value = line.slice(value_start..);
        match &line[..name_end] {
            b"data" => self.data_line(value)?,
            b"event" => self.name = value,
            b"id" if memchr(0, &value).is_none() => {
                let id = String::from_utf8_lossy(&value);
                self.id = (!id.is_empty()).then(|| Arc::from(id));
            }
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.retry_ms = std::str::from_utf8(&value)
                    .ok()
                    .and_then(|digits| digits.parse().ok());
            }
            _ => {}
        }
        Ok(())
    }

    fn data_line(&mut self, value: Bytes) -> Result<(), EventTooLarge> {
        let before = match &self.data {
            Data::None => 0,
            Data::One(first) => first.len(),
            Data::Many(lines) => lines.len(),
        };
        if before + value.len() > self.max_event_bytes {
            return Err(EventTooLarge);
        }
        self.data = match std::mem::replace(&mut self.data, Data::None) {
            Data::None => Data::One(value),
            Data::One(first) => {
                let mut lines = Vec::with_capacity(first.len() + 1 + value.len());
                lines.extend_from_slice(&first);
                lines.push(b'\n');
                lines.extend_from_slice(&value);
                Data::Many(lines)
            }
            Data::Many(mut lines) => {
                lines.push(b'\n');
                lines.extend_from_slice(&value);
                Data::Many(lines)
            }
        };
        Ok(())
    }

    /// Ends the event at a blank line; one without `data` is not dispatched.
    fn dispatch(&mut self) -> Option<SseEvent> {
        let name = std::mem::take(&mut self.name);
        let data = match std::mem::replace(&mut self.data, Data::None) {
            Data::None => return None,
            Data::One(line) => line,
            Data::Many(lines) => Bytes::from(lines),
        };
        Some(SseEvent {
            name,
            data,
            id: self.id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: usize = 1 << 20;

    /// `(name, data, id)` of every event, with the bytes cut as told.
    fn decode<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> Vec<(String, String, String)> {
        let mut decoder = SseDecoder::new(MAX);
        let mut events = Vec::new();
        for chunk in chunks {
            decoder.feed(Bytes::copy_from_slice(chunk));
            while let Some(event) = decoder.next_event().unwrap() {
                events.push((
                    String::from_utf8_lossy(&event.name).into_owned(),
                    String::from_utf8_lossy(&event.data).into_owned(),
                    event.id.as_deref().unwrap_or_default().to_owned(),
                ));
            }
        }
        events
    }

    /// The standard's algorithm, word for word and slow.
    fn reference(bytes: &[u8]) -> Vec<(String, String, String)> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut lines: Vec<&str> = text.split('\n').collect();
        lines.pop(); // what follows the last line end is unfinished
        let (mut name, mut data, mut id) = (String::new(), String::new(), String::new());
        let mut events = Vec::new();
        for line in lines {
            if line.is_empty() {
                if let Some(text) = data.strip_suffix('\n') {
                    events.push((name.clone(), text.to_owned(), id.clone()));
                }
                name.clear();
                data.clear();
                continue;
            }
            if line.starts_with(':') {
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => name = value.to_owned(),
                "data" => {
                    data.push_str(value);
                    data.push('\n');
                }
                "id" if !value.contains('\0') => id = value.to_owned(),
                _ => {}
            }
        }
        events
    }

    const CASES: &[&str] = &[
        "data: one\n\n",
        "data: one\r\rdata: two\r\r",
        "data: one\r\n\r\ndata: two\r\n\r\n",
        "data: a\ndata: b\r\ndata:  c\r\n\n",
        "\u{feff}data: after a mark\n\n\u{feff}data: not a field\n\n",
        "\u{feff}\u{feff}data: two marks\n\n",
        ": comment\n:\ndata: x\n\n",
        "data\n\n",
        "data\ndata\n\n",
        "data:\n\n",
        "event: no data\n\ndata: x\n\n",
        "event: a\nevent: b\ndata: x\n\ndata: y\n\n",
        "id: 1\ndata: x\n\ndata: y\n\nid\ndata: z\n\n",
        "id: a\0b\ndata: x\n\n",
        "retry: 10\nretry: x1\ndata: x\n\n",
        "unknown: 1\nDATA: 2\n data: 3\ndata : 4\n\ndata: x\n\n",
        "data: unfinished\n",
        "data: x\n\ndata: unfinished",
        "data:no space\n\ndata:  two spaces\n\n",
        "data: ünïcödé 漢字 🙂\n\n",
        "event: naïve\nid: é\ndata: {\"a\": \"b:c\"}\n\n",
        "\n\n\r\r\n\ndata: after blanks\n\n",
        "data: a\n\r\n\rdata: b\n\n",
        "data: colon: in: value\n\n",
        "",
    ];

    #[test]
    fn the_standards_rules_hold_at_every_chunk_boundary() {
        for case in CASES {
            let bytes = case.as_bytes();
            let expected = reference(bytes);
            assert_eq!(decode([bytes].into_iter()), expected, "whole: {case:?}");
            assert_eq!(decode(bytes.chunks(1)), expected, "bytewise: {case:?}");
            for cut in 0..=bytes.len() {
                let (a, b) = bytes.split_at(cut);
                let got = decode([a, b].into_iter());
                assert_eq!(got, expected, "cut at {cut}: {case:?}");
                let with_empty = decode([a, &[], b].into_iter());
                assert_eq!(with_empty, expected, "empty chunk at {cut}: {case:?}");
            }
        }
    }

    #[test]
    fn invalid_utf8_is_replaced_wherever_it_is_cut() {
        let bytes = b"data: \xff\xc3 caf\xc3\xa9\nid: \xfe\n\n";
        for cut in 0..=bytes.len() {
            let (a, b) = bytes.split_at(cut);
            let events = decode([a, b].into_iter());
            assert_eq!(events, reference(bytes), "cut at {cut}");
        }
    }

    #[test]
    fn retry_takes_digits_alone() {
        let mut decoder = SseDecoder::new(MAX);
        decoder.feed(Bytes::from_static(
            b"retry: 1500\nretry: 2s\nretry:\nretry: +3\n",
        ));
        assert_eq!(decoder.next_event(), Ok(None));
        assert_eq!(decoder.retry_ms(), Some(1500));
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let endless_line = "x".repeat(40);
        let endless_data = "data: 123456\n".repeat(8);
        for bytes in [endless_line, endless_data] {
            let mut decoder = SseDecoder::new(32);
            let refused = bytes.as_bytes().chunks(5).any(|chunk| {
                decoder.feed(Bytes::copy_from_slice(chunk));
                decoder.next_event() == Err(EventTooLarge)
            });
            assert!(refused, "{bytes}");
        }
    }

    #[test]
    fn a_line_within_one_chunk_is_not_copied() {
        let chunk = Bytes::from_static(b"event: token\ndata: {\"content\":\"x\"}\n\n");
        let mut decoder = SseDecoder::new(MAX);
        decoder.feed(chunk.clone());
        let event = decoder.next_event().unwrap().unwrap();
        assert!(chunk.as_ptr_range().contains(&event.data.as_ptr()));
    }
}
