//! What each edit must give: written by hand, from what the edit does to a
//! client, and apart from the detector's rules.

use std::collections::BTreeSet;

use crate::drift::Verdict;

/// What the detector must make of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Nothing,
    /// A change in exactly these operations.
    Change {
        /// The verdict on the wire, where the edit alone tells it.
        wire: Option<Verdict>,
        /// The operations.
        operations: BTreeSet<String>,
    },
}

use Verdict::{Behavioural as B, Breaking as X, Compatible as C};

/// By edit: for what is sent, and for what is read.
const SCHEMA_EDITS: [(&str, Verdict, Verdict); 31] = [
    ("remove a property", X, X),
    ("add an optional property", C, C),
    ("add a required property", X, C),
    ("require a property", X, C),
    ("make a property optional", C, X),
    ("change the type", X, X),
    ("widen integer to number", C, X),
    ("narrow number to integer", X, C),
    ("allow null", C, X),
    ("forbid null", X, C),
    ("add a format", X, C),
    ("remove the format", C, X),
    ("change the format", X, X),
    ("add an enum", X, C),
    ("add an enum value", C, X),
    ("remove an enum value", X, C),
    ("remove the enum", C, X),
    ("tighten a bound", X, C),
    ("loosen a bound", C, X),
    ("add a bound", X, C),
    ("remove a bound", C, X),
    ("add a pattern", X, C),
    ("change the pattern", X, X),
    ("change the default", B, B),
    ("add a default", B, B),
    ("remove the default", B, B),
    ("forbid further properties", X, C),
    ("forget the shape", C, X),
    ("give a shape", X, C),
    ("deprecate", C, C),
    ("add an alternative", C, X),
];

/// The verdict on the wire of an edit of a schema that is sent, read, or both.
#[must_use]
pub fn of_schema(edit: &str, sent: bool, read: bool) -> Option<Verdict> {
    let row = SCHEMA_EDITS.iter().find(|row| row.0 == edit)?;
    let sent = sent.then_some(row.1);
    let read = read.then_some(row.2);
    sent.max(read)
}

/// By edit of an operation: the verdict on the wire.
const OPERATION_EDITS: [(&str, Verdict); 31] = [
    ("remove the operation", X),
    ("add an operation", C),
    ("rename the operation", Verdict::Unchanged),
    ("deprecate the operation", C),
    ("move the operation", X),
    ("add an optional parameter", C),
    ("add a required parameter", X),
    ("add a required header", X),
    ("remove a parameter", X),
    ("require a parameter", X),
    ("move a parameter to the headers", X),
    ("remove the body", X),
    ("require the body", X),
    ("make the body optional", C),
    ("add a media type to the body", C),
    ("change the media type of the body", X),
    ("change the media type of a success", X),
    ("add a media type to a response", C),
    ("change the status of the success", X),
    ("add an error status", C),
    ("remove an error status", C),
    ("add a response header", C),
    ("remove a response header", X),
    ("require a response header", C),
    ("make a response header optional", X),
    ("write a parameter another way", X),
    ("remove the content of an error", X),
    ("remove a success without content", B),
    ("forget all security", C),
    ("ask for another credential", X),
    ("ask for no credential", C),
];

/// The verdict on the wire of an edit of an operation.
#[must_use]
pub fn of_operation(edit: &str) -> Option<Verdict> {
    let row = OPERATION_EDITS.iter().find(|row| row.0 == edit)?;
    Some(row.1)
}
