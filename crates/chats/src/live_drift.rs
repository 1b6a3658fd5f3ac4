//! Live drift: warns through `tracing`, once in a process, of each event and field that
//! this version does not know, of each field that it leaves out because it cannot read it,
//! and of pages without their list, so that a contract that has moved on shows in the logs
//! without filling them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_ignored::Path;

/// Names that this process has met before. Bounded, so that a hostile service cannot fill
/// the memory.
struct Met(Mutex<BTreeSet<String>>);

static EVENTS: Met = Met::new();
static FIELDS: Met = Met::new();
static DATES: Met = Met::new();
static MISFITS: Met = Met::new();
static DOCUMENTS: Mutex<BTreeMap<&'static str, Documents>> = Mutex::new(BTreeMap::new());
const MOST: usize = 1024;
/// No real name is this long; a longer one is ignored.
const LONGEST: usize = 2048;

impl Met {
    const fn new() -> Self {
        Self(Mutex::new(BTreeSet::new()))
    }

    /// Whether this name is met for the first time.
    fn first_time(&self, name: &str) -> bool {
        if name.len() > LONGEST {
            return false;
        }
        let mut met = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if met.len() >= MOST || met.contains(name) {
            return false;
        }
        met.insert(name.to_owned())
    }
}

/// Whether a subscriber records warnings; if not, the checks are skipped.
fn is_heard() -> bool {
    tracing::enabled!(tracing::Level::WARN)
}

/// Warns of an event that this version does not know.
pub(crate) fn unknown_event(name: &str) {
    if is_heard() && EVENTS.first_time(name) {
        tracing::warn!(
            event = name,
            "the service sent an event that this version of `chats` does not know"
        );
    }
}

/// Warns of a field whose date is in a form that this version does not know.
pub(crate) fn unreadable_date(field: &'static str) {
    if is_heard() && DATES.first_time(field) {
        tracing::warn!(
            field,
            "the service sent a date that cannot be read; the field is left empty"
        );
    }
}

/// Warns of a field beside the point that is of another type than the contract's.
pub(crate) fn misfit(kind: &'static str, field: &str) {
    if is_heard() && MISFITS.first_time(&format!("{kind}: {field}")) {
        tracing::warn!(
            kind,
            field,
            "the service sent a field of a type that this version of `chats` does not know; the field is left empty"
        );
    }
}

/// Warns of a page that lacks its list, although it says that there are items.
pub(crate) fn missing_list(field: &'static str) {
    if is_heard() && MISFITS.first_time(field) {
        tracing::warn!(
            field,
            "the service sent a page without its list, although it says that there are items"
        );
    }
}

/// A document of each kind is checked at least this often, if there are any.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// How many documents of one kind were read, and when one was last checked.
#[derive(Debug, Default)]
struct Documents {
    count: u64,
    looked_at: Option<Instant>,
}

impl Documents {
    /// Whether to look at one more: at the first of its kind, the second, the fourth
    /// and so on, since reading every one twice would cost more than it shows; and at
    /// one a minute, so that a long-running process still notices changes.
    fn is_sampled(&mut self, now: Option<Instant>) -> bool {
        self.count += 1;
        let due = now.is_some_and(|now| {
            let since = |at| now.saturating_duration_since(at);
            self.looked_at.is_none_or(|at| since(at) >= LOOK_EVERY)
        });
        let sampled = due || self.count.is_power_of_two();
        if sampled {
            self.looked_at = now.or(self.looked_at);
        }
        sampled
    }
}

/// Warns of fields that the contract does not have. Without a time, only the count of
/// documents decides which are checked.
pub(crate) fn unknown_fields<T: DeserializeOwned>(
    kind: &'static str,
    document: &[u8],
    now: Option<Instant>,
) {
    if is_heard() && is_sampled(kind, now) {
        warn_of_unknown(kind, &|note| is_read::<T>(document, note));
    }
}

fn is_sampled(kind: &'static str, now: Option<Instant>) -> bool {
    let mut documents = DOCUMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    documents.entry(kind).or_default().is_sampled(now)
}

fn warn_of_unknown(kind: &'static str, read: &dyn Fn(&mut Note<'_>) -> bool) {
    let mut unknown = BTreeSet::new();
    let mut note = |path: Path<'_>| {
        if unknown.len() < 20 {
            let mut field = String::new();
            write_path(&path, &mut field);
            unknown.insert(field);
        }
    };
    if !read(&mut note) {
        return;
    }
    for field in unknown {
        if FIELDS.first_time(&format!("{kind}: {field}")) {
            tracing::warn!(
                kind,
                field,
                "the service sent a field that this version of `chats` does not know"
            );
        }
    }
}

/// Is told of each field that a type does not have.
type Note<'n> = dyn FnMut(Path<'_>) + 'n;

/// Reads a document, and notes the fields that its type does not have; returns whether it
/// fits. That `note` has the same type everywhere keeps programs small: the types within
/// documents are compiled once, and not again for every document.
fn is_read<T: DeserializeOwned>(document: &[u8], note: &mut Note<'_>) -> bool {
    let mut reader = serde_json::Deserializer::from_slice(document);
    serde_ignored::deserialize::<_, _, T>(&mut reader, note).is_ok()
}

/// The path of a field, such as `messages[].cost`: the same in each item of a list.
fn write_path(path: &Path<'_>, out: &mut String) {
    match path {
        Path::Root => {}
        Path::Seq { parent, .. } => {
            write_path(parent, out);
            out.push_str("[]");
        }
        Path::Map { parent, key } => {
            write_path(parent, out);
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(key);
        }
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => write_path(parent, out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_new_once() {
        let met = Met::new();
        assert!(met.first_time("a") && met.first_time("b"));
        assert!(!met.first_time("a"));
    }

    #[test]
    fn documents_are_sampled_ever_more_rarely() {
        let mut documents = Documents::default();
        let sampled: Vec<_> = (1..=16)
            .filter(|_: &i32| documents.is_sampled(None))
            .collect();
        assert_eq!(sampled, [1, 2, 4, 8, 16]);
    }

    #[test]
    fn where_time_is_known_one_a_minute_is_sampled() {
        let mut documents = Documents::default();
        let start = Instant::now();
        let seconds = [0, 0, 1, 1, 50, 60, 61, 62, 119, 121, 122, 190];
        let sampled: Vec<_> = seconds
            .into_iter()
            .filter(|seconds| {
                let now = start + Duration::from_secs(*seconds);
                documents.is_sampled(Some(now))
            })
            .collect();
        // By their count the first, second, fourth and eighth; by time what is due.
        assert_eq!(sampled, [0, 0, 1, 61, 62, 122, 190]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let met = Met::new();
        let new = (0..5000).filter(|n: &u32| met.first_time(&n.to_string()));
        assert_eq!(new.count(), MOST);
    }
}
