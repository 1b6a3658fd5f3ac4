//! A schema in normalised form: a value that can be compared. Making one from
//! JSON is in [`super::resolve`]; which shapes are equal is settled in
//! [`super::graph`].

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

/// A type of JSON; null is recorded separately, as [`Shape::nullable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// What a value may be. `C` is how the inner shapes are held: as values, or as numbers
/// during construction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shape<C: Ord = Held> {
    /// Its types; empty: any.
    pub kinds: BTreeSet<Kind>,
    /// Whether it may be null. Without meaning if it may be anything.
    pub nullable: bool,
    /// Its values, as JSON text, if they are listed.
    pub values: Option<BTreeSet<String>>,
    /// Format, bounds, default and marks, as JSON text.
    pub facets: BTreeMap<&'static str, String>,
    /// Further requirements: patterns, `not`, `if` and the like.
    pub conditions: BTreeSet<Condition<C>>,
    /// The properties of an object.
    pub properties: BTreeMap<String, Property<C>>,
    /// The properties that are not listed.
    pub additional: Additional<C>,
    /// The items of an array.
    pub items: Option<C>,
    /// The shapes of which a value has one, if there are several.
    pub alternatives: BTreeSet<C>,
    /// Set if this shape is only a link: it stands for one of several shapes that contain
    /// each other, which the surrounding shape keeps in [`Shape::bodies`].
    pub cycle: Option<Mark>,
    /// The targets of the links inside, if it is one of such shapes itself.
    pub bodies: Bodies,
}

/// A property of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Property<C = Held> {
    /// Whether it must be there.
    pub required: bool,
    /// What it may be.
    pub shape: C,
}

/// What an object allows for properties that it does not list.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Additional<C = Held> {
    /// They may be there, and be anything.
    #[default]
    Allowed,
    /// They must not be there.
    Forbidden,
    /// They may be there, and are of one shape.
    Of(C),
}

/// A further requirement, of which it is enough to see that it was added, removed or
/// changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition<C = Held> {
    /// The keyword, with the place in it if it has several.
    pub keyword: String,
    /// Its value, as text.
    pub text: String,
    /// The shapes that it names, in the keyword's own order.
    pub parts: Vec<C>,
}

/// Identifies a shape: equal shapes have equal marks, even in different documents, and
/// different shapes have different marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark([u8; 16]);

impl Mark {
    /// The mark of a value.
    #[must_use]
    pub fn of(value: &impl Hash) -> Self {
        let mut digest = Digest(Sha256::new());
        value.hash(&mut digest);
        let whole = digest.0.finalize();
        let mut mark = [0; 16];
        mark.copy_from_slice(&whole[..16]);
        Self(mark)
    }
}

/// Feeds the hashed data of a value to a digest that is wide enough to stand for it.
struct Digest(Sha256);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        let whole = self.0.clone().finalize();
        whole[..8]
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }
}

/// A shape inside another. It is shared, and compared by its mark: schemas that
/// are used in many places would otherwise be copied and compared in each.
#[derive(Clone, Debug)]
pub struct Held {
    mark: Mark,
    shape: Arc<Shape>,
}

impl Held {
    /// A shape whose mark is known.
    #[must_use]
    pub(super) fn marked(mark: Mark, shape: Shape) -> Self {
        Self {
            mark,
            shape: Arc::new(shape),
        }
    }

    /// A link to the shape with this mark.
    #[must_use]
    pub(super) fn link(mark: Mark) -> Self {
        let link = Shape {
            cycle: Some(mark),
            ..Shape::default()
        };
        Self::marked(mark, link)
    }

    /// Its mark.
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.mark
    }
}

impl From<Shape> for Held {
    fn from(shape: Shape) -> Self {
        let own = shape.bodies.own();
        Self::marked(own.unwrap_or_else(|| Mark::of(&shape)), shape)
    }
}

impl Default for Held {
    fn default() -> Self {
        Shape::default().into()
    }
}

impl Deref for Held {
    type Target = Shape;

    fn deref(&self) -> &Shape {
        &self.shape
    }
}

impl PartialEq for Held {
    fn eq(&self, other: &Self) -> bool {
        self.mark == other.mark
    }
}

impl Eq for Held {}

impl PartialOrd for Held {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By the content of the shapes, so that a reader finds them in a fixed order.
impl Ord for Held {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.mark == other.mark {
            return Ordering::Equal;
        }
        let said = self.shape.cmp(&other.shape);
        said.then(self.mark.cmp(&other.mark))
    }
}

impl Hash for Held {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.mark.hash(state);
    }
}

