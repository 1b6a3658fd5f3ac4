//! Compares the fast paths of decoding with the general one over random streams: both
//! must give the same tokens, whatever the data holds and wherever it is cut.
//!
//! The streams are seeded; `CHATS_DECODE_ROUNDS` sets how many are drawn.

use bytes::Bytes;
use fastrand::Rng;

use super::accumulated::AccumulatedText;
use super::accumulated::EventData;
use super::decode::Decoder;
use super::flat_token::{self, Content};
use super::from_event::{Reading, SoFar, general};
use super::inline_bytes::InlineBytes;
use super::split_pair::Half;
use super::sse::{Newest, SseDecoder};
use super::token::{ChatToken, TextToken};

const MAX: usize = 1 << 20;

fn rounds(of_a_short_run: u64) -> u64 {
    let told = std::env::var("CHATS_DECODE_ROUNDS").ok();
    told.and_then(|rounds| rounds.parse().ok())
        .unwrap_or(of_a_short_run)
}

/// A piece of an answer as it stands inside a JSON string.
fn text(rng: &mut Rng) -> String {
    const PIECES: &[&str] = &[
        "a",
        " pole",
        "é",
        "漢字",
        "🙂",
        " ",
        ",",
        "}",
        ":",
        "\u{7f}",
        "\u{2028}",
        "\\n",
        "\\\"",
        "\\\\",
        "\\u00e9",
        "\\ud83d\\ude42",
        "\\ud83d",
        "\\ude42",
        "\\/",
        "accumulated",
        "\\\"accumulated\\\":\\\"",
        "\\b",
        "\\t\\r\\f",
        "",
        "data: x",
    ];
    (0..rng.usize(..4))
        .map(|_| rng.choice(PIECES).unwrap_or(&""))
        .copied()
        .collect()
}

fn spaces(rng: &mut Rng) -> &'static str {
    rng.choice(["", "", "", " ", "  ", "\t"]).unwrap_or("")
}

/// A value that may or may not be plain, valid or not.
fn value(rng: &mut Rng) -> String {
    const VALUES: &[&str] = &[
        "null",
        "true",
        "false",
        "0",
        "7",
        "-1",
        "-0",
        "1.5",
        "1e3",
        "007",
        "123456789012345678",
        "9223372036854775807",
        "9223372036854775808",
        "12345678901234567890",
        "[]",
        "[1,\"x\"]",
        "{}",
        "{\"content\":\"inner\",\"token_index\":4}",
        "nul",
        "\"\\q\"",
        "\"\\ud800\"",
        "\"\\u12\"",
        "\"\u{1}\"",
        "",
        "\"token\"",
        "\"open",
    ];
    match rng.u8(..3) {
        0 => (*rng.choice(VALUES).unwrap_or(&"")).to_owned(),
        1 => rng.u32(..100_000).to_string(),
        _ => format!("\"{}\"", text(rng)),
    }
}

/// The members of an object in some order and spacing.
fn object(rng: &mut Rng, mut members: Vec<(String, String)>) -> String {
    if rng.u8(..3) == 0 {
        rng.shuffle(&mut members);
    }
    let tight = rng.bool();
    let mut json = String::from("{");
    for (index, (name, value)) in members.iter().enumerate() {
        let mut space = || if tight { "" } else { spaces(rng) };
        let comma = if index == 0 { "" } else { "," };
        let (a, b, c, d) = (space(), space(), space(), space());
        json += &format!("{comma}{a}\"{name}\"{b}:{c}{value}{d}");
    }
    json + "}"
}

/// A document that is often a plain token, and often something near it.
fn document(rng: &mut Rng) -> Vec<u8> {
    const NAMES: &[&str] = &[
        "type",
        "content",
        "token_index",
        "accumulated",
        "new",
        "naïve",
        "conten\\u0074",
        "",
    ];
    let mut members = vec![
        ("type".to_owned(), "\"token\"".to_owned()),
        ("content".to_owned(), format!("\"{}\"", text(rng))),
        ("accumulated".to_owned(), format!("\"{}\"", text(rng))),
        ("token_index".to_owned(), rng.u8(..).to_string()),
    ];
    for _ in 0..rng.usize(..3) {
        match rng.u8(..3) {
            0 => drop(members.swap_remove(rng.usize(..members.len()))),
            1 => {
                let at = rng.usize(..members.len());
                members[at].1 = value(rng);
            }
            _ => {
                let name = rng.choice(NAMES).unwrap_or(&"").to_string();
                members.push((name, value(rng)));
            }
        }
    }
    let mut bytes = object(rng, members).into_bytes();
    if rng.u8(..4) == 0 {
        let at = rng.usize(..bytes.len());
        match rng.u8(..4) {
            0 => bytes[at] = rng.u8(..),
            1 => bytes.truncate(at),
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, *rng.choice(b"\"\\,:{} x\xff\x00").unwrap_or(&b'"')),
        }
    }
    bytes
}

