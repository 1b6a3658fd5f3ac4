//! What the keywords of a schema may hold: a bound that is text, or a type that is a
//! number, is a mistake of the author and would otherwise be ignored silently.

use serde_json::{Map, Value};

use super::shape::Kind;
use crate::document::grammar::{is_keyword, step};
use crate::{Failure, Result};

/// What a keyword may hold.
#[derive(Clone, Copy)]
enum Holds {
    Text,
    Flag,
    Count,
    Number,
    Positive,
    NumberOrFlag,
    Names,
    Schemas,
    NamedSchemas,
    Values,
    Types,
}

fn holds(keyword: &str) -> Option<Holds> {
    Some(match keyword {
        "pattern" | "format" | "contentEncoding" | "contentMediaType" | "$ref" => Holds::Text,
        "nullable" | "deprecated" | "readOnly" | "writeOnly" | "uniqueItems" => Holds::Flag,
        "maxLength" | "minLength" | "maxItems" | "minItems" | "maxProperties" | "minProperties"
        | "maxContains" | "minContains" => Holds::Count,
        "minimum" | "maximum" => Holds::Number,
        "multipleOf" => Holds::Positive,
        "exclusiveMinimum" | "exclusiveMaximum" => Holds::NumberOrFlag,
        "required" => Holds::Names,
        "allOf" | "anyOf" | "oneOf" | "prefixItems" => Holds::Schemas,
        "properties" | "patternProperties" | "dependentSchemas" => Holds::NamedSchemas,
        "enum" => Holds::Values,
        "type" => Holds::Types,
        _ => return None,
    })
}

/// Refuses unknown keywords, and values that a keyword cannot hold.
pub(super) fn keywords(schema: &Map<String, Value>, at: &str) -> Result<()> {
    for (keyword, value) in schema {
        let wrong = |reason: String| Err(Failure::at(step(at, keyword), reason));
        if !is_keyword(keyword) {
            return wrong(format!("the keyword `{keyword}` is not known"));
        }
        let Some(holds) = holds(keyword) else {
            continue;
        };
        if let Some(must) = fault(holds, value) {
            return wrong(format!("must be {must}"));
        }
    }
    Ok(())
}

/// The value of a member that is true or false; absent means false.
pub(super) fn flag(holder: &Map<String, Value>, name: &str, at: &str) -> Result<bool> {
    match holder.get(name) {
        None => Ok(false),
        Some(Value::Bool(said)) => Ok(*said),
        Some(_) => Err(Failure::at(step(at, name), "must be true or false")),
    }
}

/// What a value should be, if it is not.
fn fault(holds: Holds, value: &Value) -> Option<&'static str> {
    let filled = |value: &Value| value.as_array().is_some_and(|list| !list.is_empty());
    let (right, must) = match holds {
        Holds::Text => (value.is_string(), "text"),
        Holds::Flag => (value.is_boolean(), "true or false"),
        Holds::Count => (
            // 3.1 counts 5.0 as a whole number too.
            value.as_f64().is_some_and(|n| n >= 0.0 && n.fract() == 0.0),
            "a whole number, not below 0",
        ),
        Holds::Number => (value.is_number(), "a number"),
        Holds::Positive => (value.as_f64().is_some_and(|n| n > 0.0), "a number above 0"),
        Holds::NumberOrFlag => (value.is_number() || value.is_boolean(), "a number"),
        Holds::Names => (
            value
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_string)),
            "a list of names",
        ),
        Holds::Schemas => (filled(value), "a list of schemas, not an empty one"),
        Holds::NamedSchemas => (value.is_object(), "an object of schemas"),
        Holds::Values => (filled(value), "a list of values, not an empty one"),
        Holds::Types => (is_types(value), "one or more of the types of JSON"),
    };
    (!right).then_some(must)
}

fn is_types(value: &Value) -> bool {
    let one = |name: &Value| {
        name.as_str()
            .is_some_and(|name| name == "null" || Kind::from_name(name).is_some())
    };
    match value {
        Value::Array(list) => !list.is_empty() && list.iter().all(one),
        name => one(name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_keyword_cannot_hold_is_named() {
        for (keyword, value) in [
            ("maxLength", json!("10")),
            ("maxLength", json!(-1)),
            ("minItems", json!(1.5)),
            ("maximum", json!("5")),
            ("multipleOf", json!(0)),
            ("pattern", json!(5)),
            ("format", json!(5)),
            ("type", json!([])),
            ("type", json!("file")),
            ("enum", json!([])),
            ("anyOf", json!([])),
            ("allOf", json!({})),
            ("properties", json!([])),
            ("required", json!(true)),
            ("required", json!("a")),
            ("nullable", json!("yes")),
            ("deprecated", json!("yes")),
            ("typ", json!("string")),
        ] {
            let schema = json!({ keyword: value });
            let failure = keywords(schema.as_object().unwrap(), "/s").unwrap_err();
            let said = failure.to_string();
            assert!(said.starts_with(&format!("at /s/{keyword}: ")), "{said}");
        }
    }

    #[test]
    fn what_3_0_and_3_1_allow_passes() {
        let schema = json!({
            "type": ["string", "null"], "exclusiveMinimum": true, "exclusiveMaximum": 3,
            "maxLength": 5.0, "required": [], "enum": [null], "x-any": 1, "default": [],
        });
        keywords(schema.as_object().unwrap(), "").unwrap();
    }
}
