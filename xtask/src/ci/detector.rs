//! The checks of the drift detector that take minutes: every known edit of the
//! contract, and experiments with some of them.

use super::Outcome;
use crate::document::load::load;
use crate::drift::blast::Code;
use crate::mutate::{self, Edit, survivors};
use crate::output::say;
use crate::{trial, workspace};

/// Edits the contract in every known way, and compares the share of edits handled as
/// expected with the share that the README states.
pub(super) fn handles_every_edit() -> Outcome {
    let outcome = load(&workspace::contract())
        .and_then(|contract| mutate::self_test(&contract, None, &Code::of_workspace()?));
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(failure) => return Outcome::Failed(failure.to_string()),
    };
    say(outcome.report());
    let listed = std::fs::read_to_string(workspace::survivors()).unwrap_or_default();
    let difference = survivors::compare(&outcome, &listed);
    if !difference.is_empty() {
        return Outcome::Failed(difference.report());
    }
    let readme = std::fs::read_to_string(workspace::root().join("README.md")).unwrap_or_default();
    match stated(&readme, &outcome.share()) {
        Ok(()) => Outcome::Passed,
        Err(reason) => Outcome::Failed(reason),
    }
}

/// Whether the README says this, however its lines are broken.
fn stated(readme: &str, share: &str) -> Result<(), String> {
    let words: Vec<&str> = readme.split_whitespace().collect();
    if words.join(" ").contains(share) {
        Ok(())
    } else {
        Err(format!("README.md does not say: {share}"))
    }
}

/// The seed and the number of the edits that the experiments try.
const EXPERIMENTS: (u64, usize) = (1, 50);

/// Exchanges traffic between contracts, and compiles users' code.
pub(super) fn agrees_with_experiments() -> Outcome {
    let (seed, count) = EXPERIMENTS;
    let faults = load(&workspace::contract()).and_then(|contract| {
        let code = Code::default();
        let talk = trial::draw(
            &contract,
            &code,
            seed,
            count,
            |_| true,
            trial::shows_in_traffic,
        )?;
        let mut faults = talk.against_traffic(seed);
        let programs = trial::draw(
            &contract,
            &code,
            seed,
            count,
            Edit::means_something,
            trial::shows_in_code,
        )?;
        faults.extend(programs.against_the_compiler()?);
        Ok(faults)
    });
    match faults {
        Ok(faults) if faults.is_empty() => Outcome::Passed,
        Ok(faults) => Outcome::Failed(faults.join("\n")),
        Err(failure) => Outcome::Failed(failure.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_may_be_broken_over_lines() {
        let share = "2 of 2 edits handled as expected";
        assert_eq!(
            stated("They are: 2 of 2 edits\nhandled as expected.", share),
            Ok(())
        );
        assert!(stated("1 of 2 edits handled as expected", share).is_err());
    }
}
