//! How drift is reported: text for people, JSON for programs, Markdown for a pull
//! request, annotations for GitHub.

use std::fmt::Write as _;
use std::str::FromStr;

use super::fold::{self, worst};
use super::words::{on_one_line, quoted};
use super::{Change, Drift, Verdict};

/// The forms of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    #[default]
    Text,
    /// For programs.
    Json,
    /// For a pull request.
    Markdown,
    /// Annotations of GitHub's workflows.
    Github,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            "markdown" => Ok(Self::Markdown),
            "github" => Ok(Self::Github),
            _ => Err("must be text, json, markdown or github".to_owned()),
        }
    }
}

/// Writes a report. Only text is coloured; annotations name `file`, if the document is in
/// one.
#[must_use]
pub fn write(drift: &Drift, format: Format, colour: bool, file: Option<&str>) -> String {
    match format {
        Format::Text => text(drift, colour),
        Format::Json => {
            let mut text = serde_json::to_string_pretty(drift).unwrap_or_default();
            text.push('\n');
            text
        }
        Format::Markdown => markdown(drift),
        Format::Github => github(drift, file),
    }
}

/// The verdict in a word.
fn word(change: &Change) -> &'static str {
    if change.accepted.is_some() {
        "accepted"
    } else {
        worst(change).name()
    }
}

fn verdicts(change: &Change) -> String {
    let mut out = format!(
        "wire {}, source {}",
        change.wire.name(),
        change.source.name()
    );
    if change.absorbed {
        out.push_str(", absorbed by the released SDK");
    }
    if let Some(reason) = &change.accepted {
        let _ = write!(out, "; accepted: {reason}");
    }
    out
}

fn headline(drift: &Drift) -> String {
    let all = drift.changes.len();
    let accepted = drift
        .changes
        .iter()
        .filter(|change| change.accepted.is_some())
        .count();
    let changes = |count| if count == 1 { "change" } else { "changes" };
    let (wire, source) = (drift.wire.name(), drift.source.name());
    match (all, accepted) {
        (0, _) => "No drift: both documents mean the same.".to_owned(),
        (_, 0) => format!("{all} {}: wire {wire}, source {source}.", changes(all)),
        _ if accepted == all => {
            format!(
                "{all} {}, accepted beforehand; no other drift.",
                changes(all)
            )
        }
        _ => {
            let rest = all - accepted;
            format!(
                "{rest} {}: wire {wire}, source {source}; {accepted} more accepted beforehand.",
                changes(rest)
            )
        }
    }
}

/// What to do with the version, as Cargo understands versions below 1.0.
#[must_use]
pub fn bump(drift: &Drift) -> Option<String> {
    let version = env!("CARGO_PKG_VERSION");
    let mut numbers = version
        .split('.')
        .map(|part| part.parse::<u64>().unwrap_or(0));
    let (major, minor, patch) = (
        numbers.next()?,
        numbers.next().unwrap_or(0),
        numbers.next().unwrap_or(0),
    );
    let breaking = drift.source == Verdict::Breaking;
    let next = match (major, breaking, drift.worst()) {
        (_, _, Verdict::Unchanged) => return None,
        (0, true, _) => format!("0.{}.0", minor + 1),
        (0, false, _) => format!("0.{minor}.{}", patch + 1),
        (_, true, _) => format!("{}.0.0", major + 1),
        (_, false, _) => format!("{major}.{}.0", minor + 1),
    };
    Some(format!("{version} -> {next}"))
}

/// A line for the changelog.
#[must_use]
pub fn changelog(drift: &Drift) -> Option<String> {
    let rows = fold::rows(drift);
    let mut counted = rows.iter().filter(|row| row.change.accepted.is_none());
    let first = counted.next()?;
    let note = &first.change.note;
    let what = note
        .split_once(": ")
        .map_or(note.as_str(), |(what, _)| what);
    let more = match counted.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let mark = if drift.source == Verdict::Breaking {
        "**Breaking:** "
    } else {
        ""
    };
    let place = match first.count() {
        1 => first.change.location.clone(),
        count => format!("{} in {count} places", first.what()),
    };
    Some(on_one_line(&format!(
        "- {mark}Follow the contract: {place}: {what}{more}."
    )))
}

