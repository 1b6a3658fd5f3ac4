//! From a schema to its [`Shape`]. A shape is first drafted as a graph: each node stands
//! for one or several schemas together, and the schemas inside them are further nodes, so
//! that a schema used in many places is read once, and one that contains itself ends.
//! What schemas mean together is in [`super::conjunction`], their alternatives in
//! [`super::forms`], which nodes are equal in [`super::graph`].

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

use serde_json::{Value, json};

use super::check;
use super::conjunction::Conjunction;
use super::graph::{DEEPEST, Draft, Graph};
use super::shape::{Property, Shape};
use crate::document::grammar::{PROSE, step};
use crate::document::reference::target;
use crate::{Failure, Result};

/// A document that needs more shapes than this is refused: a few schemas that combine
/// each other in every way can need endlessly many.
const MOST: usize = 200_000;

/// The direction in which a schema's values go: a request has no read-only properties, a
/// response no write-only ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From a client to the server.
    Sent,
    /// From the server to a client.
    Read,
}

/// Resolves the schemas of one document.
#[derive(Debug)]
pub struct Resolver<'a> {
    document: &'a Value,
    way: Way,
    graph: Graph,
    /// The nodes of schemas of the document, by the addresses of these in memory.
    known: HashMap<Vec<usize>, usize>,
}

impl<'a> Resolver<'a> {
    /// A resolver for values that go in one direction.
    #[must_use]
    pub fn new(document: &'a Value, way: Way) -> Self {
        Self {
            document,
            way,
            graph: Graph::default(),
            known: HashMap::new(),
        }
    }

    /// The shape of a schema that stands at a pointer.
    pub fn shape(&mut self, schema: &Value, at: &str) -> Result<Shape> {
        let shape = self.read(schema, at);
        if shape.is_err() {
            // The failure may have left nodes without drafts.
            self.graph = Graph::default();
            self.known.clear();
        }
        shape
    }

    fn read(&mut self, schema: &Value, at: &str) -> Result<Shape> {
        let mut reading = Reading {
            document: self.document,
            way: self.way,
            graph: &mut self.graph,
            known: &mut self.known,
            fresh: HashMap::new(),
            todo: VecDeque::new(),
            places: HashMap::new(),
            depth: 0,
            work: 0,
        };
        let root = reading.node(vec![Part::new(schema, at)])?;
        while let Some((id, parts, depth)) = reading.todo.pop_front() {
            reading.depth = depth;
            let draft = reading.draft(&parts)?;
            reading.graph.fill(id, draft);
        }
        let places = reading.places;
        match self.graph.settle(root) {
            Ok(held) => Ok(Shape::clone(&held)),
            Err(id) => Err(too_deep(places.get(&id).map_or(at, |place| place))),
        }
    }
}

fn too_deep(at: &str) -> Failure {
    Failure::at(at, "schemas nest too deeply")
}

/// One of several schemas that must all hold.
#[derive(Clone, Debug)]
pub(super) struct Part<'c> {
    pub(super) schema: &'c Value,
    /// Its pointer.
    pub(super) at: Rc<str>,
    /// Whether null is allowed whatever the schema says: 3.0 sets that from outside.
    pub(super) null: bool,
    /// Whether its alternatives and marks are already handled.
    pub(super) bare: bool,
    /// The addresses of the schemas of which it is an alternative.
    pub(super) above: Rc<[usize]>,
    /// Whether it is part of the document, and so keeps its address.
    pub(super) kept: bool,
}

impl<'c> Part<'c> {
    pub(super) fn new(schema: &'c Value, at: &str) -> Self {
        Self {
            schema,
            at: at.into(),
            null: false,
            bare: false,
            above: Rc::from([]),
            kept: false,
        }
    }

    /// A schema inside it, at a pointer from it.
    pub(super) fn inner(&self, schema: &'c Value, place: &str) -> Self {
        Self {
            kept: self.kept,
            ..Self::new(schema, &format!("{}/{place}", self.at))
        }
    }

    /// Its address in memory, which identifies the schema.
    pub(super) fn address(&self) -> usize {
        std::ptr::from_ref(self.schema).addr()
    }
}

impl PartialEq for Part<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Part<'_> {}

impl PartialOrd for Part<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Part<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.address().cmp(&other.address())
    }
}

/// One schema being read, with all that it holds.
pub(super) struct Reading<'r, 'c> {
    document: &'c Value,
    way: Way,
    pub(super) graph: &'r mut Graph,
    known: &'r mut HashMap<Vec<usize>, usize>,
    /// The nodes of schemas that are not part of the document.
    fresh: HashMap<Vec<usize>, usize>,
    /// Nodes that still need their drafts, each with its depth.
    todo: VecDeque<(usize, Vec<Part<'c>>, usize)>,
    /// Where the nodes stand.
    places: HashMap<usize, Rc<str>>,
    depth: usize,
    /// How many lists of forms were made for the current node.
    pub(super) work: usize,
}

impl<'c> Reading<'_, 'c> {
    /// The node for several schemas together.
    fn node(&mut self, parts: Vec<Part<'c>>) -> Result<usize> {
        let parts: Vec<_> = parts.into_iter().map(|part| self.followed(part)).collect();
        let key: Vec<usize> = parts.iter().map(Part::address).collect();
        let kept = parts.iter().all(|part| part.kept);
        let nodes = if kept {
            &mut *self.known
        } else {
            &mut self.fresh
        };
        if let Some(id) = nodes.get(&key) {
            return Ok(*id);
        }
        let at = parts
            .first()
            .map_or_else(|| "".into(), |part| part.at.clone());
        if self.depth > DEEPEST {
            return Err(too_deep(&at));
        }
        if self.graph.len() > MOST {
            return Err(Failure::at(&*at, "its schemas combine to too many"));
        }
        let id = self.graph.reserve();
        nodes.insert(key, id);
        self.places.insert(id, at);
        self.todo.push_back((id, parts, self.depth + 1));
        Ok(id)
    }

