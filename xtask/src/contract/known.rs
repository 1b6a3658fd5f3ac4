//! Reads many documents that differ little from one: an operation that is written the
//! same in both, and reaches the same schemas, means the same, and is not read again. The
//! mutation tests depend on that for speed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::read::{read_beside, selected};
use super::{Contract, Key, Operation};
use crate::Result;
use crate::document::grammar::{self, operations, schema_name};
use crate::document::select::Selection;

/// A document that was read, and its contract.
#[derive(Debug)]
pub struct Baseline {
    document: Value,
    selection: Selection,
    contract: Contract,
    /// By pointer: the named schemas that an operation reaches. `None` if a reference
    /// points to something else.
    reach: BTreeMap<String, Option<BTreeSet<String>>>,
}

impl Baseline {
    /// Reads a document that has no references but those to schemas.
    pub fn new(document: Value, selection: &Selection) -> Result<Self> {
        let document = selected(document, selection);
        let contract = read_beside(&document, None)?;
        let reach = operations(&document)?
            .iter()
            .map(|operation| (operation.pointer.clone(), reached(&document, operation)))
            .collect();
        Ok(Self {
            document,
            selection: selection.clone(),
            contract,
            reach,
        })
    }

    /// What the document means.
    #[must_use]
    pub fn contract(&self) -> &Contract {
        &self.contract
    }

    /// Reads another document, which has no references but those to schemas.
    pub fn read(&self, document: Value) -> Result<Contract> {
        let document = selected(document, &self.selection);
        let same = |at: &str| self.document.pointer(at) == document.pointer(at);
        let shared = ["/security", "/components/securitySchemes"];
        let known = shared.into_iter().all(same).then(|| Known {
            base: self,
            changed: changed_schemas(&self.document, &document),
        });
        read_beside(&document, known.as_ref())
    }
}

/// What a new document has in common with a [`Baseline`].
#[derive(Debug)]
pub(super) struct Known<'a> {
    base: &'a Baseline,
    /// The named schemas whose text changed.
    changed: BTreeSet<String>,
}

impl Known<'_> {
    /// The operation as already read, if its text and its schemas are unchanged.
    pub(super) fn operation(
        &self,
        key: &Key,
        name: &str,
        operation: &grammar::Operation<'_>,
    ) -> Option<Arc<Operation>> {
        let reach = self.base.reach.get(&operation.pointer)?.as_ref()?;
        if !reach.is_disjoint(&self.changed) {
            return None;
        }
        let (item, _) = operation.pointer.rsplit_once('/')?;
        let item = self.base.document.pointer(item)?.as_object()?;
        let shared = ["parameters", "servers"];
        let as_it_was = item.get(operation.method)?.as_object() == Some(operation.value)
            && shared
                .iter()
                .all(|one| item.get(*one) == operation.item.get(*one));
        let read = self.base.contract.operations.get(key)?;
        (as_it_was && read.name == name).then(|| read.clone())
    }
}

fn changed_schemas(old: &Value, new: &Value) -> BTreeSet<String> {
    let at = "/components/schemas";
    let old = old.pointer(at).and_then(Value::as_object);
    let new = new.pointer(at);
    let schemas = old.into_iter().flatten();
    let changed =
        schemas.filter(|(name, schema)| new.and_then(|new| new.get(name)) != Some(schema));
    changed.map(|(name, _)| name.clone()).collect()
}

/// The named schemas that an operation reaches.
fn reached(document: &Value, operation: &grammar::Operation<'_>) -> Option<BTreeSet<String>> {
    let shared = operation.item.get("parameters").into_iter();
    let mut queue: Vec<&Value> = operation.value.values().chain(shared).collect();
    let mut found = BTreeSet::new();
    while let Some(value) = queue.pop() {
        match value {
            Value::Array(list) => queue.extend(list),
            Value::Object(object) => {
                queue.extend(object.values());
                let Some(Value::String(reference)) = object.get("$ref") else {
                    continue;
                };
                let name = schema_name(reference)?;
                if found.insert(name.clone()) {
                    queue.extend(document["components"]["schemas"].get(&name));
                }
            }
            _ => {}
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::read_inlined;
    use super::*;

    fn document() -> Value {
        let answer = |name: &str| {
            let schema = json!({"$ref": format!("#/components/schemas/{name}")});
            json!({"200": {"content": {"application/json": {"schema": schema}}}})
        };
        json!({
            "openapi": "3.0.3",
            "paths": {
                "/chat/a": {"get": {"operationId": "a", "responses": answer("A")}},
                "/chat/b": {
                    "parameters": [{"name": "x", "in": "query", "schema": {"type": "string"}}],
                    "get": {"operationId": "b", "responses": answer("B")}
                }
            },
            "components": {
                "schemas": {
                    "A": {"properties": {"inner": {"$ref": "#/components/schemas/Inner"}}},
                    "Inner": {"type": "string"},
                    "B": {"type": "integer", "nullable": true}
                },
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}
            }
        })
    }

    #[test]
    fn reading_beside_another_document_gives_what_reading_alone_gives() {
        let chat = Selection::default();
        let base = Baseline::new(document(), &chat).unwrap();
        for (at, value) in [
            ("/components/schemas/Inner/type", json!("integer")),
            ("/components/schemas/B/type", json!("string")),
            ("/components/securitySchemes/key/scheme", json!("basic")),
            ("/paths/~1chat~1b/parameters/0/name", json!("y")),
            ("/paths/~1chat~1b/get/operationId", json!("c")),
            ("/paths/~1chat~1a/get/responses", json!({})),
        ] {
            let mut new = document();
            *new.pointer_mut(at).unwrap() = value;
            let beside = base.read(new.clone()).unwrap();
            assert_eq!(beside, read_inlined(new, &chat).unwrap(), "{at}");
            assert_ne!(&beside, base.contract(), "{at}");
        }
        let mut newer = document();
        newer["openapi"] = json!("3.1.0");
        for same in [document(), newer] {
            assert_eq!(&base.read(same).unwrap(), base.contract());
        }
    }

    #[test]
    fn only_what_differs_is_read_again() {
        let base = Baseline::new(document(), &Selection::default()).unwrap();
        let mut new = document();
        new["components"]["schemas"]["Inner"] = json!({"type": "integer"});
        let new = base.read(new).unwrap();
        let kept = |path: &str| {
            let of = |contract: &Contract| {
                let found = contract.operations.iter().find(|(key, _)| key.path == path);
                found.unwrap().1.clone()
            };
            Arc::ptr_eq(&of(base.contract()), &of(&new))
        };
        assert!(kept("/chat/b") && !kept("/chat/a"));
    }
}
