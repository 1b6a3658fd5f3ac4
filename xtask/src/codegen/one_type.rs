//! Recognises a type that is spelled as several schemas: null, an enum, or text. The
//! generator would make a type of its own of each.

use serde_json::{Map, Value, json};

use super::lower::is_prose;

pub(super) fn is_null(schema: &Value) -> bool {
    let all_are_null = |keyword: &str| {
        let list = schema[keyword].as_array();
        list.is_some_and(|list| !list.is_empty() && list.iter().all(is_null))
    };
    schema["type"] == "null"
        || schema["type"] == json!(["null"])
        || schema["const"].is_null() && schema.get("const").is_some()
        || schema["enum"] == json!([null])
        || all_are_null("anyOf")
        || all_are_null("oneOf")
}

/// If each alternative is a list of texts, they are one list: OpenAPI 3.1 documents the
/// values of an enum in this way.
pub(super) fn unite_values(list: &mut Vec<Value>) {
    let mut all = Vec::new();
    for schema in &*list {
        let Some(values) = texts(schema) else {
            return;
        };
        all.extend(values);
    }
    if list.len() > 1 {
        dedup(&mut all);
        *list = vec![json!({"type": "string", "enum": all})];
    }
}

/// The texts that a schema lists, if it allows nothing else.
fn texts(schema: &Value) -> Option<Vec<Value>> {
    let object = schema.as_object()?;
    let known = |keyword: &String| {
        ["const", "enum", "type"].contains(&keyword.as_str()) || is_prose(keyword)
    };
    let values = match (object.get("const"), object.get("enum")) {
        (Some(value), None) => vec![value.clone()],
        (None, Some(values)) => values.as_array()?.clone(),
        _ => return None,
    };
    let typed = object.get("type").is_none_or(|stated| stated == "string");
    (typed && object.keys().all(known) && values.iter().all(Value::is_string)).then_some(values)
}

/// Drops each alternative that another one allows anyway: texts beside any text, integers
/// beside numbers.
pub(super) fn drop_covered(list: &mut Vec<Value>) {
    let allowed: Vec<String> = list.iter().filter_map(bare_type).collect();
    let is_allowed = |name: &str| allowed.iter().any(|one| one == name);
    list.retain(|schema| {
        let bare = bare_type(schema);
        let is_text = texts(schema).is_some() || schema["type"] == "string" && bare.is_none();
        let is_integer = schema["type"] == "integer";
        !(is_text && is_allowed("string") || is_integer && is_allowed("number"))
    });
}

/// The type of a schema that says nothing else.
fn bare_type(schema: &Value) -> Option<String> {
    let object = schema.as_object()?;
    let bare = |keyword: &String| keyword == "type" || is_prose(keyword);
    let named = object.get("type")?.as_str()?;
    object.keys().all(bare).then(|| named.to_owned())
}

/// Takes the members of `allOf` that only narrow a text or a number into the schema.
pub(super) fn fold_scalars(object: &mut Map<String, Value>) {
    const SCALAR: [&str; 10] = [
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "format",
        "maxLength",
        "maximum",
        "minLength",
        "minimum",
        "pattern",
        "type",
    ];
    let Some(Value::Array(members)) = object.remove("allOf") else {
        return;
    };
    let mut rest = Vec::new();
    for member in members {
        let fits = member.as_object().is_some_and(|member| {
            let is_scalar = |keyword: &String| SCALAR.contains(&keyword.as_str());
            let is_new =
                |keyword: &String, value| object.get(keyword).is_none_or(|known| known == value);
            let scalar = |(keyword, value)| is_scalar(keyword) && is_new(keyword, value);
            !member.is_empty()
                && member.get("type").is_none_or(|stated| {
                    ["string", "integer", "number"]
                        .iter()
                        .any(|name| stated == name)
                })
                && member.iter().all(scalar)
        });
        match member {
            Value::Object(member) if fits => object.extend(member),
            other => rest.push(other),
        }
    }
    if !rest.is_empty() {
        object.insert("allOf".to_owned(), Value::Array(rest));
    }
}

pub(super) fn dedup(list: &mut Vec<Value>) {
    let mut seen: Vec<Value> = Vec::new();
    for schema in std::mem::take(list) {
        if !seen.contains(&schema) {
            seen.push(schema);
        }
    }
    *list = seen;
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::lower::tests::lowered;

    #[test]
    fn one_type_in_other_words_stays_one_type() {
        let text = json!({"type": "string"});
        for (schema, expected) in [
            (
                json!({"oneOf": [{"const": "a", "description": "A"}, {"type": "string", "enum": ["b", "a"]}]}),
                json!({"type": "string", "enum": ["a", "b"]}),
            ),
            (
                json!({"anyOf": [text, {"const": "a"}, {"type": "string", "enum": ["b"]}]}),
                text.clone(),
            ),
            (
                json!({"anyOf": [{"type": "integer"}, {"type": "number"}]}),
                json!({"type": "number"}),
            ),
            (
                json!({"allOf": [{"type": "string"}, {"format": "uuid"}]}),
                json!({"type": "string", "format": "uuid"}),
            ),
            (
                json!({"anyOf": [text, {"type": ["null"]}, {"anyOf": [{"type": "null"}]}]}),
                json!({"type": "string", "nullable": true}),
            ),
            (
                json!({"type": "object", "additionalProperties": {"description": "d"}}),
                json!({"type": "object", "additionalProperties": true}),
            ),
            (
                json!({"type": "integer", "default": 20.0, "enum": [1.0, 20]}),
                json!({"type": "integer", "default": 20, "enum": [1, 20]}),
            ),
        ] {
            assert_eq!(lowered(&schema), expected, "{schema}");
        }
        // These are several types.
        for schema in [
            json!({"anyOf": [{"type": "string", "format": "uuid"}, {"type": "integer"}]}),
            json!({"allOf": [{"type": "string"}, {"$ref": "#/components/schemas/Other"}]}),
        ] {
            let lowered = lowered(&schema);
            assert!(
                lowered.get("anyOf").or(lowered.get("allOf")).is_some(),
                "{lowered}"
            );
        }
    }
}
