//! What differs between two shapes: types, forms, bounds and conditions.

use serde_json::{Value, json};

use xtask::contract::read;
use xtask::document::select::Selection;
use xtask::drift::compare::compare;
use xtask::drift::{Verdict, judge_here};

use super::{between, differ, giving, taking, taking_content, to, with_schemas};

#[test]
fn what_both_types_take_is_compared_where_the_type_is_another() {
    let base = json!({"type": "integer", "maximum": 100});
    for (is, expected) in [
        (
            json!({"type": "number", "maximum": 50}),
            &["type-widened", "bound-tightened"][..],
        ),
        (json!({"type": "number", "maximum": 100}), &["type-widened"]),
        (
            json!({"type": "number", "format": "double", "maximum": 100}),
            &["type-widened"],
        ),
        (json!({}), &["type-widened"]),
        (json!({"maximum": 50}), &["type-widened", "bound-tightened"]),
        (
            json!({"type": ["integer", "string", "null"], "maximum": 50, "maxLength": 3}),
            &["type-widened", "null-allowed", "bound-tightened"],
        ),
        (json!({"enum": [1, 2.5]}), &["type-widened", "enum-added"]),
        (json!({"type": "string"}), &["type-changed"]),
    ] {
        let expected: Vec<_> = expected
            .iter()
            .map(|kind| format!("request: {kind}"))
            .collect();
        assert_eq!(between(&taking(&base), &taking(&is)), expected, "{is}");
    }
    differ(
        &giving(&json!({"type": ["string", "null"], "maxLength": 255})),
        &giving(&json!({"type": ["string", "integer"], "maxLength": 50})),
        &[
            "response.200: type-widened",
            "response.200: null-forbidden",
            "response.200: bound-tightened",
        ],
    );
    differ(
        &giving(&json!({"type": "number"})),
        &giving(&json!({"type": ["integer", "null"]})),
        &["response.200: type-narrowed", "response.200: null-allowed"],
    );
}

/// Null is a value that a reader of texts does not know.
#[test]
fn what_can_only_be_null_is_of_another_type() {
    let null = json!({"type": "null"});
    for of in [
        json!({"type": "string"}),
        json!({"type": "array", "items": {}}),
    ] {
        differ(
            &giving(&of),
            &giving(&null),
            &["response.200: type-changed"],
        );
        differ(&taking(&null), &taking(&of), &["request: type-changed"]);
    }
    let nullable = json!({"type": ["string", "null"]});
    differ(
        &giving(&nullable),
        &giving(&null),
        &["response.200: type-narrowed"],
    );
    differ(
        &taking(&null),
        &taking(&nullable),
        &["request: type-widened"],
    );
}

#[test]
fn one_form_that_is_among_several_changed_is_no_other_type() {
    let object = |more: Value| {
        let mut properties = json!({"a": {"type": "string"}});
        properties
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"type": "object", "properties": properties})
    };
    let one = object(json!({}));
    let several = json!({"anyOf": [object(json!({"b": {"type": "string"}})), {"type": "string"}]});
    differ(
        &taking(&one),
        &taking(&several),
        &["request: type-widened", "request.b: property-added"],
    );
    differ(
        &taking(&several),
        &taking(&one),
        &["request: type-narrowed", "request.b: property-removed"],
    );
}

#[test]
fn of_forms_that_overlap_one_or_any_may_fit() {
    let of = |keyword: &str, forms: &Value| json!({ keyword: forms });
    let object = |kind: &str, name: &str| {
        json!({"type": "object", "required": ["kind"], "properties": {
            "kind": {"const": kind}, name: {"type": "string"}
        }})
    };
    let apart = json!([object("a", "x"), object("b", "y"), {"type": "string"}, {"type": "null"}]);
    differ(
        &taking(&of("anyOf", &apart)),
        &taking(&of("oneOf", &apart)),
        &[],
    );
    let mut together = apart.clone();
    together[1]["properties"]["kind"] = json!({"type": "string"});
    differ(
        &taking(&of("anyOf", &together)),
        &taking(&of("oneOf", &together)),
        &["request: bound-tightened"],
    );
    differ(
        &giving(&of("oneOf", &together)),
        &giving(&of("anyOf", &together)),
        &["response.200: bound-loosened"],
    );
}

