//! Operations that the publisher has moved to another path or method. Ours are moved
//! along before anything is merged, so that they are merged like any other, with their
//! words. As in `drift`, an operation that is gone has moved if one of its name is where
//! none was.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::join::path_names;
use super::ordered::Ordered;
use crate::Result;
use crate::contract::{Contract, Key};
use crate::document::grammar::{METHODS, Operation, operations};
use crate::document::inline::resolved;

/// Where an operation was, and where it is.
struct Move {
    from: (String, &'static str),
    to: (String, &'static str),
}

/// Moves the operations of our document to where theirs has them, and returns its value.
/// The contracts are what both documents mean.
pub(super) fn follow(
    ours: &mut Ordered,
    (old, new): (&Contract, &Contract),
    theirs: &Value,
) -> Result<Value> {
    let before = ours.value();
    let moves = moves(&before, theirs, (old, new))?;
    for one in &moves {
        one.make(ours, &moves);
    }
    let mut value = ours.value();
    for one in &moves {
        let shared = before["paths"][&one.from.0].get("parameters");
        declare(&mut value, one, shared)?;
    }
    Ok(value)
}

fn moves(ours: &Value, theirs: &Value, (old, new): (&Contract, &Contract)) -> Result<Vec<Move>> {
    let key = |operation: &Operation<'_>| Key::of(operation.method, operation.path);
    let (ours, theirs) = (operations(ours)?, operations(theirs)?);
    let mut out = Vec::new();
    let mut taken = BTreeSet::new();
    for from in &ours {
        let was = key(from);
        let Some(operation) = old.operations.get(&was) else {
            continue;
        };
        if new.operations.contains_key(&was) {
            continue;
        }
        let to = theirs.iter().find(|to| {
            let is = key(to);
            let found = new.operations.get(&is);
            found.is_some_and(|found| found.name == operation.name)
                && !old.operations.contains_key(&is)
                && !taken.contains(&is)
        });
        let Some(to) = to else {
            continue;
        };
        let is = key(to);
        let known = ours.iter().find(|other| key(other).path == is.path);
        let path = match known {
            Some(known) => known.path.to_owned(),
            None => with_our_names(from.path, to.path),
        };
        out.push(Move {
            from: (from.path.to_owned(), from.method),
            to: (path, to.method),
        });
        taken.insert(is);
    }
    Ok(out)
}

/// A path of theirs, with the names that the parameters had in ours, unless names tell
/// better than places which is which.
fn with_our_names(ours: &str, theirs: &str) -> String {
    let (our, their): (Vec<_>, Vec<_>) = (path_names(ours).collect(), path_names(theirs).collect());
    if our.len() != their.len() || their.iter().any(|name| our.contains(name)) {
        return theirs.to_owned();
    }
    let mut our = our.iter();
    let mut out = String::new();
    for part in theirs.split_inclusive('}') {
        match (part.split_once('{'), our.next()) {
            (Some((before, _)), Some(name)) => out.push_str(&format!("{before}{{{name}}}")),
            _ => out.push_str(part),
        }
    }
    out
}

impl Move {
    /// Moves the operation, and its whole path if everything there moves alike.
    fn make(&self, document: &mut Ordered, moves: &[Self]) {
        let ((path, method), (to, new_method)) = (&self.from, &self.to);
        let Some(paths) = document.get_mut("paths").and_then(Ordered::members_mut) else {
            return;
        };
        // If the path is gone, another operation has taken this one along.
        let Some(place) = paths.iter().position(|(name, _)| name == path) else {
            return;
        };
        let present = paths.iter().any(|(name, _)| name == to);
        let Some(item) = paths[place].1.members_mut() else {
            return;
        };
        let methods = item
            .iter()
            .filter(|(name, _)| METHODS.contains(&&**name))
            .count();
        let along: Vec<_> = moves.iter().filter(|one| one.from.0 == *path).collect();
        let stays = path == to;
        let whole = !present && along.len() == methods && along.iter().all(|one| one.to.0 == *to);
        if stays || whole {
            for (name, _) in item {
                let mut same = along.iter().filter(|one| one.to.0 == *to);
                if let Some(one) = same.find(|one| one.from.1 == name) {
                    one.to.1.clone_into(name);
                }
            }
            paths[place].0.clone_from(to);
            return;
        }
        let item = paths[place].1.members_mut();
        let taken = item.and_then(|item| {
            let at = item.iter().position(|(name, _)| name == method)?;
            Some(item.remove(at).1)
        });
        if !present {
            paths.insert(place + 1, (to.clone(), Ordered::Object(Vec::new())));
        }
        let target = paths.iter_mut().find(|(name, _)| name == to);
        let target = target.and_then(|(_, item)| item.members_mut());
        if let (Some(target), Some(operation)) = (target, taken) {
            target.push(((*new_method).to_owned(), operation));
        }
        if methods == 1 {
            paths.remove(place);
        }
    }
}

/// Makes the parameters of a moved operation fit its path: those that stood at its old
/// path come along, those that the path no longer has go, and those that it has now are
/// declared, to be merged with theirs.
fn declare(document: &mut Value, one: &Move, shared: Option<&Value>) -> Result<()> {
    let (path, method) = &one.to;
    let whole = document.clone();
    let Some(item) = document["paths"]
        .get_mut(path)
        .and_then(Value::as_object_mut)
    else {
        return Ok(());
    };
    let names: BTreeSet<&str> = path_names(path).collect();
    let id = |entry: &Value| -> Result<(Value, Value)> {
        let entry = resolved(&whole, entry, "")?;
        Ok((entry["in"].clone(), entry["name"].clone()))
    };
    let entries =
        |list: Option<&Value>| list.and_then(Value::as_array).cloned().unwrap_or_default();
    let mut declared = BTreeSet::new();
    let mut fitting = |list: Vec<Value>| -> Result<Vec<Value>> {
        let mut out = Vec::new();
        for entry in list {
            let (place, name) = id(&entry)?;
            let name = name.as_str().unwrap_or_default().to_owned();
            if place != "path" || names.contains(&*name) {
                declared.insert((place.to_string(), name));
                out.push(entry);
            }
        }
        Ok(out)
    };
    if let Some(at_path) = item.get("parameters").cloned() {
        item.insert(
            "parameters".to_owned(),
            fitting(entries(Some(&at_path)))?.into(),
        );
    }
    let Some(operation) = item.get_mut(*method) else {
        return Ok(());
    };
    let mut own = fitting(entries(operation.get("parameters")))?;
    for entry in entries(shared) {
        let (place, name) = id(&entry)?;
        let key = (
            place.to_string(),
            name.as_str().unwrap_or_default().to_owned(),
        );
        let fits = place != "path" || names.contains(&*key.1);
        if fits && declared.insert(key) {
            own.push(entry);
        }
    }
    for name in names {
        if declared.insert((json!("path").to_string(), name.to_owned())) {
            own.push(json!({"name": name, "in": "path", "required": true, "schema": {}}));
        }
    }
    if !own.is_empty() || operation.get("parameters").is_some() {
        operation["parameters"] = own.into();
    }
    Ok(())
}
