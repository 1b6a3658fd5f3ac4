//! Merges operations: `openapi.json` as it is, except for the parts that the publisher's
//! corrected document means differently. Parts with the same meaning keep their text,
//! down to their references.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::parts::Parts;
use super::schemas::Schemas;
use crate::contract::parameter_id;
use crate::contract::{Contract, Key, Operation, Parameter, read};
use crate::document::grammar::{self, METHODS, operations, places, step};
use crate::document::inline::resolved;
use crate::document::select::Selection;
use crate::{Failure, Result};

/// Our document, with the meaning of theirs. Both are read in full; theirs is already
/// corrected.
pub fn join(ours: &Value, theirs: &Value) -> Result<Value> {
    let out = attempt(ours, theirs, false)?;
    if verify(&out, theirs).is_ok() {
        return Ok(out);
    }
    let out = attempt(ours, theirs, true)?;
    verify(&out, theirs)?;
    Ok(out)
}

fn attempt(ours: &Value, theirs: &Value, careful: bool) -> Result<Value> {
    let old = read(ours, &Selection::All)?;
    let new = read(theirs, &Selection::All)?;
    let mut out = ours.clone();
    let mut join = Join {
        ours,
        theirs,
        parts: Parts {
            ours,
            theirs,
            schemas: Schemas::new(ours, theirs, careful),
        },
    };
    join.service(&old, &new, &mut out);
    join.operations(&old, &new, &mut out)?;
    for (name, schema) in std::mem::take(&mut join.parts.schemas.named) {
        out["components"]["schemas"][name] = schema;
    }
    forget_unreached(ours, &mut out)?;
    Ok(out)
}

struct Join<'a> {
    ours: &'a Value,
    theirs: &'a Value,
    parts: Parts<'a>,
}

/// An operation of a document, by what identifies it.
type Operations<'a> = BTreeMap<Key, grammar::Operation<'a>>;

fn by_key(document: &Value) -> Result<Operations<'_>> {
    let all = operations(document)?.into_iter();
    Ok(all
        .map(|one| (Key::of(one.method, one.path), one))
        .collect())
}

