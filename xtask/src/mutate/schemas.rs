//! Edits of schemas: each kind, at each schema to which it applies.

use heck::ToLowerCamelCase as _;
use serde_json::{Value, json};

use super::edits::{Edit, Patch, Use, is_failure_event, uses};
use super::expected::{Expected, of_schema};
use crate::Result;
use crate::document::grammar::{step, walk};

/// All edits of schemas.
pub fn edits(document: &Value) -> Result<Vec<Edit>> {
    let mut edits = Vec::new();
    for (root, used) in uses(document)? {
        let mut schema = document.pointer(&root).cloned().unwrap_or_default();
        let mut nodes = Vec::new();
        walk(&mut schema, &root, &mut |schema, at| {
            nodes.push((at.to_owned(), schema.clone()));
            Ok(())
        })?;
        for (at, schema) in nodes {
            // The name of an event is edited with the operations.
            if !at.ends_with("/properties/type") {
                let mut used = used.clone();
                used.stands.untyped |= is_one_of(document, &at);
                let mut node = Node {
                    at: &at,
                    schema: &schema,
                    used: &used,
                    edits: &mut edits,
                };
                node.all();
            }
        }
    }
    Ok(edits)
}

/// Whether a place is in a choice of several forms, null not counted.
fn is_one_of(document: &Value, at: &str) -> bool {
    let lists = ["/anyOf/", "/oneOf/"].into_iter();
    let mut lists = lists.flat_map(|word| {
        at.match_indices(word)
            .map(move |(start, _)| start + word.len() - 1)
    });
    lists.any(|end| {
        let list = document.pointer(&at[..end]).and_then(Value::as_array);
        let forms = list.into_iter().flatten();
        forms.filter(|form| form["type"] != "null").count() > 1
    })
}

struct Node<'a> {
    at: &'a str,
    schema: &'a Value,
    used: &'a Use,
    edits: &'a mut Vec<Edit>,
}

impl<'a> Node<'a> {
    fn add(&mut self, operator: &str, at: &str, patches: Vec<Patch>) {
        let verdicts = of_schema(operator, self.used.stands);
        self.edits.push(Edit {
            id: format!("{operator} at {at}"),
            patches,
            expected: Expected::Change {
                verdicts,
                operations: self.used.operations.clone(),
            },
        });
    }

    fn set(&mut self, operator: &str, keyword: &str, value: Value) {
        let at = step(self.at, keyword);
        self.add(operator, self.at, vec![Patch::Set(at, value)]);
    }

    fn remove(&mut self, operator: &str, keyword: &str) {
        let at = step(self.at, keyword);
        self.add(operator, self.at, vec![Patch::Remove(at)]);
    }

    fn replace(&mut self, operator: &str, value: Value) {
        self.add(
            operator,
            self.at,
            vec![Patch::Set(self.at.to_owned(), value)],
        );
    }

    fn all(&mut self) {
        self.types();
        self.null();
        self.formats();
        self.values();
        self.bounds();
        self.defaults();
        self.properties();
        self.references();
    }

    fn kind(&self) -> Option<&str> {
        self.schema.get("type")?.as_str()
    }

    /// Whether it is one of several alternatives, so that another form may take its
    /// place.
    fn is_alternative(&self) -> bool {
        let parent = self.at.rsplit_once('/').map(|(parent, _)| parent);
        parent.is_some_and(|parent| {
            ["/anyOf", "/oneOf", "/allOf"]
                .iter()
                .any(|k| parent.ends_with(k))
        })
    }

    /// Whether it is that of a parameter or of a header, which are texts.
    fn is_text(&self) -> bool {
        let mut steps = self.at.rsplit('/');
        let (last, _, holder) = (steps.next(), steps.next(), steps.next());
        last == Some("schema") && matches!(holder, Some("parameters" | "headers"))
    }

    /// Notes of the last edit that it means nothing, such as null, for which no text stands.
    fn means_nothing_if(&mut self, so: bool) {
        if let Some(last) = self.edits.last_mut().filter(|_| so) {
            last.expected = Expected::Nothing;
        }
    }

    fn has(&self, keyword: &str) -> bool {
        self.schema.get(keyword).is_some()
    }

    fn types(&mut self) {
        let Some(kind) = self.kind().filter(|kind| *kind != "null") else {
            return;
        };
        let other = if kind == "boolean" {
            "integer"
        } else {
            "boolean"
        };
        let (is_integer, is_number) = (kind == "integer", kind == "number");
        // An open object already accepts any other form of object.
        let open = kind == "object" && !self.has("properties");
        let operator = if self.has("default") {
            "change the type and the default"
        } else {
            "change the type"
        };
        self.replace(operator, json!({ "type": other }));
        if is_integer {
            self.set("widen integer to number", "type", json!("number"));
        }
        if is_number {
            self.set("narrow number to integer", "type", json!("integer"));
        }
        if !self.is_alternative() && !self.has("default") {
            // Without its shape, an event is one of any name.
            let operator = match is_failure_event(self.schema) {
                true => "forget the shape of a failure's event",
                false => "forget the shape",
            };
            self.replace(operator, json!({}));
        }
        if !self.is_alternative() && !open && !self.has("enum") && !self.has("default") {
            let alternatives = json!([self.schema, {"type": "object", "properties": {"other_form": {"type": "string"}}, "required": ["other_form"]}]);
            // An event of another form becomes an event of any name beside it.
            let is_event = self.schema["properties"]["type"].get("const").is_some();
            let operator = if is_event {
                "add an alternative to an event"
            } else {
                "add an alternative"
            };
            self.replace(operator, json!({ "anyOf": alternatives }));
        }
    }

