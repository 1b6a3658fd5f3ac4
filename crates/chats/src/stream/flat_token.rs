//! Reads the data of a `token` event of the plain form: one flat JSON object, in any
//! order and spacing. The text is not copied out of the data, and the part that
//! `accumulated` repeats is neither searched nor copied.
//!
//! Data that is not plain (values other than strings, whole numbers and literals, a field
//! that comes twice, invalid JSON) is left to the general path in [`super::from_event`],
//! which reads everything accepted here as the same token.

use std::ops::Range;

use memchr::memchr;

use super::accumulated::{AccumulatedText, ElidedText, EventData};
use super::scan;

/// A `token` event.
pub(super) struct Plain {
    pub(super) content: Content,
    pub(super) token_index: Option<i64>,
    pub(super) whole: Whole,
}

/// What is known of the whole text, as `accumulated` gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whole {
    /// The token has none.
    Absent,
    /// It is the text that was known, and then the content; it is known now.
    Follows,
    /// It is another text, which is known now.
    Known,
    /// It is a text that is not known.
    Unknown,
}

/// The text of a token.
#[derive(Clone)]
pub(super) enum Content {
    /// The text's range in the kept data, where it stands without escapes and is UTF-8.
    InData(Range<usize>),
    /// A text that was written with escapes, or made by the client.
    Own(String),
}

impl Content {
    /// The text; `in_data` is the data's part that [`InData`](Self::InData) names.
    pub(super) fn text<'t>(&'t self, in_data: &'t str) -> &'t str {
        match self {
            Self::InData(_) => in_data,
            Self::Own(text) => text,
        }
    }
}

/// Reads a plain token, appends its text to the answer, and notes what the next event is
/// expected to repeat. If the data is not plain, returns `None` and changes nothing.
#[inline]
pub(super) fn read(
    data: &EventData,
    known: &mut AccumulatedText,
    answer: &mut String,
) -> Option<Plain> {
    let left_out = data.left_out.as_ref().map(ElidedText::at);
    let bytes = &data.kept[..];
    let fields = Fields::of(bytes, left_out, known)?;
    let text = fields.content?;
    let (content, as_it_is) = text.read(bytes)?;
    let inside = text.inside;
    let mut whole = Whole::Absent;
    match fields.accumulated {
        Accumulated::GoesOn(added) => {
            let new = &bytes[added];
            // The addition is nearly always the content, which was validated above.
            let follows = new == &bytes[inside];
            if !follows && !is_text(new) {
                return None;
            }
            known.extend(new);
            whole = match follows {
                true => Whole::Follows,
                false => Whole::Known,
            };
        }
        // Elided text is always the beginning of `accumulated`; this is something else.
        _ if left_out.is_some() => return None,
        Accumulated::Differs(all) => {
            if !is_text(&bytes[all.clone()]) {
                return None;
            }
            if known.may_restart() {
                known.restart(&bytes[all]);
            }
            whole = Whole::Known;
        }
        Accumulated::Other | Accumulated::Absent => {}
    }
    if whole != Whole::Absent && !known.may_restart() {
        whole = Whole::Unknown;
    }
    answer.push_str(content.text(as_it_is));
    Some(Plain {
        content,
        token_index: fields.token_index.unwrap_or_default(),
        whole,
    })
}

/// The inside of the text's JSON string, as it stands in flat data.
pub(super) fn content(data: &[u8]) -> Option<&[u8]> {
    let fields = Fields::of(data, None, &AccumulatedText::default())?;
    Some(&data[fields.content?.inside])
}

/// Decodes the inside of a JSON string that has only the common escapes, those of a
/// single letter; `None` for any other string.
fn unescaped(mut inside: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    while let Some(escape) = memchr(b'\\', inside) {
        text.push_str(std::str::from_utf8(&inside[..escape]).ok()?);
        text.push(match inside.get(escape + 1)? {
            b'n' => '\n',
            b'"' => '"',
            b'\\' => '\\',
            b't' => '\t',
            b'/' => '/',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            _ => return None,
        });
        inside = &inside[escape + 2..];
    }
    text.push_str(std::str::from_utf8(inside).ok()?);
    Some(text)
}

