//! Edits of operations, parameters, responses, events, security and servers.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::edits::{Edit, Patch, label};
use super::expected::{Expected, Verdicts, of_operation};
use crate::Result;
use crate::document::grammar::{METHODS, Operation, operations, step};
use crate::document::name::operation_name;
use crate::drift::Verdict;

/// All edits of operations.
pub fn edits(document: &Value) -> Result<Vec<Edit>> {
    let mut edits = Vec::new();
    for operation in operations(document)? {
        let mut one = One {
            operation: &operation,
            edits: &mut edits,
        };
        one.whole();
        one.parameters();
        one.body();
        one.responses();
        one.security(document);
        one.servers(document);
    }
    service(document, &mut edits);
    if document.get("security").is_some() {
        edits.push(forget_security(document)?);
    }
    events(document, &mut edits)?;
    Ok(edits)
}

struct One<'a, 'd> {
    operation: &'a Operation<'d>,
    edits: &'a mut Vec<Edit>,
}

impl One<'_, '_> {
    fn add(&mut self, operator: &str, at: &str, patches: Vec<Patch>) {
        let operations = BTreeSet::from([label(self.operation)]);
        self.add_in(operator, at, patches, operations);
    }

    fn add_in(
        &mut self,
        operator: &str,
        at: &str,
        patches: Vec<Patch>,
        operations: BTreeSet<String>,
    ) {
        self.edits.push(Edit {
            id: format!("{operator} at {at}"),
            patches,
            expected: Expected::Change {
                verdicts: of_operation(operator),
                operations,
            },
        });
    }

    fn at(&self, keyword: &str) -> String {
        step(&self.operation.pointer, keyword)
    }

    fn set(&mut self, operator: &str, at: &str, value: Value) {
        self.add(operator, at, vec![Patch::Set(at.to_owned(), value)]);
    }

    fn whole(&mut self) {
        let at = self.operation.pointer.clone();
        self.add("remove the operation", &at, vec![Patch::Remove(at.clone())]);
        let id = self.at("operationId");
        self.set("rename the operation", &id, json!("quite_another_name"));
        let deprecated = self.at("deprecated");
        self.set("deprecate the operation", &deprecated, json!(true));
        let path = format!("{}/moved", self.operation.path);
        let moved_at = step("/paths", &path);
        let method = self.operation.method;
        let known = self
            .operation
            .value
            .get("operationId")
            .and_then(Value::as_str);
        // The id without the path is the one that stays the same.
        let name = operation_name(method, self.operation.path, known);
        let mut value = Value::Object(self.operation.value.clone());
        value["operationId"] = json!(name);
        let mut item = json!({ method: value });
        if let Some(shared) = self.operation.item.get("parameters") {
            item["parameters"] = shared.clone();
        }
        let moved = vec![
            Patch::Remove(at.clone()),
            Patch::Set(moved_at.clone(), item.clone()),
        ];
        self.add("move the operation", &at, moved);
        let new = format!("{} {path}", method.to_ascii_uppercase());
        let other = if method == "put" { "post" } else { "put" };
        if self.operation.item.get(other).is_none() {
            let item_at = step("/paths", self.operation.path);
            let moved = vec![
                Patch::Remove(at.clone()),
                Patch::Set(step(&item_at, other), value),
            ];
            self.add("change the method", &at, moved);
        }
        item[method]["operationId"] = json!("one_more");
        let added = vec![Patch::Set(moved_at.clone(), item)];
        self.add_in("add an operation", &moved_at, added, BTreeSet::from([new]));
    }

