//! An answer as plain text, for pipes and simple terminals: the text as it
//! arrives, with references resolved, and nothing else. Reasoning that was asked for
//! goes to standard error.

use std::io;

use chats::references::ReferenceResolver;
use chats::{ChatResponse, ChatToken, PendingPlan, SessionId};
use serde_json::Value;

use super::Show;
use crate::output;
use crate::terminal::{safe_line, safe_text};

/// Prints what can no longer change.
#[derive(Default)]
pub(crate) struct PlainText {
    resolver: ReferenceResolver,
    /// The answer's markup as far as it was taken.
    taken: String,
    /// The last character printed ended a line.
    at_line_start: bool,
}

impl PlainText {
    /// Prints what is new in `markup` and can be shown.
    fn print(&mut self, markup: &str) -> io::Result<()> {
        let fresh = markup.get(self.taken.len()..).unwrap_or_default();
        self.taken.push_str(fresh);
        let text = self.resolver.push(fresh);
        self.write(&text)
    }

    /// Prints what is new in `markup`, and all that was held back.
    fn print_rest(&mut self, markup: &str, metadata: &Value) -> io::Result<()> {
        self.print(markup)?;
        self.print_held(metadata)
    }

    /// Prints the last piece of an answer, and what its references stand for. If it is not
    /// what its beginning promised, the true answer follows on a line of its own.
    fn complete(&mut self, answer: &str, metadata: &Value) -> io::Result<()> {
        if answer.starts_with(&self.taken) {
            return self.print_rest(answer, metadata);
        }
        self.print_held(metadata)?;
        if [self.taken.trim(), ""].contains(&answer.trim()) {
            return Ok(());
        }
        self.end_line()?;
        self.write(&chats::resolve_content(answer, metadata))
    }

    fn print_held(&mut self, metadata: &Value) -> io::Result<()> {
        let held = std::mem::take(&mut self.resolver).finish(metadata);
        self.write(&held)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.at_line_start = text.ends_with('\n');
        output::raw(safe_text(text))
    }

    /// Ends the answer's line, so that further output begins on a new one.
    fn end_line(&mut self) -> io::Result<()> {
        if !self.taken.is_empty() && !self.at_line_start {
            self.write("\n")?;
        }
        Ok(())
    }
}

impl Show for PlainText {
    fn token(&mut self, token: &ChatToken, text: &str) -> io::Result<()> {
        match token {
            ChatToken::Token(_) => self.print(text),
            ChatToken::Complete(complete) => self.complete(&complete.content, token.data()),
            ChatToken::ThinkingStep(step) => {
                if let Some(reasoning) = &step.reasoning {
                    output::remark(safe_line(&format!("… {reasoning}")));
                }
                Ok(())
            }
            ChatToken::Reconnecting(look) if look.attempt == 1 => {
                output::remark("The connection broke; looking for the answer.");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn answered(&mut self, answer: &ChatResponse) -> io::Result<()> {
        if self.taken.is_empty() {
            self.taken.clone_from(&answer.content);
            self.write(&answer.resolved_content())?;
        }
        self.end_line()
    }

    fn planned(&mut self, _session: SessionId, plan: &PendingPlan) -> io::Result<()> {
        self.stopped()?;
        for line in crate::plan::lines(plan) {
            self.write(&format!("{line}\n"))?;
        }
        Ok(())
    }

    fn stopped(&mut self) -> io::Result<()> {
        // Text that waited for its references is shown as it came.
        self.print_held(&Value::Null)?;
        self.end_line()
    }

    fn failed(&mut self, error: &chats::Error) -> io::Result<()> {
        if let Some(text) = error.partial() {
            self.print_rest(text, &Value::Null)?;
        }
        self.end_line()
    }
}
