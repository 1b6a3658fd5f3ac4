//! A conversation in a real terminal, and one from a pipe.

use serde_json::json;

use crate::program::{Program, finish};
use crate::screen::Screen;
use crate::service::{Gate, KEY, Service, Step, complete, event, id, plans, says, token};

#[test]
fn questions_are_answered_until_the_person_leaves() {
    let service = Service::start();
    service
        .answers(says("Two **poles**."))
        .answers(says("Pole 7."));
    let screen = Screen::conversation(&Program::with(&service));
    screen
        .keys("Find poles\r")
        .shows("Two poles.")
        .shows("poles.\n> ");
    screen.keys("Which is worst?\r").shows("Pole 7.\n> ");
    insta::assert_snapshot!(screen.contents());
    screen.keys("/quit\r");
    assert_eq!(screen.ends(), 0);
    assert!(!service.is_open(1));
    assert_eq!(service.requests().len(), 4, "{:?}", service.requests());
}

#[test]
fn a_spinner_tells_the_phase_and_the_tool_until_text_comes() {
    let service = Service::start();
    let (working, writing) = (Gate::new(), Gate::new());
    service.answers(vec![
        event(
            "status",
            json!({"phase": "search", "message": "Searching", "agent_name": "finder"}),
        ),
        event("tool_invocation", json!({"tool_name": "image_search"})),
        Step::Gate(working.clone()),
        token(0, "# Found\n\nTwo po"),
        Step::Gate(writing.clone()),
        token(1, "les."),
        complete("# Found\n\nTwo poles.", json!({})),
    ]);
    let screen = Screen::conversation(&Program::with(&service));
    screen
        .keys("Find poles\r")
        .shows("Searching (finder): image_search");
    working.open();
    screen.shows("Found\n\nTwo po");
    assert!(
        !screen.contents().contains("Searching"),
        "{}",
        screen.contents()
    );
    writing.open();
    screen.shows("Two poles.\n");
    let written = screen.written();
    assert!(!written.contains("\x1b[2J"), "the screen is never wiped");
    assert_eq!(
        written.matches("Found").count(),
        1,
        "what stands is not written again"
    );
}

#[test]
fn images_are_shown_as_a_table_with_links_and_can_be_picked() {
    let service = Service::start();
    let image = |number: usize, sure: f64| {
        json!({
            "image_id": id(100 + number),
            "filename": format!("pole-{number:02}.png"),
            "confidence": sure,
            "description": "A wooden pole with a crack",
            "thumbnail_url": format!("https://images.example/{number}.png"),
        })
    };
    let images = json!([image(1, 0.97), image(2, 0.8)]);
    service.answers(vec![
        event("image_results", json!({"images": images, "count": 2})),
        token(0, "See [[img:"),
        complete(
            "See [[img:7f2c1f52-3c8e-4c0d-9a35-000000000101|pole-01.png]].",
            json!({"image_context": images}),
        ),
    ]);
    let program = Program::with(&service);
    let screen = Screen::start_with(&program, &["chat"], &[("FORCE_HYPERLINK", "1")]);
    screen
        .shows("> ")
        .keys("Find poles\r")
        .shows("with a crack\n> ");
    insta::assert_snapshot!(screen.contents());
    screen.wrote("\x1b]8;;https://images.example/1.png\x1b\\pole-01.png\x1b]8;;\x1b\\");
    screen
        .keys("/images use 2\r")
        .shows("Answers now use only 1 image");
    let requests = service.requests();
    let chosen = format!(
        "PUT /chat/sessions/{}/images {{\"image_ids\":[\"{}\"]}}",
        id(1),
        id(102)
    );
    assert!(requests.contains(&chosen), "{requests:?}");
    let mode = format!(
        "PATCH /chat/sessions/{}/mode {{\"use_all_images\":false}}",
        id(1)
    );
    assert!(requests.contains(&mode), "{requests:?}");
}

