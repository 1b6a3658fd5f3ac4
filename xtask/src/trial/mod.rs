//! Experiments instead of expected verdicts: whether an edit of a contract breaks
//! anything is tried out, and compared with the detector's verdict. [`traffic`] lets a
//! strict client of the old contract talk to a server of the new one, [`program`]
//! compiles users' code against the SDK of the new contract.

pub mod program;
pub mod traffic;
pub mod values;

use fastrand::Rng;
use serde_json::Value;

use crate::Result;
use crate::contract::{Baseline, Contract};
use crate::document::inline::inline;
use crate::document::select::{Selection, select};
use crate::drift::blast::Code;
use crate::drift::{Change, Drift, Verdict, compare, judge};
use crate::mutate::edits::{Edit, all};

use program::Surface;

/// One edit, the contract that results, and the detector's report.
#[derive(Debug)]
pub struct Trial {
    /// The edit.
    pub edit: Edit,
    /// The edited document.
    pub document: Value,
    /// What it means.
    pub new: Contract,
    /// The detector's report.
    pub drift: Drift,
}

/// A contract and a sample of its edits.
#[derive(Debug)]
pub struct Trials {
    /// The document as it is.
    pub document: Value,
    /// What it means.
    pub old: Contract,
    /// The sample.
    pub sample: Vec<Trial>,
}

/// Draws edits of a document: those that `wanted` keeps of the ones that are `worth` a
/// trial.
pub fn draw(
    document: &Value,
    code: &Code,
    seed: u64,
    count: usize,
    worth: impl Fn(&Edit) -> bool,
    wanted: impl Fn(&Trial) -> bool,
) -> Result<Trials> {
    let selection = Selection::default();
    let document = select(&inline(document)?, &selection)?;
    let base = Baseline::new(document.clone(), &selection)?;
    let mut edits = all(&document)?;
    edits.retain(worth);
    Rng::with_seed(seed).shuffle(&mut edits);
    let mut sample = Vec::new();
    for edit in edits {
        if sample.len() == count {
            break;
        }
        let edited = edit.apply(&document);
        let new = base.read(edited.clone())?;
        let drift = judge(compare::compare(base.contract(), &new), code);
        let trial = Trial {
            edit,
            document: edited,
            new,
            drift,
        };
        if wanted(&trial) {
            sample.push(trial);
        }
    }
    Ok(Trials {
        old: base.contract().clone(),
        document,
        sample,
    })
}

impl Trials {
    /// The edits on which traffic and the detector disagree.
    #[must_use]
    pub fn against_traffic(&self, seed: u64) -> Vec<String> {
        let mut rng = Rng::with_seed(seed);
        let faults = self.sample.iter().filter_map(|trial| {
            let trouble = traffic::trouble(&self.old, &trial.new, &mut rng);
            let breaking = trial.drift.wire == Verdict::Breaking;
            let found = trouble.as_deref().unwrap_or("nothing goes wrong");
            let verdict = trial.drift.wire.name();
            (trouble.is_some() != breaking)
                .then(|| format!("{}: {verdict}, but {found}", trial.edit.id))
        });
        faults.collect()
    }

    /// The edits on which the compiler and the detector disagree.
    pub fn against_the_compiler(&self) -> Result<Vec<String>> {
        let old = Surface::of(&self.document)?;
        let mut faults = Vec::new();
        for trial in &self.sample {
            let said = match Surface::of(&trial.document) {
                Ok(new) => program::compiles(&old, &new)?,
                Err(failure) => Some(format!("nothing can be generated: {failure}")),
            };
            let breaking = trial.drift.source == Verdict::Breaking;
            if said.is_some() != breaking {
                let found = said.as_deref().unwrap_or("users' code compiles");
                let verdict = trial.drift.source.name();
                faults.push(format!("{}: {verdict}, but {found}", trial.edit.id));
            }
        }
        Ok(faults)
    }
}

/// Whether traffic can show the effect of an edit. It cannot for patterns, from which no
/// values are drawn; for defaults of absent values, which are never sent; for shapes that
/// contain themselves, beyond the first turn; and for bytes, since any text is bytes too.
#[must_use]
pub fn shows_in_traffic(trial: &Trial) -> bool {
    let hidden = |change: &Change| {
        ["itself", "binary"]
            .iter()
            .any(|word| change.note.contains(word))
    };
    !trial.edit.id.contains("pattern")
        && trial.drift.wire != Verdict::Behavioural
        && !trial.drift.changes.iter().any(hidden)
}

/// Whether the compiler can show the effect of an edit on users' code. It cannot for
/// credentials and headers, which are no arguments; for another format of a value in a
/// request, which is text all the same; for a value that must be sent and may be null,
/// which an SDK could send unasked; for a named schema that may be null or something else
/// besides, from which the generator makes a type that no user of `chats` sees; and for
/// formats and null in events, which `chats` reads one by one.
#[must_use]
pub fn shows_in_code(trial: &Trial) -> bool {
    let id = &trial.edit.id;
    let of_header = trial
        .drift
        .changes
        .iter()
        .any(|change| change.location.contains(" header."));
    let kept = [
        "credential",
        "header",
        "security",
        "change the format",
        "require a property",
    ];
    let whole = [
        "allow null",
        "add an alternative",
        "add an alternative to an event",
    ]
    .iter()
    .find_map(|edit| {
        id.strip_prefix(edit)?
            .strip_prefix(" at /components/schemas/")
    });
    let of_event = id.contains("Event/")
        && ["format", "allow null"]
            .iter()
            .any(|word| id.contains(word));
    !of_header
        && !of_event
        && !kept.iter().any(|word| id.contains(word))
        && whole.is_none_or(|rest| rest.contains('/'))
}
