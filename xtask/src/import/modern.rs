//! Writes the publisher's schemas as our contract does, in 3.1, without 3.0's `nullable`
//! and exclusive marks.

use serde_json::{Map, Value, json};

use crate::Result;
use crate::document::grammar::walk_document;

/// Spells every schema of a document as 3.1 does.
pub fn modern(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    if document["openapi"]
        .as_str()
        .is_some_and(|version| version.starts_with("3.1"))
    {
        return Ok(document);
    }
    walk_document(&mut document, |schema, _, _| {
        if let Some(object) = schema.as_object_mut() {
            exclusive(object);
            if object.remove("nullable") == Some(json!(true)) {
                *schema = or_null(std::mem::take(object));
            }
        }
        Ok(())
    })?;
    Ok(document)
}

fn exclusive(schema: &mut Map<String, Value>) {
    for (mark, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        match schema.get(mark) {
            Some(Value::Bool(true)) => {
                schema.remove(mark);
                if let Some(bound) = schema.remove(bound) {
                    schema.insert(mark.to_owned(), bound);
                }
            }
            Some(Value::Bool(false)) => {
                schema.remove(mark);
            }
            _ => {}
        }
    }
}

/// A schema or null; the default and the marks stay outside.
fn or_null(mut inner: Map<String, Value>) -> Value {
    let mut outer = Map::new();
    for name in ["default", "deprecated", "description", "title"] {
        outer.extend(inner.remove_entry(name));
    }
    outer.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
    outer.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::read;
    use crate::document::select::Selection;

    #[test]
    fn what_3_0_says_stays_said() {
        let document = json!({
            "openapi": "3.0.3",
            "paths": {"/chat": {"post": {
                "requestBody": {"content": {"application/json": {"schema": {"type": "object", "properties": {
                    "a": {"type": "string", "nullable": true, "default": "x"},
                    "b": {"type": "number", "minimum": 1, "exclusiveMinimum": true, "maximum": 2, "exclusiveMaximum": false},
                    "c": {"type": "array", "items": {"type": "string", "nullable": true}}
                }}}}},
                "responses": {}
            }}}
        });
        let after = modern(&document).unwrap();
        let text = after.to_string();
        assert!(
            !text.contains("nullable") && !text.contains("true"),
            "{text}"
        );
        let chat = Selection::default();
        assert_eq!(
            read(&after, &chat).unwrap(),
            read(&document, &chat).unwrap()
        );
    }
}
