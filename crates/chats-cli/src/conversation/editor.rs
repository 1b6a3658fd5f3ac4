//! The line that is being typed: history, completion of `/commands`, and messages
//! of several lines.

use std::io::ErrorKind;
use std::path::PathBuf;

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Cmd, Config, Context, Editor, Event, Helper, KeyCode, KeyEvent, Modifiers};

use super::slash;
use crate::failure::{Failure, Result};
use crate::keyboard;
use crate::profile;

/// What the person did at the prompt.
pub(super) enum Typed {
    Message(String),
    /// Something that is not UTF-8, which ended the line.
    NotText,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    End,
}

/// Reads messages with a line editor.
pub(super) struct LineEditor {
    /// `None` while a line is read.
    editor: Option<Editor<Words, FileHistory>>,
    history: Option<PathBuf>,
}

impl LineEditor {
    pub(super) fn new() -> Result<Self> {
        let config = Config::builder().auto_add_history(true).build();
        let mut editor = Editor::with_config(config).map_err(|error| failed(&error))?;
        editor.set_helper(Some(Words));
        // Not Ctrl-J too: an Enter that is typed before the prompt arrives as Ctrl-J.
        let newline = KeyEvent(KeyCode::Enter, Modifiers::ALT);
        editor.bind_sequence(Event::from(newline), Cmd::Newline);
        let history = history_file();
        if let Some(file) = &history {
            // The file does not exist before the first conversation.
            let _ = editor.load_history(file);
        }
        Ok(Self {
            editor: Some(editor),
            history,
        })
    }

    pub(super) async fn read(&mut self, prompt: &str) -> Result<Typed> {
        let Some(mut editor) = self.editor.take() else {
            return Ok(Typed::End);
        };
        let prompt = prompt.to_owned();
        let reading = tokio::task::spawn_blocking(move || {
            let line = keyboard::reading(|| editor.readline(&prompt));
            (editor, line)
        });
        let (editor, line) = reading.await.map_err(std::io::Error::other)?;
        let editor = self.editor.insert(editor);
        match line {
            Ok(line) => {
                if let Some(file) = &self.history {
                    // A history that cannot be saved must not end the conversation.
                    let _ = editor.append_history(file);
                }
                Ok(Typed::Message(joined(&line)))
            }
            Err(ReadlineError::Interrupted) => Ok(Typed::Interrupt),
            Err(ReadlineError::Eof) => Ok(Typed::End),
            Err(ReadlineError::Io(error)) if error.kind() == ErrorKind::InvalidData => {
                // What is left of a pasted text is no message of its own.
                keyboard::discard();
                Ok(Typed::NotText)
            }
            Err(error) => Err(failed(&error)),
        }
    }
}

/// The lines that backslashes continued, without these.
pub(super) fn joined(line: &str) -> String {
    line.replace("\\\n", "\n")
}

fn failed(error: &ReadlineError) -> Failure {
    Failure::refused(format!("could not read from the terminal: {error}"))
}

/// Where earlier messages are kept; only their owner can open the folder.
fn history_file() -> Option<PathBuf> {
    let folder = profile::folders().ok()?.data_local_dir().to_owned();
    profile::private_folder(&folder).ok()?;
    Some(folder.join("history"))
}

/// The editor's rules for messages and `/commands`.
struct Words;

impl Helper for Words {}
impl Highlighter for Words {}

impl Hinter for Words {
    type Hint = String;
}

impl Validator for Words {
    /// A line that ends with a backslash goes on, and so does an open code block.
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let fences = text
            .lines()
            .filter(|line| line.trim_start().starts_with("```"))
            .count();
        Ok(if text.ends_with('\\') || fences % 2 == 1 {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        position: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = &line[..position];
        if !typed.starts_with('/') || typed.contains(char::is_whitespace) {
            return Ok((position, Vec::new()));
        }
        let fitting = slash::NAMES.iter().filter(|name| name.starts_with(typed));
        Ok((0, fitting.map(|name| format!("{name} ")).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continued_line_is_one_message_of_several_lines() {
        assert_eq!(joined("one\\\ntwo"), "one\ntwo");
    }
}
