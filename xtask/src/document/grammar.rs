//! The grammar of an OpenAPI document, as far as the stages walk it: where its
//! operations are, where its schemas are and in which place they stand, and
//! which keywords a schema has. Nothing here changes a document on its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use super::reference::{schema_name, schema_reference};
use crate::{Failure, Result};

/// The methods of a path item, in the order in which OpenAPI lists them.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The media type of server-sent events.
pub const EVENT_STREAM: &str = "text/event-stream";

/// What a schema describes: something that a client sends, something that it reads, or a
/// component, whose role depends on its users.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A parameter or a request body.
    Request,
    /// A response body or a response header.
    Response,
    /// The JSON in the data of a server-sent event.
    Event,
    /// A named schema.
    Component(String),
}

/// How a keyword of a schema holds further schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Nothing,
    One,
    List,
    Named,
}

fn holds(keyword: &str) -> Holds {
    match keyword {
        "items"
        | "additionalProperties"
        | "not"
        | "contains"
        | "contentSchema"
        | "propertyNames"
        | "unevaluatedProperties"
        | "unevaluatedItems"
        | "if"
        | "then"
        | "else" => Holds::One,
        "anyOf" | "oneOf" | "allOf" | "prefixItems" => Holds::List,
        "properties" | "patternProperties" | "dependentSchemas" | "$defs" => Holds::Named,
        _ => Holds::Nothing,
    }
}

/// Whether a keyword of a schema holds further schemas.
#[must_use]
pub fn holds_schemas(keyword: &str) -> bool {
    holds(keyword) != Holds::Nothing
}

/// Keywords that narrow what a value may be without changing its type.
pub const CONSTRAINTS: [&str; 24] = [
    "contains",
    "contentSchema",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "pattern",
    "propertyNames",
    "then",
    "uniqueItems",
];

/// Keywords for readers, which a parser ignores.
pub const PROSE: [&str; 12] = [
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "description",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "title",
    "xml",
];

/// Keywords that shape a value.
pub const SHAPE: [&str; 22] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contentEncoding",
    "contentMediaType",
    "default",
    "deprecated",
    "enum",
    "format",
    "items",
    "nullable",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "properties",
    "readOnly",
    "required",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Whether a schema may hold this keyword.
#[must_use]
pub fn is_keyword(keyword: &str) -> bool {
    keyword == "writeOnly"
        || keyword.starts_with("x-")
        || CONSTRAINTS.contains(&keyword)
        || PROSE.contains(&keyword)
        || SHAPE.contains(&keyword)
}

/// Appends one step to a JSON pointer.
#[must_use]
pub fn step(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// One operation and where it stands.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// The pointer of the operation.
    pub pointer: String,
    /// The path template.
    pub path: &'a str,
    /// The method in lower case.
    pub method: &'static str,
    /// The path item that holds it.
    pub item: &'a Map<String, Value>,
    /// The operation itself.
    pub value: &'a Map<String, Value>,
}

/// Whether a member of a path item is one that OpenAPI knows, or an extension.
fn is_of_path_item(key: &str) -> bool {
    let others = ["$ref", "summary", "description", "servers", "parameters"];
    METHODS.contains(&key) || others.contains(&key) || key.starts_with("x-")
}

/// Every operation of a document, by path and then by method.
pub fn operations(document: &Value) -> Result<Vec<Operation<'_>>> {
    let mut found = Vec::new();
    let Some(paths) = document.get("paths").and_then(Value::as_object) else {
        return Err(Failure::at("/paths", "must be an object"));
    };
    for (path, item) in paths {
        if path.starts_with("x-") {
            continue;
        }
        let at = step("/paths", path);
        let Some(item) = item.as_object() else {
            return Err(Failure::at(at, "must be an object"));
        };
        if let Some(odd) = item.keys().find(|key| !is_of_path_item(key)) {
            let reason = "is neither a method, which is written in lower case, nor another \
                member of a path";
            return Err(Failure::at(step(&at, odd), reason));
        }
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let pointer = step(&at, method);
                let Some(value) = operation.as_object() else {
                    return Err(Failure::at(pointer, "must be an object"));
                };
                found.push(Operation {
                    pointer,
                    path,
                    method,
                    item,
                    value,
                });
            }
        }
    }
    Ok(found)
}

