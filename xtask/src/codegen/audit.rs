//! Stage *audit*: the generated file is compared with the document: every operation is
//! there once, every object has its type, and no name stands for two things.

use std::collections::BTreeSet;

use heck::ToPascalCase as _;
use serde_json::Value;
use syn::visit::Visit;
use syn::{File, Ident, ImplItem, Item, Pat};

use super::Report;
use crate::document::grammar::operations;
use crate::{Failure, Result};

/// Checks a generated file.
pub fn audit(file: &File, document: &Value, report: &Report) -> Result<()> {
    names(file).map_err(Failure::Audit)?;
    let functions = function_names(file).into_iter().collect();
    let expected = expected_functions(document, report)?;
    compare("function", &expected, &functions)?;
    let types = type_names(file);
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

/// Fails if a name of a generated file stands for two things.
pub fn names(file: &File) -> Result<(), String> {
    let functions = function_names(file);
    if let Some(name) = twice(&functions) {
        return Err(format!("the function `{name}` stands in it twice"));
    }
    if let Some(name) = functions
        .iter()
        .find(|name| OWN_FUNCTIONS.contains(&name.as_str()))
    {
        return Err(format!(
            "the function `{name}` has the name of one of the client's own"
        ));
    }
    Names::check(file)?;
    let types = type_names(file);
    if let Some(name) = twice(&types) {
        return Err(format!("the type `{name}` stands in it twice"));
    }
    if types.iter().any(|name| name == OWN_TYPE) {
        return Err(format!(
            "the type `{OWN_TYPE}` has the name of the trait that the generated code calls"
        ));
    }
    Ok(())
}

/// The one name that the generated code uses without its path, beside the types.
const OWN_TYPE: &str = "Default";

/// The functions that every generated client has, and its hooks.
const OWN_FUNCTIONS: [&str; 9] = [
    "api_version",
    "baseurl",
    "client",
    "exec",
    "inner",
    "new",
    "new_with_client",
    "post",
    "pre",
];

/// Finds several names of a document that became one name in Rust.
struct Names(Option<String>);

impl Names {
    fn check(file: &File) -> Result<(), String> {
        let mut names = Self(None);
        names.visit_file(file);
        names.0.map_or(Ok(()), Err)
    }

    fn once<'a>(&mut self, what: &str, holder: &Ident, names: impl Iterator<Item = &'a Ident>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) && self.0.is_none() {
                self.0 = Some(format!(
                    "`{holder}` has two {what}s `{name}`: names of the document that differ in \
                     how they are written alone"
                ));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        let names = item.fields.iter().filter_map(|field| field.ident.as_ref());
        self.once("field", &item.ident, names);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        let names = item.variants.iter().map(|variant| &variant.ident);
        self.once("variant", &item.ident, names);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        let names = function.sig.inputs.iter().filter_map(|input| match input {
            syn::FnArg::Typed(argument) => match &*argument.pat {
                Pat::Ident(name) => Some(&name.ident),
                _ => None,
            },
            syn::FnArg::Receiver(_) => None,
        });
        self.once("argument", &function.sig.ident, names);
    }
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

/// The first name that was there before.
fn twice(names: &[String]) -> Option<&String> {
    let mut seen = BTreeSet::new();
    names.iter().find(|name| !seen.insert(*name))
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
        .filter_map(|one| one.value.get("operationId")?.as_str().map(in_rust))
        .collect())
}

/// A name as the generator writes it if Rust reserves it, or it begins with a digit.
fn in_rust(name: &str) -> String {
    match syn::parse_str::<Ident>(name) {
        // Rust reserves it only since its last edition.
        _ if name == "gen" => format!("{name}_"),
        Ok(_) => name.to_owned(),
        Err(_) if name.starts_with(|first: char| first.is_ascii_digit()) => format!("_{name}"),
        Err(_) => format!("{name}_"),
    }
}

fn expected_types(document: &Value, report: &Report) -> Result<BTreeSet<String>> {
    if !report.left_out.is_empty() {
        // Operations left out take types with them; the compiler finds any other missing
        // type.
        return Ok(BTreeSet::new());
    }
    let schemas = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let objects = schemas
        .into_iter()
        .flatten()
        .filter(|(_, schema)| schema.get("properties").is_some());
    let names = objects.map(|(name, _)| name.to_pascal_case());
    // The generator has its own words for what is no name in Rust.
    Ok(names
        .filter(|name| syn::parse_str::<Ident>(name).is_ok())
        .collect())
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
    fn names_that_are_one_in_rust_are_found() {
        let find = |code: &str| {
            let document = json!({"paths": {"/a": {"get": {"operationId": "get_a"}}}});
            audit(&parsed(code), &document, &Report::default())
        };
        let function = "impl Client { pub async fn get_a(&self, a: u8, b: u8) {} }";
        find(&format!(
            "mod types {{ struct T {{ a: u8, b: u8 }} }} {function}"
        ))
        .unwrap();
        for (code, said) in [
            (
                format!("mod types {{ struct T {{ a: u8, a: u8 }} }} {function}"),
                "`T` has two fields `a`",
            ),
            (
                format!("mod types {{ enum T {{ A, A }} }} {function}"),
                "`T` has two variants `A`",
            ),
            (
                function.replace("b: u8", "a: u8"),
                "`get_a` has two arguments `a`",
            ),
        ] {
            let failure = find(&code).unwrap_err();
            assert!(failure.to_string().contains(said), "{failure}");
        }
        let own = json!({"paths": {"/a": {"get": {"operationId": "exec"}}}});
        let code = parsed("impl Client { pub async fn exec() {} }");
        let failure = audit(&code, &own, &Report::default()).unwrap_err();
        assert!(
            failure.to_string().contains("one of the client's own"),
            "{failure}"
        );
        let digit = json!({
            "paths": {"/a": {"get": {"operationId": "1st"}}},
            "components": {"schemas": {"1Type": {"properties": {}}, "Self": {"properties": {}}}}
        });
        let code = parsed(
            "pub mod types { pub struct X1type {} pub struct Self_ {} } impl Client { pub async fn _1st() {} }",
        );
        audit(&code, &digit, &Report::default()).unwrap();
        for word in ["type", "gen"] {
            let document = json!({"paths": {"/a": {"get": {"operationId": word}}}});
            let code = parsed(&format!("impl Client {{ pub async fn {word}_() {{}} }}"));
            audit(&code, &document, &Report::default()).unwrap();
        }
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
            (
                "Thing {}",
                "Thing {} pub enum Default {}",
                "the type `Default` has the name of the trait",
            ),
        ] {
            let code = CODE.replace(from, to);
            let failure = audit(&parsed(&code), &document(), &Report::default()).unwrap_err();
            assert!(failure.to_string().contains(said), "{failure}");
        }
    }
}
