//! `cargo xtask import`: brings a document of the publisher's into our contract. Its chat
//! paths are selected, our corrections are applied ([`overlay`]), and the parts that then
//! mean something else than `openapi.json` are merged into it ([`mod@join`], [`parts`],
//! [`schemas`]), with our prose, our spelling ([`spelling`]) and our order ([`ordered`])
//! kept. Nothing is written here.

pub mod join;
pub mod modern;
mod moves;
pub mod ordered;
pub mod overlay;
pub mod parts;
pub mod schemas;
mod spelling;

use serde_json::Value;
use similar::TextDiff;

use crate::contract::read;
use crate::document::select::{Selection, select_paths};
use crate::drift::compare::compare;
use crate::drift::{Finding, Side, differences};
use crate::{Failure, Result};

use ordered::Ordered;
use overlay::{Overlay, Stale};

/// What an import gives.
#[derive(Debug)]
pub struct Import {
    /// Corrections that no longer fit, and were not applied.
    pub stale: Vec<Stale>,
    /// The differences in meaning between our contract and the corrected document.
    pub found: Vec<Finding>,
    /// The new text of our contract.
    pub text: String,
    /// How it differs from the present text, as a unified diff.
    pub diff: String,
}

/// Imports the chat paths of a publisher's document. `ours` is our contract: the
/// name of its file, and its text.
pub fn import(publisher: &Value, overlay: &Overlay, ours: (&str, &str)) -> Result<Import> {
    let chat = Selection::default();
    let (name, ours) = ours;
    let contract: Ordered = serde_json::from_str(ours).map_err(|error| {
        let problem = format!(
            "{name} must be JSON, since an import keeps the order and the words of its text: \
             {error}"
        );
        Failure::Usage(problem)
    })?;
    let ours_before = contract.value();
    // Faults are reported at the publisher's own places, before anything moves.
    let uncorrected = read(publisher, &chat)?;
    let mut corrected = modern::modern(&select_paths(publisher, &chat)?)?;
    let stale = overlay.apply(&mut corrected)?;
    let old = read(&ours_before, &chat).map_err(|fault| fault.in_file(name))?;
    if !stale.is_empty() && compare(&old, &uncorrected).is_empty() {
        let reason = "it already means what the contract means, so there is nothing to import: \
                      it is the contract itself, or the publisher has made every correction";
        return Err(Failure::at("", reason));
    }
    let new = match read(&corrected, &chat) {
        // The document no longer makes sense because only some corrections were applied.
        Err(_) if !stale.is_empty() => {
            return Ok(Import {
                stale,
                found: Vec::new(),
                text: ours.to_owned(),
                diff: String::new(),
            });
        }
        new => new.map_err(|fault| fault.in_file("the corrected document"))?,
    };
    let ours_now = Side {
        document: &ours_before,
        contract: &old,
    };
    let theirs = Side {
        document: &corrected,
        contract: &new,
    };
    let found = differences(ours_now, theirs, &chat);
    if found.is_empty() {
        return Ok(Import {
            stale,
            found,
            text: ours.to_owned(),
            diff: String::new(),
        });
    }
    let mut after = contract;
    let moved = moves::follow(&mut after, (&old, &new), &corrected);
    let joined = moved.and_then(|moved| join::join(&moved, &corrected));
    after.follow(&joined.map_err(|fault| fault.in_file(name))?);
    let text = after.text();
    let diff = TextDiff::from_lines(ours, &text);
    let diff = diff
        .unified_diff()
        .header("openapi.json", "imported")
        .to_string();
    Ok(Import {
        stale,
        found,
        text,
        diff,
    })
}

impl Import {
    /// How many lines are added and how many removed.
    #[must_use]
    pub fn lines(&self) -> (usize, usize) {
        let count = |sign: char| {
            let lines = self.diff.lines().skip(2);
            lines.filter(|line| line.starts_with(sign)).count()
        };
        (count('+'), count('-'))
    }
}
