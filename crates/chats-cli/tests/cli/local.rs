//! `--local`: no key, no network, a folder of one's own.

use std::fs;

use serde_json::Value;

use crate::program::{Program, finish};

#[test]
fn the_sample_library_answers_without_a_key() {
    let out = Program::alone()
        .run(&["--local", "chat", "Find damaged poles"])
        .fine();
    assert!(out.contains("pole-01-damaged-top.png"), "{out}");
    assert!(!out.contains("[["), "{out}");
}

#[test]
fn a_folder_of_ones_own_is_searched() {
    let program = Program::alone();
    let folder = program.home().join("pictures");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("lighthouse-at-dusk.png"), PIXEL).unwrap();
    let run = |arguments: &[&str]| {
        let first = ["--local", "--library", "pictures"];
        program.run(&[&first, arguments].concat()).fine()
    };
    let out = run(&["chat", "Find the lighthouse"]);
    assert!(out.contains("lighthouse-at-dusk.png"), "{out}");
    assert_eq!(run(&["images", "list"]).lines().count(), 1);
}

#[test]
fn files_that_are_left_out_are_told() {
    let program = Program::alone();
    let folder = program.home().join("pictures");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("pole.png"), PIXEL).unwrap();
    let list = || {
        let run = program.run(&["--local", "--library", "pictures", "images", "list"]);
        assert_eq!((run.code, run.out.lines().count()), (0, 1), "{}", run.err);
        run.err
    };
    assert_eq!(list(), "");
    fs::write(folder.join("a.png"), "no picture").unwrap();
    assert!(list().starts_with("1 file was left out: a.png: "));
    fs::write(folder.join("b.png"), "no picture").unwrap();
    let told = list();
    assert!(
        told.starts_with("2 files were left out; the first: a.png: "),
        "{told}"
    );
    assert_eq!(told.lines().count(), 1, "{told}");
}

#[test]
fn a_folder_that_cannot_keep_conversations_is_named() {
    let program = Program::alone();
    let mut command = program.command(&["--local", "images", "list"]);
    let home = program.home().join("file");
    fs::write(&home, "").unwrap();
    for variable in ["HOME", "APPDATA", "LOCALAPPDATA"] {
        command.env(variable, &home);
    }
    let run = finish(command);
    assert_eq!(run.code, 0, "{}", run.err);
    let place = format!("could not keep local conversations in {}", home.display());
    assert!(run.err.contains(&place), "{}", run.err);
}

#[test]
fn an_export_that_a_plan_has_made_can_be_found() {
    let program = Program::alone();
    let wish = "rename this session to Poles and export it";
    let run = program.run(&["--local", "chat", "--yes", wish]);
    assert_eq!(run.code, 0, "{}", run.err);
    let (_, command) = run
        .err
        .trim_end()
        .split_once("For the export: chats ")
        .unwrap();
    let arguments: Vec<&str> = command.split(' ').collect();
    let export = program.run(&arguments).fine();
    assert!(export.starts_with("# Poles\n"), "{export}");
}

#[test]
fn the_networks_proxy_is_no_hindrance() {
    let program = Program::alone();
    let mut command = program.command(&["--local", "images", "list"]);
    command.env("AIONVISION_PROXY_URL", "http://proxy.example:3128");
    finish(command).fine();
}

#[test]
fn hints_lead_to_the_service_that_was_used() {
    let session = "00000000-0000-4000-8000-000000000009";
    let run = Program::alone().run(&["--local", "sessions", "show", session]);
    let sentence = run.fails_with(1);
    assert!(
        sentence.ends_with("`chats --local sessions list` shows your sessions"),
        "{sentence}"
    );
}

#[test]
fn local_conversations_are_there_in_the_next_run() {
    let program = Program::alone();
    program
        .run(&["--local", "chat", "--title", "Cats", "Find cats"])
        .fine();
    let list = program
        .run(&["--local", "--json", "sessions", "list"])
        .fine();
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["items"][0]["title"], "Cats");
    assert_eq!(
        list["items"][0]["is_active"], false,
        "it was closed at the end"
    );
    let folder = program.home().join("pictures");
    fs::create_dir(&folder).unwrap();
    let other = [
        "--local",
        "--library",
        "pictures",
        "--json",
        "sessions",
        "list",
    ];
    let list: Value = serde_json::from_str(&program.run(&other).fine()).unwrap();
    assert_eq!(
        list["total"], 0,
        "each library has conversations of its own"
    );
}

#[test]
fn a_local_plan_can_be_decided_on_later() {
    let program = Program::alone();
    let run = program.run(&["--local", "chat", "find poles and select them"]);
    let sentence = run.fails_with(1).to_owned();
    let command = sentence.split('`').nth(1).unwrap();
    assert!(
        command.starts_with("chats --local plan approve "),
        "{sentence}"
    );
    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    program.run(&arguments).fine();
}

#[test]
fn several_may_start_at_once_for_the_first_time() {
    let program = Program::alone();
    let ask = || program.run(&["--local", "chat", "Find cats"]).fine();
    let answers: Vec<String> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..6).map(|_| scope.spawn(ask)).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(
        answers
            .iter()
            .all(|answer| answer.contains("cat-01-black.png")),
        "{answers:?}"
    );
    let list = program
        .run(&["--local", "--json", "sessions", "list"])
        .fine();
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["total"], 6);
}

/// A PNG of one pixel.
const PIXEL: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0,
    1, 0, 0, 0, 1, 8, 0, 0, 0, 0, 0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0, 0x0a, 0x49, 0x44, 0x41, 0x54,
    0x78, 0x9c, 0x63, 0x60, 0, 0, 0, 2, 0, 1, 0x48, 0xaf, 0xa4, 0x71, 0, 0, 0, 0, 0x49, 0x45, 0x4e,
    0x44, 0xae, 0x42, 0x60, 0x82,
];
