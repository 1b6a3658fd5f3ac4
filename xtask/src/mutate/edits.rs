//! What an edit is, and the list of all edits of a contract.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Value, json};

use super::expected::{Expected, Stands};
use super::{meaningless, operations, schemas};
use crate::Result;
use crate::document::grammar::{self, Place, references, schema_roots};

/// One edit of a document, and what the detector must report for it.
#[derive(Debug)]
pub struct Edit {
    /// The operator and the place.
    pub id: String,
    /// What is done.
    pub patches: Vec<Patch>,
    /// The expected report.
    pub expected: Expected,
}

/// One step of an edit.
pub enum Patch {
    /// Puts a value at a pointer whose parent exists.
    Set(String, Value),
    /// Removes the value at a pointer.
    Remove(String),
    /// Turns the whole document into another one.
    Whole(Box<dyn Fn(&Value) -> Value + Send + Sync>),
}

impl fmt::Debug for Patch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(at, value) => write!(f, "set {at} to {value}"),
            Self::Remove(at) => write!(f, "remove {at}"),
            Self::Whole(_) => f.write_str("rewrite"),
        }
    }
}

impl Edit {
    /// Whether the detector must report it.
    #[must_use]
    pub fn means_something(&self) -> bool {
        self.expected != Expected::Nothing
    }

    /// The edited document.
    #[must_use]
    pub fn apply(&self, document: &Value) -> Value {
        let mut document = document.clone();
        for patch in &self.patches {
            match patch {
                Patch::Set(at, value) => set(&mut document, at, value.clone()),
                Patch::Remove(at) => remove(&mut document, at),
                Patch::Whole(rewrite) => document = rewrite(&document),
            }
        }
        document
    }
}

fn split(pointer: &str) -> Option<(&str, String)> {
    let (parent, token) = pointer.rsplit_once('/')?;
    Some((parent, token.replace("~1", "/").replace("~0", "~")))
}

fn set(document: &mut Value, pointer: &str, value: Value) {
    let Some((parent, token)) = split(pointer) else {
        *document = value;
        return;
    };
    match document.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            object.insert(token, value);
        }
        Some(Value::Array(list)) => match token.parse::<usize>() {
            Ok(index) if index < list.len() => list[index] = value,
            _ => list.push(value),
        },
        _ => {}
    }
}

fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, token)) = split(pointer) else {
        return;
    };
    match document.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            object.remove(&token);
        }
        Some(Value::Array(list)) => {
            if let Ok(index) = token.parse::<usize>() {
                list.remove(index);
            }
        }
        _ => {}
    }
}

/// Where a schema is used, and by which operations.
#[derive(Clone, Debug, Default)]
pub struct Use {
    /// The roles in which it is used.
    pub stands: Stands,
    /// The operations, as `GET /chat/sessions`.
    pub operations: BTreeSet<String>,
}

/// The use of every outermost schema, by its pointer.
pub fn uses(document: &Value) -> Result<Vec<(String, Use)>> {
    let mut components: BTreeMap<String, Use> = BTreeMap::new();
    let mut roots = Vec::new();
    for (pointer, place) in schema_roots(document)? {
        let Place::Component(_) = place else {
            let used = Use {
                stands: Stands {
                    sent: place == Place::Request,
                    read: place != Place::Request && !is_failure(&pointer),
                    failed: place != Place::Request && is_failure(&pointer),
                    streamed: place == Place::Event,
                    untyped: is_untyped(document, &pointer),
                },
                operations: operations_at(document, &pointer)?,
            };
            let schema = document.pointer(&pointer).unwrap_or(&Value::Null);
            let reached = |schema, stands| {
                let names = references(schema).into_iter();
                names.map(move |name: String| (name, stands))
            };
            let mut queue: Vec<_> = reached(schema, used.stands).collect();
            let mut seen = BTreeSet::new();
            while let Some((name, mut stands)) = queue.pop() {
                let schema = &document["components"]["schemas"][&name];
                if stands.streamed && is_failure_event(schema) {
                    (stands.read, stands.failed) = (false, true);
                }
                if seen.insert((name.clone(), stands.failed)) {
                    let component = components.entry(name).or_default();
                    component.stands.sent |= stands.sent;
                    component.stands.read |= stands.read;
                    component.stands.failed |= stands.failed;
                    component.stands.streamed |= stands.streamed;
                    component.operations.extend(used.operations.iter().cloned());
                    queue.extend(reached(schema, stands));
                }
            }
            roots.push((pointer, used));
            continue;
        };
    }
    for (name, used) in components {
        roots.push((grammar::step("/components/schemas", &name), used));
    }
    Ok(roots)
}

/// Whether users get the value here as it comes: a header, a file, or content beside
/// JSON.
fn is_untyped(document: &Value, pointer: &str) -> bool {
    let Some((holder, media)) = pointer.split_once("/content/") else {
        return pointer.contains("/headers/");
    };
    let content = &document.pointer(holder).unwrap_or(&Value::Null)["content"];
    let of_any_form = content["application/json"]["schema"] == json!({});
    let several = content.as_object().is_some_and(|content| content.len() > 1);
    let json = media.starts_with("application~1json/");
    holder.contains("/responses/") && several && (of_any_form || !json)
}

/// Whether a schema is that of an event which users get as an error.
pub(super) fn is_failure_event(schema: &Value) -> bool {
    let name = schema["properties"]["type"]["const"].as_str();
    matches!(name, Some("error" | "auth_error"))
}

/// Whether a pointer leads into the response of a failure.
fn is_failure(pointer: &str) -> bool {
    let status = pointer.split("/responses/").nth(1).unwrap_or("2");
    !status.starts_with('2')
}

fn operations_at(document: &Value, pointer: &str) -> Result<BTreeSet<String>> {
    let operations = grammar::operations(document)?;
    let inside = operations.iter().filter(|operation| {
        let shared = grammar::step("/paths", operation.path) + "/parameters";
        pointer.starts_with(&format!("{}/", operation.pointer)) || pointer.starts_with(&shared)
    });
    Ok(inside.map(label).collect())
}

/// An operation as reports write it.
#[must_use]
pub fn label(operation: &grammar::Operation<'_>) -> String {
    format!(
        "{} {}",
        operation.method.to_ascii_uppercase(),
        operation.path
    )
}

/// All edits that are known, in a fixed order.
pub fn all(document: &Value) -> Result<Vec<Edit>> {
    let mut edits = schemas::edits(document)?;
    edits.extend(operations::edits(document)?);
    edits.extend(meaningless::edits(document)?);
    Ok(edits)
}
