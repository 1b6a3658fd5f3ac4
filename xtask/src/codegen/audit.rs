//! Stage *audit*: the generated file is held against the document: every
//! operation is there once, every object has its type, and no name stands for
//! two things.

use std::collections::BTreeSet;

use heck::ToPascalCase as _;
use serde_json::Value;
use syn::{File, ImplItem, Item};

use super::Report;
use crate::document::grammar::operations;
use crate::{Failure, Result};

/// Checks a generated file.
pub fn audit(file: &File, document: &Value, report: &Report) -> Result<()> {
    let functions = unique("function", function_names(file))?;
    let expected = expected_functions(document, report)?;
    compare("function", &expected, &functions)?;
    let types = unique("type", type_names(file))?;
    let missing: Vec<_> = expected_types(document, report)?
        .into_iter()
        .filter(|name| !types.contains(name))
        .collect();
    if !missing.is_empty() {
        return Err(Failure::Audit(format!(
            "it lacks the types {}",
            missing.join(", ")
        )));
    }
    Ok(())
}

/// The names of the generated operations, in the order of the file.
#[must_use]
pub fn function_names(file: &File) -> Vec<String> {
    let methods = file.items.iter().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() => Some(&item.items),
        _ => None,
    });
    methods
        .flatten()
        .filter_map(|item| match item {
            ImplItem::Fn(function) if function.sig.asyncness.is_some() => {
                Some(function.sig.ident.to_string())
            }
            _ => None,
        })
        .collect()
}

fn type_names(file: &File) -> Vec<String> {
    let module = file.items.iter().find_map(|item| match item {
        Item::Mod(module) if module.ident == "types" => module.content.as_ref(),
        _ => None,
    });
    let items = module
        .map(|(_, items)| items.as_slice())
        .unwrap_or_default();
    let names = items.iter().filter_map(|item| match item {
        Item::Struct(item) => Some(&item.ident),
        Item::Enum(item) => Some(&item.ident),
        Item::Type(item) => Some(&item.ident),
        _ => None,
    });
    names.map(ToString::to_string).collect()
}

fn unique(kind: &str, names: Vec<String>) -> Result<BTreeSet<String>> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(name.clone()) {
            return Err(Failure::Audit(format!(
                "the {kind} `{name}` stands in it twice"
            )));
        }
    }
    Ok(seen)
}

fn is_left_out(report: &Report, method: &str, path: &str) -> bool {
    let mut entries = report.left_out.iter();
    entries.any(|entry| entry.method == method && entry.path == path)
}

fn expected_functions(document: &Value, report: &Report) -> Result<BTreeSet<String>> {
    let operations = operations(document)?;
    let kept = operations
        .iter()
        .filter(|one| !is_left_out(report, one.method, one.path));
    Ok(kept
        .filter_map(|one| one.value.get("operationId")?.as_str().map(str::to_owned))
        .collect())
}

fn expected_types(document: &Value, report: &Report) -> Result<BTreeSet<String>> {
    if !report.left_out.is_empty() {
        // What was left out takes types with it; the compiler finds the rest.
        return Ok(BTreeSet::new());
    }
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let objects = schemas
        .into_iter()
        .flatten()
        .filter(|(_, schema)| schema.get("properties").is_some());
    Ok(objects.map(|(name, _)| name.to_pascal_case()).collect())
}

fn compare(kind: &str, expected: &BTreeSet<String>, found: &BTreeSet<String>) -> Result<()> {
    let list = |names: Vec<&String>| {
        let names: Vec<_> = names.into_iter().map(String::as_str).collect();
        names.join(", ")
    };
    let missing: Vec<_> = expected.difference(found).collect();
    let extra: Vec<_> = found.difference(expected).collect();
    match (missing.is_empty(), extra.is_empty()) {
        (true, true) => Ok(()),
        (false, _) => Err(Failure::Audit(format!(
            "it lacks the {kind}s {}",
            list(missing)
        ))),
        (_, false) => Err(Failure::Audit(format!(
            "it has {kind}s that the document lacks: {}",
            list(extra)
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CODE: &str =
        "pub mod types { pub struct Thing {} } impl Client { pub async fn get_a() {} }";

    fn document() -> Value {
        json!({
            "paths": {"/a": {"get": {"operationId": "get_a"}}},
            "components": {"schemas": {"thing": {"properties": {}}}}
        })
    }

    fn parsed(code: &str) -> File {
        syn::parse_file(code).unwrap()
    }

    #[test]
    fn code_that_holds_what_the_document_promises_passes() {
        audit(&parsed(CODE), &document(), &Report::default()).unwrap();
    }

    #[test]
    fn a_missing_an_extra_and_a_double_name_are_found() {
        for (from, to, said) in [
            ("get_a", "get_b", "it lacks the functions get_a"),
            ("Thing", "Other", "it lacks the types Thing"),
            (
                "get_a() {}",
                "get_a() {} async fn b() {}",
                "the document lacks: b",
            ),
            (
                "Thing {}",
                "Thing {} pub enum Thing {}",
                "the type `Thing` stands in it twice",
            ),
        ] {
            let code = CODE.replace(from, to);
            let failure = audit(&parsed(&code), &document(), &Report::default()).unwrap_err();
            assert!(failure.to_string().contains(said), "{failure}");
        }
    }
}
