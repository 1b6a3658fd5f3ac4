//! What standard output, input and error are, and so what may be shown there:
//! colour, links, motion, questions. Text of the service is made safe here too.

use std::io::IsTerminal;

use console::Style;

/// The narrowest lines of text. On a narrower terminal they are broken by it.
const NARROWEST: usize = 20;
/// The widest lines of text; longer ones are hard to read.
const WIDEST: usize = 100;
/// Used if the terminal does not say.
const USUAL: (usize, usize) = (24, 80);

/// What the terminal can do, found out once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Standard output is a terminal that understands cursor movements.
    pub(crate) rich: bool,
    /// Colour and other emphasis may be used on standard output.
    pub(crate) colour: bool,
    /// OSC 8 links may be used on standard output.
    pub(crate) links: bool,
    /// Whether a person can be asked: input and output are terminals.
    pub(crate) asks: bool,
    /// Something may move on standard error.
    pub(crate) motion: bool,
}

impl Terminal {
    pub(crate) fn detect() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        // The line editor cannot draw on these either.
        let simple = ["dumb", "cons25", "emacs"];
        let dumb = std::env::var("TERM").is_ok_and(|term| simple.contains(&&*term));
        let out = std::io::stdout().is_terminal() && !dumb;
        let err = std::io::stderr().is_terminal() && !dumb;
        let no_colour = set("NO_COLOR");
        Self {
            rich: out,
            colour: out && !no_colour,
            links: out && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout),
            asks: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
            motion: err,
        }
    }

    /// Nothing but plain text.
    #[cfg(test)]
    pub(crate) fn plain() -> Self {
        Self {
            rich: false,
            colour: false,
            links: false,
            asks: false,
            motion: false,
        }
    }

    /// How wide text may be.
    pub(crate) fn width(self) -> usize {
        // The last column stays free: some terminals wrap as soon as it is used.
        (size().1 - 1).clamp(NARROWEST, WIDEST)
    }

    /// Whether lines can be painted again: the terminal must not have broken any.
    pub(crate) fn repaints(self) -> bool {
        self.rich && size().1 > NARROWEST
    }

    /// How wide a table may be: as wide as the terminal; in a pipe, without limit.
    pub(crate) fn table_width(self) -> Option<u16> {
        let width = || u16::try_from(size().1.max(NARROWEST)).unwrap_or(u16::MAX);
        self.rich.then(width)
    }

    /// How many lines can be seen at once.
    pub(crate) fn height(self) -> usize {
        size().0
    }

    /// Text with an emphasis, if colour may be used.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        if self.colour && !text.is_empty() {
            style.force_styling(true).apply_to(text).to_string()
        } else {
            text.to_owned()
        }
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(Style::new().dim(), text)
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(Style::new().bold(), text)
    }

    /// Text that leads to an address, where the terminal knows links.
    pub(crate) fn link(self, text: &str, url: Option<&str>) -> String {
        match url.and_then(safe_url) {
            Some(url) if self.links => format!("\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\"),
            _ => text.to_owned(),
        }
    }
}

fn size() -> (usize, usize) {
    match console::Term::stdout().size_checked() {
        Some((rows, columns)) if rows > 1 && columns > 1 => (rows.into(), columns.into()),
        _ => USUAL,
    }
}

/// An address that is safe inside an escape sequence, of a kind that a terminal
/// may open.
pub(crate) fn safe_url(url: &str) -> Option<String> {
    let lower = url.to_ascii_lowercase();
    if !["http://", "https://", "file://"]
        .iter()
        .any(|scheme| lower.starts_with(scheme))
    {
        return None;
    }
    let mut safe = String::with_capacity(url.len());
    for c in url.chars() {
        match c {
            ' ' => safe.push_str("%20"),
            c if c.is_control() => return None,
            c if c.is_ascii() => safe.push(c),
            c => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    safe.push_str(&format!("%{byte:02X}"));
                }
            }
        }
    }
    Some(safe)
}

/// Text of the service without characters that steer the terminal; line ends stay, and
/// those of Unicode become usual ones.
pub(crate) fn safe(text: &str) -> String {
    safe_text(&text.replace('\t', "    "))
}

/// As [`safe`], but tabs stay too, for text that is not laid out.
pub(crate) fn safe_text(text: &str) -> String {
    let usual = |c| match c {
        LINE_END | PARAGRAPH_END => '\n',
        c => c,
    };
    let harmless = |c: &char| matches!(c, '\n' | '\t') || !steers(*c);
    text.chars().map(usual).filter(harmless).collect()
}

const LINE_END: char = '\u{2028}';
const PARAGRAPH_END: char = '\u{2029}';

/// Whether a character controls the terminal, ends a line or changes the direction of
/// writing.
pub(crate) fn steers(c: char) -> bool {
    c.is_control() || matches!(c, LINE_END | PARAGRAPH_END) || turns_writing(c)
}

/// Whether a character changes the direction of writing: those that Unicode calls
/// `Bidi_Control`.
fn turns_writing(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

/// As [`safe`], but on one line, for a cell or a sentence.
pub(crate) fn safe_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    safe(&words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_service_steers_the_terminal() {
        assert_eq!(safe("a\x1b[2Jb\nc\u{9b}31m\r\u{202e}"), "a[2Jb\nc31m");
        assert_eq!(safe("a\u{200e}\u{200f}b\u{61c}\u{2066}c"), "abc");
        assert_eq!(safe_line(" a\n\tb\x07 "), "a b");
        assert_eq!(safe_text("a\tb\x1b[2J\r\n"), "a\tb[2J\n");
        assert_eq!(safe_text("a\u{2028}b\u{2029}"), "a\nb\n");
        assert_eq!(safe_line("a\u{2028}b"), "a b");
    }

    #[test]
    fn beside_control_characters_those_steer_that_end_lines_or_turn_writing() {
        let steering = ('\0'..=char::MAX).filter(|c| steers(*c) && !c.is_control());
        let listed = [
            '\u{61c}', '\u{200e}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202a}', '\u{202b}',
            '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
        ];
        assert_eq!(steering.collect::<Vec<_>>(), listed);
        assert!(('\0'..=char::MAX).all(|c| !c.is_control() || steers(c)));
    }

    #[test]
    fn links_are_addresses_without_control_characters() {
        assert_eq!(
            safe_url("https://x/a b/ü").unwrap(),
            "https://x/a%20b/%C3%BC"
        );
        assert_eq!(safe_url("https://x/\x1b\\"), None);
        assert_eq!(safe_url("javascript:alert(1)"), None);
    }

    #[test]
    fn without_a_terminal_there_is_no_styling() {
        let terminal = Terminal::plain();
        assert_eq!(terminal.bold("x"), "x");
        assert_eq!(terminal.link("x", Some("https://x")), "x");
    }
}
