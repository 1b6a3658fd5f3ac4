//! Finds the default for which the generator left an operation out: it does not say where
//! one stands that does not fit its schema.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contract::number::exact;
use crate::contract::resolve::{Resolver, Way};
use crate::contract::{Held, Shape};
use crate::document::grammar::{Place, references, schema_reference, schema_roots, step, walk};
use crate::document::reference;
use crate::trial::values::{fits, unfolded};
use crate::{Failure, Result};

/// Checks the defaults that become code: those of the bodies that are sent. The server
/// applies those of parameters, and nothing applies those of replies. Only bodies below
/// `within`, a pointer, count.
pub(super) fn defaults(document: &Value, within: &str) -> Result<()> {
    let mut resolver = Resolver::new(document, Way::Sent);
    let roots = schema_roots(document)?.into_iter();
    let bodies = roots.filter(|(at, place)| {
        let mut steps = at.split('/').skip(4);
        *place == Place::Request && at.starts_with(within) && steps.next() == Some("requestBody")
    });
    let mut todo: Vec<String> = bodies.map(|(at, _)| at).collect();
    let mut seen = BTreeSet::new();
    while let Some(at) = todo.pop() {
        let Some(schema) = document.pointer(&at).filter(|_| seen.insert(at.clone())) else {
            continue;
        };
        // Walking needs a mutable value.
        walk(&mut schema.clone(), &at, &mut |schema, at| {
            check(&mut resolver, schema, at)
        })?;
        let names = references(schema);
        let targets = names.iter().map(|name| schema_reference(name));
        todo.extend(targets.filter_map(|target| reference::pointer(&target)));
    }
    Ok(())
}

fn check(resolver: &mut Resolver<'_>, schema: &Value, at: &str) -> Result<()> {
    // Null stands for no default.
    let Some(default) = schema.get("default").filter(|value| !value.is_null()) else {
        return Ok(());
    };
    let shape = without_formats(&unfolded(&resolver.shape(schema, at)?));
    if fits(&shape, &exact(default)) {
        return Ok(());
    }
    let reason = format!("the default {default} does not fit its schema");
    Err(Failure::at(step(at, "default"), reason))
}

/// A shape whose texts may have any format: stage *soften* drops a default without it.
fn without_formats(shape: &Shape) -> Shape {
    let inner = |held: &Held| Held::from(without_formats(held));
    let mut out = shape.map(inner, inner);
    out.facets.remove("format");
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::codegen::from_document;
    use crate::document::select::Selection;

    fn said(schema: &Value) -> Result<()> {
        let named = json!({"type": "object", "properties": {"limit": schema}});
        let body = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Search"}}}});
        let document = json!({
            "openapi": "3.1.0",
            "paths": {"/a": {"post": {"requestBody": body, "responses": {}}}},
            "components": {"schemas": {"Search": named, "Kind": {"enum": ["x", "y"]}}}
        });
        defaults(&document, "")
    }

    #[test]
    fn a_default_that_does_not_fit_is_told_with_its_place() {
        let limit = |default: Value| json!({"type": "integer", "minimum": 1, "maximum": 100, "default": default});
        for odd in [
            limit(json!("x")),
            limit(json!(1.5)),
            limit(json!(1e30)),
            limit(json!(101)),
            limit(json!([])),
            json!({"$ref": "#/components/schemas/Kind", "default": "z"}),
            json!({"type": "array", "items": {"type": "string"}, "default": [1]}),
        ] {
            let said = said(&odd).unwrap_err().to_string();
            let place = "at /components/schemas/Search/properties/limit/default: the default ";
            assert!(said.starts_with(place), "{said}");
            assert!(said.ends_with(" does not fit its schema"), "{said}");
        }
        for good in [
            limit(json!(50)),
            limit(json!(50.0)),
            limit(json!(null)),
            json!({"$ref": "#/components/schemas/Kind", "default": "y"}),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}], "default": "z"}),
            json!({"type": "string", "format": "uuid", "default": "z"}),
        ] {
            said(&good).unwrap();
        }
    }

    #[test]
    fn only_the_defaults_of_generated_code_count() {
        let operation = |name: &str| {
            let limit = json!({"type": "integer", "default": "x"});
            let body = json!({"type": "object", "properties": {"limit": limit}});
            json!({"post": {
                "operationId": name,
                "requestBody": {"content": {"application/json": {"schema": body}}},
                "responses": {"204": {"description": ""}}
            }})
        };
        let mut document = json!({
            "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
            "paths": {"/api/v2/chat/a": operation("one"), "/api/v2/b": operation("two")}
        });
        let chat = Selection::default();
        let said = from_document(&document, &chat).unwrap_err().to_string();
        let place = "/paths/~1api~1v2~1chat~1a/post/requestBody/content/application~1json/schema/properties/limit/default";
        assert!(said.starts_with(&format!("at {place}: ")), "{said}");
        let report = from_document(&document, &Selection::All).unwrap().report;
        let mut reasons = report.left_out.iter().map(|one| &one.reason);
        assert!(
            reasons.any(|reason| reason.starts_with(&format!("at {place}: "))),
            "{report}"
        );
        let one = "/paths/~1api~1v2~1chat~1a/post/requestBody/content/application~1json/schema";
        *document.pointer_mut(one).unwrap() = json!({"type": "object"});
        from_document(&document, &chat).unwrap();
    }
}
