//! A schema in normalised form: a value that can be compared. Making one from
//! JSON is in [`super::resolve`].

use std::collections::{BTreeMap, BTreeSet};

/// A type of JSON; null is kept apart, as [`Shape::nullable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `array`
    Array,
    /// `boolean`
    Boolean,
    /// `integer`
    Integer,
    /// `number`
    Number,
    /// `object`
    Object,
    /// `string`
    String,
}

impl Kind {
    /// The name in JSON Schema.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Array => "array",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Object => "object",
            Self::String => "string",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "array" => Self::Array,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "object" => Self::Object,
            "string" => Self::String,
            _ => return None,
        })
    }
}

/// What a value may be.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// Its types; empty: any.
    pub kinds: BTreeSet<Kind>,
    /// Whether it may be null. Of no meaning when it may be anything.
    pub nullable: bool,
    /// Its values, as JSON text, where they are counted.
    pub values: Option<BTreeSet<String>>,
    /// Format, bounds, pattern, default and marks, as JSON text.
    pub facets: BTreeMap<&'static str, String>,
    /// The properties of an object.
    pub properties: BTreeMap<String, Property>,
    /// The properties that are not listed.
    pub additional: Additional,
    /// The items of an array.
    pub items: Option<Box<Shape>>,
    /// The shapes of which it has one, when there are several.
    pub alternatives: BTreeSet<Shape>,
    /// A shape that holds itself: how many named schemas up it begins.
    pub cycle: Option<usize>,
}

/// A property of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Property {
    /// Whether it must be there.
    pub required: bool,
    /// What it may be.
    pub shape: Shape,
}

/// What an object says of properties that it does not list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Additional {
    /// They may be there, and be anything.
    #[default]
    Allowed,
    /// They must not be there.
    Forbidden,
    /// They may be there, and are of one shape.
    Of(Box<Shape>),
}

impl Shape {
    /// Whether it may be anything at all.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.kinds.is_empty()
            && self.values.is_none()
            && self.alternatives.is_empty()
            && self.cycle.is_none()
    }

    /// Whether nothing at all fits it.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.values.as_ref().is_some_and(BTreeSet::is_empty) && !self.nullable
    }

    /// The same shape without what says nothing of a value's form.
    #[must_use]
    pub fn bare(&self) -> Self {
        let mut bare = self.clone();
        bare.facets.remove("default");
        bare.facets.remove("deprecated");
        bare
    }
}
