//! The detector, tested by mutation: the contract is edited in every known way, at every
//! place where an edit applies. The detector must report, judge and place each edit as
//! expected, and report nothing for an edit without meaning.
//!
//! [`edits`] collects the edits of [`schemas`], [`operations`], [`meaningless`] and
//! [`spelling`]; [`expected`] states what each must give, without using the rules that it
//! tests. [`survivors`] compares the result with a list.

pub mod edits;
pub mod expected;
pub mod meaningless;
pub mod operations;
pub mod schemas;
pub mod spelling;
pub mod survivors;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

use crate::Result;
use crate::contract::Baseline;
use crate::document::inline::inline;
use crate::document::select::{Selection, select};
use crate::drift::blast::Code;
use crate::drift::{Drift, compare, judge};
use crate::parallel;

pub use edits::{Edit, Patch};
pub use expected::Expected;
use expected::function;

/// The result of a self-test.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The edits that were tried.
    pub edits: Vec<String>,
    /// How many of them mean nothing.
    pub meaningless: usize,
    /// The edits that were not handled as expected (missed, reported without reason,
    /// misjudged or misplaced), each with what is wrong.
    pub survivors: Vec<(String, String)>,
}

/// Edits the contract and checks the detector's report on each edit. With a count, tries
/// a sample of that size, drawn with the seed.
pub fn self_test(document: &Value, sample: Option<(u64, usize)>, code: &Code) -> Result<Outcome> {
    let selection = Selection::default();
    let document = select(&inline(document)?, &selection)?;
    let base = Baseline::new(document.clone(), &selection)?;
    let mut edits = edits::all(&document)?;
    if let Some((seed, count)) = sample {
        fastrand::Rng::with_seed(seed).shuffle(&mut edits);
        edits.truncate(count);
    }
    let check = |edit: &Edit| match base.read(edit.apply(&document)) {
        Ok(new) => {
            let found = compare::compare(base.contract(), &new);
            fault(edit, &judge(found, code), code)
        }
        Err(failure) => Some(format!("it cannot be read: {failure}")),
    };
    let checked = parallel::map(&edits, |edit| Some((edit.id.clone(), check(edit)?)));
    let meaningless = edits
        .iter()
        .filter(|edit| edit.expected == Expected::Nothing);
    Ok(Outcome {
        meaningless: meaningless.count(),
        edits: edits.iter().map(|edit| edit.id.clone()).collect(),
        survivors: checked.into_iter().flatten().collect(),
    })
}

/// What is wrong with a report, if anything.
fn fault(edit: &Edit, drift: &Drift, code: &Code) -> Option<String> {
    let say = |drift: &Drift| {
        let changes = drift.changes.iter().map(|change| {
            format!(
                "{} {} (wire {}, source {})",
                change.location,
                change.change,
                change.wire.name(),
                change.source.name()
            )
        });
        changes.collect::<Vec<_>>().join("; ")
    };
    let Expected::Change {
        verdicts,
        operations,
    } = &edit.expected
    else {
        return (!drift.changes.is_empty()).then(|| format!("drift is cried: {}", say(drift)));
    };
    if drift.changes.is_empty() {
        return Some("it is not seen".to_owned());
    }
    for (of, expected, found) in [
        ("wire", verdicts.wire, drift.wire),
        ("source", verdicts.source, drift.source),
    ] {
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            let expected = expected.name();
            return Some(format!("{of} {expected} is expected: {}", say(drift)));
        }
    }
    let touched: BTreeSet<String> = drift
        .changes
        .iter()
        .filter_map(|change| {
            let mut words = change.location.split(' ');
            let (method, path) = (words.next()?, words.next()?);
            path.starts_with('/').then(|| format!("{method} {path}"))
        })
        .collect();
    if touched != *operations {
        return Some(format!("{operations:?} are expected: {}", say(drift)));
    }
    if code.knows_nothing() {
        return None;
    }
    let untraced = drift.changes.iter().find(|change| {
        let operation = change.location.splitn(3, ' ').take(2).collect::<Vec<_>>();
        let known = function(&operation.join(" "));
        let named = |known: &str| change.affects.iter().any(|name| name == known);
        // Nothing calls a new operation yet.
        change.change != "operation-added"
            && (change.affects.is_empty() || known.is_some_and(|known| !named(known)))
    });
    untraced.map(|change| {
        let affects = change.affects.join(", ");
        format!("{} names {affects:?} alone", change.location)
    })
}

impl Outcome {
    /// Each survivor, and the share of edits that were handled as expected.
    #[must_use]
    pub fn report(&self) -> String {
        let mut out = String::new();
        for (edit, wrong) in &self.survivors {
            let _ = writeln!(out, "survived: {edit}: {wrong}");
        }
        let _ = writeln!(out, "{}", self.share());
        out
    }

    /// The share of edits that were handled as expected, as the README states it.
    #[must_use]
    pub fn share(&self) -> String {
        let tried = self.edits.len();
        let killed = tried - self.survivors.len();
        let share = 100.0 * killed as f64 / tried.max(1) as f64;
        let meaningless = self.meaningless;
        format!(
            "{killed} of {tried} edits handled as expected ({share:.1} %), {meaningless} of them without meaning"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::expected::Verdicts;
    use super::*;
    use crate::drift::{Change, Verdict};

    fn drift(location: &str, wire: Verdict) -> Drift {
        Drift::of(vec![Change {
            location: location.to_owned(),
            change: "property-removed",
            wire,
            source: wire,
            absorbed: false,
            affects: vec!["ChatResource::send".to_owned()],
            note: String::new(),
            accepted: None,
        }])
    }

    fn edit(expected: Expected) -> Edit {
        Edit {
            id: "an edit".to_owned(),
            patches: Vec::new(),
            expected,
        }
    }

    #[test]
    fn a_detector_that_errs_is_found_out() {
        let breaking = edit(Expected::Change {
            verdicts: Verdicts {
                wire: Some(Verdict::Breaking),
                source: Some(Verdict::Breaking),
            },
            operations: BTreeSet::from(["GET /chat/a".to_owned()]),
        });
        let code = Code::default();
        let right = drift("GET /chat/a response.200.b", Verdict::Breaking);
        assert_eq!(fault(&breaking, &right, &code), None);
        let wrong = |edit: &Edit, drift: &Drift| fault(edit, drift, &code).unwrap();
        assert!(wrong(&breaking, &Drift::default()).contains("not seen"));
        let mild = drift("GET /chat/a response.200.b", Verdict::Compatible);
        assert!(wrong(&breaking, &mild).contains("wire breaking is expected"));
        let elsewhere = drift("GET /chat/z response.200.b", Verdict::Breaking);
        assert!(wrong(&breaking, &elsewhere).contains("are expected"));
        assert!(wrong(&edit(Expected::Nothing), &right).contains("drift is cried"));
        assert_eq!(
            fault(&edit(Expected::Nothing), &Drift::default(), &code),
            None
        );
    }

    #[test]
    fn a_sample_is_drawn_by_its_seed() {
        let document = serde_json::json!({"paths": {"/chat": {"get": {"responses": {}}}}});
        let names = |seed| {
            let mut edits = edits::all(&document).unwrap();
            fastrand::Rng::with_seed(seed).shuffle(&mut edits);
            edits.into_iter().map(|edit| edit.id).collect::<Vec<_>>()
        };
        assert_eq!(names(1), names(1));
        assert_ne!(names(1), names(2));
    }
}
