//! What differs between two documents, as the report lists it: where, and what
//! happened. Judgement is tested elsewhere.

mod operations;
mod shapes;

use serde_json::{Map, Value, json};
use xtask::contract::read;
use xtask::document::select::Selection;
use xtask::drift::compare::compare;
use xtask::drift::{Verdict, judge_here};

/// A document of one operation, which gives a value of this schema.
fn giving(schema: &Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "paths": {"/chat/a": {"get": {
            "operationId": "a",
            "responses": {"200": {"content": {"application/json": {"schema": schema}}}}
        }}}
    })
}

fn with_schemas(mut document: Value, schemas: &Value) -> Value {
    document["components"] = json!({ "schemas": schemas });
    document
}

fn to(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The differences, as `place: kind`.
fn between(old: &Value, new: &Value) -> Vec<String> {
    let read = |document| read(document, &Selection::default()).unwrap();
    let found = compare(&read(old), &read(new));
    let found = found.iter();
    found
        .map(|one| format!("{}: {}", one.place, one.kind.name()))
        .collect()
}

#[track_caller]
fn differ(old: &Value, new: &Value, expected: &[&str]) {
    assert_eq!(between(old, new), expected);
}

#[test]
fn servers_of_an_operation_take_the_place_of_the_services() {
    let plain = giving(&json!({}));
    let with = |pointer: &str, url: &str| {
        let mut document = plain.clone();
        document.pointer_mut(pointer).unwrap()["servers"] = json!([{"url": url}]);
        document
    };
    let (item, operation) = ("/paths/~1chat~1a", "/paths/~1chat~1a/get");
    for pointer in [item, operation] {
        let other = with(pointer, "https://other.example.com/api/v2");
        let both = ["servers: server-removed", "servers: server-added"];
        differ(&plain, &other, &both);
        differ(&other, &plain, &both);
        let same = with(pointer, "https://api.aionvision.tech/api/v2");
        differ(&plain, &same, &[]);
    }
}

#[test]
fn the_service_prefix_stands_in_the_server_or_in_the_paths() {
    let at = |server: &str, prefix: &str| {
        let mut document = giving(&json!({}));
        let item = document["paths"]["/chat/a"].take();
        document["paths"] = json!({ format!("{prefix}/chat/a"): item });
        document["servers"] = json!([{ "url": server }]);
        document
    };
    let host = "https://api.aionvision.tech";
    let full = format!("{host}/api/v2");
    let base = at(&full, "");
    differ(&base, &at(host, "/api/v2"), &[]);
    differ(&base, &at("/", "/api/v2"), &[]);
    // Where it stands in both, it was only moved.
    differ(&base, &at(&full, "/api/v2"), &[]);
    let both = ["servers: server-removed", "servers: server-added"];
    differ(&base, &at(host, ""), &both);
}

#[test]
fn a_status_falls_back_to_the_range_that_is_there() {
    let with = |responses: Value| {
        let mut document = giving(&json!({}));
        let all = &mut document["paths"]["/chat/a"]["get"]["responses"];
        for (status, field) in responses.as_object().unwrap() {
            let schema = json!({"type": "object", "required": [field], "properties": {
                field.as_str().unwrap(): {"type": "string"}
            }});
            all[status] = json!({"content": {"application/json": {"schema": schema}}});
        }
        document
    };
    let old = with(json!({"404": "a", "4XX": "b"}));
    let reply = |status: &str, gone: &str, new: &str| {
        [
            format!("response.{status}.{gone}: property-removed"),
            format!("response.{status}.{new}: required-property-added"),
        ]
    };
    let to = |field: &str| between(&old, &with(json!({"4XX": field})));
    assert_eq!(to("a"), reply("4XX", "b", "a"));
    assert_eq!(to("b"), reply("404", "a", "b"));
    let alike = with(json!({"404": "b", "4XX": "b"}));
    differ(&alike, &with(json!({"4XX": "b"})), &[]);
}

#[test]
fn a_files_bytes_have_one_meaning_in_3_0_and_3_1() {
    let file = |media: &str, schema: Option<Value>| {
        let mut document = giving(&json!({}));
        let content = schema.map_or_else(|| json!({}), |schema| json!({"schema": schema}));
        document["paths"]["/chat/a"]["get"]["responses"]["200"]["content"] =
            json!({ media: content });
        document
    };
    let binary = json!({"type": "string", "format": "binary"});
    for media in ["application/octet-stream", "application/pdf"] {
        let old = file(media, Some(binary.clone()));
        differ(&old, &file(media, None), &[]);
        differ(&old, &file(media, Some(json!({}))), &[]);
    }
    let json = file("application/json", Some(json!({"type": "string"})));
    assert!(!between(&json, &file("application/json", None)).is_empty());
}

#[test]
fn the_name_of_a_keys_header_has_no_case() {
    let with = |name: &str| {
        let mut document = giving(&json!({}));
        let scheme = json!({"type": "apiKey", "in": "header", "name": name});
        document["components"]["securitySchemes"]["key"] = scheme;
        document["security"] = json!([{"key": []}]);
        document
    };
    differ(&with("X-Key"), &with("x-key"), &[]);
    assert!(!between(&with("X-Key"), &with("X-Other")).is_empty());
}

#[test]
fn a_scheme_that_nothing_requires_is_no_loss() {
    let with = |schemes: Value, security: Value| {
        let mut document = giving(&json!({}));
        document["components"]["securitySchemes"] = schemes;
        document["security"] = security;
        document
    };
    let bearer = json!({"type": "http", "scheme": "bearer"});
    let two = json!({"key": bearer, "basic": {"type": "http", "scheme": "basic"}});
    let verdict = |security: Value| {
        let (old, new) = (
            with(two.clone(), security.clone()),
            with(json!({"key": bearer}), security),
        );
        let read = |document: &Value| read(document, &Selection::default()).unwrap();
        let found = compare(&read(&old), &read(&new));
        assert_eq!(found[0].kind.name(), "security-scheme-removed");
        judge_here(found).unwrap().changes[0].wire
    };
    assert_eq!(verdict(json!([{"key": []}])), Verdict::Compatible);
    // Where no operation says what it requires, any scheme may be in use.
    assert_eq!(verdict(json!([])), Verdict::Breaking);
}

#[test]
fn a_default_reply_is_what_comes_of_failures() {
    let plain = giving(&json!({"type": "string"}));
    let mut with = plain.clone();
    let failure = json!({"content": {"application/json": {"schema": {"type": "object"}}}});
    with["paths"]["/chat/a"]["get"]["responses"]["default"] = failure;
    differ(&plain, &with, &["response.default: error-status-added"]);
    // Where nothing else is said of successes, it is one.
    let mut only = plain.clone();
    let responses = &mut only["paths"]["/chat/a"]["get"]["responses"];
    *responses = json!({"default": responses["200"]});
    differ(&plain, &only, &["response.200: status-changed"]);
}

#[test]
fn a_status_out_of_a_range_was_promised() {
    let reply = |status: &str, kind: &str| {
        let mut document = giving(&json!({ "type": kind }));
        let responses = &mut document["paths"]["/chat/a"]["get"]["responses"];
        *responses = json!({ status: responses["200"] });
        document
    };
    let (range, named) = (reply("2XX", "string"), reply("200", "string"));
    differ(&range, &named, &["response.2XX: status-narrowed"]);
    differ(&named, &range, &["response.200: status-changed"]);
    let other = reply("200", "integer");
    differ(
        &range,
        &other,
        &[
            "response.2XX: status-narrowed",
            "response.200: type-changed",
        ],
    );
}

fn event(kind: &Value) -> Value {
    json!({"type": "object", "properties": {"type": kind}, "required": ["type"]})
}

fn streaming(schema: &Value) -> Value {
    let mut document = giving(&json!({}));
    let content = json!({"text/event-stream": {"schema": schema}});
    document["paths"]["/chat/a"]["get"]["responses"]["200"]["content"] = content;
    document
}

#[test]
fn an_event_that_comes_takes_no_other_away() {
    let token = event(&json!({"const": "token"}));
    let end = event(&json!({"const": "end"}));
    let base = streaming(&json!({"oneOf": [token, end]}));
    let with = |new: Value| streaming(&json!({"oneOf": [token, end, new]}));
    let two = with(event(&json!({"enum": ["x", "y"]})));
    differ(
        &base,
        &two,
        &["event.x: event-added", "event.y: event-added"],
    );
    let any = with(event(&json!({"type": "string"})));
    differ(&base, &any, &["event.*: event-added"]);
    let mut form = token.clone();
    form["properties"]["more"] = json!({"type": "string"});
    form["required"] = json!(["type", "more"]);
    differ(&base, &with(form), &["event.token: alternative-added"]);
    let beside =
        streaming(&json!({"properties": {"seq": {"type": "integer"}}, "oneOf": [token, end]}));
    differ(
        &base,
        &beside,
        &[
            "event.end.seq: property-added",
            "event.token.seq: property-added",
        ],
    );
}

#[test]
fn a_stream_that_lists_no_events_any_more_has_lost_them() {
    let base = streaming(
        &json!({"oneOf": [event(&json!({"const": "a"})), event(&json!({"const": "b"}))]}),
    );
    let one = json!({"type": "object", "properties": {"x": {"type": "string"}}});
    for other in [
        json!({"type": "string"}),
        json!({"type": "object"}),
        json!({}),
        one,
    ] {
        differ(
            &base,
            &streaming(&other),
            &["event.a: event-removed", "event.b: event-removed"],
        );
    }
}

/// A document of one operation, which takes a value of this schema.
fn taking(schema: &Value) -> Value {
    taking_content(&json!({"application/json": {"schema": schema}}))
}

fn taking_content(content: &Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "paths": {"/chat/a": {"post": {
            "operationId": "a",
            "requestBody": {"required": true, "content": content},
            "responses": {"204": {"description": ""}}
        }}}
    })
}

