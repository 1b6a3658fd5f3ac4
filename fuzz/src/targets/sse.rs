//! The decoder of event streams against the standard's algorithm, written out
//! slowly; and the same bytes cut in another way.

use chats::ChatToken;
use chats::stream::TokenDecoder;
use serde_json::Value;

/// An event by the standard.
struct Event {
    name: String,
    data: Vec<u8>,
    id: String,
    /// The event itself carried the id.
    own_id: bool,
}

/// What is compared of a token.
#[derive(Debug, PartialEq)]
pub(super) struct Seen {
    kind: String,
    id: String,
    data: Value,
    content: Option<String>,
}

/// How a stream was read.
#[derive(Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) seen: Vec<Seen>,
    pub(super) failed: bool,
    pub(super) text: String,
}

/// The first byte says how the rest is cut.
///
/// # Panics
///
/// If the decoder does not do what the standard says.
pub(super) fn run(bytes: &[u8]) {
    let Some((&cut, stream)) = bytes.split_first() else {
        return;
    };
    let expected = match has_halves(stream) {
        true => read([stream]),
        false => expected(stream),
    };
    assert_eq!(read([stream]), expected, "whole");
    let size = usize::from(cut).max(1);
    assert_eq!(read(stream.chunks(size)), expected, "in chunks of {size}");
}

/// What the decoder makes of these chunks.
pub(super) fn read<'a>(chunks: impl IntoIterator<Item = &'a [u8]>) -> Reading {
    let mut decoder = TokenDecoder::new();
    let mut reading = Reading {
        seen: Vec::new(),
        failed: false,
        text: String::new(),
    };
    'stream: for chunk in chunks {
        decoder.feed(chunk.to_vec());
        loop {
            match decoder.next_token() {
                Ok(Some(token)) => reading.seen.push(seen(&token)),
                Ok(None) => break,
                Err(_) => {
                    reading.failed = true;
                    break 'stream;
                }
            }
        }
    }
    decoder.snapshot().clone_into(&mut reading.text);
    reading
}

fn seen(token: &ChatToken) -> Seen {
    Seen {
        kind: token.kind().to_string(),
        id: token.event_id().unwrap_or_default().to_owned(),
        data: token.data().clone(),
        content: token.content().map(str::to_owned),
    }
}

/// The same by the standard and the contract, step by step.
pub(super) fn expected(stream: &[u8]) -> Reading {
    let mut reading = Reading {
        seen: Vec::new(),
        failed: false,
        text: String::new(),
    };
    let (mut newest, mut answer) = (None, None);
    // The index of the token right before.
    let mut last = None;
    for event in events(stream) {
        let data = value(&event.data);
        let kind = kind(&event.name, &data);
        // What follows another event repeats nothing.
        if kind != "token" && kind != "ping" {
            newest = None;
            last = None;
        }
        if kind == "error" || kind == "auth_error" {
            // Nothing that comes after `complete` makes an error.
            if answer.is_some() {
                continue;
            }
            reading.failed = true;
            break;
        }
        let garbled = |data: &str| data.trim_start().starts_with('{');
        if kind == "complete" && data.as_str().is_some_and(garbled) {
            if answer.is_some() {
                continue;
            }
            reading.failed = true;
            break;
        }
        let mut content = None;
        if kind == "token" {
            let flat = serde_json::from_slice::<Flat>(&event.data).ok();
            let index = match &flat {
                Some(flat) => flat.token_index,
                None => data.get("token_index").and_then(whole),
            };
            let mut piece = flat.map_or_else(|| piece(&data, &reading.text), |flat| flat.content);
            let whole = data.get("accumulated").and_then(Value::as_str);
            match whole.map(|whole| place(whole, &reading.text, &piece, index, last)) {
                Some(Place::Known) => continue,
                Some(Place::After(lost)) => piece.insert_str(0, &lost),
                Some(Place::Next) | None => {}
            }
            // One that comes twice in a row, by its numbers and its text, is one, unless
            // the whole text has grown by it.
            let token = index
                .filter(|_| event.own_id && !event.id.is_empty())
                .map(|at| (at, event.id.clone(), piece.clone()));
            let grew = whole.is_some_and(|whole| whole.len() > reading.text.len());
            let stands = reading.text.ends_with(&piece);
            if token.is_some() && token == newest && stands && !grew {
                continue;
            }
            newest = token;
            last = Some(index);
            reading.text.push_str(&piece);
            content = Some(piece);
        }
        if kind == "complete" && answer.is_none() {
            let own = data.get("content").and_then(Value::as_str);
            answer = Some(own.unwrap_or(&reading.text).to_owned());
        }
        reading.seen.push(Seen {
            kind,
            id: event.id,
            data,
            content,
        });
    }
    // Once it is complete, the answer is what `complete` says.
    reading.text = answer.unwrap_or(reading.text);
    reading
}

