//! Keeps our spelling of a schema that means something else now: what theirs only writes
//! differently, adds to no effect or leaves out without effect stays as it was.

use serde_json::{Map, Value};

use super::schemas::Schemas;
use crate::Result;
use crate::document::grammar::{PROSE, holds_schemas};

type Members = Map<String, Value>;

/// Puts our keywords back into a merged schema where they mean what theirs mean.
/// Keywords that hold schemas are merged schema by schema, and left alone here.
pub(super) fn keep(
    schemas: &mut Schemas<'_>,
    (ours, theirs): (&Members, &Members),
    merged: &mut Members,
) -> Result<()> {
    // Theirs, with every keyword of ours that has proved to change nothing: together,
    // keywords may say what none of them says alone.
    let mut mixed = theirs.clone();
    let ours_alone = ours.keys().filter(|keyword| !theirs.contains_key(*keyword));
    for keyword in theirs.keys().chain(ours_alone) {
        let (our, their) = (ours.get(keyword), theirs.get(keyword));
        if our == their || !is_plain(keyword, [our, their]) {
            continue;
        }
        let mut tried = mixed.clone();
        put(&mut tried, keyword, our);
        if !schemas.same_of_theirs(&tried, &mixed)? {
            continue;
        }
        // A bound that is exceeded by a new one also changes nothing, but is out of date.
        if their.is_none() && !schemas.is_idle(ours, keyword)? {
            continue;
        }
        put(merged, keyword, our);
        mixed = tried;
    }
    Ok(())
}

fn is_plain(keyword: &str, values: [Option<&Value>; 2]) -> bool {
    let mut held = values.into_iter().flatten();
    keyword != "$ref"
        && !PROSE.contains(&keyword)
        && (!holds_schemas(keyword) || held.all(Value::is_boolean))
}

fn put(schema: &mut Members, keyword: &str, value: Option<&Value>) {
    match value {
        Some(value) => schema.insert(keyword.to_owned(), value.clone()),
        None => schema.remove(keyword),
    };
}
