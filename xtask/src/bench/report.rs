//! Writes the figures down: tables and a plot in `target/bench/`, and the table of each
//! part that was measured in `BENCHMARKS.md`, with when and where that was.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Figure, Figures, surroundings};
use crate::{Failure, Result, workspace};

/// Ends the table of a part.
const END: &str = "<!-- end -->";

/// Begins the line that says when and where a part was measured.
const MEASURED: &str = "measured\t";

/// Keeps the figures of a part for the table: tab-separated, one a line.
pub(super) fn keep(part: &str, figures: &Figures) -> Result<()> {
    let mut lines = format!("{MEASURED}{}\n", surroundings::here());
    for Figure { what, whose, value } in &figures.taken {
        let _ = writeln!(lines, "{what}\t{whose}\t{value}");
    }
    for skipped in &figures.skipped {
        let _ = writeln!(lines, "{skipped}");
    }
    std::fs::create_dir_all(folder()).map_err(|error| Failure::Step(error.to_string()))?;
    put(&folder().join(format!("{part}.tsv")), &lines)
}

/// Reads what [`keep`] wrote.
fn kept(lines: &str, figures: &mut Figures) {
    for line in lines.lines() {
        if let Some(measured) = line.strip_prefix(MEASURED) {
            figures.measured.push(measured.to_owned());
            continue;
        }
        let mut fields = line.split('\t');
        let (what, whose) = (fields.next(), fields.next());
        let value = fields.next().and_then(|value| value.parse().ok());
        match (what, whose, value) {
            (Some(what), Some(whose), Some(value)) => figures.taken.push(Figure {
                what: what.to_owned(),
                whose: whose.to_owned(),
                value,
            }),
            _ => figures.skipped.push(line.to_owned()),
        }
    }
}

/// Writes the tables and the plot of all parts that were ever measured in this folder, and
/// the tables of those measured `now` into BENCHMARKS.md.
pub(super) fn write(parts: &[&str], now: &[&str]) -> Result<()> {
    let mut all = Vec::new();
    let mut tables = String::new();
    let file = workspace::root().join("BENCHMARKS.md");
    let mut text = std::fs::read_to_string(&file)
        .map_err(|error| Failure::Step(format!("{}: {error}", file.display())))?;
    for part in parts {
        let Ok(lines) = std::fs::read_to_string(folder().join(format!("{part}.tsv"))) else {
            continue;
        };
        let mut figures = Figures::default();
        kept(&lines, &mut figures);
        let table = table(&figures);
        let _ = writeln!(tables, "# {part}\n\n{table}");
        if now.contains(part) {
            text = replaced(&text, part, &table)?;
        }
        all.extend(figures.taken);
    }
    put(&folder().join("tables.md"), &tables)?;
    put(&folder().join("plot.svg"), &plot(&all))?;
    println!("\n{tables}wrote {}", folder().display());
    put(&file, &text)?;
    println!("wrote {} in {}", now.join(", "), file.display());
    Ok(())
}

fn folder() -> PathBuf {
    workspace::root().join("target/bench")
}

fn put(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .map_err(|error| Failure::Step(format!("{}: {error}", path.display())))
}

/// The text with the table of one part replaced.
fn replaced(text: &str, part: &str, table: &str) -> Result<String> {
    let begin = format!("<!-- {part}: written by cargo xtask bench -->");
    let missing = || Failure::Step(format!("BENCHMARKS.md has no place for {part}"));
    let (before, rest) = text.split_once(&begin).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{begin}\n\n{table}\n{END}{after}"))
}

/// The figures of one measurement.
fn groups(figures: &[Figure]) -> Vec<(&str, Vec<&Figure>)> {
    let mut groups: Vec<(&str, Vec<&Figure>)> = Vec::new();
    for figure in figures {
        match groups.iter_mut().find(|(what, _)| *what == figure.what) {
            Some((_, group)) => group.push(figure),
            None => groups.push((&figure.what, vec![figure])),
        }
    }
    groups
}

