//! The import of a publisher's document: nothing moves that means the same, what
//! moved goes in where it belongs, our words stay, theirs never enter, and a
//! correction that no longer fits is told.

mod moves;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use xtask::contract::read;
use xtask::document::inline::inline;
use xtask::document::load::{load, load_value, parse};
use xtask::document::select::{Selection, select};
use xtask::import::overlay::Overlay;
use xtask::import::{Import, import};
use xtask::{mutate, parallel, workspace};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/maintenance/import")
        .join(name)
}

fn publisher() -> Value {
    load(&file("publisher.yaml")).unwrap()
}

fn contract() -> String {
    fs::read_to_string(file("contract.json")).unwrap()
}

fn imported(publisher: &Value) -> Import {
    let overlay = Overlay::parse(&load_value(&file("overlay.yaml")).unwrap()).unwrap();
    import(publisher, &overlay, ("openapi.json", &contract())).unwrap()
}

/// What changes in the contract when the publisher changes a place.
fn changed(edit: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut document = publisher();
    edit(&mut document);
    lines(&imported(&document))
}

/// The lines that come and go, without indentation.
fn lines(imported: &Import) -> Vec<String> {
    assert_eq!(imported.stale, []);
    assert!(!imported.text.contains("THEIRS"), "{}", imported.diff);
    let lines = imported.diff.lines().skip(2);
    let lines = lines.filter(|line| line.starts_with(['+', '-']));
    lines
        .map(|line| format!("{}{}", &line[..1], line[1..].trim()))
        .collect()
}

#[test]
fn schemes_that_the_publisher_drops_go() {
    let mut ours: Value = serde_json::from_str(&contract()).unwrap();
    ours["components"]["securitySchemes"] = json!({"key": {"type": "http", "scheme": "bearer"}});
    let overlay = Overlay::parse(&load_value(&file("overlay.yaml")).unwrap()).unwrap();
    let imported = import(&publisher(), &overlay, ("openapi.json", &ours.to_string())).unwrap();
    let new: Value = serde_json::from_str(&imported.text).unwrap();
    assert_eq!(new.pointer("/components/securitySchemes"), None);
    assert!(new.pointer("/components/schemas").is_some());
}

const THINGS: &str = "/api/v2/chat/things";

#[test]
fn a_document_that_means_the_same_changes_no_byte() {
    let imported = imported(&publisher());
    assert_eq!(imported.stale, []);
    assert_eq!(imported.found, []);
    assert_eq!(imported.text, contract());
}

#[test]
fn a_bound_moves_in_its_line_and_the_words_around_it_stay() {
    let lines = changed(|document| {
        document["components"]["schemas"]["NewThing"]["properties"]["name"]["maxLength"] =
            json!(60);
    });
    assert_eq!(lines, ["-\"maxLength\": 50", "+\"maxLength\": 60"]);
}

#[test]
fn what_another_spelling_says_beside_a_change_keeps_ours() {
    let lines = changed(|document| {
        let parameter = &mut document["paths"][THINGS]["get"]["parameters"][0];
        parameter["schema"]["maximum"] = json!(100.0);
        parameter["schema"]["default"] = json!(10);
        let name = &mut document["components"]["schemas"]["NewThing"]["properties"]["name"];
        name["minLength"] = json!(1.0);
        name["maxLength"] = json!(60);
        name["nullable"] = json!(false);
    });
    assert_eq!(
        lines,
        [
            "-\"default\": 20,",
            "+\"default\": 10,",
            "-\"maxLength\": 50",
            "+\"maxLength\": 60"
        ]
    );
}

#[test]
fn a_new_field_comes_last_and_without_the_publishers_words() {
    let lines = changed(|document| {
        document["components"]["schemas"]["Thing"]["properties"]["colour"] = json!({"type": "string", "title": "Colour", "description": "THEIRS", "examples": ["THEIRS"]});
    });
    assert_eq!(lines, ["+},", "+\"colour\": {", "+\"type\": \"string\""]);
}

#[test]
fn a_field_that_is_gone_goes_with_its_words() {
    let lines = changed(|document| {
        let thing = &mut document["components"]["schemas"]["Thing"];
        thing["properties"].as_object_mut().unwrap().remove("size");
    });
    assert!(lines.iter().all(|line| line.starts_with('-')), "{lines:?}");
    assert!(
        lines.contains(&"-\"description\": \"Its size.\",".to_owned()),
        "{lines:?}"
    );
}