fn text(drift: &Drift, colour: bool) -> String {
    let paint = |change: &Change| {
        let code = match worst(change) {
            _ if change.accepted.is_some() => "32",
            Verdict::Breaking => "31",
            Verdict::Behavioural => "33",
            Verdict::Compatible | Verdict::Unchanged => "32",
        };
        if colour {
            format!("\u{1b}[{code}m{}\u{1b}[0m", word(change))
        } else {
            word(change).to_owned()
        }
    };
    let mut out = format!("{}\n", headline(drift));
    for group in fold::groups(drift) {
        let _ = writeln!(out, "\n{}", on_one_line(group.heading));
        for row in &group.rows {
            let change = row.change;
            let (word, what) = (paint(change), on_one_line(row.what()));
            let places = match row.count() {
                1 => String::new(),
                count => format!(", in {count} places"),
            };
            let _ = writeln!(out, "  {word}  {what}: {}{places}", change.change);
            let _ = writeln!(out, "      {}", on_one_line(&change.note));
            let _ = writeln!(out, "      {}", on_one_line(&verdicts(change)));
            for line in row.lines(on_one_line) {
                let _ = writeln!(out, "      at {line}");
            }
            if !row.affects.is_empty() {
                let _ = writeln!(out, "      touches {}", row.touched(str::to_owned));
            }
        }
    }
    if let Some(bump) = bump(drift) {
        let _ = writeln!(out, "\nversion: {bump}");
    }
    if let Some(line) = changelog(drift) {
        let _ = writeln!(out, "changelog: {line}");
    }
    out
}

/// A name as code in a cell of a table.
fn code(name: &str) -> String {
    quoted(name).replace('|', "\\|")
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    let mut text = on_one_line(text).replace('|', "\\|").replace('<', "&lt;");
    if text.matches('`').count() % 2 == 1 {
        text = text.replace('`', "\\`");
    }
    text
}

fn markdown(drift: &Drift) -> String {
    let mut out = format!("## Contract drift\n\n{}\n", headline(drift));
    for group in fold::groups(drift) {
        let heading = if group.heading.contains('/') {
            quoted(group.heading)
        } else {
            group.heading.to_owned()
        };
        let _ = write!(out, "\n### {heading}\n\n");
        out.push_str("| verdict | place | change | touches |\n| --- | --- | --- | --- |\n");
        for row in &group.rows {
            let change = row.change;
            let mut places = vec![code(row.what())];
            places.extend(row.lines(code));
            let _ = writeln!(
                out,
                "| **{}**: {} | {} | **{}**: {} | {} |",
                word(change),
                cell(&verdicts(change)),
                places.join("<br>"),
                change.change,
                cell(&change.note),
                row.touched(code)
            );
        }
    }
    if let Some(bump) = bump(drift) {
        let _ = writeln!(out, "\nVersion: {bump}");
    }
    if let Some(line) = changelog(drift) {
        let _ = writeln!(out, "\nChangelog:\n\n{line}");
    }
    out
}

