//! `cargo xtask drift`: every difference between two contracts, judged and
//! traced to the code that it hits.
//!
//! [`compare`] finds the differences and says only what they are, and [`generated`] what
//! the generator can no longer express. [`rules`] is
//! the one table that judges them. [`usage`] and [`blast`] read from our own
//! sources what `chats` always sends and which of its functions a difference
//! touches. [`report`] prints.

pub mod accept;
mod access;
pub mod blast;
mod bounds;
pub mod compare;
mod constraints;
mod fold;
pub mod generated;
mod pairs;
pub mod position;
mod replies;
pub mod report;
pub mod rules;
pub mod shapes;
pub mod touched;
mod types;
pub mod usage;
pub mod words;

use serde::Serialize;

use crate::Result;

pub use crate::contract::read;
use crate::document::select::Selection;

pub use generated::Side;
pub use position::{Finding, Kind, Position};

/// How bad a difference is, from none to worst.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Nothing differs.
    #[default]
    Unchanged,
    /// Something was added or loosened.
    Compatible,
    /// Everything still parses, but a meaning or a default changed.
    Behavioural,
    /// Calls or decoding can fail, or a feature is silently lost.
    Breaking,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Compatible => "compatible",
            Self::Behavioural => "behavioural",
            Self::Breaking => "breaking",
        }
    }
}

/// One difference, judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Where it is: the operation and the place in it.
    pub location: String,
    /// What happened, as a word for programs.
    pub change: &'static str,
    /// For a client of the old contract, read strictly.
    pub wire: Verdict,
    /// For users' code once the SDK is regenerated.
    pub source: Verdict,
    /// Whether the SDK released today survives it by its policies.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub absorbed: bool,
    /// The functions, types and commands that it touches.
    pub affects: Vec<String>,
    /// What happened, and why it is judged so, for a person.
    pub note: String,
    /// The reason for which it was accepted beforehand, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

/// All differences between two contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// The worst verdict on the wire.
    pub wire: Verdict,
    /// The worst verdict for users' code.
    pub source: Verdict,
    /// The differences, worst first, and last those that were accepted.
    pub changes: Vec<Change>,
}

/// Every difference between two documents, also in what can be generated from them.
#[must_use]
pub fn differences(old: Side<'_>, new: Side<'_>, selection: &Selection) -> Vec<Finding> {
    let mut found = compare::compare(old.contract, new.contract);
    if !found.is_empty() {
        found.extend(generated::lost(old, new, selection));
    }
    found
}

/// Judges differences with our own sources, which are read only if there is something to
/// judge.
pub fn judge_here(found: Vec<Finding>) -> Result<Drift> {
    if found.is_empty() {
        return Ok(Drift::default());
    }
    Ok(judge(found, &blast::Code::of_workspace()?))
}

/// Judges differences.
#[must_use]
pub fn judge(found: Vec<Finding>, code: &blast::Code) -> Drift {
    let changes = found.into_iter().map(|mut finding| {
        // The old document may name the operation differently.
        if !code.knows(&finding.name)
            && let Some(name) = finding.new_name.take_if(|name| code.knows(name))
        {
            finding.name = name;
        }
        let rule = rules::rule(&finding, &code.usage);
        Change {
            location: finding.location(),
            change: finding.kind.name(),
            wire: rule.wire,
            source: rule.source,
            absorbed: rule.absorbed,
            affects: code.affected(&finding),
            note: format!("{}: {}", finding.detail, rule.why),
            accepted: None,
        }
    });
    Drift::of(changes.collect())
}

impl Drift {
    /// Sums changes up and sorts them: accepted ones last, the worst first, then by
    /// place.
    #[must_use]
    pub fn of(mut changes: Vec<Change>) -> Self {
        let worst = |change: &Change| change.wire.max(change.source);
        changes.sort_by_cached_key(|change| {
            (
                change.accepted.is_some(),
                std::cmp::Reverse(worst(change)),
                change.location.clone(),
                change.change,
            )
        });
        let counted = || changes.iter().filter(|change| change.accepted.is_none());
        Self {
            wire: counted()
                .map(|change| change.wire)
                .max()
                .unwrap_or_default(),
            source: counted()
                .map(|change| change.source)
                .max()
                .unwrap_or_default(),
            changes,
        }
    }

    /// The worse of both verdicts.
    #[must_use]
    pub fn worst(&self) -> Verdict {
        self.wire.max(self.source)
    }
}
