//! Ctrl-C and the signals that end a program, whatever it does at that time.

use crate::program::Program;
use crate::screen::Screen;
use crate::service::{PLAN, Service, Step, id, plans, says, token};

#[test]
fn control_c_stops_the_answer_and_a_second_one_leaves() {
    let service = Service::start();
    service
        .answers(vec![token(0, "Two po"), Step::Hold])
        .answers(says("Still here."));
    let screen = Screen::conversation(&Program::with(&service));
    screen.keys("Find poles\r").shows("Two po");
    screen
        .control_c()
        .shows("Stopped; press Ctrl-C again to quit.\n> ");
    assert!(service.is_open(1));
    screen.keys("Hello?\r").shows("Still here.\n> ");
    screen
        .control_c()
        .shows("\nPress Ctrl-C again to quit.\n> ");
    screen.control_c();
    assert_eq!(screen.ends(), 130);
    assert!(!service.is_open(1));
}

#[test]
fn control_c_right_after_a_stopped_answer_leaves() {
    let service = Service::start();
    service.answers(vec![token(0, "Two po"), Step::Hold]);
    let screen = Screen::conversation(&Program::with(&service));
    screen.keys("Find poles\r").shows("Two po");
    screen.control_c().shows("again to quit.\n> ");
    screen.control_c();
    assert_eq!(screen.ends(), 130);
    assert!(!service.is_open(1));
}

#[test]
fn control_c_ends_a_single_question_and_closes_its_session() {
    let service = Service::start();
    service.answers(vec![token(0, "Two po"), Step::Hold]);
    let screen = Screen::start(&Program::with(&service), &["chat", "Find poles"]);
    screen.shows("Two po").control_c();
    assert_eq!(screen.ends(), 130);
    assert!(!service.is_open(1));
}

#[test]
fn a_session_that_was_named_stays_open_after_control_c() {
    let service = Service::start();
    service
        .with_sessions(1)
        .answers(vec![token(0, "Two po"), Step::Hold]);
    let screen = Screen::start(
        &Program::with(&service),
        &["chat", "--session", &id(1), "Hi"],
    );
    screen.shows("Two po").control_c();
    assert_eq!(screen.ends(), 130);
    assert!(service.is_open(1));
}

#[test]
fn a_plan_is_cancelled_on_control_c() {
    let service = Service::start();
    service.answers(plans());
    let screen = Screen::conversation(&Program::with(&service));
    screen.keys("Select the poles\r").shows("[y/n]").control_c();
    screen.shows("Stopped; press Ctrl-C again to quit.\n> ");
    assert_eq!(service.decisions(), ["cancel"]);
}

#[test]
fn a_signal_at_the_prompt_closes_the_session_and_leaves_the_terminal_as_it_was() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let service = Service::start();
        let screen = Screen::conversation(&Program::with(&service));
        assert!(!screen.echoes(), "the editor shows what is typed");
        screen.signal(signal);
        screen.is_over();
        assert!(screen.echoes(), "{signal}");
        screen.wrote("\u{1b}[?2004l");
        assert_eq!(screen.ends(), code, "{signal}");
        assert!(!service.is_open(1), "{signal}");
    }
}

#[test]
fn a_signal_at_a_question_cancels_the_plan_and_leaves() {
    let service = Service::start();
    service.answers(plans());
    let screen = Screen::start(&Program::with(&service), &["chat", "Select the poles"]);
    screen.shows("[y/n]").signal("TERM");
    screen.is_over();
    assert!(screen.echoes());
    assert_eq!(screen.ends(), 143);
    assert_eq!(service.decisions(), ["cancel"]);
}

#[test]
fn a_signal_during_an_answer_ends_the_conversation() {
    for (signal, code) in [("TERM", 143), ("HUP", 129)] {
        let service = Service::start();
        service.answers(vec![token(0, "Two po"), Step::Hold]);
        let screen = Screen::conversation(&Program::with(&service));
        screen.keys("Find poles\r").shows("Two po").signal(signal);
        assert_eq!(screen.ends(), code, "{signal}");
        assert!(!service.is_open(1), "{signal}");
    }
}