#[test]
fn scopes_are_what_is_asked_for_and_not_what_they_are_called() {
    let with = |scopes: Value, asked: Value| {
        let mut document = giving(&json!({}));
        document["components"]["securitySchemes"]["o"] = json!({"type": "oauth2", "flows": {
            "clientCredentials": {"tokenUrl": "https://example.com/token", "scopes": scopes}
        }});
        document["security"] = json!([{"o": asked}]);
        document
    };
    let base = with(json!({"read": "Read"}), json!(["read"]));
    let told = with(
        json!({"read": "Read things", "write": "Write"}),
        json!(["read"]),
    );
    differ(&base, &told, &[]);
    let more = with(
        json!({"read": "Read", "write": "Write"}),
        json!(["read", "write"]),
    );
    differ(&base, &more, &["security: security-tightened"]);
    // Who has both may still come with one.
    differ(&more, &base, &["security: security-loosened"]);
}

fn tree(value: &str, kids: &str) -> Value {
    json!({"type": "object", "properties": {
        "v": {"type": value}, "kids": {"type": "array", "items": to(kids)}
    }})
}

#[test]
fn what_differs_inside_a_schema_that_holds_itself_is_told_once() {
    let holder = giving(&json!({"type": "object", "properties": {"tree": to("Node")}}));
    let direct = with_schemas(holder.clone(), &json!({"Node": tree("string", "Node")}));
    let typed = with_schemas(holder.clone(), &json!({"Node": tree("integer", "Node")}));
    differ(&direct, &typed, &["response.200.tree.v: type-changed"]);
    let two = json!({"Node": tree("string", "Two"), "Two": tree("integer", "Node")});
    let second = with_schemas(holder.clone(), &two);
    differ(
        &direct,
        &second,
        &["response.200.tree.kids[].v: type-changed"],
    );
    let same = json!({"Node": tree("string", "Two"), "Two": tree("string", "Node")});
    differ(&direct, &with_schemas(holder, &same), &[]);
}

