//! The list of edits that the detector is known not to handle as expected. It must match
//! the result both ways: a new survivor is a fault of the detector, and one that is gone
//! must be removed from the list.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Outcome;

/// How the result differs from the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Survivors that are not listed, as lines of the list.
    pub unlisted: Vec<String>,
    /// Lines of the list whose edit was tried and did not survive in that way.
    pub outlived: Vec<String>,
}

/// Compares a result with the list: one line for each survivor, the edit and what is
/// wrong; `#` begins a comment.
#[must_use]
pub fn compare(outcome: &Outcome, list: &str) -> Difference {
    let lines = list.lines().map(str::trim);
    let listed: BTreeSet<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let found: BTreeSet<String> = outcome
        .survivors
        .iter()
        .map(|(edit, wrong)| format!("{edit}: {wrong}"))
        .collect();
    let was_tried = |line: &&&str| {
        let of_line = |edit: &String| {
            line.strip_prefix(edit.as_str())
                .is_some_and(|rest| rest.starts_with(": "))
        };
        outcome.edits.iter().any(of_line)
    };
    let unlisted = found.iter().filter(|line| !listed.contains(line.as_str()));
    let outlived = listed.iter().filter(|line| !found.contains(**line));
    Difference {
        unlisted: unlisted.cloned().collect(),
        outlived: outlived
            .filter(was_tried)
            .map(ToString::to_string)
            .collect(),
    }
}

impl Difference {
    /// Whether the list matches the result.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.unlisted.is_empty() && self.outlived.is_empty()
    }

    /// What to do about it, for a person.
    #[must_use]
    pub fn report(&self) -> String {
        let mut out = String::new();
        for line in &self.unlisted {
            let _ = writeln!(out, "survived, and is not listed: {line}");
        }
        for line in &self.outlived {
            let _ = writeln!(out, "is listed, and did not survive: {line}");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        Outcome {
            edits: vec!["one at /a".to_owned(), "two at /b".to_owned()],
            meaningless: 0,
            survivors: vec![("one at /a".to_owned(), "it is not seen".to_owned())],
        }
    }

    #[test]
    fn the_list_must_match_both_ways() {
        let list = "# known\n\none at /a: it is not seen\n";
        assert!(compare(&outcome(), list).is_empty());
        let nothing = compare(&outcome(), "");
        assert_eq!(nothing.unlisted, ["one at /a: it is not seen"]);
        let more = compare(&outcome(), &format!("{list}two at /b: it is not seen\n"));
        assert_eq!(more.outlived, ["two at /b: it is not seen"]);
        assert!(more.report().contains("did not survive: two at /b"));
    }

    #[test]
    fn what_is_wrong_must_match_too_and_what_was_not_tried_may_stand() {
        let list = "one at /a: drift is cried\nthree at /c: it is not seen\n";
        let difference = compare(&outcome(), list);
        assert_eq!(difference.unlisted.len(), 1);
        assert_eq!(difference.outlived, ["one at /a: drift is cried"]);
    }
}