/// The pointers of all outermost schemas, each with its place. References to
/// anything but schemas must be resolved before (stage *inline*).
pub fn schema_roots(document: &Value) -> Result<Vec<(String, Place)>> {
    let mut roots = Vec::new();
    let schemas = document.pointer("/components/schemas");
    for (name, _) in schemas.and_then(Value::as_object).into_iter().flatten() {
        roots.push((
            step("/components/schemas", name),
            Place::Component(name.clone()),
        ));
    }
    let mut shared_parameters = BTreeSet::new();
    for operation in operations(document)? {
        let at = &operation.pointer;
        let item_at = step("/paths", operation.path);
        if shared_parameters.insert(item_at.clone()) {
            parameter_roots(operation.item.get("parameters"), &item_at, &mut roots)?;
        }
        parameter_roots(operation.value.get("parameters"), at, &mut roots)?;
        if let Some(body) = operation.value.get("requestBody") {
            content_roots(body, &step(at, "requestBody"), &Place::Request, &mut roots)?;
        }
        let Some(responses) = operation.value.get("responses") else {
            continue;
        };
        let responses_at = step(at, "responses");
        for (status, response) in members(responses, &responses_at)? {
            let response_at = step(&responses_at, status);
            content_roots(response, &response_at, &Place::Response, &mut roots)?;
            if let Some(headers) = response.get("headers") {
                let headers_at = step(&response_at, "headers");
                for (header, value) in members(headers, &headers_at)? {
                    if value.get("schema").is_some() {
                        let schema_at = step(&step(&headers_at, header), "schema");
                        roots.push((schema_at, Place::Response));
                    }
                }
            }
        }
    }
    Ok(roots)
}

fn parameter_roots(
    parameters: Option<&Value>,
    at: &str,
    roots: &mut Vec<(String, Place)>,
) -> Result<()> {
    let Some(parameters) = parameters else {
        return Ok(());
    };
    let at = step(at, "parameters");
    let Some(list) = parameters.as_array() else {
        return Err(Failure::at(at, "must be a list"));
    };
    for (index, parameter) in list.iter().enumerate() {
        let at = format!("{at}/{index}");
        if !parameter.is_object() {
            return Err(Failure::at(at, "must be an object"));
        }
        if parameter.get("schema").is_some() {
            roots.push((step(&at, "schema"), Place::Request));
        }
        content_roots(parameter, &at, &Place::Request, roots)?;
    }
    Ok(())
}

fn content_roots(
    holder: &Value,
    at: &str,
    place: &Place,
    roots: &mut Vec<(String, Place)>,
) -> Result<()> {
    if !holder.is_object() {
        return Err(Failure::at(at, "must be an object"));
    }
    let Some(content) = holder.get("content") else {
        return Ok(());
    };
    let at = step(at, "content");
    for (media, value) in members(content, &at)? {
        let media_at = step(&at, media);
        if !value.is_object() {
            return Err(Failure::at(media_at, "must be an object"));
        }
        if value.get("schema").is_some() {
            let place = if *place == Place::Response && is_event_stream(media) {
                Place::Event
            } else {
                place.clone()
            };
            roots.push((step(&media_at, "schema"), place));
        }
    }
    Ok(())
}

/// Whether a media type, with or without parameters, is that of server-sent
/// events.
#[must_use]
pub fn is_event_stream(media: &str) -> bool {
    essence(media) == EVENT_STREAM
}

/// Whether a media type, with or without parameters, is JSON.
#[must_use]
pub fn is_json(media: &str) -> bool {
    let essence = essence(media);
    essence == "application/json" || essence.ends_with("+json")
}

/// A media type without its parameters, in lower case.
#[must_use]
pub fn essence(media: &str) -> String {
    let end = media.find(';').unwrap_or(media.len());
    media[..end].trim().to_ascii_lowercase()
}

/// Whether a media type is a range, such as `*/*`, in which another lies.
#[must_use]
pub fn is_range_of(range: &str, media: &str) -> bool {
    let Some(kind) = range.strip_suffix("/*") else {
        return false;
    };
    kind == "*" || media.split_once('/').is_some_and(|(of, _)| of == kind)
}

/// The members of a value that must be an object.
pub fn members<'a>(value: &'a Value, pointer: &str) -> Result<&'a Map<String, Value>> {
    value
        .as_object()
        .ok_or_else(|| Failure::at(pointer, "must be an object"))
}

