//! An answer on a terminal: a spinner with what the agent does, then its text as
//! Markdown while it arrives, then the images it found.

use std::io;
use std::time::{Duration, Instant};

use chats::{ChatResponse, ChatToken, ImageReference, PendingPlan, SessionId};
use serde_json::Value;

use super::Show;
use super::painter::Painter;
use crate::commands::images;
use crate::markdown::{self, Links, Text, UNKNOWN_COUNT};
use crate::output;
use crate::progress::Progress;
use crate::terminal::Terminal;

/// Shows one answer.
pub(crate) struct Rich {
    terminal: Terminal,
    /// How wide the lines are.
    width: usize,
    painter: Painter,
    spinner: Option<Progress>,
    /// What the agent said it is doing, without the tool it uses.
    phase: String,
    /// The answer as far as it has come.
    text: String,
    /// Whether there is text that was not painted.
    fresh: bool,
    /// When the text was last painted, and how long that took: it is painted whole, so a
    /// long answer is painted less often.
    painted: Option<(Instant, Duration)>,
    links: Links,
    images: Vec<ImageReference>,
}

impl Rich {
    pub(crate) fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            width: terminal.width(),
            painter: Painter::default(),
            spinner: None,
            phase: "Thinking".to_owned(),
            text: String::new(),
            fresh: false,
            painted: None,
            links: Links::default(),
            images: Vec::new(),
        }
    }

    /// Shows what the agent is doing.
    fn busy(&mut self, doing: &str) {
        match &self.spinner {
            Some(spinner) => spinner.say(doing),
            None => self.spinner = Some(Progress::spinner(self.terminal, doing)),
        }
    }

    /// Shows a new phase of the work.
    fn phase(&mut self, told: Option<&String>, agent: Option<&String>) {
        let Some(told) = told else { return };
        self.phase = match agent {
            Some(agent) => format!("{told} ({agent})"),
            None => told.clone(),
        };
        let phase = self.phase.clone();
        self.busy(&phase);
    }

    fn found(&mut self, images: &[ImageReference]) {
        self.links.add(images);
        for image in images {
            if !self
                .images
                .iter()
                .any(|known| known.image_id == image.image_id)
            {
                self.images.push(image.clone());
            }
        }
    }

    /// Prints a remark on a line of its own, without the spinner.
    fn note(&mut self, text: &str) -> io::Result<()> {
        self.spinner = None;
        self.painter.settle();
        output::line(self.terminal.dim(&crate::terminal::safe_line(text)))
    }

    /// Paints the text as far as it has come. Where a count is missing, no more than a
    /// screen is painted until the count is there: it could not be put in afterwards.
    fn paint_arriving(&mut self) -> io::Result<()> {
        let begun = Instant::now();
        self.make_room();
        let height = self.terminal.height();
        let text = self.arriving();
        let mut lines = self.lines(&text);
        self.fresh = text.awaits_counts() && hold_back(&mut lines, height);
        self.painter.paint(with_dots(lines), height)?;
        self.painted = Some((Instant::now(), begun.elapsed()));
        Ok(())
    }

    /// Paints all of the text: with the values of its references, if the answer is whole.
    fn paint_whole(&mut self, metadata: Option<&Value>) -> io::Result<()> {
        self.make_room();
        let text = match metadata {
            Some(metadata) => {
                let references = chats::parse_references(&self.text, metadata);
                Text::new(&self.text, &references, &self.links)
            }
            None => self.arriving(),
        };
        self.fresh = false;
        let lines = self.lines(&text);
        self.painter
            .finish(with_dots(lines), self.terminal.height())
    }

    fn arriving(&self) -> Text {
        let references = chats::parse_references(&self.text, &Value::Null);
        Text::arriving(&self.text, &references, &self.links)
    }

    fn lines(&self, text: &Text) -> Vec<String> {
        markdown::render(text, self.terminal, self.width)
    }

    /// Takes the spinner away, and makes the lines narrower if the terminal has become so.
    /// It has broken those that stand on it, and nobody knows where, so the text begins anew
    /// below them. On a wider terminal the lines stay as they are.
    fn make_room(&mut self) {
        self.spinner = None;
        let width = self.terminal.width();
        if width < self.width || !self.terminal.repaints() {
            self.painter.settle();
            self.width = width;
        }
    }

    /// How long to wait before the text is painted again: twice as long as it took.
    fn rest(&self) -> Duration {
        self.painted.map_or(Duration::ZERO, |(at, took)| {
            (took * 2).saturating_sub(at.elapsed())
        })
    }
}

