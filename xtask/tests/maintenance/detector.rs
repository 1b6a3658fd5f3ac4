//! The drift detector against every edit that is known: none may pass that
//! means something, none may be cried that means nothing, and every rule of the
//! table must have decided at least once.

use std::path::Path;

use serde_json::Value;
use xtask::code::Source;
use xtask::contract::Baseline;
use xtask::document::load::load;
use xtask::document::select::Selection;
use xtask::drift::blast::Code;
use xtask::drift::{Kind, compare, rules};
use xtask::{mutate, parallel, workspace};

use super::all_are_wanted;

fn small() -> Value {
    load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/maintenance/small.yaml")).unwrap()
}

/// A client of the small contract, and an SDK that calls it.
fn code() -> Code {
    let generated = syn::parse_str(
        "pub mod types { pub struct NewThing { pub title: String, pub always: Option<i64>, pub never: Option<Value> }
             pub struct Page { pub things: Option<Vec<Thing>> }
             pub struct Thing { pub id: Option<Uuid> }
         }
         impl Client {
             pub async fn list_things(&self, kind: Option<Kind>, limit: Option<i64>, never: Option<bool>, search: Option<&str>) -> Result<ResponseValue<types::Page>, Error<()>> {}
             pub async fn send_thing(&self, body: &types::NewThing) {}
             pub async fn replace_thing(&self, thing_id: &Uuid, body: &Value) {}
             pub async fn thing_as_file(&self, thing_id: &Uuid) {}
             pub async fn delete_thing(&self, thing_id: &Uuid) {}
         }",
    );
    let sdk = syn::parse_str(
        "impl Run for ListThings { fn run() { raw.list_things(kind, Some(1), None, search) } }
         impl Run for SendThing { fn run() { raw.send_thing(&raw::NewThing { title: t, always: Some(1), never: None }) } }
         impl Run for ReplaceThing { fn run() { raw.replace_thing(&id, &body) } }
         impl Run for ThingAsFile { fn run() { raw.thing_as_file(&id) } }
         impl Run for DeleteThing { fn run() { raw.delete_thing(&id) } }
         impl ChatResource {
             pub fn list(&self) -> Call<ListThings> {} pub fn send(&self) -> Call<SendThing> {}
             pub fn replace(&self) -> Call<ReplaceThing> {}
             pub fn file(&self) -> Call<ThingAsFile> {} pub fn delete(&self) -> Call<DeleteThing> {}
         }",
    );
    let sdk = Source {
        path: "sdk.rs".into(),
        file: sdk.unwrap(),
    };
    Code::of(&generated.unwrap(), &[sdk], &[])
}

#[test]
fn every_known_edit_of_a_small_contract_is_handled_as_expected() {
    let sample = (!all_are_wanted()).then_some((7, 600));
    let outcome = mutate::self_test(&small(), sample, &code()).unwrap();
    assert_eq!(outcome.survivors, []);
    assert!(
        outcome.edits.len() > 500 && outcome.meaningless > 150,
        "{}",
        outcome.report()
    );
}

#[test]
fn a_sample_of_edits_of_our_contract_is_handled_as_expected() {
    let contract = load(&workspace::contract()).unwrap();
    let code = Code::of_workspace().unwrap();
    let outcome = mutate::self_test(&contract, Some((7, 30)), &code).unwrap();
    let listed = std::fs::read_to_string(workspace::survivors()).unwrap();
    let difference = mutate::survivors::compare(&outcome, &listed);
    assert!(difference.is_empty(), "{}", difference.report());
    assert_eq!(outcome.edits.len(), 30);
}

#[test]
fn every_rule_decides_some_edit() {
    let document = xtask::document::inline::inline(&small()).unwrap();
    let base = Baseline::new(document.clone(), &Selection::default()).unwrap();
    let code = code();
    let edits = mutate::edits::all(&document).unwrap();
    let found = parallel::map(&edits, |edit| {
        let (old, new) = (base.contract(), base.read(edit.apply(&document)).unwrap());
        // What is taken away one way is added the other way.
        [compare::compare(old, &new), compare::compare(&new, old)]
    });
    let mut unused: Vec<_> = rules::RULES.iter().collect();
    for both in &found {
        for finding in both.iter().flatten() {
            let rule = rules::rule(finding, &code.usage);
            assert!(
                rule.at.contains(&finding.position),
                "no rule judges {finding:?}"
            );
            unused.retain(|other| !std::ptr::eq(*other, rule));
        }
    }
    // What the generator cannot express, it says itself: see `generated.rs`.
    unused.retain(|rule| rule.kinds != [Kind::NotGenerated]);
    let unused: Vec<_> = unused
        .iter()
        .map(|rule| format!("{:?} {:?} {:?}", rule.kinds, rule.at, rule.when))
        .collect();
    assert_eq!(unused, [""; 0]);
}

#[test]
fn the_publishers_document_is_handled_as_ours_is() {
    let Some(file) = workspace::publishers_document() else {
        println!("SKIPPED: the publisher's document is not beside this checkout");
        return;
    };
    let outcome =
        mutate::self_test(&load(&file).unwrap(), Some((7, 30)), &Code::default()).unwrap();
    assert_eq!(outcome.survivors, []);
}
