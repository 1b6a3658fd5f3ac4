//! The traffic between a client of one contract and a server of another, drawn and not
//! judged: the server checks what the client sends, and the client reads strictly what
//! the server sends. The detector's rules are not used here.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;

use super::values::{draw, fits, unfolded};
use crate::contract::{Additional, Contract, Operation, Response, Shape};
use crate::document::grammar::is_range_of;

/// How many values are drawn for each shape.
const ROUNDS: usize = 60;

/// The first thing that goes wrong between a client of `old` and a server of `new`.
#[must_use]
pub fn trouble(old: &Contract, new: &Contract, rng: &mut Rng) -> Option<String> {
    if !old.servers.is_subset(&new.servers) {
        return Some("a server is gone".to_owned());
    }
    if !new.schemes.is_empty() && !old.schemes.is_subset(&new.schemes) {
        return Some("a way to prove who one is, is gone".to_owned());
    }
    for (key, was) in &old.operations {
        let found = match new.operations.get(key) {
            None => Some("there is no such operation".to_owned()),
            Some(is) if !at((old, was)).is_subset(at((new, is))) => {
                Some("it is called where it is no more".to_owned())
            }
            Some(is) if was == is => None,
            Some(is) => asking(was, is, rng).or_else(|| answering(was, is, rng)),
        };
        if let Some(found) = found {
            return Some(format!("{} {}: {found}", key.method, key.path));
        }
    }
    None
}

/// The servers of an operation.
fn at<'a>((all, one): (&'a Contract, &'a Operation)) -> &'a BTreeSet<String> {
    if one.servers.is_empty() {
        &all.servers
    } else {
        &one.servers
    }
}

/// What goes wrong when the server checks a request.
fn asking(was: &Operation, is: &Operation, rng: &mut Rng) -> Option<String> {
    let open = was.security.is_empty();
    let let_in = is.security.is_empty()
        || is.security.iter().any(|way| {
            open && way.is_empty() || was.security.iter().any(|known| way.is_subset(known))
        });
    if !let_in || open && !is.security.is_empty() && !is.security.iter().any(BTreeSet::is_empty) {
        return Some("it is refused: 401".to_owned());
    }
    for (id, sent) in &was.parameters {
        let Some(taken) = is.parameters.get(id) else {
            return Some(format!("{id:?} is sent in vain"));
        };
        if taken.required && !sent.required || sent.style != taken.style {
            return Some(format!("{id:?} is refused"));
        }
        if let Some(found) = carried(&sent.shape, &taken.shape, rng) {
            return Some(format!("{id:?} is refused: {found}"));
        }
    }
    let mut unknown = is
        .parameters
        .iter()
        .filter(|(id, _)| !was.parameters.contains_key(*id));
    if let Some((id, _)) = unknown.find(|(_, taken)| taken.required) {
        return Some(format!("{id:?} is missing"));
    }
    match (&was.body, &is.body) {
        (None, Some(taken)) if taken.required => Some("a body is missing".to_owned()),
        (Some(_), None) => Some("the body is sent in vain".to_owned()),
        (Some(sent), Some(taken)) => {
            if taken.required && !sent.required {
                return Some("a body is missing".to_owned());
            }
            all_carried(&sent.content, &taken.content, rng)
        }
        _ => None,
    }
}

/// What goes wrong when the client reads a reply.
fn answering(was: &Operation, is: &Operation, rng: &mut Rng) -> Option<String> {
    let success = |status: &str| status.starts_with('2');
    for (status, sent) in &is.responses {
        match was.responses.get(status) {
            None if success(status) => return Some(format!("{status} is unknown")),
            None => {}
            Some(known) => {
                if let Some(found) = read(known, sent, rng) {
                    return Some(format!("{status}: {found}"));
                }
            }
        }
    }
    let mut gone = was
        .responses
        .iter()
        .filter(|(status, _)| !is.responses.contains_key(*status));
    gone.find(|(status, known)| success(status) && !known.content.is_empty())
        .map(|(status, _)| format!("{status} never comes"))
}

