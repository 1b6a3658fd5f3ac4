//! Stage *soften*: the generated types read replies liberally, and stay strict in
//! requests.
//!
//! Constraints are removed everywhere: they would become newtypes, and `chats` validates.
//! In responses every property becomes optional and nullable except identities, enums and
//! alternatives become plain strings and plain JSON, and unknown fields are allowed. In
//! events of a stream nothing is required. A schema that is both sent and read is split
//! in two; properties marked as read-only are not sent, and those marked as write-only
//! are not read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::Result;
use crate::document::grammar::{
    CONSTRAINTS, Place, places, schema_name, schema_reference, schema_roots, walk,
};

/// How liberally a schema is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Sent: structure and enums stay.
    Sent,
    /// Read from a response: identities stay required.
    Read,
    /// Read from a stream, perhaps beside responses: nothing is required.
    Streamed,
}

/// Splits the schemas that are both sent and read, then softens every schema in its
/// place.
pub fn soften(document: &Value) -> Result<Value> {
    let mut document = split(document)?;
    let used = places(&document)?;
    // What a named schema says of the way must be known after its own mark is removed.
    let named = document["components"]["schemas"].clone();
    for (pointer, place) in schema_roots(&document)? {
        let reading = match &place {
            Place::Request => Reading::Sent,
            Place::Response => Reading::Read,
            Place::Event => Reading::Streamed,
            Place::Component(name) => match used.get(name) {
                Some(places) if places.contains(&Place::Event) => Reading::Streamed,
                Some(places) if places.contains(&Place::Response) => Reading::Read,
                _ => Reading::Sent,
            },
        };
        if let Some(schema) = document.pointer_mut(&pointer) {
            walk(schema, &pointer, &mut |schema, _| {
                if let Some(schema) = schema.as_object_mut() {
                    soften_schema(schema, reading, &named);
                }
                Ok(())
            })?;
        }
    }
    Ok(document)
}

/// Gives a schema that is both sent and read a second name, `…Output`, in the places
/// where it is read.
fn split(document: &Value) -> Result<Value> {
    let used = places(document)?;
    let shared: BTreeSet<&String> = used
        .iter()
        .filter(|(_, places)| places.contains(&Place::Request) && places.len() > 1)
        .map(|(name, _)| name)
        .collect();
    if shared.is_empty() {
        return Ok(document.clone());
    }
    let mut names = BTreeMap::new();
    for name in shared {
        let mut output = format!("{name}Output");
        while used.contains_key(&output) {
            output.push('_');
        }
        names.insert(name.clone(), output);
    }
    let mut out = document.clone();
    for (name, output) in &names {
        let copy = out["components"]["schemas"][name].clone();
        out["components"]["schemas"][output] = copy;
    }
    let outputs: BTreeSet<&String> = names.values().collect();
    for (pointer, place) in schema_roots(&out)? {
        let is_read = match &place {
            Place::Request => false,
            Place::Response | Place::Event => true,
            Place::Component(name) => {
                let sent = used
                    .get(name)
                    .is_some_and(|places| places.contains(&Place::Request));
                outputs.contains(name) || !sent
            }
        };
        let Some(schema) = out.pointer_mut(&pointer).filter(|_| is_read) else {
            continue;
        };
        walk(schema, &pointer, &mut |schema, _| {
            let name = schema
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(schema_name);
            if let Some(output) = name.and_then(|name| names.get(&name)) {
                schema["$ref"] = json!(schema_reference(output));
            }
            Ok(())
        })?;
    }
    Ok(out)
}

/// The marks of a property that goes in only one direction.
const READ_ONLY: &str = "readOnly";
const WRITE_ONLY: &str = "writeOnly";

/// Whether a schema has a mark, itself or by what it refers to.
fn is_marked(schema: &Value, mark: &str, named: &Value, seen: &mut BTreeSet<String>) -> bool {
    let target = schema["$ref"].as_str().and_then(schema_name);
    let target = target.filter(|name| seen.insert(name.clone()));
    let target = target.and_then(|name| named.get(&name));
    let members = schema["allOf"].as_array().into_iter().flatten();
    schema[mark] == json!(true)
        || target
            .into_iter()
            .chain(members)
            .any(|schema| is_marked(schema, mark, named, seen))
}

