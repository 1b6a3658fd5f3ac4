//! Shapes put together: references with what stands beside them, `allOf`,
//! alternatives; and the last touch that makes one spelling of several. Reading
//! a schema is in [`super::resolve`].

use std::collections::BTreeSet;

use super::shape::{Additional, Kind, Property, Shape};

pub(super) const MEASURES: [&str; 8] = [
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
    "minContains",
    "multipleOf",
    "uniqueItems",
];
pub(super) const UPPER: [&str; 6] = [
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
    "maxContains",
];

pub(super) fn null() -> Shape {
    Shape {
        nullable: true,
        values: Some(BTreeSet::new()),
        ..Shape::default()
    }
}

/// A shape as it is referred to: the default and the marks beside the reference
/// win.
pub(super) fn with_marks(mut shape: Shape, beside: &Shape) -> Shape {
    shape.facets.extend(beside.facets.clone());
    shape.nullable |= beside.nullable;
    shape
}

/// A value that fits both shapes.
pub(super) fn merge(mut left: Shape, right: Shape) -> Shape {
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
pub(super) fn merge_alternatives(shape: Shape, alternatives: Vec<Shape>) -> Shape {
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
pub(super) fn normalise(shape: &mut Shape) {
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

/// 3.0 marks a bound as exclusive, 3.1 gives an exclusive bound; of integers
/// an exclusive bound is the next inclusive one.
pub(super) fn exclusive(shape: &mut Shape) {
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
