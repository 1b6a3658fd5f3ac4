//! Stage *params*: the arguments of the generated functions. Headers that every call
//! carries and cookies are removed, bodies are reduced to one kind; an operation whose
//! arguments cannot be expressed is left out and reported.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::generate::name_in_rust;
use super::{Report, without};
use crate::Result;
use crate::document::grammar::{essence, is_json, operations, schema_name};

/// Headers that the transport of `chats` sets on every request.
pub const TRANSPORT_HEADERS: [&str; 6] = [
    "accept",
    "authorization",
    "content-type",
    "user-agent",
    "x-correlation-id",
    "x-request-id",
];

/// Headers of the contract that `chats` leaves to its users.
pub const UNSENT_HEADERS: [&str; 2] = ["traceparent", "tracestate"];

/// The header that a setting of the client fills in.
const SETTING_HEADER: &str = "x-tenant-id";

/// Rewrites the arguments of every operation.
pub fn params(document: &Value, report: &mut Report) -> Result<Value> {
    let mut out = document.clone();
    let mut dropped = Vec::new();
    for operation in operations(document)? {
        let (method, path) = (operation.method, operation.path);
        let mut notes = Vec::new();
        let both = [
            operation.item.get("parameters"),
            operation.value.get("parameters"),
        ];
        let outcome = parameters(document, both, path, &mut notes).and_then(|parameters| {
            let body = operation.value.get("requestBody");
            check_names(&parameters, body.is_some())?;
            Ok((
                parameters,
                body.map(|body| one_body(body, &mut notes)).transpose()?,
            ))
        });
        match outcome {
            Ok((parameters, body)) => {
                let Some(value) = out.pointer_mut(&operation.pointer) else {
                    continue;
                };
                value["parameters"] = Value::Array(parameters);
                if let Some(body) = body {
                    value["requestBody"] = body;
                }
                for note in notes {
                    report.note(method, path, note);
                }
            }
            Err(reason) => {
                report.leave_out(method, path, reason);
                dropped.push((path.to_owned(), method.to_owned()));
            }
        }
    }
    for (_, item) in out["paths"].as_object_mut().into_iter().flatten() {
        if let Some(item) = item.as_object_mut() {
            item.remove("parameters");
        }
    }
    without(&out, &dropped)
}

/// Whether no function has an argument for a header: the transport of `chats` sets it, by the
/// settings of the client and the options of a call.
pub fn is_carried(header: &str) -> bool {
    let header = header.to_ascii_lowercase();
    let header = header.as_str();
    TRANSPORT_HEADERS.contains(&header)
        || UNSENT_HEADERS.contains(&header)
        || header == SETTING_HEADER
}

/// The parameters of the path item overlaid by those of the operation.
fn parameters(
    document: &Value,
    lists: [Option<&Value>; 2],
    path: &str,
    notes: &mut Vec<String>,
) -> Result<Vec<Value>, String> {
    let mut kept: Vec<Value> = Vec::new();
    for parameter in lists
        .into_iter()
        .flatten()
        .filter_map(Value::as_array)
        .flatten()
    {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default();
        let (place, name) = (text("in"), text("name"));
        kept.retain(|other| other["in"] != place || other["name"] != name);
        let own = match place {
            "path" | "query" => true,
            "header" if is_carried(name) => false,
            "header" if !is_header_name(name) => {
                return Err(format!("`{name}` is no name of a header"));
            }
            "header" => true,
            "cookie" => {
                notes.push(format!("the cookie `{name}` is not sent"));
                false
            }
            other => return Err(format!("parameter `{name}` stands in {other:?}")),
        };
        if own {
            kept.push(argument(document, parameter, place, name)?);
        }
    }
    check_template(path, &kept)?;
    Ok(kept)
}

/// Whether HTTP allows the name of a header: the generated client would panic.
fn is_header_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(allowed)
}

/// One parameter, reduced to what progenitor reads.
fn argument(document: &Value, parameter: &Value, place: &str, name: &str) -> Result<Value, String> {
    let Some(schema) = parameter.get("schema") else {
        return Err(format!("parameter `{name}` has no schema"));
    };
    let plain = if place == "query" { "form" } else { "simple" };
    if parameter["style"]
        .as_str()
        .is_some_and(|style| style != plain)
    {
        return Err(format!(
            "parameter `{name}` has the style {}",
            parameter["style"]
        ));
    }
    if has_parts(document, schema) {
        if place != "query" {
            return Err(format!(
                "parameter `{name}` is a list or an object in a {place}"
            ));
        }
        if parameter["explode"] == json!(false) {
            return Err(format!("parameter `{name}` does not explode"));
        }
    }
    let required = place == "path" || parameter["required"] == json!(true);
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        // The server applies its own default when nothing is sent.
        schema.remove("default");
        // No text stands for null, so an argument that must be sent is never null.
        if place != "query" || required {
            schema.remove("nullable");
        }
    }
    let mut out = json!({"name": name, "in": place, "required": required, "schema": schema});
    if let Some(description) = parameter.get("description") {
        out["description"] = description.clone();
    }
    Ok(out)
}

