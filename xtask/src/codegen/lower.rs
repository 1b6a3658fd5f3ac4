//! Stage *lower*: OpenAPI 3.1 becomes 3.0.3, the version that progenitor reads. Only the
//! notation changes; stage *soften* changes what a schema means. An unknown keyword is an
//! error, so that nothing is lost unseen.

use serde_json::{Map, Value, json};

use super::one_type::{dedup, drop_covered, fold_scalars, is_null, unite_values};
use crate::contract::number::exact;
use crate::document::grammar::{METHODS, is_keyword, schema_name, step, walk_document};
use crate::{Failure, Result};

/// Rewrites every schema, and the outline of the document.
pub fn lower(document: &Value) -> Result<Value> {
    let info = &document["info"];
    let mut out = json!({
        "openapi": "3.0.3",
        "info": {
            "title": info["title"].as_str().unwrap_or("API"),
            "version": info["version"].as_str().unwrap_or("0"),
        },
        "paths": document["paths"],
    });
    if let Some(schemas) = document.pointer("/components/schemas") {
        out["components"] = json!({ "schemas": schemas });
    }
    for (_, item) in out["paths"].as_object_mut().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                operation.retain(|key, _| OPERATION.contains(&key.as_str()));
            }
        }
    }
    let known = document.clone();
    walk_document(&mut out, |schema, at, _| lower_schema(schema, at, &known))?;
    Ok(out)
}

/// The members of an operation that the client generator reads.
const OPERATION: [&str; 6] = [
    "description",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "summary",
];

fn lower_schema(schema: &mut Value, at: &str, document: &Value) -> Result<()> {
    if let Value::Bool(allowed) = schema {
        let extra = at.ends_with("/additionalProperties");
        if !extra {
            *schema = if *allowed {
                json!({})
            } else {
                json!({"not": {}})
            };
        }
        return Ok(());
    }
    let Some(object) = schema.as_object_mut() else {
        return Err(Failure::at(at, "a schema must be an object or a boolean"));
    };
    for keyword in object.keys() {
        if !is_keyword(keyword) {
            let reason = format!("the keyword `{keyword}` is not known");
            return Err(Failure::at(step(at, keyword), reason));
        }
    }
    object.retain(|keyword, _| !is_dropped(keyword));
    check_reference(object, at, document)?;
    lower_values(object, at)?;
    fold_scalars(object);
    lower_numbers(object);
    lower_bounds(object);
    lower_encoding(object);
    wrap_reference(object);
    infer_type(object);
    Ok(())
}

/// Lowers the keywords that say which values are allowed, except for bounds.
fn lower_values(object: &mut Map<String, Value>, at: &str) -> Result<()> {
    if let Some(value) = object.remove("const") {
        object.insert("enum".to_owned(), json!([value]));
    }
    lower_extra(object);
    lower_tuple_and_patterns(object);
    lower_enum(object, at)?;
    lower_type(object, at)?;
    lower_alternatives(object, at)
}

/// Keywords with no counterpart in 3.0 that change no Rust type.
fn is_dropped(keyword: &str) -> bool {
    const DROPPED: [&str; 23] = [
        "$anchor",
        "$comment",
        "$defs",
        "$id",
        "$schema",
        "contains",
        "contentSchema",
        "dependentRequired",
        "dependentSchemas",
        "discriminator",
        "else",
        "example",
        "examples",
        "externalDocs",
        "if",
        "maxContains",
        "minContains",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
        "xml",
        "not",
    ];
    DROPPED.contains(&keyword) || keyword.starts_with("x-")
}

fn check_reference(object: &Map<String, Value>, at: &str, document: &Value) -> Result<()> {
    let Some(reference) = object.get("$ref") else {
        return Ok(());
    };
    let at = step(at, "$ref");
    let Some(reference) = reference.as_str() else {
        return Err(Failure::at(at, "a reference must be a string"));
    };
    let Some(name) = schema_name(reference) else {
        let reason = format!("{reference:?} is not a reference to a named schema");
        return Err(Failure::at(at, reason));
    };
    if document["components"]["schemas"].get(&name).is_none() {
        return Err(Failure::at(at, format!("{reference:?} points nowhere")));
    }
    Ok(())
}