    fn parameters(&mut self) {
        let at = self.at("parameters");
        let list = self
            .operation
            .value
            .get("parameters")
            .and_then(Value::as_array);
        let list = list.cloned().unwrap_or_default();
        let with = |parameter: Value| {
            let mut list = list.clone();
            list.push(parameter);
            Value::Array(list)
        };
        let new = |place: &str, required: bool| json!({"name": "one_more", "in": place, "required": required, "schema": {"type": "string"}});
        self.set("add an optional parameter", &at, with(new("query", false)));
        self.set("add a required parameter", &at, with(new("query", true)));
        self.set("add a required header", &at, with(new("header", true)));
        if !list
            .iter()
            .any(|parameter| parameter["name"] == "X-Correlation-ID")
        {
            let mut header = new("header", true);
            header["name"] = json!("X-Correlation-ID");
            let at = format!("{at} (from the transport)");
            let pointer = self.at("parameters");
            self.add(
                "add a required header",
                &at,
                vec![Patch::Set(pointer, with(header))],
            );
        }
        for (index, parameter) in list.iter().enumerate() {
            let at = format!("{at}/{index}");
            if parameter["in"] == "path" {
                continue;
            }
            self.add("remove a parameter", &at, vec![Patch::Remove(at.clone())]);
            if parameter["required"] != json!(true) {
                self.set("require a parameter", &step(&at, "required"), json!(true));
            }
            let name = step(&at, "name");
            self.set("rename a parameter", &name, json!("quite_another"));
            if parameter["in"] == "query" {
                let style = step(&at, "style");
                self.set(
                    "write a parameter another way",
                    &style,
                    json!("pipeDelimited"),
                );
                let place = step(&at, "in");
                self.set("move a parameter to the headers", &place, json!("header"));
            }
        }
    }

    fn body(&mut self) {
        let Some(body) = self.operation.value.get("requestBody") else {
            return;
        };
        let at = self.at("requestBody");
        self.add("remove the body", &at, vec![Patch::Remove(at.clone())]);
        if body["required"] == json!(true) {
            self.set(
                "make the body optional",
                &step(&at, "required"),
                json!(false),
            );
        } else {
            self.set("require the body", &step(&at, "required"), json!(true));
        }
        let content = step(&at, "content");
        let xml = step(&content, "application/xml");
        self.set(
            "add a media type to the body",
            &xml,
            json!({"schema": {"type": "string"}}),
        );
        for (operator, media) in [
            (
                "change the media type of the body",
                "application/x-www-form-urlencoded",
            ),
            (
                "change the media type of the body beyond the generator",
                "application/xml",
            ),
            ("take a body of any media type", "*/*"),
        ] {
            let other = json!({media: body["content"]["application/json"]});
            self.set(operator, &content, other);
        }
    }

    fn responses(&mut self) {
        let at = self.at("responses");
        let responses = self
            .operation
            .value
            .get("responses")
            .and_then(Value::as_object);
        let responses = responses.cloned().unwrap_or_default();
        for (status, response) in &responses {
            let response_at = step(&at, status);
            if status.starts_with('2') {
                self.success(&at, status, response);
            } else {
                let gone = vec![Patch::Remove(response_at.clone())];
                self.add("remove an error status", &response_at, gone);
            }
            if !status.starts_with('2') && response.get("content").is_some() {
                let content = step(&response_at, "content");
                let gone = vec![Patch::Remove(content.clone())];
                self.add("remove the content of an error", &content, gone);
            }
            if response.get("headers").is_none() {
                let headers = json!({"X-One-More": {"schema": {"type": "string"}}});
                let headers_at = step(&response_at, "headers");
                self.set("add a response header", &headers_at, headers);
            }
            for header in response["headers"].as_object().into_iter().flatten() {
                let at = step(&step(&response_at, "headers"), header.0);
                self.add(
                    "remove a response header",
                    &at,
                    vec![Patch::Remove(at.clone())],
                );
                let required = step(&at, "required");
                if header.1["required"] == json!(true) {
                    self.set("make a response header optional", &required, json!(false));
                } else {
                    self.set("require a response header", &required, json!(true));
                }
            }
        }
        let default = step(&at, "default");
        let failure = json!({"description": "no", "content": {"application/json": {"schema": {"type": "object"}}}});
        self.set("say what failures give by default", &default, failure);
        let teapot = step(&at, "418");
        self.set("add an error status", &teapot, json!({"description": "no"}));
    }