    /// The target of a schema that is only a reference, so that all references to it
    /// share one node.
    fn followed(&self, mut part: Part<'c>) -> Part<'c> {
        // Circular references are reported when they are expanded.
        for _ in 0..DEEPEST {
            let Some(object) = part.schema.as_object() else {
                break;
            };
            let says = |keyword: &String| keyword != "$ref" && !PROSE.contains(&keyword.as_str());
            let Some(reference) = object.get("$ref") else {
                break;
            };
            let Ok((pointer, schema)) = target(self.document, reference, "") else {
                break;
            };
            if object.keys().any(says) {
                break;
            }
            part.schema = schema;
            part.at = pointer.into();
            part.kept = true;
        }
        part
    }

    fn draft(&mut self, parts: &[Part<'c>]) -> Result<Draft> {
        let mut all = Vec::new();
        for part in parts {
            self.expand(part, &mut all)?;
        }
        self.work = 0;
        let forms = self.forms(&all)?;
        Ok(forms.draft(self.graph))
    }

    /// Adds a schema, the schema to which it refers, and the members of its `allOf`: all
    /// the schemas that must hold together.
    pub(super) fn expand(&self, part: &Part<'c>, out: &mut Vec<Part<'c>>) -> Result<()> {
        let mut open = part.above.to_vec();
        self.expand_within(part, &mut open, out)
    }

    fn expand_within(
        &self,
        part: &Part<'c>,
        open: &mut Vec<usize>,
        out: &mut Vec<Part<'c>>,
    ) -> Result<()> {
        let at = &*part.at;
        let address = part.address();
        if open.contains(&address) {
            let reason = "it refers to itself with nothing between";
            return Err(Failure::at(at, reason));
        }
        if open.len() > DEEPEST {
            return Err(too_deep(at));
        }
        if out.iter().any(|other| other.address() == address) {
            return Ok(());
        }
        let object = match part.schema {
            Value::Bool(_) => {
                out.push(part.clone());
                return Ok(());
            }
            Value::Object(object) => object,
            _ => return Err(Failure::at(at, "a schema must be an object or a boolean")),
        };
        check::keywords(object, at)?;
        let mut part = part.clone();
        // It is no keyword of 3.1, but the generator reads it there too.
        part.null |= object.get("nullable") == Some(&json!(true));
        out.push(part.clone());
        open.push(address);
        let member = |schema: &'c Value, place: &str| Part {
            null: part.null,
            above: part.above.clone(),
            ..part.inner(schema, place)
        };
        if let Some(reference) = object.get("$ref") {
            let (pointer, schema) = target(self.document, reference, &step(at, "$ref"))?;
            let referred = Part {
                at: pointer.into(),
                kept: true,
                ..member(schema, "")
            };
            self.expand_within(&referred, open, out)?;
        }
        let all = object.get("allOf").and_then(Value::as_array);
        for (index, schema) in all.into_iter().flatten().enumerate() {
            self.expand_within(&member(schema, &format!("allOf/{index}")), open, out)?;
        }
        open.pop();
        Ok(())
    }

    /// What the parts mean together, without their alternatives.
    pub(super) fn base(&mut self, parts: &[Part<'c>]) -> Result<Draft> {
        let mut all = Conjunction::of(parts);
        let mut properties = BTreeMap::new();
        for (name, required, parts) in all.take_properties() {
            if !self.is_hidden(&parts)? {
                let shape = parts;
                properties.insert(name, Property { required, shape });
            }
        }
        let mut failed = None;
        let mut node = |parts: &Vec<Part<'c>>| {
            let node = self.node(parts.clone());
            node.unwrap_or_else(|failure| {
                failed.get_or_insert(failure);
                0
            })
        };
        // A conjunction never has alternatives to convert.
        let draft = all.shape(properties).map(&mut node, |_| 0);
        failed.map_or(Ok(draft), Err)
    }

    /// Whether a property goes only in the other direction.
    fn is_hidden(&self, parts: &[Part<'c>]) -> Result<bool> {
        let hidden = match self.way {
            Way::Sent => "readOnly",
            Way::Read => "writeOnly",
        };
        let mut all = Vec::new();
        for part in parts {
            self.expand(part, &mut all)?;
        }
        let mut index = 0;
        while let Some(part) = all.get(index).cloned() {
            if part.schema.get(hidden) == Some(&json!(true)) {
                return Ok(true);
            }
            if let Some(only) = beside_null(&part) {
                self.expand(&only, &mut all)?;
            }
            index += 1;
        }
        Ok(false)
    }
}

/// The one form of a schema that has no other besides null.
fn beside_null<'c>(part: &Part<'c>) -> Option<Part<'c>> {
    let null =
        |schema: &Value| schema["type"] == "null" || schema.get("const") == Some(&json!(null));
    ["anyOf", "oneOf"].into_iter().find_map(|keyword| {
        let forms = part.schema.get(keyword)?.as_array()?;
        let mut forms = forms.iter().enumerate().filter(|(_, form)| !null(form));
        match (forms.next(), forms.next()) {
            (Some((index, form)), None) => Some(part.inner(form, &format!("{keyword}/{index}"))),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests;
