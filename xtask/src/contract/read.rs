//! From a document to its [`Contract`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::known::Known;
use super::resolve::{Resolver, Way};
use super::{Body, Contract, Key, Operation, Parameter, Response};
use crate::document::grammar::{self, is_event_stream, operations, step};
use crate::document::inline::inline;
use crate::document::name;
use crate::document::select::{SERVICE_PREFIX, Selection};
use crate::{Failure, Result};

/// Where the service is when a document does not say it.
const KNOWN_SERVER: &str = "https://api.aionvision.tech";

/// Reads the selected part of a document.
pub fn read(document: &Value, selection: &Selection) -> Result<Contract> {
    read_inlined(inline(document)?, selection)
}

/// Reads the selected part of a document that has no references but those to
/// schemas.
pub fn read_inlined(document: Value, selection: &Selection) -> Result<Contract> {
    read_beside(&selected(document, selection), None)
}

/// Reads a document; what it has in common with one that was read before is
/// taken from there.
pub(super) fn read_beside(document: &Value, known: Option<&Known<'_>>) -> Result<Contract> {
    let names = name::names(document)?;
    let mut schemas = Schemas {
        sent: Resolver::new(document, Way::Sent),
        read: Resolver::new(document, Way::Read),
    };
    let schemes = schemes(document)?;
    let mut contract = Contract {
        servers: servers(document.get("servers"), "/servers")?,
        schemes: schemes.values().cloned().collect(),
        operations: BTreeMap::new(),
    };
    for operation in operations(document)? {
        let at = &operation.pointer;
        let key = Key::of(operation.method, operation.path);
        let name = names.get(at).cloned().unwrap_or_default();
        let read = match known.and_then(|known| known.operation(&key, &name, &operation)) {
            Some(read) => read,
            None => Arc::new(read_operation(
                document,
                &mut schemas,
                &schemes,
                name,
                &operation,
            )?),
        };
        if let Some(twin) = contract.operations.insert(key, read) {
            let reason = format!(
                "another path for `{}` differs in parameter names alone",
                twin.name
            );
            return Err(Failure::at(at, reason));
        }
    }
    Ok(contract)
}

fn read_operation(
    document: &Value,
    schemas: &mut Schemas<'_>,
    schemes: &BTreeMap<String, String>,
    name: String,
    operation: &grammar::Operation<'_>,
) -> Result<Operation> {
    let at = &operation.pointer;
    let security = operation.value.get("security");
    let security = security.or_else(|| document.get("security"));
    let own_servers = operation.value.get("servers");
    let own_servers = own_servers.or_else(|| operation.item.get("servers"));
    let body = operation.value.get("requestBody");
    Ok(Operation {
        name,
        deprecated: operation.value.get("deprecated") == Some(&json!(true)),
        servers: match own_servers {
            Some(own) => servers(Some(own), &step(at, "servers"))?,
            None => BTreeSet::new(),
        },
        security: requirements(security, schemes, &step(at, "security"))?,
        parameters: parameters(schemas, operation)?,
        body: body
            .map(|body| read_body(schemas, body, &step(at, "requestBody")))
            .transpose()?,
        responses: responses(schemas, operation.value, &step(at, "responses"))?,
    })
}

/// The resolvers of a document, one for each way.
struct Schemas<'a> {
    sent: Resolver<'a>,
    read: Resolver<'a>,
}

impl Schemas<'_> {
    fn shape(&mut self, schema: &Value, way: Way, at: &str) -> Result<super::Shape> {
        match way {
            Way::Sent => self.sent.shape(schema, at),
            Way::Read => self.read.shape(schema, at),
        }
    }
}

/// Keeps the selected paths, without the service prefix, and everything that
/// references may point to.
pub(super) fn selected(mut document: Value, selection: &Selection) -> Value {
    if let Some(paths) = document["paths"].as_object_mut() {
        *paths = std::mem::take(paths)
            .into_iter()
            .filter_map(|(path, item)| {
                let path = selection.admits(&path)?;
                let below = path
                    .strip_prefix(SERVICE_PREFIX)
                    .filter(|rest| rest.starts_with('/'));
                Some((below.unwrap_or(&path).to_owned(), item))
            })
            .collect();
    }
    document
}

fn servers(servers: Option<&Value>, at: &str) -> Result<BTreeSet<String>> {
    let mut out = BTreeSet::new();
    if let Some(servers) = servers {
        let Some(list) = servers.as_array() else {
            return Err(Failure::at(at, "must be a list"));
        };
        for (index, server) in list.iter().enumerate() {
            let Some(url) = server["url"].as_str() else {
                return Err(Failure::at(format!("{at}/{index}"), "must have a `url`"));
            };
            let url = url.trim_end_matches('/');
            let url = url.strip_suffix(SERVICE_PREFIX).unwrap_or(url);
            out.insert(if url.is_empty() { KNOWN_SERVER } else { url }.to_owned());
        }
    }
    if out.is_empty() {
        out.insert(KNOWN_SERVER.to_owned());
    }
    Ok(out)
}