    fn success(&mut self, at: &str, status: &str, response: &Value) {
        let response_at = step(at, status);
        let moved = vec![
            Patch::Remove(response_at.clone()),
            Patch::Set(step(at, "201"), response.clone()),
        ];
        if response.get("content").is_none() && self.has_another_success(status) {
            let gone = vec![Patch::Remove(response_at.clone())];
            self.add("remove a success without content", &response_at, gone);
        }
        if response.get("content").is_some() {
            self.add("change the status of the success", &response_at, moved);
            let ranged = vec![
                Patch::Remove(response_at.clone()),
                Patch::Set(step(at, "2XX"), response.clone()),
            ];
            self.add("name a range of successes", &response_at, ranged);
            let streams = response["content"].get("text/event-stream").is_some();
            let only = !self.has_another_success(status);
            if streams && only {
                let accepted = vec![
                    Patch::Remove(response_at.clone()),
                    Patch::Set(step(at, "202"), response.clone()),
                ];
                self.add("accept what streams", &response_at, accepted);
            }
            let other = json!({"description": "", "content": {"application/json": {"schema": {"type": "boolean"}}}});
            let changed = vec![
                Patch::Remove(response_at.clone()),
                Patch::Set(step(at, "203"), other),
            ];
            self.add("change the success", &response_at, changed);
            self.set(
                "add a success that is alike",
                &step(at, "206"),
                response.clone(),
            );
            self.set(
                "add an empty success",
                &step(at, "204"),
                json!({"description": ""}),
            );
        }
        let content_at = step(&response_at, "content");
        let content = response.get("content").and_then(Value::as_object);
        for (media, value) in content.into_iter().flatten() {
            let other = vec![
                Patch::Remove(step(&content_at, media)),
                Patch::Set(step(&content_at, "application/xml"), value.clone()),
            ];
            let media_at = step(&content_at, media);
            let several = content.is_some_and(|content| content.len() > 1);
            let operator = match media.as_str() {
                "text/event-stream" => "change the media type of a success",
                _ if several => "change a further media type of a success",
                _ => "change the media type of a success",
            };
            self.add(operator, &media_at, other);
        }
        if content.is_some() {
            let csv = step(&content_at, "text/csv");
            let says_nothing = response["content"] == json!({"application/json": {"schema": {}}});
            let operator = if says_nothing {
                "add a media type to JSON of any form"
            } else {
                "add a media type to a response"
            };
            self.set(operator, &csv, json!({"schema": {"type": "string"}}));
        }
    }

    fn has_another_success(&self, status: &str) -> bool {
        let responses = self.operation.value["responses"].as_object();
        let mut others = responses.into_iter().flatten().map(|(other, _)| other);
        others.any(|other| other.starts_with('2') && other != status)
    }

    /// An operation's own servers replace those of the service.
    fn servers(&mut self, document: &Value) {
        let other = json!([{"url": "https://other.example.com/api/v2"}]);
        let at = self.at("servers");
        self.set("move the operation to another server", &at, other.clone());
        let path = self.operation.path;
        let at = step(&step("/paths", path), "servers");
        let item = document["paths"][path].as_object();
        let methods = METHODS
            .iter()
            .filter(|method| item.is_some_and(|item| item.contains_key(**method)));
        let all = methods.map(|method| format!("{} {path}", method.to_ascii_uppercase()));
        let patches = vec![Patch::Set(at.clone(), other)];
        self.add_in(
            "move the path to another server",
            &at,
            patches,
            all.collect(),
        );
    }

    fn security(&mut self, document: &Value) {
        let scheme = json!({"type": "apiKey", "in": "query", "name": "key"});
        let declared = document.pointer("/components/securitySchemes").is_some();
        let at = self.at("security");
        if declared {
            let patches = vec![
                Patch::Set("/components/securitySchemes/Other".to_owned(), scheme),
                Patch::Set(at.clone(), json!([{"Other": []}])),
            ];
            self.add("ask for another credential", &at, patches);
        }
        if document.get("security").is_some() {
            self.set("ask for no credential", &at, json!([]));
        }
    }
}

/// An edit of the service as a whole, in no operation.
fn whole(operator: &str, wire: Verdict, patches: Vec<Patch>) -> Edit {
    let verdicts = Verdicts {
        wire: Some(wire),
        source: Some(Verdict::Compatible),
    };
    Edit {
        id: operator.to_owned(),
        patches,
        expected: Expected::Change {
            verdicts,
            operations: BTreeSet::new(),
        },
    }
}

