//! From a document to its [`Contract`].

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use serde_json::{Map, Value, json};

use super::check::flag;
use super::events::events;
use super::known::Known;
use super::parameters::{IGNORED, parameter_or_header, parameters};
use super::resolve::{Resolver, Way};
use super::service::{or_known, requirements, schemes, servers};
use super::{Body, Contract, Key, Operation, Response};
use crate::document::grammar::{self, essence, is_event_stream, members, operations, step};
use crate::document::inline::inline;
use crate::document::name;
use crate::document::origin::origin;
use crate::document::select::{Selection, below_prefix};
use crate::{Failure, Result};

/// Stands for a missing schema.
pub(super) static ANYTHING: Value = Value::Bool(true);

/// Reads the selected part of a document.
pub fn read(document: &Value, selection: &Selection) -> Result<Contract> {
    // Faults outside the selection do not matter.
    let inlined = inline(&selected(document.clone(), selection))?;
    read_beside(&inlined, None).map_err(|fault| fault.moved(|at| origin(document, at)))
}

/// Reads the selected part of a document that has no references but those to
/// schemas.
pub fn read_inlined(document: Value, selection: &Selection) -> Result<Contract> {
    read_beside(&selected(document, selection), None)
}

/// Reads a document; parts that it shares with a document read before are taken from
/// there.
pub(super) fn read_beside(document: &Value, known: Option<&Known<'_>>) -> Result<Contract> {
    let names = name::names(document)?;
    let mut schemas = Schemas {
        sent: Resolver::new(document, Way::Sent),
        read: Resolver::new(document, Way::Read),
    };
    let schemes = schemes(document)?;
    let in_paths = prefix_in_paths(document);
    let mut contract = Contract {
        servers: or_known(servers(document.get("servers"), in_paths, "/servers")?),
        schemes: schemes.values().cloned().collect(),
        operations: BTreeMap::new(),
    };
    for operation in operations(document)? {
        let at = &operation.pointer;
        let key = Key::of(operation.method, below_prefix(operation.path));
        let name = names.get(at).cloned().unwrap_or_default();
        let read = match known.and_then(|known| known.operation(&key, &name, &operation)) {
            Some(read) => read,
            None => Arc::new(read_operation(
                document,
                &mut schemas,
                &schemes,
                name,
                in_paths,
                &operation,
            )?),
        };
        if let Some(twin) = contract.operations.insert(key, read) {
            let reason = format!(
                "another path for `{}` differs in parameter names or in the prefix alone",
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
    prefix_in_paths: bool,
    operation: &grammar::Operation<'_>,
) -> Result<Operation> {
    let at = &operation.pointer;
    let security = match operation.value.get("security") {
        Some(own) => requirements(Some(own), schemes, &step(at, "security"))?,
        None => requirements(document.get("security"), schemes, "/security")?,
    };
    let own_servers = match operation.value.get("servers") {
        Some(own) => servers(Some(own), prefix_in_paths, &step(at, "servers"))?,
        None => {
            let at = step(&step("/paths", operation.path), "servers");
            servers(operation.item.get("servers"), prefix_in_paths, &at)?
        }
    };
    let body = operation.value.get("requestBody");
    Ok(Operation {
        name,
        deprecated: flag(operation.value, "deprecated", at)?,
        servers: own_servers,
        security,
        parameters: parameters(schemas, operation)?,
        body: body
            .map(|body| read_body(schemas, body, &step(at, "requestBody")))
            .transpose()?,
        responses: responses(schemas, operation.value, &step(at, "responses"))?,
    })
}

/// The resolvers of a document, one for each direction.
pub(super) struct Schemas<'a> {
    sent: Resolver<'a>,
    read: Resolver<'a>,
}

impl Schemas<'_> {
    pub(super) fn shape(&mut self, schema: &Value, way: Way, at: &str) -> Result<super::Shape> {
        match way {
            Way::Sent => self.sent.shape(schema, at),
            Way::Read => self.read.shape(schema, at),
        }
    }
}

/// Keeps the selected paths, as they are written, and everything to which references may
/// point.
fn prefix_in_paths(document: &Value) -> bool {
    let paths = document.get("paths").and_then(Value::as_object);
    paths.is_some_and(|paths| {
        let has_it = |path: &String| below_prefix(path) != path;
        !paths.is_empty() && paths.keys().all(has_it)
    })
}

pub(super) fn selected(mut document: Value, selection: &Selection) -> Value {
    // Indexing would panic if the document is not an object, which is reported later.
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        paths.retain(|path, _| selection.admits(path).is_some());
    }
    document
}

