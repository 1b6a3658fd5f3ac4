//! Events as server-sent events: frames, and their bytes.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::answer::StreamEvent;
use crate::library::Links;
use crate::wire;

/// How lines end in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum LineEnding {
    /// `\n`, as most servers do.
    #[default]
    Lf,
    /// `\r\n`.
    CrLf,
    /// a single `\r`.
    Cr,
}

impl LineEnding {
    fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::CrLf => "\r\n",
            Self::Cr => "\r",
        }
    }
}

/// An event, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub name: String,
    pub id: Option<u64>,
    /// One line of JSON.
    pub data: String,
}

impl Frame {
    pub(crate) fn new(name: &str, mut data: Value) -> Self {
        data["type"] = json!(name);
        Self {
            name: name.to_owned(),
            id: None,
            data: data.to_string(),
        }
    }

    pub(crate) fn to_bytes(&self, ending: LineEnding) -> Bytes {
        let end = ending.as_str();
        let id = self
            .id
            .map(|id| format!("id: {id}{end}"))
            .unwrap_or_default();
        Bytes::from(format!(
            "{id}event: {}{end}data: {}{end}{end}",
            self.name, self.data
        ))
    }
}

/// Turns events into frames: counts the tokens and adds the text so far.
#[derive(Debug)]
pub(crate) struct Encoder {
    links: Links,
    accumulated: String,
    tokens: u64,
}

impl Encoder {
    pub(crate) fn new(links: Links) -> Self {
        Self {
            links,
            accumulated: String::new(),
            tokens: 0,
        }
    }

    pub(crate) fn frame(&mut self, event: StreamEvent) -> Frame {
        match event {
            StreamEvent::Token(content) => {
                self.accumulated.push_str(&content);
                let data = json!({
                    "content": content,
                    "accumulated": self.accumulated,
                    "token_index": self.tokens,
                });
                self.tokens += 1;
                Frame {
                    id: Some(self.tokens),
                    ..Frame::new("token", data)
                }
            }
            StreamEvent::Other(name, mut data) => {
                wire::fill_links(&mut data, &self.links);
                Frame::new(name, data)
            }
        }
    }
}
