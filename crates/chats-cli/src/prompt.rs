//! Questions to the person, answered with a line. They are asked with the same
//! line editor as a conversation, so that both treat the keyboard alike.

use rustyline::error::ReadlineError;

use crate::failure::{Failure, Result};

/// Asks for a line; `None` when the person closes the input (Ctrl-D).
///
/// # Errors
///
/// [`Failure::Interrupted`] for Ctrl-C.
pub(crate) async fn line(question: &str) -> Result<Option<String>> {
    let question = question.to_owned();
    let read = move || {
        let config = rustyline::Config::builder().auto_add_history(false).build();
        rustyline::DefaultEditor::with_config(config)?.readline(&question)
    };
    let read = tokio::task::spawn_blocking(read).await;
    match read.map_err(std::io::Error::other)? {
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