#[test]
fn schemas_that_share_others_are_compared_in_bounded_time() {
    let doubling = |leaf: &str| {
        let schemas = (0..40).map(|n| {
            let next = to(&format!("N{}", n + 1));
            let schema = match n {
                39 => json!({ "type": leaf }),
                _ => json!({"type": "object", "properties": {"a": next, "b": next}}),
            };
            (format!("N{n}"), schema)
        });
        with_schemas(
            giving(&to("N0")),
            &Value::Object(schemas.collect::<Map<_, _>>()),
        )
    };
    differ(&doubling("string"), &doubling("string"), &[]);
    let found = between(&doubling("string"), &doubling("integer"));
    assert!((1..=200).contains(&found.len()), "{}", found.len());
    // Each of these is a shape of its own, and holds all others.
    let all = |leaf: &str| {
        let schemas = (0..40).map(|n| {
            let others = (0..40).map(|other| (format!("p{other}"), to(&format!("N{other}"))));
            let mut properties: Map<_, _> = others.collect();
            properties.insert(format!("own{n}"), json!({ "type": leaf }));
            let schema = json!({"type": "object", "properties": properties});
            (format!("N{n}"), schema)
        });
        with_schemas(
            giving(&to("N0")),
            &Value::Object(schemas.collect::<Map<_, _>>()),
        )
    };
    differ(&all("string"), &all("string"), &[]);
    assert_eq!(between(&all("string"), &all("integer")).len(), 40);
}

#[test]
fn what_differs_as_deep_as_schemas_may_nest_is_told() {
    let chain = |leaf: &str| {
        let schemas = (0..=120).map(|n| {
            let next = to(&format!("N{}", n + 1));
            let schema = match n {
                120 => json!({ "type": leaf }),
                _ => json!({"type": "object", "properties": {"a": next}}),
            };
            (format!("N{n}"), schema)
        });
        with_schemas(
            giving(&to("N0")),
            &Value::Object(schemas.collect::<Map<_, _>>()),
        )
    };
    let told = between(&chain("string"), &chain("integer"));
    assert_eq!(
        told,
        [format!("response.200{}: type-changed", ".a".repeat(120))]
    );
}

