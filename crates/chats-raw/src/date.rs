//! Dates as servers write them. The generated types hold them in place of text, so that
//! a reply costs no allocation for each of its dates, and none fails for one.

use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::rfc3339;

/// A date in a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Date {
    /// One that could be read.
    Known(Timestamp),
    /// Whatever stood there instead, as text.
    Unreadable(String),
}

impl Date {
    /// Reads a date; one without an offset, which FastAPI servers send, is UTC.
    pub fn parse(text: &str) -> Option<Timestamp> {
        rfc3339::read(text.trim())
    }
}

impl From<&str> for Date {
    fn from(text: &str) -> Self {
        Self::parse(text).map_or_else(|| Self::Unreadable(text.to_owned()), Self::Known)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(timestamp) => timestamp.fmt(f),
            Self::Unreadable(text) => f.write_str(text),
        }
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Scalar;

        impl Visitor<'_> for Scalar {
            type Value = Date;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Date, E> {
                Ok(Date::from(text))
            }

            // Which unit a number counts is not known, so it is no date.
            fn visit_i64<E: Error>(self, number: i64) -> Result<Date, E> {
                Ok(Date::Unreadable(number.to_string()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Date, E> {
                Ok(Date::Unreadable(number.to_string()))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Date, E> {
                Ok(Date::Unreadable(number.to_string()))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Date, E> {
                Ok(Date::Unreadable(value.to_string()))
            }
        }

        deserializer.deserialize_any(Scalar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Date {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn offsets_are_kept_and_their_absence_means_utc() {
        let noon = Date::parse("2026-01-02T12:00:00Z").unwrap();
        for text in [
            "2026-01-02T12:00:00",
            "2026-01-02 12:00:00",
            "2026-01-02T14:00:00+02:00",
            "2026-01-02T12:00:00.000000",
            " 2026-01-02T12:00:00+00:00 ",
        ] {
            assert_eq!(read(&format!("{text:?}")), Date::Known(noon), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_kept_and_fails_nothing() {
        for text in ["", "yesterday", "2026-13-01T00:00:00", "12:00"] {
            let date = read(&format!("{text:?}"));
            assert_eq!(date, Date::Unreadable(text.to_owned()));
            assert_eq!(date.to_string(), text);
        }
        for other in ["1767355200", "-1", "1.5", "true"] {
            assert_eq!(read(other), Date::Unreadable(other.to_owned()));
        }
        assert_eq!(serde_json::from_str::<Option<Date>>("null").unwrap(), None);
        assert!(serde_json::from_str::<Date>("{}").is_err());
    }

    #[test]
    fn a_date_is_written_as_it_is_read() {
        let json = r#""2026-01-02T12:00:00Z""#;
        assert_eq!(serde_json::to_string(&read(json)).unwrap(), json);
    }
}
