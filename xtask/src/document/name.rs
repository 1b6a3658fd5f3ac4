//! Stage *name*: what an operation is called. FastAPI's ids repeat the path and the
//! method after the function's name; this stage removes that suffix. Nothing is renamed
//! silently into the name of another operation.

use std::collections::BTreeMap;

use heck::ToSnakeCase as _;
use serde_json::Value;

use super::grammar::{operations, step};
use super::select::{SERVICE_PREFIX, below_prefix};
use crate::{Failure, Result};

/// Names for operations whose own id reads badly: method, path, name. Empty
/// today; an entry here wins over the id in the document.
const OVERRIDES: [(&str, &str, &str); 0] = [];

/// The name of an operation: an override, else its id without FastAPI's
/// suffix, else its method and path.
#[must_use]
pub fn operation_name(method: &str, path: &str, id: Option<&str>) -> String {
    if let Some((_, _, name)) = OVERRIDES
        .iter()
        .find(|entry| entry.0 == method && entry.1 == path)
    {
        return (*name).to_owned();
    }
    let Some(id) = id else {
        return format!("{method}_{}", below_prefix(path)).to_snake_case();
    };
    without_suffix(method, path, id).to_snake_case()
}

/// Removes FastAPI's suffix. The names of path parameters in it may differ from those in
/// the path: renaming one renames no function.
fn without_suffix<'a>(method: &str, path: &str, id: &'a str) -> &'a str {
    let path = below_prefix(path);
    let full = format!("{SERVICE_PREFIX}{path}");
    let found = [full.as_str(), path].into_iter().find_map(|path| {
        let suffix = format!("{path}/{method}");
        let mut rest = id;
        let mut pieces = suffix.split('{').rev().map(|piece| {
            let (parameter, literal) = piece.split_once('}').unwrap_or(("", piece));
            (!parameter.is_empty(), literal)
        });
        let (mut after_parameter, last) = pieces.next()?;
        rest = rest.strip_suffix(&words(last, after_parameter, false))?;
        for (parameter, literal) in pieces {
            let literal = words(literal, parameter, after_parameter);
            let at = rest.rfind(&literal)?;
            if rest.len() == at + literal.len() {
                return None;
            }
            rest = &rest[..at];
            after_parameter = parameter;
        }
        (!rest.is_empty()).then_some(rest)
    });
    found.unwrap_or(id)
}

/// A piece of a path as FastAPI writes it: `_` replaces everything that is not part of a
/// word, including the braces around parameters.
fn words(piece: &str, after_brace: bool, before_brace: bool) -> String {
    let word = |c: char| if c.is_alphanumeric() { c } else { '_' };
    let piece = piece.chars().map(word);
    let brace = |there: bool| there.then_some('_');
    brace(after_brace)
        .into_iter()
        .chain(piece)
        .chain(brace(before_brace))
        .collect()
}

/// The names of all operations, by pointer. Functions of one name in different
/// routers keep their whole ids; names that then still collide are an error.
pub fn names(document: &Value) -> Result<BTreeMap<String, String>> {
    let mut named: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    let mut ids = BTreeMap::new();
    for operation in operations(document)? {
        let id = operation.value.get("operationId");
        let id = match id {
            None => None,
            Some(Value::String(id)) if id.contains(char::is_alphanumeric) => Some(id.as_str()),
            Some(Value::String(_)) => {
                let at = step(&operation.pointer, "operationId");
                return Err(Failure::at(at, "must have a letter or a digit"));
            }
            Some(_) => {
                let at = step(&operation.pointer, "operationId");
                return Err(Failure::at(at, "must be a string"));
            }
        };
        if let Some(other) = id.and_then(|id| ids.insert(id, operation.pointer.clone())) {
            let at = step(&operation.pointer, "operationId");
            return Err(Failure::at(at, format!("is that of {other} too")));
        }
        let short = operation_name(operation.method, operation.path, id);
        let whole = id.map_or_else(|| short.clone(), heck::ToSnakeCase::to_snake_case);
        named
            .entry(short)
            .or_default()
            .push((operation.pointer, whole));
    }
    let mut out = BTreeMap::new();
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for (short, holders) in named {
        let alone = holders.len() == 1;
        for (pointer, whole) in holders {
            let name = if alone { short.clone() } else { whole };
            if let Some(other) = taken.insert(name.clone(), pointer.clone()) {
                let reason = format!("is called `{name}`, as {other} is");
                return Err(Failure::at(pointer, reason));
            }
            out.insert(pointer, name);
        }
    }
    Ok(out)
}

/// Gives every operation its name as `operationId`.
pub fn name(document: &Value) -> Result<Value> {
    let mut out = document.clone();
    for (pointer, name) in names(document)? {
        if let Some(operation) = out.pointer_mut(&pointer) {
            operation["operationId"] = Value::String(name);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_suffix_of_fastapi_goes_whether_or_not_the_prefix_is_in_the_path() {
        let id = Some("close_chat_session_api_v2_chat_sessions__session_id__delete");
        for path in [
            "/chat/sessions/{session_id}",
            "/api/v2/chat/sessions/{session_id}",
        ] {
            assert_eq!(operation_name("delete", path, id), "close_chat_session");
        }
        let renamed = operation_name("delete", "/chat/sessions/{id}", id);
        assert_eq!(renamed, "close_chat_session");
        assert_eq!(operation_name("get", "/a", Some("list_a")), "list_a");
        assert_eq!(operation_name("get", "/a/{b}", None), "get_a_b");
    }

    #[test]
    fn an_id_must_say_something() {
        for id in ["", "__", " "] {
            let failure = names(&two(id, "b")).unwrap_err().to_string();
            assert!(
                failure.starts_with("at /paths/~1a/get/operationId:"),
                "{failure}"
            );
        }
    }

    fn two(first: &str, second: &str) -> Value {
        json!({"paths": {
            "/a": {"get": {"operationId": first}},
            "/b": {"get": {"operationId": second}}
        }})
    }

    #[test]
    fn functions_of_one_name_keep_their_whole_ids() {
        let named = name(&two("list_a_get", "list_b_get")).unwrap();
        assert_eq!(named["paths"]["/a"]["get"]["operationId"], "list_a_get");
        assert_eq!(named["paths"]["/b"]["get"]["operationId"], "list_b_get");
    }

    #[test]
    fn a_name_that_two_operations_share_is_an_error() {
        let said = name(&two("list", "List")).unwrap_err().to_string();
        assert!(
            said.contains("/paths/~1b/get") && said.contains("`list`"),
            "{said}"
        );
    }

    #[test]
    fn an_id_that_two_operations_share_is_an_error_though_their_names_differ() {
        let id = "list_a_get";
        let said = name(&two(id, id)).unwrap_err().to_string();
        assert!(said.starts_with("at /paths/~1b/get/operationId:"), "{said}");
    }
}
