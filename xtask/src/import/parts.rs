//! Merges parts of operations: parameters, headers, bodies and responses.
//! [`super::schemas`] merges their schemas.

use serde_json::{Map, Value, json};

use super::schemas::Schemas;
use crate::Result;
use crate::document::grammar::{METHODS, step};
use crate::document::inline::resolved;

/// Merges the parts of two documents.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Our document, as it was.
    pub ours: &'a Value,
    /// The publisher's, corrected.
    pub theirs: &'a Value,
    /// The schemas of both.
    pub schemas: Schemas<'a>,
}

impl Parts<'_> {
    /// A parameter, header, body or response: ours, changed where theirs differs. A
    /// reference stays one, unless its target would have to change for all its users.
    pub fn part(&mut self, ours: &Value, theirs: &Value) -> Result<Value> {
        let written = resolved(self.ours, ours, "")?;
        let theirs = resolved(self.theirs, theirs, "")?;
        let joined = self.part_written(&written, &theirs)?;
        Ok(if joined == written {
            ours.clone()
        } else {
            joined
        })
    }

    fn part_written(&mut self, ours: &Value, theirs: &Value) -> Result<Value> {
        let (Some(old), Some(new)) = (ours.as_object(), theirs.as_object()) else {
            return Ok(ours.clone());
        };
        let mut out = old.clone();
        out.retain(|name, _| is_prose(name) || new.contains_key(name));
        for (name, value) in new {
            let joined = match (name.as_str(), old.get(name)) {
                (word, _) if is_prose(word) => continue,
                ("schema", Some(present)) => self.schemas.join(present, value)?,
                ("headers", Some(present)) => self.headers(present, value)?,
                ("content", Some(present)) => self.content(present, value)?,
                (_, None) => self.adopt_member(name, value)?,
                _ => value.clone(),
            };
            out.insert(name.clone(), joined);
        }
        // Without effect, marks may be written or not.
        for mark in ["required", "deprecated"] {
            let off = |of: &Map<String, Value>| of.get(mark).unwrap_or(&json!(false)) == false;
            if off(old) && off(new) {
                match old.get(mark) {
                    Some(written) => out.insert(mark.to_owned(), written.clone()),
                    None => out.remove(mark),
                };
            }
        }
        Ok(out.into())
    }

    fn headers(&mut self, ours: &Value, theirs: &Value) -> Result<Value> {
        let mut out = Map::new();
        for (name, value) in theirs.as_object().into_iter().flatten() {
            let present = ours.as_object().into_iter().flatten();
            let mut present = present.filter(|(other, _)| other.eq_ignore_ascii_case(name));
            match present.next() {
                Some((name, present)) => out.insert(name.clone(), self.part(present, value)?),
                None => out.insert(name.clone(), self.adopt_header(name, value)?),
            };
        }
        Ok(out.into())
    }

    fn content(&mut self, ours: &Value, theirs: &Value) -> Result<Value> {
        let mut out = Map::new();
        for (media, value) in theirs.as_object().into_iter().flatten() {
            let joined = match ours.get(media) {
                Some(present) => self.part_written(present, value)?,
                None => self.adopt_part(value, None)?,
            };
            out.insert(media.clone(), joined);
        }
        Ok(out.into())
    }

    /// A part of theirs, without prose. A response must have a description.
    pub fn adopt_part(&mut self, part: &Value, status: Option<&str>) -> Result<Value> {
        let theirs = resolved(self.theirs, part, "")?;
        let mut out = Map::new();
        for (name, value) in theirs.as_object().into_iter().flatten() {
            if !is_prose(name) {
                out.insert(name.clone(), self.adopt_member(name, value)?);
            }
        }
        let Some(status) = status else {
            let out = out.into();
            return Ok(self.our_name_for(&out).unwrap_or(out));
        };
        out.insert("description".to_owned(), json!(status_name(status)));
        let out = out.into();
        Ok(self.our_response(&out, status, part).unwrap_or(out))
    }

    /// A reference to our component that says the same as a part. Headers are excluded:
    /// many that mean different things look alike.
    fn our_name_for(&self, part: &Value) -> Option<Value> {
        let mut kinds = ["parameters", "requestBodies"].into_iter();
        kinds.find_map(|kind| self.twins(kind, part).into_iter().next())
    }

    /// A reference to our response that says the same as one of theirs. Errors look alike
    /// too, and only their descriptions distinguish them: it must have their name, or
    /// answer this status elsewhere.
    fn our_response(&self, part: &Value, status: &str, theirs: &Value) -> Option<Value> {
        let mut twins = self.twins("responses", part);
        if let Some(named) = twins.iter().position(|twin| twin["$ref"] == theirs["$ref"]) {
            return Some(twins.swap_remove(named));
        }
        let uses = |twin: &Value| {
            let all = self.ours["paths"].as_object().into_iter().flatten();
            let all = all.flat_map(|(_, item)| METHODS.iter().filter_map(|it| item.get(it)));
            let answers = all.filter_map(|operation| operation["responses"].get(status));
            answers.filter(|answer| *answer == twin).count()
        };
        twins.retain(|twin| uses(twin) > 0);
        twins.into_iter().rev().max_by_key(uses)
    }

    /// References to our components of a kind that say the same as a part.
    fn twins(&self, kind: &str, part: &Value) -> Vec<Value> {
        let wanted = flat(self.ours, part);
        let components = self.ours["components"].get(kind).and_then(Value::as_object);
        let components = components.into_iter().flatten();
        let twins = components.filter(|(_, component)| flat(self.ours, component) == wanted);
        twins
            .map(|(name, _)| json!({"$ref": step(&step("#/components", kind), name)}))
            .collect()
    }

    fn adopt_header(&mut self, name: &str, theirs: &Value) -> Result<Value> {
        let adopted = self.adopt_part(theirs, None)?;
        let ours = &self.ours["components"]["headers"][name];
        if ours.is_object() && flat(self.ours, ours) == flat(self.ours, &adopted) {
            return Ok(json!({"$ref": step("#/components/headers", name)}));
        }
        Ok(adopted)
    }

    fn adopt_member(&mut self, name: &str, value: &Value) -> Result<Value> {
        match name {
            "schema" => self.schemas.adopt(value),
            "headers" => self.headers(&json!({}), value),
            "content" => self.content(&json!({}), value),
            _ => Ok(value.clone()),
        }
    }
}

