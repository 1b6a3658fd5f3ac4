//! Every `chats` command in the repository's documents is one that can be typed.

use clap::Parser;
use clap::error::ErrorKind;
use contract_tests::documents::commands;

use super::Cli;

#[test]
fn every_documented_command_is_one() {
    let mut seen = 0;
    for command in commands() {
        let installed = command.after(&["chats"]);
        let built = || command.after(&["cargo", "run", "-p", "chats-cli", "--"]);
        let Some(arguments) = installed.or_else(built) else {
            continue;
        };
        let words = std::iter::once("chats").chain(arguments.iter().map(String::as_str));
        match Cli::try_parse_from(words) {
            Ok(_) => {}
            // To ask for help is no mistake.
            Err(error) if error.kind() == ErrorKind::DisplayHelp => {}
            Err(error) => panic!("{}: {:?}: {error}", command.document, command.words),
        }
        seen += 1;
    }
    assert!(seen > 8, "only {seen} commands were found");
}
