//! Finds the differences between two contracts, operation by operation. Replies are
//! compared in [`super::replies`], shapes in [`super::shapes`], and who is let in in
//! [`super::access`]; nothing is judged here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::position::{Facts, Finding, Kind, Position};
use super::shapes::Shapes;
use super::words::{in_words, quoted};
use crate::codegen::generate::name_in_rust;
use crate::codegen::params::{TRANSPORT_HEADERS, UNSENT_HEADERS, expressible, is_carried};
use crate::contract::{Body, Contract, Key, Operation, Parameter, Shape};
use crate::document::grammar::is_range_of;

/// Every difference, in the order of the old contract.
#[must_use]
pub fn compare(base: &Contract, new: &Contract) -> Vec<Finding> {
    let mut found = Found {
        servers: [base.servers.clone(), new.servers.clone()],
        ..Found::default()
    };
    found.set(
        &base.servers,
        &new.servers,
        "servers",
        (Kind::ServerAdded, Kind::ServerRemoved),
    );
    found.schemes(base, &new.schemes);
    for (key, old) in &base.operations {
        found.operation = shown(key, old);
        found.name.clone_from(&old.name);
        found.new_name = new.operations.get(key).map(|new| new.name.clone());
        match new.operations.get(key) {
            Some(new) if Arc::ptr_eq(old, new) => {}
            Some(new) => found.operations(old, new),
            None => match moved_to(old, base, new) {
                Some((place, new)) => {
                    let detail = format!("{} moved to {}", quoted(&old.name), shown(place, new));
                    found.whole(Kind::OperationMoved, detail);
                    match (by_name(old), by_name(new)) {
                        // If parameters were added or removed, names identify them better
                        // than positions.
                        (Some(old), Some(new)) if agree(&old, &new) => {
                            found.operations(&old, &new);
                        }
                        _ => found.operations(old, new),
                    }
                }
                None => found.whole(
                    Kind::OperationRemoved,
                    format!("{} was removed", quoted(&old.name)),
                ),
            },
        }
    }
    for (key, operation) in &new.operations {
        let moved_here = || {
            let mut gone = base.operations.iter();
            gone.any(|(was, old)| old.name == operation.name && !new.operations.contains_key(was))
        };
        if !base.operations.contains_key(key) && !moved_here() {
            found.operation = shown(key, operation);
            found.name.clone_from(&operation.name);
            found.new_name = None;
            found.whole(
                Kind::OperationAdded,
                format!("{} was added", quoted(&operation.name)),
            );
        }
    }
    found.list
}

/// The new place of an operation that is gone from its old one: an operation of the same
/// name, in a place that is new.
fn moved_to<'a>(
    old: &Operation,
    base: &Contract,
    new: &'a Contract,
) -> Option<(&'a Key, &'a Arc<Operation>)> {
    let mut all = new.operations.iter();
    all.find(|(key, is)| is.name == old.name && !base.operations.contains_key(key))
}

/// An operation as a person writes it, with the names of its parameters.
pub(super) fn shown(key: &Key, operation: &Operation) -> String {
    let mut parts = key.path.split("{}");
    let mut path = parts.next().unwrap_or_default().to_owned();
    for (index, part) in parts.enumerate() {
        let id = ("path".to_owned(), index.to_string());
        let name = operation
            .parameters
            .get(&id)
            .map_or("", |parameter| &parameter.name);
        path.push_str(&format!("{{{name}}}{part}"));
    }
    format!("{} {path}", key.method)
}

/// An operation with its path parameters identified by their names; `None` if a name
/// occurs twice.
fn by_name(operation: &Operation) -> Option<Operation> {
    let mut out = operation.clone();
    let parameters = std::mem::take(&mut out.parameters);
    let count = parameters.len();
    out.parameters = parameters
        .into_iter()
        .map(|(id, parameter)| match id.0.as_str() {
            "path" => ((id.0, parameter.name.clone()), parameter),
            _ => (id, parameter),
        })
        .collect();
    (out.parameters.len() == count).then_some(out)
}

/// Whether the path parameters of one are among those of the other.
fn agree(one: &Operation, other: &Operation) -> bool {
    let names = |operation: &Operation| -> BTreeSet<String> {
        let in_path = operation.parameters.keys().filter(|id| id.0 == "path");
        in_path.map(|id| id.1.clone()).collect()
    };
    let (one, other) = (names(one), names(other));
    one.is_subset(&other) || other.is_subset(&one)
}

#[derive(Default)]
pub(super) struct Found {
    list: Vec<Finding>,
    operation: String,
    name: String,
    new_name: Option<String>,
    /// The service's servers, for operations that have none of their own.
    servers: [BTreeSet<String>; 2],
}

