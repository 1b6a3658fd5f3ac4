//! An answer as plain text, for pipes and simple terminals: the text as it
//! arrives, with references resolved, and nothing else.

use std::io;

use chats::{ChatResponse, ChatToken, PendingPlan, SessionId};
use serde_json::Value;

use super::Show;
use crate::markdown::open_markup;
use crate::output;
use crate::terminal::safe_text;

/// Prints what can no longer change.
#[derive(Default)]
pub(crate) struct PlainText {
    /// How much of the answer's markup is printed, in bytes.
    printed: usize,
    /// The last character printed ended a line.
    at_line_start: bool,
}

impl PlainText {
    /// Prints `markup` from where the last print ended up to `end`.
    fn print(&mut self, markup: &str, end: usize, metadata: &Value) -> io::Result<()> {
        let Some(fresh) = markup.get(self.printed..end) else {
            return Ok(());
        };
        self.printed = end;
        self.write(&chats::resolve_content(fresh, metadata))
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.at_line_start = text.ends_with('\n');
        output::raw(safe_text(text))
    }

    /// What comes after the answer begins on a line of its own.
    fn end_line(&mut self) -> io::Result<()> {
        if self.printed > 0 && !self.at_line_start {
            self.write("\n")?;
        }
        Ok(())
    }
}

impl Show for PlainText {
    fn token(&mut self, token: &ChatToken, text: &str) -> io::Result<()> {
        match token {
            ChatToken::Token(_) => self.print(text, settled(text), &Value::Null),
            // The last piece of text, and what its references stand for.
            ChatToken::Complete(complete) if complete.content.starts_with(text) => {
                self.print(&complete.content, complete.content.len(), token.data())
            }
            ChatToken::Complete(_) => self.print(text, text.len(), token.data()),
            ChatToken::Reconnecting(look) if look.attempt == 1 => {
                output::remark("The connection broke; looking for the answer.");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn answered(&mut self, answer: &ChatResponse) -> io::Result<()> {
        if self.printed == 0 {
            self.printed = answer.content.len();
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
        self.end_line()
    }

    fn failed(&mut self, error: &chats::Error) -> io::Result<()> {
        if let Some(text) = error.partial() {
            self.print(text, text.len(), &Value::Null)?;
        }
        self.end_line()
    }
}

/// How much of the text may be printed: up to markup that is still open, or a
/// count that only the end of the answer has.
fn settled(text: &str) -> usize {
    let open = open_markup(text).unwrap_or(text.len());
    text.find("[[ref:").map_or(open, |count| open.min(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_markup_waits_for_its_end() {
        for (text, printable) in [
            ("plain", "plain"),
            ("see [[img:a|b.png]] and", "see [[img:a|b.png]] and"),
            ("see [[img:a|b.p", "see "),
            ("see [", "see "),
            ("[[ref:r1]] poles", ""),
            ("[a](b)", "[a](b)"),
        ] {
            assert_eq!(&text[..settled(text)], printable);
        }
    }
}