/// The declared schemes, by name, each as what it asks of a client.
fn schemes(document: &Value) -> Result<BTreeMap<String, String>> {
    let at = "/components/securitySchemes";
    let Some(schemes) = document.pointer(at) else {
        return Ok(BTreeMap::new());
    };
    let Some(schemes) = schemes.as_object() else {
        return Err(Failure::at(at, "must be an object"));
    };
    let mut out = BTreeMap::new();
    for (name, scheme) in schemes {
        let Some(scheme) = scheme.as_object() else {
            return Err(Failure::at(step(at, name), "must be an object"));
        };
        out.insert(name.clone(), describe(scheme));
    }
    Ok(out)
}

fn describe(scheme: &Map<String, Value>) -> String {
    let text = |key: &str| scheme.get(key).and_then(Value::as_str).unwrap_or_default();
    match text("type") {
        "http" => format!("http {}", text("scheme").to_ascii_lowercase()),
        "apiKey" => format!("apiKey in {} {}", text("in"), text("name")),
        "openIdConnect" => format!("openIdConnect {}", text("openIdConnectUrl")),
        "oauth2" => {
            let flows = scheme
                .get("flows")
                .map(crate::document::canon::sort_members);
            format!("oauth2 {}", flows.unwrap_or_default())
        }
        other => other.to_owned(),
    }
}

fn requirements(
    security: Option<&Value>,
    schemes: &BTreeMap<String, String>,
    at: &str,
) -> Result<BTreeSet<BTreeSet<String>>> {
    let Some(security) = security else {
        return Ok(BTreeSet::new());
    };
    let wrong = || Failure::at(at, "must be a list of requirements");
    let mut out = BTreeSet::new();
    for requirement in security.as_array().ok_or_else(wrong)? {
        let mut all = BTreeSet::new();
        for (name, scopes) in requirement.as_object().ok_or_else(wrong)? {
            let mut text = schemes.get(name).cloned().unwrap_or_else(|| name.clone());
            let scopes = scopes.as_array().map(Vec::as_slice).unwrap_or_default();
            let mut scopes: Vec<_> = scopes.iter().filter_map(Value::as_str).collect();
            scopes.sort_unstable();
            for scope in scopes {
                text.push_str(" +");
                text.push_str(scope);
            }
            all.insert(text);
        }
        out.insert(all);
    }
    if out.iter().all(BTreeSet::is_empty) {
        out.clear();
    }
    Ok(out)
}

fn parameters(
    schemas: &mut Schemas<'_>,
    operation: &grammar::Operation<'_>,
) -> Result<BTreeMap<(String, String), Parameter>> {
    let mut out = BTreeMap::new();
    let item_at = step("/paths", operation.path);
    let lists = [
        (
            operation.item.get("parameters"),
            step(&item_at, "parameters"),
        ),
        (
            operation.value.get("parameters"),
            step(&operation.pointer, "parameters"),
        ),
    ];
    for (list, at) in lists {
        let Some(list) = list else {
            continue;
        };
        let Some(list) = list.as_array() else {
            return Err(Failure::at(at, "must be a list"));
        };
        for (index, parameter) in list.iter().enumerate() {
            let at = format!("{at}/{index}");
            let text = |key: &str| {
                let text = parameter.get(key).and_then(Value::as_str);
                text.ok_or_else(|| Failure::at(&at, format!("must have a `{key}`")))
            };
            let (place, name) = (text("in")?, text("name")?);
            let mut read = read_parameter(schemas, parameter, place, Way::Sent, &at)?;
            name.clone_into(&mut read.name);
            out.insert(parameter_id(operation.path, place, name), read);
        }
    }
    Ok(out)
}

/// What identifies a parameter: its place, and its name; in a path its
/// position, since names mean nothing there; in headers without case.
#[must_use]
pub fn parameter_id(path: &str, place: &str, name: &str) -> (String, String) {
    let names = path
        .split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}'));
    let id = match place {
        "path" => match names.map(|(name, _)| name).position(|other| other == name) {
            Some(position) => position.to_string(),
            None => name.to_owned(),
        },
        "header" => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    };
    (place.to_owned(), id)
}

