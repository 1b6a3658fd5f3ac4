//! What each edit must give: written by hand, from the effect of the edit on a client,
//! independently of the detector's rules.

use std::collections::BTreeSet;

use crate::drift::Verdict;

/// What the detector must report for an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing.
    Nothing,
    /// A change in exactly these operations.
    Change {
        /// The verdicts, if the edit alone decides them.
        verdicts: Verdicts,
        /// The operations.
        operations: BTreeSet<String>,
    },
}

/// The expected verdicts; `None` if more than the edit decides, such as what `chats`
/// sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdicts {
    /// For a strict client of the old contract.
    pub wire: Option<Verdict>,
    /// For users' code.
    pub source: Option<Verdict>,
}

/// Where an edited schema is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stands {
    /// In requests.
    pub sent: bool,
    /// In successes or events.
    pub read: bool,
    /// In errors.
    pub failed: bool,
    /// In an event of a stream.
    pub streamed: bool,
    /// In a value that users get as it comes: a header, bytes, one of several forms.
    pub untyped: bool,
}

use Verdict::{Behavioural as B, Breaking as X, Compatible as C};

/// More than the edit decides the verdict.
const OPEN: Option<Verdict> = None;

/// An edit: the wire verdicts for a request and for a response, and those for users' code
/// for a request and for a success.
type SchemaEdit = (
    &'static str,
    Verdict,
    Verdict,
    Option<Verdict>,
    Option<Verdict>,
);

/// The verdicts of each edit of a schema.
#[rustfmt::skip]
const SCHEMA_EDITS: [SchemaEdit; 43] = [
    ("remove a property",         X, X, OPEN,    Some(X)),
    ("add an optional property",  C, C, Some(C), Some(C)),
    ("add a required property",   X, C, Some(X), Some(C)),
    ("add an optional property to what has no more", C, X, Some(C), Some(C)),
    ("add a required property to what has no more", X, X, Some(X), Some(C)),
    ("require a property that is not listed", X, C, Some(X), Some(C)),
    ("rename a property",         X, X, OPEN,    Some(X)),
    ("respell a property",        X, X, Some(C), Some(C)),
    ("ask for different items",   X, C, Some(C), Some(C)),
    ("require a property",        X, C, OPEN,    Some(C)),
    ("make a property optional",  C, X, Some(C), OPEN),
    ("change the type",           X, X, OPEN,    Some(X)),
    ("change the type and the default", X, X, OPEN, OPEN),
    ("widen integer to number",   C, X, Some(C), Some(X)),
    ("narrow number to integer",  X, C, Some(X), Some(X)),
    ("allow null",                C, X, Some(C), OPEN),
    ("allow null in a list",      C, X, Some(C), Some(X)),
    ("forbid null",               X, C, Some(C), Some(C)),
    ("add a format",              X, C, OPEN,    OPEN),
    ("remove the format",         C, X, Some(C), OPEN),
    ("change the format",         X, X, OPEN,    OPEN),
    ("encode the text",           X, B, Some(C), Some(B)),
    ("add an enum",               X, C, OPEN,    Some(C)),
    ("add an enum value",         C, X, Some(C), Some(C)),
    ("remove an enum value",      X, C, Some(X), Some(C)),
    ("remove the enum",           C, X, Some(C), Some(C)),
    ("tighten a bound",           X, C, Some(C), Some(C)),
    ("widen the type and tighten a bound", X, X, Some(C), Some(X)),
    ("loosen a bound",            C, X, Some(C), Some(C)),
    ("add a bound",               X, C, Some(C), Some(C)),
    ("remove a bound",            C, X, Some(C), Some(C)),
    ("add a pattern",             X, C, Some(C), Some(C)),
    ("change the pattern",        X, X, Some(C), Some(C)),
    ("change the default",        B, B, Some(B), Some(B)),
    ("add a default",             B, B, Some(B), Some(B)),
    ("remove the default",        B, B, Some(B), Some(B)),
    ("forbid further properties", X, C, Some(C), Some(C)),
    ("forget the shape",          C, X, Some(C), Some(X)),
    ("forget the shape of a failure's event", C, X, Some(C), OPEN),
    ("give a shape",              X, C, OPEN,    Some(X)),
    ("deprecate",                 C, C, Some(C), Some(C)),
    ("add an alternative",        C, X, Some(C), Some(X)),
    ("add an alternative to an event", C, X, Some(C), Some(C)),
];

/// The verdicts of an edit of a schema. Users' code never depends on the form of an
/// error's body, only on the default for an absent value.
#[must_use]
pub fn of_schema(edit: &str, stands: Stands) -> Verdicts {
    let Some(row) = SCHEMA_EDITS.iter().find(|row| row.0 == edit) else {
        return Verdicts::default();
    };
    let Stands {
        sent, read, failed, ..
    } = stands;
    let wire = sent.then_some(row.1).max((read || failed).then_some(row.2));
    let of_failure = if row.2 == B { B } else { C };
    let of_failure = row.4.map(|_| of_failure);
    let sources = [
        sent.then_some(row.3),
        read.then_some(match row.4 {
            _ if stands.untyped && stands.streamed => OPEN,
            Some(X) | None if stands.untyped => Some(C),
            other => other,
        }),
        failed.then_some(of_failure),
    ];
    let sources: Option<Vec<_>> = sources.into_iter().flatten().collect();
    Verdicts {
        wire,
        source: sources.and_then(|sources| sources.into_iter().max()),
    }
}