impl Found {
    pub(super) fn add(
        &mut self,
        kind: Kind,
        position: Position,
        place: &str,
        detail: String,
        facts: Facts,
    ) {
        self.list.push(Finding {
            kind,
            position,
            operation: self.operation.clone(),
            name: self.name.clone(),
            new_name: self.new_name.clone(),
            place: place.to_owned(),
            detail,
            facts,
        });
    }

    /// What identifies the operation that is compared.
    pub(super) fn key(&self) -> Key {
        let (method, path) = self.operation.split_once(' ').unwrap_or_default();
        Key::of(method, path)
    }

    fn whole(&mut self, kind: Kind, detail: String) {
        self.add(kind, Position::Whole, "", detail, Facts::default());
    }

    pub(super) fn set(
        &mut self,
        old: &BTreeSet<String>,
        new: &BTreeSet<String>,
        place: &str,
        kinds: (Kind, Kind),
    ) {
        for gone in old.difference(new) {
            let detail = format!("{} was removed", quoted(gone));
            self.add(kinds.1, Position::Whole, place, detail, Facts::default());
        }
        for added in new.difference(old) {
            let detail = format!("{} was added", quoted(added));
            self.add(kinds.0, Position::Whole, place, detail, Facts::default());
        }
    }

    fn operations(&mut self, old: &Operation, new: &Operation) {
        if old.name != new.name {
            let detail = format!("{} was renamed to {}", quoted(&old.name), quoted(&new.name));
            self.whole(Kind::OperationRenamed, detail);
        }
        match (old.deprecated, new.deprecated) {
            (false, true) => self.whole(Kind::Deprecated, "it is deprecated now".to_owned()),
            (true, false) => {
                self.whole(Kind::Undeprecated, "it is no longer deprecated".to_owned());
            }
            _ => {}
        }
        self.own_servers(&old.servers, &new.servers);
        self.security(&old.security, &new.security);
        self.parameters(&old.parameters, &new.parameters);
        self.bodies(old.body.as_ref(), new.body.as_ref());
        self.responses(&old.responses, &new.responses);
    }

    /// An operation's own servers replace those of the service, so adding one removes the
    /// service's.
    fn own_servers(&mut self, old: &BTreeSet<String>, new: &BTreeSet<String>) {
        if old.is_empty() && new.is_empty() {
            return;
        }
        let [all_old, all_new] = self.servers.clone();
        let old = if old.is_empty() { &all_old } else { old };
        let new = if new.is_empty() { &all_new } else { new };
        let kinds = (Kind::ServerAdded, Kind::ServerRemoved);
        self.set(old, new, "servers", kinds);
    }

    fn parameters(&mut self, old: &Parameters, new: &Parameters) {
        let facts = |id: &(String, String), parameter: &Parameter| Facts {
            from_transport: id.0 == "header" && TRANSPORT_HEADERS.contains(&id.1.as_str()),
            carried: id.0 == "header" && is_carried(&id.1) || id.0 == "cookie",
            unsent: id.0 == "header" && UNSENT_HEADERS.contains(&id.1.as_str()) || id.0 == "cookie",
            field: Some(parameter.name.clone()),
            ..Facts::default()
        };
        for (id, was) in old {
            let place = format!("{}.{}", id.0, was.name);
            let mut facts = facts(id, was);
            let Some(is) = new.get(id) else {
                facts.respelled = is_respelled(id, old, new);
                let detail = format!("{} was removed", quoted(&was.name));
                self.add(
                    Kind::ParameterRemoved,
                    Position::Request,
                    &place,
                    detail,
                    facts,
                );
                continue;
            };
            let change = match (was.required, is.required) {
                (false, true) => Some((Kind::ParameterBecameRequired, "it is required now")),
                (true, false) => Some((Kind::ParameterBecameOptional, "it is optional now")),
                _ => None,
            };
            if let Some((kind, detail)) = change {
                self.add(
                    kind,
                    Position::Request,
                    &place,
                    detail.to_owned(),
                    facts.clone(),
                );
            }
            if was.style != is.style {
                let say = |style: &str| match style {
                    "" => "the usual one".to_owned(),
                    style => style.to_owned(),
                };
                let (was, is) = (say(&was.style), say(&is.style));
                let detail = format!("its notation was {was}, and is {is}");
                self.add(
                    Kind::StyleChanged,
                    Position::Request,
                    &place,
                    detail,
                    facts.clone(),
                );
            }
            self.shapes(Position::Request, &place, &was.shape, &is.shape, facts);
        }
        for (id, is) in new {
            if old.contains_key(id) {
                continue;
            }
            let kind = if is.required {
                Kind::RequiredParameterAdded
            } else {
                Kind::ParameterAdded
            };
            let detail = format!("{} was added: {}", quoted(&is.name), in_words(&is.shape));
            let place = format!("{}.{}", id.0, is.name);
            let facts = Facts {
                respelled: is_respelled(id, new, old),
                ..facts(id, is)
            };
            self.add(kind, Position::Request, &place, detail, facts);
        }
    }

