//! One question, one answer: `chats chat MESSAGE` without a terminal.

use serde_json::{Value, json};

use crate::program::{Program, finish};
use crate::service::{Gate, KEY, PLAN, Service, Step, complete, event, id, plans, says, token};

#[test]
fn an_answer_is_printed_and_the_session_closed() {
    let service = Service::start();
    service.answers(says("Two poles are damaged."));
    let out = Program::with(&service)
        .run(&["chat", "Find damaged poles"])
        .fine();
    assert_eq!(out, "Two poles are damaged.\n");
    assert!(!service.is_open(1));
}

#[test]
fn an_answer_counts_though_its_session_cannot_be_closed() {
    let service = Service::start();
    service.answers(says("Two poles."));
    let close = format!("DELETE /chat/sessions/{}", id(1));
    service.refuses(&close, 403, json!({"detail": "No."}));
    let run = Program::with(&service).run(&["chat", "Find poles"]);
    assert_eq!((run.code, run.out.as_str()), (0, "Two poles.\n"));
    let told = format!("close it with: chats sessions close {}", id(1));
    assert!(
        run.err.contains("warning: ") && run.err.contains(&told),
        "{}",
        run.err
    );
}

#[test]
fn a_session_that_stays_open_after_a_failure_is_named() {
    let close = format!("DELETE /chat/sessions/{}", id(1));
    let told = format!("close it with: chats sessions close {}", id(1));
    let service = Service::start();
    service.answers(vec![event("error", json!({"message": "Gone."}))]);
    service.refuses(&close, 403, json!({"detail": "No."}));
    let run = Program::with(&service).run(&["chat", "Find poles"]);
    assert!(run.code == 1 && run.err.contains(&told), "{}", run.err);

    let service = Service::start();
    service.answers(plans());
    let approve = format!("POST /chat/sessions/{}/plans/{PLAN}/action", id(1));
    service.refuses(&approve, 500, json!({"detail": "Broken."}));
    let run = Program::with(&service).run(&["chat", "--yes", "Select the poles"]);
    assert!(run.code == 1 && run.err.contains(&told), "{}", run.err);
    let look = format!("`chats sessions show {}`", id(1));
    assert!(run.err.contains(&look), "{}", run.err);
    assert!(service.is_open(1));
}

#[test]
fn a_named_session_stays_open() {
    let service = Service::start();
    service.with_sessions(1).answers(says("Yes."));
    let out = Program::with(&service)
        .run(&["chat", "--session", &id(1), "Sure?"])
        .fine();
    assert_eq!(out, "Yes.\n");
    assert!(service.is_open(1));
    assert_eq!(service.requests().len(), 1, "{:?}", service.requests());
}

#[test]
fn a_session_that_is_to_be_kept_stays_open_under_its_title() {
    let service = Service::start();
    let run = Program::with(&service).run(&["chat", "--keep", "--title", "Poles", "Hello"]);
    assert_eq!(run.code, 0);
    assert!(
        run.err.contains(&format!("chats chat --session {}", id(1))),
        "{}",
        run.err
    );
    assert!(service.is_open(1));
    assert_eq!(service.title(1), "Poles");
}

#[test]
fn images_narrow_the_session_down() {
    let service = Service::start();
    Program::with(&service)
        .run(&["chat", "--image", &id(101), "Hello"])
        .fine();
    let made: Value =
        serde_json::from_str(service.requests()[0].split_once("sessions ").unwrap().1).unwrap();
    assert_eq!(made["initial_image_ids"], json!([id(101)]));
    assert_eq!(made["use_all_images"], false);
}

