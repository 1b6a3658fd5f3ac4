//! Values of a shape: draws one, at its limits more often than not, and decides whether
//! one fits, as a strict reader does.

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::{Map, Value, json};

use crate::contract::shape::Bodies;
use crate::contract::{Additional, Held, Kind, Shape};

/// How many steps a shape that contains itself is followed into itself.
const STEPS: usize = 2;

/// A shape in which the shapes that contain themselves are written out, up to a depth
/// below which anything fits.
#[must_use]
pub fn unfolded(shape: &Shape) -> Shape {
    within(shape, &shape.bodies, STEPS)
}

fn within(shape: &Shape, bodies: &Bodies, steps: usize) -> Shape {
    let bodies = if shape.bodies.is_empty() {
        bodies
    } else {
        &shape.bodies
    };
    let body = shape.cycle.and_then(|mark| bodies.get(mark));
    let (shape, steps) = match (body, steps) {
        (None, _) => (shape, steps),
        (Some(_), 0) => return Shape::default(),
        (Some(body), _) => (body, steps - 1),
    };
    let inner = |held: &Held| Held::from(within(held, bodies, steps));
    shape.map(inner, inner)
}

/// Draws a value that fits a shape.
pub fn draw(shape: &Shape, rng: &mut Rng) -> Value {
    if shape.nullable && rng.u8(..4) == 0 {
        return Value::Null;
    }
    if let Some(values) = &shape.values {
        let chosen = rng.choice(values.iter());
        return chosen.map_or(Value::Null, |text| {
            serde_json::from_str(text).unwrap_or_default()
        });
    }
    if let Some(form) = rng.choice(shape.alternatives.iter()) {
        return draw(form, rng);
    }
    match rng.choice(shape.kinds.iter()) {
        Some(Kind::Boolean) => json!(rng.bool()),
        Some(Kind::Integer) => json!(whole(shape, rng)),
        Some(Kind::Number) => fraction(shape, rng),
        Some(Kind::String) => json!(text(shape, rng)),
        Some(Kind::Array) => {
            let item = Shape::default();
            let item = shape.items.as_deref().unwrap_or(&item);
            let count = count(shape, "minItems", "maxItems", 8, rng);
            let twins = count > 1 && !shape.facets.contains_key("uniqueItems") && rng.bool();
            let first = draw(item, rng);
            (0..count)
                .map(|_| {
                    if twins {
                        first.clone()
                    } else {
                        draw(item, rng)
                    }
                })
                .collect()
        }
        Some(Kind::Object) => object(shape, rng),
        None => rng
            .choice([json!("text"), json!(1.5), json!({"a": [1]}), json!([true])])
            .unwrap_or_default(),
    }
}

fn limit(shape: &Shape, name: &str) -> Option<f64> {
    shape.facets.get(name)?.parse().ok()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "bounds are whole and small"
)]
fn whole(shape: &Shape, rng: &mut Rng) -> i64 {
    let least = limit(shape, "minimum").map_or(-1_000_000, |bound| bound.ceil() as i64);
    let most = limit(shape, "maximum").map_or(1_000_000, |bound| bound.floor() as i64);
    match rng.u8(..3) {
        0 => least,
        1 => most,
        _ => rng.i64(least.min(most)..=most),
    }
}