    fn bodies(&mut self, old: Option<&Body>, new: Option<&Body>) {
        let mut add = |kind, detail: &str| {
            self.add(
                kind,
                Position::Request,
                "request",
                detail.to_owned(),
                Facts::default(),
            );
        };
        match (old, new) {
            (None, None) => {}
            (Some(_), None) => add(Kind::BodyRemoved, "the body was removed"),
            (None, Some(new)) if new.required => {
                add(Kind::RequiredBodyAdded, "a required body was added");
            }
            (None, Some(_)) => add(Kind::BodyAdded, "an optional body was added"),
            (Some(old), Some(new)) => {
                match (old.required, new.required) {
                    (false, true) => add(Kind::BodyBecameRequired, "it is required now"),
                    (true, false) => add(Kind::BodyBecameOptional, "it is optional now"),
                    _ => {}
                }
                self.content(Position::Request, "request", &old.content, &new.content);
            }
        }
    }

    /// Content that is compared media type by media type.
    pub(super) fn content(
        &mut self,
        position: Position,
        place: &str,
        old: &BTreeMap<String, Shape>,
        new: &BTreeMap<String, Shape>,
    ) {
        let retyped = can_be_sent(old) && !can_be_sent(new);
        // The media types that are covered by another one.
        let mut covered = BTreeSet::new();
        for (media, was) in old {
            let wider = new.keys().find(|other| {
                let sent = position == Position::Request;
                sent && is_range_of(other, media)
            });
            let place_inside = place_of(place, media, old);
            match (new.get(media), wider) {
                (Some(is), _) => self.shapes(position, &place_inside, was, is, Facts::default()),
                (None, Some(wider)) => {
                    if covered.insert(wider) && !old.contains_key(wider) {
                        self.media(Kind::MediaTypeAdded, position, place, wider, retyped);
                    }
                    self.shapes(position, &place_inside, was, &new[wider], Facts::default());
                }
                (None, None) => {
                    self.media(Kind::MediaTypeRemoved, position, place, media, retyped);
                }
            }
        }
        let added = new.keys().filter(|media| !old.contains_key(*media));
        for media in added.filter(|media| !covered.contains(media)) {
            self.media(Kind::MediaTypeAdded, position, place, media, false);
        }
    }

    /// A media type that was added or removed.
    pub(super) fn media(
        &mut self,
        kind: Kind,
        position: Position,
        place: &str,
        media: &str,
        retyped: bool,
    ) {
        let what = if kind == Kind::MediaTypeAdded {
            "added"
        } else {
            "removed"
        };
        let facts = Facts {
            retyped,
            ..Facts::default()
        };
        self.add(kind, position, place, format!("{media} was {what}"), facts);
    }

    pub(super) fn shapes(
        &mut self,
        position: Position,
        place: &str,
        old: &Shape,
        new: &Shape,
        whole: Facts,
    ) {
        let mut shapes = Shapes::new(position, whole);
        shapes.compare_all(place, old, new);
        for found in shapes.found {
            self.add(
                found.kind,
                found.position,
                &found.place,
                found.detail,
                found.facts,
            );
        }
    }
}

/// Parameters by their place and name.
type Parameters = BTreeMap<(String, String), Parameter>;

/// Whether a parameter that the other side lacks is there in another spelling, which gives
/// the argument the same name and type in Rust.
fn is_respelled(id: &(String, String), own: &Parameters, other: &Parameters) -> bool {
    let alike = |one: &Parameter| {
        let own = own.get(id);
        own.is_some_and(|own| {
            let same =
                (own.required, &own.style, &own.shape) == (one.required, &one.style, &one.shape);
            same && name_in_rust(&own.name) == name_in_rust(&one.name)
        })
    };
    other
        .iter()
        .any(|(twin, one)| twin.0 == id.0 && !own.contains_key(twin) && alike(one))
}

/// The place of the content of a media type, distinguished from that of others beside it.
pub(super) fn place_of(place: &str, media: &str, content: &BTreeMap<String, Shape>) -> String {
    if content.len() > 1 {
        format!("{place} ({media})")
    } else {
        place.to_owned()
    }
}

/// Whether the generator can write a body of one of these media types.
fn can_be_sent(content: &BTreeMap<String, Shape>) -> bool {
    content.keys().any(|media| expressible(media).is_some())
}
