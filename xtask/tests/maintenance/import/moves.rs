//! Operations that the publisher moves keep our words, and errors that look alike are
//! told by what they answer.

use serde_json::{Value, json};
use xtask::document::load::load_value;
use xtask::import::import;
use xtask::import::overlay::Overlay;

use super::{THINGS, contract, file, imported, lines, publisher};

/// Our contract, in which a further operation answers with errors that differ in their
/// descriptions alone, and a publisher's document that means the same.
fn with_errors() -> (Value, Value) {
    let mut ours: Value = serde_json::from_str(&contract()).unwrap();
    let mut theirs = publisher();
    let error = ours["components"]["responses"]["NotFound"].clone();
    for (name, said) in [("Busy", "It is at work."), ("Away", "It is not yours.")] {
        ours["components"]["responses"][name] = error.clone();
        ours["components"]["responses"][name]["description"] = json!(said);
    }
    let id = |said: &str| json!({"name": "thing_id", "in": "path", "required": true, "description": said, "schema": {"type": "string"}});
    let answer = |name: &str| json!({"$ref": format!("#/components/responses/{name}")});
    ours["paths"]["/chat/things/{thing_id}/name"] = json!({"patch": {
        "tags": ["b"], "operationId": "name_thing", "summary": "Name it",
        "description": "Gives it a name.",
        "parameters": [id("Which one."), {"$ref": "#/components/parameters/TenantId"}],
        "responses": {
            "200": {"description": "It has the name."},
            "404": answer("NotFound"), "403": answer("Away"), "409": answer("Busy")
        }
    }});
    let mut error = theirs["paths"][THINGS]["get"]["responses"]["404"].clone();
    error["description"] = json!("THEIRS");
    theirs["paths"]["/api/v2/chat/things/{thing_id}/name"] = json!({"patch": {
        "operationId": "name_thing_api_v2_chat_things__thing_id__name_patch",
        "summary": "THEIRS", "parameters": [id("THEIRS")],
        "responses": {
            "200": {"description": "THEIRS"}, "403": error, "404": error, "409": error
        }
    }});
    (ours, theirs)
}

/// The lines that an edit of theirs changes in the contract with errors.
fn changed_with_errors(edit: impl FnOnce(&mut Value)) -> Vec<String> {
    let (ours, mut theirs) = with_errors();
    edit(&mut theirs);
    let ours = serde_json::to_string_pretty(&ours).unwrap() + "\n";
    let overlay = Overlay::parse(&load_value(&file("overlay.yaml")).unwrap()).unwrap();
    lines(&import(&theirs, &overlay, ("openapi.json", &ours)).unwrap())
}

/// Moves an operation of theirs, with an id after its new place, as FastAPI makes them.
fn moves(document: &mut Value, from: (&str, &str), to: (&str, &str)) {
    let item = document["paths"][from.0].as_object_mut().unwrap();
    let mut operation = item.remove(from.1).unwrap();
    if item.is_empty() {
        document["paths"].as_object_mut().unwrap().remove(from.0);
    }
    let id = operation["operationId"].as_str().unwrap();
    let name = id.split("_api_").next().unwrap();
    let place = to.0.replace(['/', '{', '}'], "_");
    operation["operationId"] = json!(format!("{name}{place}_{}", to.1));
    document["paths"][to.0][to.1] = operation;
}

const NAME: &str = "/api/v2/chat/things/{thing_id}/name";

#[test]
fn an_operation_that_moves_keeps_our_words_and_our_references() {
    assert_eq!(changed_with_errors(|_| ()), [""; 0]);
    let path = changed_with_errors(|document| {
        let to = "/api/v2/chat/things/{thing_id}/title";
        moves(document, (NAME, "patch"), (to, "patch"));
    });
    let expected = [
        "-\"/chat/things/{thing_id}/name\": {",
        "+\"/chat/things/{thing_id}/title\": {",
    ];
    assert_eq!(path, expected);
    let method = changed_with_errors(|document| {
        moves(document, (NAME, "patch"), (NAME, "put"));
    });
    assert_eq!(method, ["-\"patch\": {", "+\"put\": {"]);
    let renamed = changed_with_errors(|document| {
        let to = "/api/v2/chat/names/{id}";
        moves(document, (NAME, "patch"), (to, "patch"));
        document["paths"][to]["patch"]["parameters"][0]["name"] = json!("id");
    });
    let expected = [
        "-\"/chat/things/{thing_id}/name\": {",
        "+\"/chat/names/{thing_id}\": {",
    ];
    assert_eq!(renamed, expected);
}

#[test]
fn an_operation_that_moves_away_from_others_keeps_our_words() {
    let mut document = publisher();
    moves(
        &mut document,
        (THINGS, "get"),
        ("/api/v2/chat/all/{kind}", "get"),
    );
    let kind =
        json!({"name": "kind", "in": "path", "required": true, "schema": {"type": "string"}});
    let all = &mut document["paths"]["/api/v2/chat/all/{kind}"]["get"];
    all["parameters"].as_array_mut().unwrap().push(kind.clone());
    let imported = imported(&document);
    let after: Value = serde_json::from_str(&imported.text).unwrap();
    let before: Value = serde_json::from_str(&contract()).unwrap();
    let mut expected = before["paths"]["/chat/things"]["get"].clone();
    expected["parameters"].as_array_mut().unwrap().push(kind);
    assert_eq!(after["paths"]["/chat/all/{kind}"]["get"], expected);
    assert_eq!(
        after["paths"]["/chat/things"]["post"],
        before["paths"]["/chat/things"]["post"]
    );
    assert!(after["paths"]["/chat/things"].get("get").is_none());
}

#[test]
fn a_path_that_moves_with_all_its_operations_stays_whole() {
    let mut document = publisher();
    for method in ["get", "post"] {
        moves(
            &mut document,
            (THINGS, method),
            ("/api/v2/chat/all", method),
        );
    }
    let mut actions = load_value(&file("overlay.yaml")).unwrap().to_string();
    actions = actions.replace("/chat/things", "/chat/all");
    let overlay = Overlay::parse(&serde_json::from_str(&actions).unwrap()).unwrap();
    let imported = import(&document, &overlay, ("openapi.json", &contract())).unwrap();
    assert_eq!(
        lines(&imported),
        ["-\"/chat/things\": {", "+\"/chat/all\": {"]
    );
}

#[test]
fn a_new_operation_answers_a_status_as_its_siblings_do() {
    let (ours, mut theirs) = with_errors();
    let mut show = theirs["paths"][NAME]["patch"].clone();
    show["operationId"] = json!("show_name");
    show["responses"]["410"] = show["responses"]["404"].clone();
    theirs["paths"][NAME]["get"] = show;
    let ours = serde_json::to_string_pretty(&ours).unwrap();
    let overlay = Overlay::parse(&load_value(&file("overlay.yaml")).unwrap()).unwrap();
    let imported = import(&theirs, &overlay, ("openapi.json", &ours)).unwrap();
    let after: Value = serde_json::from_str(&imported.text).unwrap();
    let answers = &after["paths"]["/chat/things/{thing_id}/name"]["get"]["responses"];
    for (status, name) in [("403", "Away"), ("404", "NotFound"), ("409", "Busy")] {
        let reference = format!("#/components/responses/{name}");
        assert_eq!(answers[status], json!({ "$ref": reference }));
    }
    assert_eq!(answers["410"]["description"], "Status 410.");
}
