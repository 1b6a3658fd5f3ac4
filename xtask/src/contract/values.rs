//! Values and texts of schemas: the type of a value, the words that a pattern lists, and
//! the type that a format concerns.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::number::Number;
use super::shape::Kind;

/// The type of a value; null has none of its own here.
pub(crate) fn kind_of(value: &Value) -> Kind {
    match value {
        Value::Bool(_) => Kind::Boolean,
        Value::Number(_) => match Number::of(value) {
            Some(Number::Whole(_)) => Kind::Integer,
            _ => Kind::Number,
        },
        Value::Null | Value::String(_) => Kind::String,
        Value::Array(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
    }
}

/// The words of a pattern that only lists them: `^(approve|cancel)$`,
/// `^approve$`, `^approve$|^cancel$`.
pub(super) fn words(pattern: &str) -> Option<BTreeSet<String>> {
    let plain = |word: &str| {
        let letter = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        (!word.is_empty() && word.chars().all(letter)).then(|| word.to_owned())
    };
    let anchored = |text: &str| {
        let inner = text.strip_prefix('^')?.strip_suffix('$')?;
        plain(inner)
    };
    let inner = pattern
        .strip_prefix('^')
        .and_then(|rest| rest.strip_suffix('$'));
    let group = inner
        .and_then(|inner| inner.strip_prefix('(')?.strip_suffix(')'))
        .map(|inner| inner.strip_prefix("?:").unwrap_or(inner));
    match group {
        Some(group) => group.split('|').map(plain).collect(),
        None => pattern.split('|').map(anchored).collect(),
    }
}

/// Formats that concern text alone.
const TEXT_FORMATS: [&str; 23] = [
    "binary",
    "byte",
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "idn-email",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "iri",
    "iri-reference",
    "json-pointer",
    "password",
    "regex",
    "relative-json-pointer",
    "time",
    "uri",
    "uri-reference",
    "uri-template",
    "url",
    "uuid",
];

/// Formats that concern numbers alone.
const NUMBER_FORMATS: [&str; 10] = [
    "decimal", "double", "float", "int16", "int32", "int64", "int8", "uint16", "uint32", "uint64",
];

/// The type that a format concerns; `None` for an unknown format, which may concern any
/// type.
pub(super) fn format_concerns(format: &str) -> Option<Kind> {
    if TEXT_FORMATS.contains(&format) {
        Some(Kind::String)
    } else {
        NUMBER_FORMATS.contains(&format).then_some(Kind::Number)
    }
}

/// Format, encoding and media type of a schema. 3.1's keywords for bytes become 3.0's
/// format.
pub(super) fn formats_of(object: &Map<String, Value>) -> Vec<(&'static str, &str)> {
    let text = |keyword: &str| object.get(keyword).and_then(Value::as_str);
    let encoding = text("contentEncoding");
    let media = text("contentMediaType");
    let mut out = Vec::new();
    match (text("format"), encoding, media) {
        (None, Some("base64"), None) => return vec![("format", "byte")],
        (None, None, Some("application/octet-stream")) => return vec![("format", "binary")],
        (Some(format), ..) => out.push(("format", format)),
        _ => {}
    }
    out.extend(encoding.map(|encoding| ("contentEncoding", encoding)));
    out.extend(media.map(|media| ("contentMediaType", media)));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_lists_words_is_told_from_others() {
        let listed = |pattern: &str| words(pattern).map(|words| words.len());
        for pattern in ["^(a|b)$", "^(?:b|a)$", "^a$|^b$"] {
            assert_eq!(listed(pattern), Some(2), "{pattern}");
        }
        assert_eq!(listed("^a$"), Some(1));
        for pattern in ["^(a|b)", "^a|b$", "^(a.|b)$", "^()$", "a", "^(a|(b))$", ""] {
            assert_eq!(listed(pattern), None, "{pattern}");
        }
    }
}
