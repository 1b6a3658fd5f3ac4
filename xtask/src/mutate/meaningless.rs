//! Edits that mean nothing: prose, order, spelling, and the way in which a
//! document is divided into components.

use serde_json::{Map, Value, json};

use super::edits::{Edit, Patch, uses};
use super::expected::Expected;
use super::spelling;
use crate::Result;
use crate::document::grammar::{METHODS, operations, schema_reference, step, walk, walk_document};
use crate::document::select::SERVICE_PREFIX;

/// All edits that mean nothing.
pub fn edits(document: &Value) -> Result<Vec<Edit>> {
    let mut edits = Vec::new();
    for (root, _) in uses(document)? {
        let mut schema = document.pointer(&root).cloned().unwrap_or_default();
        walk(&mut schema, &root, &mut |schema, at| {
            of_schema(document, schema, at, &mut edits);
            Ok(())
        })?;
    }
    let names = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    for name in names.into_iter().flatten().map(|(name, _)| name.clone()) {
        let id = format!("rename the component {name}");
        edits.push(edit(
            id,
            Patch::Whole(Box::new(move |document| renamed(document, &name))),
        ));
    }
    for operation in operations(document)? {
        let at = &operation.pointer;
        for (keyword, value) in [
            ("summary", json!("Other words")),
            ("description", json!("Other words")),
            ("tags", json!(["other"])),
            ("externalDocs", json!({"url": "https://example.com"})),
            ("x-other", json!({"required": ["a"]})),
            ("deprecated", json!(false)),
        ] {
            let at = step(at, keyword);
            edits.push(edit(format!("set {at}"), Patch::Set(at, value)));
        }
        if let Some(id) = operation.value.get("operationId").and_then(Value::as_str) {
            let words: String = format!("{SERVICE_PREFIX}{}", operation.path)
                .chars()
                .map(|c| if c.is_alphanumeric() { c } else { '_' })
                .collect();
            let long = format!("{words}_{}", operation.method);
            let other = id
                .strip_suffix(&long)
                .map_or_else(|| format!("{id}{long}"), str::to_owned);
            let at = step(at, "operationId");
            edits.push(edit(format!("spell {at}"), Patch::Set(at, json!(other))));
        }
    }
    edits.extend(of_document());
    spelling::of_service(document, &mut edits)?;
    Ok(edits)
}

pub(super) fn edit(id: String, patch: Patch) -> Edit {
    Edit {
        id,
        patches: vec![patch],
        expected: Expected::Nothing,
    }
}

/// An edit that writes the schema at a pointer another way.
pub(super) fn respell(what: &str, at: &str, schema: Value) -> Edit {
    let id = format!("{what} at {at}");
    edit(id, Patch::Set(at.to_owned(), schema))
}

/// A schema with one keyword set.
pub(super) fn with(schema: &Value, keyword: &str, value: Value) -> Value {
    let mut schema = schema.clone();
    schema[keyword] = value;
    schema
}

fn of_schema(document: &Value, schema: &Value, at: &str, edits: &mut Vec<Edit>) {
    let mut set = |what: &str, value| edits.push(respell(what, at, value));
    let with = |keyword: &str, value| with(schema, keyword, value);
    if !schema.is_object() {
        return;
    }
    set("describe", with("description", json!("Other words")));
    set("title", with("title", json!("Other")));
    set("give an example", with("example", json!({"type": "null"})));
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        set("wrap the reference", json!({"allOf": [schema]}));
        set(
            "wrap the reference in a choice of one",
            json!({"anyOf": [schema], "title": "T"}),
        );
        let component = target.strip_prefix('#').and_then(|to| document.pointer(to));
        // A component that contains itself is unrolled once.
        if let Some(component) = component {
            set("put the component in place", component.clone());
        }
    }
    let mut old_nulls = None;
    if let Some(list) = schema.get("anyOf").and_then(Value::as_array) {
        let reversed: Vec<_> = list.iter().rev().cloned().collect();
        set("reverse the alternatives", with("anyOf", json!(reversed)));
        if let [real, null] = list.as_slice()
            && null["type"] == "null"
        {
            let mut spelled = schema.clone();
            if let Some(spelled) = spelled.as_object_mut() {
                spelled.remove("anyOf");
                spelled.insert("nullable".to_owned(), json!(true));
                spelled.insert("allOf".to_owned(), json!([real]));
            }
            old_nulls = Some(spelled);
            if let Some(kind) = real.get("type") {
                let mut spelled = schema.clone();
                if let (Some(spelled), Some(real)) = (spelled.as_object_mut(), real.as_object()) {
                    spelled.remove("anyOf");
                    let mut inner: Map<_, _> = real.clone();
                    inner.insert("type".to_owned(), json!([kind, "null"]));
                    inner.append(spelled);
                    *spelled = inner;
                }
                set("spell null as a type", spelled);
            }
        }
    }
    for keyword in ["required", "enum"] {
        if let Some(list) = schema.get(keyword).and_then(Value::as_array) {
            let reversed: Vec<_> = list.iter().rev().cloned().collect();
            set("reverse a list", with(keyword, json!(reversed)));
        }
    }
    for keyword in ["minimum", "maximum", "maxLength", "default"] {
        if let Some(number) = schema.get(keyword).and_then(Value::as_f64) {
            set(
                "spell a number with a fraction",
                with(keyword, json!(number)),
            );
        }
    }
    if schema["type"] == "object" && schema.get("additionalProperties").is_none() {
        set(
            "say that further properties are allowed",
            with("additionalProperties", json!(true)),
        );
    }
    if schema["type"] == "object" && schema.get("required").is_none() {
        set("say that nothing is required", with("required", json!([])));
    }
    if let Some(spelled) = old_nulls {
        edits.push(Edit {
            id: format!("spell null as 3.0 does at {at}"),
            patches: vec![
                Patch::Set("/openapi".to_owned(), json!("3.0.3")),
                Patch::Set(at.to_owned(), spelled),
            ],
            expected: Expected::Nothing,
        });
    }
    spelling::of_schema(schema, at, edits);
}

