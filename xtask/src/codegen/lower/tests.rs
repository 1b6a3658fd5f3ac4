//! Each notation of 3.1, and what becomes of it in 3.0.

use super::*;

/// A schema as this stage leaves it.
pub(in crate::codegen) fn lowered(schema: &Value) -> Value {
    let document = json!({
        "info": {}, "paths": {},
        "components": {"schemas": {"A": schema, "Other": {}}}
    });
    lower(&document).unwrap()["components"]["schemas"]["A"].clone()
}

#[test]
fn null_becomes_nullable_however_it_is_written() {
    for schema in [
        json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
        json!({"oneOf": [{"type": "null"}, {"type": "string"}]}),
        json!({"type": ["string", "null"]}),
    ] {
        assert_eq!(
            lowered(&schema),
            json!({"type": "string", "nullable": true})
        );
    }
    assert_eq!(
        lowered(&json!({"enum": ["a", null]})),
        json!({"enum": ["a"], "nullable": true})
    );
    assert_eq!(
        lowered(&json!({"type": "null"})),
        json!({"enum": [null], "nullable": true})
    );
}

#[test]
fn an_alternative_that_is_lifted_is_lowered_too() {
    let schema = json!({"anyOf": [
        {"anyOf": [{"type": ["integer", "null"], "exclusiveMinimum": 0}, {"type": "null"}]},
        {"type": "null"}
    ], "description": "d"});
    assert_eq!(
        lowered(&schema),
        json!({"type": "integer", "nullable": true, "minimum": 0, "exclusiveMinimum": true, "description": "d"})
    );
}

#[test]
fn a_reference_with_siblings_is_wrapped_and_one_alone_is_not() {
    let reference = json!({"$ref": "#/components/schemas/Other"});
    assert_eq!(lowered(&reference), reference);
    assert_eq!(
        lowered(&json!({"anyOf": [reference, {"type": "null"}]})),
        json!({"allOf": [reference], "nullable": true})
    );
}

#[test]
fn several_types_become_alternatives() {
    assert_eq!(
        lowered(&json!({"type": ["string", "array", "null"], "items": {}, "maxLength": 3})),
        json!({"nullable": true, "anyOf": [
            {"type": "string", "maxLength": 3},
            {"type": "array", "items": {}}
        ]})
    );
}

#[test]
fn what_the_generator_does_not_read_cannot_hurt_it() {
    let get = json!({"operationId": "a", "tags": 3, "callbacks": [], "responses": {}});
    let document = json!({"info": {}, "paths": {"/a": {"get": get}}});
    let expected = json!({"operationId": "a", "responses": {}});
    assert_eq!(lower(&document).unwrap()["paths"]["/a"]["get"], expected);
}

#[test]
fn const_is_an_enum_of_one() {
    assert_eq!(lowered(&json!({"const": "x"})), json!({"enum": ["x"]}));
}

#[test]
fn defaults_are_never_entered() {
    let schema = json!({"type": "object", "default": {"anyOf": [{"type": "null"}], "const": 1}});
    assert_eq!(lowered(&schema), schema);
}

#[test]
fn an_unknown_keyword_is_named_with_its_pointer() {
    let document = json!({"info": {}, "paths": {}, "components": {"schemas": {
        "A/B": {"properties": {"x": {"typ": "string"}}}
    }}});
    let said = lower(&document).unwrap_err().to_string();
    assert_eq!(
        said,
        "at /components/schemas/A~1B/properties/x/typ: the keyword `typ` is not known"
    );
}

#[test]
fn references_that_lead_nowhere_and_unknown_types_are_named() {
    for (schema, pointer) in [
        (json!({"$ref": "#/components/schemas/No"}), "A/$ref"),
        (json!({"$ref": "#/paths/x"}), "A/$ref"),
        (json!({"type": "text"}), "A/type"),
        (json!({"enum": "a"}), "A/enum"),
    ] {
        let document = json!({"info": {}, "paths": {}, "components": {"schemas": {"A": schema}}});
        let said = lower(&document).unwrap_err().to_string();
        assert!(
            said.starts_with(&format!("at /components/schemas/{pointer}:")),
            "{said}"
        );
    }
}
