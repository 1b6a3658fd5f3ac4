//! Reading query and path parameters, which are text: booleans and numbers are
//! understood in the spellings that FastAPI understands. The last of several
//! values of one name counts.

use std::borrow::Cow;

use uuid::Uuid;

use super::body::{check_bounds, check_length, uuid};
use super::problem::{Problem, Problems};

/// The pairs of a query string.
pub(crate) struct Query<'a> {
    pairs: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Query<'a> {
    pub(crate) fn parse(raw: Option<&'a str>) -> Self {
        let raw = raw.unwrap_or_default();
        Self {
            pairs: form_urlencoded::parse(raw.as_bytes()).collect(),
        }
    }

    fn last(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_ref())
    }

    /// A parameter that may be absent.
    pub(crate) fn read<T>(
        &self,
        name: &str,
        problems: &mut Problems,
        read: impl FnOnce(&str) -> Result<T, Problem>,
    ) -> Option<T> {
        let value = read(self.last(name)?).map_err(|problem| problem.below(name).below("query"));
        problems.keep(value)
    }
}

pub(crate) fn boolean(text: &str) -> Result<bool, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" | "t" | "yes" | "y" | "on" => Ok(true),
        "0" | "false" | "f" | "no" | "n" | "off" => Ok(false),
        _ => Err(Problem::new(
            "bool_parsing",
            "Input should be a valid boolean, unable to interpret input",
        )),
    }
}

pub(crate) fn integer(min: i64, max: i64) -> impl FnOnce(&str) -> Result<i64, Problem> {
    move |text| {
        let number = whole_number(text.trim()).ok_or_else(|| {
            Problem::new(
                "int_parsing",
                "Input should be a valid integer, unable to parse string as an integer",
            )
        })?;
        check_bounds(number, min, max)
    }
}

/// Reads an optional sign, digits and zeroes after a point; a number past the
/// ends of `i64` becomes that end, which keeps every comparison right.
fn whole_number(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let digits = match digits.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => digits,
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(i64::MAX);
    Some(if negative { -size } else { size })
}

pub(crate) fn text(max: usize) -> impl FnOnce(&str) -> Result<String, Problem> {
    move |text| {
        check_length(text, 0, max)?;
        Ok(text.to_owned())
    }
}

/// A path parameter that names something by UUID.
pub(crate) fn path_uuid(name: &str, value: &str, problems: &mut Problems) -> Option<Uuid> {
    problems.keep(uuid(value).map_err(|problem| problem.below(name).below("path")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_in_every_spelling_that_fastapi_reads() {
        for (text, number) in [
            ("5", 5),
            ("+5", 5),
            (" 5 ", 5),
            ("5.0", 5),
            ("-3", -3),
            ("005", 5),
        ] {
            assert_eq!(integer(-9, 9)(text), Ok(number), "{text:?}");
        }
        for text in ["", "five", "5.5", "0x5", "5-", "-", "١"] {
            assert!(integer(-9, 9)(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_number_past_every_machine_word_is_only_too_large() {
        let huge = "9".repeat(400);
        assert_eq!(integer(0, i64::MAX)(&huge), Ok(i64::MAX));
        let problem = integer(1, 100)(&huge).unwrap_err();
        assert_eq!(
            problem,
            Problem::new(
                "less_than_equal",
                "Input should be less than or equal to 100"
            )
        );
    }

    #[test]
    fn the_last_of_several_values_counts() {
        let mut problems = Problems::default();
        let query = Query::parse(Some("limit=x&limit=7"));
        assert_eq!(query.read("limit", &mut problems, integer(1, 9)), Some(7));
        assert!(problems.is_empty());
    }
}
