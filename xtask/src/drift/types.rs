//! Compares the types of two shapes: which accepts more, and all other requirements on
//! the values that both accept.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::position::{Facts, Kind};
use super::shapes::Shapes;
use super::words::in_words;
use crate::contract::conjunction::drop_what_concerns_nothing;
use crate::contract::shape::{Bodies, Kind as Type};
use crate::contract::values::kind_of;
use crate::contract::{Held, Shape};

impl Shapes {
    /// Compares the types; returns whether everything else was compared with them.
    pub(super) fn types(&mut self, place: &str, old: &Shape, new: &Shape, facts: &Facts) -> bool {
        match (old.alternatives.is_empty(), new.alternatives.is_empty()) {
            (true, true) => {}
            (false, false) => return false,
            // Several types count as several forms.
            (true, false) if old.kinds.len() > 1 => {
                self.compare(place, &by_kind(old), new, facts.identity);
                return true;
            }
            (false, true) if new.kinds.len() > 1 => {
                self.compare(place, old, &by_kind(new), facts.identity);
                return true;
            }
            _ => {
                self.form_and_forms(place, old, new, facts);
                return true;
            }
        }
        if old.kinds == new.kinds && old.cycle == new.cycle {
            return false;
        }
        let kind = match (covers(new, old), covers(old, new)) {
            (true, _) => Kind::TypeWidened,
            (_, true) => Kind::TypeNarrowed,
            _ => Kind::TypeChanged,
        };
        self.retyped(kind, place, old, new, facts);
        if let Some((old, new)) = common(old, new) {
            self.inside(place, &old, &new, facts);
        }
        true
    }

    /// Compares one form with several: wider if the one is among the several, unchanged
    /// or changed.
    fn form_and_forms(&mut self, place: &str, old: &Shape, new: &Shape, facts: &Facts) {
        let widens = old.alternatives.is_empty();
        let (one, several) = if widens {
            (old, &new.alternatives)
        } else {
            (new, &old.alternatives)
        };
        let one = Held::from(one.form());
        if !several.is_empty() && several.iter().all(|form| only_requires_more(form, &one)) {
            // Such as "at least one of these properties".
            let kind = match widens {
                true => Kind::TypeNarrowed,
                false => Kind::TypeWidened,
            };
            self.retyped(kind, place, old, new, facts);
            self.null(place, old, new, facts);
            return;
        }
        let same = several.get(&one);
        let twin = same.or_else(|| kin_of(&one, several));
        let kind = match (widens, twin) {
            _ if new.is_any() => Kind::TypeWidened,
            _ if old.is_any() => Kind::TypeNarrowed,
            (true, Some(_)) => Kind::TypeWidened,
            (false, Some(_)) => Kind::TypeNarrowed,
            (_, None) => Kind::TypeChanged,
        };
        self.retyped(kind, place, old, new, facts);
        self.null(place, old, new, facts);
        if widens {
            self.overlaps(place, twin.into_iter(), new, facts);
        }
        match twin {
            Some(twin) if widens => self.compare(place, &one, twin, facts.identity),
            Some(twin) => self.compare(place, twin, &one, facts.identity),
            None => {}
        }
    }

    fn retyped(&mut self, kind: Kind, place: &str, old: &Shape, new: &Shape, facts: &Facts) {
        let detail = format!("it was {}, and is {}", in_words(old), in_words(new));
        let facts = Facts {
            retyped: true,
            ..facts.clone()
        };
        self.add(kind, place, detail, facts);
    }
}

/// Whether a form differs from another only in that more properties must be there.
fn only_requires_more(form: &Shape, other: &Shape) -> bool {
    let mut loosened = Shape::clone(form);
    let mut more = false;
    for (name, property) in &mut loosened.properties {
        let there = other.properties.get(name);
        if property.required && there.is_some_and(|there| !there.required) {
            property.required = false;
            more = true;
        }
    }
    more && loosened == *other
}

