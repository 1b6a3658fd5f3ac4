//! Leaves out what does not fit where the rest is worth more: an answer was paid for, and
//! must not be lost because a count beside it is of another type.

use std::fmt::Write as _;

use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// The fields that nothing else in a reply depends on. What identifies, what was asked for
/// and what a caller decides by is not among them.
const SIDE_FIELDS: [&str; 22] = [
    "agent_results",
    "confidence",
    "context_summary",
    "current_search_result_ids",
    "document_count",
    "estimated_tokens",
    "images",
    "last_message_preview",
    "last_user_message",
    "metadata",
    "model",
    "processing_time_ms",
    "provider",
    "relevance_score",
    "remaining_messages",
    "remaining_tokens",
    "result_refs",
    "selected_image_count",
    "token_count",
    "total_messages",
    "total_tokens",
    "video_count",
];

/// Replaces the value at the path by null if it is in a side field; if it is null already, it
/// is taken out of its list, or the smallest value around it goes. Values of the same kind in
/// the other items of a list go with it, so that a long list takes no more turns than a short
/// one. Returns the field.
pub(super) fn leave_out(document: &mut Value, path: &Path) -> Option<String> {
    let segments: Vec<&Segment> = path.iter().collect();
    let name = |segment: &&Segment| match segment {
        Segment::Map { key } => SIDE_FIELDS.contains(&key.as_str()),
        _ => false,
    };
    let side_field = segments.iter().position(name)?;
    for end in (side_field + 1..=segments.len()).rev() {
        let within = &segments[..end];
        let Some(misfit) = at(document, within) else {
            continue;
        };
        match (misfit, segments[end - 1]) {
            (Value::Null, Segment::Seq { .. }) => drop_nulls(document, &segments[..end - 1]),
            (Value::Null, _) => continue,
            _ => {
                let kind = Kind::of(misfit);
                clear(document, within, &kind);
            }
        }
        return Some(field(within));
    }
    None
}

/// Takes the nulls out of the list at the path, in every item of every list around it.
fn drop_nulls(value: &mut Value, path: &[&Segment]) {
    each(value, path, &mut |value| {
        if let Value::Array(items) = value {
            items.retain(|item| !item.is_null());
        }
    });
}

fn at<'v>(value: &'v Value, path: &[&Segment]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Map { key } => value.get(key),
        Segment::Seq { index } => value.get(index),
        _ => None,
    })
}

/// What tells values apart that fit a type from those that do not.
#[derive(PartialEq)]
enum Kind {
    Null,
    Bool,
    Integer,
    OtherNumber,
    Text,
    List,
    Object,
}

impl Kind {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(number) if number.is_i64() => Self::Integer,
            Value::Number(_) => Self::OtherNumber,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }
}

/// Replaces the values of this kind at the path by null, in every item of every list.
fn clear(value: &mut Value, path: &[&Segment], kind: &Kind) {
    each(value, path, &mut |value| {
        if Kind::of(value) == *kind {
            *value = Value::Null;
        }
    });
}

/// Changes the values at the path, in every item of every list.
fn each(value: &mut Value, path: &[&Segment], change: &mut dyn FnMut(&mut Value)) {
    match (path, value) {
        ([], value) => change(value),
        ([Segment::Map { key }, rest @ ..], Value::Object(members)) => {
            if let Some(member) = members.get_mut(key) {
                each(member, rest, change);
            }
        }
        ([Segment::Seq { .. }, rest @ ..], Value::Array(items)) => {
            for item in items {
                each(item, rest, change);
            }
        }
        _ => {}
    }
}

/// The path of a field, such as `messages[].token_count`: the same in each item of a list.
fn field(path: &[&Segment]) -> String {
    let mut out = String::new();
    for segment in path {
        match segment {
            Segment::Map { key } if out.is_empty() => out.push_str(key),
            Segment::Map { key } => _ = write!(out, ".{key}"),
            _ => out.push_str("[]"),
        }
    }
    out
}
