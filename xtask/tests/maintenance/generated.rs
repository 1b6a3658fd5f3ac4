//! What the generator cannot express is no client for anyone: the detector says of the
//! same document that users' code breaks.

use std::sync::LazyLock;

use serde_json::{Value, json};
use xtask::codegen::from_document;
use xtask::contract::read;
use xtask::document::load::load;
use xtask::document::select::Selection;
use xtask::drift::blast::Code;
use xtask::drift::{self, Drift, Side, Verdict};
use xtask::workspace;

use super::is_sampled;

/// Our sources, read once.
static CODE: LazyLock<Code> = LazyLock::new(|| Code::of_workspace().unwrap());

fn between(old: &Value, new: &Value, selection: &Selection) -> Drift {
    let contract = |document| read(document, selection).unwrap();
    let (before, after) = (contract(old), contract(new));
    let side = |document, contract| Side { document, contract };
    let found = drift::differences(side(old, &before), side(new, &after), selection);
    drift::judge(found, &CODE)
}

/// Adds an optional parameter to an operation.
fn ask(document: &mut Value, path: &str, method: &str, parameter: Value) {
    let list = &mut document["paths"][path][method]["parameters"];
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().unwrap().push(parameter);
}

fn property(document: &mut Value, schema: &str, name: &str, value: Value) {
    document["components"]["schemas"][schema]["properties"][name] = value;
}

const SESSIONS: &str = "/chat/sessions";
const SEND: &str = "/chat/sessions/{session_id}/messages";

/// How the note on such an operation ends.
const WHY: &str =
    ": the generator cannot express it, so its function disappears from a regenerated client";

/// An edit, its name, and an operation for which it leaves no function.
type Edit = (&'static str, fn(&mut Value), &'static str);

#[rustfmt::skip]
const EDITS: &[Edit] = &[
    ("a deep object", |d| ask(d, SESSIONS, "get", json!({"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}})), "GET /chat/sessions"),
    ("a list that does not explode", |d| ask(d, SESSIONS, "get", json!({"name": "tags", "in": "query", "explode": false, "schema": {"type": "array", "items": {"type": "string"}}})), "GET /chat/sessions"),
    ("JSON in the query", |d| ask(d, SESSIONS, "get", json!({"name": "filter", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}})), "GET /chat/sessions"),
    ("a query parameter in another spelling", |d| ask(d, SESSIONS, "get", json!({"name": "minMessages", "in": "query", "schema": {"type": "integer"}})), "GET /chat/sessions"),
    ("a query parameter called body", |d| ask(d, SESSIONS, "post", json!({"name": "body", "in": "query", "schema": {"type": "string"}})), "POST /chat/sessions"),
    ("a field of a reply in another spelling", |d| property(d, "GetAllUserImagesResponse", "totalCount", json!({"type": "integer"})), "GET /chat/images/all"),
    ("a field of a request in another spelling", |d| property(d, "SendMessageRequest", "forceDetailedAnalysis", json!({"type": "boolean"})), "POST /chat/sessions/{session_id}/messages"),
    ("a word in another spelling", |d| d["components"]["schemas"]["PlanActionRequest"]["properties"]["action"] = json!({"type": "string", "enum": ["approve", "cancel", "Cancel"]}), "POST /chat/sessions/{session_id}/plans/{plan_id}/action"),
];

#[test]
fn what_cannot_be_generated_breaks_users_code() {
    let contract = load(&workspace::contract()).unwrap();
    let chat = Selection::default();
    let sampled = EDITS.iter().enumerate();
    let sampled = sampled.filter(|(number, _)| is_sampled(*number));
    for (_, (name, edit, operation)) in sampled {
        let mut new = contract.clone();
        edit(&mut new);
        let refused = from_document(&new, &chat).unwrap_err();
        let drift = between(&contract, &new, &chat);
        let of_operation =
            |one: &&drift::Change| one.location == *operation && one.change == "not-generated";
        let told = drift.changes.iter().find(of_operation);
        let told = told.unwrap_or_else(|| panic!("{name}: {:#?}", drift.changes));
        assert_eq!(
            (told.wire, told.source),
            (Verdict::Unchanged, Verdict::Breaking),
            "{name}"
        );
        let reason = told.note.strip_suffix(WHY).unwrap();
        assert!(refused.to_string().contains(reason), "{name}: {refused}");
        assert!(
            told.affects.iter().any(|one| one.starts_with("Chat")),
            "{name}: {:?}",
            told.affects
        );
    }
}

#[test]
fn what_could_not_be_generated_before_is_no_loss() {
    let mut old = load(&workspace::contract()).unwrap();
    let (_, edit, _) = EDITS[0];
    edit(&mut old);
    let mut new = old.clone();
    new["paths"][SEND]["post"]["deprecated"] = json!(true);
    let drift = between(&old, &new, &Selection::default());
    assert_eq!(drift.source, Verdict::Compatible);
}

#[test]
fn a_new_operation_that_cannot_be_generated_counts_where_everything_must_be() {
    let contract = load(&workspace::contract()).unwrap();
    let mut new = contract.clone();
    let parameter = json!({"name": "filter", "in": "query", "style": "deepObject", "schema": {"type": "object"}});
    new["paths"]["/chat/new"] = json!({"get": {
        "operationId": "new_one", "parameters": [parameter], "responses": {"204": {"description": ""}}
    }});
    let chat = between(&contract, &new, &Selection::default());
    assert_eq!(chat.source, Verdict::Breaking);
    let all = between(&contract, &new, &Selection::All);
    assert_eq!(all.source, Verdict::Compatible);
}