    fn null(&mut self) {
        if let Some(list) = self.schema.get("anyOf").and_then(Value::as_array) {
            let real: Vec<_> = list
                .iter()
                .filter(|one| one["type"] != "null")
                .cloned()
                .collect();
            if real.len() < list.len() {
                let text = self.is_text();
                self.set("forbid null", "anyOf", Value::Array(real));
                self.means_nothing_if(text);
            }
        } else if self.kind().is_some_and(|kind| kind != "null") && !self.is_alternative() {
            let mut inner = self.schema.clone();
            let default = inner
                .as_object_mut()
                .and_then(|inner| inner.remove("default"));
            let mut outer = json!({"anyOf": [inner, {"type": "null"}]});
            if let Some(default) = default {
                outer["default"] = default;
            }
            let text = self.is_text();
            // An event is read without its generated type.
            let operator = match self.at.ends_with("/items") && !self.used.stands.streamed {
                true => "allow null in a list",
                false => "allow null",
            };
            self.replace(operator, outer);
            self.means_nothing_if(text);
        }
    }

    fn formats(&mut self) {
        if self.has("format") {
            self.remove("remove the format", "format");
            self.set("change the format", "format", json!("email"));
        } else if self.kind() == Some("string") && !self.has("enum") && !self.has("pattern") {
            self.set("add a format", "format", json!("uuid"));
            self.set("encode the text", "format", json!("byte"));
        }
    }

    fn values(&mut self) {
        if let Some(values) = self.schema.get("enum").and_then(Value::as_array) {
            let mut more = values.clone();
            more.push(json!("one_more"));
            let fewer = values[1..].to_vec();
            self.set("add an enum value", "enum", json!(more));
            if !fewer.is_empty() && !self.has("default") {
                self.set("remove an enum value", "enum", json!(fewer));
            }
            self.remove("remove the enum", "enum");
        } else if self.kind() == Some("string")
            && !["pattern", "const", "format"]
                .iter()
                .any(|word| self.has(word))
        {
            self.set("add an enum", "enum", json!(["one", "two"]));
        }
        if let Some(pattern) = self.schema.get("pattern").and_then(Value::as_str) {
            if let Some(rest) = pattern.strip_suffix(")$") {
                let more = format!("{rest}|one_more)$");
                self.set("add an enum value", "pattern", json!(more));
                self.remove("remove the enum", "pattern");
            } else {
                self.set("change the pattern", "pattern", json!("^[0-9]+$"));
            }
        } else if self.kind() == Some("string") && !self.has("enum") && !self.has("const") {
            self.set("add a pattern", "pattern", json!("^[a-z]+$"));
        }
    }