/// Whether a value has parts, which can be written in several ways.
fn has_parts(document: &Value, schema: &Value) -> bool {
    let mut schema = schema;
    // Circular references were refused when the contract was read.
    while let Some(name) = schema["$ref"].as_str().and_then(schema_name) {
        schema = &document["components"]["schemas"][&name];
    }
    let forms = ["allOf", "anyOf", "oneOf"].iter();
    let mut forms = forms
        .filter_map(|keyword| schema[keyword].as_array())
        .flatten();
    ["array", "object"]
        .iter()
        .any(|kind| schema["type"] == *kind)
        || forms.any(|form| has_parts(document, form))
}

/// Fails if two arguments have the same name in Rust.
fn check_names(parameters: &[Value], has_body: bool) -> Result<(), String> {
    let mut seen = BTreeMap::new();
    if has_body {
        seen.insert("body".to_owned(), "the body");
    }
    if parameters
        .iter()
        .any(|parameter| parameter["in"] == "header")
    {
        // The generator's own variable.
        seen.insert("header_map".to_owned(), "the headers");
    }
    for parameter in parameters {
        let name = parameter["name"].as_str().unwrap_or_default();
        let argument = name_in_rust(name);
        if let Some(other) = seen.insert(argument.clone(), name) {
            return Err(format!(
                "its arguments `{name}` and `{other}` are both called `{argument}` in Rust"
            ));
        }
    }
    Ok(())
}

fn check_template(path: &str, parameters: &[Value]) -> Result<(), String> {
    let mut wanted: BTreeSet<&str> = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(name, _)| name)
        .collect();
    for parameter in parameters
        .iter()
        .filter(|parameter| parameter["in"] == "path")
    {
        let name = parameter["name"].as_str().unwrap_or_default();
        if !wanted.remove(name) {
            return Err(format!("its path has no place for the parameter `{name}`"));
        }
    }
    match wanted.first() {
        Some(name) => Err(format!(
            "it declares no parameter for `{{{name}}}` in its path"
        )),
        None => Ok(()),
    }
}

/// Reduces a request body to one kind, JSON if there is a choice.
fn one_body(body: &Value, notes: &mut Vec<String>) -> Result<Value, String> {
    let content = body["content"].as_object().cloned().unwrap_or_default();
    let best = content
        .iter()
        .filter_map(|(media, value)| Some((expressible(media)?, media, value)))
        .min_by_key(|(rank, _, _)| *rank);
    let Some((rank, media, value)) = best else {
        let kinds: Vec<_> = content.keys().map(String::as_str).collect();
        return Err(match kinds.as_slice() {
            [] => "its body has no content".to_owned(),
            kinds => format!("a body of {} cannot be expressed", kinds.join(" or ")),
        });
    };
    let sent = BODIES[rank];
    for other in content.keys().filter(|other| *other != media) {
        if expressible(other) != Some(rank) {
            notes.push(format!("a body of {other} cannot be sent, {sent} is"));
        }
    }
    let schema = match sent {
        "application/octet-stream" => json!({"type": "string", "format": "binary"}),
        "text/plain" => json!({"type": "string"}),
        _ => value.get("schema").cloned().unwrap_or_else(|| json!({})),
    };
    Ok(json!({"required": true, "content": {sent: {"schema": schema}}}))
}

/// The media types in which a body can be written, the best first.
const BODIES: [&str; 4] = [
    "application/json",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "text/plain",
];

