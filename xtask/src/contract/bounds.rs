//! Bounds of schemas: how long, how many, how large. The tightest of several holds. 3.0's
//! exclusive marks and 3.1's exclusive bounds count as the same, and so do bounds between
//! which no value lies.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::conjunction::asks_to_contain;
use super::number::Number;
use super::shape::Kind;

const LOWER: [&str; 6] = [
    "minimum",
    "exclusiveMinimum",
    "minLength",
    "minItems",
    "minProperties",
    "minContains",
];
const UPPER: [&str; 6] = [
    "maximum",
    "exclusiveMaximum",
    "maxLength",
    "maxItems",
    "maxProperties",
    "maxContains",
];

/// The bounds of several schemas, the tightest of each.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    of: BTreeMap<&'static str, Number>,
    /// Factors whose common multiple cannot be computed.
    factors: BTreeSet<String>,
}

impl Bounds {
    /// Adds the bounds of a schema.
    pub(super) fn add(&mut self, object: &Map<String, Value>) {
        let exclusive = [
            ("minimum", "exclusiveMinimum"),
            ("maximum", "exclusiveMaximum"),
        ];
        let counts = asks_to_contain(object);
        let of_contained = |name: &&str| ["minContains", "maxContains"].contains(name);
        for name in LOWER.into_iter().chain(UPPER) {
            if of_contained(&name) && !counts {
                continue;
            }
            let Some(bound) = object.get(name).and_then(Number::of) else {
                continue;
            };
            let mark = exclusive.iter().find(|pair| pair.0 == name);
            let marked = mark.filter(|pair| object.get(pair.1) == Some(&json!(true)));
            self.tighten(marked.map_or(name, |pair| pair.1), bound);
        }
        let Some(factor) = object.get("multipleOf").and_then(Number::of) else {
            return;
        };
        match self.of.get("multipleOf").copied() {
            None => {
                self.of.insert("multipleOf", factor);
            }
            Some(known) if known.is_multiple_of(factor) => {}
            Some(known) if factor.is_multiple_of(known) => {
                self.of.insert("multipleOf", factor);
            }
            Some(known) => match known.common_multiple(factor) {
                Some(common) => {
                    self.of.insert("multipleOf", common);
                }
                None => {
                    self.factors.insert(factor.text());
                }
            },
        }
    }

    fn tighten(&mut self, name: &'static str, bound: Number) {
        let looser = if UPPER.contains(&name) {
            Ordering::Greater
        } else {
            Ordering::Less
        };
        let known = self.of.entry(name).or_insert(bound);
        if known.order(bound) == looser {
            *known = bound;
        }
    }

    /// Whether a value is within the bounds.
    pub(super) fn admit(&self, value: &Value) -> bool {
        let measured = |lower: &str, upper: &str, size: usize| {
            let size = Number::Whole(size as i128);
            let below = self
                .of
                .get(lower)
                .is_none_or(|bound| bound.order(size).is_le());
            below
                && self
                    .of
                    .get(upper)
                    .is_none_or(|bound| bound.order(size).is_ge())
        };
        match value {
            Value::String(text) => measured("minLength", "maxLength", text.chars().count()),
            Value::Array(list) => measured("minItems", "maxItems", list.len()),
            Value::Object(object) => measured("minProperties", "maxProperties", object.len()),
            _ => Number::of(value).is_none_or(|number| self.admit_number(number)),
        }
    }

    fn admit_number(&self, number: Number) -> bool {
        self.of.iter().all(|(name, bound)| {
            let order = number.order(*bound);
            match *name {
                "minimum" => order.is_ge(),
                "exclusiveMinimum" => order.is_gt(),
                "maximum" => order.is_le(),
                "exclusiveMaximum" => order.is_lt(),
                "multipleOf" => number.is_multiple_of(*bound),
                _ => true,
            }
        })
    }

    /// The bounds as facets of values of these types with this many required properties.
    /// Bounds that exclude nothing are left out.
    pub(super) fn facets(
        mut self,
        kinds: Option<&BTreeSet<Kind>>,
        required: usize,
    ) -> Vec<(&'static str, String)> {
        if kinds
            .is_some_and(|kinds| kinds.contains(&Kind::Integer) && !kinds.contains(&Kind::Number))
        {
            self.of_integers();
        }
        self.one_of_each();
        let required = Number::Whole(required as i128);
        self.of.retain(|name, bound| match *name {
            "minLength" | "minItems" => bound.order(Number::Whole(0)).is_gt(),
            "minProperties" => bound.order(required).is_gt(),
            "minContains" => bound.order(Number::Whole(1)).is_ne(),
            _ => true,
        });
        let mut facets: Vec<_> = self
            .of
            .into_iter()
            .map(|(name, bound)| (name, bound.text()))
            .collect();
        for (name, text) in &mut facets {
            for factor in self.factors.iter().filter(|_| *name == "multipleOf") {
                text.push_str(" and ");
                text.push_str(factor);
            }
        }
        facets
    }