fn read_body(schemas: &mut Schemas<'_>, body: &Value, at: &str) -> Result<Body> {
    let holder = members(body, at)?;
    if !holder.contains_key("content") {
        return Err(Failure::at(at, "must have `content`"));
    }
    Ok(Body {
        required: flag(holder, "required", at)?,
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
    let content = members(content, &at)?;
    for (media, value) in content {
        let at = step(&at, media);
        let schema = members(value, &at)?.get("schema").unwrap_or(&ANYTHING);
        // 3.1 describes plain bytes by no schema at all, where 3.0 had a format for them.
        let schema = match is_plain_file(media) && is_anything(schema) {
            true => &*BYTES,
            false => schema,
        };
        let shape = schemas.shape(schema, way, &step(&at, "schema"))?;
        let twin = |other: &&String| *other != media && essence(other) == essence(media);
        let name = match content.keys().find(twin) {
            // Only their parameters distinguish them.
            Some(_) => with_parameters(media),
            None => essence(media),
        };
        if out.insert(name, shape).is_some() {
            return Err(Failure::at(at, "the same media type is listed twice"));
        }
    }
    Ok(out)
}

/// The schema of a file, in the words of 3.0.
static BYTES: LazyLock<Value> = LazyLock::new(|| json!({"type": "string", "format": "binary"}));

fn is_anything(schema: &Value) -> bool {
    schema.as_object().is_some_and(serde_json::Map::is_empty) || schema == &Value::Bool(true)
}

/// Whether content of this type is bytes as they are: no text, JSON or form.
fn is_plain_file(media: &str) -> bool {
    let media = essence(media);
    let read = ["json", "+json", "x-www-form-urlencoded"];
    !read.iter().any(|end| media.ends_with(end))
        && !["multipart/", "text/"]
            .iter()
            .any(|kind| media.starts_with(kind))
        && !media.contains('*')
}

/// A media type in one spelling.
fn with_parameters(media: &str) -> String {
    let mut parameters: Vec<_> = media.split(';').skip(1).map(str::trim).collect();
    parameters.retain(|parameter| !parameter.is_empty());
    parameters.sort_unstable();
    let mut out = essence(media);
    for parameter in parameters {
        out.push_str("; ");
        out.push_str(&parameter.to_ascii_lowercase());
    }
    out
}

fn responses(
    schemas: &mut Schemas<'_>,
    operation: &Map<String, Value>,
    at: &str,
) -> Result<BTreeMap<String, Response>> {
    let mut out = BTreeMap::new();
    let responses = operation.get("responses").and_then(Value::as_object);
    for (status, response) in responses.into_iter().flatten() {
        if status.starts_with("x-") {
            continue;
        }
        let at = step(at, status);
        if !is_status(status) {
            return Err(Failure::at(
                at,
                "is no status, and neither a range nor `default`",
            ));
        }
        let holder = members(response, &at)?;
        let mut read = Response {
            content: content(schemas, response, Way::Read, &at)?,
            ..Response::default()
        };
        for (media, shape) in &mut read.content {
            if is_event_stream(media) {
                read.events = events(shape);
            }
        }
        if let Some(headers) = holder.get("headers") {
            let at = step(&at, "headers");
            for (name, header) in members(headers, &at)? {
                if IGNORED.iter().any(|one| name.eq_ignore_ascii_case(one)) {
                    continue;
                }
                let at = step(&at, name);
                let mut header = parameter_or_header(schemas, header, "header", Way::Read, &at)?;
                header.name.clone_from(name);
                read.headers.insert(name.to_ascii_lowercase(), header);
            }
        }
        let status = match status.eq_ignore_ascii_case("default") {
            true => "default".to_owned(),
            false => status.to_ascii_uppercase(),
        };
        out.insert(status, read);
    }
    Ok(out)
}

/// Whether a key of `responses` is one: `200`, `2XX` or `default`.
fn is_status(status: &str) -> bool {
    let bytes = status.as_bytes();
    let range = |rest: &[u8]| rest.eq_ignore_ascii_case(b"xx");
    status.eq_ignore_ascii_case("default")
        || bytes.len() == 3
            && (b'1'..=b'5').contains(&bytes[0])
            && (bytes[1..].iter().all(u8::is_ascii_digit) || range(&bytes[1..]))
}

#[cfg(test)]
mod tests;
