//! From a schema to its [`Shape`]: references are followed, compositions are
//! merged, and the many spellings of one thing become one.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::merge::{
    MEASURES, UPPER, exclusive, merge, merge_alternatives, normalise, null, with_marks,
};
use super::shape::{Additional, Kind, Property, Shape};
use crate::document::grammar::{is_keyword, step};
use crate::{Failure, Result};

/// Which way a schema's values go: what is read-only is no part of a request,
/// what is write-only no part of a response.
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
    /// The references that are being followed, outermost first.
    stack: Vec<String>,
    /// How often a schema was found inside itself.
    cycles: usize,
    /// What references gave before, where no cycle was met on the way.
    known: HashMap<String, Shape>,
}

/// Shapes nest no deeper than this; a document that does is refused.
const DEEPEST: usize = 64;

/// Less common constraints, of which it is enough to see that they moved.
const OTHERS: [&str; 9] = [
    "contains",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "then",
    "else",
    "not",
    "patternProperties",
    "prefixItems",
];

impl<'a> Resolver<'a> {
    /// A resolver for values that go one way.
    #[must_use]
    pub fn new(document: &'a Value, way: Way) -> Self {
        Self {
            document,
            way,
            stack: Vec::new(),
            cycles: 0,
            known: HashMap::new(),
        }
    }

    /// The shape of a schema that stands at a pointer.
    pub fn shape(&mut self, schema: &Value, at: &str) -> Result<Shape> {
        if at.matches('/').count() > DEEPEST * 4 {
            return Err(Failure::at(at, "schemas nest too deeply"));
        }
        let object = match schema {
            Value::Bool(true) => return Ok(Shape::default()),
            Value::Bool(false) => {
                return Ok(Shape {
                    values: Some(BTreeSet::new()),
                    ..Shape::default()
                });
            }
            Value::Object(object) => object,
            _ => return Err(Failure::at(at, "a schema must be an object or a boolean")),
        };
        for keyword in object.keys() {
            if !is_keyword(keyword) {
                let reason = format!("the keyword `{keyword}` is not known");
                return Err(Failure::at(step(at, keyword), reason));
            }
        }
        let mut shape = self.own(object, at)?;
        let mut parts = Vec::new();
        if let Some(reference) = object.get("$ref") {
            parts.push(self.referred(reference, &step(at, "$ref"))?);
        }
        for (index, part) in list(object, "allOf", at)?.iter().enumerate() {
            parts.push(self.shape(part, &format!("{}/{index}", step(at, "allOf")))?);
        }
        let says_null = object.get("nullable") == Some(&json!(true));
        let alone = shape.is_any();
        for part in parts {
            shape = if alone && shape.is_any() && shape.properties.is_empty() {
                with_marks(part, &shape)
            } else {
                merge(shape, part)
            };
        }
        for keyword in ["anyOf", "oneOf"] {
            if object.contains_key(keyword) {
                let alternatives = list(object, keyword, at)?;
                let alternatives = self.alternatives(alternatives, &step(at, keyword))?;
                shape = merge_alternatives(shape, alternatives);
            }
        }
        shape.nullable |= says_null;
        normalise(&mut shape);
        Ok(shape)
    }

    fn referred(&mut self, reference: &Value, at: &str) -> Result<Shape> {
        let Some(reference) = reference.as_str() else {
            return Err(Failure::at(at, "a reference must be a string"));
        };
        let Some(pointer) = reference.strip_prefix('#') else {
            let reason = format!("{reference:?} points outside the document");
            return Err(Failure::at(at, reason));
        };
        if let Some(known) = self.known.get(reference) {
            return Ok(known.clone());
        }
        if let Some(index) = self.stack.iter().position(|open| open == reference) {
            self.cycles += 1;
            return Ok(Shape {
                cycle: Some(self.stack.len() - index),
                ..Shape::default()
            });
        }
        let Some(target) = self.document.pointer(pointer) else {
            return Err(Failure::at(at, format!("{reference:?} points nowhere")));
        };
        let cycles = self.cycles;
        self.stack.push(reference.to_owned());
        let shape = self.shape(target, pointer);
        self.stack.pop();
        let shape = shape?;
        if self.cycles == cycles {
            self.known.insert(reference.to_owned(), shape.clone());
        }
        Ok(shape)
    }

