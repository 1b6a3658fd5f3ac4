//! A contract in normalised form: what a document means, not how it is written. Two
//! documents that mean the same give equal values, whatever their key order, prose,
//! titles, components, spelling of null, or place of the service prefix.
//!
//! Reading a document is in [`mod@read`], with [`service`], [`parameters`] and
//! [`events`]. [`resolve`] turns a schema into a [`shape`]: what several schemas mean
//! together ([`conjunction`], with [`bounds`] and [`values`]), the forms that result
//! ([`forms`]), and which of them are equal ([`graph`]). [`check`] refuses invalid
//! keywords. [`text`] is the text form for people, [`known`] reads many similar
//! documents; judging differences is in [`crate::drift`].

pub(crate) mod bounds;
mod check;
pub(crate) mod conjunction;
pub mod events;
pub(crate) mod forms;
pub(crate) mod graph;
pub mod known;
pub(crate) mod number;
mod parameters;
pub mod read;
pub mod resolve;
pub(crate) mod service;
pub mod shape;
pub mod text;
pub(crate) mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use known::Baseline;
pub use parameters::parameter_id;
pub use read::{read, read_inlined};
pub use shape::{Additional, Condition, Held, Kind, Property, Shape};

/// What identifies an operation: its method, and its path without the names of
/// parameters, which mean nothing to a server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The path, as `/chat/sessions/{}`.
    pub path: String,
    /// The method in upper case.
    pub method: String,
}

impl Key {
    /// The key of an operation.
    #[must_use]
    pub fn of(method: &str, path: &str) -> Self {
        Self {
            path: without_names(path),
            method: method.to_ascii_uppercase(),
        }
    }
}

/// `/chat/sessions/{session_id}` without the name.
fn without_names(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '{' => inside = true,
            '}' => {
                inside = false;
                out.push_str("{}");
            }
            _ if inside => {}
            c => out.push(c),
        }
    }
    out
}

/// Everything that a contract promises.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contract {
    /// Where the service is, with the service prefix.
    pub servers: BTreeSet<String>,
    /// The declared security schemes, without their names.
    pub schemes: BTreeSet<String>,
    /// The operations.
    pub operations: BTreeMap<Key, Arc<Operation>>,
}

/// One operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operation {
    /// What the generated function is called.
    pub name: String,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// Servers of its own, when it has any.
    pub servers: BTreeSet<String>,
    /// The ways to authenticate, each a set of schemes that must all be met. No way at
    /// all, or an empty one, admits everybody.
    pub security: BTreeSet<BTreeSet<String>>,
    /// The parameters, by place and name; those in the path by position.
    pub parameters: BTreeMap<(String, String), Parameter>,
    /// What may be sent, by media type.
    pub body: Option<Body>,
    /// What may come back, by status.
    pub responses: BTreeMap<String, Response>,
}

/// One parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, for people.
    pub name: String,
    /// Whether it must be sent.
    pub required: bool,
    /// The notation of its value, if it is not the usual one.
    pub style: String,
    /// What it may be.
    pub shape: Shape,
}

/// A request body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body {
    /// Whether it must be sent.
    pub required: bool,
    /// The shape by media type.
    pub content: BTreeMap<String, Shape>,
}

/// A response.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// The shape by media type; for an event stream whose events `type` distinguishes,
    /// the rest that is not an event.
    pub content: BTreeMap<String, Shape>,
    /// The events of a stream, by name.
    pub events: BTreeMap<String, Shape>,
    /// The headers, by name in lower case.
    pub headers: BTreeMap<String, Parameter>,
}