/// Removes the properties that do not go in this direction.
fn keep_to_the_way(schema: &mut Map<String, Value>, reading: Reading, named: &Value) {
    schema.remove(READ_ONLY);
    schema.remove(WRITE_ONLY);
    let hidden = match reading {
        Reading::Sent => READ_ONLY,
        Reading::Read | Reading::Streamed => WRITE_ONLY,
    };
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    let mut gone = BTreeSet::new();
    properties.retain(|name, property| {
        let stays = !is_marked(property, hidden, named, &mut BTreeSet::new());
        if !stays {
            gone.insert(name.clone());
        }
        stays
    });
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name.as_str().is_none_or(|name| !gone.contains(name)));
    }
}

fn soften_schema(schema: &mut Map<String, Value>, reading: Reading, named: &Value) {
    keep_to_the_way(schema, reading, named);
    schema.retain(|keyword, _| !CONSTRAINTS.contains(&keyword.as_str()));
    soften_format(schema, reading);
    if reading == Reading::Sent {
        distinguish_absent_lists(schema);
        return;
    }
    if schema.get("additionalProperties") == Some(&json!(false)) {
        schema.remove("additionalProperties");
    }
    if schema.remove("oneOf").is_some() {
        schema.remove("type");
    }
    if let Some(values) = schema.remove("enum") {
        let strings = values
            .as_array()
            .is_some_and(|list| list.iter().all(Value::is_string));
        if strings && !schema.contains_key("type") {
            schema.insert("type".to_owned(), json!("string"));
        }
    }
    let required = required_names(schema);
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        schema.remove("required");
        return;
    };
    let is_message = properties.contains_key("role");
    let mut kept = Vec::new();
    for (name, property) in properties {
        if is_opaque(name, is_message)
            && let Some(property) = property.as_object_mut()
        {
            property.remove("format");
        }
        let identity = reading == Reading::Read
            && required.contains(name)
            && is_identity(name)
            && property.get("nullable") != Some(&json!(true));
        if identity {
            kept.push(json!(name));
        } else {
            make_optional(property);
        }
    }
    if kept.is_empty() {
        schema.remove("required");
    } else {
        schema.insert("required".to_owned(), Value::Array(kept));
    }
}

/// Whether a property identifies the thing described. Without it the rest of a response
/// is of no use.
pub(crate) fn is_identity(name: &str) -> bool {
    name == "id" || name.ends_with("_id")
}

/// Whether an id is read as text whatever form the contract gives it: the id of a message
/// (streams name `msg_001`) and that of an image in a search result.
pub(crate) fn is_opaque(name: &str, of_message: bool) -> bool {
    matches!(name, "message_id" | "image_id") || (of_message && name == "id")
}

