//! Documents that mean the same, and differences that count.

use serde_json::{Value, json};

use super::*;

fn with_path(path: &str, name: &str) -> Value {
    json!({"paths": {path: {"get": {
        "operationId": format!("get_it_{}_get", path.replace(|c: char| !c.is_alphanumeric() && c != '_', "_")),
        "parameters": [{"name": name, "in": "path", "required": true, "schema": {"type": "string"}}],
        "responses": {}
    }}}})
}

fn contract(document: &Value) -> Contract {
    read(document, &Selection::default()).unwrap()
}

#[test]
fn the_service_prefix_may_stand_in_paths_or_in_servers() {
    let in_paths = contract(&with_path("/api/v2/chat/{id}", "id"));
    let mut document = with_path("/chat/{session_id}", "session_id");
    for url in ["/api/v2", "https://api.aionvision.tech/api/v2/"] {
        document["servers"] = json!([{"url": url, "description": "prose"}]);
        let mut in_servers = contract(&document);
        for operation in in_servers.operations.values_mut().map(Arc::make_mut) {
            for parameter in operation.parameters.values_mut() {
                "id".clone_into(&mut parameter.name);
            }
        }
        assert_eq!(in_paths, in_servers);
    }
}

#[test]
fn security_is_what_it_asks_whatever_it_is_called() {
    let secured = |name: &str| {
        let mut document = with_path("/chat/{id}", "id");
        document["components"] =
            json!({"securitySchemes": {name: {"type": "http", "scheme": "Bearer"}}});
        document["security"] = json!([{name: []}]);
        contract(&document)
    };
    assert_eq!(secured("HTTPBearer"), secured("key"));
    let open = contract(&with_path("/chat/{id}", "id"));
    assert_ne!(secured("key"), open);
}

#[test]
fn events_are_told_apart_by_their_type() {
    let event = |name: &str| json!({"type": "object", "properties": {"type": {"const": name}}});
    let mut document = with_path("/chat/{id}", "id");
    document["paths"]["/chat/{id}"]["get"]["responses"] = json!({"200": {"content": {
        "text/event-stream": {"schema": {"oneOf": [event("token"), event("complete")]}}
    }}});
    let contract = contract(&document);
    let response = &contract.operations.values().next().unwrap().responses["200"];
    assert_eq!(
        response.events.keys().collect::<Vec<_>>(),
        ["complete", "token"]
    );
}

#[test]
fn null_in_place_of_an_event_is_not_forgotten() {
    let event = |name: &str| json!({"type": "object", "properties": {"type": {"const": name}}});
    let streamed = |events: Value| {
        let mut document = with_path("/chat/{id}", "id");
        document["paths"]["/chat/{id}"]["get"]["responses"] =
            json!({"200": {"content": {"text/event-stream": {"schema": {"oneOf": events}}}}});
        let contract = contract(&document);
        let response = &contract.operations.values().next().unwrap().responses["200"];
        (
            response.events.clone(),
            response.content["text/event-stream"].nullable,
        )
    };
    let (token, complete) = (event("token"), event("complete"));
    let (events, nullable) = streamed(json!([token, complete]));
    assert!(!nullable);
    let or_null = json!({"anyOf": [complete, {"type": "null"}]});
    assert_eq!(streamed(json!([token, or_null])), (events, true));
    assert!(streamed(json!([or_null])).1);
}

#[test]
fn only_what_is_selected_counts() {
    let contract = contract(&with_path("/api/v2/images/{id}", "id"));
    assert!(contract.operations.is_empty());
}

#[test]
fn what_is_no_document_is_refused_with_its_place() {
    for document in [
        json!([]),
        json!("paths"),
        json!(null),
        json!({}),
        json!({"paths": []}),
    ] {
        let failure = read(&document, &Selection::default()).unwrap_err();
        assert!(!failure.to_string().is_empty(), "{document}");
    }
}

#[test]
fn a_fault_in_a_shared_part_is_told_where_it_stands() {
    let mut document = with_path("/api/v2/chat/{id}", "id");
    document["paths"]["/api/v2/chat/{id}"]["get"]["responses"] =
        json!({"400": {"$ref": "#/components/responses/Bad"}});
    let nowhere = json!({"anyOf": [{"$ref": "#/components/schemas/Nowhere"}]});
    document["components"] =
        json!({"responses": {"Bad": {"content": {"application/json": {"schema": nowhere}}}}});
    let failure = read(&document, &Selection::default()).unwrap_err();
    let said = failure.to_string();
    let place = "at /components/responses/Bad/content/application~1json/schema/anyOf/0/$ref: ";
    assert!(said.starts_with(place), "{said}");
}
