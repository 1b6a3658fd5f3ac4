//! Realistic answers as the service streams them, drawn with a seed, and the
//! chunks in which they arrive.

use bytes::Bytes;
use fastrand::Rng;

/// What a stream looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The documented form, without the text so far in each token.
    Plain,
    /// The same with the text so far in each token.
    Accumulated,
    /// Other key orders and spacing than the documented ones, drawn anew for
    /// every token.
    AnyOrder,
    /// A nested object in every token, which nobody reads in a hurry.
    Nested,
}

impl Form {
    pub const ALL: [Self; 4] = [Self::Plain, Self::Accumulated, Self::AnyOrder, Self::Nested];

    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Accumulated => "accumulated",
            Self::AnyOrder => "any-order",
            Self::Nested => "nested",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// How the bytes are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunks {
    /// One event each.
    Event,
    /// So many bytes each.
    Bytes(usize),
}

impl Chunks {
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "event" => Some(Self::Event),
            size => size.parse().ok().map(Self::Bytes),
        }
    }

    /// The bytes in chunks that share one buffer, as a connection's reads do.
    pub fn cut(self, stream: &[u8]) -> Vec<Bytes> {
        let stream = Bytes::copy_from_slice(stream);
        match self {
            Self::Bytes(size) => {
                let starts = (0..stream.len()).step_by(size);
                starts
                    .map(|start| stream.slice(start..stream.len().min(start + size)))
                    .collect()
            }
            Self::Event => {
                let mut rest = stream;
                let mut events = Vec::new();
                while let Some(end) = memchr::memmem::find(&rest, b"\n\n") {
                    events.push(rest.split_to(end + 2));
                }
                events
            }
        }
    }
}

const WORDS: &[&str] = &[
    " the",
    " pole",
    " damaged",
    " crossarm",
    " insulator",
    " at",
    " of",
    " in",
    " image",
    " shows",
    " corrosion",
    " no",
    " visible",
    " three",
    " with",
    ",",
    ".",
    " and",
    " Müller",
    "straße",
    " café",
    " señal",
    "漢字",
    " 電柱",
    "🙂",
    " é",
    " \"north\"",
    " a\\b",
    "\n",
    "\n- ",
    ":",
    " 42",
    " %",
    "ing",
    "ed",
    "ly",
    " un",
    "tion",
    " I",
    " you",
];

/// An answer as server-sent events, from `connection` to `close`.
pub fn answer(tokens: usize, form: Form) -> Vec<u8> {
    let mut rng = Rng::with_seed(7 + tokens as u64);
    let mut stream = String::new();
    let mut event = |name: &str, id: Option<usize>, data: &str| {
        stream.push_str("event: ");
        stream.push_str(name);
        if let Some(id) = id {
            stream.push_str(&format!("\nid: {id}"));
        }
        stream.push_str("\ndata: ");
        stream.push_str(data);
        stream.push_str("\n\n");
    };
    let connection = r#"{"type":"connection","message_id":"msg_001","status":"connected"}"#;
    event("connection", None, connection);
    event(
        "status",
        None,
        r#"{"type":"status","phase":"search","message":"Looking"}"#,
    );
    let mut accumulated = String::new();
    for index in 0..tokens {
        let content = WORDS[rng.usize(..WORDS.len())];
        accumulated.push_str(content);
        let content = json(content);
        let data = match form {
            Form::Plain => {
                format!(r#"{{"type":"token","content":{content},"token_index":{index}}}"#)
            }
            Form::Accumulated => format!(
                r#"{{"type":"token","content":{content},"accumulated":{},"token_index":{index}}}"#,
                json(&accumulated)
            ),
            Form::AnyOrder => {
                let mut members = [
                    ("type", "\"token\"".to_owned()),
                    ("content", content),
                    ("token_index", index.to_string()),
                ];
                rng.shuffle(&mut members);
                let space = [" ", "  ", "\t", ""];
                let members = members.map(|(name, value)| {
                    let mut space = || space[rng.usize(..space.len())];
                    format!("{}\"{name}\"{}:{}{value}", space(), space(), space())
                });
                format!("{{{}}}", members.join(","))
            }
            Form::Nested => format!(
                r#"{{"type":"token","content":{content},"metadata":{{"n":[{index}]}},"token_index":{index}}}"#
            ),
        };
        event("token", Some(index + 1), &data);
    }
    let whole = json(&accumulated);
    let complete = format!(r#"{{"type":"complete","content":{whole},"message_id":"msg_001"}}"#);
    event("complete", None, &complete);
    event("close", None, r#"{"type":"close","message_id":"msg_001"}"#);
    stream.into_bytes()
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("text is JSON")
}

/// An answer of the same words as a chat completion of OpenAI's form.
pub fn openai_answer(tokens: usize) -> Vec<u8> {
    let mut rng = Rng::with_seed(7 + tokens as u64);
    let mut stream = String::new();
    for _ in 0..tokens {
        let content = json(WORDS[rng.usize(..WORDS.len())]);
        stream.push_str(&format!(
            r#"data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{{"index":0,"delta":{{"content":{content}}},"finish_reason":null}}]}}"#
        ));
        stream.push_str("\n\n");
    }
    stream.push_str("data: [DONE]\n\n");
    stream.into_bytes()
}

pub fn uuid(index: usize) -> String {
    format!("00000000-0000-4000-8000-{index:012x}")
}

/// A session in a list.
pub fn session(index: usize) -> serde_json::Value {
    serde_json::json!({
        "id": uuid(index), "title": format!("Inspection {index}"),
        "total_messages": 12, "total_tokens": 3456, "remaining_tokens": 90_000,
        "remaining_messages": 88, "is_active": true, "use_all_images": true,
        "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-02T00:00:00Z",
        "last_message_at": "2026-01-02T00:00:00Z", "last_message_preview": "Three poles lean.",
        "selected_image_count": 0
    })
}

/// What sending a message answers.
pub fn send_reply() -> String {
    serde_json::json!({
        "message_id": uuid(1), "content": "Three poles lean to the north; none is broken. ".repeat(20),
        "token_count": 200, "processing_time_ms": 1500,
        "remaining_tokens": 90_000, "remaining_messages": 88
    })
    .to_string()
}

/// A session with so many messages.
pub fn get_reply(messages: usize) -> String {
    let message = |index: usize| {
        serde_json::json!({
            "id": uuid(index), "role": if index % 2 == 0 { "user" } else { "assistant" },
            "content": "Three poles lean to the north; none is broken. ".repeat(1 + index % 8),
            "token_count": 20, "processing_time_ms": 900,
            "created_at": "2026-01-02T00:00:00Z", "image_context": null,
            "metadata": {"vision_used": true, "offers_detailed_analysis": false}
        })
    };
    serde_json::json!({
        "session": session(1), "messages": (0..messages).map(message).collect::<Vec<_>>(),
        "selected_image_ids": [], "selected_video_ids": [], "context_summary": null
    })
    .to_string()
}