    /// What the schema itself says, without references and compositions.
    fn own(&mut self, object: &Map<String, Value>, at: &str) -> Result<Shape> {
        let mut shape = Shape::default();
        types(object, at, &mut shape)?;
        counted(object, at, &mut shape)?;
        facets(object, &mut shape);
        self.properties(object, at, &mut shape)?;
        if let Some(items) = object.get("items") {
            shape.items = Some(Box::new(self.shape(items, &step(at, "items"))?));
        }
        let extra = ["additionalProperties", "unevaluatedProperties"];
        if let Some((keyword, extra)) = extra.iter().find_map(|k| Some((k, object.get(*k)?))) {
            let inner = self.shape(extra, &step(at, keyword))?;
            shape.additional = if inner.is_never() {
                Additional::Forbidden
            } else if inner == Shape::default() {
                Additional::Allowed
            } else {
                Additional::Of(Box::new(inner))
            };
        }
        if shape.kinds.is_empty() && shape.values.is_none() {
            if !shape.properties.is_empty() || shape.additional != Additional::Allowed {
                shape.kinds.insert(Kind::Object);
            } else if shape.items.is_some() {
                shape.kinds.insert(Kind::Array);
            }
        }
        Ok(shape)
    }

    fn properties(
        &mut self,
        object: &Map<String, Value>,
        at: &str,
        shape: &mut Shape,
    ) -> Result<()> {
        let required = names(object, at)?;
        if let Some(properties) = object.get("properties") {
            let at = step(at, "properties");
            let Some(properties) = properties.as_object() else {
                return Err(Failure::at(at, "must be an object of schemas"));
            };
            for (name, schema) in properties {
                let hidden = match self.way {
                    Way::Sent => "readOnly",
                    Way::Read => "writeOnly",
                };
                if schema.get(hidden) == Some(&json!(true)) {
                    continue;
                }
                let property = Property {
                    required: required.contains(name.as_str()),
                    shape: self.shape(schema, &step(&at, name))?,
                };
                shape.properties.insert(name.clone(), property);
            }
            return Ok(());
        }
        for name in required {
            let property = Property {
                required: true,
                shape: Shape::default(),
            };
            shape.properties.insert(name.to_owned(), property);
        }
        Ok(())
    }

    fn alternatives(&mut self, list: &[Value], at: &str) -> Result<Vec<Shape>> {
        let mut shapes = Vec::new();
        for (index, schema) in list.iter().enumerate() {
            let shape = self.shape(schema, &format!("{at}/{index}"))?;
            let nested = shape.alternatives.len() > 1 && shape.kinds.is_empty();
            if nested {
                shapes.extend(shape.alternatives.iter().cloned());
                if shape.nullable {
                    shapes.push(null());
                }
            } else {
                shapes.push(shape);
            }
        }
        Ok(shapes)
    }
}

fn list<'v>(object: &'v Map<String, Value>, keyword: &str, at: &str) -> Result<&'v [Value]> {
    match object.get(keyword) {
        None => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(Failure::at(step(at, keyword), "must be a list of schemas")),
    }
}

fn names<'v>(object: &'v Map<String, Value>, at: &str) -> Result<BTreeSet<&'v str>> {
    let Some(required) = object.get("required") else {
        return Ok(BTreeSet::new());
    };
    let wrong = || Failure::at(step(at, "required"), "must be a list of names");
    let list = required.as_array().ok_or_else(wrong)?;
    list.iter()
        .map(|name| name.as_str().ok_or_else(wrong))
        .collect()
}

fn types(object: &Map<String, Value>, at: &str, shape: &mut Shape) -> Result<()> {
    let Some(stated) = object.get("type") else {
        return Ok(());
    };
    let one = [stated.clone()];
    let stated = stated.as_array().map_or(&one[..], Vec::as_slice);
    for name in stated {
        match name.as_str() {
            Some("null") => shape.nullable = true,
            Some(name) if Kind::from_name(name).is_some() => {
                shape.kinds.extend(Kind::from_name(name));
            }
            _ => {
                let reason = format!("{name} is not a type of JSON");
                return Err(Failure::at(step(at, "type"), reason));
            }
        }
    }
    if shape.kinds.contains(&Kind::Number) {
        // Every integer is a number.
        shape.kinds.remove(&Kind::Integer);
    }
    if shape.kinds.is_empty() && shape.nullable {
        shape.values = Some(BTreeSet::new());
    }
    Ok(())
}