fn required_names(schema: &Map<String, Value>) -> BTreeSet<String> {
    let names = schema.get("required").and_then(Value::as_array);
    names
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// Makes a property an `Option`: absent and null read the same.
fn make_optional(property: &mut Value) {
    if property.get("$ref").is_some() {
        *property = json!({ "allOf": [property.take()] });
    }
    if let Some(property) = property.as_object_mut() {
        property.remove("default");
        property.insert("nullable".to_owned(), json!(true));
    }
}

/// In a request an absent list or map differs from an empty one; the type generator would
/// leave out an empty one.
fn distinguish_absent_lists(schema: &mut Map<String, Value>) {
    let required = required_names(schema);
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties {
        let holds_many = property["type"] == "array" || property["type"] == "object";
        if holds_many && !required.contains(name) {
            make_optional(property);
        }
    }
}

fn is_uuid(value: &Value) -> bool {
    let groups = value.as_str().unwrap_or_default().split('-');
    let hex = |group: &str| group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let lengths: Option<Vec<_>> = groups.map(|one| hex(one).then_some(one.len())).collect();
    lengths.is_some_and(|lengths| lengths == [8, 4, 4, 4, 12])
}

/// Keeps the formats that are types of their own. Dates in responses get the raw crate's
/// own liberal type; those in requests stay text.
fn soften_format(schema: &mut Map<String, Value>, reading: Reading) {
    let text = schema.get("type") == Some(&json!("string"));
    let keep = match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => {
            // A default that is not a UUID is removed: reading it would panic.
            if schema.get("default").is_some_and(|one| !is_uuid(one)) {
                schema.remove("default");
            }
            text
        }
        Some("binary") => text,
        Some("date-time") => text && reading != Reading::Sent,
        _ => false,
    };
    if !keep {
        schema.remove("format");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(name: &str) -> String {
        format!("/components/schemas/{name}")
    }

    fn document(sent: &[&str], read: &[&str], streamed: &[&str], schemas: &Value) -> Value {
        let content = |media: &str, names: &[&str]| {
            let all: Vec<_> = names
                .iter()
                .map(|name| json!({"$ref": schema_reference(name)}))
                .collect();
            json!({"content": {media: {"schema": {"allOf": all}}}})
        };
        json!({
            "paths": {"/a": {"post": {
                "requestBody": content("application/json", sent),
                "responses": {
                    "200": content("application/json", read),
                    "201": content("text/event-stream", streamed)
                }
            }}},
            "components": {"schemas": schemas}
        })
    }

    fn thing() -> Value {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["id", "kind", "parent_id", "list"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "parent_id": {"type": "string", "nullable": true},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "list": {"type": "array", "items": {"type": "integer", "minimum": 1}, "default": []},
                "at": {"type": "string", "format": "date-time"},
                "any": {"oneOf": [{"type": "string"}, {"type": "array", "items": {}}]},
                "other": {"$ref": "#/components/schemas/Other"}
            }
        })
    }

    fn softened(sent: &[&str], read: &[&str], streamed: &[&str]) -> Value {
        let schemas = json!({"Thing": thing(), "Other": {"type": "object"}});
        soften(&document(sent, read, streamed, &schemas)).unwrap()
    }

    #[test]
    fn a_default_that_is_no_uuid_is_none() {
        for (default, stays) in [
            ("00000000-0000-4000-8000-00000000000a", true),
            ("nope", false),
            ("00000000-0000-4000-8000-00000000000g", false),
        ] {
            let mut schema = json!({"type": "string", "format": "uuid", "default": default});
            let schema = schema.as_object_mut().unwrap();
            soften_format(schema, Reading::Sent);
            assert_eq!(schema.contains_key("default"), stays, "{default}");
        }
    }

    #[test]
    fn what_is_read_is_optional_but_for_identities() {
        let out = softened(&[], &["Thing"], &[]);
        assert_eq!(
            out.pointer(&component("Thing")).unwrap(),
            &json!({
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "parent_id": {"type": "string", "nullable": true},
                    "kind": {"type": "string", "nullable": true},
                    "list": {"type": "array", "items": {"type": "integer"}, "nullable": true},
                    "at": {"type": "string", "format": "date-time", "nullable": true},
                    "any": {"nullable": true},
                    "other": {"allOf": [{"$ref": "#/components/schemas/Other"}], "nullable": true}
                }
            })
        );
    }

    #[test]
    fn ids_of_messages_and_images_are_any_text() {
        let uuid = json!({"type": "string", "format": "uuid"});
        let schemas = json!({
            "Message": {"required": ["id"], "properties": {"id": uuid, "role": {"type": "string"}}},
            "Found": {"required": ["image_id"], "properties": {"image_id": uuid, "id": uuid}}
        });
        let out = soften(&document(&[], &["Message", "Found"], &[], &schemas)).unwrap();
        let property = |schema, name| {
            let found = out.pointer(&component(schema)).unwrap();
            (
                found["properties"][name].clone(),
                found["required"][0].clone(),
            )
        };
        let text = json!({"type": "string"});
        assert_eq!(property("Message", "id"), (text.clone(), json!("id")));
        assert_eq!(property("Found", "image_id"), (text, json!("image_id")));
        assert_eq!(property("Found", "id").0["format"], "uuid");
    }

    #[test]
    fn what_a_stream_carries_promises_nothing() {
        for read in [&["Thing"][..], &[]] {
            let out = softened(&[], read, &["Thing"]);
            assert_eq!(
                out.pointer(&component("Thing")).unwrap().get("required"),
                None
            );
        }
    }

    #[test]
    fn what_is_sent_keeps_its_structure_and_loses_its_bounds() {
        let out = softened(&["Thing"], &[], &[]);
        let thing = out.pointer(&component("Thing")).unwrap();
        assert_eq!(thing["additionalProperties"], json!(false));
        assert_eq!(
            thing["required"],
            json!(["id", "kind", "parent_id", "list"])
        );
        assert_eq!(thing["properties"]["kind"]["enum"], json!(["a", "b"]));
        assert_eq!(
            thing["properties"]["list"],
            json!({"type": "array", "items": {"type": "integer"}, "default": []})
        );
    }

    #[test]
    fn an_absent_list_and_an_empty_one_are_two_requests() {
        let schemas = json!({"In": {"type": "object", "properties": {
            "ids": {"type": "array", "items": {}, "default": []}
        }}});
        let out = soften(&document(&["In"], &[], &[], &schemas)).unwrap();
        assert_eq!(
            out.pointer(&component("In")).unwrap()["properties"]["ids"],
            json!({"type": "array", "items": {}, "nullable": true})
        );
    }

    #[test]
    fn what_goes_one_way_alone_is_left_out_the_other_way() {
        let schemas = json!({"Thing": {"required": ["id", "secret", "title"], "properties": {
            "id": {"type": "string", "readOnly": true},
            "secret": {"type": "string", "writeOnly": true},
            "title": {"type": "string", "readOnly": false}
        }}});
        let out = soften(&document(&["Thing"], &["Thing"], &[], &schemas)).unwrap();
        let names = |schema: &str| {
            let schema = out.pointer(&component(schema)).unwrap();
            let properties = schema["properties"].as_object().unwrap();
            let names: Vec<_> = properties.keys().cloned().collect();
            (names.join(" "), schema["required"].clone())
        };
        let both = json!(["secret", "title"]);
        assert_eq!(names("Thing"), ("secret title".to_owned(), both));
        assert_eq!(names("ThingOutput"), ("id title".to_owned(), json!(["id"])));
        assert!(!out.to_string().contains("Only"), "no mark is left");
    }

    #[test]
    fn a_named_schema_may_say_which_way_its_values_go() {
        let to = |name: &str| json!({"$ref": schema_reference(name)});
        let schemas = json!({
            "Made": {"type": "string", "readOnly": true},
            "Same": {"allOf": [to("Made")], "description": "another name"},
            "Thing": {"required": ["id", "by", "at", "title"], "properties": {
                "id": to("Made"),
                "by": {"allOf": [to("Made")], "nullable": true},
                "at": to("Same"),
                "title": {"type": "string"}
            }}
        });
        let names = |sent: &[&str], read: &[&str]| {
            let out = soften(&document(sent, read, &[], &schemas)).unwrap();
            let thing = out.pointer(&component("Thing")).unwrap();
            let properties = thing["properties"].as_object().unwrap();
            let names: Vec<_> = properties.keys().cloned().collect();
            (names.join(" "), thing["required"].clone())
        };
        let sent = ("title".to_owned(), json!(["title"]));
        assert_eq!(names(&["Thing"], &[]), sent);
        let read = ("at by id title".to_owned(), json!(["id"]));
        assert_eq!(names(&[], &["Thing"]), read);
    }

    #[test]
    fn what_is_both_sent_and_read_is_split() {
        let out = softened(&["Thing"], &["Thing"], &[]);
        let sent = out.pointer(&component("Thing")).unwrap();
        let read = out.pointer(&component("ThingOutput")).unwrap();
        assert_eq!(sent["required"].as_array().unwrap().len(), 4);
        assert_eq!(read["required"], json!(["id"]));
        assert_eq!(
            read["properties"]["other"]["allOf"][0],
            json!({"$ref": "#/components/schemas/OtherOutput"})
        );
        let post = &out["paths"]["/a"]["post"];
        let response = &post["responses"]["200"]["content"]["application/json"]["schema"];
        assert_eq!(
            response["allOf"][0]["$ref"],
            "#/components/schemas/ThingOutput"
        );
        let body = &post["requestBody"]["content"]["application/json"]["schema"];
        assert_eq!(body["allOf"][0]["$ref"], "#/components/schemas/Thing");
    }
}
