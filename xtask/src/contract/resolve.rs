//! From a schema to its [`Shape`]: references are followed, compositions are
//! merged, and the many spellings of one thing become one.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

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

const MEASURES: [&str; 8] = [
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
    "minContains",
    "multipleOf",
    "uniqueItems",
];
const UPPER: [&str; 6] = [
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
    "maxContains",
];

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

fn null() -> Shape {
    Shape {
        nullable: true,
        values: Some(BTreeSet::new()),
        ..Shape::default()
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

/// 3.0 marks a bound as exclusive, 3.1 gives an exclusive bound; of integers
/// an exclusive bound is the next inclusive one.
fn exclusive(shape: &mut Shape) {
    for (mark, bound, next) in [
        ("exclusiveMinimum", "minimum", 1),
        ("exclusiveMaximum", "maximum", -1),
    ] {
        if shape.facets.get(mark).is_some_and(|value| value == "true") {
            shape.facets.remove(mark);
            if let Some(value) = shape.facets.remove(bound) {
                shape.facets.insert(mark, value);
            }
        }
        let only_integers = shape.kinds.len() == 1 && shape.kinds.contains(&Kind::Integer);
        if !only_integers || shape.facets.contains_key(bound) {
            continue;
        }
        let limit = shape
            .facets
            .get(mark)
            .and_then(|value| value.parse::<i64>().ok());
        if let Some(limit) = limit.and_then(|limit| limit.checked_add(next)) {
            shape.facets.remove(mark);
            shape.facets.insert(bound, limit.to_string());
        }
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

/// A shape as it is referred to: the default and the marks beside the reference
/// win.
fn with_marks(mut shape: Shape, beside: &Shape) -> Shape {
    shape.facets.extend(beside.facets.clone());
    shape.nullable |= beside.nullable;
    shape
}

/// A value that fits both shapes.
fn merge(mut left: Shape, right: Shape) -> Shape {
    let left_open = left.kinds.is_empty();
    left.nullable = match (left_open, right.kinds.is_empty()) {
        (true, _) => right.nullable,
        (_, true) => left.nullable,
        _ => left.nullable && right.nullable,
    };
    if left_open {
        left.kinds = right.kinds;
    } else if !right.kinds.is_empty() {
        left.kinds.retain(|kind| right.kinds.contains(kind));
    }
    left.values = match (left.values, right.values) {
        (Some(left), Some(right)) => Some(left.intersection(&right).cloned().collect()),
        (left, right) => left.or(right),
    };
    for (name, value) in right.facets {
        let tighter = left
            .facets
            .get(name)
            .is_none_or(|present| is_tighter(name, &value, present));
        if tighter {
            left.facets.insert(name, value);
        }
    }
    for (name, property) in right.properties {
        match left.properties.remove(&name) {
            None => left.properties.insert(name, property),
            Some(present) => {
                let merged = Property {
                    required: present.required || property.required,
                    shape: if present.shape.is_any() && present.shape.properties.is_empty() {
                        with_marks(property.shape, &present.shape)
                    } else {
                        merge(present.shape, property.shape)
                    },
                };
                left.properties.insert(name, merged)
            }
        };
    }
    if left.additional == Additional::Allowed {
        left.additional = right.additional;
    }
    left.items = match (left.items, right.items) {
        (Some(left), Some(right)) => Some(Box::new(merge(*left, *right))),
        (left, right) => left.or(right),
    };
    if left.alternatives.is_empty() {
        left.alternatives = right.alternatives;
    }
    left.cycle = left.cycle.or(right.cycle);
    left
}

fn is_tighter(name: &str, value: &str, present: &str) -> bool {
    match (value.parse::<f64>(), present.parse::<f64>()) {
        (Ok(value), Ok(present)) if UPPER.contains(&name) => value < present,
        (Ok(value), Ok(present)) if MEASURES.contains(&name) => value > present,
        _ => false,
    }
}

/// Adds alternatives to what a schema says beside them.
fn merge_alternatives(shape: Shape, alternatives: Vec<Shape>) -> Shape {
    let is_null = |one: &Shape| one.nullable && one.values.as_ref().is_some_and(BTreeSet::is_empty);
    let nullable = alternatives.iter().any(|one| one.nullable);
    let mut real: BTreeSet<Shape> = alternatives
        .into_iter()
        .filter(|one| !is_null(one))
        .map(|mut one| {
            one.nullable = false;
            one
        })
        .collect();
    let mut out = match real.len() {
        0 => merge(shape, null()),
        1 => match real.pop_first() {
            Some(only) if shape.is_any() && shape.properties.is_empty() => with_marks(only, &shape),
            Some(only) => merge(shape, only),
            None => shape,
        },
        _ if real.iter().any(|one| *one == Shape::default()) => shape,
        _ => Shape {
            alternatives: real,
            ..shape
        },
    };
    out.nullable |= nullable;
    out
}

/// The last touch: what remains of spellings.
fn normalise(shape: &mut Shape) {
    if shape.is_any() {
        shape.nullable = false;
    }
    if shape
        .facets
        .get("default")
        .is_some_and(|default| default == "null")
    {
        // Absent and null are the same default.
        shape.facets.remove("default");
    }
    exclusive(shape);
    let booleans: BTreeSet<_> = ["false", "true"].map(str::to_owned).into();
    if shape.values.as_ref() == Some(&booleans) {
        shape.values = None;
    }
    simple_alternatives(shape);
}

/// Alternatives that differ in their type alone are several types of one shape,
/// and counted values of one type are counted together.
fn simple_alternatives(shape: &mut Shape) {
    if shape.alternatives.len() < 2 || !shape.kinds.is_empty() || shape.values.is_some() {
        return;
    }
    let plain = |one: &Shape| {
        let bare = Shape {
            kinds: one.kinds.clone(),
            ..Shape::default()
        };
        *one == bare && !one.kinds.is_empty()
    };
    let counted = |one: &Shape| {
        let bare = Shape {
            kinds: one.kinds.clone(),
            values: one.values.clone(),
            ..Shape::default()
        };
        *one == bare && one.values.is_some()
    };
    if shape.alternatives.iter().all(plain) || shape.alternatives.iter().all(counted) {
        for one in std::mem::take(&mut shape.alternatives) {
            shape.kinds.extend(one.kinds);
            if let Some(counted) = one.values {
                shape.values.get_or_insert_default().extend(counted);
            }
        }
        if shape.kinds.contains(&Kind::Number) {
            shape.kinds.remove(&Kind::Integer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(schema: &Value) -> Shape {
        let document = json!({"components": {"schemas": {
            "Id": {"type": "string", "format": "uuid", "title": "Id"},
            "Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}},
            "Renamed": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Renamed"}}}
        }}});
        Resolver::new(&document, Way::Sent)
            .shape(schema, "")
            .unwrap()
    }

    #[track_caller]
    fn same(schemas: &[Value]) {
        for pair in schemas.windows(2) {
            assert_eq!(
                shape(&pair[0]),
                shape(&pair[1]),
                "{} and {}",
                pair[0],
                pair[1]
            );
        }
    }

    #[track_caller]
    fn differ(left: &Value, right: &Value) {
        assert_ne!(shape(left), shape(right));
    }

    #[test]
    fn null_has_one_spelling() {
        same(&[
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!({"oneOf": [{"type": "null"}, {"type": "string"}]}),
            json!({"type": ["null", "string"]}),
            json!({"type": "string", "nullable": true}),
            json!({"allOf": [{"type": "string"}], "nullable": true}),
            json!({"anyOf": [{"type": "string", "nullable": true}]}),
        ]);
        differ(
            &json!({"type": "string"}),
            &json!({"type": ["string", "null"]}),
        );
    }

    #[test]
    fn components_may_be_inlined_renamed_and_wrapped() {
        let reference = json!({"$ref": "#/components/schemas/Id"});
        same(&[
            reference.clone(),
            json!({"type": "string", "format": "uuid"}),
            json!({"allOf": [reference]}),
            json!({"anyOf": [reference]}),
            json!({"$ref": "#/components/schemas/Id", "description": "prose"}),
            json!({"allOf": [reference], "description": "prose", "title": "T"}),
        ]);
        same(&[
            json!({"$ref": "#/components/schemas/Node"}),
            json!({"$ref": "#/components/schemas/Renamed"}),
        ]);
    }

    #[test]
    fn what_says_nothing_is_nothing() {
        same(&[
            json!({"type": "object", "properties": {"a": {}}}),
            json!({"type": "object", "properties": {"a": true}, "additionalProperties": true, "required": []}),
            json!({"properties": {"a": {"title": "A"}}, "additionalProperties": {}, "minProperties": 0}),
            json!({"type": "object", "properties": {"a": {"default": null}}, "deprecated": false}),
        ]);
    }

    #[test]
    fn numbers_have_one_spelling() {
        same(&[
            json!({"type": "integer", "minimum": 1, "default": 5, "maximum": 100}),
            json!({"type": "integer", "minimum": 1.0, "default": 5.0, "maximum": 100.0}),
            json!({"type": "integer", "exclusiveMinimum": 0, "default": 5, "exclusiveMaximum": 101}),
            json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true, "default": 5, "maximum": 100}),
        ]);
        differ(
            &json!({"type": "number", "minimum": 1}),
            &json!({"type": "number", "exclusiveMinimum": 1}),
        );
        same(&[
            json!({"type": ["integer", "number"]}),
            json!({"type": "number"}),
        ]);
    }

    #[test]
    fn lists_of_values_have_one_spelling() {
        same(&[
            json!({"type": "string", "enum": ["approve", "cancel"]}),
            json!({"enum": ["cancel", "approve"]}),
            json!({"type": "string", "pattern": "^(approve|cancel)$"}),
            json!({"type": "string", "pattern": "^(?:cancel|approve)$"}),
            json!({"anyOf": [{"const": "approve"}, {"const": "cancel"}]}),
        ]);
        differ(
            &json!({"type": "string", "pattern": "^(a|b)$"}),
            &json!({"type": "string", "pattern": "^(a|b)"}),
        );
    }

    #[test]
    fn compositions_are_merged() {
        same(&[
            json!({"allOf": [
                {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
                {"properties": {"b": {"type": "integer", "minimum": 1}}}
            ]}),
            json!({"type": "object", "required": ["a"],
                "properties": {"b": {"type": "integer", "minimum": 1}, "a": {"type": "string"}}}),
        ]);
        same(&[
            json!({"anyOf": [{"type": "string"}, {"anyOf": [{"type": "array", "items": {}}, {"type": "null"}]}]}),
            json!({"oneOf": [{"type": "array", "items": {}}, {"type": "null"}, {"type": "string"}]}),
        ]);
        same(&[
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({"type": ["integer", "string"]}),
        ]);
    }

    #[test]
    fn what_is_read_only_is_not_sent() {
        let schema = json!({"type": "object", "properties": {"a": {"readOnly": true}}});
        let document = json!({});
        let sent = Resolver::new(&document, Way::Sent)
            .shape(&schema, "")
            .unwrap();
        let read = Resolver::new(&document, Way::Read)
            .shape(&schema, "")
            .unwrap();
        assert!(sent.properties.is_empty() && read.properties.contains_key("a"));
    }

    #[test]
    fn faults_are_named_with_their_pointer() {
        for (schema, pointer) in [
            (
                json!({"properties": {"a": {"typ": 1}}}),
                "/s/properties/a/typ",
            ),
            (json!({"items": {"$ref": "#/no"}}), "/s/items/$ref"),
            (json!({"anyOf": {}}), "/s/anyOf"),
            (json!({"type": "text"}), "/s/type"),
            (json!({"required": "a"}), "/s/required"),
            (json!({"allOf": [3]}), "/s/allOf/0"),
        ] {
            let document = json!({});
            let failure = Resolver::new(&document, Way::Sent)
                .shape(&schema, "/s")
                .unwrap_err();
            let said = failure.to_string();
            assert!(said.starts_with(&format!("at {pointer}:")), "{said}");
        }
    }
}
