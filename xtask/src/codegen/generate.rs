//! Stage *generate*: progenitor turns the prepared document into Rust. It panics on what
//! it cannot express; such an operation becomes an entry of the report, and the rest is
//! still generated.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;

use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use serde_json::{Map, Value, json};

use super::{Report, audit, without};
use crate::document::grammar::{operations, walk_document};
use crate::document::select::prune;
use crate::{Failure, Result};

/// The name of the thread whose panics are caught and reported.
const TRIAL: &str = "codegen-trial";

/// The stack of that thread in bytes, of which addresses are reserved and little is used:
/// the generator needs some kilobytes for each level of the schemas, which may nest as
/// deeply as a document is accepted.
const STACK: usize = 64 << 20;

/// Generates the client, leaving out the operations that cannot be expressed: those that
/// cannot be alone, and those that cannot be beside the ones before them.
pub fn generate(document: &Value, report: &mut Report) -> Result<String> {
    let mut kept = keys(document)?;
    if let Ok(code) = attempt(document) {
        report.operations = kept.len();
        return Ok(code);
    }
    let only = |kept: &[Key]| {
        let mut dropped = keys(document)?;
        dropped.retain(|key| !kept.contains(key));
        prune(without(document, &dropped)?)
    };
    for key in std::mem::take(&mut kept) {
        match attempt(&only(std::slice::from_ref(&key))?) {
            Ok(_) => kept.push(key),
            Err(reason) => report.leave_out(&key.1, &key.0, reason),
        }
    }
    loop {
        let mut reason = match attempt(&only(&kept)?) {
            Ok(code) => {
                report.operations = kept.len();
                return Ok(code);
            }
            Err(reason) => reason,
        };
        // Of the shortest beginning of the list that cannot be generated, the last one is
        // too much.
        let (mut good, mut bad) = (0, kept.len());
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            match attempt(&only(&kept[..middle])?) {
                Ok(_) => good = middle,
                Err(earlier) => (bad, reason) = (middle, earlier),
            }
        }
        if kept.is_empty() {
            let reason = format!("no client can be generated: {reason}");
            return Err(Failure::at("", reason));
        }
        let (path, method) = kept.remove(bad - 1);
        report.leave_out(&method, &path, reason);
    }
}

/// Path and method of an operation.
type Key = (String, String);

/// Path and method of every operation.
fn keys(document: &Value) -> Result<Vec<Key>> {
    let operations = operations(document)?;
    let keys = operations
        .iter()
        .map(|one| (one.path.to_owned(), one.method.to_owned()));
    Ok(keys.collect())
}

/// One run of progenitor; its panics and errors become a sentence. The code is
/// text, since tokens cannot leave their thread.
fn attempt(document: &Value) -> Result<String, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let loud = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(TRIAL) {
                loud(panic);
            }
        }));
    });
    thread::scope(|scope| {
        let trial = thread::Builder::new()
            .name(TRIAL.to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, || {
                panic::catch_unwind(AssertUnwindSafe(|| run(document)))
                    .unwrap_or_else(|panic| Err(message(panic.as_ref())))
            });
        match trial.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(panic)) => Err(message(panic.as_ref())),
            Err(error) => Err(error.to_string()),
        }
    })
}

/// Methods that reqwest has no function for, which the generator would call.
const WITHOUT_FUNCTION: [&str; 2] = ["options", "trace"];

fn run(document: &Value) -> Result<String, String> {
    let all = keys(document).map_err(|error| error.to_string())?;
    if let Some((_, method)) = all.iter().find(|key| WITHOUT_FUNCTION.contains(&&*key.1)) {
        return Err(format!("reqwest has no function that sends `{method}`"));
    }
    check_fields(document)?;
    let document = serde_json::from_value(document.clone()).map_err(|error| error.to_string())?;
    // The type is inferred, so that nothing names the generator's own schema crate.
    let date = serde_json::from_value(json!({"type": "string", "format": "date-time"}));
    let date = date.map_err(|error| error.to_string())?;
    let inner: TokenStream = "crate::Inner".parse().map_err(|_| "no tokens".to_owned())?;
    let mut settings = GenerationSettings::default();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_hooks(HooksMode::Expected)
        .with_map_type("::std::collections::BTreeMap")
        .with_conversion(date, "crate::Date", [TypeImpl::Display].into_iter())
        .with_inner_type(inner);
    let mut generator = Generator::new(&settings);
    let tokens = generator
        .generate_tokens(&document)
        .map_err(|error| error.to_string())?;
    let code = tokens.to_string();
    let file = syn::parse_file(&code).map_err(|error| format!("it does not parse: {error}"))?;
    audit::names(&file)?;
    Ok(code)
}

/// The generator's name for a field or an argument.
#[must_use]
pub fn name_in_rust(name: &str) -> String {
    let name = name.replace('\'', "").to_snake_case();
    match name.is_empty() {
        // It has no letters.
        true => "x".to_owned(),
        false => name,
    }
}

