//! Finds the operations that the generator can no longer express. Only it knows what it
//! cannot, so it is asked: nothing of it is repeated here.

use serde_json::Value;

use super::compare::shown;
use super::position::{Facts, Finding, Kind, Position};
use crate::codegen::{LeftOut, left_out};
use crate::contract::{Contract, Key, Operation};
use crate::document::select::{Selection, below_prefix};

/// A document, and the contract that it is.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    /// The document.
    pub document: &'a Value,
    /// What was read from it.
    pub contract: &'a Contract,
}

impl<'a> Side<'a> {
    /// The operations that cannot be generated, each with the reason.
    fn lost(self, selection: &Selection) -> Vec<(&'a Key, &'a Operation, String)> {
        let find = |one: LeftOut| {
            let key = Key::of(&one.method, below_prefix(&one.path));
            let (key, operation) = self.contract.operations.get_key_value(&key)?;
            Some((key, &**operation, one.reason))
        };
        match left_out(self.document, selection) {
            Ok(all) => all.into_iter().filter_map(find).collect(),
            // Whatever it is, it stands in the way of each.
            Err(fault) => {
                let all = self.contract.operations.iter();
                all.map(|(key, operation)| (key, &**operation, fault.to_string()))
                    .collect()
            }
        }
    }
}

/// The operations of the new document that cannot be generated, unless they could not be
/// before. If everything must be generated, a new operation counts too: without it, no
/// client is.
#[must_use]
pub fn lost(old: Side<'_>, new: Side<'_>, selection: &Selection) -> Vec<Finding> {
    let lost = new.lost(selection);
    if lost.is_empty() {
        return Vec::new();
    }
    let before = old.lost(selection);
    let known = |name: &str| {
        let mut all = old.contract.operations.values();
        all.any(|one| one.name == name)
    };
    let counts = |name: &str| match before.iter().any(|(_, one, _)| one.name == name) {
        true => false,
        false => known(name) || *selection != Selection::All,
    };
    let lost = lost.into_iter().filter(|(_, one, _)| counts(&one.name));
    lost.map(|(key, operation, reason)| Finding {
        kind: Kind::NotGenerated,
        position: Position::Whole,
        operation: shown(key, operation),
        name: operation.name.clone(),
        new_name: None,
        place: String::new(),
        detail: reason,
        facts: Facts::default(),
    })
    .collect()
}