#[test]
fn a_property_that_is_listed_now_was_of_the_shape_of_the_rest() {
    let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let with = |kind: &str| {
        let mut listed = map.clone();
        listed["properties"] = json!({"x": {"type": kind}});
        listed["additionalProperties"] = json!(true);
        giving(&listed)
    };
    let opened = "response.200.*: type-widened";
    differ(
        &giving(&map),
        &with("string"),
        &["response.200.x: property-added", opened],
    );
    differ(
        &giving(&map),
        &with("integer"),
        &[
            "response.200.x: property-added",
            "response.200.x: type-changed",
            opened,
        ],
    );
}

#[test]
fn media_types_may_differ_in_parameters_alone_and_cover_others() {
    let body = |kind: &str| json!({"schema": {"type": kind}});
    let plain = taking_content(&json!({"application/json": body("string")}));
    let spelt = taking_content(&json!({"Application/JSON; charset=utf-8": body("string")}));
    differ(&plain, &spelt, &[]);
    let versions = |second: &str| {
        taking_content(&json!({
            "application/json": body("string"), "application/json;v=2": body(second)
        }))
    };
    differ(&plain, &versions("integer"), &["request: media-type-added"]);
    differ(
        &versions("string"),
        &versions("integer"),
        &["request (application/json; v=2): type-changed"],
    );
    let any = taking_content(&json!({"*/*": body("string")}));
    differ(&plain, &any, &["request: media-type-added"]);
    let narrower = taking_content(&json!({"application/*": body("integer")}));
    differ(
        &plain,
        &narrower,
        &["request: media-type-added", "request: type-changed"],
    );
}

#[test]
fn a_schema_that_takes_nothing_or_says_nothing_has_many_spellings() {
    let object = |more: Value| {
        let mut object = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        object
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        giving(&object)
    };
    let closed = object(json!({"additionalProperties": false}));
    differ(
        &closed,
        &object(json!({"additionalProperties": {"not": {}}})),
        &[],
    );
    differ(
        &closed,
        &object(json!({"additionalProperties": {"not": true}})),
        &[],
    );
    differ(&object(json!({})), &object(json!({"not": false})), &[]);
    differ(
        &object(json!({})),
        &object(json!({"not": {"not": {}}})),
        &[],
    );
}

#[test]
fn a_shape_in_many_untyped_places_is_compared_once_more_where_it_has_a_type() {
    let document = |value: &str| {
        let several = json!({"anyOf": [to("Thing"), {"type": "string"}]});
        let mut properties = serde_json::Map::new();
        for index in 0..80 {
            properties.insert(format!("p{index:02}"), several.clone());
        }
        properties.insert("z".to_owned(), to("Thing"));
        let thing = json!({"type": "object", "properties": {"value": {"type": value}}});
        let giving = giving(&json!({"type": "object", "properties": properties}));
        with_schemas(giving, &json!({ "Thing": thing }))
    };
    let found = between(&document("string"), &document("integer"));
    let typed = "response.200.z.value: type-changed".to_owned();
    assert!(found.len() < 80 && found.contains(&typed), "{found:?}");
}

#[test]
fn conditions_come_go_and_move() {
    let (none, one) = (
        json!({"type": "string"}),
        json!({"type": "string", "pattern": "a"}),
    );
    let two = json!({"allOf": [one, {"pattern": "b"}]});
    let other = json!({"allOf": [one, {"pattern": "c"}]});
    let told = |old: &Value, new: &Value| between(&giving(old), &giving(new));
    assert_eq!(told(&none, &one), ["response.200: bound-tightened"]);
    assert_eq!(told(&one, &two), ["response.200: bound-tightened"]);
    assert_eq!(told(&two, &one), ["response.200: bound-loosened"]);
    assert_eq!(told(&two, &other), ["response.200: constraint-changed"]);
    let embedded = |inner: Value| json!({"type": "string", "contentMediaType": "application/json", "contentSchema": inner});
    let embedded = told(
        &embedded(json!({"type": "object"})),
        &embedded(json!({"type": "array"})),
    );
    assert_eq!(embedded, ["response.200: constraint-changed"]);
    let tuple = |inner: Value| json!({"type": "array", "prefixItems": [inner]});
    let (short, long) = (json!({"maxLength": 3}), json!({"maxLength": 5}));
    let moved = told(&tuple(long), &tuple(short));
    assert_eq!(moved, ["response.200: constraint-changed"]);
}

#[test]
fn factors_are_wider_the_fewer_they_leave_out() {
    let of = |factor: i64| giving(&json!({"type": "integer", "multipleOf": factor}));
    differ(&of(2), &of(4), &["response.200: bound-tightened"]);
    differ(&of(4), &of(2), &["response.200: bound-loosened"]);
    differ(&of(2), &of(3), &["response.200: constraint-changed"]);
}

