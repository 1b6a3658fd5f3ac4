//! Accepted changes: a list, with reasons, of differences that are known and
//! meant. They are shown and do not count.

use serde::Deserialize;
use serde_json::Value;

use super::{Drift, Kind};
use crate::{Failure, Result};

/// One accepted change.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    /// Its location, as the report gives it.
    pub location: String,
    /// Its kind, as the report gives it.
    pub change: String,
    /// Why it is accepted.
    pub reason: String,
}

/// Reads a list of accepted changes.
pub fn parse(value: &Value) -> Result<Vec<Accepted>> {
    let Some(list) = value.as_array() else {
        return Err(Failure::at("", "accepted changes must be a list"));
    };
    let entries = list.iter().enumerate().map(|(index, entry)| {
        let entry: Accepted = serde_json::from_value(entry.clone())
            .map_err(|error| Failure::at(format!("/{index}"), error.to_string()))?;
        if !Kind::ALL.iter().any(|kind| kind.name() == entry.change) {
            let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            let reason = format!(
                "{:?} is no kind of change; the kinds are {}",
                entry.change,
                known.join(", ")
            );
            return Err(Failure::at(format!("/{index}/change"), reason));
        }
        if entry.reason.trim().is_empty() {
            return Err(Failure::at(format!("/{index}/reason"), "must say why"));
        }
        Ok(entry)
    });
    entries.collect()
}

/// Marks the accepted changes, and returns the entries that match nothing.
#[must_use]
pub fn apply(drift: Drift, accepted: &[Accepted]) -> (Drift, Vec<Accepted>) {
    let mut unused = Vec::new();
    let mut changes = drift.changes;
    for entry in accepted {
        let mut matched = false;
        for change in &mut changes {
            if change.location == entry.location && change.change == entry.change {
                change.accepted = Some(entry.reason.clone());
                matched = true;
            }
        }
        if !matched {
            unused.push(entry.clone());
        }
    }
    (Drift::of(changes), unused)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{Change, Verdict};
    use super::*;

    fn entry(location: &str) -> Value {
        json!({"location": location, "change": "operation-removed", "reason": "it was never used"})
    }

    #[test]
    fn an_accepted_change_is_shown_and_does_not_count() {
        let change = Change {
            location: "GET /chat/a".to_owned(),
            change: "operation-removed",
            wire: Verdict::Breaking,
            source: Verdict::Breaking,
            absorbed: false,
            affects: Vec::new(),
            note: String::new(),
            accepted: None,
        };
        let list = json!([entry("GET /chat/a"), entry("GET /chat/b")]);
        let (drift, unused) = apply(Drift::of(vec![change]), &parse(&list).unwrap());
        assert_eq!(drift.worst(), Verdict::Unchanged);
        assert_eq!(drift.changes.len(), 1);
        assert_eq!(unused[0].location, "GET /chat/b");
    }

    #[test]
    fn a_kind_of_change_that_is_not_known_is_refused_with_those_that_are() {
        let list = json!([{"location": "a", "change": "operation-gone", "reason": "r"}]);
        let refused = parse(&list).unwrap_err().to_string();
        assert!(
            refused.starts_with("at /0/change: \"operation-gone\""),
            "{refused}"
        );
        assert!(refused.contains("operation-removed, "), "{refused}");
    }

    #[test]
    fn an_entry_without_a_reason_is_refused() {
        let list = json!([{"location": "a", "change": "deprecated", "reason": " "}]);
        assert!(
            parse(&list)
                .unwrap_err()
                .to_string()
                .starts_with("at /0/reason")
        );
        assert!(parse(&json!([{"location": "a"}])).is_err());
    }
}
