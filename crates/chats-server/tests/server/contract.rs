//! Every reply against the schemas of the contract itself.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::client::{Client, Reply, server};

const CONTRACT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");

struct Contract(Value);

impl Contract {
    /// Outside the workspace there is no contract to hold against.
    fn load() -> Option<Self> {
        let text = std::fs::read_to_string(CONTRACT).ok();
        if text.is_none() {
            println!("SKIPPED: openapi.json is not at hand");
        }
        text.map(|text| Self(serde_json::from_str(&text).expect("a document")))
    }

    /// Fails unless `value` is what the schema at the reference says.
    fn check_schema(&self, mut schema: Value, value: &Value, what: &str) {
        schema["components"] = self.0["components"].clone();
        let mut compiler = boon::Compiler::new();
        compiler.set_default_draft(boon::Draft::V2020_12);
        compiler.enable_format_assertions();
        compiler.add_resource("schema:contract", schema).unwrap();
        let mut schemas = boon::Schemas::new();
        let compiled = compiler.compile("schema:contract", &mut schemas).unwrap();
        if let Err(fault) = schemas.validate(value, compiled) {
            panic!("{what}: {fault:#} in {value}");
        }
    }

    /// Fails unless the contract lists this status and this body for the operation.
    fn check(&self, method: &str, path: &str, reply: &Reply) {
        let status = reply.status.as_u16().to_string();
        let what = format!("{method} {path} {status}");
        let mut response =
            &self.0["paths"][path][method.to_ascii_lowercase()]["responses"][&status];
        if let Some(reference) = response["$ref"].as_str() {
            response = self
                .0
                .pointer(reference.trim_start_matches('#'))
                .expect("a response");
        }
        assert!(response.is_object(), "{what} is not in the contract");
        let Some(content) = response["content"].as_object() else {
            return;
        };
        let media = reply
            .header("content-type")
            .split(';')
            .next()
            .unwrap()
            .to_owned();
        let schema = content
            .get(&media)
            .unwrap_or_else(|| panic!("{what} as {media}"))["schema"]
            .clone();
        if media == "application/json" && schema["format"] != "binary" {
            self.check_schema(schema, &reply.json(), &what);
        }
    }
}

#[tokio::test]
async fn every_operation_answers_as_the_contract_says() {
    let Some(contract) = Contract::load() else {
        return;
    };
    let (_server, client) = server().await;
    let session = client.session().await;
    let plan = client.send(&session, "find cats and select them").await;
    let plan_id = plan.json()["plan_data"]["plan_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let background = client.send(&session, "describe all my images").await;
    let background = background.json()["plan_data"]["plan_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let id = "{session_id}";
    let plan_path = "/chat/sessions/{session_id}/plans/{plan_id}/action";
    let calls: Vec<(Method, String, Option<Value>)> = vec![
        (
            Method::POST,
            "/chat/sessions".into(),
            Some(json!({"title": "A"})),
        ),
        (Method::GET, "/chat/sessions".into(), None),
        (
            Method::POST,
            format!("/chat/sessions/{id}/messages"),
            Some(json!({"message": "Find damaged poles"})),
        ),
        (
            Method::POST,
            format!("/chat/sessions/{id}/messages"),
            Some(json!({"message": "rename this session to X"})),
        ),
        (
            Method::PUT,
            format!("/chat/sessions/{id}/images"),
            Some(json!({"image_ids": [uuid::Uuid::nil()]})),
        ),
        (
            Method::PUT,
            format!("/chat/sessions/{id}/documents"),
            Some(json!({})),
        ),
        (
            Method::PUT,
            format!("/chat/sessions/{id}/videos"),
            Some(json!({})),
        ),
        (
            Method::PATCH,
            format!("/chat/sessions/{id}/mode"),
            Some(json!({"use_all_images": false})),
        ),
        (
            Method::PATCH,
            format!("/chat/sessions/{id}/title"),
            Some(json!({"title": "B"})),
        ),
        (
            Method::POST,
            plan_path.replace("{plan_id}", &background),
            Some(json!({"action": "approve"})),
        ),
        (
            Method::POST,
            plan_path.replace("{plan_id}", &plan_id),
            Some(json!({"action": "approve"})),
        ),
        (
            Method::POST,
            plan_path.replace("{plan_id}", &plan_id),
            Some(json!({"action": "approve"})),
        ),
        (
            Method::POST,
            plan_path.replace("{plan_id}", "none"),
            Some(json!({"action": "cancel"})),
        ),
        (Method::GET, format!("/chat/sessions/{id}/export"), None),
        (Method::GET, "/chat/images/all".into(), None),
        (
            Method::POST,
            "/chat/images/search".into(),
            Some(json!({"query": "cats"})),
        ),
        (
            Method::POST,
            "/chat/images/search".into(),
            Some(json!({"query": ""})),
        ),
        (Method::GET, format!("/chat/sessions/{id}"), None),
        (Method::DELETE, format!("/chat/sessions/{id}"), None),
    ];
    for (method, path, body) in calls {
        let mut request = client.request(method.clone(), &path.replace(id, &session));
        if let Some(body) = &body {
            request = request.json(body);
        }
        let reply = Client::finish(request).await;
        let template = if path.contains("/plans/") {
            plan_path.to_owned()
        } else {
            path
        };
        contract.check(method.as_str(), &template, &reply);
        assert_ne!(reply.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    let foreign = Client::new(client.base(), "nobody")
        .get("/chat/sessions")
        .await;
    contract.check("GET", "/chat/sessions", &foreign);
}

#[tokio::test]
async fn every_event_is_one_of_the_contract() {
    let Some(contract) = Contract::load() else {
        return;
    };
    let (_server, client) = server().await;
    let session = client.session().await;
    let path = format!("/chat/sessions/{session}/messages/stream?debug_reasoning=true");
    let mut seen = std::collections::BTreeSet::new();
    for message in ["Find damaged poles", "select them"] {
        let reply = client.post(&path, &json!({"message": message})).await;
        for (name, data) in crate::client::events(&reply.text()) {
            let schemas = contract.0["components"]["schemas"].as_object().unwrap();
            let schema = schemas
                .iter()
                .find(|(_, schema)| schema["properties"]["type"]["const"] == name.as_str())
                .unwrap_or_else(|| panic!("{name} is not in the contract"))
                .0;
            let reference = json!({"$ref": format!("#/components/schemas/{schema}")});
            contract.check_schema(reference, &data, &name);
            seen.insert(name);
        }
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}
