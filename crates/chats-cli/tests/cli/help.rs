//! What the program tells about itself: help, completions, the manual.

use crate::program::Program;

#[test]
fn every_command_has_help_with_an_example() {
    let program = Program::alone();
    for command in [
        "",
        "chat",
        "sessions list",
        "sessions show",
        "sessions rename",
        "sessions close",
        "sessions export",
        "images list",
        "images search",
        "plan approve",
        "plan cancel",
        "login",
        "completions",
        "man",
    ] {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let help = program.run(&arguments).fine();
        assert!(help.contains("Example"), "{command}: {help}");
        let name = format!("help {command}").trim_end().replace(' ', "-");
        insta::assert_snapshot!(name, help);
    }
}

#[test]
fn completions_and_the_manual_come_from_the_same_definitions() {
    let program = Program::alone();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = program.run(&["completions", shell]).fine();
        assert!(
            script.contains("library") && script.contains("export"),
            "{shell}"
        );
    }
    let page = program.run(&["man"]).fine();
    assert!(
        page.contains(".TH chats 1") && page.contains("Exit codes"),
        "{page}"
    );
    program.run(&["man", "--dir", "pages"]).fine();
    let page = program.home().join("pages/chats-sessions-export.1");
    assert!(
        std::fs::read_to_string(page)
            .unwrap()
            .contains("never overwritten")
    );
}

#[test]
fn without_a_command_help_is_shown_as_a_mistake() {
    let run = Program::alone().run(&[]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("Usage: chats"), "{}", run.err);
}

#[cfg(target_os = "linux")]
#[test]
fn help_that_cannot_be_written_is_a_failure() {
    let program = Program::alone();
    for arguments in [&["--help"][..], &["--version"], &["man"]] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_chats"))
            .env_clear()
            .envs(program.variables())
            .args(arguments)
            .stdout(full.unwrap())
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(
            told.starts_with("error: could not write the output"),
            "{told}"
        );
    }
}
