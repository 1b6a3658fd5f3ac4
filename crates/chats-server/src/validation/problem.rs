//! One problem of a request, and the list that becomes the body of a 422.

use serde_json::{Value, json};

/// A step of the path to the wrong value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    Index(usize),
}

impl From<&str> for Step {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Self::Index(index)
    }
}

/// What is wrong with one value: its location, a message and a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    location: Vec<Step>,
    message: String,
    kind: &'static str,
}

impl Problem {
    /// A problem whose place is not known yet; see [`Problem::below`].
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            location: Vec::new(),
            message: message.into(),
            kind,
        }
    }

    pub(crate) fn missing() -> Self {
        Self::new("missing", "Field required")
    }

    /// Puts `step` before the place known so far.
    pub(crate) fn below(mut self, step: impl Into<Step>) -> Self {
        self.location.insert(0, step.into());
        self
    }

    fn to_json(&self) -> Value {
        let location: Vec<Value> = self
            .location
            .iter()
            .map(|step| match step {
                Step::Name(name) => json!(name),
                Step::Index(index) => json!(index),
            })
            .collect();
        json!({"loc": location, "msg": self.message, "type": self.kind})
    }
}

/// So that a reader may fail with one problem, or with a list of them.
impl IntoIterator for Problem {
    type Item = Self;
    type IntoIter = std::iter::Once<Self>;

    fn into_iter(self) -> Self::IntoIter {
        std::iter::once(self)
    }
}

/// Every problem of one request, in the order path, query, body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn push(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Keeps the problem if there is one; returns the value otherwise.
    pub(crate) fn keep<T>(&mut self, read: Result<T, Problem>) -> Option<T> {
        read.map_err(|problem| self.push(problem)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The body that FastAPI sends with a 422.
    pub(crate) fn to_json(&self) -> Value {
        json!({"detail": self.0.iter().map(Problem::to_json).collect::<Vec<_>>()})
    }
}
