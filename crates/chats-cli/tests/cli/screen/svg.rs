//! A terminal's screen as an SVG picture.

use std::fmt::Write as _;

use vt100::{Cell, Color};

const CELL_WIDTH: f32 = 8.4;
const LINE_HEIGHT: u16 = 19;
const MARGIN: u16 = 16;
const TITLE_BAR: u16 = 30;

/// Draws the lines of a screen that are in use, below a line that says which
/// command was typed.
pub(crate) fn draw(screen: &vt100::Screen, command: &str) -> String {
    let (rows, columns) = screen.size();
    let (rows, columns) = (rows.get(), columns.get());
    let used = (0..rows)
        .rev()
        .find(|row| (0..columns).any(|column| has_text(screen.cell(*row, column))))
        .map_or(0, |last| last + 1);
    let width = f32::from(columns) * CELL_WIDTH + f32::from(2 * MARGIN);
    let height = TITLE_BAR + 2 * MARGIN + (used + 1) * LINE_HEIGHT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" \
         viewBox=\"0 0 {width:.0} {height}\" role=\"img\" aria-label=\"{label}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1d2129\"/>\n",
        label = escaped(command),
    );
    for (place, colour) in [(0, "#e06c6c"), (1, "#e0b860"), (2, "#7cb87c")] {
        let x = MARGIN + 6 + place * 18;
        let _ = writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"18\" r=\"6\" fill=\"{colour}\"/>"
        );
    }
    svg.push_str(
        "<g font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"14\" \
         fill=\"#d6dae2\" xml:space=\"preserve\">\n",
    );
    let _ = writeln!(
        svg,
        "<text x=\"{MARGIN}\" y=\"{}\"><tspan fill=\"#7cb87c\">$</tspan> {}</text>",
        line(0),
        escaped(command),
    );
    for row in 0..used {
        runs(screen, row, columns, &mut svg);
    }
    svg.push_str("</g>\n</svg>\n");
    svg
}

/// The base line of a line of text.
fn line(number: u16) -> u16 {
    TITLE_BAR + MARGIN + (number + 1) * LINE_HEIGHT - 5
}

/// One element for each run of cells that look alike, up to a gap, placed by its
/// column, so that the letters' own widths do not matter.
fn runs(screen: &vt100::Screen, row: u16, columns: u16, svg: &mut String) {
    let mut column = 0;
    while column < columns {
        let Some(first) = screen.cell(row, column).filter(|cell| has_text(Some(cell))) else {
            column += 1;
            continue;
        };
        let x = f32::from(MARGIN) + f32::from(column) * CELL_WIDTH;
        let mut text = String::new();
        while let Some(cell) = screen.cell(row, column).filter(|cell| same(first, cell)) {
            if !has_text(Some(cell)) && !has_text(screen.cell(row, column + 1)) {
                break;
            }
            text.push_str(if has_text(Some(cell)) {
                cell.contents()
            } else {
                " "
            });
            column += if cell.is_wide() { 2 } else { 1 };
        }
        let shown = text.trim_end();
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"{}\" textLength=\"{:.1}\"{}>{}</text>",
            line(row + 1),
            shown.chars().count() as f32 * CELL_WIDTH,
            style(first),
            escaped(shown),
        );
    }
}

fn has_text(cell: Option<&Cell>) -> bool {
    cell.is_some_and(|cell| !cell.contents().trim().is_empty())
}

fn same(one: &Cell, other: &Cell) -> bool {
    (
        one.fgcolor(),
        one.bold(),
        one.dim(),
        one.italic(),
        one.underline(),
    ) == (
        other.fgcolor(),
        other.bold(),
        other.dim(),
        other.italic(),
        other.underline(),
    )
}

fn style(cell: &Cell) -> String {
    let mut style = String::new();
    if let Some(colour) = colour(cell.fgcolor()) {
        let _ = write!(style, " fill=\"{colour}\"");
    }
    if cell.bold() {
        style.push_str(" font-weight=\"bold\"");
    }
    if cell.italic() {
        style.push_str(" font-style=\"italic\"");
    }
    if cell.underline() {
        style.push_str(" text-decoration=\"underline\"");
    }
    if cell.dim() {
        style.push_str(" opacity=\"0.65\"");
    }
    style
}

/// The eight colours of a terminal, and their bright forms.
fn colour(colour: Color) -> Option<String> {
    const NAMED: [&str; 8] = [
        "#4b5263", "#e06c6c", "#7cb87c", "#e0b860", "#6ca0dc", "#c08ad0", "#5fb8c0", "#d6dae2",
    ];
    match colour {
        Color::Default => None,
        Color::Idx(index) => NAMED
            .get(usize::from(index % 8))
            .map(|name| (*name).to_owned()),
        Color::Rgb(red, green, blue) => Some(format!("#{red:02x}{green:02x}{blue:02x}")),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