/// The shapes that contain each other, by their marks, and the mark of the one that holds
/// this. Comparisons ignore it, because the marks already say everything.
#[derive(Clone, Debug, Default)]
pub struct Bodies {
    own: Option<Mark>,
    all: Option<Arc<BTreeMap<Mark, Shape>>>,
}

impl Bodies {
    /// For one of the shapes that contain each other.
    #[must_use]
    pub(super) fn of(own: Mark, all: &Arc<BTreeMap<Mark, Shape>>) -> Self {
        Self {
            own: Some(own),
            all: Some(all.clone()),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_none()
    }

    /// The mark of the shape that holds these.
    #[must_use]
    pub fn own(&self) -> Option<Mark> {
        self.own
    }

    /// Records that the shape that holds these is no longer one of them.
    pub(super) fn forget_own(&mut self) {
        self.own = None;
    }

    /// The shape for which a link stands.
    #[must_use]
    pub fn get(&self, mark: Mark) -> Option<&Shape> {
        self.all.as_ref()?.get(&mark)
    }
}

impl PartialEq for Bodies {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Bodies {}

impl PartialOrd for Bodies {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Bodies {
    fn cmp(&self, _: &Self) -> Ordering {
        Ordering::Equal
    }
}

impl Hash for Bodies {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<C: Ord> Default for Shape<C> {
    fn default() -> Self {
        Self {
            kinds: BTreeSet::new(),
            nullable: false,
            values: None,
            facets: BTreeMap::new(),
            conditions: BTreeSet::new(),
            properties: BTreeMap::new(),
            additional: Additional::Allowed,
            items: None,
            alternatives: BTreeSet::new(),
            cycle: None,
            bodies: Bodies::default(),
        }
    }
}

impl<C: Ord> Shape<C> {
    /// The shape that only null fits.
    #[must_use]
    pub fn null() -> Self {
        Self {
            nullable: true,
            ..Self::never()
        }
    }

    /// The shape that nothing fits.
    #[must_use]
    pub fn never() -> Self {
        Self {
            values: Some(BTreeSet::new()),
            ..Self::default()
        }
    }

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

    /// The same shape with its inner shapes held in another way; alternatives are
    /// converted separately.
    #[must_use]
    pub(crate) fn map<D: Ord>(
        &self,
        mut inner: impl FnMut(&C) -> D,
        alternative: impl FnMut(&C) -> D,
    ) -> Shape<D> {
        let properties = self.properties.iter().map(|(name, property)| {
            let shape = inner(&property.shape);
            let required = property.required;
            (name.clone(), Property { required, shape })
        });
        let properties = properties.collect();
        let conditions = self.conditions.iter().map(|condition| Condition {
            keyword: condition.keyword.clone(),
            text: condition.text.clone(),
            parts: condition.parts.iter().map(&mut inner).collect(),
        });
        let conditions = conditions.collect();
        Shape {
            kinds: self.kinds.clone(),
            nullable: self.nullable,
            values: self.values.clone(),
            facets: self.facets.clone(),
            conditions,
            properties,
            additional: match &self.additional {
                Additional::Allowed => Additional::Allowed,
                Additional::Forbidden => Additional::Forbidden,
                Additional::Of(extra) => Additional::Of(inner(extra)),
            },
            items: self.items.as_ref().map(&mut inner),
            alternatives: self.alternatives.iter().map(alternative).collect(),
            cycle: self.cycle,
            bodies: self.bodies.clone(),
        }
    }

    /// Its inner shapes.
    pub(super) fn inner(&self) -> impl Iterator<Item = &C> {
        let properties = self.properties.values().map(|property| &property.shape);
        let conditions = self.conditions.iter().flat_map(|one| &one.parts);
        let additional = match &self.additional {
            Additional::Of(extra) => Some(extra),
            _ => None,
        };
        properties
            .chain(conditions)
            .chain(additional)
            .chain(&self.items)
            .chain(&self.alternatives)
    }
}

impl Shape {
    /// The same shape without the marks that do not concern a value's form.
    #[must_use]
    pub fn bare(&self) -> Self {
        let mut bare = self.clone();
        let marks = ["default", "deprecated"].map(|mark| bare.facets.remove(mark));
        if marks.iter().any(Option::is_some) {
            bare.bodies.forget_own();
        }
        bare
    }

    /// The same shape as one of several forms, which does not itself allow null.
    #[must_use]
    pub fn form(&self) -> Self {
        let mut form = self.bare();
        if std::mem::take(&mut form.nullable) {
            form.bodies.forget_own();
        }
        form
    }
}
