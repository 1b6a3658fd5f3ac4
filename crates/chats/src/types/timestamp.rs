//! Reads dates as servers send them: with an offset, or without one, which then
//! means UTC.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer};

/// Reads a date; one without an offset is UTC.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse() {
        return Some(timestamp);
    }
    let civil: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// As [`parse`], for a field of a reply: one that cannot be read is warned of
/// and left out, since no date is worth failing a call.
pub(crate) fn read(field: &'static str, text: Option<&str>) -> Option<Timestamp> {
    let text = text.filter(|text| !text.is_empty())?;
    let parsed = parse(text);
    if parsed.is_none() {
        tracing::warn!(field, "a date that cannot be read is left out");
    }
    parsed
}

/// For serde: the same liberal reading.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| {
        parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not a date")))
    })
    .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_kept_and_their_absence_means_utc() {
        let noon = parse("2026-01-02T12:00:00Z").unwrap();
        for text in [
            "2026-01-02T12:00:00",
            "2026-01-02 12:00:00",
            "2026-01-02T14:00:00+02:00",
            "2026-01-02T12:00:00.000000",
            " 2026-01-02T12:00:00+00:00 ",
        ] {
            assert_eq!(parse(text), Some(noon), "{text}");
        }
        for text in ["", "yesterday", "2026-13-01T00:00:00", "12:00"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