/// `enum` and `const`, and patterns that only list words.
fn counted(object: &Map<String, Value>, at: &str, shape: &mut Shape) -> Result<()> {
    let mut values: Option<Vec<Value>> = None;
    if let Some(list) = object.get("enum") {
        let Some(list) = list.as_array() else {
            return Err(Failure::at(step(at, "enum"), "must be a list"));
        };
        values = Some(list.clone());
    }
    if let Some(value) = object.get("const") {
        values = Some(vec![value.clone()]);
    }
    if values.is_none()
        && let Some(pattern) = object.get("pattern").and_then(Value::as_str)
    {
        values = words(pattern);
    }
    let Some(values) = values else {
        return Ok(());
    };
    let nullable = values.iter().any(Value::is_null);
    if shape.kinds.is_empty() {
        shape.kinds = values.iter().filter_map(kind_of).collect();
    }
    let counted = values.iter().filter(|value| !value.is_null());
    shape.values = Some(counted.map(|value| exact(value).to_string()).collect());
    shape.nullable |= nullable;
    Ok(())
}

fn kind_of(value: &Value) -> Option<Kind> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => Kind::Boolean,
        Value::Number(number) if number.is_f64() => Kind::Number,
        Value::Number(_) => Kind::Integer,
        Value::String(_) => Kind::String,
        Value::Array(_) => Kind::Array,
        Value::Object(_) => Kind::Object,
    })
}

/// The words of a pattern such as `^(approve|cancel)$`.
fn words(pattern: &str) -> Option<Vec<Value>> {
    let inner = pattern.strip_prefix('^')?.strip_suffix('$')?;
    let inner = inner.strip_prefix('(')?.strip_suffix(')')?;
    let inner = inner.strip_prefix("?:").unwrap_or(inner);
    let plain = |word: &str| {
        !word.is_empty()
            && word
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    let words: Vec<_> = inner.split('|').collect();
    words
        .iter()
        .all(|word| plain(word))
        .then(|| words.into_iter().map(|word| json!(word)).collect())
}

fn facets(object: &Map<String, Value>, shape: &mut Shape) {
    let mut set = |name: &'static str, value: &Value| {
        shape.facets.insert(name, exact(value).to_string());
    };
    for name in MEASURES.into_iter().chain(UPPER) {
        match object.get(name) {
            // These lower bounds bound nothing.
            Some(value) if name.starts_with("min") && value == &json!(0) && name != "minimum" => {}
            Some(Value::Bool(false)) | None => {}
            Some(value) => set(name, value),
        }
    }
    for name in ["format", "contentEncoding", "contentMediaType"] {
        if let Some(value) = object.get(name) {
            set(name, value);
        }
    }
    if let Some(pattern) = object.get("pattern")
        && pattern.as_str().and_then(words).is_none()
    {
        set("pattern", pattern);
    }
    if object.get("deprecated") == Some(&json!(true)) {
        set("deprecated", &json!(true));
    }
    if let Some(default) = object.get("default") {
        set("default", default);
    }
    for name in OTHERS {
        if let Some(value) = object.get(name) {
            set(name, &without_prose(value));
        }
    }
    if let Some(name) = object.get("propertyNames") {
        set("propertyNames", &without_prose(name));
    }
    if let Some(name) = object
        .get("discriminator")
        .and_then(|d| d.get("propertyName"))
    {
        set("discriminator", name);
    }
    exclusive(shape);
}

fn without_prose(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(name, value)| {
                !["title", "description", "example", "examples"].contains(&name.as_str())
                    || value.is_object()
            });
            let mut kept: Vec<_> = kept.collect();
            kept.sort_by_key(|(name, _)| *name);
            kept.into_iter()
                .map(|(name, value)| (name.clone(), without_prose(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        Value::Array(list) => list.iter().map(without_prose).collect(),
        other => exact(other),
    }
}

/// A value with its numbers in one spelling: `100.0` is `100`.
fn exact(value: &Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[allow(
                clippy::cast_possible_truncation,
                reason = "checked to be whole and small"
            )]
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => json!(float as i64),
            _ => value.clone(),
        },
        Value::Array(list) => list.iter().map(exact).collect(),
        Value::Object(object) => {
            let mut members: Vec<_> = object.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            let members = members.into_iter();
            members
                .map(|(name, value)| (name.clone(), exact(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