/// Fails if two properties of an object have the same name in Rust, which the generator does
/// not notice.
fn check_fields(document: &Value) -> Result<(), String> {
    let mut document = document.clone();
    let mut twins = None;
    let walked = walk_document(&mut document, |schema, _, _| {
        let mut seen = BTreeMap::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        for name in properties.into_iter().flat_map(Map::keys) {
            let field = name_in_rust(name);
            if let Some(other) = seen.insert(field.clone(), name) {
                twins.get_or_insert_with(|| {
                    format!(
                        "the properties `{other}` and `{name}` are both called `{field}` in Rust"
                    )
                });
            }
        }
        Ok(())
    });
    walked.map_err(|error| error.to_string())?;
    twins.map_or(Ok(()), Err)
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    let text = text.unwrap_or("the generator gave up without a word");
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(second: &Value) -> Value {
        json!({
            "openapi": "3.0.3", "info": {"title": "T", "version": "1"},
            "paths": {
                "/a": {"get": {"operationId": "first", "responses": {"200": {"description": ""}}}},
                "/b": {"get": second}
            }
        })
    }

    #[test]
    fn what_cannot_be_expressed_is_left_out_and_the_rest_is_generated() {
        // One type cannot hold two kinds of answer.
        let json = json!({"application/json": {"schema": {"type": "string"}}});
        let second = json!({"operationId": "second", "responses": {
            "200": {"description": "", "content": json}, "201": {"description": ""}
        }});
        let mut report = Report::default();
        let code = generate(&document(&second), &mut report).unwrap();
        assert!(code.contains("fn first"));
        assert!(!code.contains("fn second"));
        assert_eq!(report.operations, 1);
        assert_eq!(report.left_out[0].path, "/b");
    }

    #[test]
    fn a_method_that_nothing_sends_is_left_out() {
        let second = json!({"operationId": "second", "responses": {"200": {"description": ""}}});
        for method in WITHOUT_FUNCTION {
            let mut document = document(&second);
            document["paths"]["/b"] = json!({ method: second });
            let mut report = Report::default();
            let code = generate(&document, &mut report).unwrap();
            assert!(code.contains("fn first") && !code.contains("fn second"));
            assert!(report.left_out[0].reason.contains(method), "{report}");
        }
    }

    #[test]
    fn an_operation_whose_type_would_have_a_field_twice_is_left_out() {
        let schema = json!({"type": "object", "properties": {
            "user_id": {"type": "string"}, "userId": {"type": "string"}
        }});
        let json = json!({"application/json": {"schema": schema}});
        let reply = json!({"200": {"description": "", "content": json}});
        let second = json!({"operationId": "second", "responses": reply});
        let mut report = Report::default();
        let code = generate(&document(&second), &mut report).unwrap();
        assert!(code.contains("fn first") && !code.contains("fn second"));
        let reason = &report.left_out[0].reason;
        assert!(reason.contains("both called `user_id`"), "{reason}");
    }

    #[test]
    fn an_operation_with_a_name_that_is_taken_is_left_out() {
        for name in ["new", "client", "inner", "pre", "post", "exec", "baseurl"] {
            let second = json!({"operationId": name, "responses": {"200": {"description": ""}}});
            let mut report = Report::default();
            let code = generate(&document(&second), &mut report).unwrap();
            assert!(code.contains("fn first"), "{name}");
            let [left_out] = &*report.left_out else {
                panic!("{name}: {report}");
            };
            assert_eq!(left_out.path, "/b");
            assert!(
                left_out.reason.contains(&format!("the function `{name}`")),
                "{report}"
            );
        }
    }

    #[test]
    fn of_two_types_with_one_name_in_rust_the_second_is_left_out_with_its_operation() {
        let giving = |id: &str, schema: &str| {
            let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
            let json = json!({"application/json": {"schema": schema}});
            json!({"operationId": id, "responses": {"200": {"description": "", "content": json}}})
        };
        let mut all = document(&giving("second", "the_thing"));
        all["paths"]["/a"]["get"] = giving("first", "TheThing");
        all["paths"]["/c"]["get"] = giving("third", "Default");
        let thing = json!({"type": "object", "properties": {"a": {"type": "string"}}});
        all["components"]["schemas"] =
            json!({"TheThing": thing, "the_thing": thing, "Default": thing});
        let mut report = Report::default();
        let code = generate(&all, &mut report).unwrap();
        assert!(
            code.contains("fn first") && report.operations == 1,
            "{report}"
        );
        let reasons = report.left_out.iter().map(|one| (&*one.path, &*one.reason));
        let expected = [
            (
                "/c",
                "the type `Default` has the name of the trait that the generated code calls",
            ),
            ("/b", "the type `TheThing` stands in it twice"),
        ];
        assert!(reasons.eq(expected), "{report}");
    }

    #[test]
    fn everything_is_generated_where_everything_can_be() {
        let second = json!({"operationId": "second", "responses": {"200": {"description": ""}}});
        let mut report = Report::default();
        let code = generate(&document(&second), &mut report).unwrap();
        assert!(code.contains("fn first") && code.contains("fn second"));
        assert_eq!((report.operations, report.left_out.len()), (2, 0));
    }

    #[test]
    fn lists_nest_as_deeply_as_a_document_may() {
        let deep = (0..120).fold(
            json!({"type": "string"}),
            |inner, _| json!({"type": "array", "items": inner}),
        );
        let json = json!({"application/json": {"schema": deep}});
        let second = json!({"operationId": "second", "responses": {"200": {"description": "", "content": json}}});
        let code = generate(&document(&second), &mut Report::default()).unwrap();
        assert!(code.matches("Vec <").count() >= 120);
    }
}
