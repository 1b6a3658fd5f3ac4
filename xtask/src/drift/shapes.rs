//! Finds the differences between two shapes: properties, items, alternatives. Types are
//! in [`super::types`], other requirements in [`super::constraints`]. Nothing is judged
//! here: a change that is wider for a sender is not yet breaking for a reader.

use std::collections::{BTreeMap, BTreeSet};

use super::pairs::Pairs;
use super::position::{Facts, Kind, Position};
use super::types::kin_of;
use super::words::{in_words, quoted};
use crate::codegen::generate::name_in_rust;
use crate::codegen::soften::{is_identity, is_opaque};
use crate::contract::forms::EXCLUSIVE;
use crate::contract::graph::fits_too;
use crate::contract::{Additional, Held, Property, Shape, text};

/// A difference inside a shape.
#[derive(Clone, Debug)]
pub struct Inner {
    /// What happened.
    pub kind: Kind,
    /// The kind of place.
    pub position: Position,
    /// Where.
    pub place: String,
    /// In words.
    pub detail: String,
    /// For rules.
    pub facts: Facts,
}

/// The text of an answer, in events.
const TEXTS: [&str; 2] = ["event.token.content", "event.complete.content"];

/// Compares the shapes of one place.
#[derive(Debug)]
pub struct Shapes {
    pub(super) position: Position,
    field: Option<String>,
    /// What holds for the place as a whole.
    whole: Facts,
    /// Whether the SDK reads the compared values as text, whatever their format.
    pub(super) opaque: bool,
    pairs: Pairs,
    /// What was found.
    pub found: Vec<Inner>,
}

/// The properties of an object.
type Properties = BTreeMap<String, Property>;