/// One line per measurement: the value of the first contender, and those of the others as
/// multiples of it.
fn table(figures: &Figures) -> String {
    let mut text = String::from(
        "| what | the first | the others, as multiples of it |\n| --- | --- | --- |\n",
    );
    for (what, group) in groups(&figures.taken) {
        let [first, others @ ..] = &group[..] else {
            continue;
        };
        let others: Vec<String> = others
            .iter()
            .map(|other| format!("{} {:.2}", other.whose, other.value / first.value))
            .collect();
        let value = number(first.value);
        let _ = writeln!(
            text,
            "| {what} | {} {value} | {} |",
            first.whose,
            others.join(" · ")
        );
    }
    for skipped in &figures.skipped {
        let _ = writeln!(text, "\nSKIPPED {skipped}");
    }
    for measured in &figures.measured {
        let _ = writeln!(text, "\nMeasured: {measured}");
    }
    text
}

fn number(value: f64) -> String {
    if value >= 1000.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}

const COLOURS: [&str; 5] = ["#888888", "#d1495b", "#00798c", "#edae49", "#30638e"];
const BAR: usize = 14;
const WIDTH: f64 = 380.0;

/// Bars for every measurement, on a logarithmic scale of its own.
fn plot(figures: &[Figure]) -> String {
    let mut body = String::new();
    let mut y = 20;
    for (what, group) in groups(figures) {
        let least = group
            .iter()
            .map(|figure| figure.value)
            .fold(f64::MAX, f64::min);
        let most = group.iter().map(|figure| figure.value).fold(0.0, f64::max);
        let span = (most / least).ln().max(0.7);
        let _ = writeln!(
            body,
            r#"<text x="10" y="{y}" font-weight="bold">{}</text>"#,
            escaped(what)
        );
        y += 6;
        for (figure, colour) in group.iter().zip(COLOURS.iter().cycle()) {
            let length = 20.0 + WIDTH * (figure.value / least).ln() / span;
            let (text, value) = (y + BAR - 3, number(figure.value));
            let _ = writeln!(
                body,
                r#"<text x="150" y="{text}" text-anchor="end">{}</text><rect x="156" y="{y}" width="{length:.1}" height="{}" fill="{colour}"/><text x="{:.1}" y="{text}">{value}</text>"#,
                escaped(&figure.whose),
                BAR - 3,
                162.0 + length
            );
            y += BAR;
        }
        y += 22;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"700\" height=\"{y}\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        let mut figures = Figures::default();
        figures.add("instructions", "memchr2", 100.0);
        figures.add("instructions", "a <peer>", 550.0);
        figures.skip("time", "no clock");
        figures.measured.push("2026-01-01, a CPU".to_owned());
        figures
    }

    #[test]
    fn the_table_gives_multiples_of_the_first() {
        let table = table(&figures());
        assert!(table.contains("| instructions | memchr2 100.0 | a <peer> 5.50 |"));
        assert!(table.contains("SKIPPED time: no clock"));
        assert!(table.ends_with("\nMeasured: 2026-01-01, a CPU\n"));
    }

    #[test]
    fn the_plot_has_a_bar_for_each_and_is_well_formed() {
        let plot = plot(&figures().taken);
        assert_eq!(plot.matches("<rect").count(), 3);
        assert!(plot.contains("a &lt;peer>") && plot.ends_with("</svg>\n"));
    }

    #[test]
    fn what_is_kept_is_taken_up_again() {
        let mut again = Figures::default();
        let lines = "measured\t2026-01-01, a CPU\ninstructions\tmemchr2\t100\ntime: no clock\n";
        kept(lines, &mut again);
        assert_eq!(again.measured, figures().measured);
        assert_eq!(again.taken, figures().taken[..1]);
        assert_eq!(again.skipped, ["time: no clock"]);
    }

    #[test]
    fn only_the_table_of_the_part_is_replaced() {
        let place =
            |part: &str| format!("<!-- {part}: written by cargo xtask bench -->\nold\n{END}\n");
        let text = format!("before\n{}{}after\n", place("time"), place("cost"));
        let new = replaced(&text, "cost", "new").unwrap();
        assert!(new.starts_with(&format!("before\n{}", place("time"))));
        assert!(new.contains("new") && new.ends_with("\nafter\n"));
        assert_eq!(new.matches("old").count(), 1);
        assert!(replaced(&text, "tools", "new").is_err());
    }

    /// Each part that can be measured has its place.
    #[test]
    fn the_document_has_a_place_for_every_part() {
        let file = workspace::root().join("BENCHMARKS.md");
        let text = std::fs::read_to_string(file).unwrap();
        for part in super::super::PARTS {
            replaced(&text, part, "").unwrap();
        }
    }
}
