//! Markdown's blocks as lines of a terminal.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::inline::{Look, Span, wrap};
use super::text::Text;
use crate::table;
use crate::terminal::Terminal;

/// Lays a text out in lines of at most `width` columns.
pub(crate) fn render(text: &Text, terminal: Terminal, width: usize) -> Vec<String> {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut renderer = Renderer {
        text,
        terminal,
        width,
        lines: Vec::new(),
        margins: Vec::new(),
        lists: Vec::new(),
        spans: Vec::new(),
        look: Look::default(),
        link: None,
        code: None,
        table: None,
        gap: false,
    };
    for event in Parser::new_ext(&text.source, options) {
        renderer.event(event);
    }
    renderer.flush();
    renderer.lines
}

/// The text left of a block: `first` before its first line, else `rest`.
struct Margin {
    first: Option<String>,
    rest: String,
    width: usize,
}

struct Renderer<'a> {
    text: &'a Text,
    terminal: Terminal,
    width: usize,
    lines: Vec<String>,
    margins: Vec<Margin>,
    /// The next number of each list that is open, if it counts.
    lists: Vec<Option<u64>>,
    spans: Vec<Span>,
    look: Look,
    link: Option<String>,
    /// The code block that is open.
    code: Option<String>,
    /// The rows of the table that is open.
    table: Option<Vec<Vec<String>>>,
    /// Whether an empty line belongs before the next block.
    gap: bool,
}

impl Renderer<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.words(&text),
            Event::Code(text) => self.inline_code(&text),
            Event::Html(text) | Event::InlineHtml(text) => self.words(&text),
            Event::SoftBreak => self.words(" "),
            Event::HardBreak => self.words("\n"),
            Event::Rule => {
                self.begin();
                let room = self.room().min(40);
                self.line(&"─".repeat(room));
                self.gap = true;
            }
            Event::TaskListMarker(done) => self.words(if done { "[x] " } else { "[ ] " }),
            // The parser's options do not enable these.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.words(&text);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.begin(),
            Tag::Heading { level, .. } => {
                self.begin();
                self.look.bold = true;
                self.look.underlined = level == HeadingLevel::H1;
                if !self.terminal.colour {
                    self.words(&format!("{} ", "#".repeat(level as usize)));
                }
            }
            Tag::BlockQuote(_) => {
                self.begin();
                let bar = self.terminal.dim("│ ");
                self.margin(None, bar, 2);
            }
            Tag::CodeBlock(kind) => {
                self.begin();
                let language = match &kind {
                    CodeBlockKind::Fenced(language) => language.trim(),
                    CodeBlockKind::Indented => "",
                };
                if !language.is_empty() {
                    let language = self.terminal.dim(language);
                    self.line(&language);
                }
                self.code = Some(String::new());
            }
            Tag::List(first) => {
                self.flush();
                if self.lists.is_empty() {
                    self.begin();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                self.begin();
                let mark = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let mark = format!("{number}. ");
                        *number += 1;
                        mark
                    }
                    _ => "• ".to_owned(),
                };
                let width = console::measure_text_width(&mark);
                self.margin(Some(mark), " ".repeat(width), width);
            }
            Tag::Table(_) => {
                self.begin();
                self.table = Some(Vec::new());
            }
            Tag::TableHead | Tag::TableRow => {
                if let Some(rows) = &mut self.table {
                    rows.push(Vec::new());
                }
            }
            Tag::Emphasis => self.look.italic = true,
            Tag::Strong => self.look.bold = true,
            Tag::Strikethrough => self.look.struck = true,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.link = Some(self.text.plain(&dest_url));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => {
                self.flush();
                self.gap = true;
            }
            TagEnd::Heading(_) => {
                self.flush();
                self.look = Look::default();
                self.gap = true;
            }
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.margins.pop();
                self.gap = true;
            }
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::List(_) => {
                self.lists.pop();
                self.gap |= self.lists.is_empty();
            }
            TagEnd::Item => {
                self.flush();
                // An empty item still shows its mark.
                if self
                    .margins
                    .last()
                    .is_some_and(|margin| margin.first.is_some())
                {
                    self.line("");
                }
                self.margins.pop();
            }
            TagEnd::TableCell => {
                let cell: String = self.spans.drain(..).map(|span| span.text).collect();
                if let Some(row) = self.table.as_mut().and_then(|rows| rows.last_mut()) {
                    row.push(cell);
                }
            }
            TagEnd::Table => {
                for line in table::boxed(self.table.take().unwrap_or_default(), self.room()) {
                    self.line(&line);
                }
                self.gap = true;
            }
            TagEnd::Emphasis => self.look.italic = false,
            TagEnd::Strong => self.look.bold = false,
            TagEnd::Strikethrough => self.look.struck = false,
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    /// If the terminal cannot show a link, its address is written out.
    fn end_link(&mut self) {
        let Some(url) = self.link.take() else { return };
        let told = self
            .spans
            .last()
            .is_some_and(|span| span.text.contains(&url));
        if !self.terminal.links && !told && !url.is_empty() {
            self.words(&format!(" ({url})"));
        }
    }

    /// Begins a new block.
    fn begin(&mut self) {
        self.flush();
        // The first block of an item stands beside its mark.
        let beside = self
            .margins
            .last()
            .is_some_and(|margin| margin.first.is_some());
        if self.gap && !beside && !self.lines.is_empty() {
            self.line("");
        }
        self.gap = false;
    }

    fn margin(&mut self, first: Option<String>, rest: String, width: usize) {
        self.margins.push(Margin { first, rest, width });
    }

    fn room(&self) -> usize {
        let taken: usize = self.margins.iter().map(|margin| margin.width).sum();
        self.width.saturating_sub(taken).max(10)
    }

    fn words(&mut self, text: &str) {
        if let Some(code) = &mut self.code {
            code.push_str(text);
            return;
        }
        let mut plain = String::new();
        for c in text.chars() {
            let Some(shown) = self.text.shown(c) else {
                plain.push(c);
                continue;
            };
            let before = std::mem::take(&mut plain);
            self.span(before, self.look, self.link.clone());
            let look = Look {
                bold: true,
                ..self.look
            };
            self.span(
                shown.text.clone(),
                look,
                shown.link.clone().or_else(|| self.link.clone()),
            );
        }
        self.span(plain, self.look, self.link.clone());
    }

    fn inline_code(&mut self, text: &str) {
        let text = self.text.plain(text);
        let look = Look {
            code: true,
            ..self.look
        };
        let text = if self.terminal.colour {
            text
        } else {
            format!("`{text}`")
        };
        self.span(text, look, self.link.clone());
    }

    fn span(&mut self, text: String, look: Look, link: Option<String>) {
        if !text.is_empty() {
            self.spans.push(Span { text, look, link });
        }
    }

    /// Writes the words that were collected.
    fn flush(&mut self) {
        if self.spans.is_empty() {
            return;
        }
        let spans = std::mem::take(&mut self.spans);
        for line in wrap(&spans, self.room(), self.terminal) {
            self.line(&line);
        }
    }

    fn code_block(&mut self) {
        let code = self.text.plain(&self.code.take().unwrap_or_default());
        self.margin(None, "  ".to_owned(), 2);
        for line in code.lines() {
            // Code is not wrapped at words, only cut where the line ends.
            let mut rest = line;
            loop {
                let piece = fitting(rest, self.room());
                let painted = self.terminal.paint(console::Style::new().cyan(), piece);
                self.line(&painted);
                rest = &rest[piece.len()..];
                if rest.is_empty() {
                    break;
                }
            }
        }
        self.margins.pop();
        self.gap = true;
    }

    fn line(&mut self, text: &str) {
        let mut line = String::new();
        for margin in &mut self.margins {
            match margin.first.take() {
                Some(first) => line.push_str(&first),
                None => line.push_str(&margin.rest),
            }
        }
        line.push_str(text);
        self.lines.push(line.trim_end().to_owned());
    }
}

