//! Merges schemas: ours if it means the same as theirs, otherwise ours with the changed
//! parts. Our prose stays, theirs never enters.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::spelling;
use crate::Result;
use crate::contract::resolve::{Resolver, Way};
use crate::document::grammar::{PROSE, schema_name, schema_reference, step, walk};

const SCHEMAS: &str = "/components/schemas";

/// Merges the schemas of two documents.
#[derive(Debug)]
pub struct Schemas<'a> {
    ours: &'a Value,
    theirs: &'a Value,
    /// Resolvers of ours and of theirs, for requests and for responses.
    resolvers: [(Resolver<'a>, Resolver<'a>); 2],
    /// Our named schemas that are new or were merged with theirs, as they become.
    pub named: BTreeMap<String, Value>,
    /// The schema of theirs with which each of ours was merged.
    paired: BTreeMap<String, String>,
    /// Whether a schema with another name in theirs may be a different one.
    careful: bool,
}

impl<'a> Schemas<'a> {
    /// Nothing merged yet. If theirs uses a schema of another name in place of one of
    /// ours, it counts as ours renamed, or, if `careful`, as a second one.
    #[must_use]
    pub fn new(ours: &'a Value, theirs: &'a Value, careful: bool) -> Self {
        let pair = |way| (Resolver::new(ours, way), Resolver::new(theirs, way));
        Self {
            ours,
            theirs,
            resolvers: [pair(Way::Sent), pair(Way::Read)],
            named: BTreeMap::new(),
            paired: BTreeMap::new(),
            careful,
        }
    }

