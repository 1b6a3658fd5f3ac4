//! Edits whose verdicts were once wrong, each held against what is generated:
//! where the generated client stays as it is, users' code cannot break, unless
//! by what `chats` reads without the generated types, such as events.

use std::sync::LazyLock;

use serde_json::{Value, json};
use xtask::codegen;
use xtask::contract::Baseline;
use xtask::document::inline::inline;
use xtask::document::load::load;
use xtask::document::select::Selection;
use xtask::drift::Verdict::{self, Breaking, Compatible, Unchanged};
use xtask::drift::blast::Code;
use xtask::drift::{self, Change, Drift, compare::compare};
use xtask::{parallel, workspace};

use super::is_sampled;

static CONTRACT: LazyLock<Value> = LazyLock::new(|| load(&workspace::contract()).unwrap());
static BASE: LazyLock<Baseline> =
    LazyLock::new(|| Baseline::new(inline(&CONTRACT).unwrap(), &Selection::default()).unwrap());
static CODE: LazyLock<Code> = LazyLock::new(|| Code::of_workspace().unwrap());

const ABSORBED: bool = true;
const FELT: bool = false;

/// What the edit makes of the generated client.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Client {
    Same,
    Other,
}

/// One edit: its name, what it does, where its worst change must stand, and what
/// must be made of it.
struct Row(
    &'static str,
    fn(&mut Value),
    &'static str,
    (Verdict, Verdict, bool),
    Client,
);

fn drift_of(new: &Value) -> Drift {
    let new = BASE.read(inline(new).unwrap()).unwrap();
    drift::judge(compare(BASE.contract(), &new), &CODE)
}

/// The generated code without its docs and the fingerprint of the document.
fn generated(document: &Value) -> String {
    let text = codegen::from_document(document, &Selection::default())
        .unwrap()
        .text;
    let mut lines: Vec<_> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    lines.retain(|line| !line.trim().is_empty());
    lines.join("\n")
}

fn at<'v>(document: &'v mut Value, pointer: &str) -> &'v mut Value {
    document
        .pointer_mut(pointer)
        .unwrap_or_else(|| panic!("{pointer}"))
}

fn schema<'v>(document: &'v mut Value, name: &str) -> &'v mut Value {
    at(document, &format!("/components/schemas/{name}"))
}

fn property<'v>(document: &'v mut Value, schema: &str, name: &str) -> &'v mut Value {
    let pointer = format!("/components/schemas/{schema}/properties/{name}");
    at(document, &pointer)
}

/// The success of an operation, with its references taken away.
fn reply<'v>(document: &'v mut Value, path: &str, method: &str) -> &'v mut Value {
    &mut document["paths"][path][method]["responses"]["200"]
}

fn content<'v>(document: &'v mut Value, path: &str, method: &str) -> &'v mut Value {
    &mut reply(document, path, method)["content"]
}

/// Answers with another status.
fn with_status(document: &mut Value, path: &str, method: &str, status: &str) {
    let responses = at(
        document,
        &format!("/paths/{}/{method}/responses", path.replace('/', "~1")),
    );
    let reply = responses.as_object_mut().unwrap().remove("200").unwrap();
    responses[status] = reply;
}

/// Makes a property optional.
fn spare(document: &mut Value, name: &str, property: &str) {
    let required = schema(document, name)["required"].as_array_mut().unwrap();
    required.retain(|other| other != property);
}

/// Gives a property another name.
fn respell(schema: &mut Value, name: &str, other: &str) {
    let properties = schema["properties"].as_object_mut().unwrap();
    let property = properties.remove(name).unwrap();
    properties.insert(other.to_owned(), property);
    for required in schema["required"].as_array_mut().into_iter().flatten() {
        if *required == name {
            *required = json!(other);
        }
    }
}

/// Lets a value be null.
fn or_null(schema: &mut Value) {
    *schema = json!({"anyOf": [schema.take(), {"type": "null"}]});
}

