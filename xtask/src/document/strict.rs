//! JSON and YAML as a value, checked more strictly than their parsers do: duplicate
//! members and endless nesting are reported with their pointer, and input that is neither
//! JSON nor YAML is reported as such.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{DuplicateKeyPolicy, UserMessageFormatter};

use super::grammar::step;
use crate::Failure;

/// The deepest nesting of documents; each limit is just below its parser's own, beyond
/// which the parser fails without naming the place.
const DEEPEST_JSON: usize = 120;
const DEEPEST_YAML: usize = 60;

/// Reads JSON or YAML; `name` is what a failure calls the document.
pub(super) fn parse(name: &str, text: &str) -> Result<Value, Failure> {
    let syntax = |reason: String| Failure::Syntax {
        name: name.to_owned(),
        reason,
    };
    let fault = RefCell::new(None);
    let parsed = if is_json(text) {
        json(text, &fault)
    } else {
        yaml(text, &fault)
    };
    if let Some(fault) = fault.take() {
        return Err(fault);
    }
    match parsed.map_err(syntax)? {
        Value::Null => Err(syntax("it is empty".to_owned())),
        value @ (Value::Object(_) | Value::Array(_)) => Ok(value),
        // YAML reads nearly any text as a single word.
        _ if text.trim_start().starts_with('<') => Err(syntax("it looks like HTML".to_owned())),
        _ => Err(syntax("it is plain text".to_owned())),
    }
}

/// Whether a text can only be JSON. YAML may begin with a brace too, but not with a brace
/// before a name in quotation marks.
fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    match text.strip_prefix('{') {
        Some(inner) => inner.trim_start().starts_with(['"', '}']) || inner.trim().is_empty(),
        None => text.starts_with('['),
    }
}

type Fault = RefCell<Option<Failure>>;

fn json(text: &str, fault: &Fault) -> Result<Value, String> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict::top(fault, DEEPEST_JSON).deserialize(&mut deserializer);
    let whole = value.and_then(|value| deserializer.end().map(|()| value));
    whole.map_err(|error| error.to_string())
}

fn yaml(text: &str, fault: &Fault) -> Result<Value, String> {
    let options = serde_saphyr::options! {
        // `Strict` reports duplicate members, not the parser.
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        // As in YAML 1.2: `no` and `on` are texts.
        strict_booleans: true,
    };
    let value = serde_saphyr::with_deserializer_from_str_with_options(text, options, |it| {
        Strict::top(fault, DEEPEST_YAML).deserialize(it)
    });
    value.map_err(|error| match &error {
        serde_saphyr::Error::MultipleDocuments { .. } => "it holds several documents".to_owned(),
        error => error
            .without_snippet()
            .render_with_formatter(&UserMessageFormatter),
    })
}

/// A value at a pointer.
#[derive(Clone)]
struct Strict<'f> {
    at: String,
    /// How much deeper it may go.
    depth: usize,
    /// A fault that the parser itself does not report.
    fault: &'f Fault,
}

impl<'f> Strict<'f> {
    fn top(fault: &'f Fault, depth: usize) -> Self {
        Self {
            at: String::new(),
            depth,
            fault,
        }
    }

    fn inner(&self, token: &str) -> Self {
        Self {
            at: step(&self.at, token),
            depth: self.depth.saturating_sub(1),
            fault: self.fault,
        }
    }

    fn refuse<E: Error>(&self, at: String, reason: &str) -> E {
        self.fault
            .borrow_mut()
            .get_or_insert_with(|| Failure::at(at, reason));
        E::custom(reason)
    }

    fn check_depth<E: Error>(&self) -> Result<(), E> {
        if self.depth == 0 {
            return Err(self.refuse(self.at.clone(), "the document nests too deeply"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut out = Vec::new();
        while let Some(value) = list.next_element_seed(self.inner(&out.len().to_string()))? {
            out.push(value);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut out = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let inner = self.inner(&name);
            if out.contains_key(&name) {
                return Err(self.refuse(inner.at, "stands twice"));
            }
            out.insert(name, members.next_value_seed(inner)?);
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        parse("spec", text).unwrap_err().to_string()
    }

    #[test]
    fn a_member_that_stands_twice_is_named() {
        for text in [
            r#"{"a": [{"b/c": 1, "b/c": 2}]}"#,
            "{a: [{b/c: 1, b/c: 2}]}",
            "a:\n  - b/c: 1\n    b/c: 2\n",
        ] {
            assert_eq!(said(text), "at /a/0/b~1c: stands twice");
        }
    }

    #[test]
    fn words_that_older_yaml_took_for_booleans_are_texts() {
        let read = parse("spec", "enum: [on, no, y, true]").unwrap();
        assert_eq!(read["enum"], serde_json::json!(["on", "no", "y", true]));
    }

    #[test]
    fn what_nests_without_end_is_named() {
        let blocks: String = (0..200).map(|n| " ".repeat(n) + "a:\n").collect();
        let nested =
            |open: &str, close: &str| format!("[{}1{}]", open.repeat(400), close.repeat(400));
        for (text, top) in [
            (nested("[", "]"), "/0/0"),
            (nested(r#"{"a":"#, "}"), "/0/a"),
            (blocks, "/a/a"),
        ] {
            let said = said(&text);
            assert!(
                said.starts_with(&format!("at {top}/")) && said.ends_with("nests too deeply"),
                "{said}"
            );
        }
    }

    #[test]
    fn what_is_neither_json_nor_yaml_is_called_so() {
        for (text, reason) in [
            ("", "it is empty"),
            ("  \n", "it is empty"),
            ("hello", "it is plain text"),
            ("<html><body>502</body></html>", "it looks like HTML"),
        ] {
            assert_eq!(
                said(text),
                format!("spec is neither JSON nor YAML: {reason}")
            );
        }
    }

    #[test]
    fn faults_of_yaml_are_told_without_advice_for_programmers() {
        for text in [
            "a: {}\n---\nb: {}\n",
            "a: *b\n",
            "a: &b\n  c: *b\n",
            "a:\n\tb: {}\n",
        ] {
            let said = said(text);
            for advice in ["from_str", "Options", "Policy", "weak", "\n"] {
                assert!(!said.contains(advice), "{said}");
            }
        }
    }

    #[test]
    fn yaml_may_begin_with_a_brace() {
        let flow = parse("spec", "{openapi: 3.1.0, paths: {}}").unwrap();
        assert_eq!(
            flow,
            parse("spec", r#"{"openapi": "3.1.0", "paths": {}}"#).unwrap()
        );
        let keys = parse("spec", "a:\n  200: {b: 1.5, c: [~, true, -1]}\n").unwrap();
        assert_eq!(keys["a"]["200"]["c"], serde_json::json!([null, true, -1]));
    }

    #[test]
    fn broken_json_is_not_read_as_yaml() {
        for text in [
            r#"{"a": 1,}"#,
            r#"{"a": NaN}"#,
            r#"{"a": 1e999}"#,
            r#"{"a": 1"#,
        ] {
            assert!(said(text).contains("line 1"), "{text}");
        }
    }
}
