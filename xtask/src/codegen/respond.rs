//! Stage *respond*: one success per operation and no errors. The client
//! generator takes one type each; without error types every error arrives
//! whole, with status, headers and body, and `chats` reads it.

use serde_json::{Map, Value, json};

use super::Report;
use crate::Result;
use crate::document::grammar::{EVENT_STREAM, is_event_stream, is_json, operations};

/// Operations that the publisher's own document describes as JSON of any shape
/// although they answer with something else: method, path, media type.
const MISDESCRIBED: [(&str, &str, &str); 2] = [
    (
        "post",
        "/chat/sessions/{session_id}/messages/stream",
        EVENT_STREAM,
    ),
    (
        "get",
        "/chat/sessions/{session_id}/export",
        "application/octet-stream",
    ),
];

/// Rewrites the responses of every operation.
pub fn respond(document: &Value, report: &mut Report) -> Result<Value> {
    let mut out = document.clone();
    for operation in operations(document)? {
        let (method, path) = (operation.method, operation.path);
        let empty = Map::new();
        let responses = operation.value["responses"].as_object().unwrap_or(&empty);
        let mut successes: Vec<_> = responses
            .iter()
            .filter(|(status, _)| status.starts_with('2') || *status == "default")
            .collect();
        successes.sort_by_key(|(status, _)| (*status == "default", *status == "202", *status));
        let Some(value) = out.pointer_mut(&operation.pointer) else {
            continue;
        };
        let mut successes = successes.into_iter();
        value["responses"] = match successes.next() {
            Some((status, response)) => json!({status: body(response, method, path)}),
            None => json!({"2XX": {"description": ""}}),
        };
        for (status, _) in successes {
            if status != "default" {
                let what = format!("status {status} arrives as an unexpected response");
                report.note(method, path, what);
            }
        }
    }
    Ok(out)
}

/// The content of a success: JSON if nothing else can come, bytes otherwise.
fn body(response: &Value, method: &str, path: &str) -> Value {
    let content = response["content"].as_object().cloned().unwrap_or_default();
    let description = json!("");
    if content.is_empty() {
        return json!({"description": description});
    }
    let only_json = content.keys().all(|media| is_json(media));
    let schema = content
        .values()
        .find_map(|value| value.get("schema"))
        .cloned();
    let schema = schema.unwrap_or_else(|| json!({}));
    let misdescribed = MISDESCRIBED
        .iter()
        .find(|entry| entry.0 == method && path.ends_with(entry.1) && says_nothing(&schema));
    let media = match misdescribed {
        Some((_, _, media)) => media,
        None if only_json => {
            let json = json!({"application/json": {"schema": schema}});
            return json!({"description": description, "content": json});
        }
        None if content.keys().any(|media| is_event_stream(media)) => EVENT_STREAM,
        None => "application/octet-stream",
    };
    json!({"description": description, "content": {media: {}}})
}

fn says_nothing(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| {
        schema
            .keys()
            .all(|keyword| keyword == "description" || keyword == "nullable")
    })
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
    fn several_media_types_and_event_streams_are_bytes() {
        let file = json!({"content": {"application/json": {}, "text/plain": {}}});
        let (out, _) = run("get", "/a", &json!({"200": file}));
        assert_eq!(
            out["200"]["content"],
            json!({"application/octet-stream": {}})
        );
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
        let (out, _) = run("post", "/other", &any());
        assert_eq!(
            out["200"]["content"],
            json!({"application/json": {"schema": {}}})
        );
    }

    #[test]
    fn an_operation_that_only_accepts_keeps_that_answer() {
        let (out, report) = run("post", "/a", &json!({"202": {}}));
        assert_eq!(out, json!({"202": {"description": ""}}));
        assert!(report.notes.is_empty());
    }
}
