//! One meaning, many spellings: schemas that must give the same shape, and schemas that
//! must not.

use super::*;
use crate::contract::Held;

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
fn what_is_read_only_through_a_reference_is_not_sent_either() {
    let document =
        json!({"components": {"schemas": {"Made": {"type": "string", "readOnly": true}}}});
    let made = json!({"$ref": "#/components/schemas/Made"});
    for made in [&made, &json!({"anyOf": [made, {"type": "null"}]})] {
        let schema = json!({"type": "object", "properties": {"a": made}, "required": ["a"]});
        let shape = |way| Resolver::new(&document, way).shape(&schema, "").unwrap();
        assert!(!shape(Way::Sent).properties.contains_key("a"), "{made}");
        assert!(shape(Way::Read).properties["a"].required);
    }
}

#[test]
fn a_property_may_be_asked_for_where_it_is_not_listed() {
    let listed = json!({"properties": {"a": {"type": "string"}}});
    same(&[
        json!({"allOf": [listed, {"properties": {"b": {}}, "required": ["a"]}]}),
        json!({"allOf": [listed, {"properties": {"b": {}}}, {"required": ["a"]}]}),
        json!({"properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]}),
    ]);
    let unlisted = shape(&json!({"properties": {"a": {}}, "required": ["c"]}));
    assert!(unlisted.properties["c"].required);
}

#[test]
fn all_that_stands_together_holds() {
    let id = json!({"$ref": "#/components/schemas/Id"});
    let pattern =
        |a: &str, b: &str| json!({"allOf": [{"type": "string", "pattern": a}, {"pattern": b}]});
    same(&[pattern("a", "b"), pattern("b", "a")]);
    differ(&pattern("a", "b"), &pattern("a", "c"));
    differ(&pattern("a", "b"), &pattern("a", "a"));
    let not = |a: &str, b: &str| json!({"allOf": [{"not": {"const": a}}, {"not": {"const": b}}]});
    same(&[not("a", "b"), not("b", "a")]);
    differ(&not("a", "b"), &not("a", "c"));
    same(&[
        json!({"allOf": [{"type": "string", "maxLength": 10}], "maxLength": 50}),
        json!({"type": "string", "maxLength": 10}),
    ]);
    same(&[
        json!({"$ref": "#/components/schemas/Id", "minLength": 3, "type": ["string", "null"]}),
        json!({"type": "string", "format": "uuid", "minLength": 3}),
        json!({"allOf": [{"minLength": 3}, id]}),
    ]);
    same(&[
        json!({"allOf": [{"type": "number"}, {"type": "integer"}]}),
        json!({"type": "integer"}),
    ]);
}

#[test]
fn groups_of_alternatives_must_all_hold() {
    let one = |name: &str| json!({"type": "object", "properties": {name: {"type": "string"}}, "required": [name]});
    let (a, b, c, d) = (one("a"), one("b"), one("c"), one("d"));
    let whole = json!({"allOf": [{"oneOf": [a, b]}, {"oneOf": [c, d]}]});
    same(&[
        whole.clone(),
        json!({"allOf": [{"oneOf": [d, c]}, {"oneOf": [b, a]}]}),
        json!({"anyOf": [a, b], "oneOf": [c, d]}),
    ]);
    differ(
        &whole,
        &json!({"allOf": [{"oneOf": [a, b]}, {"oneOf": [c, {}]}]}),
    );
    differ(&whole, &json!({"oneOf": [a, b]}));
    let base = json!({"type": "object", "properties": {"k": {"type": "string"}}});
    same(&[
        json!({"type": "object", "properties": {"k": {"type": "string"}}, "oneOf": [a, b]}),
        json!({"oneOf": [{"allOf": [base, a]}, {"allOf": [b, base]}]}),
    ]);
}

#[test]
fn a_form_that_another_takes_in_is_none() {
    let text = json!({"type": "string"});
    let short = json!({"type": "string", "maxLength": 5});
    same(&[
        text.clone(),
        json!({"anyOf": [text, short]}),
        json!({"anyOf": [text, {"type": "string", "format": "uuid"}]}),
        json!({"anyOf": [{"enum": ["a"]}, text, text]}),
    ]);
    same(&[
        short.clone(),
        json!({"anyOf": [{"type": "string", "maxLength": 3}, short]}),
    ]);
    // Of these only one may fit, and short text fits both.
    differ(&text, &json!({"oneOf": [text, short]}));
}

#[test]
fn schemas_in_any_keyword_are_what_they_mean() {
    let (id, renamed) = (
        json!({"$ref": "#/components/schemas/Id"}),
        json!({"allOf": [{"format": "uuid", "type": "string", "title": "Other"}]}),
    );
    for around in [
        |inner: &Value| json!({"not": inner}),
        |inner: &Value| json!({"type": "object", "if": {"required": ["a"]}, "then": inner}),
        |inner: &Value| json!({"type": "array", "contains": inner}),
        |inner: &Value| json!({"type": "array", "prefixItems": [inner]}),
        |inner: &Value| json!({"type": "object", "patternProperties": {"^x": inner}}),
        |inner: &Value| json!({"type": "object", "dependentSchemas": {"a": inner}}),
        |inner: &Value| json!({"type": "object", "propertyNames": inner}),
    ] {
        same(&[around(&id), around(&renamed)]);
        differ(&around(&id), &around(&json!({"type": "string"})));
        let required = |names: [&str; 2]| around(&json!({"type": "object", "required": names}));
        same(&[required(["a", "b"]), required(["b", "a"])]);
    }
}

#[test]
fn what_concerns_another_type_says_nothing() {
    same(&[
        json!({"type": "integer", "maximum": 5}),
        json!({"type": "integer", "maximum": 5, "minLength": 3, "format": "uuid", "pattern": "a", "multipleOf": 1}),
        json!({"type": "integer", "maximum": 5, "properties": {"a": {}}, "items": {}}),
    ]);
    same(&[
        json!({"type": "string"}),
        json!({"type": "string", "maximum": 3, "minItems": 2, "format": "int32"}),
        json!({"type": "string", "discriminator": {"propertyName": "a"}}),
    ]);
    differ(
        &json!({"type": "array"}),
        &json!({"type": "array", "unevaluatedItems": false}),
    );
    differ(
        &json!({"type": "string"}),
        &json!({"type": "string", "format": "of-ours"}),
    );
}

#[test]
fn counted_values_are_those_that_everything_lets_through() {
    same(&[
        json!({"enum": ["a"]}),
        json!({"pattern": "^a$"}),
        json!({"type": "string", "pattern": "^(a|b)$", "enum": ["a", "c"]}),
        json!({"type": "string", "enum": ["a", "bb"], "maxLength": 1}),
        json!({"type": ["string", "null"], "enum": ["a", 3]}),
    ]);
    same(&[
        json!({"const": 1}),
        json!({"const": 1.0}),
        json!({"type": "number", "enum": [1]}),
    ]);
    differ(
        &json!({"type": "integer", "maximum": 9_007_199_254_740_992_u64}),
        &json!({"type": "integer", "maximum": 9_007_199_254_740_993_u64}),
    );
}

#[test]
fn bytes_have_one_spelling() {
    same(&[
        json!({"type": "string", "format": "byte"}),
        json!({"type": "string", "contentEncoding": "base64"}),
    ]);
    same(&[
        json!({"type": "string", "format": "binary"}),
        json!({"type": "string", "contentMediaType": "application/octet-stream"}),
    ]);
}

#[test]
fn nullable_is_read_in_3_1_too_as_the_generator_reads_it() {
    let of = |version: &str| {
        let document = json!({ "openapi": version });
        let schema = json!({"type": "string", "nullable": true});
        let shape = Resolver::new(&document, Way::Read).shape(&schema, "");
        shape.unwrap().nullable
    };
    assert!(of("3.0.3") && of("3.1.0"));
}

/// A tree, written in many ways, and one whose leaves are of another type.
fn trees() -> Value {
    let node = |value: &str, kids: Value| json!({"type": "object", "properties": {"v": {"type": value}, "kids": kids}});
    let list = |name: &str| json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{name}")}});
    json!({"components": {"schemas": {
        "Direct": node("string", list("Direct")),
        "ByList": node("string", json!({"$ref": "#/components/schemas/List"})),
        "List": list("ByList"),
        "Unrolled": node("string", list("Direct")),
        "One": node("string", list("Two")),
        "Two": node("string", list("One")),
        "Alias": {"$ref": "#/components/schemas/Within"},
        "Within": node("string", list("Alias")),
        "Other": node("integer", list("Other")),
        "Odd": node("string", list("Even")),
        "Even": node("integer", list("Odd")),
    }}})
}

#[test]
fn schemas_that_hold_themselves_are_equal_by_what_they_say() {
    let document = trees();
    let mut resolver = Resolver::new(&document, Way::Read);
    let mut of = |name: &str| {
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        let holder = json!({"type": "object", "properties": {"tree": reference}});
        resolver.shape(&holder, "").unwrap()
    };
    let direct = of("Direct");
    for name in ["ByList", "Unrolled", "One", "Two", "Alias", "Within"] {
        assert_eq!(of(name), direct, "{name}");
        // A document with this schema alone gives the same shape.
        let document = trees();
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        let holder = json!({"type": "object", "properties": {"tree": reference}});
        let alone = Resolver::new(&document, Way::Read).shape(&holder, "");
        assert_eq!(alone.unwrap(), direct, "{name}");
    }
    for name in ["Other", "Odd", "Even"] {
        assert_ne!(of(name), direct, "{name}");
    }
    assert_ne!(of("Odd"), of("Even"));
}

#[test]
fn one_that_holds_its_like_is_its_like() {
    let document = json!({"components": {"schemas": {
        "Inner": {"properties": {"a": {"$ref": "#/components/schemas/Inner"}, "b": {"$ref": "#/components/schemas/Inner"}}},
        "Outer": {"properties": {"a": {"$ref": "#/components/schemas/Outer"}, "b": {"$ref": "#/components/schemas/Inner"}}},
    }}});
    let mut resolver = Resolver::new(&document, Way::Read);
    let mut of = |name: &str| {
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        Held::from(resolver.shape(&reference, "").unwrap())
    };
    assert_eq!(of("Inner"), of("Outer"));
}

/// A document of schemas that are made by number.
fn numbered(count: usize, schema: impl Fn(usize) -> Value) -> Value {
    let schemas = (0..count).map(|number| (format!("N{number}"), schema(number)));
    json!({"components": {"schemas": schemas.collect::<serde_json::Map<_, _>>()}})
}

fn to(number: usize) -> Value {
    json!({"$ref": format!("#/components/schemas/N{number}")})
}

#[test]
fn schemas_that_share_others_are_read_once() {
    let doubling = numbered(100, |n| match n {
        99 => json!({"type": "string"}),
        n => json!({"properties": {"a": to(n + 1), "b": to(n + 1)}}),
    });
    Resolver::new(&doubling, Way::Read)
        .shape(&to(0), "")
        .unwrap();
    let all_to_all = numbered(60, |n| {
        let mut schema = json!({"properties": {}});
        for other in 0..60 {
            schema["properties"][format!("p{other}")] = to(other);
        }
        schema["properties"][format!("own{n}")] = json!({});
        schema
    });
    let shape = Resolver::new(&all_to_all, Way::Read).shape(&to(0), "");
    assert_eq!(shape.unwrap().properties.len(), 61);
}

#[test]
fn what_would_not_end_is_named() {
    let deep = numbered(5000, |n| json!({"properties": {"p": to(n + 1)}}));
    let chain = numbered(5000, |n| to(n + 1));
    // Each schema is a few steps away, but one way through them is long.
    let ladder = numbered(1000, |n| {
        let far: Vec<_> = (1..20)
            .map(|step| (format!("p{step}"), to((n + step).min(999))))
            .collect();
        match n {
            999 => json!({"type": "string"}),
            _ => json!({"properties": far.into_iter().collect::<serde_json::Map<_, _>>()}),
        }
    });
    let itself = numbered(1, |_| to(0));
    let pair = numbered(2, |n| to(1 - n));
    let all = numbered(1, |_| json!({"allOf": [to(0)]}));
    let any = numbered(1, |_| json!({"anyOf": [to(0), {"type": "null"}]}));
    let through = numbered(2, |n| json!({"anyOf": [to(1 - n), {"type": "integer"}]}));
    let many = numbered(40, |n| match n {
        39 => json!({"type": "string"}),
        n => json!({"anyOf": [to(n + 1), {"allOf": [to(n + 1)]}]}),
    });
    for (document, reason) in [
        (deep, "nest too deeply"),
        (chain, "nest too deeply"),
        (ladder, "nest too deeply"),
        (itself, "refers to itself"),
        (pair, "refers to itself"),
        (all, "refers to itself"),
        (any, "refers to itself"),
        (through, "refers to itself"),
        (many, "alternatives come to more than"),
    ] {
        let failure = Resolver::new(&document, Way::Read).shape(&to(0), "/s");
        let said = failure.unwrap_err().to_string();
        assert!(said.starts_with("at /components/schemas/N"), "{said}");
        assert!(said.contains(reason), "{said}");
    }
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