    /// Whether a schema of ours means what one of theirs means.
    pub fn same(&mut self, ours: &Value, theirs: &Value) -> Result<bool> {
        for (of_ours, of_theirs) in &mut self.resolvers {
            if of_ours.shape(ours, "")? != of_theirs.shape(theirs, "")? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether two schemas mean the same in their document.
    pub(super) fn same_of_theirs(
        &mut self,
        one: &Map<String, Value>,
        other: &Map<String, Value>,
    ) -> Result<bool> {
        let (one, other) = (one.clone().into(), other.clone().into());
        for (_, theirs) in &mut self.resolvers {
            if theirs.shape(&one, "")? != theirs.shape(&other, "")? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a keyword of one of our schemas means nothing there.
    pub(super) fn is_idle(&mut self, schema: &Map<String, Value>, keyword: &str) -> Result<bool> {
        let mut without = schema.clone();
        without.remove(keyword);
        let (with, without) = (schema.clone().into(), without.into());
        for (ours, _) in &mut self.resolvers {
            if ours.shape(&with, "")? != ours.shape(&without, "")? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Ours, changed where theirs means something else.
    pub fn join(&mut self, ours: &Value, theirs: &Value) -> Result<Value> {
        if self.same(ours, theirs)? {
            return Ok(ours.clone());
        }
        let (our_name, their_name) = (reference(ours), reference(theirs));
        match (our_name, their_name) {
            (Some(our), Some(their)) => {
                let another = self.careful && our != their;
                if !another
                    && *self
                        .paired
                        .entry(our.clone())
                        .or_insert_with(|| their.clone())
                        == their
                {
                    self.join_named(&our, &their)?;
                    return self.beside(ours, theirs);
                }
                self.adopt_beside(ours, theirs)
            }
            (Some(our), None) => {
                // The same schema, which the publisher has written out in place.
                let written = named(self.ours, &our).cloned().unwrap_or_default();
                let joined = self.join(&written, theirs)?;
                if joined == written {
                    return Ok(ours.clone());
                }
                if self.careful || self.is_shared(&our) || self.named.contains_key(&our) {
                    return Ok(joined);
                }
                self.named.insert(our, joined);
                Ok(ours.clone())
            }
            (None, Some(their)) if ours.get("properties").is_some() => {
                let theirs = named(self.theirs, &their).cloned().unwrap_or_default();
                self.join(ours, &theirs)
            }
            (None, Some(_)) => self.adopt_beside(ours, theirs),
            (None, None) => self.join_written(ours, theirs),
        }
    }

    /// Whether more than one place in our document refers to a schema.
    fn is_shared(&self, name: &str) -> bool {
        let reference = json!(schema_reference(name)).to_string();
        self.ours.to_string().matches(&reference).count() > 1
    }

    fn join_named(&mut self, our: &str, their: &str) -> Result<()> {
        if self.named.contains_key(our) {
            return Ok(());
        }
        let (Some(ours), Some(theirs)) = (named(self.ours, our), named(self.theirs, their)) else {
            return Ok(());
        };
        // Schemas may contain themselves.
        self.named.insert(our.to_owned(), ours.clone());
        let joined = self.join(ours, theirs)?;
        self.named.insert(our.to_owned(), joined);
        Ok(())
    }

    /// Our reference, with their keywords beside it.
    fn beside(&mut self, ours: &Value, theirs: &Value) -> Result<Value> {
        let mut out = prose(ours);
        out.insert("$ref".to_owned(), ours["$ref"].clone());
        for (keyword, value) in theirs.as_object().into_iter().flatten() {
            if keyword != "$ref" && !PROSE.contains(&keyword.as_str()) {
                out.insert(keyword.clone(), self.adopt(value)?);
            }
        }
        Ok(out.into())
    }

    /// Theirs in place of ours, with our prose.
    fn adopt_beside(&mut self, ours: &Value, theirs: &Value) -> Result<Value> {
        let mut out = self.adopt(theirs)?;
        if let Some(out) = out.as_object_mut() {
            out.extend(prose(ours));
        }
        Ok(out)
    }

    /// Merges two schemas that are both written out.
    fn join_written(&mut self, ours: &Value, theirs: &Value) -> Result<Value> {
        let (Some(old), Some(new)) = (ours.as_object(), theirs.as_object()) else {
            return self.adopt(theirs);
        };
        let mut out = prose(ours);
        let none = Value::Null;
        for (keyword, value) in new {
            let present = old.get(keyword).unwrap_or(&none);
            let joined = match (keyword.as_str(), value, present) {
                (word, ..) if PROSE.contains(&word) && word != "discriminator" => continue,
                // Our mapping repeats what the alternatives say.
                ("discriminator", new, old) if new["propertyName"] == old["propertyName"] => {
                    old.clone()
                }
                ("properties", Value::Object(new), Value::Object(old)) => {
                    self.join_properties(old, new)?
                }
                ("anyOf" | "oneOf" | "allOf", Value::Array(new), Value::Array(old)) => {
                    self.join_alternatives(old, new)?
                }
                ("items" | "additionalProperties", new, old)
                    if old.is_object() && new.is_object() =>
                {
                    self.join(old, new)?
                }
                ("required" | "enum", Value::Array(new), Value::Array(old)) => {
                    in_our_order(old, new)
                }
                _ => self.adopt_keyword(keyword, value)?,
            };
            out.insert(keyword.clone(), joined);
        }
        spelling::keep(self, (old, new), &mut out)?;
        Ok(out.into())
    }

    fn join_properties(
        &mut self,
        old: &Map<String, Value>,
        new: &Map<String, Value>,
    ) -> Result<Value> {
        let mut out = Map::new();
        for (name, schema) in new {
            let joined = match old.get(name) {
                Some(present) => self.join(present, schema)?,
                None => self.adopt(schema)?,
            };
            out.insert(name.clone(), joined);
        }
        Ok(out.into())
    }

    /// Keeps our alternatives that mean the same; the others are matched in order.
    fn join_alternatives(&mut self, old: &[Value], new: &[Value]) -> Result<Value> {
        let mut left: Vec<&Value> = old.iter().collect();
        let mut kept: Vec<Option<Value>> = Vec::new();
        for theirs in new {
            let mut twin = None;
            for (index, ours) in left.iter().enumerate() {
                if self.same(ours, theirs)? {
                    twin = Some(index);
                    break;
                }
            }
            kept.push(twin.map(|index| left.remove(index).clone()));
        }
        let mut left = left.into_iter();
        let mut out = Vec::new();
        for (kept, theirs) in kept.into_iter().zip(new) {
            out.push(match (kept, reference(theirs)) {
                (Some(ours), _) => ours,
                (None, None) => match left.next() {
                    Some(ours) => self.join(ours, theirs)?,
                    None => self.adopt(theirs)?,
                },
                (None, Some(_)) => self.adopt(theirs)?,
            });
        }
        Ok(out.into())
    }

    /// Their schema as a part of ours: without prose, and with the named schemas that it
    /// needs.
    pub fn adopt(&mut self, theirs: &Value) -> Result<Value> {
        let mut out = theirs.clone();
        if !out.is_object() {
            return Ok(out);
        }
        let mut needed = Vec::new();
        walk(&mut out, "", &mut |schema, _| {
            if let Some(object) = schema.as_object_mut() {
                object.retain(|keyword, _| {
                    keyword == "discriminator" || !PROSE.contains(&keyword.as_str())
                });
            }
            needed.extend(reference(schema));
            Ok(())
        })?;
        for name in needed {
            let Some(schema) = named(self.theirs, &name) else {
                continue;
            };
            if named(self.ours, &name).is_some() {
                let reference = json!({"$ref": schema_reference(&name)});
                if !self.same(&reference, &reference)? {
                    self.paired
                        .entry(name.clone())
                        .or_insert_with(|| name.clone());
                    self.join_named(&name, &name)?;
                }
            } else if !self.named.contains_key(&name) {
                self.named.insert(name.clone(), json!({}));
                let adopted = self.adopt(schema)?;
                self.named.insert(name, adopted);
            }
        }
        Ok(out)
    }

    fn adopt_keyword(&mut self, keyword: &str, value: &Value) -> Result<Value> {
        let mut holder = self.adopt(&json!({ keyword: value }))?;
        Ok(holder[keyword].take())
    }
}

/// The name of a schema that is a reference.
fn reference(schema: &Value) -> Option<String> {
    schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(schema_name)
}

fn named<'v>(document: &'v Value, name: &str) -> Option<&'v Value> {
    document.pointer(&step(SCHEMAS, name))
}

/// The prose of a schema.
fn prose(schema: &Value) -> Map<String, Value> {
    let members = schema.as_object().into_iter().flatten();
    members
        .filter(|(keyword, _)| PROSE.contains(&keyword.as_str()) && *keyword != "discriminator")
        .map(|(keyword, value)| (keyword.clone(), value.clone()))
        .collect()
}

/// A list whose order means nothing, in our order.
fn in_our_order(old: &[Value], new: &[Value]) -> Value {
    let kept = old.iter().filter(|entry| new.contains(entry));
    let added = new.iter().filter(|entry| !old.contains(entry));
    kept.chain(added).cloned().collect()
}