const SESSIONS: &str = "/chat/sessions";
const MESSAGES: &str = "/chat/sessions/{session_id}/messages";
const STREAM: &str = "/chat/sessions/{session_id}/messages/stream";
const EXPORT: &str = "/chat/sessions/{session_id}/export";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row("created with 201", |d| with_status(d, SESSIONS, "post", "201"), "response.200", (Breaking, Compatible, ABSORBED), Client::Same),
    Row("created with any 2xx", |d| with_status(d, SESSIONS, "post", "2XX"), "response.200", (Breaking, Compatible, ABSORBED), Client::Same),
    Row("created with 201 and one more field", |d| { with_status(d, SESSIONS, "post", "201"); schema(d, "CreateChatSessionResponse")["properties"]["owner"] = json!({"type": "string"}); }, "response.200", (Breaking, Compatible, ABSORBED), Client::Other),
    Row("a stream with 201", |d| with_status(d, STREAM, "post", "201"), "response.200", (Breaking, Compatible, ABSORBED), Client::Same),
    Row("a stream with 202", |d| with_status(d, STREAM, "post", "202"), "response.200", (Breaking, Compatible, FELT), Client::Other),
    Row("XML beside JSON", |d| content(d, MESSAGES, "post")["application/xml"] = json!({"schema": {"type": "string"}}), "response.200", (Compatible, Compatible, FELT), Client::Same),
    Row("text beside JSON", |d| content(d, MESSAGES, "post")["text/plain"] = json!({"schema": {"type": "string"}}), "response.200", (Compatible, Compatible, FELT), Client::Same),
    Row("HAL beside JSON", |d| content(d, MESSAGES, "post")["application/hal+json"] = json!({"schema": {"type": "object"}}), "response.200", (Compatible, Compatible, FELT), Client::Same),
    Row("JSON by another name", |d| { let json = content(d, MESSAGES, "post")["application/json"].take(); *content(d, MESSAGES, "post") = json!({"application/vnd.x+json": json}); }, "response.200", (Breaking, Compatible, ABSORBED), Client::Same),
    Row("JSON by another name and of another form", |d| *content(d, MESSAGES, "post") = json!({"application/vnd.x+json": {"schema": {"type": "array", "items": {"type": "string"}}}}), "response.200", (Breaking, Breaking, FELT), Client::Other),
    Row("XML in place of JSON", |d| *content(d, MESSAGES, "post") = json!({"application/xml": {"schema": {"type": "string"}}}), "response.200", (Breaking, Breaking, FELT), Client::Other),
    Row("JSON in place of events", |d| *content(d, STREAM, "post") = json!({"application/json": {"schema": {"type": "object", "properties": {"a": {"type": "string"}}}}}), "response.200", (Breaking, Breaking, FELT), Client::Other),
    Row("JSON of any form in place of events", |d| *content(d, STREAM, "post") = json!({"application/json": {"schema": {}}}), "response.200", (Breaking, Breaking, FELT), Client::Other),
    Row("an export that is an object", |d| content(d, EXPORT, "get")["application/json"]["schema"] = json!({"type": "object"}), "response.200 (application/json)", (Compatible, Compatible, FELT), Client::Same),
    Row("an export of plain text", |d| content(d, EXPORT, "get")["text/plain"]["schema"] = json!({"type": "string"}), "response.200 (text/plain)", (Breaking, Compatible, ABSORBED), Client::Same),
    Row("an export as JSON alone", |d| *content(d, EXPORT, "get") = json!({"application/json": {"schema": {}}}), "response.200", (Breaking, Compatible, FELT), Client::Same),
    Row("an export of a form of its own", |d| content(d, EXPORT, "get")["application/json"]["schema"] = json!({"type": "object", "properties": {"title": {"type": "string"}}}), "response.200", (Compatible, Breaking, FELT), Client::Other),
    Row("a header of another type", |d| reply(d, MESSAGES, "post")["headers"]["X-RateLimit-Limit"] = json!({"schema": {"type": "boolean"}}), "response.200 header X-RateLimit-Limit", (Breaking, Compatible, ABSORBED), Client::Same),
    Row("a header of an error of another type", |d| at(d, "/components/headers/X-Request-ID")["schema"] = json!({"type": "integer"}), "header X-Request-ID", (Breaking, Compatible, ABSORBED), Client::Same),
    Row("another type in a message's images", |d| property(d, "ChatMessageResponse", "image_context")["anyOf"].as_array_mut().unwrap().push(json!({"type": "string"})), "messages[].image_context", (Breaking, Compatible, ABSORBED), Client::Same),
    Row("an image may lack its id", |d| spare(d, "MessageImageInfo", "image_id"), "[].image_id", (Breaking, Compatible, FELT), Client::Same),
    Row("an image's id may be null in a list", |d| or_null(&mut property(d, "GetAllUserImagesResponse", "image_ids")["items"]), "response.200.image_ids[]", (Breaking, Breaking, FELT), Client::Other),
    Row("a session may be null in a list", |d| or_null(&mut property(d, "ListChatSessionsResponse", "sessions")["items"]), "response.200.sessions[]", (Breaking, Breaking, FELT), Client::Other),
    Row("an agent may be null in a list", |d| or_null(&mut property(d, "CompleteEvent", "agents_used")["items"]), "event.complete.agents_used[]", (Breaking, Compatible, FELT), Client::Other),
    Row("a session may be missing from its own reply", |d| spare(d, "GetChatSessionResponse", "session"), "response.200.session", (Breaking, Compatible, FELT), Client::Same),
    Row("a status message of another type", |d| *property(d, "StatusEvent", "message") = json!({"type": "integer"}), "event.status.message", (Breaking, Breaking, ABSORBED), Client::Other),
    Row("a token's text of another type", |d| *property(d, "TokenEvent", "content") = json!({"type": "integer"}), "event.token.content", (Breaking, Breaking, FELT), Client::Other),
    Row("a token without text", |d| { schema(d, "TokenEvent")["properties"].as_object_mut().unwrap().remove("content"); spare(d, "TokenEvent", "content"); }, "event.token.content", (Breaking, Breaking, FELT), Client::Other),
    Row("an answer's text of another type", |d| *property(d, "CompleteEvent", "content") = json!({"type": "array", "items": {"type": "string"}}), "event.complete.content", (Breaking, Breaking, FELT), Client::Other),
    Row("a title that is only read", |d| property(d, "CreateChatSessionRequest", "title")["readOnly"] = json!(true), "request.title", (Breaking, Breaking, FELT), Client::Other),
    Row("a title that is only written", |d| property(d, "CreateChatSessionResponse", "title")["writeOnly"] = json!(true), "response.200.title", (Breaking, Breaking, ABSORBED), Client::Other),
    Row("a request id of another type", |d| at(d, "/components/parameters/RequestId")["schema"] = json!({"type": "integer"}), "header.X-Request-ID", (Breaking, Compatible, FELT), Client::Same),
    Row("a tenant that must be named", |d| at(d, "/components/parameters/TenantId")["required"] = json!(true), "header.X-Tenant-ID", (Breaking, Compatible, FELT), Client::Same),
    Row("a trace of another type", |d| at(d, "/components/parameters/TraceParent")["schema"] = json!({"type": "integer"}), "header.traceparent", (Breaking, Compatible, ABSORBED), Client::Same),
    Row("null in the words of 3.0", |d| property(d, "SendMessageRequest", "message")["nullable"] = json!(true), "request.message", (Compatible, Compatible, FELT), Client::Other),
    Row("a plan's data of another type", |d| *property(d, "PlanActionRequest", "plan_data") = json!({"type": "string", "deprecated": true}), "request.plan_data", (Breaking, Compatible, ABSORBED), Client::Other),
    Row("an error's code of another type", |d| *property(d, "ErrorEvent", "code") = json!({"type": "integer"}), "event.error.code", (Breaking, Compatible, ABSORBED), Client::Other),
    Row("further fields of an event that are texts", |d| schema(d, "CompleteEvent")["additionalProperties"] = json!({"type": "string"}), "event.complete.*", (Compatible, Compatible, FELT), Client::Other),
    Row("a total in another spelling", |d| respell(schema(d, "GetAllUserImagesResponse"), "total_count", "totalCount"), "response.200.total", (Breaking, Compatible, ABSORBED), Client::Other),
    Row("a wish in another spelling", |d| respell(schema(d, "SendMessageRequest"), "force_detailed_analysis", "forceDetailedAnalysis"), "request.force", (Breaking, Compatible, FELT), Client::Other),
    Row("a filter in another spelling", |d| parameter(d, SESSIONS, "get", "min_messages")["name"] = json!("minMessages"), "query.min", (Breaking, Compatible, FELT), Client::Other),
    Row("a filter in another spelling and of another type", |d| { let one = parameter(d, SESSIONS, "get", "min_messages"); one["name"] = json!("minMessages"); one["schema"] = json!({"type": "string"}); }, "query.min_messages", (Breaking, Breaking, FELT), Client::Other),
    Row("a date that is any text", |d| { property(d, "CloseChatSessionResponse", "closed_at").as_object_mut().unwrap().remove("format"); }, "response.200.closed_at", (Breaking, Breaking, ABSORBED), Client::Other),
    Row("a title that is a date", |d| property(d, "CreateChatSessionResponse", "title")["format"] = json!("date-time"), "response.200.title", (Compatible, Breaking, FELT), Client::Other),
    Row("a date that is sent as any text", |d| parameter(d, SESSIONS, "get", "search")["schema"]["anyOf"][0]["format"] = json!("date-time"), "query.search", (Breaking, Compatible, FELT), Client::Same),
    Row("a cookie that must be sent", |d| parameters(d, SESSIONS, "get").push(json!({"name": "session", "in": "cookie", "required": true, "schema": {"type": "string"}})), "cookie.session", (Breaking, Compatible, FELT), Client::Same),
    Row("a search that must be sent", |d| parameter(d, SESSIONS, "get", "search")["required"] = json!(true), "query.search", (Breaking, Breaking, FELT), Client::Other),
];