/// A part without prose, with every reference but those to schemas put in place.
fn flat(document: &Value, part: &Value) -> Value {
    let part = match part.get("$ref") {
        Some(_) => resolved(document, part, "").unwrap_or_default(),
        None => part.clone(),
    };
    let members = part.as_object().into_iter().flatten();
    let members = members.filter(|(name, value)| {
        !(is_prose(name) || *name == "required" && **value == json!(false))
    });
    let members = members.map(|(name, value)| {
        let value = match (name.as_str(), value) {
            ("headers" | "content", Value::Object(inner)) => inner
                .iter()
                .map(|(name, value)| (name.clone(), flat(document, value)))
                .collect(),
            _ => value.clone(),
        };
        (name.clone(), value)
    });
    members.collect()
}

fn is_prose(name: &str) -> bool {
    [
        "description",
        "summary",
        "example",
        "examples",
        "externalDocs",
        "tags",
        "links",
    ]
    .contains(&name)
        || name.starts_with("x-")
}

/// A description for a response, until somebody writes a better one.
fn status_name(status: &str) -> String {
    let name = match status {
        "200" => "The answer.",
        "201" => "Created.",
        "202" => "Accepted.",
        "204" => "Done.",
        "400" => "The request is not acceptable.",
        "401" => "The key is missing or not known.",
        "402" => "It must be paid for.",
        "403" => "This is not allowed.",
        "404" => "There is no such thing.",
        "408" => "The request did not arrive in time.",
        "409" => "Another request is in the way.",
        "413" => "The request is too large.",
        "422" => "The request is not valid.",
        "429" => "Too many requests.",
        "500" => "The service failed.",
        "502" | "503" => "The service is not available.",
        _ => return format!("Status {status}."),
    };
    name.to_owned()
}