/// Whether this is the inside of a JSON string; the caller excludes unescaped quotes.
fn is_text(inside: &[u8]) -> bool {
    if !inside.contains(&b'\\') {
        return std::str::from_utf8(inside).is_ok();
    }
    let mut quoted = Vec::with_capacity(inside.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(inside);
    quoted.push(b'"');
    serde_json::from_slice::<String>(&quoted).is_ok()
}

/// The fields of a token, each of which comes at most once.
struct Fields {
    content: Option<Text>,
    token_index: Option<Option<i64>>,
    accumulated: Accumulated,
}

/// A string: its range between the quotes, and whether it has escapes, which are not
/// validated.
pub(super) struct Text {
    pub(super) inside: Range<usize>,
    escaped: bool,
}

impl Text {
    /// The string's content, and its text in the data, which is empty if the string has
    /// escapes. `None` if the string is not valid.
    #[inline]
    pub(super) fn read<'b>(&self, bytes: &'b [u8]) -> Option<(Content, &'b str)> {
        let inside = &bytes[self.inside.clone()];
        if !self.escaped {
            let text = std::str::from_utf8(inside).ok()?;
            return Some((Content::InData(self.inside.clone()), text));
        }
        let quoted = &bytes[self.inside.start - 1..=self.inside.end];
        let text = unescaped(inside).or_else(|| serde_json::from_slice(quoted).ok())?;
        Some((Content::Own(text), ""))
    }
}

/// The value of `accumulated`.
enum Accumulated {
    Absent,
    /// Not a string.
    Other,
    /// The known text, and then this addition.
    GoesOn(Range<usize>),
    /// A string that does not begin with the known text.
    Differs(Range<usize>),
}

// How tokens begin, in the two usual spacings.
pub(super) const TIGHT: &[u8] = b"{\"type\":\"token\",\"content\":\"";
pub(super) const SPACED: &[u8] = b"{\"type\": \"token\", \"content\": \"";

impl Fields {
    /// Reads all fields; `bytes` is the whole object.
    #[inline]
    fn of(bytes: &[u8], left_out: Option<usize>, known: &AccumulatedText) -> Option<Self> {
        let mut fields = Self {
            content: None,
            token_index: None,
            accumulated: Accumulated::Absent,
        };
        let content = if bytes.starts_with(TIGHT) {
            TIGHT.len()
        } else if bytes.starts_with(SPACED) {
            SPACED.len()
        } else {
            0
        };
        let mut at = if content > 0 {
            let text = string(bytes, content)?;
            let behind = text.inside.end + 1;
            fields.content = Some(text);
            behind
        } else {
            let at = after(bytes, 0, b'{')?;
            fields.member(bytes, at, left_out, known)?
        };
        loop {
            at = behind_spaces(bytes, at);
            match bytes.get(at)? {
                b',' => at = fields.member(bytes, at + 1, left_out, known)?,
                b'}' => break,
                _ => return None,
            }
        }
        (behind_spaces(bytes, at + 1) == bytes.len()).then_some(fields)
    }

    /// Reads one member and returns the position after it.
    #[inline]
    fn member(
        &mut self,
        bytes: &[u8],
        at: usize,
        left_out: Option<usize>,
        known: &AccumulatedText,
    ) -> Option<usize> {
        let at = after(bytes, at, b'"')?;
        let rest = &bytes[at..];
        if rest.starts_with(b"token_index\"") {
            let at = after(bytes, at + 12, b':')?;
            let (index, at) = number_or_null(bytes, at)?;
            return self.token_index.replace(index).is_none().then_some(at);
        }
        if rest.starts_with(b"accumulated\"") {
            let at = after(bytes, at + 12, b':')?;
            let Accumulated::Absent = self.accumulated else {
                return None;
            };
            let (value, at) = accumulated(bytes, at, left_out, known)?;
            self.accumulated = value;
            return Some(at);
        }
        if rest.starts_with(b"content\"") {
            let at = after(bytes, at + 8, b':')?;
            let text = string(bytes, after(bytes, at, b'"')?)?;
            let at = text.inside.end + 1;
            return self.content.replace(text).is_none().then_some(at);
        }
        // An escaped name may be one of the above, and a non-ASCII one may be invalid.
        let Text { inside, escaped } = string(bytes, at)?;
        let at = inside.end + 1;
        if escaped || !bytes[inside].is_ascii() {
            return None;
        }
        after_scalar(bytes, after(bytes, at, b':')?)
    }
}

