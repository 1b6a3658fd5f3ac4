//! The commands as people run them: what they refuse, with which exit code and in which
//! words, and what `drift` names in annotations.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use xtask::workspace;

fn contract() -> Value {
    let text = std::fs::read_to_string(workspace::contract()).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The contract, with a video selection that must be given.
fn edited() -> String {
    let mut document = contract();
    document["components"]["schemas"]["UpdateVideosRequest"]["required"] = json!(["video_ids"]);
    document.to_string()
}

fn drift(input: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    xtask(input, &[&["drift"], arguments].concat())
}

fn xtask(input: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut standard_input = child.stdin.take().unwrap();
    // Who refuses its arguments reads nothing.
    let _ = standard_input.write_all(input.as_bytes());
    drop(standard_input);
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn only_one_document_can_come_from_standard_input() {
    for arguments in [&["-", "--base", "-"][..], &["-", "--accept", "-"]] {
        let (code, _, said) = drift("{}", arguments);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("only one document"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn a_selection_that_neither_document_has_is_refused() {
    let (code, _, said) = drift(&edited(), &["-", "--select", "/nope"]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("neither document has a path below `/nope`"),
        "{said}"
    );
    let (code, ..) = drift(&edited(), &["-", "--select", "/chat/images"]);
    assert_eq!(code, Some(0));
}

#[test]
fn annotations_name_a_file_as_the_repository_does_and_none_for_standard_input() {
    let (code, said, _) = drift(&edited(), &["-", "--format", "github"]);
    assert_eq!(code, Some(1));
    assert!(said.starts_with("::error title=PUT "), "{said}");

    let folder = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR"))).unwrap();
    let file = folder.path().join("new.json");
    std::fs::write(&file, edited()).unwrap();
    let file = file.to_str().unwrap();
    let (_, said, _) = drift("", &[file, "--format", "github"]);
    let named = workspace::relative(Path::new(file));
    assert!(
        said.starts_with(&format!("::error file={named},title=PUT ")),
        "{said}"
    );
    assert_eq!(workspace::relative(&workspace::contract()), "openapi.json");
    assert_eq!(
        workspace::relative(Path::new("no/such.json")),
        "no/such.json"
    );
}

#[test]
fn accepted_changes_are_shown_and_pass_and_a_kind_that_is_not_known_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let list = folder.path().join("accepted.json");
    let accept = |change: &str| {
        let entry = json!({
            "location": "PUT /chat/sessions/{session_id}/videos request.video_ids",
            "change": change, "reason": "we always send them"
        });
        std::fs::write(&list, json!([entry]).to_string()).unwrap();
        drift(&edited(), &["-", "--accept", list.to_str().unwrap()])
    };
    let (code, said, _) = accept("property-became-required");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("1 change, accepted beforehand"), "{said}");
    assert!(said.contains("accepted: we always send them"), "{said}");
    let (code, _, said) = accept("property-was-required");
    assert_eq!(code, Some(2));
    assert!(said.contains("property-became-required"), "{said}");
}

#[test]
fn a_self_test_takes_its_own_arguments_alone() {
    for arguments in [
        &["-", "--self-test"][..],
        &["--self-test", "--format", "json"],
        &["--self-test", "--fail-on", "any"],
        &["--self-test", "--select", "all"],
        &["--self-test", "--count", "0"],
        &["--self-test", "--seed", "1"],
        &["-", "--count", "1"],
        &["-", "--seed", "1"],
    ] {
        let (code, printed, said) = drift(&edited(), arguments);
        assert_eq!((code, &*printed), (Some(2), ""), "{arguments:?}: {said}");
        assert!(said.starts_with("error: "), "{arguments:?}: {said}");
    }
}

#[test]
fn an_import_reads_one_document_from_standard_input_and_no_contract() {
    for (arguments, problem) in [
        (&["import", "-", "--contract", "-"][..], "only one document"),
        (&["import", "-", "--overlay", "-"], "only one document"),
        (
            &["import", "openapi.json", "--contract", "-"],
            "the contract must be a file",
        ),
    ] {
        let (code, _, said) = xtask("{}", arguments);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(problem), "{arguments:?}: {said}");
    }
}

#[test]
fn a_fault_is_told_with_the_name_of_its_file() {
    let mut document = contract();
    document["paths"]["/chat/sessions"]["get"]["operationId"] = json!("new");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.rs");
    let out = out.to_str().unwrap();
    let arguments = ["codegen", "--spec", "-", "--out", out];
    let (code, _, said) = xtask(&document.to_string(), &arguments);
    assert_eq!(code, Some(2));
    assert!(
        said.starts_with("error: in -, at /paths/~1chat~1sessions/get: "),
        "{said}"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_is_lost_fails_the_command_and_a_reader_that_is_gone_does_not() {
    let run = |out: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let contract = workspace::contract();
        command.arg("drift").arg(contract).stdout(out);
        command.output().unwrap()
    };
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let Output { status, stderr, .. } = run(full.into());
    let said = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(
        said.starts_with("error: cannot write the output: "),
        "{said}"
    );

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let Output { status, stderr, .. } = run(writer.into());
    assert_eq!((status.code(), &*stderr), (Some(0), &b""[..]));
}
