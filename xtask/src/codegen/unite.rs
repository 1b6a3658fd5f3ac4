//! Stage *unite*: `anyOf` of real alternatives becomes `oneOf`. The type generator turns
//! `anyOf` into a struct of flattened options, which cannot read an array, and `oneOf`
//! into an enum.

use serde_json::Value;

use crate::Result;
use crate::document::grammar::walk_document;

/// Renames every `anyOf` that stands without a `oneOf` beside it.
pub fn unite(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    walk_document(&mut document, |schema, _, _| {
        if let Some(schema) = schema.as_object_mut()
            && !schema.contains_key("oneOf")
            && let Some(alternatives) = schema.remove("anyOf")
        {
            schema.insert("oneOf".to_owned(), alternatives);
        }
        Ok(())
    })?;
    Ok(document)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn alternatives_at_any_depth_become_one_of() {
        let document = json!({"paths": {}, "components": {"schemas": {"A": {
            "items": {"anyOf": [{"type": "string"}, {"anyOf": [{}, {"type": "array"}]}]}
        }}}});
        let expected = json!({
            "items": {"oneOf": [{"type": "string"}, {"oneOf": [{}, {"type": "array"}]}]}
        });
        assert_eq!(
            unite(&document).unwrap()["components"]["schemas"]["A"],
            expected
        );
    }
}