fn parameters<'v>(document: &'v mut Value, path: &str, method: &str) -> &'v mut Vec<Value> {
    let list = &mut document["paths"][path][method]["parameters"];
    list.as_array_mut().unwrap()
}

fn parameter<'v>(document: &'v mut Value, path: &str, method: &str, name: &str) -> &'v mut Value {
    let list = parameters(document, path, method);
    list.iter_mut().find(|one| one["name"] == name).unwrap()
}

/// Whether a location ends with these words, or goes on inside them.
fn stands(change: &Change, place: &str) -> bool {
    change.location.contains(place)
}

#[test]
fn verdicts_agree_with_what_is_generated() {
    let before = generated(&CONTRACT);
    let rows: Vec<_> = ROWS.iter().enumerate().collect();
    let faults = parallel::map(
        &rows,
        |(number, Row(name, edit, place, verdict, client))| {
            let (wire, source, absorbed) = verdict;
            let mut faults = Vec::new();
            let mut new = CONTRACT.clone();
            edit(&mut new);
            let drift = drift_of(&new);
            let got = (drift.wire, drift.source);
            let worst: Vec<_> = drift
                .changes
                .iter()
                .filter(|change| change.wire == drift.wire && change.source == drift.source)
                .collect();
            let said = worst.iter().map(|change| {
                let Change {
                    location,
                    note,
                    absorbed,
                    ..
                } = change;
                format!("\n    {location}: {note} ({absorbed})")
            });
            let said: String = said.collect();
            if got != (*wire, *source) {
                faults.push(format!("{name}: {got:?}{said}"));
            }
            if worst.is_empty()
                || !worst
                    .iter()
                    .all(|change| stands(change, place) && change.absorbed == *absorbed)
            {
                faults.push(format!(
                    "{name}: {place} is expected, absorbed {absorbed}{said}"
                ));
            }
            if is_sampled(*number) {
                let made = if generated(&new) == before {
                    Client::Same
                } else {
                    Client::Other
                };
                if made != *client {
                    faults.push(format!("{name}: the client is {made:?}"));
                }
            }
            faults
        },
    );
    let faults = faults.concat();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn the_contract_itself_is_no_change() {
    assert_eq!(drift_of(&CONTRACT).worst(), Unchanged);
}

#[test]
fn a_fault_outside_the_selection_does_not_matter() {
    let mut document = CONTRACT.clone();
    document["paths"]["/other"] = json!({"get": {
        "operationId": "other",
        "responses": {"200": {"$ref": "#/components/responses/Nope"}}
    }});
    let some = Selection::Prefix("/chat/images".to_owned());
    let generated = codegen::from_document(&document, &some).unwrap();
    assert!(generated.text.contains("fn search_images"));
}
