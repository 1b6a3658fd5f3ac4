//! What several schemas mean together: a reference with the keywords beside it, the
//! members of `allOf`, a base with one of its alternatives. Every keyword of every schema
//! holds, whatever their order. Keywords that do not concern the values left are dropped,
//! so that one meaning has one spelling.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::bounds::Bounds;
use super::forms::EXCLUSIVE;
use super::number::exact;
use super::resolve::Part;
use super::shape::{Additional, Condition, Kind, Property, Shape};
use super::values::{formats_of, kind_of, words};
use crate::document::grammar::{PROSE, step};

/// The schema that no value fits.
static NOTHING: Value = Value::Bool(false);

/// Patterns that every text matches.
const MATCH_ANYTHING: [&str; 5] = ["", ".*", "^", "^.*", "$"];

/// What several schemas mean together, without their own alternatives.
#[derive(Debug, Default)]
pub(super) struct Conjunction<'c> {
    kinds: Option<BTreeSet<Kind>>,
    /// Whether one of them refuses null.
    without_null: bool,
    /// Whether null is allowed whatever the schemas say.
    with_null: bool,
    values: Option<BTreeMap<String, Value>>,
    /// The words that patterns list.
    words: Option<BTreeSet<String>>,
    bounds: Bounds,
    facets: BTreeMap<&'static str, String>,
    conditions: BTreeSet<Condition<Vec<Part<'c>>>>,
    properties: BTreeMap<String, Vec<Part<'c>>>,
    required: BTreeSet<String>,
    closed: bool,
    /// Shapes of unlisted properties, each with the properties that its schema lists.
    extras: Vec<(Part<'c>, BTreeSet<&'c String>)>,
    items: Vec<Part<'c>>,
}

