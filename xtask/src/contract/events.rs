//! The events of a stream: the alternatives of its schema, told apart by their
//! `type`.

use std::collections::{BTreeMap, BTreeSet};

use super::shape::{Held, Kind, Shape};

/// The name given to an event whose name may be anything.
pub const ANY_EVENT: &str = "*";

/// Takes the events out of the shape of a stream. An alternative whose `type` lists
/// several values becomes as many events, and one whose `type` may be anything becomes
/// one event of any name; alternatives with the same name are the forms of that event. If
/// none has a name, the stream has no distinct events.
pub(super) fn events(shape: &mut Shape) -> BTreeMap<String, Shape> {
    let alternatives: Vec<Shape> = if shape.alternatives.is_empty() {
        vec![shape.form()]
    } else {
        shape
            .alternatives
            .iter()
            .map(|one| (**one).clone())
            .collect()
    };
    let mut found: BTreeMap<String, BTreeSet<Held>> = BTreeMap::new();
    for one in alternatives {
        match names(&one) {
            Some(names) => {
                let single = names.len() == 1;
                for (name, value) in names {
                    let event = if single {
                        one.clone()
                    } else {
                        with_name(&one, value)
                    };
                    found.entry(name).or_default().insert(event.into());
                }
            }
            None => {
                let any = found.entry(ANY_EVENT.to_owned()).or_default();
                any.insert(one.into());
            }
        }
    }
    if found.keys().all(|name| name == ANY_EVENT) {
        return BTreeMap::new();
    }
    // The rest is not an event; only whether null may come in its place is kept.
    *shape = Shape {
        kinds: BTreeSet::from([Kind::Object]),
        nullable: shape.nullable,
        ..Shape::default()
    };
    found
        .into_iter()
        .map(|(name, forms)| (name, of_forms(forms)))
        .collect()
}

/// The names that the `type` of an event lists, with their JSON text.
fn names(event: &Shape) -> Option<Vec<(String, String)>> {
    let values = event.properties.get("type")?.shape.values.as_ref()?;
    let name = |text: &String| Some((serde_json::from_str(text).ok()?, text.clone()));
    values.iter().map(name).collect()
}

/// One of the events of an alternative: its `type` has this one value.
fn with_name(event: &Shape, value: String) -> Shape {
    let mut event = event.clone();
    if let Some(property) = event.properties.get_mut("type") {
        let mut shape = Shape::clone(&property.shape);
        shape.values = Some([value].into());
        property.shape = shape.into();
        event.bodies.forget_own();
    }
    event
}

fn of_forms(mut forms: BTreeSet<Held>) -> Shape {
    match (forms.len(), forms.pop_first()) {
        (1, Some(only)) => Shape::clone(&only),
        (_, first) => Shape {
            alternatives: first.into_iter().chain(forms).collect(),
            ..Shape::default()
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::resolve::{Resolver, Way};
    use super::*;

    fn of(schema: &Value) -> Vec<(String, usize)> {
        let document = json!({});
        let shape = Resolver::new(&document, Way::Read).shape(schema, "");
        let events = events(&mut shape.unwrap());
        let forms = |shape: &Shape| shape.alternatives.len().max(1);
        events
            .iter()
            .map(|(name, shape)| (name.clone(), forms(shape)))
            .collect()
    }

    fn event(kind: &Value) -> Value {
        json!({"type": "object", "properties": {"type": kind}, "required": ["type"]})
    }

    fn named(names: &[(&str, usize)]) -> Vec<(String, usize)> {
        let named = names.iter();
        named
            .map(|(name, forms)| ((*name).to_owned(), *forms))
            .collect()
    }

    #[test]
    fn an_alternative_of_several_names_is_several_events() {
        let schema =
            json!({"oneOf": [event(&json!({"const": "a"})), event(&json!({"enum": ["b", "c"]}))]});
        assert_eq!(of(&schema), named(&[("a", 1), ("b", 1), ("c", 1)]));
    }

    #[test]
    fn an_alternative_of_any_name_takes_no_other_away() {
        let schema =
            json!({"oneOf": [event(&json!({"const": "a"})), event(&json!({"type": "string"}))]});
        assert_eq!(of(&schema), named(&[("*", 1), ("a", 1)]));
    }

    #[test]
    fn alternatives_of_one_name_are_forms_of_one_event() {
        let mut other = event(&json!({"const": "a"}));
        other["properties"]["text"] = json!({"type": "string"});
        let schema =
            json!({"oneOf": [event(&json!({"const": "a"})), other, event(&json!({"const": "b"}))]});
        assert_eq!(of(&schema), named(&[("a", 2), ("b", 1)]));
    }

    #[test]
    fn what_stands_beside_the_alternatives_belongs_to_each_event() {
        let schema = json!({
            "properties": {"seq": {"type": "integer"}},
            "oneOf": [event(&json!({"const": "a"})), event(&json!({"const": "b"}))]
        });
        let document = json!({});
        let shape = Resolver::new(&document, Way::Read).shape(&schema, "");
        let events = events(&mut shape.unwrap());
        let with_seq = |name: &str| events[name].properties.contains_key("seq");
        assert!(with_seq("a") && with_seq("b"));
    }

    #[test]
    fn a_stream_whose_events_have_no_names_has_none() {
        assert_eq!(of(&json!({"type": "string"})), []);
        assert_eq!(of(&json!({})), []);
    }
}
