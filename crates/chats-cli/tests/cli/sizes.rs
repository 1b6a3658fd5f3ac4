//! Terminals that are narrow, or lower than an answer.

use std::num::NonZero;

use serde_json::json;

use crate::program::Program;
use crate::screen::{COLUMNS, LINES, Screen};
use crate::service::{Gate, Service, Step, complete, event, token};

const FEW_LINES: NonZero<u16> = NonZero::new(8).unwrap();

fn lines(first: &str) -> String {
    let more = (1..=20).map(|number| format!("\n\nPole {number}"));
    first.to_owned() + &more.collect::<String>()
}

fn start(program: &Program) -> Screen {
    Screen::start_on((FEW_LINES, COLUMNS), program, &["chat", "Find poles"], &[])
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
fn the_local_service_counts_on_a_small_terminal_too() {
    let program = Program::alone();
    let arguments = ["--local", "chat", "Find damaged poles"];
    let screen = Screen::start_on((FEW_LINES, COLUMNS), &program, &arguments, &[]);
    let all = screen.everything();
    assert_eq!(screen.ends(), 0);
    assert!(all.starts_with("I found 6 images for"), "{all}");
    assert_eq!(all.matches("pole-02-split.png").count(), 2, "{all}");
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

#[test]
fn a_table_is_cut_to_a_narrow_terminal_with_its_head() {
    let service = Service::start();
    service.with_sessions(1);
    for columns in [50, 69, 76] {
        let narrow = NonZero::new(columns).unwrap();
        let program = Program::with(&service);
        let screen = Screen::start_on((LINES, narrow), &program, &["sessions", "list"], &[]);
        let all = screen.everything();
        let lines: Vec<&str> = all.lines().collect();
        assert_eq!(lines.len(), 2, "{columns}: {all}");
        assert!(lines[1].contains("Se"), "{columns}: {all}");
        assert_eq!(screen.ends(), 0);
    }
}

#[test]
fn a_narrow_terminal_is_written_to_line_by_line() {
    let service = Service::start();
    let gate = Gate::new();
    service.answers(vec![
        token(0, "Two poles are damaged "),
        Step::Gate(gate.clone()),
        token(1, "and one is old."),
        complete("Two poles are damaged and one is old.", json!({})),
    ]);
    let narrow = NonZero::new(15).unwrap();
    let program = Program::with(&service);
    let screen = Screen::start_on((LINES, narrow), &program, &["chat", "Hi"], &[]);
    screen.shows("Two poles are d");
    gate.open();
    screen.is_over();
    let written = screen.written();
    assert!(!written.contains("\u{1b}[?2026h"), "{written:?}");
    assert_eq!(written.matches("Two poles").count(), 1, "{written:?}");
    assert!(written.contains("damaged and one is old."), "{written:?}");
}

#[test]
fn an_answer_begins_anew_on_a_terminal_that_became_narrower() {
    let service = Service::start();
    let gate = Gate::new();
    let text = "Two of the wooden poles in the old yard are damaged below the crossarm ";
    service.answers(vec![
        token(0, text),
        Step::Gate(gate.clone()),
        token(1, "today."),
        complete(&format!("{text}today."), json!({})),
    ]);
    let screen = Screen::start(&Program::with(&service), &["chat", "Hi"]);
    screen.shows("below the crossarm").resize(40);
    gate.open();
    screen.shows(
        "\nTwo of the wooden poles in the old yard\n\
         are damaged below the crossarm today.",
    );
    assert_eq!(screen.ends(), 0);
}