impl Join<'_> {
    fn service(&self, old: &Contract, new: &Contract, out: &mut Value) {
        if old.servers != new.servers {
            copy(self.theirs, "servers", out);
        }
        if old.schemes != new.schemes {
            match self.theirs.pointer("/components/securitySchemes") {
                Some(schemes) => out["components"]["securitySchemes"] = schemes.clone(),
                None => {
                    let components = out.get_mut("components").and_then(Value::as_object_mut);
                    components.map(|components| components.remove("securitySchemes"));
                }
            }
        }
        let whole = |contract: &Contract| -> BTreeSet<_> {
            contract
                .operations
                .values()
                .map(|one| one.security.clone())
                .collect()
        };
        if whole(old) != whole(new) && self.ours.get("security") != self.theirs.get("security") {
            copy(self.theirs, "security", out);
        }
    }

    fn operations(&mut self, old: &Contract, new: &Contract, out: &mut Value) -> Result<()> {
        let (ours, theirs) = (by_key(self.ours)?, by_key(self.theirs)?);
        for (key, operation) in &ours {
            if !new.operations.contains_key(key) {
                remove_operation(out, operation);
            }
        }
        for (key, operation) in &theirs {
            let Some(is) = new.operations.get(key) else {
                continue;
            };
            let known = ours.get(key).zip(old.operations.get(key));
            let Some((present, was)) = known else {
                let path = same_path(&ours, key).unwrap_or(operation.path).to_owned();
                let adopted = self.adopt_operation(operation, is, &path)?;
                out["paths"][path][operation.method] = adopted;
                continue;
            };
            if was != is {
                let joined = self.operation(present, operation, was, is)?;
                out["paths"][present.path][present.method] = joined;
            }
        }
        Ok(())
    }

    /// Our operation, changed where theirs means something else.
    fn operation(
        &mut self,
        ours: &grammar::Operation<'_>,
        theirs: &grammar::Operation<'_>,
        was: &Operation,
        is: &Operation,
    ) -> Result<Value> {
        let mut out = Value::Object(ours.value.clone());
        let their_value = Value::Object(theirs.value.clone());
        if was.name != is.name {
            out["operationId"] = json!(is.name);
        }
        if was.deprecated != is.deprecated {
            set_or_remove(
                &mut out,
                "deprecated",
                is.deprecated.then_some(Value::Bool(true)),
            );
        }
        if was.servers != is.servers {
            copy(&their_value, "servers", &mut out);
        }
        if was.security != is.security && self.ours.get("security") == self.theirs.get("security") {
            copy(&their_value, "security", &mut out);
        }
        if was.parameters != is.parameters {
            let joined = self.parameters(ours, theirs, was, is)?;
            set_or_remove(
                &mut out,
                "parameters",
                (!joined.is_empty()).then(|| joined.into()),
            );
        }
        if was.body != is.body {
            let joined = match (
                ours.value.get("requestBody"),
                theirs.value.get("requestBody"),
            ) {
                (Some(ours), Some(theirs)) => Some(self.parts.part(ours, theirs)?),
                (None, Some(theirs)) => Some(self.parts.adopt_part(theirs, None)?),
                (_, None) => None,
            };
            set_or_remove(&mut out, "requestBody", joined);
        }
        let mut responses = Map::new();
        for status in is.responses.keys() {
            let find = |of: &Map<String, Value>| {
                let all = of.get("responses").and_then(Value::as_object)?;
                let mut all = all.iter();
                let found = all.find(|(name, _)| name.eq_ignore_ascii_case(status))?;
                Some((found.0.clone(), found.1.clone()))
            };
            let Some((name, theirs)) = find(theirs.value) else {
                continue;
            };
            let same = was.responses.get(status) == is.responses.get(status);
            let joined = match find(ours.value) {
                Some((_, ours)) if same => ours,
                Some((_, ours)) => self.parts.part(&ours, &theirs)?,
                None => self.parts.adopt_part(&theirs, Some(status))?,
            };
            responses.insert(name, joined);
        }
        out["responses"] = responses.into();
        Ok(out)
    }

    fn parameters(
        &mut self,
        ours: &grammar::Operation<'_>,
        theirs: &grammar::Operation<'_>,
        was: &Operation,
        is: &Operation,
    ) -> Result<Vec<Value>> {
        let (present, new) = (listed(self.ours, ours)?, listed(self.theirs, theirs)?);
        let mut out = Vec::new();
        // Our order is kept; parameters that stand at the path stay there.
        for (id, entry, shared) in &present {
            let Some((_, theirs, _)) = new.iter().find(|(other, ..)| other == id) else {
                continue;
            };
            let same = unnamed(was.parameters.get(id)) == unnamed(is.parameters.get(id));
            match (same, shared) {
                (true, true) => {}
                (true, false) => out.push((*entry).clone()),
                (false, _) => {
                    let mut joined = self.parts.part(entry, theirs)?;
                    if id.0 == "path" && joined.get("name").is_some() {
                        // Their name for it means nothing; the path is ours.
                        joined["name"] = resolved(self.ours, entry, "")?["name"].clone();
                    }
                    out.push(joined);
                }
            }
        }
        for (id, entry, _) in &new {
            if !present.iter().any(|(other, ..)| other == id) {
                out.push(self.parts.adopt_part(entry, None)?);
            }
        }
        Ok(out)
    }

    fn adopt_operation(
        &mut self,
        theirs: &grammar::Operation<'_>,
        is: &Operation,
        path: &str,
    ) -> Result<Value> {
        let mut out = json!({"operationId": is.name});
        let mut parameters = Vec::new();
        for (id, entry, _) in listed(self.theirs, theirs)? {
            let mut adopted = self.parts.adopt_part(entry, None)?;
            if let ("path", Ok(index)) = (id.0.as_str(), id.1.parse::<usize>())
                && let Some(name) = path_names(path).nth(index)
            {
                let own = resolved(self.theirs, entry, "")?;
                if adopted.get("$ref").is_some() && own["name"] != json!(name) {
                    // A reference cannot have another name: the parameter takes its place.
                    adopted = self.parts.adopt_part(&own, None)?;
                }
                if adopted.get("$ref").is_none() {
                    adopted["name"] = json!(name);
                }
            }
            parameters.push(adopted);
        }
        if !parameters.is_empty() {
            out["parameters"] = parameters.into();
        }
        for keyword in ["deprecated", "security", "servers"] {
            if let Some(value) = theirs.value.get(keyword) {
                out[keyword] = value.clone();
            }
        }
        if let Some(body) = theirs.value.get("requestBody") {
            out["requestBody"] = self.parts.adopt_part(body, None)?;
        }
        out["responses"] = json!({});
        let responses = theirs.value.get("responses").and_then(Value::as_object);
        for (status, response) in responses.into_iter().flatten() {
            out["responses"][status] = self.parts.adopt_part(response, Some(status))?;
        }
        Ok(out)
    }
}

