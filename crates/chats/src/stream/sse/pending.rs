//! The event that is being read line by line.

use memchr::memchr;

use super::super::accumulated::EventData;
use super::super::inline_bytes::InlineBytes;
use super::EventTooLarge;

/// What a line is about.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Data,
    Event,
    Id,
    Retry,
    /// A comment, or a name without meaning.
    Other,
}

impl Field {
    /// The field of a line and where its value begins.
    pub(super) fn of(line: &[u8]) -> (Self, usize) {
        let (field, name_end) = match line {
            [b'd', b'a', b't', b'a', ..] => (Self::Data, 4),
            [b'e', b'v', b'e', b'n', b't', ..] => (Self::Event, 5),
            [b'i', b'd', ..] => (Self::Id, 2),
            [b'r', b'e', b't', b'r', b'y', ..] => (Self::Retry, 5),
            _ => return (Self::Other, 0),
        };
        match line[name_end..] {
            [] => (field, name_end),
            [b':', b' ', ..] => (field, name_end + 2),
            [b':', ..] => (field, name_end + 1),
            _ => (Self::Other, 0),
        }
    }
}

/// The event that is being read.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) name: InlineBytes,
    pub(super) data: Data,
    /// Comes into force when the event ends.
    pub(super) id: Option<InlineBytes>,
    pub(super) retry_ms: Option<u64>,
}

/// The `data` lines of the event that is being read.
#[derive(Debug, Default)]
pub(super) enum Data {
    #[default]
    None,
    One(EventData),
    Many(Vec<u8>),
}

impl Pending {
    /// Whether neither its name nor its data has begun.
    pub(super) fn is_empty(&self) -> bool {
        self.name.is_empty() && matches!(self.data, Data::None)
    }

    /// Replaces the last event id with the event's own; `false` if it has none.
    #[inline]
    pub(super) fn id_into_force(&mut self, last: &mut InlineBytes) -> bool {
        if self.id.is_some()
            && let Some(id) = self.id.take()
        {
            *last = id;
            return true;
        }
        false
    }

    /// Reads a line that is not data.
    pub(super) fn other_line(&mut self, field: Field, value: &[u8]) {
        match field {
            Field::Event => self.name = InlineBytes::new(value),
            Field::Id if memchr(0, value).is_none() => self.id = Some(InlineBytes::text(value)),
            Field::Retry if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let digits = std::str::from_utf8(value).unwrap_or_default();
                // A number too large for `u64` is still a very long time.
                self.retry_ms = Some(digits.parse().unwrap_or(u64::MAX));
            }
            _ => {}
        }
    }

    pub(super) fn data_line(
        &mut self,
        line: EventData,
        max_bytes: usize,
    ) -> Result<(), EventTooLarge> {
        let before = match &self.data {
            Data::None => 0,
            Data::One(first) => first.len(),
            Data::Many(lines) => lines.len(),
        };
        if before + line.len() > max_bytes {
            return Err(EventTooLarge);
        }
        let mut lines = match std::mem::replace(&mut self.data, Data::None) {
            Data::None => {
                self.data = Data::One(line);
                return Ok(());
            }
            Data::One(first) => first.whole().into_owned(),
            Data::Many(lines) => lines,
        };
        lines.push(b'\n');
        lines.extend_from_slice(&line.whole());
        self.data = Data::Many(lines);
        Ok(())
    }
}