fn service(document: &Value, edits: &mut Vec<Edit>) {
    let other = json!({"url": "https://other.example.com/api/v2"});
    let servers = "/servers".to_owned();
    let only = Patch::Set(servers.clone(), json!([other]));
    edits.push(whole("move the service", Verdict::Breaking, vec![only]));
    let known = json!({"url": "https://api.aionvision.tech/api/v2"});
    let both = Patch::Set(servers, json!([known, other]));
    edits.push(whole("add a server", Verdict::Compatible, vec![both]));
    if document.get("security").is_none() {
        let schemes = document
            .pointer("/components/securitySchemes")
            .and_then(Value::as_object);
        for name in schemes.into_iter().flatten().map(|(name, _)| name) {
            let at = step("/components/securitySchemes", name);
            let basic = Patch::Set(at, json!({"type": "http", "scheme": "basic"}));
            edits.push(whole(
                "change the security scheme",
                Verdict::Breaking,
                vec![basic],
            ));
        }
    }
}

/// No scheme is declared or required any more.
fn forget_security(document: &Value) -> Result<Edit> {
    let operator = "forget all security";
    let operations = operations(document)?;
    let without_own = operations
        .iter()
        .filter(|one| one.value.get("security").is_none());
    Ok(Edit {
        id: operator.to_owned(),
        patches: vec![
            Patch::Remove("/security".to_owned()),
            Patch::Remove("/components/securitySchemes".to_owned()),
        ],
        expected: Expected::Change {
            verdicts: of_operation(operator),
            operations: without_own.map(label).collect(),
        },
    })
}

/// Adds and removes events in the streams whose events are listed.
fn events(document: &Value, edits: &mut Vec<Edit>) -> Result<()> {
    for operation in operations(document)? {
        let at = step(&operation.pointer, "responses/200/content").replace("~1", "/");
        let at = step(&at, "text/event-stream") + "/schema";
        let Some(schema) = document.pointer(&at) else {
            continue;
        };
        let target = schema["$ref"].as_str().and_then(|to| to.strip_prefix('#'));
        let at = format!("{}/oneOf", target.unwrap_or(&at));
        let Some(list) = document.pointer(&at).and_then(Value::as_array) else {
            continue;
        };
        for (index, event) in list.iter().enumerate() {
            let target = event["$ref"].as_str().and_then(|to| to.strip_prefix('#'));
            let at = target.map_or_else(|| format!("{at}/{index}"), str::to_owned);
            let name = format!("{at}/properties/type/const");
            edits.push(Edit {
                id: format!("rename the event at {name}"),
                patches: vec![Patch::Set(name, json!("renamed"))],
                expected: Expected::Change {
                    verdicts: Verdicts {
                        wire: Some(Verdict::Breaking),
                        source: Some(Verdict::Breaking),
                    },
                    operations: BTreeSet::from([label(&operation)]),
                },
            });
        }
        let mut add = |operator: String, source: Verdict, list: Value| {
            edits.push(Edit {
                id: operator,
                patches: vec![Patch::Set(at.clone(), list)],
                expected: Expected::Change {
                    verdicts: Verdicts {
                        wire: Some(Verdict::Breaking),
                        source: Some(source),
                    },
                    operations: BTreeSet::from([label(&operation)]),
                },
            });
        };
        for index in 0..list.len() {
            let mut fewer = list.clone();
            let gone = fewer.remove(index);
            let operator = format!("remove the event {gone}");
            add(operator, Verdict::Breaking, Value::Array(fewer));
        }
        let mut with = |operator: &str, kind: Value| {
            let mut more = list.clone();
            let properties = json!({"type": kind, "more": {"type": "string"}});
            more.push(json!({"type": "object", "properties": properties, "required": ["type"]}));
            add(operator.to_owned(), Verdict::Compatible, Value::Array(more));
        };
        with("add an event", json!({"const": "one_more"}));
        with(
            "add events of two names",
            json!({"enum": ["one_more", "two_more"]}),
        );
        with("add an event of any name", json!({"type": "string"}));
        with("give an event a second form", json!({"const": "token"}));
    }
    Ok(())
}
