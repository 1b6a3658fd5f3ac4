//! Stage *inline*: parameters, headers, request bodies, responses and path items that are
//! written as references are put in place, so that later stages meet only references to
//! named schemas. Schemas are left alone.

use serde_json::{Map, Value};

use super::grammar::{METHODS, members, step};
use super::origin::origin;
use super::reference;
use crate::{Failure, Result};

/// References may form a chain; a longer chain than this is circular.
pub(super) const LONGEST_CHAIN: usize = 16;

/// Puts every reference that is not one to a schema in place, and drops the components
/// that are then unused. A fault is told where it stands, not where it is used.
pub fn inline(document: &Value) -> Result<Value> {
    inlined(document).map_err(|fault| fault.moved(|at| origin(document, at)))
}

fn inlined(document: &Value) -> Result<Value> {
    let mut out = document.clone();
    let paths = members(&document["paths"], "/paths")?;
    for (path, item) in paths {
        if path.starts_with("x-") {
            continue;
        }
        let at = step("/paths", path);
        let item = resolved(document, item, &at)?;
        out["paths"][path] = Value::Object(path_item(document, &item, &at)?);
    }
    if let Some(components) = out.get_mut("components").and_then(Value::as_object_mut) {
        components.retain(|kind, _| kind == "schemas" || kind == "securitySchemes");
    }
    Ok(out)
}

fn path_item(document: &Value, item: &Value, at: &str) -> Result<Map<String, Value>> {
    let mut item = members(item, at)?.clone();
    put_parameters(document, &mut item, at)?;
    for method in METHODS {
        let Some(operation) = item.get_mut(method) else {
            continue;
        };
        let at = step(at, method);
        let Some(operation) = operation.as_object_mut() else {
            return Err(Failure::at(at, "must be an object"));
        };
        put_parameters(document, operation, &at)?;
        if let Some(body) = operation.get_mut("requestBody") {
            *body = resolved(document, body, &step(&at, "requestBody"))?;
        }
        // In 3.1 an operation may omit its responses.
        let responses = operation.entry("responses");
        let responses = responses.or_insert_with(|| Map::new().into());
        let at = step(&at, "responses");
        let Some(responses) = responses.as_object_mut() else {
            return Err(Failure::at(at, "must be an object"));
        };
        for (status, response) in responses {
            let at = step(&at, status);
            *response = resolved(document, response, &at)?;
            let Some(headers) = response.get_mut("headers") else {
                continue;
            };
            let at = step(&at, "headers");
            let Some(headers) = headers.as_object_mut() else {
                return Err(Failure::at(at, "must be an object"));
            };
            for (name, header) in headers {
                *header = resolved(document, header, &step(&at, name))?;
            }
        }
    }
    Ok(item)
}

fn put_parameters(document: &Value, holder: &mut Map<String, Value>, at: &str) -> Result<()> {
    let Some(parameters) = holder.get_mut("parameters") else {
        return Ok(());
    };
    let at = step(at, "parameters");
    let Some(list) = parameters.as_array_mut() else {
        return Err(Failure::at(at, "must be a list"));
    };
    for (index, parameter) in list.iter_mut().enumerate() {
        *parameter = resolved(document, parameter, &format!("{at}/{index}"))?;
    }
    Ok(())
}

/// Follows `$ref` until there is none. Members beside a reference win over those of its
/// target, as 3.1 prescribes for summaries and descriptions.
pub fn resolved(document: &Value, value: &Value, at: &str) -> Result<Value> {
    let mut value = value.clone();
    let mut here = at.to_owned();
    for _ in 0..LONGEST_CHAIN {
        let Some(reference) = value.get("$ref") else {
            return Ok(value);
        };
        let (to, target) = reference::target(document, reference, &step(&here, "$ref"))?;
        here = to;
        let mut target = target.clone();
        if let (Some(target), Some(beside)) = (target.as_object_mut(), value.as_object()) {
            let beside = beside.iter().filter(|(name, _)| *name != "$ref");
            target.extend(beside.map(|(name, value)| (name.clone(), value.clone())));
        }
        value = target;
    }
    Err(Failure::at(at, "its references go round in a circle"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_but_schemas_is_put_in_place() {
        let document = json!({
            "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
            "components": {
                "pathItems": {"A": {"get": {
                    "parameters": [{"$ref": "#/components/parameters/P", "description": "mine"}],
                    "responses": {"404": {"$ref": "#/components/responses/Missing"}}
                }}},
                "parameters": {"P": {"name": "p", "in": "query", "description": "theirs"}},
                "responses": {"Missing": {"headers": {"X": {"$ref": "#/components/headers/X"}}}},
                "headers": {"X": {"schema": {"$ref": "#/components/schemas/S"}}},
                "schemas": {"S": {}}
            }
        });
        let get = &inline(&document).unwrap()["paths"]["/a"]["get"];
        assert_eq!(
            get["parameters"][0],
            json!({"name": "p", "in": "query", "description": "mine"})
        );
        let header = &get["responses"]["404"]["headers"]["X"]["schema"];
        assert_eq!(*header, json!({"$ref": "#/components/schemas/S"}));
    }

    #[test]
    fn a_reference_that_leads_nowhere_is_named() {
        for (reference, reason) in [
            ("#/components/parameters/Q", "points nowhere"),
            ("#q", "names an anchor"),
            ("other.yaml#/P", "points outside"),
            ("#/components/parameters/Loop", "circle"),
        ] {
            let document = json!({
                "paths": {"/a": {"get": {"parameters": [{"$ref": reference}], "responses": {}}}},
                "components": {"parameters": {"Loop": {"$ref": "#/components/parameters/Loop"}}}
            });
            let said = inline(&document).unwrap_err().to_string();
            assert!(said.contains("/paths/~1a/get/parameters/0"), "{said}");
            assert!(said.contains(reason), "{said}");
        }
    }

    #[test]
    fn a_fault_in_a_part_that_is_referred_to_is_told_where_it_stands() {
        let missing = "#/components/responses/Missing";
        let mut document = json!({
            "paths": {"/a": {"get": {"responses": {"404": {"$ref": missing}}}}},
            "components": {"responses": {
                "Missing": {"headers": {"X": {"$ref": "#/components/headers/Y"}}}
            }}
        });
        let said = inline(&document).unwrap_err().to_string();
        let place = "at /components/responses/Missing/headers/X/$ref: ";
        assert!(said.starts_with(place), "{said}");
        document["components"]["responses"]["Missing"] = json!({"$ref": "#/nowhere"});
        let said = inline(&document).unwrap_err().to_string();
        let place = "at /components/responses/Missing/$ref: ";
        assert!(said.starts_with(place), "{said}");
    }
}