fn fraction(shape: &Shape, rng: &mut Rng) -> Value {
    let bounds = (limit(shape, "minimum"), limit(shape, "maximum"));
    json!(match (bounds, rng.u8(..3)) {
        ((Some(least), _), 0) => least,
        ((_, Some(most)), 1) => most,
        ((Some(least), None), _) => least + 1_000_000.5,
        ((_, Some(most)), _) => most - 0.5,
        ((None, None), 0) => -1_000_000.5,
        ((None, None), _) => 1_000_000.5,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "bounds are whole, small and not negative"
)]
fn count(shape: &Shape, least: &str, most: &str, free: usize, rng: &mut Rng) -> usize {
    let least = limit(shape, least).map_or(0, |bound| bound as usize);
    let most = limit(shape, most).map_or(least + free, |bound| bound as usize);
    if rng.bool() { least } else { most }
}

fn text(shape: &Shape, rng: &mut Rng) -> String {
    match shape
        .facets
        .get("format")
        .map(|format| format.trim_matches('"'))
    {
        Some("byte") => "YWJj".repeat(rng.usize(..4)),
        Some("uuid") => format!("00000000-0000-4000-8000-{:012x}", rng.u64(..1 << 48)),
        Some("date-time") => "2026-01-02T03:04:05Z".to_owned(),
        Some("email") => "a@example.com".to_owned(),
        // Underscores, so that the text is never base64 by chance.
        _ => "_".repeat(count(shape, "minLength", "maxLength", 300, rng)),
    }
}

fn object(shape: &Shape, rng: &mut Rng) -> Value {
    let mut out = Map::new();
    for (name, property) in &shape.properties {
        if property.required || rng.bool() {
            out.insert(name.clone(), draw(&property.shape, rng));
        }
    }
    match &shape.additional {
        Additional::Allowed if rng.bool() => {
            out.insert("further".to_owned(), json!(1));
        }
        Additional::Of(extra) if rng.bool() => {
            out.insert("further".to_owned(), draw(extra, rng));
        }
        _ => {}
    }
    out.into()
}

/// Whether a value fits a shape, to a strict reader.
#[must_use]
pub fn fits(shape: &Shape, value: &Value) -> bool {
    if value.is_null() && (shape.nullable || shape.is_any()) {
        return true;
    }
    if let Some(values) = &shape.values
        && !values.contains(&value.to_string())
    {
        return false;
    }
    if !shape.alternatives.is_empty() {
        return shape.alternatives.iter().any(|form| fits(form, value));
    }
    let mut nots = shape.conditions.iter().filter(|one| one.keyword == "not");
    if nots.any(|one| one.parts.iter().any(|part| fits(part, value))) {
        return false;
    }
    let is = |kind: &Kind| match (kind, value) {
        (Kind::Integer, Value::Number(number)) => !number.is_f64(),
        (Kind::Array, Value::Array(_))
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Number, Value::Number(_))
        | (Kind::Object, Value::Object(_))
        | (Kind::String, Value::String(_)) => true,
        _ => false,
    };
    if !shape.kinds.is_empty() && !shape.kinds.iter().any(is) {
        return false;
    }
    let within = |size: f64, least: &str, most: &str| {
        limit(shape, least).is_none_or(|bound| size >= bound)
            && limit(shape, most).is_none_or(|bound| size <= bound)
    };
    match value {
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(0.0);
            let factor = limit(shape, "multipleOf");
            within(number, "minimum", "maximum")
                && factor.is_none_or(|factor| (number / factor).fract() == 0.0)
        }
        Value::String(text) => {
            within(text.chars().count() as f64, "minLength", "maxLength")
                && is_of_format(shape, text)
        }
        Value::Array(list) => {
            let different = list
                .iter()
                .map(Value::to_string)
                .collect::<BTreeSet<_>>()
                .len();
            let unique = !shape.facets.contains_key("uniqueItems") || different == list.len();
            unique
                && within(list.len() as f64, "minItems", "maxItems")
                && shape
                    .items
                    .as_ref()
                    .is_none_or(|item| list.iter().all(|one| fits(item, one)))
        }
        Value::Object(object) => {
            let listed = shape
                .properties
                .iter()
                .all(|(name, property)| match object.get(name) {
                    Some(value) => fits(&property.shape, value),
                    None => !property.required,
                });
            let mut further = object
                .iter()
                .filter(|(name, _)| !shape.properties.contains_key(*name));
            listed
                && further.all(|(_, value)| match &shape.additional {
                    Additional::Allowed => true,
                    Additional::Forbidden => false,
                    Additional::Of(extra) => fits(extra, value),
                })
        }
        _ => true,
    }
}

fn is_of_format(shape: &Shape, text: &str) -> bool {
    match shape
        .facets
        .get("format")
        .map(|format| format.trim_matches('"'))
    {
        Some("uuid") => {
            let parts: Vec<usize> = text.split('-').map(str::len).collect();
            parts == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
        }
        Some("date-time") => text.contains('T') && text.contains(':'),
        Some("email") => text.contains('@'),
        Some("byte") => {
            let base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
            text.len().is_multiple_of(4) && text.chars().all(base64)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::resolve::{Resolver, Way};

    fn shape(schema: &Value) -> Shape {
        Resolver::new(&json!({}), Way::Read)
            .shape(schema, "")
            .unwrap()
    }

    fn schema() -> Value {
        json!({"type": "object", "required": ["a", "b"], "additionalProperties": false, "properties": {
            "a": {"type": "string", "minLength": 2, "maxLength": 3},
            "b": {"type": "array", "items": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 2}, {"type": "null"}]}, "maxItems": 2},
            "c": {"enum": ["x", "y"]},
            "d": {"type": "string", "format": "uuid"},
            "e": {"type": "number", "minimum": 0.5}
        }})
    }

    #[test]
    fn what_is_drawn_from_a_shape_fits_it() {
        let shape = shape(&schema());
        let mut rng = Rng::with_seed(3);
        for _ in 0..200 {
            let value = draw(&shape, &mut rng);
            assert!(fits(&shape, &value), "{value}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let shape = shape(&schema());
        for (wrong, place) in [
            (json!({"a": "xx"}), "b is missing"),
            (json!({"a": "x", "b": []}), "a is too short"),
            (json!({"a": "xx", "b": [3]}), "an item is too great"),
            (json!({"a": "xx", "b": [1.5]}), "an item is no integer"),
            (json!({"a": "xx", "b": [1, 1, 1]}), "too many items"),
            (json!({"a": "xx", "b": [], "c": "z"}), "c is not counted"),
            (json!({"a": "xx", "b": [], "d": "z"}), "d is no uuid"),
            (json!({"a": "xx", "b": [], "e": 0}), "e is too small"),
            (json!({"a": "xx", "b": [], "f": 1}), "f is not listed"),
            (json!({"a": null, "b": []}), "a is null"),
        ] {
            assert!(!fits(&shape, &wrong), "{place}");
        }
    }
}
