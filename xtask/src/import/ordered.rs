//! A JSON text that keeps the order of its members, and changes only where it must:
//! people write `openapi.json`, and an import leaves everything else alone.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, SerializeSeq as _, Serializer};
use serde_json::Value;

/// A JSON value with its members in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub enum Ordered {
    /// An object.
    Object(Vec<(String, Ordered)>),
    /// A list.
    Array(Vec<Ordered>),
    /// Anything else.
    Scalar(Value),
}

impl Ordered {
    /// The same value without the order.
    #[must_use]
    pub fn value(&self) -> Value {
        match self {
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.value()))
                .collect(),
            Self::Array(list) => list.iter().map(Self::value).collect(),
            Self::Scalar(value) => value.clone(),
        }
    }

    /// The members of an object.
    pub fn members_mut(&mut self) -> Option<&mut Vec<(String, Ordered)>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// A member of an object.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Ordered> {
        let mut members = self.members_mut()?.iter_mut();
        members
            .find(|(present, _)| present == name)
            .map(|(_, value)| value)
    }

    /// Takes over a value but keeps its own order; new members come last.
    pub fn follow(&mut self, value: &Value) {
        match (&mut *self, value) {
            (Self::Object(members), Value::Object(new)) => {
                members.retain(|(name, _)| new.contains_key(name));
                for (name, value) in new {
                    match members.iter_mut().find(|(present, _)| present == name) {
                        Some((_, present)) => present.follow(value),
                        None => members.push((name.clone(), Self::from(value))),
                    }
                }
            }
            (Self::Array(list), Value::Array(new)) => {
                // Unchanged entries keep their text; the others are matched in order.
                let mut old: Vec<Option<Self>> = list.drain(..).map(Some).collect();
                let mut kept: Vec<Option<Self>> = new
                    .iter()
                    .map(|value| {
                        let same = |one: &&mut Option<Self>| {
                            one.as_ref().is_some_and(|one| one.value() == *value)
                        };
                        old.iter_mut().find(same).and_then(Option::take)
                    })
                    .collect();
                let mut left = old.into_iter().flatten();
                for (slot, value) in kept.iter_mut().zip(new) {
                    if slot.is_none() {
                        let mut one = left.next().unwrap_or_else(|| Self::from(value));
                        one.follow(value);
                        *slot = Some(one);
                    }
                }
                list.extend(kept.into_iter().flatten());
            }
            (Self::Scalar(present), value) if present == value => {}
            (_, value) => *self = Self::from(value),
        }
    }

    /// The text of a file: two spaces a level, and a line end after it all.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// The usual order of members, for new objects.
const USUAL: [&str; 14] = [
    "operationId",
    "name",
    "in",
    "type",
    "required",
    "$ref",
    "deprecated",
    "description",
    "parameters",
    "requestBody",
    "responses",
    "headers",
    "schema",
    "properties",
];

impl From<&Value> for Ordered {
    fn from(value: &Value) -> Self {
        match value {
            Value::Object(object) => {
                let place = |name: &str| USUAL.iter().position(|usual| *usual == name);
                let mut members: Vec<_> = object
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::from(value)))
                    .collect();
                members.sort_by_key(|(name, _)| place(name).unwrap_or(USUAL.len()));
                Self::Object(members)
            }
            Value::Array(list) => Self::Array(list.iter().map(Self::from).collect()),
            other => Self::Scalar(other.clone()),
        }
    }
}

impl Serialize for Ordered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
            Self::Array(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.len()))?;
                for value in list {
                    sequence.serialize_element(value)?;
                }
                sequence.end()
            }
            Self::Scalar(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Ordered;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Ordered::Object(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Ordered, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = sequence.next_element()? {
            list.push(value);
        }
        Ok(Ordered::Array(list))
    }

    fn visit_unit<E>(self) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Ordered, E> {
        Ok(Ordered::Scalar(value.into()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEXT: &str = "{\n  \"z\": 1,\n  \"a\": [\n    {\n      \"y\": 1.5,\n      \"b\": null\n    },\n    \"é\"\n  ]\n}\n";

    fn ordered() -> Ordered {
        serde_json::from_str(TEXT).unwrap()
    }

    #[test]
    fn what_does_not_change_keeps_every_byte() {
        let mut ordered = ordered();
        assert_eq!(ordered.text(), TEXT);
        ordered.follow(&ordered.value());
        assert_eq!(ordered.text(), TEXT);
    }

    #[test]
    fn what_changes_changes_in_place_and_what_is_new_comes_last() {
        let mut ordered = ordered();
        ordered.follow(
            &json!({"z": 2, "b": {"schema": 1, "name": 2}, "a": ["é", {"y": 2, "b": null}]}),
        );
        let expected = "{\n  \"z\": 2,\n  \"a\": [\n    \"é\",\n    {\n      \"y\": 2,\n      \"b\": null\n    }\n  ],\n  \"b\": {\n    \"name\": 2,\n    \"schema\": 1\n  }\n}\n";
        assert_eq!(ordered.text(), expected);
        ordered.follow(&json!({"a": []}));
        assert_eq!(ordered.text(), "{\n  \"a\": []\n}\n");
    }
}
