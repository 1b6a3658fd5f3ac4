//! Stage *null*: a named schema that may be null leaves that to the places where it is
//! used. The type generator would give its name to two types: to the value, and to the
//! value or null.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::Result;
use crate::document::grammar::{schema_name, step, walk_document};

/// Moves null from every named schema to each place that refers to it.
pub fn null(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    let names = nullable(&document);
    if names.is_empty() {
        return Ok(document);
    }
    walk_document(&mut document, |schema, at, _| {
        let Some(schema) = schema.as_object_mut() else {
            return Ok(());
        };
        if is_named(at) {
            schema.remove("nullable");
        } else if !is_member(at) && refers_to_one_of(schema, &names) {
            if let Some(reference) = schema.remove("$ref") {
                schema.insert("allOf".to_owned(), json!([{ "$ref": reference }]));
            }
            schema.insert("nullable".to_owned(), json!(true));
        }
        Ok(())
    })?;
    Ok(document)
}

/// The named schemas that may be null: those that say so, and those that are only another
/// name for one.
fn nullable(document: &Value) -> BTreeSet<String> {
    let schemas = document["components"]["schemas"].as_object();
    let mut names = BTreeSet::new();
    loop {
        let found: BTreeSet<String> = schemas
            .into_iter()
            .flatten()
            .filter_map(|(name, schema)| Some((name, schema.as_object()?)))
            .filter(|(_, schema)| {
                schema.get("nullable") == Some(&json!(true)) || refers_to_one_of(schema, &names)
            })
            .map(|(name, _)| name.clone())
            .collect();
        if found == names {
            return names;
        }
        names = found;
    }
}

/// Whether a schema is only a reference to one of these, alone or alone in `allOf`.
fn refers_to_one_of(schema: &Map<String, Value>, names: &BTreeSet<String>) -> bool {
    let only = match schema.get("allOf").and_then(Value::as_array) {
        Some(all) => match all.as_slice() {
            [one] => one.get("$ref"),
            _ => None,
        },
        None => schema.get("$ref"),
    };
    let name = only.and_then(Value::as_str).and_then(schema_name);
    name.is_some_and(|name| names.contains(&name))
}

/// Whether this is the place of a named schema itself.
fn is_named(at: &str) -> bool {
    let name = at.strip_prefix(&step("/components", "schemas"));
    name.is_some_and(|name| name.matches('/').count() == 1)
}

/// Whether this is the place of a member of `allOf`, of which null must meet every other
/// member too.
fn is_member(at: &str) -> bool {
    at.rsplit('/').nth(1) == Some("allOf")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codegen::from_document;
    use crate::document::select::Selection;

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    #[test]
    fn null_moves_from_a_named_schema_to_where_it_is_used() {
        let forms = json!([{"type": "string"}, {"type": "number"}]);
        let document = json!({"paths": {}, "components": {"schemas": {
            "Cond": {"oneOf": forms, "nullable": true},
            "Same": {"allOf": [reference("Cond")], "description": "another name"},
            "Plain": {"oneOf": forms},
            "A": {"properties": {
                "cond": reference("Cond"),
                "same": {"allOf": [reference("Same")], "description": "mine"},
                "plain": reference("Plain"),
                "list": {"type": "array", "items": reference("Cond")},
                "both": {"allOf": [reference("Cond"), reference("Plain")]},
                "allOf": {"type": "string"}
            }}
        }}});
        let or_null = |name: &str| json!({"allOf": [reference(name)], "nullable": true});
        assert_eq!(
            null(&document).unwrap()["components"]["schemas"],
            json!({
                "Cond": {"oneOf": forms},
                "Same": {"allOf": [reference("Cond")], "description": "another name"},
                "Plain": {"oneOf": forms},
                "A": {"properties": {
                    "cond": or_null("Cond"),
                    "same": {"allOf": [reference("Same")], "description": "mine", "nullable": true},
                    "plain": reference("Plain"),
                    "list": {"type": "array", "items": or_null("Cond")},
                    "both": {"allOf": [reference("Cond"), reference("Plain")]},
                    "allOf": {"type": "string"}
                }}
            })
        );
    }

    #[test]
    fn a_named_union_with_null_is_generated_wherever_it_is_sent() {
        let cond = reference("Cond");
        let list = json!({"type": "array", "items": cond});
        let query =
            |name: &str, schema: &Value| json!({"name": name, "in": "query", "schema": schema});
        let body = json!({"type": "object", "required": ["a"], "properties": {"a": cond, "b": cond, "c": list}});
        for union in [
            json!({"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]}),
            json!({"oneOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]}),
            json!({"type": ["string", "integer", "null"]}),
            json!({"oneOf": [{"type": "string"}, {"type": "number"}], "nullable": true}),
        ] {
            let document = json!({
                "openapi": "3.1.0",
                "info": {"title": "T", "version": "1"},
                "paths": {"/chat/a": {"post": {
                    "operationId": "a",
                    "parameters": [query("d", &cond), query("e", &list)],
                    "requestBody": {"content": {"application/json": {"schema": body}}},
                    "responses": {"204": {"description": ""}}
                }}},
                "components": {"schemas": {"Cond": union}}
            });
            let text = from_document(&document, &Selection::default())
                .unwrap()
                .text;
            let text = text
                .replace("::std::option::", "")
                .replace("::std::vec::", "");
            let text: String = text.split_whitespace().collect();
            for part in [
                "puba:Option<Cond>",
                "pubb:Option<Cond>",
                "pubc:Option<Vec<Option<Cond>>>",
                "d:Option<&'atypes::Cond>",
                "e:Option<&'aVec<Option<types::Cond>>>",
            ] {
                assert!(text.contains(part), "{union}: {part}");
            }
        }
    }
}
