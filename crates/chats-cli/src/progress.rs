//! A spinner on standard error while work takes its time, or a bar if its amount is
//! known. Without a terminal, nothing is shown.

use std::borrow::Cow;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::terminal::{Terminal, safe_line};

const TICK: Duration = Duration::from_millis(90);

/// A spinner or a bar, gone without a trace when it is dropped.
pub(crate) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// A spinner, for work of unknown length.
    pub(crate) fn spinner(terminal: Terminal, message: &str) -> Self {
        let bar = bar(terminal, None, "{spinner:.cyan} {msg}", "{spinner} {msg}");
        bar.set_message(shown(message));
        bar.enable_steady_tick(TICK);
        Self { bar }
    }

    /// A bar for work whose amount [`of`](Self::of) says.
    pub(crate) fn bar(terminal: Terminal, message: &str) -> Self {
        let bar = bar(
            terminal,
            Some(0),
            "{msg} {bar:30.cyan} {pos}/{len}",
            "{msg} {bar:30} {pos}/{len}",
        );
        bar.set_message(shown(message));
        Self { bar }
    }

    pub(crate) fn say(&self, message: &str) {
        self.bar.set_message(shown(message));
    }

    pub(crate) fn of(&self, all: Option<u64>) {
        if let Some(all) = all {
            self.bar.set_length(all);
        }
    }

    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn bar(terminal: Terminal, length: Option<u64>, coloured: &str, plain: &str) -> ProgressBar {
    let target = if terminal.motion {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let template = if terminal.colour { coloured } else { plain };
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("━╸ ");
    ProgressBar::with_draw_target(length, target).with_style(style)
}

/// The message as one line that fits.
fn shown(message: &str) -> Cow<'static, str> {
    const LONGEST: usize = 60;
    console::truncate_str(&safe_line(message), LONGEST, "…")
        .into_owned()
        .into()
}