    /// Bounds of integers as inclusive whole numbers.
    fn of_integers(&mut self) {
        let mut moved = Vec::new();
        self.of.retain(|name, bound| {
            let (to, bound) = match *name {
                "minimum" => ("minimum", bound.up()),
                "exclusiveMinimum" => ("minimum", bound.down().plus(1)),
                "maximum" => ("maximum", bound.down()),
                "exclusiveMaximum" => ("maximum", bound.up().plus(-1)),
                "multipleOf" => return bound.order(Number::Whole(1)).is_ne(),
                _ => return true,
            };
            moved.push((to, bound));
            false
        });
        for (name, bound) in moved {
            self.tighten(name, bound);
        }
    }

    /// Keeps the tighter one of an inclusive and an exclusive bound.
    fn one_of_each(&mut self) {
        for (inclusive, exclusive, tighter) in [
            ("minimum", "exclusiveMinimum", Ordering::Greater),
            ("maximum", "exclusiveMaximum", Ordering::Less),
        ] {
            let (Some(inside), Some(outside)) = (self.of.get(inclusive), self.of.get(exclusive))
            else {
                continue;
            };
            let idle = if inside.order(*outside) == tighter {
                exclusive
            } else {
                inclusive
            };
            self.of.remove(idle);
        }
    }
}

/// Whether a value, as JSON text, is within the bounds given as facets.
pub(crate) fn admit(facets: &BTreeMap<&'static str, String>, value: &str) -> bool {
    let bounds = facets.iter();
    let of = bounds.filter_map(|(name, bound)| Some((*name, Number::parse(bound)?)));
    let bounds = Bounds {
        of: of.collect(),
        ..Bounds::default()
    };
    serde_json::from_str(value).is_ok_and(|value| bounds.admit(&value))
}

/// Whether a bound applies to values of these types.
pub(super) fn concerns(bound: &str, kinds: &BTreeSet<Kind>) -> bool {
    let has = |kind| kinds.contains(&kind);
    match bound {
        "minLength" | "maxLength" => has(Kind::String),
        "minItems" | "maxItems" | "minContains" | "maxContains" => has(Kind::Array),
        "minProperties" | "maxProperties" => has(Kind::Object),
        _ => has(Kind::Integer) || has(Kind::Number),
    }
}

/// Whether the second bound is tighter (greater), the same, or looser than the first;
/// `None` if neither implies the other.
pub(crate) fn tightness(name: &str, was: &str, is: &str) -> Option<Ordering> {
    let (was, is) = (Number::parse(was)?, Number::parse(is)?);
    match name {
        _ if LOWER.contains(&name) => Some(is.order(was)),
        _ if UPPER.contains(&name) => Some(was.order(is)),
        "multipleOf" if was.order(is).is_eq() => Some(Ordering::Equal),
        "multipleOf" if is.is_multiple_of(was) => Some(Ordering::Greater),
        "multipleOf" if was.is_multiple_of(is) => Some(Ordering::Less),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(schemas: &[Value], kind: Kind) -> String {
        let mut bounds = Bounds::default();
        for schema in schemas {
            bounds.add(schema.as_object().unwrap());
        }
        let facets = bounds.facets(Some(&[kind].into()), 1);
        let facets = facets.iter().map(|(name, value)| format!("{name}={value}"));
        facets.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_tightest_bound_holds() {
        let both = [json!({"maxLength": 50}), json!({"maxLength": 10})];
        assert_eq!(of(&both, Kind::String), "maxLength=10");
        let both = [json!({"minimum": 1, "exclusiveMinimum": -1})];
        assert_eq!(of(&both, Kind::Number), "minimum=1");
        let both = [json!({"minimum": 1, "exclusiveMinimum": 1})];
        assert_eq!(of(&both, Kind::Number), "exclusiveMinimum=1");
        let both = [json!({"multipleOf": 4}), json!({"multipleOf": 6})];
        assert_eq!(of(&both, Kind::Integer), "multipleOf=12");
    }

    #[test]
    fn bounds_of_integers_have_one_spelling() {
        for schema in [
            json!({"exclusiveMinimum": 0.5}),
            json!({"minimum": 0.5}),
            json!({"exclusiveMinimum": 0}),
            json!({"minimum": 0, "exclusiveMinimum": true}),
            json!({"minimum": 1, "multipleOf": 1}),
        ] {
            assert_eq!(of(&[schema], Kind::Integer), "minimum=1");
        }
    }

    #[test]
    fn what_bounds_nothing_is_no_bound() {
        let idle = json!({"minLength": 0, "minItems": 0, "minProperties": 1, "minContains": 1});
        assert_eq!(of(&[idle], Kind::Object), "");
    }

    #[test]
    fn a_factor_is_tighter_when_it_is_a_multiple() {
        let tight = |was, is| tightness("multipleOf", was, is);
        assert_eq!(tight("2", "4"), Some(Ordering::Greater));
        assert_eq!(tight("4", "2"), Some(Ordering::Less));
        assert_eq!(tight("2", "3"), None);
    }
}
