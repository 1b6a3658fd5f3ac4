//! The words of a paragraph: emphasis, links, and where lines end.

use console::Style;

use crate::terminal::Terminal;

/// How text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underlined: bool,
    pub(super) struck: bool,
    pub(super) code: bool,
}

/// A stretch of text that looks the same and leads to the same place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) look: Look,
    pub(super) link: Option<String>,
}

impl Span {
    fn paint(&self, terminal: Terminal) -> String {
        let look = self.look;
        let mut style = Style::new();
        if look.bold {
            style = style.bold();
        }
        if look.italic {
            style = style.italic();
        }
        if look.underlined {
            style = style.underlined();
        }
        if look.struck {
            style = style.strikethrough();
        }
        if look.code || self.link.is_some() {
            style = style.cyan();
        }
        terminal.link(&terminal.paint(style, &self.text), self.link.as_deref())
    }
}

/// The text between two places where a line may end.
#[derive(Default)]
struct Word {
    spans: Vec<Span>,
    width: usize,
}

/// Breaks spans into lines of at most `width` columns. A line end inside a span
/// is kept.
pub(super) fn wrap(spans: &[Span], width: usize, terminal: Terminal) -> Vec<String> {
    let width = width.max(1);
    let mut lines = Lines {
        done: Vec::new(),
        line: Vec::new(),
        used: 0,
        width,
    };
    for (n, paragraph) in split_lines(spans).into_iter().enumerate() {
        if n > 0 {
            lines.end();
        }
        for word in words(&paragraph) {
            lines.add(word);
        }
    }
    lines.end();
    let paint = |line: Vec<Span>| line.iter().map(|span| span.paint(terminal)).collect();
    lines.done.into_iter().map(paint).collect()
}

struct Lines {
    done: Vec<Vec<Span>>,
    line: Vec<Span>,
    used: usize,
    width: usize,
}

impl Lines {
    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.line));
        self.used = 0;
    }

    fn add(&mut self, word: Word) {
        if self.used > 0 {
            if self.used + 1 + word.width <= self.width {
                self.space(word.spans.first());
            } else {
                self.end();
            }
        }
        if word.width <= self.width {
            self.used += word.width;
            for span in word.spans {
                push(&mut self.line, span);
            }
            return;
        }
        // Longer than a line: it is cut wherever the line ends.
        for span in word.spans {
            for c in span.text.chars() {
                let columns = columns(c.encode_utf8(&mut [0; 4]));
                if self.used + columns > self.width {
                    self.end();
                }
                self.used += columns;
                let text = c.to_string();
                let piece = Span {
                    text,
                    ..span.clone()
                };
                push(&mut self.line, piece);
            }
        }
    }

    /// Adds a space, with the look and link of its neighbours if they share them.
    fn space(&mut self, next: Option<&Span>) {
        self.used += 1;
        let same = |last: &&mut Span| {
            next.is_some_and(|next| next.look == last.look && next.link == last.link)
        };
        match self.line.last_mut().filter(same) {
            Some(last) => last.text.push(' '),
            None => self.line.push(Span {
                text: " ".to_owned(),
                look: Look::default(),
                link: None,
            }),
        }
    }
}

fn push(line: &mut Vec<Span>, span: Span) {
    match line.last_mut() {
        Some(last) if last.look == span.look && last.link == span.link => {
            last.text.push_str(&span.text);
        }
        _ => line.push(span),
    }
}

fn split_lines(spans: &[Span]) -> Vec<Vec<Span>> {
    let mut lines = vec![Vec::new()];
    for span in spans {
        for (n, text) in span.text.split('\n').enumerate() {
            if n > 0 {
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut() {
                line.push(Span {
                    text: text.to_owned(),
                    ..span.clone()
                });
            }
        }
    }
    lines
}

fn words(spans: &[Span]) -> Vec<Word> {
    let mut words = vec![Word::default()];
    for span in spans {
        for (n, text) in span.text.split(' ').enumerate() {
            if n > 0 {
                words.push(Word::default());
            }
            if let (Some(word), false) = (words.last_mut(), text.is_empty()) {
                word.width += columns(text);
                word.spans.push(Span {
                    text: text.to_owned(),
                    ..span.clone()
                });
            }
        }
    }
    words.retain(|word| word.width > 0);
    words
}

fn columns(text: &str) -> usize {
    console::measure_text_width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str, bold: bool) -> Span {
        Span {
            text: text.to_owned(),
            look: Look {
                bold,
                ..Look::default()
            },
            link: None,
        }
    }

    #[test]
    fn lines_end_between_words_and_emphasis_ends_none() {
        let spans = [
            span("one t", false),
            span("wo", true),
            span(" three", false),
        ];
        assert_eq!(wrap(&spans, 7, Terminal::plain()), ["one two", "three"]);
        assert_eq!(wrap(&spans, 6, Terminal::plain()), ["one", "two", "three"]);
    }

    #[test]
    fn a_word_that_is_too_long_is_cut_and_wide_letters_count_twice() {
        let lines = wrap(&[span("abcdefgh", false)], 3, Terminal::plain());
        assert_eq!(lines, ["abc", "def", "gh"]);
        let lines = wrap(&[span("漢字漢字", false)], 5, Terminal::plain());
        assert_eq!(lines, ["漢字", "漢字"]);
    }
}
