//! Live drift: what the service sends and this version does not know is warned
//! of through `tracing`, once in a process, so that a contract that has moved on
//! shows in the logs without filling them.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use serde::de::DeserializeOwned;

/// Names that were met before in this process. Bounded: a hostile service
/// cannot fill it.
struct Met(Mutex<Option<HashSet<Cow<'static, str>>>>);

static EVENTS: Met = Met(Mutex::new(None));
static FIELDS: Met = Met(Mutex::new(None));
/// How many documents of each kind were read.
static DOCUMENTS: Mutex<Option<HashMap<&'static str, u64>>> = Mutex::new(None);
const MOST: usize = 1024;
/// No name is this long; what is sent in its place is not remembered.
const LONGEST: usize = 2048;

impl Met {
    /// Whether this name is met for the first time.
    fn first_time(&self, name: Cow<'_, str>) -> bool {
        if name.len() > LONGEST {
            return false;
        }
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let met = met.get_or_insert_with(HashSet::new);
        if met.len() >= MOST || met.contains(&*name) {
            return false;
        }
        met.insert(Cow::Owned(name.into_owned()))
    }
}

/// An event with a name of its own.
pub(crate) fn unknown_event(name: &str) {
    if EVENTS.first_time(Cow::Borrowed(name)) {
        tracing::warn!(
            event = name,
            "the service sent an event that this version of `chats` does not know"
        );
    }
}

/// Whether to look at this document: at the first of its kind, the second, the
/// fourth and so on, since reading every one twice would cost more than it tells.
fn is_sampled(kind: &'static str) -> bool {
    let mut documents = DOCUMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let count = documents.get_or_insert_with(HashMap::new).entry(kind);
    let count = count.or_insert(0);
    *count += 1;
    count.is_power_of_two()
}

/// Looks for fields that the contract does not have.
pub(crate) fn unknown_fields<T: DeserializeOwned>(kind: &'static str, document: &[u8]) {
    if !is_sampled(kind) {
        return;
    }
    let mut unknown = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(document);
    let note = |path: serde_ignored::Path<'_>| {
        if unknown.len() < 20 {
            unknown.push(path.to_string());
        }
    };
    let read: Result<T, _> = serde_ignored::deserialize(&mut reader, note);
    if read.is_err() || unknown.is_empty() {
        return;
    }
    let fields = unknown.join(", ");
    if FIELDS.first_time(Cow::Owned(format!("{kind}: {fields}"))) {
        tracing::warn!(
            kind,
            fields,
            "the service sent fields that this version of `chats` does not know"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_new_once() {
        let met = Met(Mutex::new(None));
        assert!(met.first_time(Cow::Borrowed("a")) && met.first_time(Cow::Borrowed("b")));
        assert!(!met.first_time(Cow::Borrowed("a")));
    }

    #[test]
    fn documents_are_sampled_ever_more_rarely() {
        let sampled: Vec<_> = (1..=16)
            .filter(|_: &i32| is_sampled("a kind of its own"))
            .collect();
        assert_eq!(sampled, [1, 2, 4, 8, 16]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let met = Met(Mutex::new(None));
        let new = (0..5000).filter(|n: &u32| met.first_time(Cow::Owned(n.to_string())));
        assert_eq!(new.count(), MOST);
    }
}