impl<'c> Conjunction<'c> {
    /// What the parts mean together.
    pub(super) fn of(parts: &[Part<'c>]) -> Self {
        let mut all = Self {
            with_null: !parts.is_empty() && parts.iter().all(|part| part.null),
            ..Self::default()
        };
        for part in parts {
            match part.schema {
                Value::Object(object) if says(part.schema) != Some(false) => {
                    all.add(part, object);
                }
                Value::Bool(true) => {}
                _ => {
                    all.kinds = Some(BTreeSet::new());
                    all.without_null |= !part.null;
                }
            }
        }
        all
    }

    fn add(&mut self, part: &Part<'c>, object: &'c Map<String, Value>) {
        self.types(part, object);
        self.counted(part, object);
        self.bounds.add(object);
        self.facets(part, object);
        self.conditions(part, object);
        self.properties(part, object);
        let items = ["items", "unevaluatedItems"];
        if let Some((keyword, items)) = first(object, items) {
            self.items.push(part.inner(items, keyword));
        }
    }

    fn types(&mut self, part: &Part<'c>, object: &Map<String, Value>) {
        let Some(stated) = object.get("type") else {
            return;
        };
        let one = std::slice::from_ref(stated);
        let stated = stated.as_array().map_or(one, Vec::as_slice);
        let names = stated.iter().filter_map(Value::as_str);
        let mut kinds: BTreeSet<Kind> = names.filter_map(Kind::from_name).collect();
        self.without_null |= !part.null && !stated.contains(&json!("null"));
        if kinds.contains(&Kind::Number) {
            // Every integer is a number.
            kinds.insert(Kind::Integer);
        }
        match &mut self.kinds {
            Some(known) => known.retain(|kind| kinds.contains(kind)),
            None => self.kinds = Some(kinds),
        }
    }

    fn counted(&mut self, part: &Part<'c>, object: &Map<String, Value>) {
        let list = object.get("enum").and_then(Value::as_array);
        let only = object.get("const").map(std::slice::from_ref);
        for values in [list.map(Vec::as_slice), only].into_iter().flatten() {
            self.without_null |= !part.null && !values.contains(&Value::Null);
            let values = values.iter().filter(|value| !value.is_null()).map(exact);
            let values = values.map(|value| (value.to_string(), value)).collect();
            match &mut self.values {
                Some(known) => intersect(known, &values),
                None => self.values = Some(values),
            }
        }
        let pattern = object.get("pattern").and_then(Value::as_str);
        let pattern = pattern.filter(|pattern| !MATCH_ANYTHING.contains(pattern));
        match pattern.map(|pattern| (pattern, words(pattern))) {
            None => {}
            Some((_, Some(words))) => match &mut self.words {
                Some(known) => known.retain(|word| words.contains(word)),
                None => self.words = Some(words),
            },
            Some((pattern, None)) => self.say("pattern", json!(pattern).to_string()),
        }
    }

    fn facets(&mut self, part: &Part<'c>, object: &Map<String, Value>) {
        // The outermost value wins, as with a description.
        if !part.bare {
            if object.get("deprecated") == Some(&json!(true)) {
                self.facets.insert("deprecated", "true".to_owned());
            }
            if let Some(default) = object.get("default") {
                let default = exact(default).to_string();
                self.facets.entry("default").or_insert(default);
            }
        }
        if object.get("uniqueItems") == Some(&json!(true)) {
            self.facets.insert("uniqueItems", "true".to_owned());
        }
        for (name, value) in formats_of(object) {
            let value = json!(value).to_string();
            match self.facets.get(name) {
                Some(known) if *known != value => self.say(name, value),
                Some(_) => {}
                None => {
                    self.facets.insert(name, value);
                }
            }
        }
    }

    fn say(&mut self, keyword: &str, text: String) {
        self.conditions.insert(Condition {
            keyword: keyword.to_owned(),
            text,
            parts: Vec::new(),
        });
    }

    fn conditions(&mut self, part: &Part<'c>, object: &'c Map<String, Value>) {
        let inner = |keyword: &str| match object.get(keyword) {
            Some(schema) => vec![part.inner(schema, keyword)],
            None => Vec::new(),
        };
        let mut shapes = |keyword: String, parts: Vec<Vec<Part<'c>>>| {
            self.conditions.insert(Condition {
                keyword,
                text: String::new(),
                parts,
            });
        };
        // A schema that nothing or everything fits has no effect here.
        for (keyword, nothing) in [
            ("not", false),
            ("propertyNames", true),
            ("contentSchema", true),
        ] {
            let said = object.get(keyword);
            // Names are always text.
            let said =
                said.filter(|one| keyword != "propertyNames" || **one != json!({"type": "string"}));
            if said.is_some_and(|one| says(one) != Some(nothing)) {
                shapes(keyword.to_owned(), vec![inner(keyword)]);
            }
        }
        if asks_to_contain(object) {
            shapes("contains".to_owned(), vec![inner("contains")]);
        }
        // `then` and `else` have no effect without `if`, nor `if` without one of them.
        let branches = object.contains_key("then") || object.contains_key("else");
        if object.contains_key("if") && branches {
            let parts = ["if", "then", "else"].map(inner).to_vec();
            shapes("if".to_owned(), parts);
        }
        for keyword in ["patternProperties", "dependentSchemas"] {
            let named = object.get(keyword).and_then(Value::as_object);
            // Beside a rule for all other names, even a pattern that allows anything
            // matters.
            let ruled = keyword == "patternProperties" && rules_others(object);
            for (name, schema) in named.into_iter().flatten() {
                if says(schema) == Some(true) && !ruled {
                    continue;
                }
                let part = part.inner(schema, &step(keyword, name));
                shapes(format!("{keyword} {name:?}"), vec![vec![part]]);
            }
        }
        let tuple = object.get("prefixItems").and_then(Value::as_array);
        for (index, schema) in tuple.into_iter().flatten().enumerate() {
            let part = part.inner(schema, &format!("prefixItems/{index}"));
            shapes(format!("prefixItems {index}"), vec![vec![part]]);
        }
        let dependent = object.get("dependentRequired").and_then(Value::as_object);
        for (name, needed) in dependent.into_iter().flatten() {
            for needed in needed.as_array().into_iter().flatten() {
                self.say(&format!("dependentRequired {name:?}"), needed.to_string());
            }
        }
    }

    fn properties(&mut self, part: &Part<'c>, object: &'c Map<String, Value>) {
        let required = object.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        self.required.extend(required.map(str::to_owned));
        let listed = object.get("properties").and_then(Value::as_object);
        for (name, schema) in listed.into_iter().flatten() {
            let property = part.inner(schema, &step("properties", name));
            self.properties
                .entry(name.clone())
                .or_default()
                .push(property);
        }
        let extra = ["additionalProperties", "unevaluatedProperties"];
        let Some((keyword, extra)) = first(object, extra) else {
            return;
        };
        match says(extra) {
            Some(true) => {}
            Some(false) => self.closed = true,
            None => {
                let listed = listed.into_iter().flatten().map(|(name, _)| name);
                let extra = part.inner(extra, keyword);
                self.extras.push((extra, listed.collect()));
            }
        }
    }