#[test]
fn a_shared_error_changes_in_its_one_place() {
    let lines = changed(|document| {
        let problem = &mut document["components"]["schemas"]["Problem"];
        problem["required"] = json!(["detail"]);
    });
    let expected = ["-}", "+},", "+\"required\": [", "+\"detail\"", "+]"];
    assert_eq!(lines, expected);
}

#[test]
fn a_component_that_is_renamed_or_put_in_place_is_still_the_same() {
    let lines = changed(|document| {
        let schemas = document["components"]["schemas"].as_object_mut().unwrap();
        let list = schemas.remove("ThingList").unwrap();
        schemas.insert("Page".to_owned(), list);
        let page = json!({"$ref": "#/components/schemas/Page"});
        let body = &mut document["paths"][THINGS]["get"]["responses"]["200"]["content"];
        body["application/json"]["schema"] = page;
        let new = document["components"]["schemas"]["NewThing"].clone();
        let body = &mut document["paths"][THINGS]["post"]["requestBody"]["content"];
        body["application/json"]["schema"] = new;
    });
    assert_eq!(lines, [""; 0]);
    let renamed_and_changed = changed(|document| {
        let new = document["components"]["schemas"]["NewThing"].clone();
        let body = &mut document["paths"][THINGS]["post"]["requestBody"]["content"];
        body["application/json"]["schema"] = new;
        body["application/json"]["schema"]["properties"]["name"]["maxLength"] = json!(9);
    });
    assert_eq!(
        renamed_and_changed,
        ["-\"maxLength\": 50", "+\"maxLength\": 9"]
    );
}

#[test]
fn a_schema_that_was_shared_and_is_two_becomes_two() {
    let lines = changed(|document| {
        let mut other = document["components"]["schemas"]["Problem"].clone();
        other["properties"]["hint"] = json!({"type": "string"});
        document["components"]["schemas"]["Other"] = other;
        let missing = &mut document["paths"][THINGS]["post"]["responses"]["404"]["content"];
        missing["application/json"]["schema"] = json!({"$ref": "#/components/schemas/Other"});
    });
    assert!(
        lines.iter().any(|line| line.contains("\"hint\"")),
        "{lines:?}"
    );
}

#[test]
fn a_new_operation_takes_our_names_and_our_components() {
    let mut document = publisher();
    let mut get = document["paths"][THINGS]["get"].clone();
    get["operationId"] = json!("show_thing_api_v2_chat_things__thing_id__get");
    let id =
        json!({"name": "thing_id", "in": "path", "required": true, "schema": {"type": "string"}});
    let mut parameters = get["parameters"].as_array().cloned().unwrap_or_default();
    parameters.push(id);
    get["parameters"] = json!(parameters);
    document["paths"][format!("{THINGS}/{{thing_id}}")] = json!({ "get": get });
    let imported = imported(&document);
    let after: Value = serde_json::from_str(&imported.text).unwrap();
    let new = &after["paths"]["/chat/things/{thing_id}"]["get"];
    assert_eq!(new["operationId"], "show_thing");
    assert_eq!(
        new["responses"]["404"],
        json!({"$ref": "#/components/responses/NotFound"})
    );
    let parameters = new["parameters"].as_array().unwrap();
    assert!(parameters.contains(&json!({"$ref": "#/components/parameters/TenantId"})));
    assert!(!imported.text.contains("THEIRS") && imported.text.contains("A thing of ours."));
}

#[test]
fn a_new_operation_refers_to_a_parameter_of_ours_and_says_nothing_beside() {
    const THING: &str = "/chat/things/{thing_id}";
    let id =
        json!({"name": "thing_id", "in": "path", "required": true, "schema": {"type": "string"}});
    let mut theirs = publisher();
    let mut get = theirs["paths"][THINGS]["get"].clone();
    get["parameters"] = json!([id]);
    get["operationId"] = json!("show_thing");
    theirs["paths"][format!("{THINGS}/{{thing_id}}")] = json!({ "get": get });
    get["operationId"] = json!("pin_thing");
    theirs["paths"][format!("{THINGS}/{{thing_id}}/pin")] = json!({ "get": get });
    let mut ours: Value = serde_json::from_str(&contract()).unwrap();
    ours["components"]["parameters"]["ThingId"] = id;
    let mut show = ours["paths"]["/chat/things"]["get"].clone();
    show["parameters"] = json!([{"$ref": "#/components/parameters/ThingId"}]);
    show["operationId"] = json!("show_thing");
    ours["paths"][THING] = json!({ "get": show });
    let overlay = Overlay::parse(&load_value(&file("overlay.yaml")).unwrap()).unwrap();
    let ours = serde_json::to_string_pretty(&ours).unwrap();
    let imported = import(&theirs, &overlay, ("openapi.json", &ours)).unwrap();
    let after: Value = serde_json::from_str(&imported.text).unwrap();
    let parameters = &after["paths"][format!("{THING}/pin")]["get"]["parameters"];
    assert_eq!(
        parameters[0],
        json!({"$ref": "#/components/parameters/ThingId"})
    );
}