/// Calls `visit` on a schema and then on every schema inside it, as `visit`
/// left them. Data (defaults, examples, enums) is never entered.
pub fn walk<F>(schema: &mut Value, pointer: &str, visit: &mut F) -> Result<()>
where
    F: FnMut(&mut Value, &str) -> Result<()>,
{
    visit(schema, pointer)?;
    let Some(object) = schema.as_object_mut() else {
        return match schema {
            Value::Bool(_) => Ok(()),
            _ => Err(Failure::at(
                pointer,
                "a schema must be an object or a boolean",
            )),
        };
    };
    for (keyword, value) in object {
        let at = step(pointer, keyword);
        match holds(keyword) {
            Holds::Nothing => {}
            Holds::One => walk(value, &at, visit)?,
            Holds::List => {
                let Some(list) = value.as_array_mut() else {
                    return Err(Failure::at(at, "must be a list of schemas"));
                };
                for (index, inner) in list.iter_mut().enumerate() {
                    walk(inner, &format!("{at}/{index}"), visit)?;
                }
            }
            Holds::Named => {
                let Some(named) = value.as_object_mut() else {
                    return Err(Failure::at(at, "must be an object of schemas"));
                };
                for (name, inner) in named {
                    walk(inner, &step(&at, name), visit)?;
                }
            }
        }
    }
    Ok(())
}

/// Walks every schema of a document, together with the place of its root.
pub fn walk_document<F>(document: &mut Value, mut visit: F) -> Result<()>
where
    F: FnMut(&mut Value, &str, &Place) -> Result<()>,
{
    for (pointer, place) in schema_roots(document)? {
        if let Some(schema) = document.pointer_mut(&pointer) {
            walk(schema, &pointer, &mut |schema, at| {
                visit(schema, at, &place)
            })?;
        }
    }
    Ok(())
}

/// The named schemas that a schema refers to, itself included nowhere.
pub fn references(schema: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // Walking needs a mutable value; the clone keeps the one walker the only
    // place that knows which keywords hold schemas.
    let mut copy = schema.clone();
    let _ = walk(&mut copy, "", &mut |schema, _| {
        if let Some(name) = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(schema_name)
        {
            names.insert(name);
        }
        Ok(())
    });
    names
}

/// In which places each named schema is used, through any number of steps.
pub fn places(document: &Value) -> Result<BTreeMap<String, BTreeSet<Place>>> {
    let mut direct: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut queue = Vec::new();
    for (pointer, place) in schema_roots(document)? {
        let Some(schema) = document.pointer(&pointer) else {
            continue;
        };
        let names = references(schema);
        if let Place::Component(name) = place {
            direct.insert(name, names);
        } else {
            queue.extend(names.into_iter().map(|name| (name, place.clone())));
        }
    }
    let mut found: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    while let Some((name, place)) = queue.pop() {
        if found.entry(name.clone()).or_default().insert(place.clone()) {
            let next = direct.get(&name).into_iter().flatten();
            queue.extend(next.map(|name| (name.clone(), place.clone())));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample() -> Value {
        json!({
            "openapi": "3.1.0",
            "paths": {"/a/{b}": {
                "parameters": [{"name": "b", "in": "path", "schema": {"type": "string"}}],
                "post": {
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/In"}}}},
                    "responses": {
                        "200": {"content": {"text/event-stream; charset=utf-8": {"schema": {"$ref": "#/components/schemas/Out"}}}},
                        "404": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Both"}}}}
                    }
                }
            }},
            "components": {"schemas": {
                "In": {"type": "object", "properties": {"both": {"$ref": "#/components/schemas/Both"}}},
                "Out": {"type": "object", "default": {"$ref": "#/components/schemas/Unused"}},
                "Both": {"type": "string"},
                "Unused": {"type": "string"}
            }}
        })
    }

    #[test]
    fn a_schema_is_found_in_every_place_that_reaches_it() {
        let found = places(&sample()).unwrap();
        assert_eq!(found["Both"], [Place::Request, Place::Response].into());
        assert_eq!(found["Out"], [Place::Event].into());
        assert!(!found.contains_key("Unused"), "data is not a reference");
    }

    #[test]
    fn pointers_are_escaped() {
        let roots = schema_roots(&sample()).unwrap();
        let pointers: Vec<_> = roots.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert!(pointers.contains(&"/paths/~1a~1{b}/parameters/0/schema"));
        assert!(
            pointers
                .iter()
                .all(|pointer| sample().pointer(pointer).is_some())
        );
    }

    #[test]
    fn what_should_be_a_schema_and_is_not_is_named() {
        let mut schema = json!({"properties": {"a": 3}});
        let failure = walk(&mut schema, "/s", &mut |_, _| Ok(())).unwrap_err();
        assert!(failure.to_string().starts_with("at /s/properties/a:"));
    }
}
