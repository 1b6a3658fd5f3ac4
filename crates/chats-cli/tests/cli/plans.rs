//! What becomes of a plan, and of the session that it waits in.

use serde_json::{Value, json};

use crate::program::{Program, Run, finish};
use crate::service::{PLAN, Service, event, id, plans};

#[test]
fn yes_approves_a_plan() {
    let service = Service::start();
    service.answers(plans());
    let out = Program::with(&service)
        .run(&["chat", "--yes", "Select the poles"])
        .fine();
    assert!(out.ends_with("12 images are selected.\n"), "{out}");
    assert!(!service.is_open(1));
}

#[test]
fn a_plan_in_the_background_is_waited_for() {
    let service = Service::start();
    service
        .answers(plans())
        .reports("All [[img:a|poles.png]] are described.");
    let program = Program::with(&service);
    let mut command = program.command(&["chat", "--yes", "Describe all"]);
    command.env("AIONVISION_POLLING_INTERVAL", "0.01");
    let out = finish(command).fine();
    assert!(out.ends_with("All poles.png are described.\n"), "{out}");
}

/// Approves a plan that never reports.
fn outlasted(service: &Service, first: &[&str]) -> Run {
    service.answers(plans()).never_reports();
    let program = Program::with(service);
    let arguments = [first, &["chat", "--yes", "Describe all"]].concat();
    let mut command = program.command(&arguments);
    command.env("AIONVISION_POLLING_INTERVAL", "0.01");
    command.env("AIONVISION_POLLING_TIMEOUT", "0.05");
    finish(command)
}

#[test]
fn a_plan_that_outlasts_the_wait_keeps_its_session() {
    let service = Service::start();
    let run = outlasted(&service, &[]);
    assert_eq!(run.code, 0, "{}", run.err);
    let look = format!("`chats sessions show {}` will show its result", id(1));
    assert!(run.err.contains(&look), "{}", run.err);
    assert!(run.err.contains("stays open"), "{}", run.err);
    assert!(service.is_open(1));
}

#[test]
fn json_says_that_a_plan_outlasts_the_wait() {
    let service = Service::start();
    let run = outlasted(&service, &["--json"]);
    let last: Value = serde_json::from_str(run.out.lines().last().unwrap()).unwrap();
    assert_eq!(
        last,
        json!({"type": "unfinished", "session_id": id(1), "plan_id": PLAN})
    );
    assert!(service.is_open(1));
}

#[test]
fn a_plan_in_another_session_keeps_that_one_open_and_not_the_one_that_was_made() {
    let service = Service::start();
    service.with_sessions(1).answers(plans());
    let program = Program::with(&service);
    let lines = format!("/sessions {}\nFind poles and select them\n", id(1));
    let run = program.run_with_input(&["chat"], &lines);
    assert!(
        run.fails_with(1)
            .contains(&format!("plan approve {} ", id(1)))
    );
    assert!(service.is_open(1));
    assert!(!service.is_open(2), "the one that was made");

    let run = program.run_with_input(&["chat", "--keep"], &format!("/sessions {}\n", id(1)));
    let told = format!("The session stays open: chats chat --session {}\n", id(3));
    assert_eq!(run.err, told);
    assert!(service.is_open(3));
}

#[test]
fn a_failure_after_a_plan_is_told_and_the_plan_still_waits() {
    let steps = || {
        let failure = json!({"message": "The model is away.", "code": "MODEL_DOWN"});
        [plans(), vec![event("error", failure)]].concat()
    };
    let service = Service::start();
    service.answers(steps());
    let run = Program::with(&service).run(&["chat", "--yes", "Select the poles"]);
    assert_eq!(run.code, 1);
    assert!(run.out.contains("1. Find poles."), "{}", run.out);
    assert!(run.err.contains("The model is away."), "{}", run.err);
    let decide = format!("`chats plan approve {} {PLAN}`", id(1));
    assert!(run.err.contains(&decide), "{}", run.err);
    assert!(service.is_open(1));
    assert!(service.decisions().is_empty());

    let service = Service::start();
    service.answers(steps());
    let run = Program::with(&service).run(&["--json", "chat", "Select the poles"]);
    let lines: Vec<Value> = run
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let [.., plan, error] = &lines[..] else {
        panic!("{lines:?}")
    };
    assert_eq!(
        (&plan["type"], &error["type"]),
        (&json!("plan"), &json!("error"))
    );
}

#[test]
fn a_plan_without_an_id_waits_in_an_open_session() {
    let service = Service::start();
    let plan = json!({"summary": "Select the poles."});
    service.answers(vec![event("plan_pending_approval", plan)]);
    let run = Program::with(&service).run(&["chat", "--yes", "Select the poles"]);
    assert_eq!(run.code, 1);
    let look = format!("`chats sessions show {}` shows", id(1));
    assert!(run.err.contains(&look), "{}", run.err);
    assert!(run.err.contains("stays open"), "{}", run.err);
    assert!(service.is_open(1));
}
