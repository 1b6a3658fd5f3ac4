//! Lines that may still change, painted without flicker: only those that differ
//! from what stands on the screen are written again, all in one go.

use std::io::{self, Write};

/// The beginning and end of a change that the terminal shows at once, if it supports
/// that.
const BEGIN: &str = "\x1b[?2026h";
const END: &str = "\x1b[?2026l";

/// Paints a block of lines again and again; the cursor stays below its last line.
#[derive(Default)]
pub(super) struct Painter {
    painted: Vec<String>,
}

impl Painter {
    /// Shows `lines` in place of what was painted before. Lines that have left the
    /// screen, which is `height` lines high, can no longer change.
    pub(super) fn paint(&mut self, lines: Vec<String>, height: usize) -> io::Result<()> {
        let text = self.change(lines, height);
        if text.is_empty() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// The text that turns the painted lines into `lines`.
    fn change(&mut self, lines: Vec<String>, height: usize) -> String {
        let old = &self.painted;
        let same = old
            .iter()
            .zip(&lines)
            .take_while(|(old, new)| old == new)
            .count();
        // The line of the cursor takes one of the screen's lines.
        let top = old.len().saturating_sub(height.saturating_sub(1));
        let from = same.max(top);
        if from >= lines.len() && lines.len() >= old.len() {
            return String::new();
        }
        let mut text = BEGIN.to_owned();
        let up = old.len() - from.min(old.len());
        if up > 0 {
            text.push_str(&format!("\x1b[{up}A\r"));
        }
        for line in lines.iter().skip(from) {
            text.push_str(line);
            text.push_str("\x1b[K\r\n");
        }
        if lines.len() < old.len() {
            text.push_str("\x1b[J");
        }
        text.push_str(END);
        self.painted = lines;
        text
    }

    /// Fixes what was painted so far; the next lines go below it.
    pub(super) fn settle(&mut self) {
        self.painted.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;

    const LINES: NonZero<u16> = NonZero::new(6).unwrap();
    const COLUMNS: NonZero<u16> = NonZero::new(20).unwrap();

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    /// What a terminal of 6 lines shows after all these.
    fn shown(steps: &[&str]) -> String {
        let mut painter = Painter::default();
        let mut screen = vt100::Parser::new(LINES, COLUMNS, 100);
        for step in steps {
            screen.process(painter.change(lines(step), 6).as_bytes());
        }
        screen.screen().contents()
    }

    #[test]
    fn only_what_differs_is_written_again() {
        let mut painter = Painter::default();
        painter.change(lines("one\ntwo\nthr"), 24);
        let change = painter.change(lines("one\ntwo\nthree"), 24);
        assert!(
            change.contains("three") && !change.contains("two"),
            "{change:?}"
        );
        assert_eq!(painter.change(lines("one\ntwo\nthree"), 24), "");
    }

    #[test]
    fn lines_change_grow_and_go() {
        assert_eq!(shown(&["a\nb\nc", "a\nB", "a\nB\nd"]), "a\nB\nd");
        assert_eq!(shown(&["a\nb\nc", "a"]), "a");
    }

    #[test]
    fn what_has_left_the_screen_stays_as_it_was() {
        let long = "1\n2\n3\n4\n5\n6\n7\n8";
        let changed = "X\n2\n3\n4\n5\n6\n7\nY\n9";
        assert_eq!(shown(&[long, changed]), "5\n6\n7\nY\n9");
    }
}
