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
        write(&self.change(lines, height))
    }

    /// Shows `lines`, which are the last. If some of them have left the screen and have
    /// changed since, all are printed once more, so that each can be read as it is.
    pub(super) fn finish(&mut self, lines: Vec<String>, height: usize) -> io::Result<()> {
        write(&self.last_change(lines, height))
    }

    fn last_change(&mut self, lines: Vec<String>, height: usize) -> String {
        let again = self.unchanged(&lines) < self.above(height);
        if again {
            self.settle();
        }
        let gap = if again { "\r\n" } else { "" };
        format!("{gap}{}", self.change(lines, height))
    }

    /// How many lines, from the first on, stand there already.
    fn unchanged(&self, lines: &[String]) -> usize {
        let both = self.painted.iter().zip(lines);
        both.take_while(|(old, new)| old == new).count()
    }

    /// How many lines have left the screen. The line of the cursor takes one of its lines.
    fn above(&self, height: usize) -> usize {
        let seen = height.saturating_sub(1);
        self.painted.len().saturating_sub(seen)
    }

    /// The text that turns the painted lines into `lines`.
    fn change(&mut self, lines: Vec<String>, height: usize) -> String {
        let from = self.unchanged(&lines).max(self.above(height));
        let old = self.painted.len();
        if from >= lines.len() && lines.len() >= old {
            return String::new();
        }
        let mut text = BEGIN.to_owned();
        let up = old - from.min(old);
        if up > 0 {
            text.push_str(&format!("\x1b[{up}A\r"));
        }
        for line in lines.iter().skip(from) {
            text.push_str(line);
            text.push_str("\x1b[K\r\n");
        }
        if lines.len() < old {
            text.push_str("\x1b[J");
        }
        text.push_str(END);
        // Above `from`, what was painted still stands, whatever the new lines say.
        self.painted.truncate(from);
        self.painted.extend(lines.into_iter().skip(from));
        text
    }

    /// Fixes what was painted so far; the next lines go below it.
    pub(super) fn settle(&mut self) {
        self.painted.clear();
    }
}

fn write(text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
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

    #[test]
    fn what_has_left_the_screen_is_printed_again_at_the_end_if_it_has_changed() {
        let long = "1\n2\n3\n4\n5\n6\n7\n8";
        let changed = long.replace('1', "X");
        let mut painter = Painter::default();
        painter.change(lines(long), 6);
        // Painted while it arrives, the change is not seen, and so not forgotten either.
        painter.change(lines(&changed), 6);
        let last = painter.last_change(lines(&changed), 6);
        assert!(last.contains("X"), "{last:?}");

        painter.settle();
        painter.change(lines(long), 6);
        let last = painter.last_change(lines(&format!("{long}\n9")), 6);
        assert!(last.contains('9') && !last.contains('8'), "{last:?}");
    }
}