#[test]
fn values_that_are_counted_need_no_bounds() {
    let bounded = giving(&json!({"type": "string", "maxLength": 5}));
    let counted = giving(&json!({"type": "string", "enum": ["a", "b"]}));
    differ(&bounded, &counted, &["response.200: enum-added"]);
    let longer = giving(&json!({"type": "string", "enum": ["a", "longer"]}));
    let told = between(&bounded, &longer);
    assert!(
        told.contains(&"response.200: bound-loosened".to_owned()),
        "{told:?}"
    );
    // A pattern that lists words is an enum.
    let words = giving(&json!({"type": "string", "pattern": "^(a|b)$"}));
    let fewer = giving(&json!({"type": "string", "pattern": "^a$"}));
    differ(&words, &fewer, &["response.200: enum-value-removed"]);
}

#[test]
fn patterns_and_positions_are_taken_out_of_what_holds_of_the_others() {
    let object = |rest: Value, patterns: Value| json!({"type": "object", "additionalProperties": rest, "patternProperties": patterns});
    let (text, whole) = (json!({"type": "string"}), json!({"type": "integer"}));
    let pattern = json!({"^x-": text});
    let list = |items: Value, tuple: &[&Value]| match tuple {
        [] => json!({"type": "array", "items": items}),
        tuple => json!({"type": "array", "items": items, "prefixItems": tuple}),
    };
    for (short, long, told) in [
        (
            object(json!(true), json!({})),
            object(json!(true), pattern.clone()),
            &["bound-tightened"][..],
        ),
        (
            object(json!(false), json!({})),
            object(json!(false), pattern.clone()),
            &["bound-loosened"],
        ),
        (
            object(whole.clone(), json!({})),
            object(whole.clone(), pattern.clone()),
            &["constraint-changed"],
        ),
        (
            object(text.clone(), json!({})),
            object(text.clone(), pattern),
            &[],
        ),
        (
            list(json!(true), &[]),
            list(json!(true), &[&whole]),
            &["bound-tightened"],
        ),
        (
            list(json!(false), &[&text]),
            list(json!(false), &[&text, &text]),
            &["bound-loosened"],
        ),
        (
            list(text.clone(), &[]),
            list(text.clone(), &[&whole]),
            &["constraint-changed"],
        ),
        (list(text.clone(), &[]), list(text.clone(), &[&text]), &[]),
    ] {
        let place = |kind: &&str| format!("request: {kind}");
        let forth: Vec<_> = told.iter().map(place).collect();
        assert_eq!(between(&taking(&short), &taking(&long)), forth, "{long}");
        let back = between(&taking(&long), &taking(&short));
        let opposite = |kind: &String| match kind.as_str() {
            "request: bound-tightened" => "request: bound-loosened".to_owned(),
            "request: bound-loosened" => "request: bound-tightened".to_owned(),
            other => other.to_owned(),
        };
        assert_eq!(
            back,
            forth.iter().map(opposite).collect::<Vec<_>>(),
            "{long}"
        );
    }
}

#[test]
fn a_new_form_that_overlaps_a_known_one_takes_values_from_it() {
    let object = |name: &str, required: &[&str]| {
        let properties = json!({ name: {"type": "string"} });
        json!({"type": "object", "required": required, "properties": properties})
    };
    let (a, b) = (object("a", &["a"]), object("b", &["b"]));
    let forms = |keyword: &str, forms: &[&Value]| taking(&json!({ keyword: forms }));
    // Whoever sends `a` may send it alone, or beside what no form has listed: that is
    // no more promised than for a new property.
    for (form, told) in [
        (
            object("c", &[]),
            &["request: alternative-added", "request: bound-tightened"][..],
        ),
        (object("c", &["c"]), &["request: alternative-added"]),
    ] {
        let (old, new) = (forms("oneOf", &[&a, &b]), forms("oneOf", &[&a, &b, &form]));
        differ(&old, &new, told);
        let (old, new) = (forms("anyOf", &[&a, &b]), forms("anyOf", &[&a, &b, &form]));
        differ(&old, &new, &["request: alternative-added"]);
    }
    let both = forms("oneOf", &[&a, &object("b", &[])]);
    differ(
        &forms("oneOf", &[&a]),
        &both,
        &["request: type-widened", "request: bound-tightened"],
    );
}

