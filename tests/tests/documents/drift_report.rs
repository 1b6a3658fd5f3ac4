//! The report in the README is one that the detector prints.

use super::read;

const SNAPSHOT: &str =
    "tests/tests/review/snapshots/review__drift_reports__videos_become_required.snap";

#[test]
fn the_report_in_the_readme_is_a_recorded_one() {
    let snapshot = read(SNAPSHOT);
    let report = snapshot.splitn(3, "---\n").nth(2).unwrap();
    let block = format!("<!-- drift report: {SNAPSHOT} -->\n\n```text\n{report}```\n");
    assert!(
        read("README.md").contains(&block),
        "README.md does not have this:\n{block}"
    );
}