    fn bounds(&mut self) {
        for (keyword, tighter) in [
            ("minimum", 1),
            ("maximum", -1),
            ("minLength", 1),
            ("maxLength", -1),
            ("minItems", 1),
            ("maxItems", -1),
        ] {
            let Some(bound) = self.schema.get(keyword).and_then(Value::as_f64) else {
                continue;
            };
            #[expect(
                clippy::cast_possible_truncation,
                reason = "bounds are small whole numbers"
            )]
            let bound = bound as i64;
            self.set("tighten a bound", keyword, json!(bound + tighter));
            let with = |types: Value, by: i64| {
                let mut schema = self.schema.clone();
                schema["type"] = types;
                schema[keyword] = json!(bound + by);
                schema
            };
            if let Some(kind) = self.kind().filter(|_| !self.has("default")) {
                let wider = with(json!([kind, "boolean"]), tighter);
                self.replace("widen the type and tighten a bound", wider);
            }
            if bound > 0 {
                self.set("loosen a bound", keyword, json!(bound - tighter));
            }
            self.remove("remove a bound", keyword);
        }
        if self.kind() == Some("integer") && !self.has("multipleOf") {
            self.set("add a bound", "multipleOf", json!(2));
        }
        let bounded = ["enum", "const", "pattern", "format", "minLength"];
        if self.kind() == Some("string") && !bounded.iter().any(|word| self.has(word)) {
            self.set("add a bound", "not", json!({"maxLength": 0}));
        }
        if self.kind() == Some("array") && !self.has("uniqueItems") {
            self.set("ask for different items", "uniqueItems", json!(true));
        }
        let free = match self.kind() {
            Some("string") if !self.has("enum") && !self.has("const") && !self.has("pattern") => {
                "maxLength"
            }
            Some("integer" | "number") => "maximum",
            Some("array") => "maxItems",
            _ => return,
        };
        if !self.has(free) {
            self.set("add a bound", free, json!(7));
        }
    }

    fn defaults(&mut self) {
        if let Some(default) = self.schema.get("default") {
            let other = match default {
                Value::Bool(value) => json!(!value),
                Value::Number(value) => json!(value.as_i64().unwrap_or(0) + 1),
                Value::String(_) => json!("text"),
                Value::Array(_) => json!(["00000000-0000-0000-0000-000000000000"]),
                _ => return,
            };
            self.set("change the default", "default", other);
            self.remove("remove the default", "default");
        } else if matches!(self.kind(), Some("boolean" | "integer")) && !self.is_alternative() {
            let default = if self.kind() == Some("boolean") {
                json!(true)
            } else {
                json!(3)
            };
            self.set("add a default", "default", default);
        }
        if !self.is_alternative() && self.kind().is_some() {
            self.set("deprecate", "deprecated", json!(true));
        }
    }

    fn properties(&mut self) {
        if self.kind() != Some("object") {
            return;
        }
        let Some(properties) = self.schema.get("properties").and_then(Value::as_object) else {
            let extra = self.schema.get("additionalProperties");
            if extra.is_none_or(|extra| extra == &json!(true)) {
                let texts = json!({"type": "string"});
                self.set("give a shape", "additionalProperties", texts);
            }
            return;
        };
        for name in properties.keys().filter(|name| *name != "type") {
            self.rename_property(name, &properties[name]);
            if self.required().contains(&name.as_str()) {
                self.required_property(name);
            } else {
                self.optional_property(name);
            }
        }
        self.one_more_property();
        if !self.has("additionalProperties") {
            let operator = "forbid further properties";
            self.set(operator, "additionalProperties", json!(false));
        }
    }

    fn required(&self) -> Vec<&'a str> {
        let names = self.schema.get("required").and_then(Value::as_array);
        let names = names.into_iter().flatten();
        names.filter_map(Value::as_str).collect()
    }

    /// Where a property is, or would be.
    fn property_at(&self, name: &str) -> String {
        step(&step(self.at, "properties"), name)
    }

    /// Sets which properties are required.
    fn require(&self, names: &[&str]) -> Patch {
        Patch::Set(step(self.at, "required"), json!(names))
    }

    /// The required properties but one.
    fn required_without(&self, name: &str) -> Vec<&str> {
        let required = self.required().into_iter();
        required.filter(|other| *other != name).collect()
    }

    fn rename_property(&mut self, name: &str, shape: &Value) {
        self.rename("rename a property", name, &format!("{name}_renamed"), shape);
        let other = name.to_lower_camel_case();
        // An id is known by its spelling, and a field of an event by its name.
        let by_name = name.ends_with("id") || self.used.stands.streamed;
        if other != name && !by_name {
            self.rename("respell a property", name, &other, shape);
        }
    }

    fn rename(&mut self, operator: &str, name: &str, other: &str, shape: &Value) {
        let at = self.property_at(name);
        let mut required = self.required_without(name);
        if self.required().contains(&name) {
            required.push(other);
        }
        let patches = vec![
            Patch::Remove(at.clone()),
            Patch::Set(self.property_at(other), shape.clone()),
            self.require(&required),
        ];
        self.add(operator, &at, patches);
    }

    fn required_property(&mut self, name: &str) {
        let at = self.property_at(name);
        let fewer = || self.require(&self.required_without(name));
        let removed = vec![Patch::Remove(at.clone()), fewer()];
        let optional = vec![fewer()];
        self.add("remove a property", &at, removed);
        self.add("make a property optional", &at, optional);
    }

    fn optional_property(&mut self, name: &str) {
        let at = self.property_at(name);
        let more = self.require(&[&self.required()[..], &[name]].concat());
        self.add("remove a property", &at, vec![Patch::Remove(at.clone())]);
        self.add("require a property", &at, vec![more]);
    }

    fn one_more_property(&mut self) {
        const NAME: &str = "one_more";
        let at = self.property_at(NAME);
        let new = || Patch::Set(at.clone(), json!({"type": "string"}));
        let more = [&self.required()[..], &[NAME]].concat();
        let closed = self.schema.get("additionalProperties") == Some(&json!(false));
        if closed {
            let operator = "add an optional property to what has no more";
            self.add(operator, &at, vec![new()]);
            let operator = "add a required property to what has no more";
            self.add(operator, &at, vec![new(), self.require(&more)]);
        } else {
            self.add("add an optional property", &at, vec![new()]);
            let operator = "require a property that is not listed";
            self.add(operator, &at, vec![self.require(&more)]);
            self.add(
                "add a required property",
                &at,
                vec![new(), self.require(&more)],
            );
        }
    }

    fn references(&mut self) {
        if self.has("$ref") {
            let other =
                json!({"type": "object", "properties": {"quite_another": {"type": "string"}}});
            self.replace("put another schema in place", other);
        }
    }
}
