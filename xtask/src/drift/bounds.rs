//! Bounds: which one is tighter.

use std::cmp::Ordering;

use crate::contract::Shape;
use crate::contract::bounds::tightness;

/// A bound, and whether it is exclusive.
pub(super) fn bound(shape: &Shape, name: &str) -> Option<(String, bool)> {
    let exclusive = match name {
        "minimum" => shape.facets.get("exclusiveMinimum"),
        "maximum" => shape.facets.get("exclusiveMaximum"),
        _ => None,
    };
    match (shape.facets.get(name), exclusive) {
        (_, Some(value)) => Some((value.clone(), true)),
        (Some(value), None) => Some((value.clone(), false)),
        (None, None) => None,
    }
}

/// Whether the second bound is tighter (greater), the same, or looser.
pub(super) fn tighter(name: &str, was: &(String, bool), is: &(String, bool)) -> Option<Ordering> {
    if was == is {
        return Some(Ordering::Equal);
    }
    let order = tightness(name, &was.0, &is.0)?;
    Some(order.then(is.1.cmp(&was.1)))
}