fn read_parameter(
    schemas: &mut Schemas<'_>,
    parameter: &Value,
    place: &str,
    way: Way,
    at: &str,
) -> Result<Parameter> {
    let mut style = Vec::new();
    let usual = match place {
        "query" | "cookie" => "form",
        _ => "simple",
    };
    let stated = parameter
        .get("style")
        .and_then(Value::as_str)
        .unwrap_or(usual);
    if stated != usual {
        style.push(stated.to_owned());
    }
    let explodes = parameter.get("explode").and_then(Value::as_bool);
    if explodes.is_some_and(|explodes| explodes != (stated == "form")) {
        style.push("explode the other way".to_owned());
    }
    if parameter.get("allowReserved") == Some(&json!(true)) {
        style.push("reserved characters as they are".to_owned());
    }
    let mut shape = match parameter.get("schema") {
        Some(schema) => schemas.shape(schema, way, &step(at, "schema"))?,
        None => match parameter
            .get("content")
            .and_then(Value::as_object)
            .and_then(|c| c.iter().next())
        {
            Some((media, value)) => {
                style.push(media.clone());
                let at = step(&step(&step(at, "content"), media), "schema");
                schemas.shape(value.get("schema").unwrap_or(&json!({})), way, &at)?
            }
            None => super::Shape::default(),
        },
    };
    if parameter.get("deprecated") == Some(&json!(true)) {
        shape.facets.insert("deprecated", "true".to_owned());
    }
    Ok(Parameter {
        name: String::new(),
        required: place == "path" || parameter.get("required") == Some(&json!(true)),
        style: style.join(", "),
        shape,
    })
}

fn read_body(schemas: &mut Schemas<'_>, body: &Value, at: &str) -> Result<Body> {
    Ok(Body {
        required: body.get("required") == Some(&json!(true)),
        content: content(schemas, body, Way::Sent, at)?,
    })
}

fn content(
    schemas: &mut Schemas<'_>,
    holder: &Value,
    way: Way,
    at: &str,
) -> Result<BTreeMap<String, super::Shape>> {
    let mut out = BTreeMap::new();
    let Some(content) = holder.get("content") else {
        return Ok(out);
    };
    let at = step(at, "content");
    let Some(content) = content.as_object() else {
        return Err(Failure::at(at, "must be an object"));
    };
    for (media, value) in content {
        let at = step(&step(&at, media), "schema");
        let schema = value.get("schema").cloned().unwrap_or_else(|| json!({}));
        let essence = media
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        out.insert(essence, schemas.shape(&schema, way, &at)?);
    }
    Ok(out)
}

fn responses(
    schemas: &mut Schemas<'_>,
    operation: &Map<String, Value>,
    at: &str,
) -> Result<BTreeMap<String, Response>> {
    let mut out = BTreeMap::new();
    let responses = operation.get("responses").and_then(Value::as_object);
    for (status, response) in responses.into_iter().flatten() {
        let at = step(at, status);
        if !response.is_object() {
            return Err(Failure::at(at, "must be an object"));
        }
        if status.starts_with("x-") {
            continue;
        }
        let mut read = Response {
            content: content(schemas, response, Way::Read, &at)?,
            ..Response::default()
        };
        for (media, shape) in &mut read.content {
            if is_event_stream(media) {
                read.events = events(shape);
            }
        }
        let headers = response.get("headers").and_then(Value::as_object);
        for (name, header) in headers.into_iter().flatten() {
            let at = step(&step(&at, "headers"), name);
            let mut header = read_parameter(schemas, header, "header", Way::Read, &at)?;
            header.name.clone_from(name);
            read.headers.insert(name.to_ascii_lowercase(), header);
        }
        out.insert(status.to_ascii_uppercase(), read);
    }
    Ok(out)
}

/// Takes the events out of the shape of a stream: its alternatives, told apart
/// by the one value of their `type`.
fn events(shape: &mut super::Shape) -> BTreeMap<String, super::Shape> {
    let name = |shape: &super::Shape| {
        let values = shape.properties.get("type")?.shape.values.as_ref()?;
        let only = (values.len() == 1).then(|| values.first())??;
        serde_json::from_str::<String>(only).ok()
    };
    let mut found = BTreeMap::new();
    let shapes = if shape.alternatives.is_empty() {
        let mut single = shape.clone();
        single.nullable = false;
        vec![single]
    } else {
        shape.alternatives.iter().cloned().collect()
    };
    for one in shapes {
        match name(&one) {
            Some(name) if !found.contains_key(&name) => found.insert(name, one),
            _ => return BTreeMap::new(),
        };
    }
    // What is left is not an event; that null may come in place of one stays.
    *shape = super::Shape {
        kinds: BTreeSet::from([super::Kind::Object]),
        nullable: shape.nullable,
        ..super::Shape::default()
    };
    found
}

#[cfg(test)]
mod tests;
