//! `cargo xtask ci`: the checks that a change must pass, in order, each with
//! the command that fixes it. [`steps`] says what each step does; here they are
//! run and summed up.

mod clean_clone;
mod detector;
mod examples;
mod features;
mod fuzzer;
mod minimal;
mod packaging;
pub mod publisher;
mod release;
mod reliability;
pub mod steps;
mod tidy;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::output::say;
use crate::{Failure, Result};

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The check passed.
    Passed,
    /// The check could not run here, for this reason.
    Skipped(String),
    /// The check failed, with this message.
    Failed(String),
}

/// One check.
pub struct Step {
    /// What is checked, in a few words.
    pub name: &'static str,
    /// The command that fixes a failure, or shows it alone.
    pub fix: &'static str,
    /// The check itself.
    pub run: Box<dyn Fn() -> Outcome>,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Runs the checks. All of them run, so that one visit shows every failure.
/// With `only`, those run whose names hold this text.
pub fn run(full: bool, only: Option<&str>) -> Result<()> {
    let mut steps = chosen(full);
    steps.retain(|step| only.is_none_or(|only| step.name.contains(only)));
    if steps.is_empty() {
        return Err(no_match(only.unwrap_or_default()));
    }
    let mut results = Vec::new();
    for step in &steps {
        say(format_args!("\n==> {}\n", step.name));
        let begun = Instant::now();
        let outcome = (step.run)();
        match &outcome {
            Outcome::Passed => {}
            Outcome::Skipped(reason) => say(format_args!("SKIPPED {}: {reason}\n", step.name)),
            Outcome::Failed(said) => say(format_args!("{said}\nfix it with: {}\n", step.fix)),
        }
        results.push((step, outcome, begun.elapsed()));
    }
    let (summary, failed) = summary(&results);
    say(format_args!("\n{summary}"));
    match failed {
        0 => Ok(()),
        _ => Err(Failure::Step(format!(
            "{failed} of {} checks failed",
            steps.len()
        ))),
    }
}

fn chosen(full: bool) -> Vec<Step> {
    let mut steps = steps::quick();
    if full {
        steps.extend(steps::full());
    }
    steps
}

/// Lists every check, including those of a release, which are easily forgotten.
fn no_match(only: &str) -> Failure {
    let quick = steps::quick();
    let full = steps::full();
    let quick = quick.iter().map(|step| format!("\n  {}", step.name));
    let full = full
        .iter()
        .map(|step| format!("\n  {} (with --full)", step.name));
    let all: String = quick.chain(full).collect();
    Failure::Step(format!("no check matches {only:?}; there are{all}"))
}

fn summary(results: &[(&Step, Outcome, Duration)]) -> (String, usize) {
    let mut text = String::new();
    let mut failed = 0;
    for (step, outcome, took) in results {
        let (word, more) = match outcome {
            Outcome::Passed => ("ok", String::new()),
            Outcome::Skipped(reason) => ("SKIPPED", format!(": {reason}")),
            Outcome::Failed(_) => {
                failed += 1;
                ("FAILED", format!(": fix it with: {}", step.fix))
            }
        };
        let seconds = took.as_secs_f64();
        let _ = writeln!(text, "{word:<8}{seconds:>7.1} s  {}{more}", step.name);
    }
    (text, failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_fits_no_check_is_answered_with_all_of_them() {
        let said = run(false, Some("licenses")).unwrap_err().to_string();
        assert!(said.starts_with("no check matches \"licenses\""), "{said}");
        assert!(said.contains("\n  formatting\n"), "{said}");
        assert!(said.contains("deny.toml allows (with --full)"), "{said}");
    }

    #[test]
    fn the_summary_names_every_step_and_how_to_fix_what_failed() {
        let step = |name, fix| Step {
            name,
            fix,
            run: Box::new(|| Outcome::Passed),
        };
        let (a, b, c) = (step("a", "x"), step("b", "fix b"), step("c", "x"));
        let second = Duration::from_secs(1);
        let (text, failed) = summary(&[
            (&a, Outcome::Passed, second),
            (&b, Outcome::Failed("broken".to_owned()), second),
            (&c, Outcome::Skipped("no python".to_owned()), second),
        ]);
        assert_eq!(failed, 1);
        assert_eq!(
            text,
            "ok          1.0 s  a\n\
             FAILED      1.0 s  b: fix it with: fix b\n\
             SKIPPED     1.0 s  c: no python\n"
        );
    }
}