#[test]
fn how_one_value_is_written_matters_only_where_it_has_parts() {
    let asking = |schema: Value, explode: bool| {
        let mut document = giving(&json!({}));
        let parameter = json!({"name": "q", "in": "query", "explode": explode, "schema": schema});
        document["paths"]["/chat/a"]["get"]["parameters"] = json!([parameter]);
        document
    };
    let text = json!({"type": "string"});
    differ(
        &asking(text.clone(), true),
        &asking(text.clone(), false),
        &[],
    );
    let list = json!({"type": "array", "items": text});
    let told = ["query.q: parameter-style-changed"];
    differ(&asking(list.clone(), true), &asking(list, false), &told);
}

#[test]
fn faults_outside_the_selected_paths_are_no_concern() {
    let base = giving(&json!({}));
    let mut new = base.clone();
    let responses = json!({"200": {"$ref": "#/components/responses/Nope"}});
    new["paths"]["/other"] = json!({"get": {"operationId": "a", "responses": responses}});
    new["paths"]["/worse"] = Value::Null;
    new["components"] = json!({"schemas": {"Unused": to("Nope")}});
    differ(&base, &new, &[]);
}

/// Documents that nobody can make sense of, each with the pointer at fault.
fn nonsense() -> Vec<(&'static str, Value, &'static str)> {
    const GET: &str = "/paths/~1chat~1a/get";
    let text = json!({"schema": {"type": "string"}});
    let parameter = |place: &str| json!({"name": "q", "in": place, "schema": {"type": "string"}});
    vec![
        (GET, json!("x"), ""),
        ("/paths/~1chat~1a/get/deprecated", json!("yes"), ""),
        ("/paths/~1chat~1a/get/operationId", json!(5), ""),
        (
            "/paths/~1chat~1a/get/parameters",
            json!([parameter("body")]),
            "/0/in",
        ),
        (
            "/paths/~1chat~1a/get/parameters",
            json!([parameter("path")]),
            "/0",
        ),
        (
            "/paths/~1chat~1a/get/parameters",
            json!([{"name": "q", "in": "query"}]),
            "/0",
        ),
        (
            "/paths/~1chat~1a/get/parameters",
            json!([parameter("query"), parameter("query")]),
            "/1",
        ),
        (
            "/paths/~1chat~1a/get/parameters",
            json!([{"name": "q", "in": "query", "required": "yes", "schema": {}}]),
            "/0/required",
        ),
        ("/paths/~1chat~1a/get/requestBody", json!([]), ""),
        ("/paths/~1chat~1a/get/requestBody", json!({}), ""),
        ("/paths/~1chat~1a/get/responses/abc", text.clone(), ""),
        ("/paths/~1chat~1a/get/responses/999", text.clone(), ""),
        (
            "/paths/~1chat~1a/get/responses/200/content",
            json!({"a/b": "x"}),
            "/a~1b",
        ),
        (
            "/paths/~1chat~1a/get/responses/200/headers",
            json!({"X": "y"}),
            "/X",
        ),
        ("/paths/~1chat~1a/get/responses/200/headers", json!([]), ""),
        (
            "/paths/~1chat~1a/get/security",
            json!([{"Nope": []}]),
            "/0/Nope",
        ),
        ("/servers", json!(["https://x"]), "/0"),
        (
            "/paths/~1chat~1{b",
            json!({"get": {"operationId": "b"}}),
            "",
        ),
        (
            "/paths/~1chat~1{b}",
            json!({"get": {"operationId": "b"}}),
            "/get",
        ),
        (
            "/paths/~1chat~1b?c=d",
            json!({"get": {"operationId": "b"}}),
            "",
        ),
        (
            "/paths/~1chat~1b",
            json!({"GET": {"operationId": "b"}}),
            "/GET",
        ),
        (
            "/paths/~1chat~1b",
            json!({"get": {"operationId": "a"}}),
            "/get/operationId",
        ),
        (
            "/paths/~1api~1v2~1chat~1a",
            json!({"get": {"operationId": "b"}}),
            "/get",
        ),
    ]
}

#[test]
fn what_makes_no_sense_is_refused_with_its_pointer() {
    for (at, value, inside) in nonsense() {
        let mut document = giving(&json!({}));
        let (holder, name) = at.rsplit_once('/').unwrap();
        let name = name.replace("~1", "/");
        document.pointer_mut(holder).unwrap()[&name] = value.clone();
        let failure = read(&document, &Selection::default()).unwrap_err();
        let said = failure.to_string();
        let either = [
            format!("at {at}{inside}: "),
            "at /paths/~1chat~1a/get: ".to_owned(),
        ];
        let twins = at == "/paths/~1api~1v2~1chat~1a";
        let right = said.starts_with(&either[0]) || twins && said.starts_with(&either[1]);
        assert!(right, "{at} {value}: {said}");
        assert_eq!(failure.exit_code(), 2);
    }
}
