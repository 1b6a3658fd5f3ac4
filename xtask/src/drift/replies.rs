//! Finds the differences between the possible replies of an operation: statuses, media
//! types, headers, events. Nothing is judged here.

use std::collections::BTreeMap;

use super::compare::{Found, place_of};
use super::position::{Facts, Kind, Position};
use super::words::quoted;
use crate::codegen::respond::{Given, arrives_as, given, successes};
use crate::contract::shape::Kind as Type;
use crate::contract::{Additional, Key, Parameter, Response, Shape};
use crate::document::grammar::is_event_stream;

/// Stands for every status that is not listed.
const DEFAULT: &str = "default";

/// Events that `chats` gives as errors and not as tokens.
const FAILURES: [&str; 2] = ["error", "auth_error"];

/// Events without which a stream has no result.
const DECISIVE: [&str; 2] = ["complete", "token"];

impl Found {
    pub(super) fn responses(
        &mut self,
        old: &BTreeMap<String, Response>,
        new: &BTreeMap<String, Response>,
    ) {
        for (status, was) in old {
            match new.get(status) {
                Some(is) => {
                    let position = typed_only(position_in(old, status), status, old);
                    self.response(position, &place_in(status), was, is);
                }
                None => self.status_gone(status, was, old, new),
            }
        }
        for (status, is) in new {
            if !old.contains_key(status) {
                self.status_new(status, is, old, new);
            }
        }
    }

    /// A status that is no longer listed: it became another one, a range covers it, it was a
    /// range itself and its statuses are listed now, or it was removed.
    fn status_gone(
        &mut self,
        status: &str,
        was: &Response,
        old: &BTreeMap<String, Response>,
        new: &BTreeMap<String, Response>,
    ) {
        let place = place_in(status);
        let position = position_in(old, status);
        if let Some(other) = moved_to(status, old, new) {
            let detail = format!("{status} became {other}");
            let facts = Facts {
                accepted: arrives_as(other, given_for(&self.key(), &was.content)) != "200",
                ..Facts::default()
            };
            self.add(Kind::StatusChanged, position, &place, detail, facts);
            self.response(typed_only(position, status, old), &place, was, &new[other]);
        } else if let Some(wider) = wider_than(status, new) {
            self.response(position, &place, was, &new[wider]);
        } else if new.keys().any(|one| is_within(one, status, old)) {
            let detail = format!("{status} names its statuses now");
            let facts = Facts::default();
            self.add(Kind::StatusNarrowed, position, &place, detail, facts);
        } else {
            let kind = match position {
                Position::Response => Kind::StatusRemoved,
                _ => Kind::ErrorStatusRemoved,
            };
            let remains = new.keys().any(|status| status.starts_with('2'));
            let facts = Facts {
                bodyless: was.content.is_empty() && remains,
                ..Facts::default()
            };
            let detail = format!("{status} was removed");
            self.add(kind, position, &place, detail, facts);
        }
    }

    /// A status that was not listed: it is within a range that was, is what another became
    /// (which [`status_gone`](Self::status_gone) reports), or was added.
    fn status_new(
        &mut self,
        status: &str,
        is: &Response,
        old: &BTreeMap<String, Response>,
        new: &BTreeMap<String, Response>,
    ) {
        let place = place_in(status);
        let position = position_in(new, status);
        if let Some(range) = old.keys().find(|range| is_within(status, range, old)) {
            let position = typed_only(position, range, old);
            self.response(position, &place, &old[range], is);
            return;
        }
        let mut gone = old.keys();
        if gone.any(|was| moved_to(was, old, new).is_some_and(|other| other == status)) {
            return;
        }
        let kind = match position {
            Position::Response => Kind::StatusAdded,
            _ => Kind::ErrorStatusAdded,
        };
        let facts = Facts {
            bodyless: is.content.is_empty(),
            alike: carries_alike(is, old),
            ..Facts::default()
        };
        self.add(kind, position, &place, format!("{status} was added"), facts);
    }

    fn response(&mut self, position: Position, place: &str, was: &Response, is: &Response) {
        let streams = |response: &Response| response.content.keys().any(|one| is_event_stream(one));
        let stays = streams(was) && streams(is);
        let mut content = is.content.clone();
        if stays && !was.events.is_empty() && is.events.is_empty() {
            // The loss of its events is the only difference of the stream to report.
            for (media, shape) in content.iter_mut().filter(|(one, _)| is_event_stream(one)) {
                if let Some(was) = was.content.get(media) {
                    shape.clone_from(was);
                }
            }
        }
        match position {
            Position::Response => self.typed(place, &was.content, &content),
            _ => self.content(position, place, &was.content, &content),
        }
        self.headers(place, &was.headers, &is.headers);
        // If a stream is added or removed, or its events are listed for the first time,
        // that difference is enough.
        let listed = !was.events.is_empty();
        if stays && (listed || was.content == is.content) {
            self.events(&was.events, &is.events);
        }
    }

