//! Compares the requirements on a value besides its type: listed values, format, bounds,
//! and patterns, `not`, `if` and the like, of which it is enough to see that one was
//! added, removed or changed.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::bounds::{bound, tighter};
use super::position::{Facts, Kind, Position};
use super::shapes::Shapes;
use crate::contract::bounds::admit;
use crate::contract::shape::Additional;
use crate::contract::{Condition, Shape, text};

impl Shapes {
    pub(super) fn values(&mut self, place: &str, old: &Shape, new: &Shape, facts: &Facts) {
        match (&old.values, &new.values) {
            (None, Some(new)) => {
                let detail = format!("only {} remain possible", list(new));
                self.add(Kind::EnumAdded, place, detail, facts.clone());
            }
            (Some(old), None) => {
                let detail = format!("other values than {} are possible now", list(old));
                self.add(Kind::EnumRemoved, place, detail, facts.clone());
            }
            (Some(old), Some(new)) => {
                for gone in old.difference(new) {
                    let detail = format!("{gone} was removed");
                    self.add(Kind::EnumValueRemoved, place, detail, facts.clone());
                }
                for added in new.difference(old) {
                    let detail = format!("{added} was added");
                    self.add(Kind::EnumValueAdded, place, detail, facts.clone());
                }
            }
            (None, None) => {}
        }
    }

    pub(super) fn format(&mut self, place: &str, old: &Shape, new: &Shape) {
        let (was, is) = (format_of(old), format_of(new));
        if was == is {
            return;
        }
        let has = |name: &str| {
            let mut formats = [was, is].into_iter().flatten();
            formats.any(|format| bare(format) == name)
        };
        // A date that is sent is text.
        let dated = has("date-time") && self.position != Position::Request && !self.opaque;
        let facts = Facts {
            retyped: has("uuid") && !self.opaque || has("binary"),
            dated,
            encoded: ENCODINGS.iter().any(|encoding| has(encoding)),
            ..Facts::default()
        };
        let (kind, detail) = match (was, is) {
            (None, Some(is)) => (Kind::FormatAdded, format!("its format is {is} now")),
            (Some(was), None) => (Kind::FormatRemoved, format!("its format {was} was removed")),
            (Some(was), Some(is)) => (
                Kind::FormatChanged,
                format!("its format was {was}, and is {is}"),
            ),
            (None, None) => return,
        };
        self.add(kind, place, detail, facts);
    }

    /// Compares how text encodes other data, such as base64.
    pub(super) fn encoding(&mut self, place: &str, old: &Shape, new: &Shape) {
        for keyword in ["contentEncoding", "contentMediaType"] {
            let (was, is) = (old.facets.get(keyword), new.facets.get(keyword));
            if was == is {
                continue;
            }
            let say = |value: Option<&String>| value.map_or("absent", String::as_str).to_owned();
            let detail = format!("{keyword} was {}, and is {}", say(was), say(is));
            self.add(Kind::ConstraintChanged, place, detail, Facts::default());
        }
    }

    pub(super) fn bounds(&mut self, place: &str, old: &Shape, new: &Shape, facts: &Facts) {
        // A list of values already bounds them.
        let within = |bounded: &Shape, counted: &Shape| {
            let mut values = counted.values.iter().flatten();
            counted.values.is_some() && values.all(|value| admit(&bounded.facets, value))
        };
        if within(old, new) || within(new, old) {
            return;
        }
        let names: BTreeSet<_> = old
            .facets
            .keys()
            .chain(new.facets.keys())
            .copied()
            .collect();
        let names = names.into_iter().filter(|name| !ELSEWHERE.contains(name));
        // An inclusive bound that becomes exclusive is one change, not two.
        let mut merged = BTreeSet::new();
        for name in names {
            merged.insert(match name {
                "exclusiveMinimum" => "minimum",
                "exclusiveMaximum" => "maximum",
                other => other,
            });
        }
        for name in merged {
            let (was, is) = (bound(old, name), bound(new, name));
            let kind = match (&was, &is) {
                (None, None) => continue,
                (None, Some(_)) => Kind::BoundTightened,
                (Some(_), None) => Kind::BoundLoosened,
                (Some(was), Some(is)) => match tighter(name, was, is) {
                    Some(Ordering::Equal) => continue,
                    Some(Ordering::Greater) => Kind::BoundTightened,
                    Some(Ordering::Less) => Kind::BoundLoosened,
                    None => Kind::ConstraintChanged,
                },
            };
            let say = |bound: &Option<(String, bool)>| match bound {
                None => "absent".to_owned(),
                Some((value, true)) => format!("{value} (exclusive)"),
                Some((value, false)) => value.clone(),
            };
            let detail = format!("{name} was {}, and is {}", say(&was), say(&is));
            self.add(kind, place, detail, facts.clone());
        }
    }

