//! One meaning, many spellings: what must give the same shape, and what must
//! not.

use super::*;

fn shape(schema: &Value) -> Shape {
    let document = json!({"components": {"schemas": {
        "Id": {"type": "string", "format": "uuid", "title": "Id"},
        "Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}}},
        "Renamed": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Renamed"}}}
    }}});
    Resolver::new(&document, Way::Sent)
        .shape(schema, "")
        .unwrap()
}

#[track_caller]
fn same(schemas: &[Value]) {
    for pair in schemas.windows(2) {
        assert_eq!(
            shape(&pair[0]),
            shape(&pair[1]),
            "{} and {}",
            pair[0],
            pair[1]
        );
    }
}

#[track_caller]
fn differ(left: &Value, right: &Value) {
    assert_ne!(shape(left), shape(right));
}

#[test]
fn null_has_one_spelling() {
    same(&[
        json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        json!({"oneOf": [{"type": "null"}, {"type": "string"}]}),
        json!({"type": ["null", "string"]}),
        json!({"type": "string", "nullable": true}),
        json!({"allOf": [{"type": "string"}], "nullable": true}),
        json!({"anyOf": [{"type": "string", "nullable": true}]}),
    ]);
    differ(
        &json!({"type": "string"}),
        &json!({"type": ["string", "null"]}),
    );
}

#[test]
fn components_may_be_inlined_renamed_and_wrapped() {
    let reference = json!({"$ref": "#/components/schemas/Id"});
    same(&[
        reference.clone(),
        json!({"type": "string", "format": "uuid"}),
        json!({"allOf": [reference]}),
        json!({"anyOf": [reference]}),
        json!({"$ref": "#/components/schemas/Id", "description": "prose"}),
        json!({"allOf": [reference], "description": "prose", "title": "T"}),
    ]);
    same(&[
        json!({"$ref": "#/components/schemas/Node"}),
        json!({"$ref": "#/components/schemas/Renamed"}),
    ]);
}

#[test]
fn what_says_nothing_is_nothing() {
    same(&[
        json!({"type": "object", "properties": {"a": {}}}),
        json!({"type": "object", "properties": {"a": true}, "additionalProperties": true, "required": []}),
        json!({"properties": {"a": {"title": "A"}}, "additionalProperties": {}, "minProperties": 0}),
        json!({"type": "object", "properties": {"a": {"default": null}}, "deprecated": false}),
    ]);
}

#[test]
fn numbers_have_one_spelling() {
    same(&[
        json!({"type": "integer", "minimum": 1, "default": 5, "maximum": 100}),
        json!({"type": "integer", "minimum": 1.0, "default": 5.0, "maximum": 100.0}),
        json!({"type": "integer", "exclusiveMinimum": 0, "default": 5, "exclusiveMaximum": 101}),
        json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true, "default": 5, "maximum": 100}),
    ]);
    differ(
        &json!({"type": "number", "minimum": 1}),
        &json!({"type": "number", "exclusiveMinimum": 1}),
    );
    same(&[
        json!({"type": ["integer", "number"]}),
        json!({"type": "number"}),
    ]);
}

#[test]
fn lists_of_values_have_one_spelling() {
    same(&[
        json!({"type": "string", "enum": ["approve", "cancel"]}),
        json!({"enum": ["cancel", "approve"]}),
        json!({"type": "string", "pattern": "^(approve|cancel)$"}),
        json!({"type": "string", "pattern": "^(?:cancel|approve)$"}),
        json!({"anyOf": [{"const": "approve"}, {"const": "cancel"}]}),
    ]);
    differ(
        &json!({"type": "string", "pattern": "^(a|b)$"}),
        &json!({"type": "string", "pattern": "^(a|b)"}),
    );
}

#[test]
fn compositions_are_merged() {
    same(&[
        json!({"allOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            {"properties": {"b": {"type": "integer", "minimum": 1}}}
        ]}),
        json!({"type": "object", "required": ["a"],
            "properties": {"b": {"type": "integer", "minimum": 1}, "a": {"type": "string"}}}),
    ]);
    same(&[
        json!({"anyOf": [{"type": "string"}, {"anyOf": [{"type": "array", "items": {}}, {"type": "null"}]}]}),
        json!({"oneOf": [{"type": "array", "items": {}}, {"type": "null"}, {"type": "string"}]}),
    ]);
    same(&[
        json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"type": ["integer", "string"]}),
    ]);
}

#[test]
fn what_is_read_only_is_not_sent() {
    let schema = json!({"type": "object", "properties": {"a": {"readOnly": true}}});
    let document = json!({});
    let sent = Resolver::new(&document, Way::Sent)
        .shape(&schema, "")
        .unwrap();
    let read = Resolver::new(&document, Way::Read)
        .shape(&schema, "")
        .unwrap();
    assert!(sent.properties.is_empty() && read.properties.contains_key("a"));
}

#[test]
fn faults_are_named_with_their_pointer() {
    for (schema, pointer) in [
        (
            json!({"properties": {"a": {"typ": 1}}}),
            "/s/properties/a/typ",
        ),
        (json!({"items": {"$ref": "#/no"}}), "/s/items/$ref"),
        (json!({"anyOf": {}}), "/s/anyOf"),
        (json!({"type": "text"}), "/s/type"),
        (json!({"required": "a"}), "/s/required"),
        (json!({"allOf": [3]}), "/s/allOf/0"),
    ] {
        let document = json!({});
        let failure = Resolver::new(&document, Way::Sent)
            .shape(&schema, "/s")
            .unwrap_err();
        let said = failure.to_string();
        assert!(said.starts_with(&format!("at {pointer}:")), "{said}");
    }
}
