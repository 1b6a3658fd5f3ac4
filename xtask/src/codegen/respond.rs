//! Stage *respond*: one success per operation and no errors. The client generator takes
//! one type each; without error types every error arrives whole, with status, headers and
//! body, and `chats` reads it. The success is always 200: the transport of `chats` reads
//! other successes itself, or hands them on as 200.

use serde_json::{Map, Value, json};

use super::Report;
use crate::Result;
use crate::contract::Key;
use crate::document::grammar::{EVENT_STREAM, is_event_stream, is_json, operations};

/// A media type of bytes.
const BYTES: &str = "application/octet-stream";

/// Operations that the publisher's own document describes as JSON of any shape
/// although they answer with something else: method, path, and what they give.
const MISDESCRIBED: [(&str, &str, Given<'static>); 2] = [
    ("POST", "/chat/sessions/{}/messages/stream", Given::Events),
    ("GET", "/chat/sessions/{}/export", Given::Bytes),
];

/// What a generated function returns for a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given<'a> {
    /// Nothing.
    Nothing,
    /// The JSON of this media type, as a type of its own.
    Json(&'a str),
    /// Bytes as they come.
    Bytes,
    /// A stream of events, as bytes.
    Events,
}

/// What a generated function returns for content of these media types, each with whether
/// its schema describes a form. JSON beside other media types is kept if its schema
/// describes a form; otherwise it is one of several kinds of file.
#[must_use]
pub fn given<'a>(operation: &Key, content: &[(&'a str, bool)]) -> Given<'a> {
    if content.is_empty() {
        return Given::Nothing;
    }
    if content.iter().any(|(media, _)| is_event_stream(media)) {
        return Given::Events;
    }
    let plain = |media: &str| media.starts_with("application/json");
    let mut json: Vec<_> = content.iter().filter(|(media, _)| is_json(media)).collect();
    json.sort_by_key(|(media, says)| (!says, !plain(media)));
    match json.first() {
        None => Given::Bytes,
        Some((media, true)) => Given::Json(media),
        Some((media, false)) => {
            let misdescribed = MISDESCRIBED
                .iter()
                .find(|entry| entry.0 == operation.method && operation.path.ends_with(entry.1));
            match misdescribed {
                Some((_, _, given)) => *given,
                None if json.len() == content.len() => Given::Json(media),
                None => Given::Bytes,
            }
        }
    }
}

/// Rewrites the responses of every operation.
pub fn respond(document: &Value, report: &mut Report) -> Result<Value> {
    let mut out = document.clone();
    for operation in operations(document)? {
        let (method, path) = (operation.method, operation.path);
        let empty = Map::new();
        let responses = operation.value["responses"].as_object().unwrap_or(&empty);
        let Some(value) = out.pointer_mut(&operation.pointer) else {
            continue;
        };
        let mut successes = successes(responses.keys()).into_iter();
        value["responses"] = match successes.next() {
            Some(status) => {
                let (body, given) = body(&responses[status], &Key::of(method, path));
                json!({arrives_as(status, given): body})
            }
            None => json!({"2XX": {"description": ""}}),
        };
        for status in successes {
            if !is_default(status) {
                let what = format!("status {status} arrives as an unexpected response");
                report.note(method, path, what);
            }
        }
    }
    Ok(out)
}

/// The statuses of success among these, first the one that gets a type.
pub fn successes<'a>(statuses: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut out: Vec<&str> = statuses
        .map(String::as_str)
        .filter(|status| status.starts_with('2') || is_default(status))
        .collect();
    out.sort_by_key(|status| (is_default(status), *status == "202", *status));
    out
}

fn is_default(status: &str) -> bool {
    status.eq_ignore_ascii_case("default")
}

/// The status with which the transport hands on a success: 200, except for the 202 of a
/// stream, which may mean that no stream comes.
pub fn arrives_as(status: &str, given: Given<'_>) -> String {
    match (status, given) {
        ("202", Given::Events) => status.to_owned(),
        _ => "200".to_owned(),
    }
}

/// The one content of a success for which code is generated.
fn body(response: &Value, operation: &Key) -> (Value, Given<'static>) {
    let empty = Map::new();
    let content = response["content"].as_object().unwrap_or(&empty);
    let schema = |media: &str| content[media].get("schema").cloned().unwrap_or(json!({}));
    let media: Vec<_> = content
        .keys()
        .map(|media| (media.as_str(), says_form(&schema(media))))
        .collect();
    let bytes = |media: &str, given| (json!({media: {}}), given);
    let (content, given) = match given(operation, &media) {
        Given::Nothing => return (json!({"description": ""}), Given::Nothing),
        Given::Json(media) => (
            json!({"application/json": {"schema": schema(media)}}),
            Given::Json("application/json"),
        ),
        Given::Bytes => bytes(BYTES, Given::Bytes),
        Given::Events => bytes(EVENT_STREAM, Given::Events),
    };
    (json!({"description": "", "content": content}), given)
}

