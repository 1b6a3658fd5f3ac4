//! Our corrections of the publisher's document: an OpenAPI Overlay 1.0, read and applied.
//! Beyond that specification every action states in `x-replaces` what it finds in its
//! target and removes. If the document holds something else there, the action is not
//! applied but reported as [`Stale`]: the publisher has changed it, and a person must
//! look.

use std::fmt;

use serde_json::{Map, Value, json};
use serde_json_path::JsonPath;

use crate::contract::resolve::{Resolver, Way};
use crate::document::canon::sort_members;
use crate::document::grammar::step;
use crate::{Failure, Result};

/// An overlay.
#[derive(Clone, Debug)]
pub struct Overlay {
    actions: Vec<Action>,
}

/// One correction.
#[derive(Clone, Debug)]
struct Action {
    target: JsonPath,
    what: What,
    /// What it removes, in each place of its target.
    replaces: Value,
    /// Why.
    description: String,
}

#[derive(Clone, Debug)]
enum What {
    Update(Value),
    Remove,
}

/// A correction whose target has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// The place of the action in the overlay.
    pub action: usize,
    /// Its target.
    pub target: String,
    /// Why it was made.
    pub description: String,
    /// What has changed, in the first place where something has.
    pub reason: String,
    /// In how many more places something has changed.
    pub further: usize,
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            action,
            target,
            description,
            reason,
            further,
        } = self;
        write!(f, "/actions/{action} ({description}) {target}: {reason}")?;
        match further {
            0 => Ok(()),
            1 => write!(f, " (and one more place)"),
            _ => write!(f, " (and {further} more places)"),
        }
    }
}

/// Members that only concern people.
const PROSE: [&str; 8] = [
    "title",
    "summary",
    "description",
    "example",
    "examples",
    "externalDocs",
    "tags",
    "operationId",
];

impl Overlay {
    /// Reads an overlay.
    pub fn parse(document: &Value) -> Result<Self> {
        match document.get("overlay").and_then(Value::as_str) {
            Some(version) if version.starts_with("1.0") => {}
            _ => return Err(Failure::at("/overlay", "must say `1.0.x`")),
        }
        let known = |member: &String| {
            ["overlay", "info", "extends", "actions"].contains(&member.as_str())
                || member.starts_with("x-")
        };
        let members = document.as_object().map(Map::keys).into_iter().flatten();
        if let Some(unknown) = members.into_iter().find(|member| !known(member)) {
            let reason = "is no member of an overlay";
            return Err(Failure::at(step("", unknown), reason));
        }
        for member in ["title", "version"] {
            if !document["info"][member].is_string() {
                let at = step("/info", member);
                return Err(Failure::at(at, "must be a string"));
            }
        }
        let Some(list) = document.get("actions").and_then(Value::as_array) else {
            return Err(Failure::at("/actions", "must be a list"));
        };
        let actions = list.iter().enumerate().map(|(index, action)| {
            let at = format!("/actions/{index}");
            let Some(action) = action.as_object() else {
                return Err(Failure::at(at, "must be an object"));
            };
            read(action, &at)
        });
        Ok(Self {
            actions: actions.collect::<Result<_>>()?,
        })
    }

    /// Applies every action whose target is unchanged, in order, and returns those whose
    /// target has changed.
    pub fn apply(&self, document: &mut Value) -> Result<Vec<Stale>> {
        let mut stale: Vec<Stale> = Vec::new();
        // `x-replaces` states what the publisher wrote, so references are followed in the
        // original document.
        let original = document.clone();
        for (index, action) in self.actions.iter().enumerate() {
            let mut tell = |reason: String| match stale.last_mut() {
                Some(last) if last.action == index => last.further += 1,
                _ => stale.push(Stale {
                    action: index,
                    target: action.target.to_string(),
                    description: action.description.clone(),
                    reason,
                    further: 0,
                }),
            };
            let found = action.target.query_located(document);
            let mut places: Vec<String> = found
                .iter()
                .map(|node| node.location().to_json_pointer())
                .collect();
            if places.is_empty() {
                tell("it finds nothing to correct".to_owned());
            }
            // Later places first, so that removing one does not shift another.
            places.sort_by(|a, b| b.len().cmp(&a.len()).then(b.cmp(a)));
            for place in places {
                let Some(present) = document.pointer(&place) else {
                    continue;
                };
                let replaced = action.what.replaces(present);
                if !means_the_same(&replaced, &action.replaces, &original) {
                    let (was, is) = (short(&action.replaces), short(&replaced));
                    let place = if place.is_empty() { "the top" } else { &place };
                    tell(format!("at {place} it replaces {was}, but there is {is}"));
                    continue;
                }
                match &action.what {
                    What::Remove => remove(document, &place),
                    What::Update(update) => {
                        if let Some(target) = document.pointer_mut(&place) {
                            merge(target, update);
                        }
                    }
                }
            }
        }
        Ok(stale)
    }
}

/// The most characters of a value that a message shows.
const MOST: usize = 120;

