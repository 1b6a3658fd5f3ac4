//! Tables: `comfy_table` lays the cells out; links and emphasis are added afterwards,
//! since they take no room.

use comfy_table::{ColumnConstraint, ContentArrangement, Row, TableStyle, presets};

use crate::terminal::{Terminal, safe_line};

/// These enclose the text of a link while the table is laid out: neither has any width.
const LINK_START: char = '\u{2063}';
const LINK_END: char = '\u{2064}';

/// A table whose rows are one line each.
pub(crate) struct Table {
    inner: comfy_table::Table,
    links: Vec<Option<String>>,
}

/// What stands in a cell.
pub(crate) struct Cell {
    text: String,
    link: Option<String>,
}

impl Cell {
    /// Text with a link.
    pub(crate) fn link(text: &str, url: Option<&str>) -> Self {
        Self {
            text: clean(text),
            link: Some(url.unwrap_or_default().to_owned()),
        }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self {
            text: clean(text.as_ref()),
            link: None,
        }
    }
}

fn clean(text: &str) -> String {
    safe_line(text).replace([LINK_START, LINK_END], "")
}

impl Table {
    /// A table without lines, for lists.
    pub(crate) fn list<const N: usize>(header: [&str; N]) -> Self {
        let mut inner = comfy_table::Table::new();
        inner
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_truncation_indicator("…")
            .set_header(one_line(header));
        for column in inner.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self {
            inner,
            links: Vec::new(),
        }
    }

    /// The cells of this column are never cut, except where there is no room at
    /// all.
    pub(crate) fn keep_whole(&mut self, column: usize) -> &mut Self {
        if let Some(column) = self.inner.column_mut(column) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
        self
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells: Vec<String> = cells
            .into_iter()
            .map(|cell| match cell.link {
                None => cell.text,
                Some(url) => {
                    self.links.push((!url.is_empty()).then_some(url));
                    format!("{LINK_START}{}{LINK_END}", cell.text)
                }
            })
            .collect();
        self.inner.add_row(one_line(cells));
    }

    /// The table's lines, without white space at their ends.
    pub(crate) fn lines(mut self, terminal: Terminal) -> Vec<String> {
        match terminal.table_width() {
            Some(width) => self.inner.set_width(width),
            // A pipe gets the cells uncut.
            None => self
                .inner
                .set_content_arrangement(ContentArrangement::Disabled),
        };
        let mut links = self.links.iter();
        let lines = self.inner.lines().collect::<Vec<_>>();
        let mut out = Vec::with_capacity(lines.len());
        for (number, line) in lines.iter().enumerate() {
            let line = linked(terminal, line.trim_end(), &mut links);
            out.push(if number == 0 {
                terminal.bold(&line)
            } else {
                line
            });
        }
        out
    }
}

/// A row that is cut rather than broken.
fn one_line(cells: impl Into<Row>) -> Row {
    let mut row = cells.into();
    row.max_height(1);
    row
}

/// Puts the links of one line in.
fn linked<'a>(
    terminal: Terminal,
    line: &str,
    links: &mut impl Iterator<Item = &'a Option<String>>,
) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(LINK_START) {
        // A cell that was cut has lost its end mark.
        let (text, tail) = after.split_once(LINK_END).unwrap_or((after, ""));
        let url = links.next().and_then(Option::as_deref);
        out.push_str(before);
        out.push_str(&terminal.link(text, url));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// A table with lines around its cells, for text that already is a table.
pub(crate) fn boxed(rows: Vec<Vec<String>>, width: usize) -> Vec<String> {
    const STYLE: TableStyle = presets::UTF8_FULL_CONDENSED;
    let mut inner = comfy_table::Table::new();
    inner
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX));
    let mut rows = rows.into_iter();
    if let Some(header) = rows.next() {
        inner.set_header(header);
    }
    for row in rows {
        inner.add_row(row);
    }
    inner.lines().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::list(["Name", "About"]);
        table.row([
            Cell::link("pole\u{1b}.png", Some("https://x/1")),
            "a\nb".into(),
        ]);
        table.row([Cell::link("cat.png", None), "c".into()]);
        table
    }

    #[test]
    fn cells_are_one_line_of_safe_text() {
        let lines = table().lines(Terminal::plain());
        assert_eq!(lines, ["Name      About", "pole.png  a b", "cat.png   c"]);
    }

    #[test]
    fn a_link_takes_no_room() {
        let terminal = Terminal {
            links: true,
            ..Terminal::plain()
        };
        let lines = table().lines(terminal);
        assert_eq!(
            lines[1],
            "\u{1b}]8;;https://x/1\u{1b}\\pole.png\u{1b}]8;;\u{1b}\\  a b"
        );
        assert_eq!(lines[2], "cat.png   c");
    }
}
