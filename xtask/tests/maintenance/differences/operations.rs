//! What differs around an operation: its statuses, its servers, who is let in, where it
//! is and what it is called.

use serde_json::{Map, Value, json};
use xtask::contract::read;
use xtask::document::select::Selection;
use xtask::drift::compare::compare;

use super::{between, differ, giving};

fn failing(status: &str, kind: &str) -> Value {
    let mut document = giving(&json!({}));
    let content = json!({"application/json": {"schema": {"type": kind}}});
    document["paths"]["/chat/a"]["get"]["responses"][status] = json!({ "content": content });
    document
}

#[test]
fn a_failure_that_a_range_or_the_default_speaks_of_is_compared_with_it() {
    for wide in ["4XX", "default"] {
        let [narrow, same, other] = [
            failing("400", "object"),
            failing(wide, "object"),
            failing(wide, "string"),
        ];
        let added = format!("response.{wide}: error-status-added");
        differ(&narrow, &same, &[&added]);
        differ(&narrow, &other, &["response.400: type-changed", &added]);
        let narrowed = format!("response.{wide}: status-narrowed");
        differ(&same, &narrow, &[&narrowed]);
        let told = between(&other, &narrow);
        assert_eq!(told, [&*narrowed, "response.400: type-changed"]);
    }
}

/// An operation that succeeds with these statuses, each with a type of JSON or without
/// content.
fn succeeding(statuses: &[(&str, &str)]) -> Value {
    let mut document = giving(&json!({}));
    let replies = statuses.iter().map(|(status, kind)| {
        let content = json!({"application/json": {"schema": {"type": kind}}});
        let headers = json!({"X-A": {"schema": {"type": "string"}}});
        let reply = match *kind {
            "" => json!({}),
            "string" => json!({"content": content, "headers": headers}),
            _ => json!({ "content": content }),
        };
        ((*status).to_owned(), reply)
    });
    document["paths"]["/chat/a"]["get"]["responses"] = replies.collect::<Map<_, _>>().into();
    document
}

#[test]
fn a_success_with_another_status_is_still_compared() {
    let one = succeeding(&[("200", "string")]);
    let edited = [
        "response.200: status-changed",
        "response.200: type-changed",
        "response.200 header X-A: header-removed",
    ];
    differ(&one, &succeeding(&[("201", "object")]), &edited);
    let mut bare = succeeding(&[("201", "string")]);
    let replies = &mut bare["paths"]["/chat/a"]["get"]["responses"];
    replies["201"].as_object_mut().unwrap().remove("headers");
    differ(&one, &bare, &[edited[0], edited[2]]);
    // What has no content, and what may be either of two, is another success.
    differ(
        &one,
        &succeeding(&[("204", "")]),
        &["response.200: status-removed", "response.204: status-added"],
    );
    differ(
        &one,
        &succeeding(&[("201", "object"), ("202", "array")]),
        &[
            "response.200: status-removed",
            "response.201: status-added",
            "response.202: status-added",
        ],
    );
}

#[test]
fn the_values_of_a_servers_variable_are_as_many_servers() {
    let at = |hosts: Value| {
        let mut document = giving(&json!({}));
        let variable = json!({"default": "api", "enum": hosts});
        document["servers"] =
            json!([{"url": "https://{host}.example.com", "variables": {"host": variable}}]);
        document
    };
    let (both, one) = (at(json!(["api", "eu"])), at(json!(["api"])));
    differ(&both, &one, &["servers: server-removed"]);
    differ(&one, &both, &["servers: server-added"]);
}

/// An operation at a path, whose parameters are those in its braces.
fn at_path(path: &str, name: &str) -> Value {
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'));
    let parameters = names.map(|(name, _)| {
        json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}})
    });
    let parameters: Vec<Value> = parameters.collect();
    json!({"openapi": "3.1.0", "paths": { path: {"get": {
        "operationId": name, "parameters": parameters, "responses": {"204": {}}
    }}}})
}

#[test]
fn of_an_operation_that_moved_the_parameter_that_came_is_named() {
    let plain = at_path("/chat/a/{id}", "a");
    let inside = at_path("/chat/{space}/a/{id}", "a");
    differ(
        &plain,
        &inside,
        &[": operation-moved", "path.space: required-parameter-added"],
    );
    differ(
        &inside,
        &plain,
        &[": operation-moved", "path.space: parameter-removed"],
    );
    // Names that agree in nothing say less than places.
    let renamed = at_path("/chat/b/{key}", "a");
    differ(&plain, &renamed, &[": operation-moved"]);
}

#[test]
fn an_operation_is_known_by_its_new_name_too() {
    let read = |document| read(document, &Selection::default()).unwrap();
    let (old, new) = (at_path("/chat/a", "x_y"), at_path("/chat/a", "a"));
    let found = compare(&read(&old), &read(&new));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name, "x_y");
    assert_eq!(found[0].new_name.as_deref(), Some("a"));
}

#[test]
fn what_openapi_leaves_aside_or_says_twice_is_no_difference() {
    let header = |name: &str| {
        let mut document = giving(&json!({}));
        document["paths"]["/chat/a"]["get"]["responses"]["200"]["headers"] =
            json!({ name: {"schema": {"type": "string"}} });
        document
    };
    differ(
        &header("X-A"),
        &header("Content-Type"),
        &["response.200 header X-A: header-removed"],
    );
    let filter = |more: Value| {
        let mut document = giving(&json!({}));
        let mut parameter = json!({"name": "f", "in": "query", "style": "deepObject",
            "schema": {"type": "object"}});
        let more = more.as_object().unwrap().clone();
        parameter.as_object_mut().unwrap().extend(more);
        document["paths"]["/chat/a"]["get"]["parameters"] = json!([parameter]);
        document
    };
    let plain = filter(json!({}));
    differ(&plain, &filter(json!({"explode": true})), &[]);
    differ(&plain, &filter(json!({"allowReserved": true})), &[]);
    let number = |format: &str| giving(&json!({"type": "number", "format": format}));
    differ(&giving(&json!({"type": "number"})), &number("double"), &[]);
    differ(
        &number("float"),
        &number("double"),
        &["response.200: format-removed"],
    );
}

#[test]
fn a_range_that_was_taken_before_takes_what_is_no_longer_listed() {
    let taking = |media: &[&str]| {
        let mut document = giving(&json!({}));
        let content: Map<String, Value> = media
            .iter()
            .map(|media| ((*media).to_owned(), json!({"schema": {"type": "string"}})))
            .collect();
        document["paths"]["/chat/a"]["get"]["requestBody"] = json!({ "content": content });
        document
    };
    let both = taking(&["application/json", "*/*"]);
    differ(&both, &taking(&["*/*"]), &[]);
    assert!(!between(&both, &taking(&["application/json"])).is_empty());
}

#[test]
fn a_list_in_a_header_is_written_alike_exploded_or_not() {
    let with = |kind: &str, explode: bool| {
        let mut document = giving(&json!({}));
        let schema = match kind {
            "array" => json!({"type": "array", "items": {"type": "string"}}),
            _ => json!({"type": "object", "properties": {"a": {"type": "string"}}}),
        };
        let parameter =
            json!({"in": "header", "name": "x-list", "explode": explode, "schema": schema});
        document["paths"]["/chat/a"]["get"]["parameters"] = json!([parameter]);
        document
    };
    differ(&with("array", false), &with("array", true), &[]);
    assert!(!between(&with("object", false), &with("object", true)).is_empty());
}
