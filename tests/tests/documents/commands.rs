//! Each documented command is taken by the program that it calls: those of `cargo
//! xtask` and of the long trials are parsed, and what cargo is asked for exists. The
//! commands of `chats` are parsed by its own tests.

use clap::Parser;
use clap::error::ErrorKind;
use contract_tests::documents::{Documented, commands, in_text, words};
use contract_tests::soak;
use xtask::command_line;

use super::packages;

/// Parses what follows the program's name. It is no mistake to ask for help, or to
/// name a command in a sentence without what it needs.
fn parse<P: Parser>(command: &Documented, arguments: &[String]) {
    let words = std::iter::once("program").chain(arguments.iter().map(String::as_str));
    match P::try_parse_from(words) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {}
        Err(error)
            if error.kind() == ErrorKind::MissingRequiredArgument && arguments.len() == 1 => {}
        Err(error) => panic!(
            "{}: `{}`: {error}",
            command.document,
            command.words.join(" ")
        ),
    }
}

#[test]
fn every_command_of_xtask_is_one() {
    let mut seen = 0;
    for command in commands() {
        if let Some(trial @ [_, ..]) = command.after(&["cargo", "xtask", "soak"]) {
            parse::<soak::command_line::Arguments>(&command, trial);
        }
        if let Some(arguments) = command.after(&["cargo", "xtask"]) {
            parse::<command_line::Arguments>(&command, arguments);
            seen += 1;
        }
    }
    assert!(seen > 30, "only {seen} commands were found");
}

#[test]
fn a_check_that_is_asked_for_by_name_exists() {
    use command_line::{Arguments, Command};
    use xtask::ci::steps;

    let names: Vec<_> = steps::quick()
        .into_iter()
        .chain(steps::full())
        .map(|step| step.name)
        .collect();
    let mut seen = 0;
    for command in commands() {
        let Some(arguments) = command.after(&["cargo", "xtask", "ci"]) else {
            continue;
        };
        let words = ["program", "ci"].map(str::to_owned).into_iter();
        let parsed = Arguments::try_parse_from(words.chain(arguments.iter().cloned())).unwrap();
        if let Command::Ci(ci) = parsed.command
            && let Some(only) = ci.only
        {
            assert!(
                names.iter().any(|name| name.contains(&only)),
                "no check matches {only:?}"
            );
            seen += 1;
        }
    }
    assert!(seen >= 2, "only {seen} commands were found");
}

#[test]
fn what_cargo_is_asked_to_build_exists() {
    let packages = packages(".");
    let targets: Vec<_> = packages
        .iter()
        .flat_map(|package| package["targets"].as_array().unwrap())
        .collect();
    let is_target = |kind: &str, name: &str| {
        targets
            .iter()
            .any(|target| target["kind"][0] == kind && target["name"] == name)
    };
    let mut seen = 0;
    for command in commands() {
        let Some([action, rest @ ..]) = command.after(&["cargo"]) else {
            continue;
        };
        if !["run", "test", "build", "check", "doc", "package"].contains(&action.as_str()) {
            continue;
        }
        let own = rest.iter().take_while(|word| *word != "--");
        let own: Vec<&str> = own.map(String::as_str).collect();
        for pair in own.windows(2) {
            let &[option, value] = pair else { continue };
            let exists = match option {
                "-p" | "--package" => packages.iter().any(|package| package["name"] == value),
                "--example" => is_target("example", value),
                "--test" => is_target("test", value),
                "--bin" => is_target("bin", value),
                _ => continue,
            };
            assert!(
                exists,
                "{}: there is no {value} for {option}",
                command.document
            );
            seen += 1;
        }
    }
    assert!(seen > 10, "only {seen} names were found");
}

#[test]
fn commands_are_read_as_a_shell_reads_them() {
    assert_eq!(
        words("A=1 chats chat \"Find poles\" --image 'a b' | jq . # why"),
        ["chats", "chat", "Find poles", "--image", "a b"]
    );
    let text = "Run `cargo xtask ci`, or `chats`:\n\n```sh\na b \\\n  c\n\n# d e\n```\n\n```text\nx y\n```\n";
    assert_eq!(
        in_text(text),
        [vec!["cargo", "xtask", "ci"], vec!["a", "b", "c"]]
    );
}

#[test]
fn what_follows_the_beginning_is_given() {
    let words = ["cargo", "xtask", "ci"].map(str::to_owned).to_vec();
    let command = Documented {
        document: "README.md",
        words,
    };
    assert_eq!(command.after(&["cargo", "xtask"]).unwrap(), ["ci"]);
    assert!(command.after(&["cargo", "run"]).is_none());
}