#[test]
fn a_plan_is_shown_step_by_step_and_carried_out_on_yes() {
    let service = Service::start();
    service.answers(plans());
    let screen = Screen::conversation(&Program::with(&service));
    screen
        .keys("Select the poles\r")
        .shows("Approve this plan? [y/n]");
    insta::assert_snapshot!(screen.contents());
    screen.keys("maybe\r").shows("Please answer y or n.");
    screen.keys("y\r").shows("12 images are selected.\n> ");
    assert_eq!(service.decisions(), ["approve"]);
}

#[test]
fn a_plan_is_cancelled_on_no() {
    let service = Service::start();
    service.answers(plans());
    let screen = Screen::conversation(&Program::with(&service));
    screen.keys("Select the poles\r").shows("[y/n]").keys("n\r");
    screen.shows("The plan is cancelled.\n> ");
    assert_eq!(service.decisions(), ["cancel"]);
}

#[test]
fn a_message_may_have_several_lines_and_commands_are_completed() {
    let service = Service::start();
    service.answers(says("First.")).answers(says("Second."));
    let screen = Screen::conversation(&Program::with(&service));
    screen.keys("one\\\rtwo\r").shows("First.\n> ");
    screen.keys("three\x1b\rfour\r").shows("Second.\n> ");
    screen
        .keys("/ren\tPoles of May\r")
        .shows("Renamed to “Poles of May”.");
    assert_eq!(service.title(1), "Poles of May");
    let requests = service.requests().join("\n");
    assert!(requests.contains(r#""message":"one\ntwo""#), "{requests}");
    assert!(
        requests.contains(r#""message":"three\nfour""#),
        "{requests}"
    );
}

#[test]
fn earlier_messages_come_back_in_the_next_conversation() {
    let service = Service::start();
    let program = Program::with(&service);
    for keys in ["Find poles\r", "\x1b[A\r"] {
        let screen = Screen::start(&program, &["chat"]);
        screen
            .shows("> ")
            .keys(keys)
            .shows("Nothing to say.\n> ")
            .keys("\x04");
        assert_eq!(screen.ends(), 0);
    }
    let asked = service
        .requests()
        .iter()
        .filter(|line| line.contains("Find poles"))
        .count();
    assert_eq!(asked, 2, "{:?}", service.requests());
}

#[test]
fn a_failed_message_does_not_end_the_conversation() {
    let service = Service::start();
    service
        .answers(vec![event(
            "error",
            json!({"message": "The model is away.", "code": "DOWN"}),
        )])
        .answers(says("Back."));
    let screen = Screen::conversation(&Program::with(&service));
    screen.keys("Hello\r").shows("The model is away.");
    screen.keys("Hello\r").shows("Back.\n> ");
    screen
        .keys("/nope\r")
        .shows("unknown command /nope; /help lists commands");
}

#[test]
fn the_commands_of_a_conversation_do_what_they_say() {
    let service = Service::start();
    service.with_sessions(1);
    let program = Program::with(&service);
    let screen = Screen::start(&program, &["chat"]);
    screen.shows("> ");
    screen
        .keys("/images find cracks\r")
        .shows("96 %")
        .shows("number 7")
        .shows("\n7  https://images.example/7.png");
    screen
        .keys(&format!("/documents {}\r", id(301)))
        .shows("1 document selected.");
    screen.keys("/mode all\r").shows("Answers use all images.");
    screen.keys("/export talk.txt\r").shows("Saved talk.txt");
    screen
        .keys("/export talk.txt\r")
        .shows("talk.txt already exists");
    screen.keys("/export ~/home.md\r").shows("Saved ~/home.md");
    assert!(program.home().join("home.md").is_file());
    screen.keys("/sessions\r").shows("Session 1");
    screen
        .keys(&format!("/sessions {}\r", id(1)))
        .shows("Switched to “Session 1”.");
    screen.keys("/quit\r");
    assert_eq!(screen.ends(), 0);
    let saved = std::fs::read_to_string(program.home().join("talk.txt")).unwrap();
    assert_eq!(saved, "New conversation\n");
    assert!(service.is_open(1), "a session it moved to is not its own");
    assert!(!service.is_open(2), "the one it made is closed");
}

#[test]
fn without_colour_there_is_none() {
    let service = Service::start();
    service.answers(says("# Two **poles**"));
    let screen = Screen::start_with(
        &Program::with(&service),
        &["chat", "Hi"],
        &[("NO_COLOR", "1")],
    );
    screen.shows("# Two poles");
    let written = screen.written();
    assert_eq!(screen.ends(), 0);
    for part in written.split("\x1b[").skip(1) {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).unwrap();
        assert_ne!(&part[end..=end], "m", "{written:?}");
    }
}

#[test]
fn lines_from_a_pipe_are_messages_too() {
    let service = Service::start();
    service.answers(says("One.")).answers(says("Two."));
    let program = Program::with(&service);
    let out = program
        .run_with_input(&["chat"], "First\n\n/mode all\nSecond\n")
        .fine();
    assert_eq!(out, "One.\nAnswers use all images.\nTwo.\n");
    assert!(!service.is_open(1));
}

#[test]
fn a_pipe_with_a_failure_goes_on_and_ends_with_its_code() {
    let service = Service::start();
    service
        .answers(vec![event("error", json!({"message": "Away."}))])
        .answers(says("Two."));
    let run = Program::with(&service).run_with_input(&["chat"], "First\nSecond\n");
    assert_eq!(run.out, "Two.\n");
    assert!(run.fails_with(1).contains("Away."));
}

#[test]
fn sessions_are_leafed_through_page_by_page() {
    let service = Service::start();
    service.with_sessions(5);
    let program = Program::with(&service);
    let screen = Screen::start(&program, &["sessions", "list", "--limit", "2"]);
    screen
        .shows("Sessions 1 to 2 of 5")
        .shows("Press Enter for the next page, q to quit: ");
    screen
        .keys("\r")
        .shows("Sessions 3 to 4 of 5")
        .keys("\r")
        .shows("Sessions 5 to 5 of 5");
    assert_eq!(screen.ends(), 0);
}

#[test]
fn a_bar_shows_how_far_reading_all_sessions_is() {
    let service = Service::start();
    service.with_sessions(150);
    let screen = Screen::start(&Program::with(&service), &["sessions", "list", "--all"]);
    screen
        .wrote("Reading the sessions")
        .wrote("/150")
        .shows("Session 2\n");
    assert!(
        !screen.contents().contains("Reading"),
        "{}",
        screen.contents()
    );
    assert_eq!(screen.ends(), 0);
}

#[test]
fn several_sessions_are_closed_after_a_question() {
    let service = Service::start();
    service.with_sessions(2);
    let program = Program::with(&service);
    let arguments = ["sessions", "close", &id(1), &id(2)];
    let screen = Screen::start(&program, &arguments);
    screen
        .shows("Close 2 sessions? [y/n]")
        .keys("n\r")
        .shows("Nothing was closed.");
    assert_eq!(screen.ends(), 0);
    assert!(service.is_open(1) && service.is_open(2));
    let screen = Screen::start(&program, &arguments);
    screen.shows("[y/n]").control_c();
    assert_eq!(screen.ends(), 130);
    let screen = Screen::start(&program, &arguments);
    screen.shows("[y/n]").keys("y\r").shows("after 4 messages.");
    assert_eq!(screen.ends(), 0);
    assert!(!service.is_open(1) && !service.is_open(2));
}

#[test]
fn an_export_in_a_terminal_becomes_a_file_with_the_services_name() {
    let service = Service::start();
    service.with_sessions(1);
    let program = Program::with(&service);
    let screen = Screen::start(&program, &["sessions", "export", &id(1)]);
    screen.shows("Saved session-1.md");
    assert_eq!(screen.ends(), 0);
    let saved = std::fs::read_to_string(program.home().join("session-1.md")).unwrap();
    assert_eq!(saved, "# Session 1\n");
}

#[test]
fn an_export_to_the_terminal_does_not_steer_it() {
    let service = Service::start();
    service.with_sessions(1);
    let program = Program::with(&service);
    let title = "Poles \u{1b}[2J";
    program.run(&["sessions", "rename", &id(1), title]).fine();
    let export = ["sessions", "export", &id(1), "-o", "-"];
    assert!(
        program.run(&export).fine().contains(title),
        "a file keeps it"
    );
    let screen = Screen::start(&program, &export);
    screen.shows("# Poles [2J");
    assert!(!screen.written().contains("\u{1b}[2J"));
    assert_eq!(screen.ends(), 0);
}

#[test]
fn a_key_is_typed_unseen() {
    let service = Service::start();
    let program = Program::alone();
    let screen = Screen::start(&program, &["login", "--base-url", service.base_url()]);
    screen
        .shows("API key: ")
        .keys(KEY)
        .keys("\r")
        .shows("Saved the key in");
    assert!(!screen.written().contains(KEY), "{}", screen.written());
    assert_eq!(screen.ends(), 0);
}

#[test]
fn what_the_service_says_never_steers_the_terminal() {
    let service = Service::start();
    let text = "Two\u{1b}[2J po\u{9b}2Jles \u{202e}.";
    service.answers(vec![
        event("status", json!({"message": "Wor\u{1b}[2Jking"})),
        token(0, text),
        complete(text, json!({})),
    ]);
    let screen = Screen::start(&Program::with(&service), &["chat", "Hi"]);
    screen.shows("Two[2J po2Jles");
    let written = screen.written();
    assert_eq!(screen.ends(), 0);
    assert!(
        !written.contains("\u{1b}[2J") && !written.contains('\u{9b}'),
        "{written:?}"
    );
}

#[test]
fn what_is_typed_during_an_answer_is_the_next_message() {
    let service = Service::start();
    let gate = Gate::new();
    let first = vec![
        token(0, "One"),
        Step::Gate(gate.clone()),
        complete("One.", json!({})),
    ];
    service.answers(first).answers(says("Two."));
    let screen = Screen::conversation(&Program::with(&service));
    screen
        .keys("First\r")
        .shows("One")
        .keys("Second\r")
        .wrote("Second");
    gate.open();
    screen.shows("Two.\n> ");
    assert!(
        service.requests()[2].contains(r#""message":"Second""#),
        "{:?}",
        service.requests()
    );
}

#[test]
fn a_line_that_is_not_text_does_not_end_the_conversation() {
    let service = Service::start();
    service.answers(says("Back."));
    let screen = Screen::conversation(&Program::with(&service));
    screen
        .bytes(b"caf\xe9\r")
        .shows("that line is not text in UTF-8\n> ")
        .keys("Hello\r")
        .shows("Back.\n> ")
        .keys("/quit\r");
    assert_eq!(screen.ends(), 0);
    assert_eq!(service.requests().len(), 3, "{:?}", service.requests());
}

#[test]
fn a_line_of_a_pipe_that_is_no_message_is_told_and_the_next_is_asked() {
    let long = [b"x".repeat(100_000), b"\n".to_vec()].concat();
    for (line, told) in [(b"caf\xe9\n".to_vec(), "UTF-8"), (long, "longer than")] {
        let service = Service::start();
        service.answers(says("One.")).answers(says("Two."));
        let input = [b"First\n", line.as_slice(), b"Second\n"].concat();
        let program = Program::with(&service);
        let mut command = program.command(&["chat"]);
        command.write_stdin(input);
        let run = finish(command);
        assert_eq!(run.out, "One.\nTwo.\n");
        let sentence = run.fails_with(2);
        assert!(sentence.contains(told), "{sentence}");
    }
}