    /// The properties, each with all the schemas for it. A required property need not be
    /// listed in the schema that requires it.
    pub(super) fn take_properties(&mut self) -> Vec<(String, bool, Vec<Part<'c>>)> {
        let mut properties = std::mem::take(&mut self.properties);
        // A pattern may allow what no schema lists.
        let has_patterns = |one: &Condition<_>| one.keyword.starts_with("patternProperties");
        let refused = self.closed && !self.conditions.iter().any(has_patterns);
        for name in &self.required {
            // What is asked for and refused cannot be there at all.
            let unlisted = || Vec::from_iter(refused.then(|| Part::new(&NOTHING, "")));
            properties.entry(name.clone()).or_insert_with(unlisted);
        }
        let properties = properties.into_iter().map(|(name, mut parts)| {
            let extras = self.extras.iter();
            let extras = extras.filter(|(_, listed)| !listed.contains(&name));
            parts.extend(extras.map(|(extra, _)| extra.clone()));
            let required = self.required.contains(&name);
            (name, required, parts)
        });
        properties.collect()
    }

    /// The shape, with the given properties.
    pub(super) fn shape(
        mut self,
        properties: BTreeMap<String, Property<Vec<Part<'c>>>>,
    ) -> Shape<Vec<Part<'c>>> {
        let has_extras = self.closed || !self.extras.is_empty();
        let mut shape = Shape {
            properties,
            additional: match (self.closed, self.extras.is_empty()) {
                (true, _) => Additional::Forbidden,
                (false, true) => Additional::Allowed,
                (false, false) => {
                    Additional::Of(self.extras.drain(..).map(|(extra, _)| extra).collect())
                }
            },
            items: (!self.items.is_empty()).then_some(self.items),
            conditions: self.conditions,
            ..Shape::default()
        };
        let untyped = self.kinds.is_none() && self.values.is_none();
        self.values = with_words(&mut self.kinds, self.values, self.words, &mut shape);
        // An author who lists words means text.
        let mut null = !(self.without_null || untyped && self.values.is_some());
        let mut kinds = self.kinds;
        if let Some(values) = &mut self.values {
            let fits = |value: &Value| {
                let kind = kind_of(value);
                let fits = kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
                fits && self.bounds.admit(value)
            };
            values.retain(|_, value| fits(value));
            kinds = Some(values.values().map(kind_of).collect());
        } else if kinds.is_none() {
            // An author who lists properties means an object.
            kinds = if !shape.properties.is_empty() || has_extras {
                Some([Kind::Object].into())
            } else {
                shape.items.as_ref().map(|_| [Kind::Array].into())
            };
            null &= kinds.is_none();
        }
        let counted = self.values.is_some();
        shape.facets = self.facets;
        if !counted {
            let required = shape.properties.values();
            let required = required.filter(|property| property.required).count();
            let bounds = self.bounds.facets(kinds.as_ref(), required);
            shape.facets.extend(bounds);
        }
        shape.nullable = null || self.with_null;
        shape.values = self.values.map(|values| values.into_keys().collect());
        match kinds {
            None => shape.nullable = false,
            Some(kinds) => {
                drop_what_concerns_nothing(&kinds, &mut shape);
                if kinds.is_empty() {
                    shape.values.get_or_insert_default();
                }
                shape.kinds = kinds;
            }
        }
        spell(&mut shape);
        shape
    }
}

/// Removes differences of spelling that remain.
pub(super) fn spell<C: Ord>(shape: &mut Shape<C>) {
    if shape.kinds.contains(&Kind::Number) {
        shape.kinds.remove(&Kind::Integer);
    }
    // Absent and null are the same default.
    if shape.facets.get("default").is_some_and(|one| one == "null") {
        shape.facets.remove("default");
    }
    let booleans = ["false", "true"].map(str::to_owned).into();
    if shape.values.as_ref() == Some(&booleans) {
        shape.values = None;
    }
}

