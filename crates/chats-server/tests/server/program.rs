//! The program: what it prints, and what it does with its arguments.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::client::Client;

pub(crate) const KEY: &str = "aion_key_of_the_tests_of_the_program";

/// The program, ended with kill -9 when dropped.
pub(crate) struct Program {
    pub child: Child,
    pub client: Client,
}

impl Program {
    /// Runs it on a database.
    pub(crate) fn on(database: &Path, more: &[&str]) -> Self {
        let mut command = command();
        command.arg("--database").arg(database).args(more);
        Self::start(&mut command)
    }

    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let base = line
            .trim_end()
            .strip_prefix("listening on ")
            .expect("the pinned first line");
        assert!(
            base.starts_with("http://127.0.0.1:") && base.ends_with("/api/v2"),
            "{base}"
        );
        let client = Client::new(base, KEY);
        Self { child, client }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chats-server"));
    command.args(["--api-key", KEY]);
    command
}

#[cfg(unix)]
#[tokio::test]
async fn a_database_is_a_file_whatever_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let name = "file:chat.db?mode=memory";
    let start = || {
        let mut command = command();
        command.args(["--database", name]);
        Program::start(command.current_dir(folder.path()))
    };
    let session = start().client.session().await;
    assert!(folder.path().join(name).is_file());
    let path = format!("/chat/sessions/{session}");
    start().client.get(&path).await.ok();
}

#[tokio::test]
async fn a_database_in_memory_can_be_asked_for_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = command();
    command.args(["--database", ":memory:"]);
    let program = Program::start(command.current_dir(folder.path()));
    let session = program.client.session().await;
    program.client.ask(&session, "Find cats").await;
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 0, "no file is made");
}

#[tokio::test]
async fn on_all_addresses_the_printed_one_is_loopback() {
    let mut command = command();
    let program = Program::start(command.args(["--listen", "0.0.0.0:0"]));
    program.client.session().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn names_of_files_do_not_command_the_terminal() {
    let library = tempfile::tempdir().unwrap();
    let name = "a\u{1b}[2J\nb\u{202e}\u{61c}é.png";
    fs::write(library.path().join(name), "no image").unwrap();
    let mut command = command();
    command.arg("--library").arg(library.path());
    let mut program = Program::start(command.stderr(Stdio::piped()));
    let mut line = String::new();
    BufReader::new(program.child.stderr.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    let shown = r"left out: a\u{1b}[2J\nb\u{202e}\u{61c}é.png: ";
    assert!(line.starts_with(shown), "{line:?}");
}

/// What it says on standard error before it gives up.
fn refused(arguments: &[&str]) -> String {
    let output = command().args(arguments).output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn an_argument_that_is_of_no_use_is_named_with_what_is_wrong() {
    let said = refused(&["--library", "/nonexistent/poles"]);
    assert!(said.contains("/nonexistent/poles: "), "{said}");
    for address in ["127.0.0.1", "::1", ":8080", "127.0.0.1:http"] {
        let said = refused(&["--listen", address]);
        assert!(
            said.contains(address) && said.contains("expected HOST:PORT"),
            "{said}"
        );
    }
    // It would end at the address, if it took the number.
    let said = refused(&["--requests-per-minute", "0", "--listen", "nowhere"]);
    assert!(said.contains("--requests-per-minute"), "{said}");
    let said = refused(&["--api-key", "Own_key", "--listen", "nowhere"]);
    assert!(
        said.contains("lower-case letters, `_`, then at least 20"),
        "{said}"
    );
}