/// Keeps the first line with an unknown count on a screen that is `height` lines high;
/// returns whether lines were held back for that.
fn hold_back(lines: &mut Vec<String>, height: usize) -> bool {
    let waits = |line: &String| line.contains(UNKNOWN_COUNT);
    let Some(first) = lines.iter().position(waits) else {
        return false;
    };
    // The line of the cursor takes one of the screen's lines, and the mark for more another.
    let most = first + height.saturating_sub(2);
    let held = lines.len() > most + 1;
    if held {
        lines.truncate(most);
        lines.push("…".to_owned());
    }
    held
}

/// The lines with a dot for every unknown count.
fn with_dots(lines: Vec<String>) -> Vec<String> {
    let lines = lines.into_iter();
    lines.map(|line| line.replace(UNKNOWN_COUNT, "·")).collect()
}

impl Show for Rich {
    fn begin(&mut self) -> io::Result<()> {
        self.busy("Thinking");
        Ok(())
    }

    fn token(&mut self, token: &ChatToken, text: &str) -> io::Result<()> {
        match token {
            ChatToken::Token(_) => {
                // The text only grows while tokens come.
                self.text
                    .push_str(text.get(self.text.len()..).unwrap_or_default());
                self.fresh = true;
            }
            ChatToken::Thinking(thinking) => self.phase(thinking.status.as_ref(), None),
            ChatToken::Status(status) => {
                let told = status.message.as_ref().or(status.phase.as_ref());
                self.phase(told, status.agent_name.as_ref());
            }
            ChatToken::ThinkingStep(step) => {
                if let Some(reasoning) = &step.reasoning {
                    self.note(&format!("… {reasoning}"))?;
                }
                let told = step.message.as_ref().or(step.phase.as_ref());
                self.phase(told, step.agent_name.as_ref());
            }
            ChatToken::ToolInvocation(tool) => {
                if let Some(name) = &tool.tool_name {
                    self.busy(&format!("{}: {name}", self.phase));
                }
            }
            ChatToken::ToolResult(result) => {
                if let (Some(name), Some(count)) = (&result.tool_name, result.result_count) {
                    self.busy(&format!("{}: {name} found {count}", self.phase));
                }
            }
            ChatToken::ImageResults(results) => self.found(&results.images),
            ChatToken::Reconnecting(_) => self.busy("The connection broke; looking for the answer"),
            ChatToken::Complete(complete) => {
                self.found(&complete.images);
                self.text.clone_from(&complete.content);
                self.paint_whole(Some(token.data()))?;
            }
            _ => {}
        }
        Ok(())
    }

    fn pause(&mut self) -> io::Result<Option<Duration>> {
        if !self.fresh {
            return Ok(None);
        }
        if !self.terminal.repaints() {
            // It is shown once, when it is whole.
            return Ok(None);
        }
        let rest = self.rest();
        if rest.is_zero() {
            self.paint_arriving()?;
            return Ok(None);
        }
        Ok(Some(rest))
    }

    fn answered(&mut self, answer: &ChatResponse) -> io::Result<()> {
        self.spinner = None;
        self.painter.settle();
        self.found(&answer.images);
        if self.images.is_empty() {
            return Ok(());
        }
        output::line("")?;
        for line in images::table(self.terminal, &self.images) {
            output::line(line)?;
        }
        Ok(())
    }

    fn planned(&mut self, _session: SessionId, plan: &PendingPlan) -> io::Result<()> {
        self.stopped()?;
        for (number, line) in crate::plan::lines(plan).iter().enumerate() {
            output::line(if number == 0 {
                self.terminal.bold(line)
            } else {
                line.clone()
            })?;
        }
        Ok(())
    }

    fn stopped(&mut self) -> io::Result<()> {
        if self.fresh {
            self.paint_whole(None)?;
        }
        self.spinner = None;
        self.painter.settle();
        Ok(())
    }

    fn failed(&mut self, _error: &chats::Error) -> io::Result<()> {
        self.stopped()
    }

    fn images(&self) -> &[ImageReference] {
        &self.images
    }
}
