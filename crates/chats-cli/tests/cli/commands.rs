//! Every command but `chat`, run as a script would.

use std::fs;

use serde_json::{Value, json};

use crate::program::Program;
#[cfg(unix)]
use crate::program::{Run, finish};
use crate::service::{KEY, PLAN, Service, id};

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn sessions_are_listed_as_a_table() {
    let service = Service::start();
    service.with_sessions(3);
    let out = Program::with(&service).run(&["sessions", "list"]).fine();
    insta::assert_snapshot!(out);
}

#[test]
fn a_page_of_sessions_tells_where_the_next_is() {
    let service = Service::start();
    service.with_sessions(5);
    let run = Program::with(&service).run(&["sessions", "list", "--limit", "2", "--page", "2"]);
    assert_eq!(run.code, 0);
    assert_eq!(
        run.err,
        "Sessions 3 to 4 of 5; use --page 3 for the next, or --all\n"
    );
    assert!(
        run.out.contains("Session 3") && run.out.contains("Session 2"),
        "{}",
        run.out
    );
    assert_eq!(run.out.lines().count(), 3);
}

#[test]
fn all_sessions_come_from_every_page_and_are_narrowed_down() {
    let service = Service::start();
    service.with_sessions(120);
    let program = Program::with(&service);
    program.run(&["sessions", "close", &id(120)]).fine();
    let list = value(
        &program
            .run(&["--json", "sessions", "list", "--all", "--active"])
            .fine(),
    );
    assert_eq!(list["items"].as_array().unwrap().len(), 119);
    assert_eq!(list["total"], 119);
    let found = program
        .run(&["sessions", "list", "--search", "Session 7", "--all"])
        .fine();
    assert_eq!(found.lines().count(), 1 + 11, "{found}");
}

