//! Stage *dissolve*: named schemas that need no Rust type of their own (an id, a list, a
//! map, anything) are put in place where they are used. The type generator would wrap
//! each in a newtype. Objects with properties and the enums of requests stay.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Result;
use crate::document::grammar::{references, schema_name, walk_document};

/// Puts in place every named schema that needs no type of its own.
pub fn dissolve(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    let Some(schemas) = document
        .pointer("/components/schemas")
        .and_then(Value::as_object)
    else {
        return Ok(document);
    };
    let dissolved: BTreeMap<String, Value> = schemas
        .iter()
        .filter(|(name, schema)| !is_type(schema) && !reaches(schemas, name, name))
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    walk_document(&mut document, |schema, _, _| {
        if let Some(schema) = schema.as_object_mut() {
            while put_in_place(schema, &dissolved) {}
        }
        Ok(())
    })?;
    if let Some(schemas) = document.pointer_mut("/components/schemas")
        && let Some(schemas) = schemas.as_object_mut()
    {
        schemas.retain(|name, _| !dissolved.contains_key(name));
    }
    Ok(document)
}

/// Whether a schema deserves a Rust type.
fn is_type(schema: &Value) -> bool {
    ["properties", "allOf", "oneOf", "enum"]
        .iter()
        .any(|keyword| schema.get(*keyword).is_some())
}

fn reaches(schemas: &Map<String, Value>, from: &str, to: &str) -> bool {
    let mut seen = Vec::new();
    let mut queue = vec![from.to_owned()];
    while let Some(name) = queue.pop() {
        for next in schemas.get(&name).map(references).into_iter().flatten() {
            if next == to {
                return true;
            }
            if !seen.contains(&next) {
                seen.push(next.clone());
                queue.push(next);
            }
        }
    }
    false
}

/// Replaces a reference, alone or alone in `allOf`, by the schema that it names. Keywords
/// beside the reference win.
fn put_in_place(schema: &mut Map<String, Value>, dissolved: &BTreeMap<String, Value>) -> bool {
    let alone = match schema
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        Some([one]) => one.get("$ref").cloned(),
        _ => schema.get("$ref").cloned(),
    };
    let name = alone.as_ref().and_then(Value::as_str).and_then(schema_name);
    let Some(target) = name.and_then(|name| dissolved.get(&name)) else {
        return false;
    };
    schema.remove("$ref");
    schema.remove("allOf");
    for (keyword, value) in target.as_object().into_iter().flatten() {
        schema.entry(keyword).or_insert_with(|| value.clone());
    }
    if target.get("nullable") == Some(&json!(true)) {
        schema.insert("nullable".to_owned(), json!(true));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    #[test]
    fn ids_lists_and_anything_go_where_they_are_used() {
        let document = json!({"paths": {}, "components": {"schemas": {
            "Id": {"type": "string", "format": "uuid", "description": "theirs"},
            "Ids": {"type": "array", "items": reference("Id")},
            "Any": {},
            "Kind": {"type": "string", "enum": ["a"]},
            "A": {"properties": {
                "id": {"allOf": [reference("Id")], "description": "mine", "nullable": true},
                "ids": reference("Ids"),
                "any": reference("Any"),
                "kind": reference("Kind")
            }}
        }}});
        let out = dissolve(&document).unwrap();
        assert_eq!(
            out["components"]["schemas"],
            json!({
                "Kind": {"type": "string", "enum": ["a"]},
                "A": {"properties": {
                    "id": {"type": "string", "format": "uuid", "description": "mine", "nullable": true},
                    "ids": {"type": "array", "items": {"type": "string", "format": "uuid", "description": "theirs"}},
                    "any": {},
                    "kind": reference("Kind")
                }}
            })
        );
    }

    #[test]
    fn a_list_of_itself_keeps_its_name() {
        let document = json!({"paths": {}, "components": {"schemas": {
            "Tree": {"type": "array", "items": reference("Tree")}
        }}});
        assert_eq!(dissolve(&document).unwrap(), document);
    }
}
