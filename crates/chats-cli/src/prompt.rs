//! Questions to the person, answered with a line. They are asked with the same
//! line editor as a conversation, so that both treat the keyboard alike.

use std::borrow::Cow;
use std::io::{self, BufRead, Read, Write};

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Behavior, ColorMode, Config, Editor, Helper};

use crate::failure::{Failure, Result};
use crate::keyboard;
use crate::terminal::Terminal;

/// Asks for a line; `None` when the person closes the input (Ctrl-D).
///
/// # Errors
///
/// [`Failure::Interrupted`] for Ctrl-C.
pub(crate) async fn line(question: &str) -> Result<Option<String>> {
    let config = Config::builder().auto_add_history(false).build();
    read(question, config, None).await
}

/// As [`line()`], with stars for what is typed. The terminal's own echo is off
/// before the question appears, so that nothing shows of a key that is pasted at
/// once. Where the line editor cannot draw stars, nothing is shown at all.
pub(crate) async fn secret(question: &str) -> Result<Option<String>> {
    let rich = Terminal::detect().rich;
    if cfg!(unix) && !rich {
        return unseen(question).await;
    }
    // Where standard output is a file, the question is still for the person.
    let behavior = if rich {
        Behavior::Stdio
    } else {
        Behavior::PreferTerm
    };
    let config = Config::builder()
        .auto_add_history(false)
        .behavior(behavior)
        // The editor shows stars the way it shows colours, so these are forced on.
        .color_mode(ColorMode::Forced)
        .build();
    read(question, config, Some(Stars)).await
}

/// Reads a line without a line editor and without the terminal's echo.
async fn unseen(question: &str) -> Result<Option<String>> {
    let question = question.to_owned();
    let read = move || {
        keyboard::unseen(|| {
            let mut err = io::stderr().lock();
            write!(err, "{question}").and_then(|()| err.flush())?;
            let line = input_line()?;
            writeln!(err)?;
            Ok(line)
        })
    };
    let read = tokio::task::spawn_blocking(read).await;
    let line = read.map_err(io::Error::other)?;
    line.map_err(|error| Failure::local("read the answer", &error))
}

/// The longest line that is read without a line editor, in bytes.
const LONGEST: u64 = 8 * 1024;

/// Reads a line of standard input; `None` at its end.
pub(crate) fn input_line() -> io::Result<Option<String>> {
    let mut line = String::new();
    let count = io::stdin().lock().take(LONGEST).read_line(&mut line)?;
    Ok((count > 0).then_some(line))
}

async fn read(question: &str, config: Config, stars: Option<Stars>) -> Result<Option<String>> {
    let question = question.to_owned();
    let read = move || {
        let mut editor = Editor::<Stars, DefaultHistory>::with_config(config)?;
        editor.set_helper(stars);
        keyboard::reading(|| editor.readline(&question))
    };
    let read = tokio::task::spawn_blocking(read).await;
    match read.map_err(io::Error::other)? {
        Ok(line) => Ok(Some(line)),
        Err(ReadlineError::Eof) => Ok(None),
        Err(ReadlineError::Interrupted) => Err(Failure::Interrupted),
        Err(error) => Err(Failure::refused(format!(
            "could not read the answer: {error}"
        ))),
    }
}

/// Asks a yes-or-no question until it is answered; anything but yes is no once
/// the input is closed.
pub(crate) async fn confirm(question: &str) -> Result<bool> {
    loop {
        let Some(answer) = line(&format!("{question} [y/n] ")).await? else {
            return Ok(false);
        };
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => crate::output::remark("Please answer y or n."),
        }
    }
}

/// Shows stars in place of a line.
struct Stars;

impl Helper for Stars {}
impl Completer for Stars {
    type Candidate = String;
}
impl Hinter for Stars {
    type Hint = String;
}
impl Validator for Stars {}

impl Highlighter for Stars {
    fn highlight<'l>(&self, line: &'l str, _position: usize) -> Cow<'l, str> {
        "*".repeat(line.chars().count()).into()
    }

    fn highlight_char(&self, _line: &str, _position: usize, _kind: CmdKind) -> bool {
        true
    }
}
