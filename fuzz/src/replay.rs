//! The kept corpus of every target, and random changes of it from a fixed seed.

mod mutate;
mod targets;

use mutate::mutated;
use targets::Target;

/// Replays the corpus, then so many changed inputs.
fn replay(name: &str, changed: usize) {
    let target = Target::named(name).expect("a target");
    let kept = target.kept().expect("a corpus");
    assert!(kept.len() >= 5, "{name} has {} inputs", kept.len());
    for input in &kept {
        (target.run)(input);
    }
    let mut random = fastrand::Rng::with_seed(8);
    for _ in 0..changed {
        let input = random.choice(&kept).expect("it is not empty");
        (target.run)(&mutated(&mut random, input, &kept));
    }
}

#[test]
fn event_streams_are_read_as_the_standard_says() {
    replay("sse", 3000);
}

#[test]
fn tokens_are_read_as_their_json_says() {
    replay("tokens", 3000);
}

#[test]
fn markup_of_any_form_is_read() {
    replay("markup", 3000);
}

#[test]
fn replies_of_any_form_become_errors_that_tell_what_came() {
    replay("replies", 300);
}

#[test]
fn documents_of_any_form_are_generated_or_refused() {
    replay("codegen", 60);
}

#[test]
fn documents_of_any_form_are_compared_or_refused() {
    replay("drift", 200);
}