/// By edit of an operation: the wire, and users' code.
#[rustfmt::skip]
const OPERATION_EDITS: [(&str, Verdict, Option<Verdict>); 45] = [
    ("remove the operation",             X, Some(X)),
    ("add an operation",                 C, Some(C)),
    ("rename the operation",             Verdict::Unchanged, Some(X)),
    ("deprecate the operation",          C, Some(C)),
    ("move the operation",               X, Some(C)),
    ("change the method",                X, Some(C)),
    ("rename a parameter",               X, OPEN),
    ("add an optional parameter",        C, Some(C)),
    ("add a required parameter",         X, Some(X)),
    ("add a required header",            X, OPEN),
    ("remove a parameter",               X, OPEN),
    ("require a parameter",              X, OPEN),
    ("move a parameter to the headers",  X, OPEN),
    ("remove the body",                  X, Some(X)),
    ("require the body",                 X, Some(C)),
    ("make the body optional",           C, Some(C)),
    ("add a media type to the body",     C, Some(C)),
    ("change the media type of the body", X, Some(C)),
    ("change the media type of the body beyond the generator", X, Some(X)),
    ("take a body of any media type",    C, Some(X)),
    ("change the media type of a success", X, Some(X)),
    ("change a further media type of a success", X, OPEN),
    ("add a media type to a response",   C, Some(C)),
    ("add a media type to JSON of any form", C, OPEN),
    ("change the status of the success", X, Some(C)),
    ("name a range of successes",        X, Some(C)),
    ("accept what streams",              X, Some(C)),
    ("change the success",               X, Some(X)),
    ("add a success that is alike",      X, Some(C)),
    ("add an empty success",             X, Some(C)),
    ("add an error status",              C, Some(C)),
    ("say what failures give by default", C, Some(C)),
    ("remove an error status",           C, Some(C)),
    ("add a response header",            C, Some(C)),
    ("remove a response header",         X, Some(C)),
    ("require a response header",        C, Some(C)),
    ("make a response header optional",  X, Some(C)),
    ("write a parameter another way",    X, OPEN),
    ("remove the content of an error",   X, Some(C)),
    ("remove a success without content", B, Some(B)),
    ("move the operation to another server", X, Some(C)),
    ("move the path to another server",  X, Some(C)),
    ("forget all security",              C, Some(C)),
    ("ask for another credential",       X, Some(X)),
    ("ask for no credential",            C, Some(C)),
];

/// The verdicts of an edit of an operation.
#[must_use]
pub fn of_operation(edit: &str) -> Verdicts {
    let row = OPERATION_EDITS.iter().find(|row| row.0 == edit);
    Verdicts {
        wire: row.map(|row| row.1),
        source: row.and_then(|row| row.2),
    }
}

/// By operation: a function that every change of it must name.
const FUNCTIONS: [(&str, &str); 15] = [
    ("POST /chat/sessions", "ChatResource::create_session"),
    ("GET /chat/sessions", "ChatResource::iter_sessions"),
    ("GET /chat/sessions/{}", "ChatResource::get_session"),
    ("DELETE /chat/sessions/{}", "ChatSessionContext::close"),
    (
        "POST /chat/sessions/{}/messages",
        "ChatSessionContext::send",
    ),
    (
        "POST /chat/sessions/{}/messages/stream",
        "ChatSessionContext::send_stream",
    ),
    (
        "PUT /chat/sessions/{}/images",
        "ChatSessionContext::update_images",
    ),
    (
        "PUT /chat/sessions/{}/documents",
        "ChatSessionContext::update_documents",
    ),
    (
        "PUT /chat/sessions/{}/videos",
        "ChatResource::update_videos",
    ),
    ("PATCH /chat/sessions/{}/mode", "ChatResource::update_mode"),
    (
        "PATCH /chat/sessions/{}/title",
        "ChatSessionContext::rename",
    ),
    (
        "POST /chat/sessions/{}/plans/{}/action",
        "ChatResource::approve_plan",
    ),
    (
        "GET /chat/sessions/{}/export",
        "ChatResource::export_session",
    ),
    ("GET /chat/images/all", "ChatResource::get_all_images"),
    (
        "POST /chat/images/search",
        "ChatResource::iter_search_images",
    ),
];

/// The function that a change of an operation must name, if one is known.
#[must_use]
pub fn function(operation: &str) -> Option<&'static str> {
    let key = |text: &str| {
        text.split('{')
            .map(|part| part.rsplit('}').next().unwrap_or(part).to_owned())
            .collect::<Vec<_>>()
    };
    let row = FUNCTIONS.iter().find(|row| key(row.0) == key(operation));
    row.map(|row| row.1)
}