    /// Compares the content of the success that has a type in the SDK.
    fn typed(&mut self, place: &str, old: &BTreeMap<String, Shape>, new: &BTreeMap<String, Shape>) {
        let operation = self.key();
        let (was, is) = (given_for(&operation, old), given_for(&operation, new));
        let retyped = match (was, is) {
            (Given::Json(_), Given::Json(_)) => false,
            (was, is) => was != is,
        };
        for (media, shape) in old {
            let Some(other) = new.get(media) else {
                // A stream may be assumed where the document never lists one, but not
                // where it listed one and no longer does.
                let facts = Facts {
                    retyped: retyped || is_event_stream(media),
                    beside: was == Given::Bytes && !retyped,
                    ..Facts::default()
                };
                let detail = format!("{media} was removed");
                self.add(
                    Kind::MediaTypeRemoved,
                    Position::Response,
                    place,
                    detail,
                    facts,
                );
                continue;
            };
            let position = match was {
                Given::Json(typed) if typed == media && !retyped => Position::Response,
                Given::Events if is_event_stream(media) => Position::Event,
                _ => Position::Untyped,
            };
            let place = place_of(place, media, old);
            self.shapes(position, &place, shape, other, Facts::default());
        }
        for media in new.keys().filter(|media| !old.contains_key(*media)) {
            self.media(
                Kind::MediaTypeAdded,
                Position::Response,
                place,
                media,
                retyped,
            );
        }
        match (was, is) {
            // The same JSON under another media type.
            (Given::Json(was), Given::Json(is)) if was != is => {
                self.shapes(
                    Position::Response,
                    place,
                    &old[was],
                    &new[is],
                    Facts::default(),
                );
            }
            _ if retyped && old.keys().eq(new.keys()) => {
                let kind = if is == Given::Bytes {
                    Kind::TypeWidened
                } else {
                    Kind::TypeNarrowed
                };
                let detail = format!(
                    "the function returned {}, and now returns {}",
                    said(was),
                    said(is)
                );
                self.add(kind, Position::Response, place, detail, Facts::default());
            }
            _ => {}
        }
    }

    fn headers(
        &mut self,
        place: &str,
        old: &BTreeMap<String, Parameter>,
        new: &BTreeMap<String, Parameter>,
    ) {
        let position = Position::Header;
        for (id, was) in old {
            let place = format!("{place} header {}", was.name);
            let Some(is) = new.get(id) else {
                let detail = format!("{} was removed", quoted(&was.name));
                let facts = Facts::default();
                self.add(Kind::HeaderRemoved, position, &place, detail, facts);
                continue;
            };
            let kind = match (was.required, is.required) {
                (false, true) => Some((Kind::HeaderBecameRequired, "it is always sent now")),
                (true, false) => Some((Kind::HeaderBecameOptional, "it may be absent now")),
                _ => None,
            };
            if let Some((kind, detail)) = kind {
                self.add(kind, position, &place, detail.to_owned(), Facts::default());
            }
            self.shapes(position, &place, &was.shape, &is.shape, Facts::default());
        }
        for (_, is) in new.iter().filter(|(id, _)| !old.contains_key(*id)) {
            let place = format!("{place} header {}", is.name);
            let detail = format!("{} was added", quoted(&is.name));
            let facts = Facts::default();
            self.add(Kind::HeaderAdded, position, &place, detail, facts);
        }
    }

    fn events(&mut self, old: &BTreeMap<String, Shape>, new: &BTreeMap<String, Shape>) {
        for (name, was) in old {
            let place = format!("event.{name}");
            match new.get(name) {
                Some(is) if was.alternatives.is_empty() != is.alternatives.is_empty() => {
                    // A further form of an event does not change its type.
                    self.shapes(
                        position_of(name),
                        &place,
                        &forms(was),
                        &forms(is),
                        Facts::default(),
                    );
                }
                Some(is) => self.shapes(position_of(name), &place, was, is, Facts::default()),
                None => {
                    let facts = Facts {
                        decisive: DECISIVE.contains(&name.as_str()),
                        ..Facts::default()
                    };
                    let detail = format!("{} is no longer sent", quoted(name));
                    self.add(Kind::EventRemoved, position_of(name), &place, detail, facts);
                }
            }
        }
        for name in new.keys().filter(|name| !old.contains_key(*name)) {
            let place = format!("event.{name}");
            let detail = format!("{} was added", quoted(name));
            self.add(
                Kind::EventAdded,
                position_of(name),
                &place,
                detail,
                Facts::default(),
            );
        }
    }
}