/// Additional properties that may be anything are allowed, as where nothing is said.
fn lower_extra(object: &mut Map<String, Value>) {
    if let Some(Value::Object(extra)) = object.get("additionalProperties")
        && extra.keys().all(|keyword| is_prose(keyword))
    {
        object.insert("additionalProperties".to_owned(), json!(true));
    }
}

/// Keywords that say nothing about which values are allowed.
pub(super) fn is_prose(keyword: &str) -> bool {
    ALWAYS_OUTSIDE.contains(&keyword) && keyword != "nullable" || is_dropped(keyword)
}

/// An integer may be written as `20.0`.
fn lower_numbers(object: &mut Map<String, Value>) {
    for keyword in ["default", "enum"] {
        if let Some(value) = object.get_mut(keyword) {
            *value = exact(value);
        }
    }
}

fn lower_tuple_and_patterns(object: &mut Map<String, Value>) {
    if object.remove("prefixItems").is_some() {
        object.insert("items".to_owned(), json!({}));
    }
    if let Some(patterns) = object.remove("patternProperties") {
        let mut values = patterns
            .as_object()
            .cloned()
            .unwrap_or_default()
            .into_iter();
        // One pattern for names gives a map; several give a value of any type.
        let value = match (values.next(), values.next()) {
            (Some((_, value)), None) => value,
            _ => json!({}),
        };
        object
            .entry("additionalProperties")
            .and_modify(|present| {
                if present == &json!(false) {
                    *present = value.clone();
                }
            })
            .or_insert(value);
    }
}

fn lower_enum(object: &mut Map<String, Value>, at: &str) -> Result<()> {
    let Some(values) = object.get_mut("enum") else {
        return Ok(());
    };
    let Some(values) = values.as_array_mut() else {
        return Err(Failure::at(step(at, "enum"), "must be a list"));
    };
    let only_null = values.iter().all(Value::is_null);
    if !only_null && values.iter().any(Value::is_null) {
        values.retain(|value| !value.is_null());
        object.insert("nullable".to_owned(), json!(true));
    }
    Ok(())
}

const TYPES: [&str; 7] = [
    "array", "boolean", "integer", "null", "number", "object", "string",
];

fn lower_type(object: &mut Map<String, Value>, at: &str) -> Result<()> {
    let Some(stated) = object.get("type") else {
        return Ok(());
    };
    let mut types: Vec<String> = match stated {
        Value::String(one) => vec![one.clone()],
        Value::Array(list) => list
            .iter()
            .map(|one| one.as_str().unwrap_or_default().to_owned())
            .collect(),
        _ => {
            return Err(Failure::at(
                step(at, "type"),
                "must be a string or a list of strings",
            ));
        }
    };
    if let Some(unknown) = types.iter().find(|name| !TYPES.contains(&name.as_str())) {
        let reason = format!("{unknown:?} is not a type of JSON");
        return Err(Failure::at(step(at, "type"), reason));
    }
    let before = types.len();
    types.retain(|name| name != "null");
    if types.len() < before {
        object.insert("nullable".to_owned(), json!(true));
    }
    if types.len() == 2 && types.contains(&"integer".to_owned()) {
        // Every integer is a number.
        if types.contains(&"number".to_owned()) {
            types = vec!["number".to_owned()];
        }
    }
    match types.as_slice() {
        [] => {
            object.remove("type");
            object.insert("enum".to_owned(), json!([null]));
        }
        [one] => {
            object.insert("type".to_owned(), json!(one));
        }
        several => {
            object.remove("type");
            let alternatives = several.iter().map(|name| alternative(object, name));
            let alternatives: Vec<Value> = alternatives.collect();
            object.retain(|keyword, _| ALWAYS_OUTSIDE.contains(&keyword.as_str()));
            object.insert("anyOf".to_owned(), Value::Array(alternatives));
        }
    }
    Ok(())
}

const ALWAYS_OUTSIDE: [&str; 5] = ["default", "deprecated", "description", "nullable", "title"];