/// The one of these that is likely the same form after a change: one of the same types.
pub(super) fn kin_of<'s>(
    form: &Shape,
    among: impl IntoIterator<Item = &'s Held>,
) -> Option<&'s Held> {
    let is_kin = |other: &Shape| {
        let same = other.kinds == form.kinds && !other.kinds.is_empty();
        same && share_a_property(other, form)
    };
    let kin = among.into_iter().filter(|other| is_kin(other)).enumerate();
    let best = kin.max_by_key(|(index, other)| (alike(other, form), Reverse(*index)));
    best.map(|(_, other)| other)
}

/// Whether two objects share a property, or both have none.
fn share_a_property(one: &Shape, other: &Shape) -> bool {
    let mut names = one.properties.keys();
    one.properties.is_empty() && other.properties.is_empty()
        || names.any(|name| other.properties.contains_key(name))
}

/// How many properties of two objects are the same.
fn alike(one: &Shape, other: &Shape) -> usize {
    let same = |(name, property)| other.properties.get(name) == Some(property);
    one.properties
        .iter()
        .filter(|property| same(*property))
        .count()
}

/// A shape of several types as one form per type, each with what concerns it.
fn by_kind(shape: &Shape) -> Shape {
    let forms = shape.kinds.iter().map(|kind| {
        let mut form = only(shape, &BTreeSet::from([*kind]));
        form.nullable = false;
        Held::from(form)
    });
    let mut facets = shape.facets.clone();
    facets.retain(|facet, _| *facet == "default" || *facet == "deprecated");
    Shape {
        alternatives: forms.collect(),
        nullable: shape.nullable,
        facets,
        ..Shape::default()
    }
}

/// A shape restricted to values of these types.
fn only(shape: &Shape, kinds: &BTreeSet<Type>) -> Shape {
    let mut part = shape.bare();
    part.bodies = Bodies::default();
    part.kinds.clone_from(kinds);
    drop_what_concerns_nothing(kinds, &mut part);
    if let Some(values) = &mut part.values {
        let kind = |text: &String| serde_json::from_str(text).ok().as_ref().map(kind_of);
        values.retain(|value| kind(value).is_none_or(|kind| takes(kinds, kind)));
    }
    part
}

/// Both shapes restricted to the types that both accept; `None` if they share none, or if
/// one of them requires nothing more.
fn common(old: &Shape, new: &Shape) -> Option<(Shape, Shape)> {
    let says_nothing = |shape: &Shape| shape.bare() == Shape::default();
    if says_nothing(old) || says_nothing(new) {
        return None;
    }
    let kinds = match (old.is_any(), new.is_any()) {
        (true, _) => new.kinds.clone(),
        (_, true) => old.kinds.clone(),
        _ => {
            let mut kinds = &expanded(&old.kinds) & &expanded(&new.kinds);
            if kinds.contains(&Type::Number) {
                kinds.remove(&Type::Integer);
            }
            kinds
        }
    };
    if kinds.is_empty() {
        return None;
    }
    let (mut was, mut is) = (only(old, &kinds), only(new, &kinds));
    // A value that may be anything may be null.
    if old.is_any() {
        was.nullable = is.nullable;
    } else if new.is_any() {
        is.nullable = was.nullable;
    }
    let one_is_number = old.kinds.contains(&Type::Number) != new.kinds.contains(&Type::Number);
    if kinds.contains(&Type::Integer) && one_is_number {
        // The width of numbers does not apply to integers.
        was.facets.remove("format");
        is.facets.remove("format");
    }
    Some((was, is))
}

/// The types with all the types that they include.
fn expanded(kinds: &BTreeSet<Type>) -> BTreeSet<Type> {
    let mut all = kinds.clone();
    if kinds.contains(&Type::Number) {
        all.insert(Type::Integer);
    }
    all
}

fn takes(kinds: &BTreeSet<Type>, kind: Type) -> bool {
    expanded(kinds).contains(&kind)
}

/// Whether this shape accepts every type of the other.
fn covers(wide: &Shape, narrow: &Shape) -> bool {
    if wide.is_any() {
        return true;
    }
    if narrow.is_any() || wide.cycle != narrow.cycle {
        return false;
    }
    if narrow.kinds.is_empty() && narrow.nullable && !wide.nullable {
        return false;
    }
    narrow.kinds.iter().all(|kind| takes(&wide.kinds, *kind))
}