/// Everything of a reading that a caller can observe.
fn seen(reading: &Reading) -> String {
    match reading {
        Ok(token) => {
            let accumulated = match token {
                ChatToken::Token(text) => {
                    format!("{:?} {:?}", text.token_index, text.accumulated())
                }
                _ => String::new(),
            };
            format!(
                "{} {:?} {:?} {} {accumulated}",
                token.kind(),
                token.content(),
                token.event_id(),
                token.data(),
            )
        }
        Err(failure) => format!("{failure:?}"),
    }
}

#[test]
fn what_is_read_as_plain_is_read_the_same_in_general() {
    let mut plain_ones = 0;
    let rounds = rounds(10_000);
    for seed in 0..rounds {
        let rng = &mut Rng::with_seed(seed);
        let known = if rng.bool() { text(rng) } else { String::new() };
        let known = || {
            let mut empty = AccumulatedText::default();
            empty.extend(known.as_bytes());
            empty
        };
        let data = EventData::from(Bytes::from(document(rng)));
        let shown = String::from_utf8_lossy(&data.whole()).into_owned();
        if flat_token::read(&data, &mut known(), &mut String::new()).is_some() {
            plain_ones += 1;
        }
        let name = InlineBytes::new(b"token");
        let newest = Newest {
            name: &name,
            id: &InlineBytes::EMPTY,
            known: &mut known(),
        };
        let mut token = None;
        let read = super::from_event::read(data.clone(), newest, &mut so_far(), None, &mut token);
        let short = read.map(|_| token.expect("a token where there is no failure"));
        let long = general(&name, data, InlineBytes::EMPTY, "so far");
        assert_eq!(seen(&short), seen(&long), "seed {seed}: {shown}");
    }
    let share = plain_ones * 100 / rounds;
    assert!((20..95).contains(&share), "{share} % of them were plain");
}

fn so_far() -> SoFar {
    let mut so_far = SoFar::default();
    so_far.text.push_str("so far");
    so_far
}