/// The position of an event.
fn position_of(event: &str) -> Position {
    match FAILURES.contains(&event) {
        true => Position::Error,
        false => Position::Event,
    }
}

fn place_in(status: &str) -> String {
    format!("response.{status}")
}

/// The position of a status among others.
fn position_in(statuses: &BTreeMap<String, Response>, status: &str) -> Position {
    match is_success(status, statuses) {
        true => Position::Response,
        false => Position::Error,
    }
}

/// The position of a status's content: only one success has a type in the SDK.
fn typed_only(position: Position, status: &str, old: &BTreeMap<String, Response>) -> Position {
    let typed = || successes(old.keys()).first() == Some(&status);
    match position {
        Position::Response if !typed() => Position::Untyped,
        other => other,
    }
}

/// What the generated function returns for this content.
fn given_for<'a>(operation: &Key, content: &'a BTreeMap<String, Shape>) -> Given<'a> {
    let says: Vec<_> = content
        .iter()
        .map(|(media, shape)| (media.as_str(), says_form(shape)))
        .collect();
    given(operation, &says)
}

fn said(given: Given<'_>) -> &'static str {
    match given {
        Given::Nothing => "nothing",
        Given::Json(_) => "a type of its own",
        Given::Bytes => "bytes",
        Given::Events => "events",
    }
}

/// Whether a shape describes a form. "Some object" is not one, nor are several forms,
/// which become plain JSON.
fn says_form(shape: &Shape) -> bool {
    let some_object = shape.kinds.iter().eq(&[Type::Object])
        && shape.properties.is_empty()
        && shape.additional == Additional::Allowed;
    let several = shape.kinds.len() > 1 || !shape.alternatives.is_empty();
    !shape.is_any() && !some_object && !several
}

/// The new status of a success whose old status is gone.
fn moved_to<'a>(
    status: &str,
    old: &BTreeMap<String, Response>,
    new: &'a BTreeMap<String, Response>,
) -> Option<&'a String> {
    let was = old
        .get(status)
        .filter(|_| is_success(status, old) && !new.contains_key(status))?;
    if was.content.is_empty() {
        return None;
    }
    let others = new.iter().filter(|(other, _)| {
        is_success(other, new) && !is_within(other, status, old) && !old.contains_key(*other)
    });
    let same = |is: &Response| was.content == is.content && was.events == is.events;
    if let Some((other, _)) = others.clone().find(|(_, is)| same(is)) {
        return Some(other);
    }
    // Its content may have changed too, if there is no doubt that it is the same success.
    let mut gone = old.iter().filter(|(gone, was)| {
        is_success(gone, old) && !new.contains_key(*gone) && !was.content.is_empty()
    });
    let mut alike = others.filter(|(other, is)| {
        !is_one_of(status, other) && is.content.keys().eq(was.content.keys())
    });
    match (gone.nth(1), alike.next(), alike.next()) {
        (None, Some((other, _)), None) => Some(other),
        _ => None,
    }
}

/// Whether a response has the content of some success.
fn carries_alike(response: &Response, others: &BTreeMap<String, Response>) -> bool {
    let mut successes = others
        .iter()
        .filter(|(status, _)| is_success(status, others));
    !response.content.is_empty()
        && successes
            .any(|(_, other)| other.content == response.content && other.events == response.events)
}

/// Whether a status is that of a success. By custom `default` describes failures, unless
/// no success is listed.
fn is_success(status: &str, among: &BTreeMap<String, Response>) -> bool {
    let is_2xx = |status: &str| status.starts_with('2');
    is_2xx(status) || status == DEFAULT && !among.keys().any(|other| is_2xx(other))
}

/// Whether a status is new, and within a range such as `2XX`, or a failure that `default`
/// covered.
fn is_within(status: &str, range: &str, old: &BTreeMap<String, Response>) -> bool {
    !old.contains_key(status) && is_one_of(status, range)
}

fn is_one_of(status: &str, range: &str) -> bool {
    let failure = status.starts_with(['4', '5']);
    status != range
        && (range.ends_with("XX") && status[..1] == range[..1] || range == DEFAULT && failure)
}

/// The range that covers a status that is gone.
fn wider_than<'n>(status: &str, new: &'n BTreeMap<String, Response>) -> Option<&'n String> {
    let mut ranges: Vec<_> = new
        .keys()
        .filter(|range| is_one_of(status, range))
        .collect();
    // A range takes precedence over `default`.
    ranges.sort_by_key(|range| *range == DEFAULT);
    ranges.first().copied()
}

/// A shape as the list of its forms.
fn forms(shape: &Shape) -> Shape {
    if shape.alternatives.is_empty() {
        return Shape {
            alternatives: [shape.form().into()].into(),
            ..Shape::default()
        };
    }
    shape.clone()
}