/// The requests of the first session to which a service may not reply.
fn messages() -> String {
    format!("GET /chat/sessions/{}", id(1))
}

fn action() -> String {
    format!("POST /chat/sessions/{}/plans/{PLAN}/action", id(1))
}

fn closing() -> String {
    format!("DELETE /chat/sessions/{}", id(1))
}

#[test]
fn nothing_is_approved_after_a_signal() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let service = Service::start();
        service.answers(plans()).falls_silent(&messages(), 0);
        let arguments = ["chat", "--yes", "Select the poles"];
        let screen = Screen::start(&Program::with(&service), &arguments);
        service.is_asked(&messages(), 1);
        screen.signal(signal);
        screen.shows(&format!("close {}", id(1)));
        assert_eq!(screen.ends(), code, "{signal}");
        assert!(service.decisions().is_empty(), "{signal}");
        assert!(service.is_open(1), "the plan waits in it");
    }
}

#[test]
fn control_c_gives_up_on_cancelling_a_plan() {
    let service = Service::start();
    service.answers(plans()).falls_silent(&action(), 0);
    let screen = Screen::conversation(&Program::with(&service));
    screen.keys("Select the poles\r").shows("[y/n]").control_c();
    service.is_asked(&action(), 1);
    screen
        .control_c()
        .shows("Stopped; press Ctrl-C again to quit.\n> ");
    assert_eq!(service.decisions(), ["cancel"]);
}

#[test]
fn a_signal_ends_a_plan_whose_report_does_not_come() {
    let service = Service::start();
    service.answers(plans()).falls_silent(&messages(), 1);
    let arguments = ["chat", "--yes", "Select the poles"];
    let screen = Screen::start(&Program::with(&service), &arguments);
    service.is_asked(&messages(), 2);
    screen.signal("TERM");
    assert_eq!(screen.ends(), 143);
    assert_eq!(service.decisions(), ["approve"]);
    assert!(!service.is_open(1), "the plan is done");
}

#[test]
fn a_session_that_may_be_open_is_named_when_control_c_gives_up_on_closing_it() {
    let service = Service::start();
    service
        .answers(says("Two poles."))
        .falls_silent(&closing(), 0);
    let screen = Screen::start(&Program::with(&service), &["chat", "Find poles"]);
    service.is_asked(&closing(), 1);
    screen
        .control_c()
        .shows("The session may still be open; close it with: chats sessions close");
    assert_eq!(screen.ends(), 130);
}

#[test]
fn a_plan_in_the_background_keeps_its_session_after_control_c() {
    let service = Service::start();
    service.answers(plans()).never_reports();
    let arguments = ["chat", "--yes", "Describe all"];
    let screen = Screen::start(&Program::with(&service), &arguments);
    screen.shows("running in the background; its result");
    service.is_asked(&messages(), 2);
    screen
        .control_c()
        .shows("It continues in the background.")
        .shows("The session stays open");
    assert_eq!(screen.ends(), 130);
    assert!(service.is_open(1));
}

#[test]
fn a_session_that_takes_its_time_to_close_is_waited_for_openly() {
    let service = Service::start();
    service
        .answers(vec![token(0, "Two po"), Step::Hold])
        .falls_silent(&closing(), 0);
    let screen = Screen::start(&Program::with(&service), &["chat", "Find poles"]);
    screen.shows("Two po").control_c();
    screen.shows("Closing the session; Ctrl-C again leaves it.");
    screen.control_c().shows("The session may still be open");
    assert_eq!(screen.ends(), 130);
}

#[test]
fn a_session_that_may_yet_be_made_is_mentioned_when_control_c_gives_up_on_it() {
    let service = Service::start();
    let making = "POST /chat/sessions";
    service.falls_silent(making, 0);
    let screen = Screen::start(&Program::with(&service), &["chat", "Find poles"]);
    service.is_asked(making, 1);
    screen.control_c();
    screen.shows("Closing the session; Ctrl-C again leaves it.");
    screen
        .control_c()
        .shows("A session may be open; look with: chats sessions list --active");
    assert_eq!(screen.ends(), 130);
}
