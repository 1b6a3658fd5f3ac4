//! Compares who is let in: the security schemes of the service, and what each operation
//! requires. Nothing is judged here.

use std::collections::BTreeSet;

use super::compare::Found;
use super::position::{Facts, Kind, Position};
use super::words::quoted;
use crate::contract::Contract;
use crate::contract::service::SCOPE;

/// The scheme that `chats` satisfies with its key.
const BEARER: &str = "http bearer";

impl Found {
    pub(super) fn schemes(&mut self, base: &Contract, new: &BTreeSet<String>) {
        let old = &base.schemes;
        let ways = base.operations.values().flat_map(|one| &one.security);
        let any_is_required = ways.clone().any(|way| !way.is_empty());
        for gone in old.difference(new) {
            let required = |way: &BTreeSet<String>| way.iter().any(|part| is_scheme(part, gone));
            let unused = any_is_required && !ways.clone().any(required);
            // If nothing else is required, the key is at worst sent in vain.
            let facts = Facts {
                last: new.is_empty() || unused,
                ..Facts::default()
            };
            let detail = format!("{} was removed", quoted(gone));
            self.add(
                Kind::SchemeRemoved,
                Position::Whole,
                "security schemes",
                detail,
                facts,
            );
        }
        let kinds = (Kind::SchemeAdded, Kind::SchemeRemoved);
        self.set(&(new & old), new, "security schemes", kinds);
    }

    pub(super) fn security(
        &mut self,
        old: &BTreeSet<BTreeSet<String>>,
        new: &BTreeSet<BTreeSet<String>>,
    ) {
        if old == new {
            return;
        }
        // Clients stay authenticated if each old way satisfies some new one.
        let nothing = BTreeSet::from([BTreeSet::new()]);
        let open = |ways: &BTreeSet<BTreeSet<String>>| {
            if ways.is_empty() {
                nothing.clone()
            } else {
                ways.clone()
            }
        };
        let (old, new) = (open(old), open(new));
        let stays = old
            .iter()
            .all(|way| new.iter().any(|needed| meets(way, needed)));
        let kind = if stays {
            Kind::SecurityLoosened
        } else {
            Kind::SecurityTightened
        };
        let bearer = new
            .iter()
            .any(|way| way.iter().all(|scheme| scheme == BEARER));
        let facts = Facts {
            bearer,
            ..Facts::default()
        };
        let say = |ways: &BTreeSet<BTreeSet<String>>| {
            let ways: Vec<_> = ways
                .iter()
                .map(|way| {
                    let way: Vec<_> = way.iter().map(String::as_str).collect();
                    if way.is_empty() {
                        "nothing".to_owned()
                    } else {
                        way.join(" and ")
                    }
                })
                .collect();
            ways.join(", or ")
        };
        let detail = format!("it required {}, and now requires {}", say(&old), say(&new));
        self.add(kind, Position::Request, "security", detail, facts);
    }
}

/// Whether a requirement, perhaps with scopes, is of this scheme.
fn is_scheme(part: &str, scheme: &str) -> bool {
    part.split(SCOPE).next() == Some(scheme)
}

/// Whether a client that authenticates in this way has all that is required. Scopes that
/// are no longer required do no harm.
fn meets(way: &BTreeSet<String>, needed: &BTreeSet<String>) -> bool {
    let parts = |credential: &str| {
        let mut parts = credential.split(SCOPE);
        let scheme = parts.next().unwrap_or_default().to_owned();
        (scheme, parts.map(str::to_owned).collect::<BTreeSet<_>>())
    };
    needed.iter().all(|needed| {
        let (scheme, scopes) = parts(needed);
        let mut ways = way.iter().map(|given| parts(given));
        ways.any(|(given, granted)| given == scheme && scopes.is_subset(&granted))
    })
}