/// Whether a schema describes a form; "some object" is not one.
fn says_form(schema: &Value) -> bool {
    let says_nothing = |(keyword, value): (&String, &Value)| match keyword.as_str() {
        "description" | "nullable" => true,
        "type" => value == "object",
        "additionalProperties" => *value == json!(true) || *value == json!({}),
        _ => false,
    };
    !schema
        .as_object()
        .is_some_and(|schema| schema.iter().all(says_nothing))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(method: &str, path: &str, responses: &Value) -> (Value, Report) {
        let mut report = Report::default();
        let document = json!({"paths": {path: {method: {"responses": responses}}}});
        let out = respond(&document, &mut report).unwrap();
        (out["paths"][path][method]["responses"].clone(), report)
    }

    fn json_of(schema: &Value) -> Value {
        json!({"content": {"application/json": {"schema": schema}}, "headers": {"X": {}}})
    }

    #[test]
    fn one_success_stays_and_errors_go() {
        let (out, report) = run(
            "post",
            "/a",
            &json!({
                "200": json_of(&json!({"type": "object"})), "202": {}, "401": {}, "default": {}
            }),
        );
        let content = json!({"application/json": {"schema": {"type": "object"}}});
        assert_eq!(out, json!({"200": {"description": "", "content": content}}));
        assert_eq!(
            report.notes[0].what,
            "status 202 arrives as an unexpected response"
        );
        assert_eq!(report.notes.len(), 1);
    }

    #[test]
    fn a_success_is_200_whatever_2xx_the_document_names() {
        let object = json!({"type": "object"});
        let expected = run("get", "/a", &json!({"200": json_of(&object)})).0;
        for status in ["201", "202", "203", "2XX", "default"] {
            let (out, _) = run("get", "/a", &json!({status: json_of(&object)}));
            assert_eq!(out, expected, "{status}");
        }
        let stream = json!({"202": {"content": {"text/event-stream": {}}}});
        let (out, _) = run("get", "/a", &stream);
        assert!(out.get("202").is_some(), "the transport leaves it alone");
    }

    #[test]
    fn json_is_kept_beside_other_media_types() {
        let described = json!({"schema": {"type": "object", "properties": {"a": {}}}});
        let expected = run(
            "get",
            "/a",
            &json!({"200": {"content": {"application/json": described}}}),
        )
        .0;
        for other in [
            "application/hal+json",
            "application/xml",
            "text/plain",
            "text/csv",
        ] {
            let content = json!({other: {"schema": {}}, "application/json": described});
            let (out, _) = run("get", "/a", &json!({"200": {"content": content}}));
            assert_eq!(out, expected, "{other}");
        }
        let (out, _) = run(
            "get",
            "/a",
            &json!({"200": {"content": {"application/vnd.x+json": described}}}),
        );
        assert_eq!(out, expected);
    }

    #[test]
    fn files_of_several_kinds_and_event_streams_are_bytes() {
        for schema in [json!({}), json!({"type": "object"})] {
            let file =
                json!({"content": {"application/json": {"schema": schema}, "text/plain": {}}});
            let (out, _) = run("get", "/a", &json!({"200": file}));
            assert_eq!(
                out["200"]["content"],
                json!({"application/octet-stream": {}})
            );
        }
        let events = json!({"content": {"text/event-stream": {"schema": {"type": "object"}}}});
        let (out, _) = run("get", "/a", &json!({"200": events}));
        assert_eq!(out["200"]["content"], json!({"text/event-stream": {}}));
    }

    #[test]
    fn what_the_publisher_misdescribes_is_bytes_and_json_of_any_shape_elsewhere_is_not() {
        let path = "/chat/sessions/{session_id}/messages/stream";
        let any = || json!({"200": json_of(&json!({}))});
        let (out, _) = run("post", path, &any());
        assert_eq!(out["200"]["content"], json!({"text/event-stream": {}}));
        let vague = json!({"200": json_of(&json!({"type": "object"}))});
        let (out, _) = run("get", "/chat/sessions/{id}/export", &vague);
        assert_eq!(
            out["200"]["content"],
            json!({"application/octet-stream": {}})
        );
        let (out, _) = run("post", "/other", &any());
        assert_eq!(
            out["200"]["content"],
            json!({"application/json": {"schema": {}}})
        );
    }

    #[test]
    fn an_operation_that_only_accepts_gives_nothing() {
        let (out, report) = run("post", "/a", &json!({"202": {}}));
        assert_eq!(out, json!({"200": {"description": ""}}));
        assert!(report.notes.is_empty());
    }
}