/// A value for a person to recognise.
fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn read(action: &Map<String, Value>, at: &str) -> Result<Action> {
    let text = |key: &str| {
        let text = action.get(key).and_then(Value::as_str);
        text.ok_or_else(|| Failure::at(step(at, key), "must be a string"))
    };
    let known = |member: &String| {
        ["target", "description", "update", "remove"].contains(&member.as_str())
            || member.starts_with("x-")
    };
    if let Some(unknown) = action.keys().find(|member| !known(member)) {
        let reason = "is no member of an action";
        return Err(Failure::at(step(at, unknown), reason));
    }
    let target = JsonPath::parse(text("target")?)
        .map_err(|error| Failure::at(step(at, "target"), format!("is no JSONPath: {error}")))?;
    let what = match (action.get("update"), action.get("remove")) {
        (_, Some(Value::Bool(true))) => What::Remove,
        (Some(update), _) => What::Update(update.clone()),
        _ => return Err(Failure::at(at, "must have an `update`, or `remove: true`")),
    };
    let Some(replaces) = action.get("x-replaces") else {
        let reason = "must say what the action does away with; `{}` if nothing";
        return Err(Failure::at(step(at, "x-replaces"), reason));
    };
    Ok(Action {
        target,
        what,
        replaces: sort_members(replaces),
        description: text("description")?.to_owned(),
    })
}

impl What {
    /// What the action removes from a target: the part that the update touches, or all of
    /// it; without prose, and in one order.
    fn replaces(&self, present: &Value) -> Value {
        match self {
            Self::Remove => without_prose(present),
            Self::Update(update) => touched(update, present).unwrap_or_else(|| json!({})),
        }
    }
}

/// The part of a target that an update touches; `None` if it only adds.
fn touched(update: &Value, present: &Value) -> Option<Value> {
    match (update, present) {
        (Value::Object(update), Value::Object(present)) => {
            let touched: Map<_, _> = update
                .iter()
                .filter(|(name, value)| !is_prose(name, value))
                .filter_map(|(name, value)| {
                    Some((name.clone(), touched(value, present.get(name)?)?))
                })
                .collect();
            (!touched.is_empty()).then(|| touched.into())
        }
        // The update adds entries; it touches an entry that is already there.
        (Value::Array(update), Value::Array(present)) => {
            let twins = present
                .iter()
                .filter(|entry| update.iter().any(|new| is_twin(new, entry)));
            let twins: Vec<_> = twins.map(without_prose).collect();
            (!twins.is_empty()).then(|| twins.into())
        }
        (_, present) => Some(without_prose(present)),
    }
}

/// Whether two entries of a list stand for the same thing: parameters are compared by
/// name and place, text by its content. In other lists every entry is touched.
fn is_twin(new: &Value, entry: &Value) -> bool {
    match (new, entry) {
        (Value::String(new), Value::String(entry)) => new == entry,
        _ if new.get("in").is_some() => {
            new.get("in") == entry.get("in") && new.get("name") == entry.get("name")
        }
        _ => true,
    }
}

/// Whether two values mean the same in a document, however their schemas are written.
fn means_the_same(one: &Value, other: &Value, document: &Value) -> bool {
    if one == other {
        return true;
    }
    let (Value::Object(left), Value::Object(right)) = (one, other) else {
        return false;
    };
    left.len() == right.len()
        && left
            .iter()
            .all(|(name, one)| match (name.as_str(), right.get(name)) {
                (_, None) => false,
                ("schema", Some(other)) => {
                    let mut resolver = Resolver::new(document, Way::Read);
                    match (resolver.shape(one, ""), resolver.shape(other, "")) {
                        (Ok(one), Ok(other)) => one == other,
                        _ => false,
                    }
                }
                (_, Some(other)) => means_the_same(one, other, document),
            })
}

fn is_prose(name: &str, value: &Value) -> bool {
    // A property may be called `title`; it then holds a schema.
    PROSE.contains(&name) && !value.is_object()
}

/// A value without what only concerns people, its members in order.
fn without_prose(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept = object.iter().filter(|(name, value)| !is_prose(name, value));
            let kept = kept.map(|(name, value)| (name.clone(), without_prose(value)));
            sort_members(&Value::Object(kept.collect()))
        }
        Value::Array(list) => list.iter().map(without_prose).collect(),
        other => other.clone(),
    }
}