/// As much of a text as fits, at least one character.
fn fitting(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += console::measure_text_width(c.encode_utf8(&mut [0; 4]));
        if used > width && at > 0 {
            return &text[..at];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Links;
    use super::*;

    fn rendered(markdown: &str, terminal: Terminal) -> String {
        let references = chats::parse_references(markdown, &serde_json::Value::Null);
        let text = Text::new(markdown, &references, &Links::default());
        render(&text, terminal, 40).join("\n")
    }

    const EVERYTHING: &str = "\
# Poles

Two **damaged** and *old* poles, see [[img:ab|pole_1_*.png]] and [the guide](https://x/guide).

- first, which is long enough to go on in the next line
  - inner `code`
- [x] second

1. one

   more of one
2. two

> quoted
> text

```rust
let a_very_long_line_of_code = \"that does not fit\";

let b = 2;
```

| pole | state |
| --- | --- |
| 1 | **split** |
| 2 | fine |

---
last\u{1b}[2J";

    #[test]
    fn every_block_is_laid_out() {
        insta::assert_snapshot!(rendered(EVERYTHING, Terminal::plain()));
    }

    #[test]
    fn colour_and_links_change_the_look_and_not_the_layout() {
        let rich = Terminal {
            colour: true,
            links: true,
            ..Terminal::plain()
        };
        let plain = Terminal {
            links: true,
            ..Terminal::plain()
        };
        let text = "Two **damaged** poles, see [the guide](https://x/guide) about them, and more.";
        let strip = |text: &str| console::strip_ansi_codes(text).into_owned();
        let lines = rendered(text, rich);
        assert_eq!(strip(&lines), strip(&rendered(text, plain)));
        insta::assert_snapshot!(lines.escape_debug().to_string().replace("\\n", "\n"));
    }

    #[test]
    fn no_beginning_of_a_text_is_laid_out_wider_than_asked_or_panics() {
        for (end, _) in EVERYTHING.char_indices() {
            let beginning = &EVERYTHING[..end];
            let references = chats::parse_references(beginning, &serde_json::Value::Null);
            let text = Text::arriving(beginning, &references, &Links::default());
            for line in render(&text, Terminal::plain(), 40) {
                assert!(console::measure_text_width(&line) <= 40, "{line}");
            }
        }
    }
}
