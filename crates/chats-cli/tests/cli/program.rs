//! Runs the program as a person's shell would, with nothing of this machine's
//! own settings around it.

use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

use crate::service::{KEY, Service};

/// A home folder of its own, and what runs in it.
pub(crate) struct Program {
    home: TempDir,
    base_url: Option<String>,
}

/// What the program left behind.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// What was printed, when nothing else happened.
    #[track_caller]
    pub(crate) fn fine(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// The one sentence that tells why it failed.
    #[track_caller]
    pub(crate) fn fails_with(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        assert_eq!(self.err.lines().count(), 1, "one sentence: {}", self.err);
        self.err
            .strip_prefix("error: ")
            .expect("an error is called one")
            .trim_end()
    }
}

impl Program {
    /// Without any service.
    pub(crate) fn alone() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            base_url: None,
        }
    }

    pub(crate) fn with(service: &Service) -> Self {
        Self {
            base_url: Some(service.base_url().to_owned()),
            ..Self::alone()
        }
    }

    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The variables that it runs with, and no others.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let home = self.home.path().display().to_string();
        let mut variables = vec![
            ("HOME", home.clone()),
            ("APPDATA", home.clone()),
            ("LOCALAPPDATA", home),
            ("TZ", "UTC".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("AIONVISION_MAX_RETRIES", "0".to_owned()),
        ];
        if let Some(url) = &self.base_url {
            variables.push(("AIONVISION_API_KEY", KEY.to_owned()));
            variables.push(("AIONVISION_BASE_URL", url.clone()));
        }
        variables
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::cargo_bin("chats").unwrap();
        command.env_clear().envs(self.variables());
        command.current_dir(self.home()).args(arguments);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        finish(self.command(arguments))
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = self.command(arguments);
        command.write_stdin(input);
        finish(command)
    }
}

/// Runs a command to its end.
pub(crate) fn finish(mut command: Command) -> Run {
    let output = command.output().unwrap();
    Run {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}