impl Shapes {
    /// An empty comparison of a place of which these facts hold.
    #[must_use]
    pub fn new(position: Position, whole: Facts) -> Self {
        Self {
            position,
            field: whole.field.clone(),
            whole,
            opaque: false,
            pairs: Pairs::default(),
            found: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, kind: Kind, place: &str, detail: String, mut facts: Facts) {
        facts.field.clone_from(&self.field);
        facts.carried = self.whole.carried;
        facts.unsent = self.whole.unsent;
        facts.from_transport = self.whole.from_transport;
        facts.decisive = TEXTS.contains(&place);
        self.found.push(Inner {
            kind,
            position: self.position,
            place: place.to_owned(),
            detail,
            facts,
        });
    }

    /// Compares two shapes with all their inner shapes.
    pub fn compare_all(&mut self, place: &str, old: &Shape, new: &Shape) {
        // No default can replace a whole reply.
        let identity = self.position == Position::Response;
        self.compare(place, old, new, identity);
        while let Some(later) = self.pairs.next() {
            self.field = later.field;
            self.position = later.position;
            self.differ(&later.place, &later.old, &later.new, later.identity);
        }
    }

    /// Compares two shapes. `identity` says that the value identifies the thing described
    /// and was always present.
    pub(super) fn compare(&mut self, place: &str, old: &Shape, new: &Shape, identity: bool) {
        if old == new {
            return;
        }
        let field = self.field.as_ref();
        if let Some(outside) = self
            .pairs
            .enter(place, (old, new), identity, (self.position, field))
        {
            self.differ(place, old, new, identity);
            self.pairs.leave(outside);
        }
    }

    fn differ(&mut self, place: &str, old: &Shape, new: &Shape, identity: bool) {
        let facts = Facts {
            identity,
            ..Facts::default()
        };
        self.default(place, old, new);
        self.marks(place, old, new);
        if old.bare() == new.bare() {
            return;
        }
        if self.types(place, old, new, &facts) {
            return;
        }
        let outer = self.position;
        // Several forms become plain JSON in the SDK.
        let several = old.kinds.len() > 1 || !old.alternatives.is_empty();
        if several && outer == Position::Response {
            self.position = Position::Untyped;
        }
        self.inside(place, old, new, &facts);
        self.position = outer;
    }

    /// Compares two shapes of the same types.
    pub(super) fn inside(&mut self, place: &str, old: &Shape, new: &Shape, facts: &Facts) {
        self.null(place, old, new, facts);
        self.values(place, old, new, facts);
        self.format(place, old, new);
        self.encoding(place, old, new);
        self.bounds(place, old, new, facts);
        self.conditions(place, old, new, facts);
        self.properties(place, old, new);
        self.additional(place, old, new);
        match (&old.items, &new.items) {
            // No default can replace an item, as one can an absent property.
            (Some(old), Some(new)) => self.compare(&format!("{place}[]"), old, new, true),
            (Some(old), None) => self.compare(&format!("{place}[]"), old, &Shape::default(), false),
            (None, Some(new)) => self.compare(&format!("{place}[]"), &Shape::default(), new, false),
            (None, None) => {}
        }
        self.alternatives(place, old, new, facts);
    }

    pub(super) fn null(&mut self, place: &str, old: &Shape, new: &Shape, facts: &Facts) {
        // A value that may be anything may be null.
        if old.is_any() || new.is_any() {
            return;
        }
        let (kind, detail) = match (old.nullable, new.nullable) {
            (false, true) => (Kind::NullAllowed, "it may be null now"),
            (true, false) => (Kind::NullForbidden, "it can no longer be null"),
            _ => return,
        };
        self.add(kind, place, detail.to_owned(), facts.clone());
    }

    fn properties(&mut self, place: &str, old: &Shape, new: &Shape) {
        for (name, was) in &old.properties {
            self.within(name, place, |shapes, place| {
                let identity = shapes.is_identity(name, place, was);
                let facts = Facts {
                    identity,
                    ..Facts::default()
                };
                let Some(is) = new.properties.get(name) else {
                    let facts = Facts {
                        respelled: shapes.is_respelled(name, &old.properties, &new.properties),
                        ..facts
                    };
                    let detail = format!("{} was removed", quoted(name));
                    shapes.add(Kind::PropertyRemoved, place, detail, facts);
                    return;
                };
                let change = match (was.required, is.required) {
                    (false, true) => Some((Kind::PropertyBecameRequired, "it is required now")),
                    (true, false) => Some((Kind::PropertyBecameOptional, "it is optional now")),
                    _ => None,
                };
                if let Some((kind, detail)) = change {
                    shapes.add(kind, place, detail.to_owned(), facts);
                }
                let of_message = old.properties.contains_key("role");
                shapes.opaque = shapes.position != Position::Request && is_opaque(name, of_message);
                shapes.compare(place, &was.shape, &is.shape, identity);
                shapes.opaque = false;
            });
        }
        for (name, is) in &new.properties {
            if old.properties.contains_key(name) {
                continue;
            }
            self.within(name, place, |shapes, place| {
                let required = is.required;
                let kind = if required {
                    Kind::RequiredPropertyAdded
                } else {
                    Kind::PropertyAdded
                };
                let detail = format!("{} was added: {}", quoted(name), in_words(&is.shape));
                let facts = Facts {
                    closed: old.additional == Additional::Forbidden,
                    respelled: shapes.is_respelled(name, &new.properties, &old.properties),
                    ..Facts::default()
                };
                shapes.add(kind, place, detail, facts);
                // Before, an unlisted property could have this name.
                if let Additional::Of(was) = &old.additional {
                    shapes.compare(place, was, &is.shape, false);
                }
            });
        }
    }

    /// Whether a property that the other side lacks is there in another spelling, which
    /// gives the generated field the same name and type. Identities are known by their
    /// spelling.
    fn is_respelled(&self, name: &str, own: &Properties, other: &Properties) -> bool {
        let by_spelling = |name: &str| {
            self.position != Position::Request && (is_identity(name) || is_opaque(name, false))
        };
        let mut twins = other.iter().filter(|(twin, property)| {
            name_in_rust(twin) == name_in_rust(name)
                && !own.contains_key(*twin)
                && own.get(name) == Some(*property)
                && !by_spelling(name)
                && !by_spelling(twin)
        });
        twins.next().is_some()
    }

    /// Enters a property; the outermost one is the field of the SDK.
    fn within(&mut self, name: &str, place: &str, run: impl FnOnce(&mut Self, &str)) {
        let outer = self.field.clone();
        self.field.get_or_insert_with(|| name.to_owned());
        run(self, &format!("{place}.{name}"));
        self.field = outer;
    }

    /// Whether a property identifies the thing described. Everything in a success needs
    /// such a property; elsewhere only items of lists do, which are left out without it.
    fn is_identity(&self, name: &str, place: &str, property: &Property) -> bool {
        let of_item = || {
            let holder = place.strip_suffix(name).unwrap_or(place);
            holder.ends_with("[].")
        };
        let needed = match self.position {
            Position::Response => true,
            Position::Event | Position::Untyped => of_item(),
            _ => false,
        };
        needed && property.required && !property.shape.nullable && is_identity(name)
    }

    fn additional(&mut self, place: &str, old: &Shape, new: &Shape) {
        let place_inside = format!("{place}.*");
        let outer = self.position;
        if outer == Position::Event && !old.properties.is_empty() {
            // No field of a token holds what comes beside its listed ones.
            self.position = Position::Untyped;
        }
        match (&old.additional, &new.additional) {
            (was, is) if was == is => {}
            (Additional::Of(was), Additional::Of(is)) => {
                self.compare(&place_inside, was, is, false);
            }
            (Additional::Of(was), Additional::Allowed) => {
                self.compare(&place_inside, was, &Shape::default(), false);
            }
            (Additional::Allowed, Additional::Of(is)) => {
                self.compare(&place_inside, &Shape::default(), is, false);
            }
            (_, Additional::Forbidden) => {
                let detail = "unlisted properties are rejected now".to_owned();
                self.add(Kind::ExtraForbidden, place, detail, Facts::default());
            }
            _ => {
                let detail = "unlisted properties are possible now".to_owned();
                self.add(Kind::ExtraAllowed, place, detail, Facts::default());
            }
        }
        self.position = outer;
    }

    fn alternatives(&mut self, place: &str, old: &Shape, new: &Shape, facts: &Facts) {
        let mut gone: Vec<_> = old.alternatives.difference(&new.alternatives).collect();
        let added: Vec<_> = new.alternatives.difference(&old.alternatives).collect();
        let mut rest = Vec::new();
        for is in added {
            let Some(was) = kin_of(is, gone.iter().copied()) else {
                rest.push(is);
                continue;
            };
            gone.retain(|other| *other != was);
            self.compare(&format!("{place}|{}", text::form(was)), was, is, false);
        }
        for was in gone {
            let detail = format!("{} was removed", text::form(was));
            self.add(Kind::AlternativeRemoved, place, detail, facts.clone());
        }
        for is in &rest {
            let detail = format!("{} was added", text::form(is));
            self.add(Kind::AlternativeAdded, place, detail, facts.clone());
        }
        let known = new.alternatives.iter().filter(|form| !rest.contains(form));
        self.overlaps(place, known, new, facts);
    }

    /// Of `oneOf` only one form may fit: a new form that accepts values of a known one
    /// makes these invalid.
    pub(super) fn overlaps<'s>(
        &mut self,
        place: &str,
        known: impl Iterator<Item = &'s Held>,
        new: &Shape,
        facts: &Facts,
    ) {
        if !new.conditions.iter().any(|one| one.keyword == EXCLUSIVE) {
            return;
        }
        let known: BTreeSet<_> = known.collect();
        for is in new.alternatives.iter().filter(|form| !known.contains(form)) {
            if known.iter().any(|form| fits_too(form, is)) {
                let form = text::form(is);
                let detail = format!("what fits {form} too fits more than one form of oneOf");
                self.add(Kind::BoundTightened, place, detail, facts.clone());
            }
        }
    }

    fn default(&mut self, place: &str, old: &Shape, new: &Shape) {
        let (was, is) = (old.facets.get("default"), new.facets.get("default"));
        if was != is {
            let say =
                |value: Option<&String>| value.cloned().unwrap_or_else(|| "absent".to_owned());
            let detail = format!("the default was {}, and is {}", say(was), say(is));
            self.add(Kind::DefaultChanged, place, detail, Facts::default());
        }
    }

    fn marks(&mut self, place: &str, old: &Shape, new: &Shape) {
        let marked = |shape: &Shape| shape.facets.contains_key("deprecated");
        let (kind, detail) = match (marked(old), marked(new)) {
            (false, true) => (Kind::Deprecated, "it is deprecated now"),
            (true, false) => (Kind::Undeprecated, "it is no longer deprecated"),
            _ => return,
        };
        self.add(kind, place, detail.to_owned(), Facts::default());
    }
}
