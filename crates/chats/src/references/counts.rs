//! Reads the sets of results that `[[ref:KEY]]` refers to, wherever an answer lists them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{MetadataRef, ResultRef};
use crate::json;

/// The field that lists the sets: in the metadata, beside it, or in both.
const FIELD: &str = "result_refs";

/// Moves the sets that stand beside the metadata into it, key by key, for a value that
/// keeps only its metadata; [`of`] finds the same sets in it as before.
pub(crate) fn joined(
    metadata: Option<Map<String, Value>>,
    beside: Option<Map<String, Value>>,
) -> Option<Map<String, Value>> {
    let Some(beside) = beside.filter(|beside| !beside.is_empty()) else {
        return metadata;
    };
    let mut metadata = metadata.unwrap_or_default();
    let refs = metadata.entry(FIELD).or_insert(Value::Null);
    if !refs.is_object() {
        *refs = Value::Object(Map::new());
    }
    if let Value::Object(refs) = refs {
        for (key, value) in beside {
            if !refs.contains_key(&key) || result_ref(&value).is_some() {
                refs.insert(key, value);
            }
        }
    }
    Some(metadata)
}

/// The sets that the metadata lists, by key. If one is in both places, the one
/// beside the metadata counts.
pub(super) fn of(metadata: &MetadataRef<'_>) -> BTreeMap<String, ResultRef> {
    let mut counts = BTreeMap::new();
    for refs in metadata.all(FIELD).filter_map(Value::as_object) {
        for (key, value) in refs {
            if let Some(result) = result_ref(value) {
                counts.entry(key.clone()).or_insert(result);
            }
        }
    }
    counts
}

/// Reads one set; a missing field is left empty, but without a count, or ids to count,
/// there is no set.
fn result_ref(value: &Value) -> Option<ResultRef> {
    let texts = |key: &str| -> Vec<String> {
        let items = value.get(key).and_then(Value::as_array);
        let texts = items.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
    let ids = texts("ids");
    let count = value
        .get("count")
        .and_then(json::integer)
        .or_else(|| i64::try_from(ids.len()).ok().filter(|count| *count > 0))?;
    Some(ResultRef {
        count,
        ids,
        image_ids: texts("image_ids"),
        id_type: text("id_type"),
        label: text("label"),
    })
}