/// A stream of token events, most of which repeat the text so far.
fn stream(rng: &mut Rng) -> Vec<u8> {
    let mut so_far = String::new();
    let mut bytes = Vec::new();
    let end = *rng
        .choice(["\n", "\n", "\n", "\r\n", "\r"].iter())
        .unwrap_or(&"\n");
    let odd_ones = rng.u8(..3) == 0;
    // The usual form in either of its two spacings, or another form.
    let spacing = [Some(""), Some(" "), None][rng.usize(..3)];
    let repeats = rng.u8(..4) > 0;
    for index in 0..rng.usize(..24) {
        let content = text(rng);
        so_far += &content;
        match rng.u8(..40) {
            0 => so_far = text(rng),
            1 => so_far += "more",
            2 => so_far.clear(),
            _ => {}
        }
        let mut data = if odd_ones && rng.u8(..6) == 0 {
            document(rng)
        } else if let Some(space) = spacing {
            let mut members = vec![
                format!(r#""type":{space}"token""#),
                format!(r#""content":{space}"{content}""#),
            ];
            if repeats {
                members.push(format!(r#""accumulated":{space}"{so_far}""#));
            }
            if rng.u8(..8) > 0 {
                members.push(format!(r#""token_index":{space}{index}"#));
            }
            format!("{{{}}}", members.join(&format!(",{space}"))).into_bytes()
        } else {
            let members = [
                ("type", "\"token\"".to_owned()),
                ("content", format!("\"{content}\"")),
                ("accumulated", format!("\"{so_far}\"")),
                ("token_index", index.to_string()),
            ];
            let members = members.map(|(name, value)| (name.to_owned(), value));
            object(rng, members.to_vec()).into_bytes()
        };
        data.retain(|byte| !matches!(byte, b'\n' | b'\r'));
        let before = bytes.len();
        let mut line = |name: &str, value: &[u8]| {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(end.as_bytes());
        };
        line("event: ", b"token");
        if rng.u8(..4) > 0 {
            line("id: ", index.to_string().as_bytes());
        }
        match rng.u8(..20) {
            0 => {
                let (a, b) = data.split_at(data.len() / 2);
                line("data: ", a);
                line("data: ", b);
            }
            1 => line(": ", &data),
            2 => line("id: ", &data),
            3 => line("data:", &data),
            _ => line("data: ", &data),
        }
        line("", b"");
        if rng.u8(..10) == 0 {
            bytes.extend_from_within(before..);
        }
    }
    bytes
}

/// Decodes the stream in chunks of random sizes, by the fast paths.
fn decoded(rng: &mut Rng, bytes: &[u8]) -> (Vec<Reading>, String) {
    let most = *rng.choice([1, 2, 7, 64, 300, 5000].iter()).unwrap_or(&1);
    let mut decoder = Decoder::new(MAX);
    let mut readings = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rng.usize(1..=most).min(rest.len()));
        decoder.feed(Bytes::copy_from_slice(chunk));
        loop {
            let mut token = None;
            decoder.next(&mut token, None).unwrap();
            let Some(token) = token else {
                break;
            };
            readings.push(Ok(token));
        }
        rest = after;
    }
    (readings, decoder.text().to_owned())
}

/// Decodes the stream in one piece, each event by the general path.
fn decoded_in_general(bytes: &[u8]) -> (Vec<String>, String) {
    let mut sse = SseDecoder::new(MAX);
    sse.feed(Bytes::copy_from_slice(bytes));
    let (mut readings, mut text) = (Vec::new(), String::new());
    let mut newest = None;
    let (mut last, mut half) = (None, Half::default());
    while let Some(data) = sse.next_event().unwrap() {
        let Newest { name, id, .. } = sse.newest();
        let reading = general(name, data, id.clone(), &text);
        let id = id.as_text().map(str::to_owned);
        let own = sse.newest_has_own_id() && id.is_some();
        let mut reading = reading;
        if let Ok(ChatToken::Token(token)) = &mut reading {
            match placed(token, &text, last) {
                Placed::Had => continue,
                Placed::After(missing) => {
                    token.content = Content::Own(missing + token.content());
                }
                Placed::Next => {}
            }
            let numbers = token.token_index.filter(|_| own).zip(Some(id));
            let place = numbers.map(|numbers| (numbers, token.content().to_owned()));
            let grew = token
                .accumulated()
                .is_some_and(|all| all.len() > text.len());
            let stands = text.ends_with(token.content());
            if place.is_some() && place == newest && stands && !grew {
                continue;
            }
            newest = place;
            last = Some(token.token_index);
            if let Some(content) = half.completed_by(token, &text) {
                text.pop();
                token.content = Content::Own(content);
            }
            text.push_str(token.content());
            if !token.content().is_empty() {
                half = Half::at_end_of(token);
            }
        }
        readings.push(seen(&reading));
    }
    (readings, text)
}

/// What `accumulated` says of a token's place.
enum Placed {
    Next,
    After(String),
    Had,
}

fn placed(token: &TextToken, text: &str, last: Option<Option<i64>>) -> Placed {
    let content = token.content();
    let Some(whole) = token.accumulated().filter(|all| all.ends_with(content)) else {
        return Placed::Next;
    };
    if whole.len() >= text.len() + content.len() && whole.starts_with(text) {
        let missing = &whole[text.len()..whole.len() - content.len()];
        return match missing {
            _ if text.is_empty() => Placed::Next,
            "" => Placed::Next,
            missing => Placed::After(missing.to_owned()),
        };
    }
    let again = match last {
        Some(Some(last)) => token.token_index.is_some_and(|index| index <= last),
        Some(None) => token.token_index.is_none() && whole == text,
        None => false,
    };
    match again && text.starts_with(whole) {
        true => Placed::Had,
        false => Placed::Next,
    }
}

#[test]
fn a_stream_gives_the_same_tokens_wherever_it_is_cut() {
    let mut left_out = 0;
    for seed in 0..rounds(2_000) {
        let rng = &mut Rng::with_seed(seed);
        let bytes = stream(rng);
        let expected = decoded_in_general(&bytes);
        let (readings, text) = decoded(rng, &bytes);
        left_out += readings.iter().filter(|it| leaves_out(it)).count();
        // Compared only after everything is read: elided text must still be available.
        let got = (readings.iter().map(seen).collect(), text);
        assert_eq!(
            got,
            expected,
            "seed {seed}: {}",
            String::from_utf8_lossy(&bytes)
        );
    }
    assert!(left_out > 1000, "{left_out} tokens left a text out");
}

fn leaves_out(reading: &Reading) -> bool {
    let Ok(ChatToken::Token(token)) = reading else {
        return false;
    };
    let left_out = &token.raw.data.left_out;
    left_out.is_some() && token.raw.data.len() > token.raw.data.kept.len()
}