// Each of these functions reads from a position and returns the position after, or `None`
// if the data is not plain there.

fn accumulated(
    bytes: &[u8],
    at: usize,
    left_out: Option<usize>,
    known: &AccumulatedText,
) -> Option<(Accumulated, usize)> {
    let at = behind_spaces(bytes, at);
    if bytes.get(at) != Some(&b'"') {
        return Some((Accumulated::Other, after_scalar(bytes, at)?));
    }
    let mut start = at + 1;
    let goes_on = match left_out {
        Some(left_out) => left_out == start,
        None if known.is_prefix_of(&bytes[start..]) => {
            start += known.len();
            true
        }
        None => false,
    };
    let Text { inside, .. } = string(bytes, start)?;
    let behind = inside.end + 1;
    let value = if goes_on {
        Accumulated::GoesOn(inside)
    } else {
        Accumulated::Differs(inside)
    };
    Some((value, behind))
}

/// Skips a value that does not matter.
fn after_scalar(bytes: &[u8], at: usize) -> Option<usize> {
    let at = behind_spaces(bytes, at);
    match bytes.get(at)? {
        b'"' => {
            let Text { inside, escaped } = string(bytes, at + 1)?;
            (!escaped).then_some(inside.end + 1)
        }
        b't' => bytes[at..].starts_with(b"true").then_some(at + 4),
        b'f' => bytes[at..].starts_with(b"false").then_some(at + 5),
        _ => Some(number_or_null(bytes, at)?.1),
    }
}

/// Reads a string; `start` is the position after its opening quote.
#[inline]
pub(super) fn string(bytes: &[u8], start: usize) -> Option<Text> {
    let mut at = start;
    let mut escaped = false;
    loop {
        let end = scan::string_end(bytes, at)?;
        match bytes[end] {
            b'"' => {
                let inside = start..end;
                return Some(Text { inside, escaped });
            }
            b'\\' => {
                escaped = true;
                at = end + 2;
            }
            _ => return None,
        }
    }
}

fn number_or_null(bytes: &[u8], at: usize) -> Option<(Option<i64>, usize)> {
    let start = behind_spaces(bytes, at);
    let null = || bytes[start..].starts_with(b"null");
    whole_number(bytes, start).or_else(|| null().then_some((None, start + 4)))
}

/// Reads a whole number without a sign, short enough to be an `i64` for certain.
#[inline]
pub(super) fn whole_number(bytes: &[u8], start: usize) -> Option<(Option<i64>, usize)> {
    let mut number = 0_i64;
    let mut digits = 0;
    for byte in &bytes[start..] {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        // A number that overflows has too many digits and is rejected below.
        number = number.wrapping_mul(10).wrapping_add(digit.into());
        digits += 1;
    }
    let leading_zero = digits > 1 && bytes[start] == b'0';
    ((1..=18).contains(&digits) && !leading_zero).then_some((Some(number), start + digits))
}

/// The position after `byte`, which spaces may precede.
#[inline]
fn after(bytes: &[u8], at: usize, byte: u8) -> Option<usize> {
    if bytes.get(at) == Some(&byte) {
        return Some(at + 1);
    }
    let at = behind_spaces(bytes, at);
    (bytes.get(at) == Some(&byte)).then_some(at + 1)
}

#[inline]
fn behind_spaces(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}