#[test]
fn an_operation_that_is_gone_goes_with_what_it_alone_reached() {
    let lines = changed(|document| {
        document["paths"][THINGS]
            .as_object_mut()
            .unwrap()
            .remove("get");
    });
    assert!(lines.iter().all(|line| line.starts_with('-')), "{lines:?}");
    assert!(lines.contains(&"-\"ThingList\": {".to_owned()));
    assert!(
        !lines.contains(&"-\"Thing\": {".to_owned()),
        "the stream carries it"
    );
}

#[test]
fn the_spelling_of_3_0_goes_in_as_3_1() {
    let lines = changed(|document| {
        document["openapi"] = json!("3.0.3");
        document["components"]["schemas"]["Thing"]["properties"]["size"] =
            json!({"type": "number", "nullable": true, "minimum": 0, "exclusiveMinimum": true});
    });
    assert_eq!(
        lines,
        [
            "-\"type\": \"integer\"",
            "+\"type\": \"number\",",
            "+\"exclusiveMinimum\": 0"
        ]
    );
}

#[test]
fn a_correction_whose_target_has_moved_is_told_and_nothing_is_overwritten() {
    let mut document = publisher();
    let reply = &mut document["paths"][THINGS]["post"]["responses"]["200"]["content"];
    reply["application/json"]["schema"] = json!({"type": "object", "description": "THEIRS"});
    let told: Vec<_> = imported(&document)
        .stale
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(told.len(), 1);
    assert!(
        told[0].ends_with(
            "it replaces {\"schema\":{}}, but there is {\"schema\":{\"type\":\"object\"}}"
        ),
        "{told:?}"
    );
}

/// Runs the command on a contract of its own.
fn run(folder: &Path, document: &str, options: &[&str]) -> Output {
    let path = folder.join("contract.json");
    if !path.exists() {
        fs::write(&path, contract()).unwrap();
    }
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["import", "-", "--overlay"])
        .arg(file("overlay.yaml"))
        .arg("--contract")
        .arg(&path)
        .args(options)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(document.as_bytes())
        .unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_command_shows_and_writes_only_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let present = || fs::read_to_string(folder.path().join("contract.json")).unwrap();
    let text = fs::read_to_string(file("publisher.yaml")).unwrap();
    let moved = text.replace("maxLength: 50", "maxLength: 60");

    let shown = run(folder.path(), &moved, &[]);
    let said = String::from_utf8(shown.stdout).unwrap();
    assert_eq!(shown.status.code(), Some(0));
    assert!(
        said.contains("bound-loosened") && said.contains("\"maxLength\": 60"),
        "{said}"
    );
    assert_eq!(present(), contract());

    assert_eq!(
        run(folder.path(), &moved, &["--write"]).status.code(),
        Some(0)
    );
    assert_eq!(
        present(),
        contract().replace("\"maxLength\": 50", "\"maxLength\": 60")
    );

    let stale = text.replace("schema: {}", "schema: {type: string}");
    let before = present();
    let refused = run(folder.path(), &stale, &["--write"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8(refused.stderr)
            .unwrap()
            .contains("a correction no longer applies: /actions/2 (It is no JSON.)")
    );
    assert_eq!(present(), before);

    let broken = text.replace("required: [things]", "required: things");
    let unusable = run(folder.path(), &broken, &["--write"]);
    assert_eq!(unusable.status.code(), Some(2));
    assert!(
        String::from_utf8(unusable.stderr)
            .unwrap()
            .contains("/components/schemas/ThingList/required")
    );
    assert_eq!(present(), before);
}

