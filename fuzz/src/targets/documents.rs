//! Documents with changes: the stages of the generator, and the detector of
//! drift. Whatever they are given, they answer, or say where the fault is.
//!
//! The bytes are a list of changes of a small document that holds something of
//! everything: three bytes each, where, what, and with what.

use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use xtask::codegen;
use xtask::contract::Contract;
use xtask::document::load::parse;
use xtask::document::select::Selection;
use xtask::drift::blast::Code;
use xtask::drift::report::{self, Format};
use xtask::drift::{self, compare};

/// More changes at once leave nothing of a document.
const MOST: usize = 24;

/// Generates a client.
///
/// # Panics
///
/// If a stage does.
pub(super) fn codegen(bytes: &[u8]) {
    let document = changed(bytes);
    let selection = Selection::default();
    let first = codegen::from_document(&document, &selection).map(|generated| generated.text);
    if let Err(failure) = first {
        assert!(!failure.to_string().is_empty());
    }
}

/// Compares the changed document with the unchanged one, both ways.
///
/// # Panics
///
/// If the detector does, or finds a difference between a document and itself.
pub(super) fn drift(bytes: &[u8]) {
    static CODE: OnceLock<Code> = OnceLock::new();
    static BASE: OnceLock<Contract> = OnceLock::new();
    let selection = Selection::default();
    let code = CODE.get_or_init(|| Code::of_workspace().expect("our own sources"));
    let base = BASE.get_or_init(|| drift::read(small(), &selection).expect("a good document"));
    let Ok(new) = drift::read(&changed(bytes), &selection) else {
        return;
    };
    for (old, new) in [(base, &new), (&new, base)] {
        let found = drift::judge(compare::compare(old, new), code);
        for format in [Format::Text, Format::Json, Format::Markdown, Format::Github] {
            let text = report::write(&found, format, false, Some("new.json"));
            assert!(found.changes.is_empty() || !text.is_empty());
        }
    }
    let itself = compare::compare(&new, &new);
    assert!(
        itself.is_empty(),
        "a document differs from itself: {itself:?}"
    );
}

fn small() -> &'static Value {
    static SMALL: OnceLock<Value> = OnceLock::new();
    SMALL.get_or_init(|| {
        let text = include_bytes!("../../../xtask/tests/maintenance/small.yaml");
        parse("small.yaml", text).expect("a good document")
    })
}

fn changed(bytes: &[u8]) -> Value {
    let mut document = small().clone();
    for change in bytes.chunks_exact(3).take(MOST) {
        let place = usize::from(change[0]) + 256 * usize::from(change[1] >> 4);
        apply(&mut document, place, change[1] & 0x0f, change[2]);
    }
    document
}

/// Applies one change at the place of this number.
fn apply(document: &mut Value, place: usize, what: u8, with: u8) {
    let places = count(document);
    let donor = nth(document, &mut (usize::from(with) * 7 % places)).map(|value| value.clone());
    let Some(target) = nth(document, &mut (place % places)) else {
        return;
    };
    match what {
        0 => *target = Value::Null,
        1 => *target = json!(with & 1 == 0),
        2 => *target = json!(i64::from(with) - 128),
        3 => *target = json!(f64::from(with) * 1e300),
        4 => *target = json!([]),
        5 => *target = json!({}),
        6 => *target = json!(WORDS[usize::from(with) % WORDS.len()]),
        7 => *target = json!({"$ref": REFS[usize::from(with) % REFS.len()]}),
        8 => *target = donor.unwrap_or_default(),
        9 => *target = json!([donor]),
        10 => *target = json!({"anyOf": [donor, {"type": "null"}]}),
        11 => remove(target, with),
        12 | 13 => insert(target, with, donor.unwrap_or_default()),
        _ => rename(target, with),
    }
}

const WORDS: &[&str] = &[
    "",
    "string",
    "integer",
    "object",
    "array",
    "null",
    "get",
    "$ref",
    "~1",
    "uuid",
    "a b",
    "ä",
    "type",
    "self",
    "..",
    "#/components/schemas/Thing",
    "{id}",
    "/chat/{id}/things",
];

const REFS: &[&str] = &[
    "#/components/schemas/Thing",
    "#/components/schemas/NewThing",
    "#/components/responses/Failed",
    "#/paths",
    "#",
    "#/nowhere",
    "other.yaml#/x",
];

const KEYS: &[&str] = &[
    "type",
    "$ref",
    "anyOf",
    "oneOf",
    "allOf",
    "enum",
    "const",
    "items",
    "properties",
    "required",
    "default",
    "nullable",
    "format",
    "minimum",
    "maxLength",
    "schema",
    "content",
    "parameters",
    "requestBody",
    "responses",
    "200",
    "default",
    "security",
    "servers",
    "additionalProperties",
    "not",
    "x-own",
];

fn key(with: u8) -> String {
    KEYS[usize::from(with) % KEYS.len()].to_owned()
}

fn remove(target: &mut Value, with: u8) {
    match target {
        Value::Object(members) if !members.is_empty() => {
            let name = members
                .keys()
                .nth(usize::from(with) % members.len())
                .cloned();
            name.map(|name| members.remove(&name));
        }
        Value::Array(items) if !items.is_empty() => {
            items.remove(usize::from(with) % items.len());
        }
        other => *other = Value::Null,
    }
}

fn insert(target: &mut Value, with: u8, value: Value) {
    match target {
        Value::Object(members) => drop(members.insert(key(with), value)),
        Value::Array(items) => items.push(value),
        other => *other = Value::Object(Map::from_iter([(key(with), value)])),
    }
}

fn rename(target: &mut Value, with: u8) {
    if let Value::Object(members) = target
        && let Some(name) = members
            .keys()
            .nth(usize::from(with) % members.len().max(1))
            .cloned()
        && let Some(value) = members.remove(&name)
    {
        members.insert(
            format!("{name}{}", WORDS[usize::from(with) % WORDS.len()]),
            value,
        );
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Object(members) => members.values().map(count).sum(),
        Value::Array(items) => items.iter().map(count).sum(),
        _ => 0,
    }
}

/// The value of this number, depth first.
fn nth<'v>(value: &'v mut Value, left: &mut usize) -> Option<&'v mut Value> {
    if *left == 0 {
        return Some(value);
    }
    *left -= 1;
    match value {
        Value::Object(members) => members.values_mut().find_map(|member| nth(member, left)),
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, left)),
        _ => None,
    }
}