/// Where a token stands, by the whole text that it carries.
enum Place {
    Next,
    After(String),
    Known,
}

fn place(
    whole: &str,
    text: &str,
    piece: &str,
    index: Option<i64>,
    last: Option<Option<i64>>,
) -> Place {
    if !whole.ends_with(piece) {
        return Place::Next;
    }
    let end = whole.len() - piece.len();
    if whole.starts_with(text) && text.len() <= end {
        return match &whole[text.len()..end] {
            _ if text.is_empty() => Place::Next,
            "" => Place::Next,
            lost => Place::After(lost.to_owned()),
        };
    }
    let known = match (last, index) {
        (Some(Some(last)), Some(index)) => index <= last && text.starts_with(whole),
        (Some(None), None) => whole == text,
        _ => false,
    };
    if known { Place::Known } else { Place::Next }
}

/// Whether a half of a character stands alone in some JSON text. Two tokens may each have a
/// half of one character, which this model does not put together.
pub(super) fn has_halves(stream: &[u8]) -> bool {
    let mut json = events(stream).into_iter();
    json.any(|event| {
        let data = String::from_utf8_lossy(&event.data);
        without_halves(&data).contains("\\ufffd")
    })
}

/// A token of the usual form. What stands in other fields need not even be text:
/// half a character there costs no token.
#[derive(serde::Deserialize)]
struct Flat {
    content: String,
    token_index: Option<i64>,
}

/// What any other token adds: its content, else what the whole text has more.
fn piece(data: &Value, so_far: &str) -> String {
    let own = data.get("content").and_then(Value::as_str);
    let whole = || data.get("accumulated")?.as_str()?.strip_prefix(so_far);
    own.or_else(whole).unwrap_or_default().to_owned()
}

fn value(data: &[u8]) -> Value {
    let data = String::from_utf8_lossy(data);
    let unmarked = data.strip_prefix('\u{feff}').unwrap_or(&data);
    let read = serde_json::from_str(unmarked);
    let mended = || finite(&printable(&without_halves(unmarked)));
    match read.or_else(|_| serde_json::from_str(&mended())) {
        Ok(value) => value,
        Err(_) if data.trim().is_empty() => Value::Null,
        Err(_) => Value::String(data.into_owned()),
    }
}

/// The pieces of a JSON text by turns: outside of strings, and inside with the quotes.
fn strings_apart(json: &str) -> Vec<(bool, String)> {
    let mut pieces = vec![(false, String::new())];
    let mut escaped = false;
    for c in json.chars() {
        let inside = pieces.last().is_some_and(|(inside, _)| *inside);
        if c == '"' && !inside {
            pieces.push((true, String::new()));
        }
        if let Some((_, piece)) = pieces.last_mut() {
            piece.push(c);
        }
        if c == '"' && inside && !escaped {
            pieces.push((false, String::new()));
        }
        escaped = inside && c == '\\' && !escaped;
    }
    pieces
}

/// The text with the control characters in its strings escaped.
fn printable(json: &str) -> String {
    let mut out = String::new();
    for (inside, piece) in strings_apart(json) {
        let mut escaped = false;
        for c in piece.chars() {
            // Behind a backslash it is no text, but an escape that there is not.
            if inside && !escaped && c < ' ' {
                out += &format!("\\u{:04x}", u32::from(c));
            } else {
                out.push(c);
            }
            escaped = inside && c == '\\' && !escaped;
        }
    }
    out
}