/// One of several types, with the keywords that concern it.
fn alternative(object: &Map<String, Value>, name: &str) -> Value {
    let concerns: &[&str] = match name {
        "object" => &[
            "properties",
            "required",
            "additionalProperties",
            "allOf",
            "anyOf",
            "oneOf",
        ],
        "array" => &["items", "minItems", "maxItems", "uniqueItems"],
        "string" => &["format", "pattern", "minLength", "maxLength"],
        "integer" | "number" => &["format", "minimum", "maximum", "multipleOf"],
        _ => &[],
    };
    let mut out = Map::new();
    out.insert("type".to_owned(), json!(name));
    for keyword in concerns {
        if let Some(value) = object.get(*keyword) {
            out.insert((*keyword).to_owned(), value.clone());
        }
    }
    Value::Object(out)
}

/// `anyOf [X, null]` is X and nullable. Keywords beside the alternatives win over those
/// of X, and X is kept as one type.
fn lower_alternatives(object: &mut Map<String, Value>, at: &str) -> Result<()> {
    for keyword in ["anyOf", "oneOf"] {
        let Some(list) = object.get_mut(keyword) else {
            continue;
        };
        let Some(list) = list.as_array_mut() else {
            return Err(Failure::at(step(at, keyword), "must be a list of schemas"));
        };
        let before = list.len();
        list.retain(|alternative| !is_null(alternative));
        let nullable = list.len() < before;
        let mut list = std::mem::take(list);
        dedup(&mut list);
        unite_values(&mut list);
        drop_covered(&mut list);
        object.remove(keyword);
        if nullable {
            object.insert("nullable".to_owned(), json!(true));
        }
        match list.len() {
            0 => {
                object.insert("enum".to_owned(), json!([null]));
            }
            1 => absorb(object, list.remove(0), at)?,
            _ => {
                object.insert(keyword.to_owned(), Value::Array(list));
            }
        }
    }
    Ok(())
}

fn absorb(object: &mut Map<String, Value>, only: Value, at: &str) -> Result<()> {
    let shapes = |name: &String| !ALWAYS_OUTSIDE.contains(&name.as_str());
    if object.keys().any(shapes) {
        let all = object.entry("allOf").or_insert_with(|| json!([]));
        if let Some(all) = all.as_array_mut() {
            all.push(only);
        }
        return Ok(());
    }
    let Value::Object(mut inner) = only else {
        return Ok(());
    };
    // The merged schema is not visited again: what follows lowers its notation with the
    // rest of this schema.
    inner.extend(std::mem::take(object));
    *object = inner;
    object.retain(|keyword, _| !is_dropped(keyword));
    lower_values(object, at)
}

fn lower_bounds(object: &mut Map<String, Value>) {
    for (exclusive, inclusive) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        if object.get(exclusive).is_some_and(Value::is_number)
            && let Some(bound) = object.insert(exclusive.to_owned(), json!(true))
        {
            object.insert(inclusive.to_owned(), bound);
        }
    }
}

/// 3.1 names the kind of bytes; 3.0 only says that they are `binary`.
fn lower_encoding(object: &mut Map<String, Value>) {
    let encoding = object.remove("contentEncoding");
    let media = object.remove("contentMediaType");
    if media.is_some() && encoding.is_none() && object.get("type") == Some(&json!("string")) {
        object.entry("format").or_insert_with(|| json!("binary"));
    }
}

/// In 3.0 a reference stands alone; beside other keywords it goes in `allOf`.
fn wrap_reference(object: &mut Map<String, Value>) {
    if object.len() > 1
        && let Some(reference) = object.remove("$ref")
    {
        let all = object.entry("allOf").or_insert_with(|| json!([]));
        if let Some(all) = all.as_array_mut() {
            all.insert(0, json!({ "$ref": reference }));
        }
    }
}

fn infer_type(object: &mut Map<String, Value>) {
    if object.contains_key("type") || object.contains_key("$ref") {
        return;
    }
    let inferred = if ["properties", "additionalProperties"]
        .iter()
        .any(|keyword| object.contains_key(*keyword))
    {
        "object"
    } else if object.contains_key("items") {
        "array"
    } else {
        return;
    };
    let composed = ["allOf", "anyOf", "oneOf"];
    if !composed.iter().any(|keyword| object.contains_key(*keyword)) {
        object.insert("type".to_owned(), json!(inferred));
    }
}

#[cfg(test)]
pub(super) mod tests;
