//! Reads the data of a `token` event of the plain form: one flat JSON object, in
//! any order and spacing. The text is not copied out of the data, and what
//! `accumulated` repeats is neither searched nor copied.
//!
//! Whatever is not plain (other values than strings, whole numbers and literals,
//! a field that comes twice, anything that is no JSON) is left to the general
//! way in [`super::from_event`], which reads whatever is accepted here as the same
//! token.

use std::ops::Range;

use memchr::memchr;

use super::accumulated::{AccumulatedText, ElidedText, EventData};
use super::scan;

/// A `token` event.
pub(super) struct Plain {
    pub(super) content: Content,
    pub(super) token_index: Option<i64>,
}

/// The text of a token.
#[derive(Clone)]
pub(super) enum Content {
    /// It stands in what was kept of the data as it is, and is UTF-8.
    InData(Range<usize>),
    /// It was written with escapes, or made by the client.
    Own(String),
}

impl Content {
    /// The text; `in_data` is what stands in the data.
    pub(super) fn text<'t>(&'t self, in_data: &'t str) -> &'t str {
        match self {
            Self::InData(_) => in_data,
            Self::Own(text) => text,
        }
    }
}

/// Reads it, adds its text to that of the answer, and notes what the next event
/// is expected to repeat; `None` where it is not plain, and nothing was done.
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
    match fields.accumulated {
        Accumulated::GoesOn(added) => {
            let new = &bytes[added];
            // What was added is nearly always the content, which was looked at.
            if new != &bytes[inside] && !is_text(new) {
                return None;
            }
            known.extend(new);
        }
        // What was left out is always where the field begins.
        _ if left_out.is_some() => return None,
        Accumulated::Differs(all) => {
            if !is_text(&bytes[all.clone()]) {
                return None;
            }
            if known.may_restart() {
                known.restart(&bytes[all]);
            }
        }
        Accumulated::Other | Accumulated::Absent => {}
    }
    answer.push_str(content.text(as_it_is));
    Some(Plain {
        content,
        token_index: fields.token_index.unwrap_or_default(),
    })
}

/// The inside of a JSON string with the escapes of a single letter alone, which
/// are the common ones.
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

/// Whether this is the inside of a JSON string; no quote stands in it unescaped.
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

/// A string: its place between the quotes, and whether there are escapes in it,
/// which are not checked.
pub(super) struct Text {
    pub(super) inside: Range<usize>,
    escaped: bool,
}

impl Text {
    /// What it says; beside it the text as it stands there, if it has no escapes. `None`
    /// where it is not valid.
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
    /// It is no text.
    Other,
    /// It is the known text and this.
    GoesOn(Range<usize>),
    /// It is something else.
    Differs(Range<usize>),
}

// How tokens begin, in the two usual spacings.
pub(super) const TIGHT: &[u8] = b"{\"type\":\"token\",\"content\":\"";
pub(super) const SPACED: &[u8] = b"{\"type\": \"token\", \"content\": \"";

impl Fields {
    /// All fields of the object that the bytes are.
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

    /// One field: the place behind it.
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
        // A name that is not plain ASCII may be another in disguise.
        let Text { inside, escaped } = string(bytes, at)?;
        let at = inside.end + 1;
        if escaped || !bytes[inside].is_ascii() {
            return None;
        }
        after_scalar(bytes, after(bytes, at, b':')?)
    }
}

// Each of these takes a place and gives the one behind what it reads, or `None`
// where that is not plain.

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
        None if known.begins(&bytes[start..]) => {
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

/// A value that does not matter.
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

/// A string from behind its first quote to before its last.
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

/// A number without sign, fraction or exponent that certainly is an `i64`.
#[inline]
pub(super) fn whole_number(bytes: &[u8], start: usize) -> Option<(Option<i64>, usize)> {
    let mut number = 0_i64;
    let mut digits = 0;
    for byte in &bytes[start..] {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        // What overflows has too many digits.
        number = number.wrapping_mul(10).wrapping_add(digit.into());
        digits += 1;
    }
    let leading_zero = digits > 1 && bytes[start] == b'0';
    ((1..=18).contains(&digits) && !leading_zero).then_some((Some(number), start + digits))
}

/// Spaces, then this byte.
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
