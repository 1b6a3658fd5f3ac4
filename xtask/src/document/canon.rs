//! Stage *canon*: gives everything whose order means nothing one order, so that documents
//! that mean the same give the same bytes. Prose and data stay.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::grammar::{METHODS, walk_document};
use crate::Result;

/// Sorts object members everywhere, parameters by place and name, and within
/// schemas the lists that are sets: `required`, `enum`, `type` and the
/// alternatives of `anyOf` and `oneOf`.
pub fn canon(document: &Value) -> Result<Value> {
    let mut document = sort_members(document);
    walk_document(&mut document, |schema, _, _| {
        for keyword in ["required", "enum", "type", "anyOf", "oneOf"] {
            if let Some(list) = schema.get_mut(keyword).and_then(Value::as_array_mut) {
                list.sort_by_cached_key(Value::to_string);
            }
        }
        Ok(())
    })?;
    for item in document["paths"].as_object_mut().into_iter().flatten() {
        sort_parameters(item.1);
        for method in METHODS {
            if let Some(operation) = item.1.get_mut(method) {
                sort_parameters(operation);
            }
        }
    }
    Ok(document)
}

/// Sorts the members of every object, at any depth.
#[must_use]
pub fn sort_members(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let sorted: Map<_, _> = members
                .into_iter()
                .map(|(name, value)| (name.clone(), sort_members(value)))
                .collect();
            Value::Object(sorted)
        }
        Value::Array(list) => list.iter().map(sort_members).collect(),
        other => other.clone(),
    }
}

fn sort_parameters(holder: &mut Value) {
    if let Some(list) = holder.get_mut("parameters").and_then(Value::as_array_mut) {
        list.sort_by_cached_key(|parameter| {
            let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
            (text("in"), text("name"), text("$ref"))
        });
    }
}

/// The SHA-256 of a document, independent of its order and layout.
pub fn fingerprint(canonical: &Value) -> String {
    let digest = Sha256::digest(canonical.to_string());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn order_does_not_matter() {
        let a = json!({"openapi": "3.1.0", "paths": {"/x": {"get": {
            "parameters": [{"name": "b", "in": "query"}, {"name": "a", "in": "query"}],
            "requestBody": {"content": {"application/json": {"schema":
                {"required": ["b", "a"], "enum": [2, 1], "anyOf": [{"type": "string"}, {"type": "null"}]}}}}
        }}}});
        let b = json!({"paths": {"/x": {"get": {
            "requestBody": {"content": {"application/json": {"schema":
                {"anyOf": [{"type": "null"}, {"type": "string"}], "enum": [1, 2], "required": ["a", "b"]}}}},
            "parameters": [{"in": "query", "name": "a"}, {"in": "query", "name": "b"}]
        }}}, "openapi": "3.1.0"});
        let (a, b) = (canon(&a).unwrap(), canon(&b).unwrap());
        assert_eq!(a.to_string(), b.to_string());
        assert_eq!(fingerprint(&a), fingerprint(&b));
    }

    #[test]
    fn data_keeps_its_order() {
        let document = json!({"paths": {}, "components": {"schemas": {"A": {
            "default": {"required": ["b", "a"]}
        }}}});
        let canonical = canon(&document).unwrap();
        assert_eq!(
            canonical["components"]["schemas"]["A"]["default"]["required"],
            json!(["b", "a"])
        );
    }

    #[test]
    fn the_fingerprint_is_a_sha256() {
        let expected = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
        assert_eq!(fingerprint(&json!({})), expected);
    }
}