#[test]
fn our_own_contract_is_not_imported_and_one_line_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), &contract(), &["--write"]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("there is nothing to import"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_schema_of_another_name_is_a_correction_that_no_longer_applies() {
    let text = serde_json::to_string(&publisher()).unwrap();
    let renamed = text.replace("schemas/Thing\"", "schemas/Item\"");
    let mut document: Value = serde_json::from_str(&renamed).unwrap();
    let schemas = document["components"]["schemas"].as_object_mut().unwrap();
    let thing = schemas.remove("Thing").unwrap();
    schemas.insert("Item".to_owned(), thing);
    let mut actions = load_value(&file("overlay.yaml")).unwrap();
    // One that finds the schema by its name.
    let by_name = json!({
        "target": "$.components.schemas.Thing", "description": "It is a thing.",
        "update": {"minProperties": 1}, "x-replaces": {}
    });
    actions["actions"].as_array_mut().unwrap().push(by_name);
    let overlay = Overlay::parse(&actions).unwrap();
    let imported = import(&document, &overlay, ("openapi.json", &contract())).unwrap();
    assert_eq!(imported.stale.len(), 1);
    assert_eq!(imported.text, contract());
}

#[test]
fn a_fault_is_told_of_the_file_that_has_it() {
    let overlay = Overlay::parse(&load_value(&file("overlay.yaml")).unwrap()).unwrap();
    let broken = contract().replace("#/components/schemas/", "#/components/nowhere/");
    let failure = import(&publisher(), &overlay, ("ours.json", &broken)).unwrap_err();
    let said = failure.in_file("theirs.json").to_string();
    assert!(said.starts_with("in ours.json, at "), "{said}");
}

#[test]
fn a_contract_that_is_yaml_is_refused_as_no_json() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("contract.json"),
        "openapi: 3.1.0\npaths: {}\n",
    )
    .unwrap();
    let text = fs::read_to_string(file("publisher.yaml")).unwrap();
    let refused = run(folder.path(), &text, &[]);
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("contract.json must be JSON"), "{said}");
    assert!(!said.contains("YAML"), "{said}");
}

#[test]
fn a_correction_that_misses_in_many_places_is_told_once_and_in_short() {
    let mut document = publisher();
    let long = "x".repeat(500);
    for path in ["/api/v2/chat/things", "/api/v2/chat/more"] {
        document["paths"][path] = json!({"get": {"operationId": path, "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"const": long}}}}}}});
    }
    let overlay = json!({"overlay": "1.0.0", "info": {"title": "T", "version": "1"}, "actions": [{
        "target": "$.paths.*.*.responses['200'].content", "description": "All are files.",
        "update": {"application/json": {"schema": {"const": "x"}}}, "x-replaces": {}
    }]});
    let overlay = Overlay::parse(&overlay).unwrap();
    let stale = overlay.apply(&mut document).unwrap();
    assert_eq!(stale.len(), 1);
    let told = stale[0].to_string();
    assert!(
        told.contains("…") && told.ends_with("more place)"),
        "{told}"
    );
    assert!(told.chars().count() < 400, "{told}");
}

#[test]
fn the_publishers_own_document_changes_nothing_and_its_edits_come_in_whole() {
    let Some(path) = workspace::publishers_document() else {
        println!("SKIPPED: the publisher's document is not beside this checkout");
        return;
    };
    let overlay = Overlay::parse(&load_value(&workspace::overlay()).unwrap()).unwrap();
    let ours = fs::read_to_string(workspace::contract()).unwrap();
    let document = load(&path).unwrap();
    let today = import(&document, &overlay, ("openapi.json", &ours)).unwrap();
    assert_eq!(today.stale, []);
    assert_eq!(today.text, ours);

    let chat = Selection::default();
    let document = select(&inline(&document).unwrap(), &chat).unwrap();
    let mut edits = mutate::edits::all(&document).unwrap();
    fastrand::Rng::with_seed(11).shuffle(&mut edits);
    edits.truncate(12);
    parallel::map(&edits, |edit| {
        let mut edited = edit.apply(&document);
        edited["openapi"] = json!("3.1.0");
        let first = import(&edited, &overlay, ("openapi.json", &ours)).unwrap();
        // What fails is corrected by what it means, not by who says so.
        let failure = edit.id.contains("/responses/4") || edit.id.contains("/responses/5");
        let meaningless = edit.expected == mutate::Expected::Nothing;
        assert!(!meaningless || first.text == ours, "{}", edit.id);
        let told = first.text != ours || !first.stale.is_empty();
        assert!(meaningless || failure || told, "{}", edit.id);
        if first.stale.is_empty() {
            let second = import(&edited, &overlay, ("openapi.json", &first.text)).unwrap();
            assert_eq!(second.found, [], "{}", edit.id);
            let after = parse("contract", first.text.as_bytes()).unwrap();
            assert!(read(&after, &chat).is_ok(), "{}", edit.id);
        }
    });
}