fn read(known: &Response, sent: &Response, rng: &mut Rng) -> Option<String> {
    for (name, header) in &known.headers {
        match sent.headers.get(name) {
            None => return Some(format!("{name} never comes")),
            Some(sent) if header.required && !sent.required => {
                return Some(format!("{name} is missing"));
            }
            Some(sent) => {
                if let Some(found) = carried(&sent.shape, &header.shape, rng) {
                    return Some(format!("{name}: {found}"));
                }
            }
        }
    }
    if let Some(media) = known
        .content
        .keys()
        .find(|media| !sent.content.contains_key(*media))
    {
        return Some(format!("{media} never comes"));
    }
    for (media, shape) in &known.content {
        let found = sent
            .content
            .get(media)
            .and_then(|sent| all_read(shape, sent, rng));
        if found.is_some() {
            return found;
        }
    }
    for (name, event) in &sent.events {
        match known.events.get(name) {
            None => return Some(format!("the event {name} is unknown")),
            Some(known) => {
                if let Some(found) = all_read(known, event, rng) {
                    return Some(format!("{name}: {found}"));
                }
            }
        }
    }
    let mut names = known.events.keys();
    let gone = names.find(|name| !sent.events.contains_key(*name));
    gone.map(|name| format!("the event {name} never comes"))
}

/// What goes wrong when the client reads a shape: a value that does not fit, or a lost
/// property.
fn all_read(known: &Shape, sent: &Shape, rng: &mut Rng) -> Option<String> {
    carried(sent, known, rng).or_else(|| lost(known, sent))
}

fn all_carried(
    sent: &BTreeMap<String, Shape>,
    taken: &BTreeMap<String, Shape>,
    rng: &mut Rng,
) -> Option<String> {
    for (media, sent) in sent {
        let range = || taken.iter().find(|(range, _)| is_range_of(range, media));
        let Some(taken) = taken.get(media).or_else(|| Some(range()?.1)) else {
            return Some(format!("{media} is not taken"));
        };
        if let Some(found) = carried(sent, taken, rng).or_else(|| lost(sent, taken)) {
            return Some(found);
        }
    }
    None
}

/// A drawn value of one shape that does not fit the other.
fn carried(sent: &Shape, taken: &Shape, rng: &mut Rng) -> Option<String> {
    if sent == taken {
        return None;
    }
    let (sent, taken) = (unfolded(sent), unfolded(taken));
    (0..ROUNDS)
        .map(|_| draw(&sent, rng))
        .find(|value| !fits(&taken, value))
        .map(|value| value.to_string().chars().take(80).collect())
}

/// A property that one side uses and the other no longer knows.
fn lost(spoken: &Shape, known: &Shape) -> Option<String> {
    if known.is_any() {
        return None;
    }
    let known_of = properties(known);
    for (name, spoken) in properties(spoken) {
        let Some(known) = known_of.get(name) else {
            return Some(format!("{name} is lost"));
        };
        for spoken in spoken {
            let mut found = known.iter().map(|known| lost(spoken, known));
            if let Some(Some(first)) = found.next()
                && found.all(|found| found.is_some())
            {
                return Some(first);
            }
        }
    }
    let further = |shape: &Shape| match &shape.additional {
        Additional::Of(further) => Some(further.clone()),
        _ => None,
    };
    let inner = [
        (spoken.items.clone(), known.items.clone()),
        (further(spoken), further(known)),
    ];
    inner
        .into_iter()
        .find_map(|(spoken, known)| lost(&*spoken?, &*known?))
}

/// The properties of a shape, in any of its forms.
fn properties(shape: &Shape) -> BTreeMap<&str, Vec<&Shape>> {
    let mut out: BTreeMap<&str, Vec<&Shape>> = BTreeMap::new();
    for form in [shape]
        .into_iter()
        .chain(shape.alternatives.iter().map(|one| &**one))
    {
        for (name, property) in &form.properties {
            out.entry(name).or_default().push(&property.shape);
        }
    }
    out
}
