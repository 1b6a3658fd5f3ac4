//! Checks of the [`limits`](crate::limits), before anything is sent.

use crate::error::{Error, Result};

/// A text that must hold something, and at most `max` characters.
pub(super) fn text(what: &str, text: &str, max: usize) -> Result<()> {
    if text.is_empty() {
        return Err(Error::invalid(format!("the {what} is empty")));
    }
    at_most_chars(what, text, max)
}

/// A text of at most `max` characters, counted as Unicode code points.
pub(super) fn at_most_chars(what: &str, text: &str, max: usize) -> Result<()> {
    // A text of few bytes cannot have too many characters.
    let length = if text.len() <= max {
        0
    } else {
        text.chars().count()
    };
    if length > max {
        return Err(Error::invalid(format!(
            "the {what} is too long: {length} characters (at most {max})"
        )));
    }
    Ok(())
}

/// A list of at most `max` entries.
pub(super) fn at_most(what: &str, length: usize, max: usize) -> Result<()> {
    if length > max {
        return Err(Error::invalid(format!(
            "too many {what}: {length} (at most {max})"
        )));
    }
    Ok(())
}

/// A number from 1 to `max`.
pub(super) fn from_one_to(what: &str, number: u32, max: u32) -> Result<()> {
    if number == 0 || number > max {
        return Err(Error::invalid(format!(
            "the {what} is {number}; it must be between 1 and {max}"
        )));
    }
    Ok(())
}

/// An offset in the form of the generated client.
pub(super) fn offset(offset: u64) -> Result<i64> {
    i64::try_from(offset).map_err(|_| Error::invalid(format!("offset {offset} is too large")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{MAX_MESSAGE_CHARS, MAX_TITLE_CHARS};

    #[test]
    fn lengths_count_characters_not_bytes() {
        assert!(text("title", &"é".repeat(255), MAX_TITLE_CHARS).is_ok());
        let error = text("title", &"é".repeat(256), MAX_TITLE_CHARS).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the title is too long: 256 characters (at most 255)"
        );
        assert_eq!(
            text("message", "", MAX_MESSAGE_CHARS)
                .unwrap_err()
                .to_string(),
            "the message is empty"
        );
    }

    #[test]
    fn numbers_stay_within_their_range() {
        for (number, fine) in [(0, false), (1, true), (100, true), (101, false)] {
            assert_eq!(from_one_to("limit", number, 100).is_ok(), fine);
        }
        assert!(offset(u64::MAX).is_err());
        assert!(at_most("images", 1000, 1000).is_ok() && at_most("images", 1001, 1000).is_err());
    }
}
