//! Reads the dates of replies.

use chats_raw::Date;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};

use crate::live_drift;

/// Reads a date; one without an offset is UTC.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    Date::parse(text)
}

/// The date of a field of a reply. A date that cannot be read is left out with a warning,
/// since no date is worth failing a call.
pub(crate) fn read(field: &'static str, date: Option<Date>) -> Option<Timestamp> {
    match date? {
        Date::Known(timestamp) => Some(timestamp),
        Date::Unreadable(text) => {
            if !text.trim().is_empty() {
                live_drift::unreadable_date(field);
            }
            None
        }
    }
}

/// For serde: the same lenient reading, but text that is no date is refused.
pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    match Option::deserialize(deserializer)? {
        None => Ok(None),
        Some(Date::Known(timestamp)) => Ok(Some(timestamp)),
        Some(Date::Unreadable(text)) => {
            Err(serde::de::Error::custom(format!("`{text}` is not a date")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_date_is_left_out_of_a_reply_and_refused_elsewhere() {
        let date: Date = serde_json::from_str("\"yesterday\"").unwrap();
        assert_eq!(read("created_at", Some(date)), None);
        assert_eq!(read("created_at", None), None);
        let refused = deserialize(&mut serde_json::Deserializer::from_str("\"yesterday\""));
        assert!(refused.unwrap_err().to_string().contains("`yesterday`"));
        let known = deserialize(&mut serde_json::Deserializer::from_str(
            "\"2026-01-02 03:04\"",
        ));
        assert_eq!(known.unwrap(), parse("2026-01-02T03:04:00Z"));
    }
}