/// The listed values, without those that a pattern's words exclude. If types other than
/// text are possible too, the words are not a list of the values.
fn with_words(
    kinds: &mut Option<BTreeSet<Kind>>,
    values: Option<BTreeMap<String, Value>>,
    words: Option<BTreeSet<String>>,
    shape: &mut Shape<Vec<Part<'_>>>,
) -> Option<BTreeMap<String, Value>> {
    let (Some(words), text) = (words, BTreeSet::from([Kind::String])) else {
        return values;
    };
    if let Some(mut values) = values {
        values.retain(|_, value| value.as_str().is_none_or(|text| words.contains(text)));
        return Some(values);
    }
    if kinds.as_ref().is_none_or(|kinds| *kinds == text) {
        *kinds = Some(text);
        let values = words.into_iter().map(Value::from);
        return Some(values.map(|word| (word.to_string(), word)).collect());
    }
    let words: Vec<_> = words.into_iter().collect();
    shape.conditions.insert(Condition {
        keyword: "pattern".to_owned(),
        text: json!(format!("^({})$", words.join("|"))).to_string(),
        parts: Vec::new(),
    });
    None
}

/// Drops keywords that concern none of the possible types.
pub(crate) fn drop_what_concerns_nothing<C: Ord>(kinds: &BTreeSet<Kind>, shape: &mut Shape<C>) {
    if !kinds.contains(&Kind::Object) {
        shape.properties.clear();
        shape.additional = Additional::Allowed;
    }
    if !kinds.contains(&Kind::Array) {
        shape.items = None;
    }
    shape
        .facets
        .retain(|facet, value| concerns(facet, value, kinds));
    shape
        .conditions
        .retain(|one| concerns(&one.keyword, &one.text, kinds));
}

/// Whether a keyword applies to values of these types.
pub(crate) fn concerns(keyword: &str, value: &str, kinds: &BTreeSet<Kind>) -> bool {
    let any = |of: &[Kind]| of.iter().any(|kind| kinds.contains(kind));
    let numbers = [Kind::Integer, Kind::Number];
    match keyword.split(' ').next().unwrap_or(keyword) {
        "default" | "deprecated" | "not" | "if" | EXCLUSIVE => true,
        "format" => match super::values::format_concerns(value.trim_matches('"')) {
            Some(kind) => any(&[kind]) || kind == Kind::Number && any(&numbers),
            None => true,
        },
        "uniqueItems" | "contains" | "prefixItems" => any(&[Kind::Array]),
        "patternProperties" | "propertyNames" | "dependentSchemas" | "dependentRequired" => {
            any(&[Kind::Object])
        }
        "pattern" | "contentEncoding" | "contentMediaType" | "contentSchema" => {
            any(&[Kind::String])
        }
        bound => super::bounds::concerns(bound, kinds),
    }
}

/// Whether a schema, as written, accepts everything (true) or nothing (false).
fn says(schema: &Value) -> Option<bool> {
    match schema {
        Value::Bool(all) => Some(*all),
        Value::Object(object) => {
            let prose =
                |keyword: &String| PROSE.contains(&keyword.as_str()) || keyword.starts_with("x-");
            let mut rest = object.iter().filter(|(keyword, _)| !prose(keyword));
            match (rest.next(), rest.next()) {
                (None, _) => Some(true),
                (Some((keyword, inner)), None) if keyword == "not" => says(inner).map(|all| !all),
                // The schema accepts nothing, whatever stands beside `not`.
                _ if object.get("not").and_then(says) == Some(true) => Some(false),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether a schema has a rule for properties that are not listed.
fn rules_others(object: &Map<String, Value>) -> bool {
    let extra = ["additionalProperties", "unevaluatedProperties"];
    first(object, extra).is_some_and(|(_, extra)| says(extra) != Some(true))
}

/// Whether `contains` has an effect: with `minContains: 0` no item need match.
pub(super) fn asks_to_contain(object: &Map<String, Value>) -> bool {
    let spares =
        object.get("minContains") == Some(&json!(0)) && !object.contains_key("maxContains");
    object.contains_key("contains") && !spares
}

fn first<'v>(
    object: &'v Map<String, Value>,
    keywords: [&'static str; 2],
) -> Option<(&'static str, &'v Value)> {
    let mut found = keywords.into_iter();
    found.find_map(|keyword| Some((keyword, object.get(keyword)?)))
}

fn intersect(known: &mut BTreeMap<String, Value>, values: &BTreeMap<String, Value>) {
    known.retain(|value, _| values.contains_key(value));
}