#[test]
fn a_list_that_ends_early_is_told() {
    let service = Service::start();
    service.with_sessions(3).misses(197);
    let run = Program::with(&service).run(&["--json", "sessions", "list", "--all"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.err, "warning: the list ended after 3 of 200 sessions\n");
    assert_eq!(value(&run.out)["items"].as_array().unwrap().len(), 3);
    let run = Program::with(&service).run(&["sessions", "close", "--all", "--yes"]);
    assert!(run.err.contains("3 of 200"), "{}", run.err);
}

#[test]
fn nothing_listed_is_said_on_standard_error() {
    let service = Service::start();
    let run = Program::with(&service).run(&["sessions", "list"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    assert!(run.err.contains("chats chat"), "{}", run.err);
}

#[test]
fn a_session_is_shown_with_its_messages() {
    let service = Service::start();
    service.with_sessions(1);
    let program = Program::with(&service);
    insta::assert_snapshot!(program.run(&["sessions", "show", &id(1)]).fine());
    let shown = value(&program.run(&["sessions", "show", &id(1), "--json"]).fine());
    assert_eq!(shown["session"]["title"], "Session 1");
    assert_eq!(
        shown["messages"][1]["resolved_content"],
        "**Three** poles:\n\n- pole-01.png\n- two more"
    );
}

#[test]
fn a_session_is_renamed() {
    let service = Service::start();
    service.with_sessions(1);
    let out = Program::with(&service)
        .run(&["sessions", "rename", &id(1), "Poles"])
        .fine();
    assert_eq!(out, "Renamed to “Poles”.\n");
    assert_eq!(service.title(1), "Poles");
}

#[test]
fn several_sessions_are_closed_and_one_that_is_not_there_is_told() {
    let service = Service::start();
    service.with_sessions(2);
    let program = Program::with(&service);
    let run = program.run(&["sessions", "close", &id(1), &id(9), &id(2)]);
    assert!(
        run.fails_with(1).starts_with(&format!("{}: ", id(9))),
        "{}",
        run.err
    );
    assert_eq!(run.out.lines().count(), 2, "{}", run.out);
    assert!(!service.is_open(1) && !service.is_open(2));
}

#[test]
fn all_sessions_are_closed_only_on_yes() {
    let service = Service::start();
    service.with_sessions(2);
    let program = Program::with(&service);
    let run = program.run(&["sessions", "close", "--all"]);
    assert!(run.fails_with(2).contains("--yes"), "{}", run.err);
    assert!(service.is_open(1));
    program.run(&["sessions", "close", "--all", "--yes"]).fine();
    assert!(!service.is_open(1) && !service.is_open(2));
    let closed = value(&program.run(&["--json", "sessions", "close", &id(1)]).fine());
    assert_eq!(closed["session_id"], id(1));
}

#[test]
fn an_export_goes_where_it_is_told_and_overwrites_nothing() {
    let service = Service::start();
    service.with_sessions(1);
    let program = Program::with(&service);
    let export = |more: &[&str]| {
        let first = ["sessions", "export", "7f2c1f52-3c8e-4c0d-9a35-000000000001"];
        program.run(&[&first, more].concat())
    };
    assert_eq!(export(&[]).fine(), "# Session 1\n");
    assert_eq!(
        export(&["-o", "-", "--format", "text"]).fine(),
        "Session 1\n"
    );
    assert_eq!(export(&["-o", "mine.md"]).fine(), "Saved mine.md\n");
    let run = export(&["-o", "mine.md", "--format", "json"]);
    assert!(run.fails_with(2).contains("--force"), "{}", run.err);
    let mine = || fs::read_to_string(program.home().join("mine.md")).unwrap();
    assert_eq!(mine(), "# Session 1\n");
    export(&["-o", "mine.md", "--format", "json", "--force"]).fine();
    assert_eq!(mine(), r#"{"title":"Session 1"}"#);
    export(&["--dir", "out"]).fine();
    assert!(
        program.home().join("out/session-1.md").is_file(),
        "the service's own name"
    );
    let told = value(&export(&["--json"]).fine());
    assert_eq!(told["content"], "# Session 1\n");
    assert_eq!(told["filename"], "session-1.md");
}

/// Runs the program where its files may have a few kilobytes and no more, as on a disk that
/// is nearly full.
#[cfg(unix)]
fn run_with_little_room(program: &Program, arguments: &[&str]) -> Run {
    let mut command = assert_cmd::Command::new("sh");
    command.env_clear().envs(program.variables());
    command.current_dir(program.home());
    command.args(["-c", r#"trap "" XFSZ; ulimit -f 8; exec "$0" "$@""#]);
    command
        .arg(assert_cmd::cargo::cargo_bin("chats"))
        .args(arguments);
    finish(command)
}

#[test]
#[cfg(unix)]
fn an_export_that_cannot_be_written_whole_changes_nothing() {
    let service = Service::start();
    service.with_session_titled(&"long ".repeat(3_000));
    let program = Program::with(&service);
    let export = ["sessions", "export", &id(1), "-o", "mine.md", "--force"];
    let failed = |arguments: &[&str]| {
        let run = run_with_little_room(&program, arguments);
        let sentence = run.fails_with(1);
        assert!(
            sentence.starts_with("could not write mine.md"),
            "{sentence}"
        );
    };
    let names = || {
        let files = fs::read_dir(program.home()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    failed(&export[..5]);
    assert!(names().is_empty(), "{:?}", names());
    fs::write(program.home().join("mine.md"), "what I had").unwrap();
    failed(&export);
    let mine = fs::read_to_string(program.home().join("mine.md")).unwrap();
    assert_eq!(mine, "what I had");
    assert_eq!(names(), ["mine.md"]);
}

#[test]
fn all_sessions_are_exported_though_they_share_a_title() {
    let service = Service::start();
    let program = Program::with(&service);
    for _ in 0..3 {
        program.run(&["chat", "--title", "Same", "Hello"]).fine();
    }
    let out = program
        .run(&["sessions", "export", "--all", "--dir", "out"])
        .fine();
    assert_eq!(out, "Saved 3 of 3 sessions in out\n");
    let files = fs::read_dir(program.home().join("out")).unwrap();
    assert_eq!(files.count(), 3);
    let again = program.run(&["sessions", "export", "--all", "--dir", "out"]);
    assert_eq!(again.code, 2, "what is there stays: {}", again.err);
}

#[test]
fn all_sessions_are_exported_four_at_a_time_and_told_in_their_order() {
    let service = Service::start();
    service.with_sessions(8).exports_at_once(4);
    let program = Program::with(&service);
    let all = ["--json", "sessions", "export", "--all", "--dir", "out"];
    let told = value(&program.run(&all).fine());
    let told = told.as_array().unwrap().iter();
    let told: Vec<&str> = told
        .map(|one| one["session_id"].as_str().unwrap())
        .collect();
    assert_eq!(told, [8, 7, 6, 5, 4, 3, 2, 1].map(id), "the newest first");
    assert_eq!(service.most_exports_at_once(), 4);
}

#[test]
#[cfg(target_os = "linux")]
fn an_export_goes_to_a_path_that_is_no_text_too() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let service = Service::start();
    service.with_sessions(1);
    let program = Program::with(&service);
    let path = OsStr::from_bytes(b"caf\xe9");
    let export = |arguments: &[&str]| {
        let mut command = program.command(arguments);
        command.arg(path);
        finish(command).fine()
    };
    let all = ["sessions", "export", "--all", "--force", "--dir"];
    assert!(export(&all).contains("Saved 1 of 1"));
    let told = value(&export(&[&["--json"][..], &all].concat()));
    let file = told[0]["file"].as_str().unwrap();
    assert!(file.starts_with("caf\u{fffd}/session-1-"), "{file}");
    fs::remove_dir_all(program.home().join(path)).unwrap();
    let one = ["--json", "sessions", "export", &id(1), "-o"];
    assert_eq!(value(&export(&one))["file"], "caf\u{fffd}");
    assert!(program.home().join(path).is_file());
}

#[test]
fn images_are_listed_page_by_page_or_all() {
    let service = Service::start();
    let program = Program::with(&service);
    let run = program.run(&["images", "list", "--limit", "2", "--offset", "1"]);
    assert_eq!(run.out, format!("{}\n{}\n", id(102), id(103)));
    assert_eq!(run.err, "7 images; use --offset 3 for more, or --all\n");
    assert_eq!(
        program
            .run(&["images", "list", "--all"])
            .fine()
            .lines()
            .count(),
        7
    );
    let list = value(&program.run(&["--json", "images", "list"]).fine());
    assert_eq!(list["total_count"], 7);
}

#[test]
fn images_are_found_by_what_they_show() {
    let service = Service::start();
    let program = Program::with(&service);
    let run = program.run(&["images", "search", "cracked poles", "--limit", "2"]);
    insta::assert_snapshot!(run.out);
    let found = value(
        &program
            .run(&["--json", "images", "search", "poles", "--all"])
            .fine(),
    );
    assert_eq!(found["items"].as_array().unwrap().len(), 7);
    assert!(
        service
            .requests()
            .iter()
            .any(|line| line.contains("cracked poles"))
    );
}

#[test]
fn plans_are_approved_and_cancelled() {
    let service = Service::start();
    service.with_sessions(1);
    let program = Program::with(&service);
    let out = program.run(&["plan", "approve", &id(1), PLAN]).fine();
    assert_eq!(out, "12 images are selected.\n");
    let told = value(
        &program
            .run(&["plan", "cancel", &id(1), PLAN, "--json"])
            .fine(),
    );
    assert_eq!(told["action_taken"], "cancel");
    let run = program.run(&["plan", "approve", &id(1), ".."]);
    assert_eq!(run.code, 2, "{}", run.err);
}

#[test]
fn a_plan_that_somebody_else_decides_on_is_a_no() {
    let service = Service::start();
    service.with_sessions(1);
    service.refuses(
        &format!("POST /chat/sessions/{}/plans/{PLAN}/action", id(1)),
        409,
        json!({"error": "Another request decides on it.", "error_code": "PLAN_BUSY"}),
    );
    let run = Program::with(&service).run(&["plan", "approve", &id(1), PLAN]);
    assert!(
        run.fails_with(1).contains("Another request decides on it."),
        "{}",
        run.err
    );
}

#[test]
fn what_is_no_file_can_be_written_to_and_a_folder_is_called_one() {
    let service = Service::start();
    service.with_sessions(1);
    let program = Program::with(&service);
    fs::create_dir(program.home().join("d")).unwrap();
    let export = |to| program.run(&["sessions", "export", &id(1), "-o", to]);
    assert!(export("d").fails_with(2).contains("is a folder"));
    if cfg!(unix) {
        assert_eq!(export("/dev/null").fine(), "Saved /dev/null\n");
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_failure() {
    let service = Service::start();
    service.with_sessions(3);
    let program = Program::with(&service);
    for arguments in [
        &["sessions", "list"][..],
        &["--json", "sessions", "list", "--all"],
        &["sessions", "show", &id(1)],
        &["sessions", "export", &id(1)],
        &["images", "search", "poles"],
        &["completions", "bash"],
        &["man"],
        &["--help"],
    ] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_chats"));
        command
            .env_clear()
            .envs(program.variables())
            .args(arguments)
            .stdout(writer);
        let output = command
            .stderr(std::process::Stdio::piped())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            (output.status.code(), &*told),
            (Some(0), ""),
            "{arguments:?}"
        );
    }
}

#[test]
fn wrong_usage_is_told_and_exits_with_2() {
    let program = Program::alone();
    for arguments in [
        &["nonsense"][..],
        &["sessions", "show", "no-uuid"],
        &["--library", "x", "chat", "Hello"],
        &[
            "--local",
            "--base-url",
            "http://127.0.0.1:9",
            "chat",
            "Hello",
        ],
        &["--local", "--library", "not/there", "chat", "Hello"],
        &[
            "--base-url",
            "http://example.com/api",
            "--api-key",
            KEY,
            "sessions",
            "list",
        ],
    ] {
        let run = program.run(arguments);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(run.err.starts_with("error: "), "{arguments:?}: {}", run.err);
    }
}