#[test]
fn the_message_may_come_from_standard_input() {
    let service = Service::start();
    Program::with(&service)
        .run_with_input(&["chat", "-"], "Find\npoles\n")
        .fine();
    assert!(
        service.requests()[1].contains(r#""message":"Find\npoles""#),
        "{:?}",
        service.requests()
    );
}

#[test]
fn references_are_printed_as_what_they_stand_for() {
    let service = Service::start();
    let text = "I found [[ref:r1]] poles, such as [[img:ab|pole_1.png]].";
    service.answers(vec![
        token(0, "I found [[re"),
        token(1, "f:r1]] poles, such as [[img:ab|pole_1.png]]."),
        complete(
            text,
            json!({"metadata": {"result_refs": {"r1": {"count": 3}}}}),
        ),
    ]);
    let out = Program::with(&service).run(&["chat", "Find poles"]).fine();
    assert_eq!(out, "I found 3 poles, such as pole_1.png.\n");
}

#[test]
fn an_answer_that_only_its_end_tells_is_printed() {
    let service = Service::start();
    service.answers(vec![complete("All at once.", json!({}))]);
    let out = Program::with(&service).run(&["chat", "Hello"]).fine();
    assert_eq!(out, "All at once.\n");
}

#[test]
fn json_gives_a_line_for_each_event_and_the_answer_last() {
    let service = Service::start();
    service.answers(says("Two poles."));
    let out = Program::with(&service)
        .run(&["--json", "chat", "Hello"])
        .fine();
    insta::assert_snapshot!(out);
    for line in out.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
}

#[test]
fn an_error_of_the_agent_keeps_what_was_said_and_closes_the_session() {
    let service = Service::start();
    service.answers(vec![
        token(0, "Two po"),
        event(
            "error",
            json!({"message": "The model is away.", "code": "MODEL_DOWN"}),
        ),
    ]);
    let run = Program::with(&service).run(&["chat", "Hello"]);
    let sentence = run.fails_with(1);
    assert!(sentence.contains("The model is away."), "{sentence}");
    assert_eq!(run.out, "Two po\n");
    assert!(!service.is_open(1));
}

#[test]
fn a_session_that_is_not_there_is_a_no() {
    let service = Service::start();
    let run = Program::with(&service).run(&["chat", "--session", &id(9), "Hello"]);
    let sentence = run.fails_with(1);
    assert!(sentence.contains("There is no such session."), "{sentence}");
    assert!(sentence.contains("chats sessions list"), "{sentence}");
}

#[test]
fn a_wrong_key_is_a_no_that_tells_where_to_put_another() {
    let service = Service::start();
    let program = Program::with(&service);
    let mut command = program.command(&["chat", "Hello"]);
    command.env("AIONVISION_API_KEY", "aion_zzzzzzzzzzzzzzzzzzzz");
    let run = finish(command);
    let sentence = run.fails_with(1);
    assert!(
        sentence.ends_with("check the API key; `chats login` saves another one"),
        "{sentence}"
    );
    assert!(!sentence.contains("zzzz"), "{sentence}");
}

#[test]
fn no_key_at_all_is_wrong_usage() {
    let run = Program::alone().run(&["chat", "Hello"]);
    insta::assert_snapshot!(run.fails_with(2));
}

#[test]
fn nobody_at_the_address_is_a_connection_failure() {
    let program = Program::alone();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/api/v2", listener.local_addr().unwrap());
    drop(listener);
    let run = program.run(&["--base-url", &url, "--api-key", KEY, "chat", "Hello"]);
    let sentence = run.fails_with(3);
    assert!(sentence.contains("refused"), "{sentence}");
    assert!(sentence.contains("--base-url"), "{sentence}");
}

#[test]
fn a_message_that_is_too_long_is_wrong_usage_before_anything_is_sent() {
    let service = Service::start();
    let run = Program::with(&service).run(&["chat", "--session", &id(1), &"x".repeat(10_001)]);
    run.fails_with(2);
    assert!(service.requests().is_empty());
}

#[test]
fn a_plan_without_anybody_to_ask_waits_in_an_open_session() {
    let service = Service::start();
    service.answers(plans());
    let run = Program::with(&service).run(&["chat", "Select the poles"]);
    insta::assert_snapshot!(run.out);
    insta::assert_snapshot!(run.fails_with(1));
    assert!(service.is_open(1));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::io::{BufRead, BufReader, Read};
    let service = Service::start();
    let gate = Gate::new();
    let long = "word ".repeat(20_000);
    service.answers(vec![
        token(0, "first line\n"),
        Step::Gate(gate.clone()),
        token(1, &long),
        complete(&format!("first line\n{long}"), json!({})),
    ]);
    let program = Program::with(&service);
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_chats"))
        .env_clear()
        .envs(program.variables())
        .args(["chat", "Hello"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert_eq!(line, "first line\n");
    drop(out);
    gate.open();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut err = String::new();
    child.stderr.unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(err, "");
    assert!(!service.is_open(1), "its session is closed all the same");
}

/// The type of the last line of JSON.
fn last_type(out: &str) -> String {
    last_line(out)["type"].as_str().unwrap().to_owned()
}

fn last_line(out: &str) -> Value {
    let last = out.lines().last().expect("a line");
    serde_json::from_str(last).unwrap()
}

#[test]
fn json_ends_with_the_failure_wherever_it_came() {
    let service = Service::start();
    service.refuses("POST /chat/sessions", 401, json!({"detail": "No."}));
    let run = Program::with(&service).run(&["--json", "chat", "Hello"]);
    assert_eq!((run.code, last_type(&run.out).as_str()), (1, "error"));

    let service = Service::start();
    service.answers(plans());
    service.refuses(
        &format!("POST /chat/sessions/{}/plans/{PLAN}/action", id(1)),
        409,
        json!({"detail": "Busy."}),
    );
    let run = Program::with(&service).run(&["--json", "chat", "--yes", "Hello"]);
    assert_eq!((run.code, last_type(&run.out).as_str()), (1, "error"));
    assert_eq!(last_line(&run.out)["session_id"], id(1));
    assert!(service.is_open(1), "the plan still waits in it");
}

#[test]
fn what_is_no_message_makes_no_session() {
    let service = Service::start();
    let program = Program::with(&service);
    let long = "é".repeat(10_001);
    for message in ["", " \n", &long] {
        program.run(&["chat", message]).fails_with(2);
        program
            .run_with_input(&["chat", "-"], message)
            .fails_with(2);
    }
    let endless = "x".repeat(50_000);
    program
        .run_with_input(&["chat", "-"], &endless)
        .fails_with(2);
    for blank in ["", "\n \n\t\n"] {
        let nothing = program.run_with_input(&["chat"], blank);
        assert!(nothing.fails_with(2).contains("standard input is empty"));
    }
    assert!(service.requests().is_empty(), "{:?}", service.requests());
    program.run_with_input(&["chat"], &endless).fails_with(2);
    assert!(!service.is_open(1));
}

#[test]
fn what_the_service_says_is_shown_without_what_steers_terminals() {
    let service = Service::start();
    service.answers(says("Two\u{1b}[2J\tpoles \u{202e}."));
    let out = Program::with(&service).run(&["chat", "Hello"]).fine();
    assert_eq!(out, "Two[2J\tpoles .\n");
}

#[test]
fn json_holds_what_steers_terminals_as_escapes() {
    let service = Service::start();
    let text = "Two \u{9b}2Jpoles \u{202e}.";
    service.answers(says(text));
    let run = Program::with(&service).run(&["--json", "chat", "Hello"]);
    let out = run.fine();
    assert!(!out.contains(['\u{9b}', '\u{202e}']), "{out:?}");
    assert_eq!(last_line(&out)["content"], text);
}

#[test]
fn an_answer_that_is_not_what_its_beginning_promised_is_printed_as_well() {
    let service = Service::start();
    service.answers(vec![token(0, "Hello"), complete("Bye", json!({}))]);
    let out = Program::with(&service).run(&["chat", "Hello"]).fine();
    assert_eq!(out, "Hello\nBye\n");
}

#[test]
fn reasoning_that_was_asked_for_goes_to_standard_error() {
    let service = Service::start();
    let step = event("thinking_step", json!({"reasoning": "Look\nfirst."}));
    service.answers([vec![step], says("Two poles.")].concat());
    let run = Program::with(&service).run(&["chat", "--reasoning", "Find poles"]);
    assert_eq!(
        (run.code, &*run.out, &*run.err),
        (0, "Two poles.\n", "… Look first.\n")
    );
}

#[test]
fn the_cause_of_a_failure_comes_before_the_advice() {
    let service = Service::start();
    service.answers(vec![token(0, "Two po"), Step::Break]);
    let program = Program::with(&service);
    let mut command = program.command(&["chat", "Find poles"]);
    command.env("AIONVISION_POLLING_INTERVAL", "0.01");
    command.env("AIONVISION_POLLING_TIMEOUT", "0.05");
    let run = finish(command);
    assert_eq!(run.code, 3, "{}", run.err);
    let told = run.err.trim_end();
    let look = format!(
        "; the message may have been received: check `chats sessions show {}` before sending it again; ",
        id(1)
    );
    let (cause, advice) = told.split_once(&look).expect(told);
    assert!(
        cause.contains("broke before its answer was complete"),
        "{told}"
    );
    assert!(cause.contains("): "), "the cause comes last: {told}");
    assert_eq!(advice, "no answer was found in the session's history");
}

#[test]
fn a_redirect_that_leads_nowhere_is_one_piece_of_advice() {
    let service = Service::start();
    service.refuses("POST /chat/sessions", 301, json!({}));
    let run = Program::with(&service).run(&["chat", "Hello"]);
    let sentence = run.fails_with(3);
    assert_eq!(sentence.matches("--base-url").count(), 1, "{sentence}");
}