fn renamed(document: &Value, name: &str) -> Value {
    let mut out = document.clone();
    let new = format!("Renamed{name}");
    let (from, to) = (schema_reference(name), schema_reference(&new));
    // Edited documents keep the grammar, so that walking cannot fail.
    let _ = walk_document(&mut out, |schema, _, _| {
        if schema.get("$ref").and_then(Value::as_str) == Some(&from) {
            schema["$ref"] = json!(to);
        }
        Ok(())
    });
    if let Some(schemas) = out
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
        && let Some(schema) = schemas.remove(name)
    {
        schemas.insert(new, schema);
    }
    out
}

fn of_document() -> Vec<Edit> {
    let rewrite =
        |id: &str, run: fn(&Value) -> Value| edit(id.to_owned(), Patch::Whole(Box::new(run)));
    vec![
        edit(
            "another title".to_owned(),
            Patch::Set(
                "/info".to_owned(),
                json!({"title": "Other", "version": "9"}),
            ),
        ),
        rewrite("reverse the order of all members", reversed),
        rewrite("reverse the parameters", |document| {
            each_operation(document, |operation| {
                let list = operation
                    .get_mut("parameters")
                    .and_then(Value::as_array_mut);
                if let Some(list) = list {
                    list.reverse();
                }
            })
        }),
        rewrite("move parameters to the path item", |document| {
            let mut out = document.clone();
            for (_, item) in out["paths"].as_object_mut().into_iter().flatten() {
                let methods: Vec<_> = METHODS
                    .iter()
                    .filter(|method| item.get(**method).is_some())
                    .collect();
                if let [method] = methods.as_slice()
                    && let Some(operation) = item[**method].as_object_mut()
                    && let Some(parameters) = operation.remove("parameters")
                {
                    item["parameters"] = parameters;
                }
            }
            out
        }),
        rewrite("rename the parameters in paths", |document| {
            let text = document["paths"].to_string();
            let text = text.replace("{session_id}", "{id}");
            let mut out = document.clone();
            out["paths"] = serde_json::from_str(&text).unwrap_or_default();
            each_operation(&out, |operation| {
                let list = operation
                    .get_mut("parameters")
                    .and_then(Value::as_array_mut);
                for parameter in list.into_iter().flatten() {
                    if parameter["in"] == "path" && parameter["name"] == "session_id" {
                        parameter["name"] = json!("id");
                    }
                }
            })
        }),
        rewrite("put the service prefix into the paths", |document| {
            let mut out = document.clone();
            let paths = document["paths"].as_object().into_iter().flatten();
            let paths = paths.map(|(path, item)| (format!("{SERVICE_PREFIX}{path}"), item.clone()));
            out["paths"] = Value::Object(paths.collect());
            if let Some(out) = out.as_object_mut() {
                out.remove("servers");
            }
            out
        }),
        rewrite("say the media type with its character set", |document| {
            let text = document.to_string();
            let text = text.replace(
                "\"application/json\":",
                "\"application/json; charset=utf-8\":",
            );
            serde_json::from_str(&text).unwrap_or_default()
        }),
    ]
}

fn each_operation(document: &Value, change: impl Fn(&mut Value)) -> Value {
    let mut out = document.clone();
    for (_, item) in out["paths"].as_object_mut().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method) {
                change(operation);
            }
        }
    }
    out
}

/// The same document with its members in reverse order, if the map keeps their order at
/// all.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.reverse();
            let members = members.into_iter();
            members
                .map(|(name, value)| (name.clone(), reversed(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(list) => list.iter().map(reversed).collect(),
        other => other.clone(),
    }
}
