//! How drift is told: text for people, JSON for programs, Markdown for a pull
//! request, annotations for GitHub.

use std::fmt::Write as _;
use std::str::FromStr;

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

/// Writes a report. Colour is for text alone; `file` is what annotations name.
#[must_use]
pub fn write(drift: &Drift, format: Format, colour: bool, file: &str) -> String {
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

/// The operation that a location begins with, and the place in it.
fn parts(location: &str) -> (&str, &str) {
    let mut spaces = location.match_indices(' ').map(|(index, _)| index);
    let is_operation = location
        .split_once(' ')
        .is_some_and(|(_, rest)| rest.starts_with('/'));
    match (is_operation, spaces.nth(1)) {
        (true, Some(index)) => (&location[..index], &location[index + 1..]),
        (true, None) => (location, "the operation"),
        (false, _) => ("the service", location),
    }
}

/// The changes by operation, the operations with the worst change first.
fn groups(drift: &Drift) -> Vec<(&str, Vec<&Change>)> {
    let mut groups: Vec<(&str, Vec<&Change>)> = Vec::new();
    for change in &drift.changes {
        let (operation, _) = parts(&change.location);
        match groups.iter_mut().find(|group| group.0 == operation) {
            Some(group) => group.1.push(change),
            None => groups.push((operation, vec![change])),
        }
    }
    groups
}

fn worst(change: &Change) -> Verdict {
    change.wire.max(change.source)
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
        let _ = write!(out, ", accepted: {reason}");
    }
    out
}

fn headline(drift: &Drift) -> String {
    match drift.changes.len() {
        0 => "No drift: both documents mean the same.".to_owned(),
        count => {
            let plural = if count == 1 { "change" } else { "changes" };
            let (wire, source) = (drift.wire.name(), drift.source.name());
            format!("{count} {plural}: wire {wire}, source {source}.")
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
    let first = drift
        .changes
        .iter()
        .find(|change| change.accepted.is_none())?;
    let what = first
        .note
        .split_once(": ")
        .map_or(first.note.as_str(), |(what, _)| what);
    let more = match drift.changes.len() - 1 {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let mark = if drift.source == Verdict::Breaking {
        "**Breaking:** "
    } else {
        ""
    };
    Some(format!(
        "- {mark}Follow the contract: {}: {what}{more}.",
        first.location
    ))
}

fn text(drift: &Drift, colour: bool) -> String {
    let paint = |verdict: Verdict, text: &str| {
        let code = match verdict {
            Verdict::Breaking => "31",
            Verdict::Behavioural => "33",
            Verdict::Compatible | Verdict::Unchanged => "32",
        };
        if colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    };
    let mut out = format!("{}\n", headline(drift));
    for (operation, changes) in groups(drift) {
        let _ = writeln!(out, "\n{operation}");
        for change in changes {
            let (_, place) = parts(&change.location);
            let word = paint(worst(change), worst(change).name());
            let _ = writeln!(out, "  {word}  {place}: {}", change.change);
            let _ = writeln!(out, "      {}", change.note);
            let _ = writeln!(out, "      {}", verdicts(change));
            if !change.affects.is_empty() {
                let _ = writeln!(out, "      touches {}", change.affects.join(", "));
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

fn markdown(drift: &Drift) -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let mut out = format!("## Contract drift\n\n{}\n", headline(drift));
    for (operation, changes) in groups(drift) {
        let _ = write!(out, "\n### `{operation}`\n\n");
        out.push_str("| verdict | place | change | touches |\n| --- | --- | --- | --- |\n");
        for change in changes {
            let (_, place) = parts(&change.location);
            let touches: Vec<_> = change
                .affects
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            let _ = writeln!(
                out,
                "| {} | `{}` | **{}**: {} | {} |",
                cell(&verdicts(change)),
                cell(place),
                change.change,
                cell(&change.note),
                touches.join(", ")
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

fn github(drift: &Drift, file: &str) -> String {
    let escape = |text: &str| {
        text.replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A")
    };
    let mut out = String::new();
    for change in &drift.changes {
        let level = match (worst(change), &change.accepted) {
            (_, Some(_)) => "notice",
            (Verdict::Breaking, _) => "error",
            (Verdict::Behavioural, _) => "warning",
            _ => "notice",
        };
        let title = escape(&format!("{}: {}", change.location, change.change));
        let title = title.replace(':', "%3A").replace(',', "%2C");
        let message = escape(&format!("{} ({})", change.note, verdicts(change)));
        let _ = writeln!(out, "::{level} file={file},title={title}::{message}");
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
        let text = write(&drift(), Format::Json, true, "");
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
        let text = write(&drift(), Format::Text, false, "");
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
        assert!(write(&drift(), Format::Text, true, "").contains("\u{1b}[31mbreaking"));
    }

    #[test]
    fn markdown_and_annotations_are_escaped() {
        let markdown = write(&drift(), Format::Markdown, true, "");
        assert!(markdown.contains("requests \\| without"));
        assert!(markdown.contains("### `GET /chat/a`"));
        let github = write(&drift(), Format::Github, true, "openapi.json");
        assert!(github.starts_with("::error file=openapi.json,title=PUT /chat/sessions"));
        assert!(github.contains("::warning "));
    }

    #[test]
    fn no_drift_is_one_sentence() {
        let text = write(&Drift::default(), Format::Text, true, "");
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
