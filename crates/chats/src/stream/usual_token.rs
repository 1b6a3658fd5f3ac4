//! Reads the data of a `token` event of the form that nearly all events of a stream have,
//! in one pass, without looking for the end of its line first:
//!
//! ```text
//! {"type":"token","content":" poles","token_index":6}
//! ```
//!
//! `accumulated` may stand before the index, and the index may be missing; there are no
//! spaces, or those that Python's `json` writes. The form has only fields of the
//! contract, so new fields are not looked for. Data that differs in any way, or is cut,
//! is left to [`super::flat_token`], which gives the same token.

use std::sync::OnceLock;

use super::accumulated::{AccumulatedText, EventData};
use super::decode::TokenKey;
use super::flat_token::{self, Text};
use super::from_event::SoFar;
use super::inline_bytes::InlineBytes;
use super::sse::EventStart;
use super::token::{ChatToken, RawEvent, TextToken};

/// Reads a token of the usual form into `token`, since each move of a token is a copy,
/// and appends its text to the answer's; returns the length of its data. A token that
/// repeats the one before leaves `token` empty.
#[inline(always)] // into one caller
pub(super) fn read(
    event: &mut EventStart<'_>,
    so_far: &mut SoFar,
    newest: &mut Option<TokenKey>,
    token: &mut Option<ChatToken>,
) -> Option<usize> {
    if event.name != b"token" {
        return None;
    }
    let bytes = &event.chunk[event.data..];
    let usual = parse(bytes, event.known)?;
    // What is out of step, and what may end a character, is left to the general path.
    let special = usual.repeats && so_far.out_of_step || !so_far.half.is_none();
    if usual.length > event.max_data || special {
        return None;
    }
    // Sliced long before it is moved into the token: reading a value as a whole right
    // after it was written piece by piece is slow.
    let kept = event.chunk.slice(event.data..event.data + usual.length);
    let (content, as_it_is) = usual.text.read(bytes)?;
    let text = content.text(as_it_is);
    let own_id = event.id.unwrap_or_default();
    if TokenKey::repeat(newest, own_id, usual.token_index, text.len()) {
        // Whether `accumulated` counts the text twice is left to the general path.
        if usual.repeats {
            return None;
        }
        if so_far.text.ends_with(text) {
            return Some(usual.length);
        }
    }
    so_far.text.push_str(text);
    so_far.out_of_step |= !usual.repeats;
    if usual.repeats {
        event.known.extend(&bytes[usual.text.inside]);
    }
    let id = event.id.unwrap_or_else(|| event.last_id.as_bytes());
    *token = Some(ChatToken::Token(TextToken {
        token_index: usual.token_index,
        content,
        raw: RawEvent {
            data: EventData {
                kept,
                left_out: None,
            },
            id: InlineBytes::new(id),
            value: OnceLock::new(),
        },
    }));
    Some(usual.length)
}

/// A token, by the positions of its parts in the data.
struct UsualToken {
    /// The length of the data.
    length: usize,
    text: Text,
    /// Whether `accumulated` is the known text and then the content.
    repeats: bool,
    token_index: Option<i64>,
}

/// How the JSON is spaced.
trait Spacing {
    const CONTENT: &'static [u8];
    const ACCUMULATED: &'static [u8];
    const INDEX: &'static [u8];
}

struct Tight;

impl Spacing for Tight {
    const CONTENT: &'static [u8] = flat_token::TIGHT;
    const ACCUMULATED: &'static [u8] = b",\"accumulated\":\"";
    const INDEX: &'static [u8] = b",\"token_index\":";
}

struct Spaced;

impl Spacing for Spaced {
    const CONTENT: &'static [u8] = flat_token::SPACED;
    const ACCUMULATED: &'static [u8] = b", \"accumulated\": \"";
    const INDEX: &'static [u8] = b", \"token_index\": ";
}

/// Parses the token whose data begins here; `None` if its blank line has not arrived.
#[inline]
fn parse(bytes: &[u8], known: &AccumulatedText) -> Option<UsualToken> {
    match behind(bytes, 0, Tight::CONTENT) {
        Some(text) => fields::<Tight>(bytes, text, known),
        None => fields::<Spaced>(bytes, behind(bytes, 0, Spaced::CONTENT)?, known),
    }
}

/// Where the value of `accumulated` begins in data that begins here and may be cut.
pub(super) fn repeated_value(bytes: &[u8]) -> Option<usize> {
    fn value<S: Spacing>(bytes: &[u8], text: usize) -> Option<usize> {
        let text = flat_token::string(bytes, text)?;
        behind(bytes, text.inside.end + 1, S::ACCUMULATED)
    }
    match behind(bytes, 0, Tight::CONTENT) {
        Some(text) => value::<Tight>(bytes, text),
        None => value::<Spaced>(bytes, behind(bytes, 0, Spaced::CONTENT)?),
    }
}

#[inline(always)] // where what is compared is known
fn fields<S: Spacing>(bytes: &[u8], text: usize, known: &AccumulatedText) -> Option<UsualToken> {
    let text = flat_token::string(bytes, text)?;
    let mut at = text.inside.end + 1;
    let mut repeats = false;
    if let Some(all) = behind(bytes, at, S::ACCUMULATED) {
        if !known.is_prefix_of(&bytes[all..]) {
            return None;
        }
        // The addition must be the content, as it is written.
        let added = behind(bytes, all + known.len(), &bytes[text.inside.clone()])?;
        at = behind(bytes, added, b"\"")?;
        repeats = true;
    }
    let mut token_index = None;
    if let Some(digits) = behind(bytes, at, S::INDEX) {
        (token_index, at) = flat_token::whole_number(bytes, digits)?;
    }
    let length = behind(bytes, at, b"}")?;
    behind(bytes, length, b"\n\n")?;
    Some(UsualToken {
        length,
        text,
        repeats,
        token_index,
    })
}

/// The position after `what`, if that stands at `at`.
#[inline(always)] // so that the length of what is compared is known
fn behind(bytes: &[u8], at: usize, what: &[u8]) -> Option<usize> {
    bytes
        .get(at..)?
        .starts_with(what)
        .then_some(at + what.len())
}