/// A parameter's identity, the parameter, and whether it stands at the path.
type Listed<'v> = ((String, String), &'v Value, bool);

fn listed<'v>(document: &'v Value, operation: &grammar::Operation<'v>) -> Result<Vec<Listed<'v>>> {
    let mut out = Vec::new();
    for (holder, shared) in [(operation.item, true), (operation.value, false)] {
        let list = holder.get("parameters").and_then(Value::as_array);
        for entry in list.into_iter().flatten() {
            let parameter = resolved(document, entry, "")?;
            let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
            let id = parameter_id(operation.path, &text("in"), &text("name"));
            out.push((id, entry, shared));
        }
    }
    Ok(out)
}

/// The names in a path.
pub(super) fn path_names(path: &str) -> impl Iterator<Item = &str> {
    let parts = path.split('{').skip(1);
    parts
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
}

/// A parameter without its name, which means nothing in a path.
fn unnamed(parameter: Option<&Parameter>) -> Option<Parameter> {
    let mut parameter = parameter?.clone();
    parameter.name.clear();
    Some(parameter)
}

/// How we write the path of an operation that we do not have.
fn same_path<'a>(ours: &Operations<'a>, key: &Key) -> Option<&'a str> {
    let mut with_path = ours.iter().filter(|(other, _)| other.path == key.path);
    with_path.next().map(|(_, operation)| operation.path)
}

fn remove_operation(out: &mut Value, operation: &grammar::Operation<'_>) {
    let Some(paths) = out["paths"].as_object_mut() else {
        return;
    };
    if let Some(item) = paths.get_mut(operation.path).and_then(Value::as_object_mut) {
        item.remove(operation.method);
        if !METHODS.iter().any(|method| item.contains_key(*method)) {
            paths.remove(operation.path);
        }
    }
}

/// Drops the named schemas that were reached before and no longer are.
fn forget_unreached(ours: &Value, out: &mut Value) -> Result<()> {
    let reached = |document: &Value| -> Result<BTreeSet<String>> {
        let inlined = crate::document::inline::inline(document)?;
        Ok(places(&inlined)?.into_keys().collect())
    };
    let (was, is) = (reached(ours)?, reached(out)?);
    if let Some(schemas) = out["components"]["schemas"].as_object_mut() {
        schemas.retain(|name, _| is.contains(name) || !was.contains(name));
    }
    Ok(())
}

fn copy(from: &Value, name: &str, to: &mut Value) {
    set_or_remove(to, name, from.get(name).cloned());
}

fn set_or_remove(holder: &mut Value, name: &str, value: Option<Value>) {
    let Some(holder) = holder.as_object_mut() else {
        return;
    };
    match value {
        Some(value) => holder.insert(name.to_owned(), value),
        None => holder.remove(name),
    };
}

/// Fails if the result does not mean what theirs means.
fn verify(out: &Value, theirs: &Value) -> Result<()> {
    let (out, theirs) = (read(out, &Selection::All)?, read(theirs, &Selection::All)?);
    match crate::drift::compare::compare(&out, &theirs).first() {
        None => Ok(()),
        Some(finding) => {
            let at = step("", &finding.location());
            let reason = format!(
                "this change cannot be put into the contract without losing something, write it by hand: {}",
                finding.detail
            );
            Err(Failure::at(at, reason))
        }
    }
}
