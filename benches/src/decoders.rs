//! The decoders side by side: each takes the same chunks and gives the answer's
//! text and the number of its tokens, so that none can skip its work.
//!
//! The peers read JSON with serde_json into the leanest type that has what a
//! token says; `accumulated` is passed over, not kept.

use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt as _, Stream, StreamExt as _, stream};
use serde::Deserialize;

/// What every decoder gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    pub tokens: usize,
    pub indexes: i64,
    pub completed: bool,
}

impl Answer {
    fn token(&mut self, content: &str, index: Option<i64>) {
        self.text.push_str(content);
        self.tokens += 1;
        self.indexes += index.unwrap_or_default();
    }

    /// An event as the peers see it.
    fn event(&mut self, name: &str, data: &[u8]) {
        match name {
            "token" => {
                let token: Token = serde_json::from_slice(data).expect("a token");
                self.token(&token.content, token.token_index);
            }
            "complete" => {
                let complete: Complete = serde_json::from_slice(data).expect("complete");
                self.completed = complete.content == self.text;
            }
            _ => {}
        }
    }
}

#[derive(Deserialize)]
struct Token {
    content: String,
    token_index: Option<i64>,
}

#[derive(Deserialize)]
struct Complete {
    content: String,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoder {
    /// The floor: finding the line ends.
    Memchr,
    Chats,
    EventsourceStream,
    SseStream,
    Sseer,
}

impl Decoder {
    pub const ALL: [Self; 5] = [
        Self::Memchr,
        Self::Chats,
        Self::EventsourceStream,
        Self::SseStream,
        Self::Sseer,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Memchr => "memchr2",
            Self::Chats => "chats",
            Self::EventsourceStream => "eventsource-stream",
            Self::SseStream => "sse-stream",
            Self::Sseer => "sseer",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decoder| decoder.name() == name)
    }

    /// Decodes the chunks. One function, never inlined, so that a profiler can
    /// be told to count nothing else.
    #[inline(never)]
    pub fn decode(self, chunks: Vec<Bytes>) -> Answer {
        match self {
            Self::Memchr => memchr2(chunks),
            Self::Chats => chats(chunks),
            Self::EventsourceStream => ready(eventsource_stream(chunks)),
            Self::SseStream => ready(sse_stream(chunks)),
            Self::Sseer => ready(sseer(chunks)),
        }
    }
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("all chunks are there")
}

fn arriving(chunks: Vec<Bytes>) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin {
    stream::iter(chunks).map(Ok)
}

/// Counts the lines as tokens.
fn memchr2(chunks: Vec<Bytes>) -> Answer {
    let mut answer = Answer::default();
    for chunk in chunks {
        let mut rest = &chunk[..];
        while let Some(end) = memchr::memchr2(b'\n', b'\r', rest) {
            answer.tokens += 1;
            rest = &rest[end + 1..];
        }
    }
    answer
}

fn chats(chunks: Vec<Bytes>) -> Answer {
    let mut answer = Answer::default();
    let mut decoder = chats::stream::TokenDecoder::new();
    for chunk in chunks {
        decoder.feed(chunk);
        while let Ok(Some(token)) = decoder.next_token() {
            match &token {
                chats::ChatToken::Token(token) => answer.token(token.content(), token.token_index),
                chats::ChatToken::Complete(complete) => {
                    answer.completed = complete.content == answer.text;
                }
                _ => {}
            }
        }
    }
    answer
}

async fn eventsource_stream(chunks: Vec<Bytes>) -> Answer {
    use eventsource_stream::Eventsource as _;

    let mut answer = Answer::default();
    let mut events = arriving(chunks).eventsource();
    while let Some(event) = events.next().await {
        let event = event.expect("an event");
        answer.event(&event.event, event.data.as_bytes());
    }
    answer
}

async fn sse_stream(chunks: Vec<Bytes>) -> Answer {
    let mut answer = Answer::default();
    let mut events = sse_stream::SseByteStream::new(arriving(chunks));
    while let Some(event) = events.next().await {
        let event = event.expect("an event");
        let data = event.data.unwrap_or_default();
        answer.event(event.event.as_deref().unwrap_or_default(), data.as_bytes());
    }
    answer
}

async fn sseer(chunks: Vec<Bytes>) -> Answer {
    let mut answer = Answer::default();
    let mut events = sseer::event_stream::EventStream::new(arriving(chunks));
    while let Some(event) = events.next().await {
        let event = event.expect("an event");
        answer.event(&event.event, event.data.as_bytes());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Chunks, Form, answer};

    #[test]
    fn all_decoders_give_the_same_answer() {
        for form in Form::ALL {
            let stream = answer(50, form);
            for chunks in [
                Chunks::Event,
                Chunks::Bytes(1460),
                Chunks::Bytes(7),
                Chunks::Bytes(1),
            ] {
                let expected = Decoder::EventsourceStream.decode(chunks.cut(&stream));
                assert!(expected.completed && expected.tokens == 50);
                for decoder in [Decoder::Chats, Decoder::SseStream, Decoder::Sseer] {
                    let got = decoder.decode(chunks.cut(&stream));
                    assert_eq!(got, expected, "{} {form:?} {chunks:?}", decoder.name());
                }
            }
        }
    }
}
