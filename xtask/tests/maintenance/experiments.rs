//! The detector's verdicts held against experiments: traffic drawn for one
//! contract and read by a client of the other, and users' code compiled against
//! the SDK that the edited contract gives.

use std::path::Path;

use xtask::document::load::load;
use xtask::drift::Verdict;
use xtask::drift::blast::Code;
use xtask::mutate::Edit;
use xtask::trial::{self, Trial};
use xtask::workspace;

use super::all_are_wanted;

#[test]
fn what_the_detector_calls_breaking_breaks_traffic_and_nothing_else_does() {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/maintenance/small.yaml");
    let code = Code::default();
    for (document, count) in [(small, 300), (workspace::contract(), 40)] {
        let count = if all_are_wanted() { count } else { count / 2 };
        let document = load(&document).unwrap();
        let trials = trial::draw(
            &document,
            &code,
            5,
            count,
            |_| true,
            trial::shows_in_traffic,
        )
        .unwrap();
        let faults = trials.against_traffic(5);
        assert!(
            faults.is_empty(),
            "{} of {}:\n{}",
            faults.len(),
            trials.sample.len(),
            faults.join("\n")
        );
    }
}

#[test]
fn what_the_detector_says_of_users_code_the_compiler_says_too() {
    let contract = load(&workspace::contract()).unwrap();
    let breaking = |trial: &Trial| trial.drift.source == Verdict::Breaking;
    for (seed, wanted) in [(3, true), (4, false)] {
        let chosen = |trial: &Trial| trial::shows_in_code(trial) && breaking(trial) == wanted;
        let trials = trial::draw(
            &contract,
            &Code::default(),
            seed,
            2,
            Edit::means_something,
            chosen,
        )
        .unwrap();
        let faults = trials.against_the_compiler().unwrap();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }
}
