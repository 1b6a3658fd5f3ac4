//! An answer as plain text, for pipes and simple terminals: the text as it
//! arrives, with references resolved, and nothing else.

use std::io;

use chats::references::ReferenceResolver;
use chats::{ChatResponse, ChatToken, PendingPlan, SessionId};
use serde_json::Value;

use super::Show;
use crate::output;
use crate::terminal::safe_text;

/// Prints what can no longer change.
#[derive(Default)]
pub(crate) struct PlainText {
    resolver: ReferenceResolver,
    /// How many bytes of the answer's markup were taken.
    taken: usize,
    /// The last character printed ended a line.
    at_line_start: bool,
}

impl PlainText {
    /// Prints what is new in `markup` and can be shown.
    fn print(&mut self, markup: &str) -> io::Result<()> {
        let fresh = markup.get(self.taken..).unwrap_or_default();
        self.taken += fresh.len();
        let text = self.resolver.push(fresh);
        self.write(&text)
    }

    /// Prints what is new in `markup`, and all that was held back.
    fn print_rest(&mut self, markup: &str, metadata: &Value) -> io::Result<()> {
        self.print(markup)?;
        self.print_held(metadata)
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
        if self.taken > 0 && !self.at_line_start {
            self.write("\n")?;
        }
        Ok(())
    }
}

impl Show for PlainText {
    fn token(&mut self, token: &ChatToken, text: &str) -> io::Result<()> {
        match token {
            ChatToken::Token(_) => self.print(text),
            // The last piece of text, and what its references stand for.
            ChatToken::Complete(complete) if complete.content.starts_with(text) => {
                self.print_rest(&complete.content, token.data())
            }
            ChatToken::Complete(_) => self.print_rest(text, token.data()),
            ChatToken::Reconnecting(look) if look.attempt == 1 => {
                output::remark("The connection broke; looking for the answer.");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn answered(&mut self, answer: &ChatResponse) -> io::Result<()> {
        if self.taken == 0 {
            self.taken = answer.content.len();
            self.write(&answer.resolved_content())?;
        }
        self.end_line()
    }

    fn planned(&mut self, _session: SessionId, plan: &PendingPlan) -> io::Result<()> {
        self.end_line()?;
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
