//! Edits without meaning, of the harder kind: other schemas describe the same values,
//! which only knowledge of the keywords can show.

use serde_json::{Value, json};

use super::edits::{Edit, Patch};
use super::expected::Expected;
use super::meaningless::{edit, respell, with};
use crate::Result;
use crate::document::grammar::{operations, schema_reference, step};

/// The name of a component that no contract has.
const NEW: &str = "QuiteNew";

/// Other spellings of one schema.
pub(super) fn of_schema(schema: &Value, at: &str, edits: &mut Vec<Edit>) {
    let new = || json!({"$ref": schema_reference(NEW)});
    edits.push(Edit {
        id: format!("make a component of {at}"),
        patches: vec![
            Patch::Set(step("/components/schemas", NEW), schema.clone()),
            Patch::Set(at.to_owned(), new()),
        ],
        expected: Expected::Nothing,
    });
    let mut set = |what: &str, value| edits.push(respell(what, at, value));
    let with = |keyword: &str, value| with(schema, keyword, value);
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let (start, last) = reference.split_at(reference.len() - 1);
        if let [byte] = last.as_bytes() {
            let coded = json!(format!("{start}%{byte:02X}"));
            set(
                "write the reference with a percent sign",
                with("$ref", coded),
            );
        }
    }
    let kind = schema.get("type").and_then(Value::as_str);
    match kind {
        Some("string") => {
            set("bound what is no number", with("maximum", json!(3)));
            if schema.get("enum").is_none() && schema.get("const").is_none() {
                let narrower = json!({"allOf": [schema], "maxLength": 1});
                set(
                    "add a form that is one already",
                    json!({"anyOf": [schema, narrower]}),
                );
            }
        }
        Some("integer") => {
            set("bound what is no text", with("minLength", json!(3)));
            set(
                "give a number a format of text",
                with("format", json!("uuid")),
            );
            set("ask for multiples of 1", with("multipleOf", json!(1)));
            if let Some(least) = schema.get("minimum").and_then(Value::as_i64) {
                let looser = with("exclusiveMinimum", json!(least - 2));
                set("repeat a bound looser", looser);
            }
        }
        Some("object") if schema.get("properties").is_some() => split(schema, &mut set),
        _ => {}
    }
    if let Some(most) = schema.get("maxLength").and_then(Value::as_i64) {
        let looser = json!({"allOf": [schema], "maxLength": most + 40});
        set("put a looser bound beside", looser);
    }
}

/// An object as two schemas that must both hold, one of which requires the properties of
/// the other.
fn split(schema: &Value, set: &mut impl FnMut(&str, Value)) {
    // A closed schema would also exclude the properties that only the other half lists.
    if schema.get("additionalProperties").is_some() {
        return;
    }
    let mut first = schema.clone();
    let mut second = json!({"type": "object"});
    for keyword in ["required", "default"] {
        if let Some(moved) = first.as_object_mut().and_then(|one| one.remove(keyword)) {
            second[keyword] = moved;
        }
    }
    if let Some(properties) = first["properties"].as_object_mut()
        && let Some((name, property)) = properties.iter().next()
    {
        let (name, property) = (name.clone(), property.clone());
        properties.remove(&name);
        second["properties"] = json!({ name: property });
    }
    set("split in two", json!({"allOf": [first, second]}));
}

/// Other spellings of what applies to the whole service.
pub(super) fn of_service(document: &Value, edits: &mut Vec<Edit>) -> Result<()> {
    for url in [
        "https://API.aionvision.tech/api/v2",
        "https://api.aionvision.tech:443/api/v2/",
    ] {
        let servers = Patch::Set("/servers".to_owned(), json!([{"url": url}]));
        edits.push(edit(format!("write the server as {url}"), servers));
    }
    let known = json!([{"url": "https://api.aionvision.tech/api/v2"}]);
    for operation in operations(document)? {
        let at = step(&operation.pointer, "servers");
        edits.push(edit(
            format!("repeat the server at {at}"),
            Patch::Set(at, known.clone()),
        ));
    }
    let schemes = "/components/securitySchemes";
    let declared = document.pointer(schemes).and_then(Value::as_object);
    for (name, scheme) in declared.into_iter().flatten() {
        let at = step(schemes, name);
        let reference = json!({"$ref": format!("#{}", step(schemes, NEW))});
        edits.push(Edit {
            id: format!("refer to the scheme at {at}"),
            patches: vec![
                Patch::Set(step(schemes, NEW), scheme.clone()),
                Patch::Set(at, reference),
            ],
            expected: Expected::Nothing,
        });
    }
    Ok(())
}