#[test]
fn what_everything_meets_says_nothing() {
    for (plain, more) in [
        (json!({"type": "string"}), json!({"pattern": ".*"})),
        (json!({"type": "array"}), json!({"minContains": 2})),
        (
            json!({"type": "array"}),
            json!({"contains": {"type": "string"}, "minContains": 0}),
        ),
        (
            json!({"type": "object"}),
            json!({"propertyNames": {"type": "string"}}),
        ),
        (
            json!({"type": "object"}),
            json!({"patternProperties": {"^x-": true}, "dependentSchemas": {"a": true}}),
        ),
    ] {
        let mut full = plain.clone();
        let members = more.as_object().unwrap().clone();
        full.as_object_mut().unwrap().extend(members);
        differ(&taking(&plain), &taking(&full), &[]);
    }
}

#[test]
fn headers_that_openapi_leaves_aside_are_no_parameters() {
    let asking = |name: &str| {
        let mut document = giving(&json!({}));
        let header = json!({"name": name, "in": "header", "required": true, "schema": {}});
        document["paths"]["/chat/a"]["get"]["parameters"] = json!([header]);
        document
    };
    let none = giving(&json!({}));
    differ(&none, &asking("accept"), &[]);
    differ(&asking("Content-Type"), &none, &[]);
    let told = between(&none, &asking("X-Own"));
    assert_eq!(told.len(), 1, "{told:?}");
}

#[test]
fn forms_are_told_apart_by_what_they_require() {
    let form = |name: &str, extra: Value| {
        let mut properties = json!({ name: {"type": "string"} });
        properties
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        json!({"type": "object", "required": [name], "properties": properties})
    };
    let marked = |extra: Value| {
        let mut form = form("type", extra);
        form["properties"]["type"] = json!({"const": "b"});
        form
    };
    let of = |extra: Value| taking(&json!({"anyOf": [form("a", extra.clone()), marked(extra)]}));
    differ(
        &of(json!({"z": {"type": "string"}})),
        &of(json!({})),
        &[
            "request|object(a).z: property-removed",
            "request|object(type: \"b\").z: property-removed",
        ],
    );
}

#[test]
fn one_of_several_requirements_is_a_narrower_object() {
    let object = |required: &[&str]| {
        json!({"type": "object", "required": required, "properties": {
            "a": {"type": "string"}, "b": {"type": "string"}
        }})
    };
    let mut either = object(&[]);
    either["anyOf"] = json!([{"required": ["a"]}, {"required": ["b"]}]);
    let (old, new) = (giving(&object(&[])), giving(&either));
    differ(&old, &new, &["response.200: type-narrowed"]);
    differ(&new, &old, &["response.200: type-widened"]);
}

#[test]
fn what_is_asked_for_and_refused_can_no_longer_be_sent() {
    let object = |listed: Value, open: bool| json!({"type": "object", "required": ["a"], "properties": listed, "additionalProperties": open});
    let text = json!({"a": {"type": "string"}});
    let told = |open: bool| {
        let (old, new) = (
            taking(&object(text.clone(), open)),
            taking(&object(json!({}), open)),
        );
        let read = |document: &Value| read(document, &Selection::default()).unwrap();
        let found = compare(&read(&old), &read(&new));
        let [found] = &*judge_here(found).unwrap().changes else {
            panic!("one change is expected");
        };
        (found.location.clone(), found.wire, found.source)
    };
    let place = "POST /chat/a request.a".to_owned();
    let breaking = (place.clone(), Verdict::Breaking, Verdict::Breaking);
    assert_eq!(told(false), breaking);
    assert_eq!(
        told(true),
        (place, Verdict::Compatible, Verdict::Compatible)
    );
}

#[test]
fn a_pattern_in_place_of_words_is_told_beside_the_words() {
    let text = |pattern: &str| taking(&json!({"type": "string", "pattern": pattern}));
    let read = |document: &Value| read(document, &Selection::default()).unwrap();
    let (words, any) = (read(&text("^(approve|cancel)$")), read(&text("^[a-z]+$")));
    let told = |old, new| {
        let found = compare(old, new).into_iter();
        let mut found = found.filter(|one| one.detail.starts_with("pattern"));
        let one = found.next().unwrap();
        (one.kind.name(), one.detail)
    };
    let (list, pattern) = (r#""approve", "cancel""#, r#""^[a-z]+$""#);
    let changed = "constraint-changed";
    let forth = format!("pattern was {list}, and is {pattern}");
    assert_eq!(told(&words, &any), (changed, forth));
    let back = format!("pattern was {pattern}, and is {list}");
    assert_eq!(told(&any, &words), (changed, back));
}
