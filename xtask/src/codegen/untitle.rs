//! Stage *untitle*: removes titles. The type generator names inline types after them and
//! silently reuses an existing type of that name, so that one `Query` would serve three
//! different schemas.

use serde_json::Value;

use crate::Result;
use crate::document::grammar::walk_document;

/// Drops the `title` of every schema. Properties that are called `title` stay.
pub fn untitle(document: &Value) -> Result<Value> {
    let mut document = document.clone();
    walk_document(&mut document, |schema, _, _| {
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("title");
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
    fn titles_go_and_properties_called_title_stay() {
        let document = json!({"paths": {}, "components": {"schemas": {"A": {
            "title": "A",
            "properties": {"title": {"type": "string", "title": "Title"}},
            "default": {"title": "data"}
        }}}});
        let expected = json!({
            "properties": {"title": {"type": "string"}},
            "default": {"title": "data"}
        });
        assert_eq!(
            untitle(&document).unwrap()["components"]["schemas"]["A"],
            expected
        );
    }
}
