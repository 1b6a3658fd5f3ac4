//! Mends documents that serde_json refuses for what stands in their texts and numbers.

use std::borrow::Cow;

/// The document without a byte order mark, and with U+FFFD for invalid text.
#[cold]
pub(super) fn clean(document: &[u8]) -> Cow<'_, [u8]> {
    let without_mark = document.strip_prefix(b"\xef\xbb\xbf");
    let lossy = String::from_utf8_lossy(without_mark.unwrap_or(document));
    let mut text = None;
    for repair in [replace_lone_surrogates, plain_tokens] {
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
fn replace_lone_surrogates(text: &str) -> Option<String> {
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