/// The index in [`BODIES`] of the form in which a body of this media type is written;
/// `None` if it cannot be written.
#[must_use]
pub fn expressible(media: &str) -> Option<usize> {
    let name = essence(media);
    if is_json(&name) {
        return Some(0);
    }
    BODIES.iter().position(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(path: &str, operation: &Value) -> (Value, Report) {
        let mut report = Report::default();
        let document = json!({"paths": {path: {"post": operation}}});
        (params(&document, &mut report).unwrap(), report)
    }

    fn parameter(place: &str, name: &str) -> Value {
        json!({"in": place, "name": name, "schema": {"type": "integer", "default": 1}})
    }

    #[test]
    fn headers_of_the_transport_and_cookies_are_no_arguments() {
        let (out, report) = run(
            "/a",
            &json!({"parameters": [
                parameter("header", "Authorization"),
                parameter("header", "X-Tenant-ID"),
                parameter("cookie", "session"),
                parameter("header", "X-Own"),
                parameter("query", "limit")
            ]}),
        );
        let kept = out["paths"]["/a"]["post"]["parameters"].as_array().unwrap();
        let names: Vec<_> = kept.iter().map(|one| &one["name"]).collect();
        assert_eq!(names, ["X-Own", "limit"]);
        assert_eq!(kept[1]["schema"], json!({"type": "integer"}));
        assert_eq!(report.notes.len(), 1);
    }

    #[test]
    fn what_must_be_sent_is_a_value_though_it_may_be_null() {
        let mut parameter = parameter("query", "search");
        parameter["schema"]["nullable"] = json!(true);
        for (required, nullable) in [(false, Some(&json!(true))), (true, None)] {
            parameter["required"] = json!(required);
            let (out, _) = run("/a", &json!({"parameters": [parameter]}));
            let kept = &out["paths"]["/a"]["post"]["parameters"][0];
            assert_eq!(kept["required"], json!(required));
            assert_eq!(kept["schema"].get("nullable"), nullable);
        }
    }

    #[test]
    fn what_an_argument_cannot_say_leaves_the_operation_out() {
        let of = |place: &str, name: &str, schema: Value| json!({"in": place, "name": name, "schema": schema});
        let list = json!({"type": "array", "items": {"type": "string"}});
        let named = json!({"$ref": "#/components/schemas/List"});
        let mut joined = of("query", "ids", list.clone());
        run_with("/a", &[joined.clone()]).unwrap();
        joined["explode"] = json!(false);
        for (parameters, said) in [
            (vec![joined], "parameter `ids` does not explode"),
            (
                vec![of("header", "X-Ids", list.clone())],
                "parameter `X-Ids` is a list or an object in a header",
            ),
            (
                vec![of("header", "X-Ids", named)],
                "parameter `X-Ids` is a list or an object in a header",
            ),
            (
                vec![of("header", "X Id", json!({}))],
                "`X Id` is no name of a header",
            ),
            (
                vec![of("query", "aB", json!({})), of("query", "a_b", json!({}))],
                "its arguments `a_b` and `aB` are both called `a_b` in Rust",
            ),
            (
                vec![of("query", "Body", json!({}))],
                "its arguments `Body` and `the body` are both called `body` in Rust",
            ),
            (
                vec![
                    of("query", "headerMap", json!({})),
                    of("header", "X-Id", json!({})),
                ],
                "its arguments `headerMap` and `the headers` are both called `header_map` in Rust",
            ),
        ] {
            assert_eq!(run_with("/a", &parameters).unwrap_err(), said);
        }
    }

    /// Why an operation with a body and these parameters is left out, if it is.
    fn run_with(path: &str, parameters: &[Value]) -> Result<(), String> {
        let mut report = Report::default();
        let content = json!({"application/json": {}});
        let document = json!({
            "paths": {path: {"post": {"parameters": parameters, "requestBody": {"content": content}}}},
            "components": {"schemas": {"List": {"type": "array"}}}
        });
        params(&document, &mut report).unwrap();
        match report.left_out.first() {
            None => Ok(()),
            Some(entry) => Err(entry.reason.clone()),
        }
    }

    #[test]
    fn a_multipart_body_leaves_the_operation_out() {
        let (out, report) = run(
            "/files",
            &json!({"requestBody": {"content": {"multipart/form-data": {"schema": {}}}}}),
        );
        assert!(out["paths"]["/files"].get("post").is_none());
        assert_eq!(
            report.left_out[0].reason,
            "a body of multipart/form-data cannot be expressed"
        );
    }

    #[test]
    fn json_is_chosen_among_several_bodies_and_the_rest_is_noted() {
        let content = json!({"text/csv": {}, "application/json; charset=utf-8": {"schema": {}}});
        let (out, report) = run("/a", &json!({"requestBody": {"content": content}}));
        let body = &out["paths"]["/a"]["post"]["requestBody"]["content"];
        assert_eq!(*body, json!({"application/json": {"schema": {}}}));
        assert_eq!(report.notes.len(), 1);
    }

    #[test]
    fn a_template_and_its_parameters_must_agree() {
        for (path, list) in [
            ("/a/{b}", json!([])),
            ("/a", json!([parameter("path", "b")])),
        ] {
            let (_, report) = run(path, &json!({"parameters": list}));
            assert!(report.left_out[0].reason.contains('b'), "{report}");
        }
    }
}
