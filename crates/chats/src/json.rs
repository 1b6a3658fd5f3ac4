//! Reads JSON as services write it, where serde_json is stricter than the standard.
//!
//! The lenient ways cost nothing unless the strict one fails.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::{Error, Value};

/// The largest whole number that is sure to survive as a float.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads a document into a type. If it does not fit as it is, it is read all the same where
/// - it begins with a byte order mark,
/// - bytes that are no UTF-8, or halves of surrogate pairs, stand in its texts: each
///   becomes U+FFFD,
/// - control characters stand in its texts as they are,
/// - numbers are not finite (`NaN`, `1e400`): each becomes null,
/// - whole numbers are written as `1.0`,
/// - a name stands twice in an object: the last one counts.
pub(crate) fn read<T: DeserializeOwned>(document: &[u8]) -> Result<T, Error> {
    let refused = match serde_json::from_slice(document) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    let clean = clean(document);
    if let Cow::Owned(clean) = &clean
        && let Ok(value) = serde_json::from_slice(clean)
    {
        return Ok(value);
    }
    let plain = plain(&clean).and_then(|plain| serde_json::from_slice(&plain).ok());
    plain.ok_or(refused)
}

/// Reads a document of any form, as [`read`] does.
pub(crate) fn value(document: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(document).or_else(|refused| match clean(document) {
        Cow::Owned(clean) => serde_json::from_slice(&clean),
        Cow::Borrowed(_) => Err(refused),
    })
}

/// A whole number, also one that is written as `1.0`.
pub(crate) fn whole(value: &Value) -> Option<i64> {
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
pub(crate) fn make_whole(value: &mut Value) {
    match value {
        Value::Number(_) => {
            if let Some(whole) = whole(value) {
                *value = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(make_whole),
        Value::Object(members) => members.values_mut().for_each(make_whole),
        _ => {}
    }
}

/// The document with every name once, and whole numbers as integers.
#[cold]
fn plain(document: &[u8]) -> Option<Vec<u8>> {
    let mut value = serde_json::from_slice(document).ok()?;
    make_whole(&mut value);
    serde_json::to_vec(&value).ok()
}

/// The document without a byte order mark, and with U+FFFD for invalid text.
#[cold]
fn clean(document: &[u8]) -> Cow<'_, [u8]> {
    let without_mark = document.strip_prefix(b"\xef\xbb\xbf");
    let lossy = String::from_utf8_lossy(without_mark.unwrap_or(document));
    let mut text = None;
    for repair in [whole_pairs, plain_tokens] {
        if let Some(repaired) = repair(text.as_deref().unwrap_or(&lossy)) {
            text = Some(repaired);
        }
    }
    match (text, lossy) {
        (Some(text), _) | (None, Cow::Owned(text)) => Cow::Owned(text.into_bytes()),
        (None, Cow::Borrowed(text)) if without_mark.is_some() => Cow::Owned(text.into()),
        (None, Cow::Borrowed(_)) => Cow::Borrowed(document),
    }
}

/// Escapes control characters in strings, and writes null for numbers that no JSON number
/// or no float can hold, such as the `NaN` of Python's `json`; `None` if there are none.
fn plain_tokens(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    let mut in_string = false;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let byte = bytes[at];
        let (end, instead) = match byte {
            b'"' => {
                in_string = !in_string;
                (at + 1, None)
            }
            b'\\' if in_string => (at + 2, None),
            0..0x20 if in_string => (at + 1, Some(format!("\\u{byte:04x}"))),
            b'-' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' if !in_string => {
                let rest = bytes[at..].iter();
                let word = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let end = at + rest.take_while(word).count();
                (end, is_no_number(&text[at..end]).then(|| "null".to_owned()))
            }
            _ => (at + 1, None),
        };
        if let Some(instead) = instead {
            out.push_str(&text[copied..at]);
            out.push_str(&instead);
            copied = end;
        }
        at = end;
    }
    (copied > 0).then(|| out + &text[copied..])
}

/// Whether a word outside of strings stands for a number that is not finite.
fn is_no_number(word: &str) -> bool {
    let unsigned = word.trim_start_matches('-');
    matches!(unsigned, "NaN" | "Infinity")
        || unsigned.starts_with(|first: char| first.is_ascii_digit())
            && word.parse::<f64>().is_ok_and(f64::is_infinite)
}

/// Replaces each escaped half of a surrogate pair; `None` if there is none.
fn whole_pairs(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = text[at..].find('\\') {
        let escape = at + found;
        at = match unit(text, escape) {
            Some(0xd800..=0xdbff) if matches!(unit(text, escape + 6), Some(0xdc00..=0xdfff)) => {
                escape + 12
            }
            Some(0xd800..=0xdfff) => {
                out.push_str(&text[copied..escape]);
                out.push_str("\\ufffd");
                copied = escape + 6;
                copied
            }
            // Skips an escaped letter, which may be a backslash. It is ASCII in JSON.
            _ => escape + 1 + text[escape + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
    (copied > 0).then(|| out + &text[copied..])
}

/// The UTF-16 unit that is escaped here.
pub(crate) fn unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    hex.then(|| u16::from_str_radix(digits, 16).ok()).flatten()
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

    fn known(document: &[u8]) -> Result<Known, Error> {
        read(document)
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
            assert_eq!(error.to_string(), refused.to_string());
            assert!(value(document.as_bytes()).is_err());
        }
    }
}
