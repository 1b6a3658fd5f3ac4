//! A conversation as a file: Markdown, JSON or plain text, and the file's name.

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::answer::Role;
use crate::direction::turns_writing;
use crate::library::Links;
use crate::limits::Quota;
use crate::store::{Message, Session};
use crate::wire;

/// Encodes all but the characters that RFC 5987 allows in an extended value.
const ATTRIBUTE_CHARS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

const LONGEST_NAME: usize = 80;

pub(crate) fn json(
    session: &Session,
    messages: &[Message],
    metadata: bool,
    quota: Quota,
    links: &Links,
) -> String {
    let messages: Vec<Value> = messages
        .iter()
        .map(|message| {
            let mut value = wire::message(message, links);
            if !metadata && let Some(fields) = value.as_object_mut() {
                for name in [
                    "metadata",
                    "image_context",
                    "token_count",
                    "processing_time_ms",
                ] {
                    fields.remove(name);
                }
            }
            value
        })
        .collect();
    let document = json!({"session": wire::summary(session, quota), "messages": messages});
    format!("{document:#}\n")
}

pub(crate) fn markdown(session: &Session, messages: &[Message], metadata: bool) -> String {
    let title = one_line(&session.title);
    let mut text = format!("# {title}\n\n");
    if metadata {
        write!(
            text,
            "- Session: `{}`\n- Created: {}\n- Messages: {}\n- Tokens: {}\n\n",
            session.id, session.created_at, session.total_messages, session.total_tokens
        )
        .expect("writing to a string succeeds");
    }
    for message in messages {
        let content = message.as_read();
        write!(text, "## {}\n\n{content}\n\n", speaker(message))
            .expect("writing to a string succeeds");
        if metadata {
            writeln!(text, "*{}*\n", facts(message)).expect("writing to a string succeeds");
        }
    }
    text
}

pub(crate) fn text(session: &Session, messages: &[Message], metadata: bool) -> String {
    let title = one_line(&session.title);
    let mut text = format!("{title}\n{}\n\n", "=".repeat(title.chars().count().min(80)));
    for message in messages {
        writeln!(text, "{}: {}", speaker(message), message.as_read())
            .expect("writing to a string succeeds");
        if metadata {
            writeln!(text, "({})", facts(message)).expect("writing to a string succeeds");
        }
        text.push('\n');
    }
    text
}

fn speaker(message: &Message) -> &'static str {
    match message.role {
        Role::User => "You",
        Role::Assistant => "Assistant",
        Role::System => "System",
    }
}

fn facts(message: &Message) -> String {
    let tokens = message
        .token_count
        .map(|count| format!(", {count} tokens"))
        .unwrap_or_default();
    format!("{}{tokens}", message.created_at)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A file name made of a title: no separators, no control characters, no dots in front.
pub(crate) fn filename(title: &str, extension: &str) -> String {
    let safe: String = one_line(title)
        .chars()
        .map(|letter| match letter {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '-',
            letter if letter.is_control() || turns_writing(letter) => '-',
            letter => letter,
        })
        .scan(0, |bytes, letter| {
            *bytes += letter.len_utf8();
            (*bytes <= LONGEST_NAME).then_some(letter)
        })
        .collect();
    let safe = safe.trim_matches(['.', ' ', '-']);
    let stem = if safe.is_empty() { "session" } else { safe };
    format!("{stem}.{extension}")
}

/// A `Content-Disposition` that every client can read: an ASCII name, and the
/// true one as RFC 6266 wants it.
pub(crate) fn content_disposition(filename: &str) -> String {
    let ascii: String = filename
        .chars()
        .map(|letter| match letter {
            '"' | '\\' => '_',
            letter if letter.is_ascii_graphic() || letter == ' ' => letter,
            _ => '_',
        })
        .collect();
    let encoded = utf8_percent_encode(filename, ATTRIBUTE_CHARS);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_title_makes_a_dangerous_file_name() {
        assert_eq!(filename("../../etc/passwd", "md"), "etc-passwd.md");
        assert_eq!(filename("a\r\nb\u{0}c", "md"), "a b-c.md");
        assert_eq!(filename(" . ", "json"), "session.json");
        assert_eq!(filename(&"x".repeat(300), "txt").len(), 84);
        assert_eq!(filename(&"😀".repeat(255), "txt").len(), 84);
        for mark in ['\u{61c}', '\u{200e}', '\u{200f}', '\u{202e}', '\u{2066}'] {
            let title = format!("a{mark}gnp.exe");
            assert_eq!(filename(&title, "md"), "a-gnp.exe.md");
        }
    }

    #[test]
    fn a_disposition_is_ascii_and_carries_the_true_name() {
        let value = content_disposition("Größe \"5\".md");
        assert_eq!(
            value,
            "attachment; filename=\"Gr__e _5_.md\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%225%22.md"
        );
        assert!(value.is_ascii());
    }
}