    pub(super) fn conditions(&mut self, place: &str, old: &Shape, new: &Shape, facts: &Facts) {
        let all = old.conditions.union(&new.conditions);
        let keywords: BTreeSet<&str> = all.map(|one| one.keyword.as_str()).collect();
        for keyword in keywords {
            let (was, is) = (with(old, keyword), with(new, keyword));
            let (came, went) = (!is.is_subset(&was), !was.is_subset(&is));
            // The words that a pattern lists are values.
            let counted = keyword == "pattern" && (old.values.is_some() || new.values.is_some());
            let takes = match (came, went) {
                (false, false) => continue,
                _ if counted => None,
                (true, false) => rest_of(keyword, old).beside(&is),
                (false, true) => rest_of(keyword, new).beside(&was).map(Ordering::reverse),
                (true, true) => None,
            };
            let kind = match takes {
                Some(Ordering::Equal) => continue,
                Some(Ordering::Less) => Kind::BoundTightened,
                Some(Ordering::Greater) => Kind::BoundLoosened,
                None => Kind::ConstraintChanged,
            };
            let said = |conditions: &BTreeSet<&Condition>, shape: &Shape| match &shape.values {
                Some(values) if conditions.is_empty() => list(values),
                _ => say(conditions),
            };
            let (was, is) = (said(&was, old), said(&is, new));
            let detail = format!("{keyword} was {was}, and is {is}");
            self.add(kind, place, detail, facts.clone());
        }
    }
}

fn list(values: &BTreeSet<String>) -> String {
    let values: Vec<_> = values.iter().map(String::as_str).collect();
    values.join(", ")
}

/// Facets that are not bounds.
const ELSEWHERE: [&str; 5] = [
    "contentEncoding",
    "contentMediaType",
    "default",
    "deprecated",
    "format",
];

/// Formats that say how other bytes are written as text.
const ENCODINGS: [&str; 2] = ["byte", "base64"];

/// Formats that exclude no values: a hint for people, or the range that numbers have
/// anyway.
const EMPTY_FORMATS: [&str; 3] = ["double", "int64", "password"];

/// The format, if it excludes values.
fn format_of(shape: &Shape) -> Option<&String> {
    let format = shape.facets.get("format")?;
    (!EMPTY_FORMATS.contains(&bare(format))).then_some(format)
}

fn bare(format: &str) -> &str {
    format.trim_matches('"')
}

/// What holds, without a keyword, for the values to which it would apply.
enum Rest<'s> {
    /// They may be anything, or the keyword exempts nothing from the rule for the others.
    Anything,
    /// They must not be there.
    Nothing,
    /// The same as for the others.
    Of(&'s Shape),
}

/// `patternProperties` exempts names from the rule for unlisted properties, `prefixItems`
/// positions from the rule for all items.
fn rest_of<'s>(keyword: &str, shape: &'s Shape) -> Rest<'s> {
    let others = match keyword.split(' ').next() {
        Some("patternProperties") => match &shape.additional {
            Additional::Allowed => return Rest::Anything,
            Additional::Forbidden => return Rest::Nothing,
            Additional::Of(extra) => extra,
        },
        Some("prefixItems") => match &shape.items {
            None => return Rest::Anything,
            Some(items) => items,
        },
        _ => return Rest::Anything,
    };
    if others.is_never() {
        Rest::Nothing
    } else {
        Rest::Of(others)
    }
}

impl Rest<'_> {
    /// Whether the conditions accept fewer values than this, more, or as many; `None` if
    /// that cannot be known.
    fn beside(&self, conditions: &BTreeSet<&Condition>) -> Option<Ordering> {
        match self {
            Self::Anything => Some(Ordering::Less),
            Self::Nothing => Some(Ordering::Greater),
            Self::Of(shape) => {
                let mut parts = conditions.iter().flat_map(|one| &one.parts);
                parts
                    .all(|part| **part == **shape)
                    .then_some(Ordering::Equal)
            }
        }
    }
}

fn with<'s>(shape: &'s Shape, keyword: &str) -> BTreeSet<&'s Condition> {
    let all = shape.conditions.iter();
    all.filter(|one| one.keyword == keyword).collect()
}

fn say(conditions: &BTreeSet<&Condition>) -> String {
    let say = |condition: &&Condition| {
        let parts = condition.parts.iter().map(|part| text::summary(part));
        let text = Some(condition.text.clone()).filter(|text| !text.is_empty());
        text.into_iter().chain(parts).collect::<Vec<_>>().join(", ")
    };
    match conditions.len() {
        0 => "absent".to_owned(),
        _ => conditions.iter().map(say).collect::<Vec<_>>().join(" and "),
    }
}
