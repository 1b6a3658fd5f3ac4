//! Reads JSON as services write it, where serde_json is stricter than the standard, and
//! replies stricter than their use.
//!
//! The lenient ways cost nothing unless the strict one fails.

mod repair;
mod side_fields;

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use repair::unit;

/// The largest whole number that is sure to survive as a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// A document and a type that do not fit.
#[derive(Debug)]
pub(crate) struct Misfit {
    /// The value that does not fit, such as `messages[2].id`; `None` if the document as a
    /// whole does not, or is no JSON.
    pub(crate) path: Option<String>,
    pub(crate) problem: String,
}

impl Misfit {
    fn no_json(error: &serde_json::Error) -> Self {
        Self {
            path: None,
            problem: error.to_string(),
        }
    }
}

impl From<serde_path_to_error::Error<serde_json::Error>> for Misfit {
    fn from(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = error.path().to_string();
        let error = error.into_inner();
        // The position is one in the repaired document, which nobody has.
        let position = format!(" at line {} column {}", error.line(), error.column());
        let problem = error.to_string();
        Self {
            path: (path != ".").then_some(path),
            problem: problem
                .strip_suffix(&position)
                .unwrap_or(&problem)
                .to_owned(),
        }
    }
}

/// Reads a document into a type. If it does not fit as it is, it is read all the same where
/// - it begins with a byte order mark,
/// - bytes that are no UTF-8, or halves of surrogate pairs, stand in its texts: each
///   becomes U+FFFD,
/// - control characters stand in its texts as they are,
/// - numbers are not finite (`NaN`, `1e400`): each becomes null,
/// - whole numbers are written as `1.0`,
/// - a name stands twice in an object: the last one counts,
/// - a field beside the point is of another type: it is left out, and `left_out` is told.
pub(crate) fn read<T: DeserializeOwned>(
    document: &[u8],
    left_out: impl FnMut(&str),
) -> Result<T, Misfit> {
    let refused = match serde_json::from_slice(document) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let clean = repair::clean(document);
    if let Cow::Owned(clean) = &clean
        && let Ok(value) = serde_json::from_slice(clean)
    {
        return Ok(value);
    }
    let value = serde_json::from_slice(&clean).map_err(|_| Misfit::no_json(&refused))?;
    fit(value, left_out)
}

/// Makes a type of a value, as [`read`] does.
#[cold]
pub(crate) fn fit<T: DeserializeOwned>(
    mut value: Value,
    mut left_out: impl FnMut(&str),
) -> Result<T, Misfit> {
    floats_to_integers(&mut value);
    loop {
        // Read from bytes again: every other reader would cost programs the code of all types
        // once more.
        let document = value.to_string();
        let mut reader = serde_json::Deserializer::from_slice(document.as_bytes());
        let error = match serde_path_to_error::deserialize(&mut reader) {
            Ok(read) => return Ok(read),
            Err(error) => error,
        };
        match side_fields::leave_out(&mut value, error.path()) {
            Some(field) => left_out(&field),
            None => return Err(error.into()),
        }
    }
}

/// Reads a document of any form, as [`read`] does.
pub(crate) fn value(document: &[u8]) -> Result<Value, serde_json::Error> {
    serde_json::from_slice(document).or_else(|refused| match repair::clean(document) {
        Cow::Owned(clean) => serde_json::from_slice(&clean),
        Cow::Borrowed(_) => Err(refused),
    })
}

/// An integer, also one that is written as `1.0`.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| {
        let number = value.as_f64()?;
        let is_whole = number.fract() == 0.0 && number.abs() <= EXACT;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "it has no fraction and fits"
        )]
        is_whole.then_some(number as i64)
    })
}

/// Turns floats that are whole numbers into integers, everywhere in the value.
fn floats_to_integers(value: &mut Value) {
    match value {
        Value::Number(_) => {
            if let Some(integer) = integer(value) {
                *value = integer.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(floats_to_integers),
        Value::Object(members) => members.values_mut().for_each(floats_to_integers),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Known {
        count: i64,
        text: String,
        free: Value,
    }

    fn known(document: &[u8]) -> Result<Known, Misfit> {
        read(document, |field| panic!("{field} is left out"))
    }

    #[test]
    fn what_is_no_number_is_null_and_control_characters_are_text() {
        let free = |free: &str| {
            let document = format!(r#"{{"count":1,"text":"NaN \"1e400","free":{free}}}"#);
            known(document.as_bytes()).map(|known| (known.text, known.free))
        };
        for (written, read) in [
            ("[NaN, Infinity,-Infinity , -NaN]", "[null,null,null,null]"),
            ("[1e400,-1e400,1e-400,1e300]", "[null,null,0.0,1e300]"),
            ("{\"a\tb\":\"c\nd\u{1}\"}", r#"{"a\tb":"c\nd\u0001"}"#),
            (r#"["\"NaN", NaN]"#, r#"["\"NaN", null]"#),
        ] {
            let read: Value = serde_json::from_str(read).unwrap();
            assert_eq!(
                free(written).unwrap(),
                ("NaN \"1e400".to_owned(), read),
                "{written}"
            );
        }
        for wrong in ["nan", "NaNs", "undefined", "[1e400", "-", "\"\\"] {
            assert!(free(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats_and_the_last_of_two_counts() {
        let read = known(br#"{"count":2.0,"text":"a","free":[1.5,3e2],"text":"b"}"#).unwrap();
        assert_eq!((read.count, read.text.as_str()), (2, "b"));
        assert_eq!(read.free, serde_json::json!([1.5, 300]));
        for count in ["2.5", "1e300", "\"2\"", "null"] {
            let document = format!(r#"{{"count":{count},"text":"a","free":1}}"#);
            assert!(known(document.as_bytes()).is_err(), "{count}");
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_numbers_stay_as_they_are() {
        let document = |text: &str| format!(r#"{{"count":2,"text":"{text}","free":1.0}}"#);
        for (text, read) in [
            (r"a\ud83d", "a\u{fffd}"),
            (r"\ude42b", "\u{fffd}b"),
            (r"\ud83d\ud83d\ude42", "\u{fffd}🙂"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\\ud83d\ude42", "\\ud83d\u{fffd}"),
            (r"\ud83d\", "\u{fffd}\""),
        ] {
            let mut document = document(text);
            if text.ends_with('\\') {
                document = document.replacen(r#"\","#, r#"\"","#, 1);
            }
            let known = known(document.as_bytes()).unwrap();
            assert_eq!(known.text, read);
            assert!(known.free.is_f64());
        }
        let marked = "\u{feff}".to_owned() + &document("é");
        assert_eq!(known(marked.as_bytes()).unwrap().text, "é");
        let mut no_text = document("?").into_bytes();
        *no_text.iter_mut().find(|byte| **byte == b'?').unwrap() = 0xff;
        assert_eq!(known(&no_text).unwrap().text, "\u{fffd}");
        assert_eq!(value(&no_text).unwrap()["text"], "\u{fffd}");
    }

    #[test]
    fn what_is_no_json_stays_refused_for_its_own_reason() {
        for document in ["", "{", r#"{"count":"#, r#""\u12"#, r"\", r"\é", "nul"] {
            let refused = serde_json::from_str::<Known>(document).unwrap_err();
            let error = known(document.as_bytes()).unwrap_err();
            assert_eq!(error.problem, refused.to_string());
            assert!(value(document.as_bytes()).is_err());
        }
    }
}