/// The text with null for each number that is not finite.
fn finite(json: &str) -> String {
    let part = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    let plain = |word: &str| {
        let unsigned = word.trim_start_matches('-');
        let number = unsigned.starts_with(|c: char| c.is_ascii_digit());
        let huge = number && word.parse::<f64>().is_ok_and(f64::is_infinite);
        match unsigned {
            "NaN" | "Infinity" => "null".to_owned(),
            _ if huge => "null".to_owned(),
            _ => word.to_owned(),
        }
    };
    let mut out = String::new();
    for (inside, piece) in strings_apart(json) {
        if inside {
            out += &piece;
            continue;
        }
        let mut word = String::new();
        for c in piece.chars() {
            // A word begins with a letter, a digit or a minus.
            let begins = c.is_ascii_alphanumeric() || c == '-';
            if part(c) && (!word.is_empty() || begins) {
                word.push(c);
            } else {
                out += &plain(&std::mem::take(&mut word));
                out.push(c);
            }
        }
        out += &plain(&word);
    }
    out
}

/// The text with each escaped half of a character replaced.
fn without_halves(json: &str) -> String {
    let unit = |rest: &str| -> Option<u16> {
        let digits = rest.strip_prefix("\\u")?.get(..4)?;
        let is_hex = digits.chars().all(|digit| digit.is_ascii_hexdigit());
        is_hex.then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let mut out = String::new();
    let mut rest = json;
    while let Some(c) = rest.chars().next() {
        let mut units = Vec::new();
        while let Some(unit) = unit(rest) {
            units.push(unit);
            rest = &rest[6..];
        }
        for character in char::decode_utf16(units.iter().copied()) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            for unit in character.encode_utf16(&mut [0; 2]) {
                out += &format!("\\u{unit:04x}");
            }
        }
        if units.is_empty() {
            // An escaped letter goes with its backslash.
            let length =
                c.len_utf8() + usize::from(c == '\\' && rest.len() > 1 && rest.is_char_boundary(2));
            out += &rest[..length];
            rest = &rest[length..];
        }
    }
    out
}

fn whole(value: &Value) -> Option<i64> {
    let written_as_float = || {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        format!("{number}")
            .parse()
            .ok()
            .filter(|whole: &i64| whole.abs() <= 1 << 53)
    };
    value.as_i64().or_else(written_as_float)
}

/// A name that tells something decides; the data's type where there is none.
fn kind(name: &str, data: &Value) -> String {
    match data.get("type").and_then(Value::as_str) {
        _ if !matches!(name, "" | "message") => name.to_owned(),
        Some(kind) => kind.to_owned(),
        None => "message".to_owned(),
    }
}

/// “Interpreting an event stream”, word for word, but that bytes become text only
/// in the end: what is not UTF-8 is replaced, and lines end in ASCII.
fn events(stream: &[u8]) -> Vec<Event> {
    let stream = stream.strip_prefix("\u{feff}".as_bytes()).unwrap_or(stream);
    let mut lines = vec![Vec::new()];
    let mut bytes = stream.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let crlf = byte == b'\r' && bytes.peek() == Some(&b'\n');
        match byte {
            _ if crlf => {}
            b'\r' | b'\n' => lines.push(Vec::new()),
            byte => lines.last_mut().expect("there is one").push(byte),
        }
    }
    // What follows the last line end is unfinished.
    lines.pop();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (mut name, mut data, mut id) = (Vec::new(), Vec::new(), Vec::new());
    let mut own_id = false;
    let mut events = Vec::new();
    for line in lines {
        if line.is_empty() {
            if let Some(data) = data.strip_suffix(b"\n") {
                events.push(Event {
                    name: text(&name),
                    data: data.to_vec(),
                    id: text(&id),
                    own_id,
                });
            }
            name.clear();
            data.clear();
            own_id = false;
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (field, value) = line.split_at(colon.unwrap_or(line.len()));
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"event" => name = value.to_vec(),
            b"data" => {
                data.extend_from_slice(value);
                data.push(b'\n');
            }
            b"id" if !value.contains(&0) => {
                id = value.to_vec();
                own_id = true;
            }
            _ => {}
        }
    }
    events
}
