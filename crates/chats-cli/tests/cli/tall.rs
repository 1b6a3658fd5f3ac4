//! Answers that are taller than the terminal.

use std::num::NonZero;

use serde_json::json;

use crate::program::Program;
use crate::screen::{COLUMNS, Screen};
use crate::service::{Gate, Service, Step, complete, event, token};

const LINES: NonZero<u16> = NonZero::new(8).unwrap();

fn lines(first: &str) -> String {
    let more = (1..=20).map(|number| format!("\n\nPole {number}"));
    first.to_owned() + &more.collect::<String>()
}

fn start(program: &Program) -> Screen {
    Screen::start_on((LINES, COLUMNS), program, &["chat", "Find poles"], &[])
}

#[test]
fn a_count_is_there_at_the_end_though_its_line_would_have_left_the_screen() {
    let service = Service::start();
    let gate = Gate::new();
    let text = lines("I found [[ref:r]] poles:");
    service.answers(vec![
        token(0, &text),
        Step::Gate(gate.clone()),
        complete(&text, json!({"result_refs": {"r": {"count": 20}}})),
    ]);
    let screen = start(&Program::with(&service));
    screen.shows("I found · poles:\n\nPole 1\n\nPole 2\n\n…");
    gate.open();
    screen.shows("Pole 20");
    let all = screen.everything();
    assert_eq!(screen.ends(), 0);
    assert!(all.starts_with("I found 20 poles:\n"), "{all}");
    assert_eq!(all.matches("I found").count(), 1, "{all}");
    assert_eq!(all.matches("Pole 7").count(), 1, "{all}");
}

#[test]
fn what_was_held_back_is_shown_if_the_answer_fails() {
    let service = Service::start();
    service.answers(vec![
        token(0, &lines("I found [[ref:r]] poles:")),
        event("error", json!({"message": "Gone."})),
    ]);
    let screen = start(&Program::with(&service));
    screen.shows("Pole 20").shows("Gone.");
    assert_eq!(screen.ends(), 1);
}

#[test]
fn an_answer_that_changed_above_the_screen_is_printed_again() {
    let service = Service::start();
    let gate = Gate::new();
    service.answers(vec![
        token(0, &lines("Some poles:")),
        Step::Gate(gate.clone()),
        complete(&lines("Twenty poles:"), json!({})),
    ]);
    let screen = start(&Program::with(&service));
    screen.shows("Pole 20");
    gate.open();
    screen.is_over();
    let all = screen.everything();
    assert!(all.contains("Pole 20\n\nTwenty poles:\n"), "{all}");
    assert!(all.ends_with("Pole 20"), "{all}");
    assert_eq!(screen.ends(), 0);
}
