//! Writes the figures down: a table and a plot in `target/bench/`, and the ratios
//! in `BENCHMARKS.md`, with when and where each part was measured.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::{Figure, Figures, surroundings};
use crate::{Failure, Result, workspace};

const BEGIN: &str = "<!-- figures: written by cargo xtask bench -->";
const END: &str = "<!-- end of figures -->";

/// Begins the line that says when and where a part was measured.
const MEASURED: &str = "measured\t";

/// Keeps the figures of a part for the table: tab-separated, one a line.
pub(super) fn keep(part: &str, figures: &Figures) -> Result<()> {
    let mut lines = format!("{MEASURED}{part}: {}\n", surroundings::here());
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

/// Writes the table and the plot of all parts measured in this folder, and if that is all of
/// them, the table into BENCHMARKS.md.
pub(super) fn write(parts: &[&str]) -> Result<()> {
    let mut figures = Figures::default();
    let mut missing = Vec::new();
    for part in parts {
        match std::fs::read_to_string(folder().join(format!("{part}.tsv"))) {
            Ok(lines) => kept(&lines, &mut figures),
            Err(_) => missing.push(*part),
        }
    }
    for part in &missing {
        figures.skipped.push(format!("{part}: not measured yet"));
    }
    let table = table(&figures);
    put(&folder().join("table.md"), &table)?;
    put(&folder().join("plot.svg"), &plot(&figures.taken))?;
    println!("\n{table}\nwrote {}", folder().display());
    let file = workspace::root().join("BENCHMARKS.md");
    println!("{}", publish(&file, &table, &missing)?);
    Ok(())
}

/// Puts the table into a file, unless parts are missing; says what was done.
fn publish(file: &Path, table: &str, missing: &[&str]) -> Result<String> {
    let name = file.display();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Ok(format!(
            "{name} keeps its figures until all parts are measured here; not yet: {missing}"
        ));
    }
    let text =
        std::fs::read_to_string(file).map_err(|error| Failure::Step(format!("{name}: {error}")))?;
    put(file, &replaced(&text, table)?)?;
    Ok(format!("wrote {name}"))
}

fn folder() -> PathBuf {
    workspace::root().join("target/bench")
}

fn put(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text)
        .map_err(|error| Failure::Step(format!("{}: {error}", path.display())))
}

/// The text with the table between the marks replaced.
fn replaced(text: &str, table: &str) -> Result<String> {
    let marks = || Failure::Step("BENCHMARKS.md has no place for the figures".to_owned());
    let (before, rest) = text.split_once(BEGIN).ok_or_else(marks)?;
    let (_, after) = rest.split_once(END).ok_or_else(marks)?;
    Ok(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
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
    if !figures.measured.is_empty() {
        text.push_str("\nMeasured:\n\n");
    }
    for measured in &figures.measured {
        let _ = writeln!(text, "- {measured}");
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
        figures
            .measured
            .push("decode: 2026-01-01, a CPU".to_owned());
        figures
    }

    #[test]
    fn the_table_gives_multiples_of_the_first() {
        let table = table(&figures());
        assert!(table.contains("| instructions | memchr2 100.0 | a <peer> 5.50 |"));
        assert!(table.contains("SKIPPED time: no clock"));
        assert!(table.ends_with("\nMeasured:\n\n- decode: 2026-01-01, a CPU\n"));
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
        let lines =
            "measured\tdecode: 2026-01-01, a CPU\ninstructions\tmemchr2\t100\ntime: no clock\n";
        kept(lines, &mut again);
        assert_eq!(again.measured, figures().measured);
        assert_eq!(again.taken, figures().taken[..1]);
        assert_eq!(again.skipped, ["time: no clock"]);
    }

    #[test]
    fn figures_that_are_missing_replace_none() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let read = || std::fs::read_to_string(file.path()).unwrap();
        let old = format!("{BEGIN}\nold\n{END}");
        put(file.path(), &old).unwrap();
        let said = publish(file.path(), "new", &["time", "cost"]).unwrap();
        assert!(said.ends_with("not yet: time, cost"), "{said}");
        assert_eq!(read(), old);
        publish(file.path(), "new", &[]).unwrap();
        assert!(read().contains("new"));
    }

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let new = replaced(&text, "new").unwrap();
        assert!(new.starts_with("before\n") && new.ends_with("\nafter\n"));
        assert!(new.contains("new") && !new.contains("old"));
        assert!(replaced("no marks", "new").is_err());
    }
}