/// The merge of the specification: objects are merged member by member, lists are
/// extended, anything else is replaced.
fn merge(target: &mut Value, update: &Value) {
    match (target, update) {
        (Value::Object(target), Value::Object(update)) => {
            for (name, value) in update {
                match target.get_mut(name) {
                    Some(present) => merge(present, value),
                    None => {
                        target.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(target), Value::Array(update)) => target.extend(update.iter().cloned()),
        (Value::Array(target), update) => target.push(update.clone()),
        (target, update) => *target = update.clone(),
    }
}

fn remove(document: &mut Value, pointer: &str) {
    let Some((parent, token)) = pointer.rsplit_once('/') else {
        return;
    };
    match document.pointer_mut(parent) {
        Some(Value::Object(object)) => {
            object.remove(&token.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(list)) => {
            if let Ok(index) = token.parse::<usize>()
                && index < list.len()
            {
                list.remove(index);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlay(actions: &Value) -> Overlay {
        Overlay::parse(&with_actions(actions)).unwrap()
    }

    fn with_actions(actions: &Value) -> Value {
        let info = json!({"title": "T", "version": "1"});
        json!({"overlay": "1.0.0", "info": info, "actions": *actions})
    }

    fn update(target: &str, update: &Value, replaces: &Value) -> Value {
        json!([{"target": target, "description": "why", "update": *update, "x-replaces": *replaces}])
    }

    #[test]
    fn objects_are_merged_and_lists_grow() {
        let mut document = json!({"a": {"b": 1, "c": {"d": 2}, "list": ["x"]}});
        let change = json!({"b": 3, "c": {"e": 4}, "list": ["y"]});
        let stale = overlay(&update("$.a", &change, &json!({"b": 1}))).apply(&mut document);
        assert_eq!(stale.unwrap(), []);
        let expected = json!({"a": {"b": 3, "c": {"d": 2, "e": 4}, "list": ["x", "y"]}});
        assert_eq!(document, expected);
    }

    #[test]
    fn every_place_of_a_target_is_removed() {
        let mut document =
            json!({"paths": {"/a": {"get": {"x": 1}}, "/b": {"get": {"x": 1}, "put": {}}}});
        let actions = json!([{"target": "$.paths.*.*.x", "description": "why", "remove": true, "x-replaces": 1}]);
        assert_eq!(overlay(&actions).apply(&mut document).unwrap(), []);
        let expected = json!({"paths": {"/a": {"get": {}}, "/b": {"get": {}, "put": {}}}});
        assert_eq!(document, expected);
    }

    #[test]
    fn a_target_that_has_changed_is_told_and_left_alone() {
        let document = json!({"a": {"content": {"schema": {"type": "object"}}}});
        let actions = json!([
            {"target": "$.a.content", "description": "one", "remove": true, "x-replaces": {"schema": {}}},
            {"target": "$.a", "description": "two", "update": {"content": {"schema": {"type": "string"}}}, "x-replaces": {}},
            {"target": "$.gone", "description": "three", "update": {}, "x-replaces": {}}
        ]);
        let mut after = document.clone();
        let stale = overlay(&actions).apply(&mut after).unwrap();
        assert_eq!(after, document);
        let told: Vec<_> = stale.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "/actions/0 (one) $.a.content: at /a/content it replaces {\"schema\":{}}, but there is {\"schema\":{\"type\":\"object\"}}",
                "/actions/1 (two) $.a: at /a it replaces {}, but there is {\"content\":{\"schema\":{\"type\":\"object\"}}}",
                "/actions/2 (three) $.gone: it finds nothing to correct",
            ]
        );
    }

    #[test]
    fn prose_is_not_what_is_replaced() {
        let mut document = json!({"a": {"description": "theirs", "properties": {"title": {"type": "string", "title": "T"}}}});
        let change = json!({"description": "ours", "properties": {"title": {"type": "integer"}}});
        let replaces = json!({"properties": {"title": {"type": "string"}}});
        assert_eq!(
            overlay(&update("$.a", &change, &replaces))
                .apply(&mut document)
                .unwrap(),
            []
        );
        assert_eq!(document["a"]["description"], "ours");
    }

    #[test]
    fn a_parameter_that_is_there_already_is_told() {
        let actions = update(
            "$.a",
            &json!({"parameters": [{"name": "X-Tenant-ID", "in": "header"}]}),
            &json!({}),
        );
        let mut other = json!({"a": {"parameters": [{"name": "limit", "in": "query"}]}});
        assert_eq!(overlay(&actions).apply(&mut other).unwrap(), []);
        assert_eq!(other["a"]["parameters"].as_array().unwrap().len(), 2);
        let mut twin = json!({"a": {"parameters": [{"name": "X-Tenant-ID", "in": "header"}]}});
        assert_eq!(overlay(&actions).apply(&mut twin).unwrap().len(), 1);
    }

    #[test]
    fn what_is_no_overlay_is_refused_with_a_pointer() {
        let action = |action: Value| with_actions(&json!([action]));
        let mut misspelt = with_actions(&json!([]));
        misspelt["action"] = json!([]);
        for (document, pointer) in [
            (json!({"overlay": "2"}), "/overlay"),
            (json!({"overlay": "1.0.0"}), "/info/title"),
            (with_actions(&json!({})), "/actions"),
            (misspelt, "/action"),
            (
                action(json!({"description": "d", "target": "$", "delete": true})),
                "/actions/0/delete",
            ),
            (action(json!(3)), "/actions/0"),
            (
                action(json!({"description": "d", "target": "$["})),
                "/actions/0/target",
            ),
            (
                action(json!({"description": "d", "target": "$"})),
                "/actions/0",
            ),
            (
                action(json!({"description": "d", "target": "$", "update": {}})),
                "/actions/0/x-replaces",
            ),
        ] {
            let said = Overlay::parse(&document).unwrap_err().to_string();
            assert!(said.starts_with(&format!("at {pointer}: ")), "{said}");
        }
    }
}
