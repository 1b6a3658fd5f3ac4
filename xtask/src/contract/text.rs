//! A contract as text that a person can review: one block per operation, one
//! line per fact.

use std::fmt::Write as _;

use super::shape::{Bodies, Mark};
use super::{Additional, Contract, Key, Operation, Shape};

/// The whole contract.
#[must_use]
pub fn of_contract(contract: &Contract) -> String {
    let mut out = String::new();
    for server in &contract.servers {
        let _ = writeln!(out, "server {server}");
    }
    for scheme in &contract.schemes {
        let _ = writeln!(out, "scheme {scheme}");
    }
    for (key, operation) in &contract.operations {
        let _ = write!(out, "\n{}", of_operation(key, operation));
    }
    out
}

/// One operation.
#[must_use]
pub fn of_operation(key: &Key, operation: &Operation) -> String {
    let mut out = format!("{} {} = {}\n", key.method, key.path, operation.name);
    if operation.deprecated {
        out.push_str("  deprecated\n");
    }
    for requirement in &operation.security {
        let all: Vec<_> = requirement.iter().map(String::as_str).collect();
        let _ = writeln!(out, "  needs {}", all.join(" and "));
    }
    for ((place, _), parameter) in &operation.parameters {
        let mark = if parameter.required { "" } else { "?" };
        let name = format!("{place} {}{mark}", parameter.name);
        of_shape(&name, &parameter.shape, 1, &mut out);
        if !parameter.style.is_empty() {
            let _ = writeln!(out, "    written: {}", parameter.style);
        }
    }
    if let Some(body) = &operation.body {
        let mark = if body.required { "" } else { "?" };
        for (media, shape) in &body.content {
            of_shape(&format!("body{mark} {media}"), shape, 1, &mut out);
        }
    }
    for (status, response) in &operation.responses {
        let _ = writeln!(out, "  {status}");
        for header in response.headers.values() {
            let mark = if header.required { "" } else { "?" };
            of_shape(
                &format!("header {}{mark}", header.name),
                &header.shape,
                2,
                &mut out,
            );
        }
        for (media, shape) in &response.content {
            of_shape(media, shape, 2, &mut out);
        }
        for (event, shape) in &response.events {
            of_shape(&format!("event {event}"), shape, 2, &mut out);
        }
    }
    out
}

/// One shape under a name.
#[must_use]
pub fn of_named_shape(name: &str, shape: &Shape) -> String {
    let mut out = String::new();
    of_shape(name, shape, 0, &mut out);
    out
}

fn of_shape(name: &str, shape: &Shape, depth: usize, out: &mut String) {
    let mut writer = Writer {
        out,
        open: Vec::new(),
    };
    writer.shape(name, shape, &Bodies::default(), depth);
}

/// Writes a shape with its inner shapes; each of several shapes that contain each other
/// is written once on the way in.
struct Writer<'o> {
    out: &'o mut String,
    open: Vec<Mark>,
}

impl Writer<'_> {
    fn shape(&mut self, name: &str, shape: &Shape, bodies: &Bodies, depth: usize) {
        let bodies = if shape.bodies.is_empty() {
            bodies
        } else {
            &shape.bodies
        };
        let link = shape.cycle.filter(|mark| !self.open.contains(mark));
        let own = link.or(shape.bodies.own());
        let shape = link.and_then(|mark| bodies.get(mark)).unwrap_or(shape);
        self.open.extend(own);
        let indent = "  ".repeat(depth);
        let _ = writeln!(self.out, "{indent}{name}: {}", summary(shape));
        let depth = depth + 1;
        for (name, property) in &shape.properties {
            let mark = if property.required { "" } else { "?" };
            self.shape(&format!("{name}{mark}"), &property.shape, bodies, depth);
        }
        for condition in &shape.conditions {
            for part in &condition.parts {
                self.shape(&condition.keyword, part, bodies, depth);
            }
        }
        if let Additional::Of(extra) = &shape.additional {
            self.shape("*", extra, bodies, depth);
        }
        if let Some(items) = &shape.items {
            self.shape("[]", items, bodies, depth);
        }
        for alternative in &shape.alternatives {
            self.shape("|", alternative, bodies, depth);
        }
        if own.is_some() {
            self.open.pop();
        }
    }
}

/// A shape without its inner shapes, on one line.
#[must_use]
pub fn summary(shape: &Shape) -> String {
    let kinds: Vec<_> = shape.kinds.iter().map(|kind| kind.name()).collect();
    let mut words = match (&shape.values, kinds.is_empty()) {
        (Some(values), _) if !values.is_empty() => {
            let values: Vec<_> = values.iter().map(String::as_str).collect();
            vec![values.join(" | ")]
        }
        (Some(_), _) => vec!["nothing".to_owned()],
        (None, false) => vec![kinds.join(" | ")],
        (None, true) if !shape.alternatives.is_empty() => vec!["one of".to_owned()],
        (None, true) if shape.cycle.is_some() => vec!["itself".to_owned()],
        (None, true) => vec!["any".to_owned()],
    };
    if shape.nullable {
        words.push("or null".to_owned());
    }
    for (name, value) in &shape.facets {
        words.push(format!("{name}={value}"));
    }
    for condition in shape.conditions.iter().filter(|one| one.parts.is_empty()) {
        words.push(format!("{}={}", condition.keyword, condition.text));
    }
    if shape.additional == Additional::Forbidden {
        words.push("and no more".to_owned());
    }
    words.join(" ")
}

/// One of several forms, with what distinguishes it: a property that has one value, or
/// the properties that it requires.
#[must_use]
pub fn form(shape: &Shape) -> String {
    /// The most names that are given.
    const NAMED: usize = 3;

    let required = || shape.properties.iter().filter(|(_, one)| one.required);
    let marked = required().find_map(|(name, property)| {
        let values = property.shape.values.as_ref()?;
        (values.len() == 1).then(|| format!("{name}: {}", values.first().map_or("", |v| v)))
    });
    let names: Vec<_> = required()
        .map(|(name, _)| name.as_str())
        .take(NAMED)
        .collect();
    let mark = match marked {
        Some(marked) => marked,
        None if names.is_empty() => return summary(shape),
        None => names.join(", "),
    };
    format!("{}({mark})", summary(shape))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::contract::read;
    use crate::document::select::Selection;

    #[test]
    fn every_fact_has_a_line() {
        let document = json!({
            "paths": {"/chat": {"post": {
                "operationId": "send",
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 9, "default": 3}}],
                "requestBody": {"required": true, "content": {"application/json": {"schema": {
                    "type": "object", "required": ["a"], "additionalProperties": false,
                    "properties": {"a": {"type": ["string", "null"]}, "b": {"type": "array", "items": {"enum": ["x"]}}}
                }}}},
                "responses": {"200": {"headers": {"X-Id": {"schema": {"type": "string"}}}}}
            }}}
        });
        let contract = read(&document, &Selection::default()).unwrap();
        let expected = "server https://api.aionvision.tech/api/v2\n\n\
            POST /chat = send\n\
            \x20 query limit?: integer default=3 maximum=9\n\
            \x20 body application/json: object and no more\n\
            \x20   a: string or null\n\
            \x20   b?: array\n\
            \x20     []: \"x\"\n\
            \x20 200\n\
            \x20   header X-Id?: string\n";
        assert_eq!(of_contract(&contract), expected);
    }
}
