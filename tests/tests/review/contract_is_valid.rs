//! `openapi.json` is OpenAPI 3.1 to a validator that is not ours, and the
//! validator is seen to refuse what is wrong.

use roas::v3_1::spec::Spec;
use roas::validation::{Options, Validate as _};
use serde_json::{Value, json};
use xtask::document::load::load;
use xtask::workspace;

fn validate(document: &Value) -> Result<(), String> {
    let spec: Spec = serde_json::from_value(document.clone()).map_err(|error| error.to_string())?;
    spec.validate(Options::new(), None)
        .map_err(|error| error.to_string())
}

#[test]
fn the_contract_is_valid_openapi_3_1() {
    validate(&load(&workspace::contract()).unwrap()).unwrap();
}

#[test]
fn a_contract_with_a_fault_is_refused() {
    let contract = load(&workspace::contract()).unwrap();
    let faults = [
        ("/openapi", json!("3.0.3")),
        ("/info/title", json!(null)),
        ("/components/schemas/SendMessageRequest/type", json!("text")),
        (
            "/components/schemas/ListChatSessionsResponse/properties/sessions/items/$ref",
            json!("#/components/schemas/Nothing"),
        ),
        ("/paths/~1chat~1sessions/post/responses", json!({})),
        (
            "/paths/~1chat~1sessions/post/operationId",
            json!("list_chat_sessions"),
        ),
    ];
    for (pointer, value) in faults {
        let mut document = contract.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        assert!(validate(&document).is_err(), "{pointer}");
    }
}