fn github(drift: &Drift, file: Option<&str>) -> String {
    let escape = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    let file = file.map(|file| format!("file={},", property(file)));
    let file = file.unwrap_or_default();
    let mut out = String::new();
    for row in fold::rows(drift) {
        let change = row.change;
        let level = match (worst(change), &change.accepted) {
            (_, Some(_)) => "notice",
            (Verdict::Breaking, _) => "error",
            (Verdict::Behavioural, _) => "warning",
            _ => "notice",
        };
        let place = match row.count() {
            1 => change.location.clone(),
            count => format!("{} in {count} places", row.what()),
        };
        let title = property(&on_one_line(&format!("{place}: {}", change.change)));
        let mut message = on_one_line(&format!("{} ({})", change.note, verdicts(change)));
        for line in row.lines(str::to_owned) {
            let _ = write!(message, "\nat {}", on_one_line(&line));
        }
        let message = escape(&message);
        let _ = writeln!(out, "::{level} {file}title={title}::{message}");
    }
    let _ = writeln!(out, "{}", headline(drift));
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn drift() -> Drift {
        let change = |location: &str, verdict| Change {
            location: location.to_owned(),
            change: "property-became-required",
            wire: verdict,
            source: Verdict::Compatible,
            absorbed: verdict == Verdict::Breaking,
            affects: vec!["ChatResource::update_videos".to_owned()],
            note: "it is required: requests | without it are refused".to_owned(),
            accepted: None,
        };
        Drift::of(vec![
            change("GET /chat/a query.limit", Verdict::Behavioural),
            change(
                "PUT /chat/sessions/{session_id}/videos request.video_ids",
                Verdict::Breaking,
            ),
        ])
    }

    #[test]
    fn json_has_the_pinned_form() {
        let text = write(&drift(), Format::Json, true, None);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["wire"], "breaking");
        assert_eq!(value["source"], "compatible");
        assert_eq!(
            value["changes"][0],
            json!({
                "location": "PUT /chat/sessions/{session_id}/videos request.video_ids",
                "change": "property-became-required",
                "wire": "breaking", "source": "compatible", "absorbed": true,
                "affects": ["ChatResource::update_videos"],
                "note": "it is required: requests | without it are refused"
            })
        );
        assert!(value["changes"][1].get("absorbed").is_none());
    }

    #[test]
    fn text_groups_by_operation_with_the_worst_first() {
        let text = write(&drift(), Format::Text, false, None);
        let worst = text
            .find("PUT /chat/sessions/{session_id}/videos\n")
            .unwrap();
        assert!(worst < text.find("GET /chat/a\n").unwrap());
        assert!(
            text.starts_with("2 changes: wire breaking, source compatible.\n"),
            "{text}"
        );
        assert!(text.contains("touches ChatResource::update_videos"));
        assert!(text.contains("\nversion: ") && text.contains("changelog: - Follow"));
        assert!(!text.contains('\u{1b}'));
        assert!(write(&drift(), Format::Text, true, None).contains("\u{1b}[31mbreaking"));
    }

    #[test]
    fn markdown_and_annotations_are_escaped() {
        let markdown = write(&drift(), Format::Markdown, true, None);
        assert!(markdown.contains("requests \\| without"));
        assert!(markdown.contains("### `GET /chat/a`"));
        let github = write(&drift(), Format::Github, true, Some("openapi.json"));
        assert!(github.starts_with("::error file=openapi.json,title=PUT /chat/sessions"));
        assert!(github.contains("::warning "));
    }

    #[test]
    fn a_document_that_is_in_no_file_is_not_named() {
        let github = write(&drift(), Format::Github, true, None);
        assert!(github.starts_with("::error title=PUT /chat"), "{github}");
    }

    #[test]
    fn an_edit_of_a_schema_in_many_places_takes_few_lines_and_json_says_all() {
        let changes = (0..15).flat_map(|operation| {
            (0..7).map(move |status| Change {
                location: format!("GET /chat/{operation} response.40{status}.error"),
                change: "type-changed",
                wire: Verdict::Breaking,
                source: Verdict::Compatible,
                absorbed: true,
                affects: vec![format!("ChatResource::f{operation:02}")],
                note: "it was string, and is integer: no".to_owned(),
                accepted: None,
            })
        });
        let drift = Drift::of(changes.collect());
        let text = write(&drift, Format::Text, false, None);
        assert!(text.lines().count() < 20, "{text}");
        assert!(
            text.contains("error: type-changed, in 105 places"),
            "{text}"
        );
        assert!(
            text.contains("at GET /chat/0: response.400.error, response.401.error, response.402.error, 4 more\n"),
            "{text}"
        );
        assert!(text.contains("at 9 more operations\n"), "{text}");
        assert!(text.contains("ChatResource::f11, 3 more\n"), "{text}");
        assert!(write(&drift, Format::Markdown, false, None).lines().count() < 20);
        let json: Value = serde_json::from_str(&write(&drift, Format::Json, false, None)).unwrap();
        assert_eq!(json["changes"].as_array().unwrap().len(), 105);
    }

    #[test]
    fn names_of_any_characters_break_neither_lines_nor_tables() {
        let mut odd = drift();
        odd.changes[0].location = "PUT /chat/a request.x|y`z\n::error::<b>".to_owned();
        odd.changes[0].note = "`x|y\n\u{1b}[31m<b>` is new: p`q".to_owned();
        odd.changes.truncate(1);
        let text = write(&odd, Format::Text, false, None);
        assert!(
            !text.contains('\u{1b}') && !text.contains("\n::error"),
            "{text}"
        );
        let markdown = write(&odd, Format::Markdown, false, None);
        let rows: Vec<_> = markdown
            .lines()
            .filter(|line| line.starts_with('|'))
            .collect();
        assert_eq!(rows.len(), 3, "{markdown}");
        let bars = rows[2].matches('|').count() - rows[2].matches("\\|").count();
        assert_eq!(bars, 5, "{}", rows[2]);
        assert!(
            rows[2].contains("\\`x\\|y\\n\\u{1b}[31m&lt;b>\\` is new: p\\`q"),
            "{}",
            rows[2]
        );
    }

    #[test]
    fn what_was_accepted_is_marked_and_the_headline_agrees() {
        let mut drift = drift();
        drift.changes[0].accepted = Some("nobody calls it".to_owned());
        let told = |drift: &Drift| write(drift, Format::Text, true, None);
        let some = told(&Drift::of(drift.changes.clone()));
        assert!(
            some.starts_with(
                "1 change: wire behavioural, source compatible; 1 more accepted beforehand.\n"
            ),
            "{some}"
        );
        assert!(some.contains("\u{1b}[32maccepted"), "{some}");
        let (first, last) = (some.find("GET /chat/a"), some.find("PUT /chat/sessions"));
        assert!(first < last, "what counts comes first: {some}");
        drift.changes[1].accepted = Some("so it is".to_owned());
        let all = told(&Drift::of(drift.changes));
        assert!(
            all.starts_with("2 changes, accepted beforehand; no other drift.\n"),
            "{all}"
        );
        assert!(
            !all.contains("version:") && !all.contains("changelog:"),
            "{all}"
        );
    }

    #[test]
    fn no_drift_is_one_sentence() {
        let text = write(&Drift::default(), Format::Text, true, None);
        assert_eq!(text, "No drift: both documents mean the same.\n");
    }

    #[test]
    fn only_what_breaks_users_code_asks_for_a_breaking_version() {
        assert!(bump(&drift()).unwrap().ends_with(".1"));
        let mut breaking = drift();
        breaking.source = Verdict::Breaking;
        assert!(bump(&breaking).unwrap().ends_with(".0"));
        assert_eq!(bump(&Drift::default()), None);
    }
}
