//! Puts a character together whose surrogate pair was split over two tokens, as by a
//! service that cuts texts by their UTF-16 units.

use super::flat_token;
use super::token::TextToken;
use crate::json;

const INSTEAD: char = char::REPLACEMENT_CHARACTER;

/// The first half of a character at the end of the text so far, where U+FFFD stands for it;
/// 0 if there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Half(u16);

impl Half {
    #[inline]
    pub(super) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The half that a token ends with.
    pub(super) fn at_end_of(token: &TextToken) -> Self {
        let escape = || {
            let data = token.raw.data.whole();
            let inside = flat_token::content(&data)?;
            unit(&inside[inside.len().checked_sub(6)?..])
        };
        let ends = token.content().ends_with(INSTEAD);
        let unit = ends.then(escape).flatten();
        Self(
            unit.filter(|unit| (0xd800..0xdc00).contains(unit))
                .unwrap_or(0),
        )
    }

    /// The content of a token that begins with the other half, with the whole character;
    /// `before` is the text before the token.
    pub(super) fn completed_by(self, token: &TextToken, before: &str) -> Option<String> {
        let rest = token.content().strip_prefix(INSTEAD)?;
        if self.is_none() || !before.ends_with(INSTEAD) {
            return None;
        }
        let data = token.raw.data.whole();
        let other = unit(flat_token::content(&data)?.get(..6)?)?;
        let whole = String::from_utf16(&[self.0, other]).ok()?;
        Some(whole + rest)
    }
}

fn unit(escape: &[u8]) -> Option<u16> {
    json::unit(std::str::from_utf8(escape).ok()?, 0)
}

#[cfg(test)]
mod tests {
    use crate::stream::TokenDecoder;

    /// The contents of tokens with these texts, as written in JSON, and the whole text.
    fn read(texts: &[&str]) -> (Vec<String>, String) {
        let mut decoder = TokenDecoder::new();
        for text in texts {
            decoder.feed(format!(
                "event: token\ndata: {{\"content\":\"{text}\"}}\n\n"
            ));
        }
        let tokens = std::iter::from_fn(|| decoder.next_token().unwrap());
        let contents = tokens.filter_map(|token| token.content().map(str::to_owned));
        (contents.collect(), decoder.snapshot().to_owned())
    }

    #[test]
    fn the_halves_of_a_character_are_put_together() {
        let (contents, text) = read(&[r"a\ud83d", r"\ude42b", "c"]);
        assert_eq!(contents, ["a\u{fffd}", "\u{1f642}b", "c"]);
        assert_eq!(text, "a\u{1f642}bc");
    }

    #[test]
    fn a_half_without_the_other_stays_unreadable() {
        for texts in [
            [r"a\ud83d", "b", r"\ude42"],
            [r"\ude42", r"\ud83d", r"\ud83d"],
            [r"a\ud83d", r"\ud83d", "b"],
        ] {
            let (_, text) = read(&texts);
            let unreadable = text.matches('\u{fffd}').count();
            let halves = texts.iter().filter(|text| text.contains("\\ud")).count();
            assert_eq!(unreadable, halves, "{texts:?}: {text:?}");
        }
    }

    #[test]
    fn a_half_waits_for_the_next_token_alone_however_that_is_written() {
        let event = |data: &str| format!("event: token\ndata: {data}\n\n");
        let events = [
            event(r#"{"type":"token","content":"a\ud83d","token_index":0}"#),
            event("{\"type\":\"token\",\"content\":\"b\u{fffd}\",\"token_index\":1}"),
            event(r#"{"type":"token","content":"\ude42c","token_index":2}"#),
        ];
        let events = events.concat();
        for size in [1, 7, events.len()] {
            let mut decoder = TokenDecoder::new();
            for chunk in events.as_bytes().chunks(size) {
                decoder.feed(chunk.to_vec());
                while decoder.next_token().unwrap().is_some() {}
            }
            assert_eq!(decoder.snapshot(), "a\u{fffd}b\u{fffd}\u{fffd}c", "{size}");
        }
    }
}
