//! Dates in a question: "since May 2024", "last week", and which ends of a span of time
//! the words set.

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Words after which a date is meant.
const CUES: &[&str] = &[
    "in", "from", "during", "on", "since", "after", "before", "until",
];

/// A span of time; an end that the words do not name is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: Option<Timestamp>,
    /// The first moment after it.
    pub until: Option<Timestamp>,
}

/// A stretch of days.
#[derive(Debug, Clone, Copy)]
struct Period {
    from: Date,
    /// The day after its end; `None` while it lasts.
    until: Option<Date>,
}

/// The span that the first of these words name, and how many they are; `now` is what "last
/// week" counts from.
pub(super) fn read(words: &[String], now: Timestamp) -> Option<(Span, usize)> {
    let today = now.to_zoned_datetime(TimeZone::UTC).date();
    if let Some((period, taken)) = relative(words, today) {
        return Some((span("during", period), taken));
    }
    let (cue, after) = words.split_first()?;
    if !CUES.contains(&cue.as_str()) {
        return None;
    }
    let the = usize::from(after.first().is_some_and(|word| word == "the"));
    let words = &after[the..];
    let (period, taken) = relative(words, today).or_else(|| calendar(words))?;
    Some((span(cue, period), 1 + the + taken))
}

/// What a period is after its cue.
fn span(cue: &str, period: Period) -> Span {
    // "After last week" and "until last week" have only its first day to go by.
    let end = period.until.unwrap_or(period.from);
    let (from, until) = match cue {
        "since" => (Some(period.from), None),
        "after" => (Some(end), None),
        "before" => (None, Some(period.from)),
        "until" => (None, Some(end)),
        _ => (Some(period.from), period.until),
    };
    Span {
        from: from.and_then(midnight),
        until: until.and_then(midnight),
    }
}

fn midnight(day: Date) -> Option<Timestamp> {
    day.to_zoned_datetime(TimeZone::UTC)
        .ok()
        .map(|start| start.timestamp())
}

/// "today", "yesterday", "last week" and the like, and its word count.
fn relative(words: &[String], today: Date) -> Option<(Period, usize)> {
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    let (from, until, taken) = match (word(0), word(1)) {
        ("today", _) => (today, today.tomorrow().ok(), 1),
        ("yesterday", _) => (today.yesterday().unwrap_or(today), Some(today), 1),
        ("last" | "past", "week") => (today.saturating_sub(1.week()), None, 2),
        ("last" | "past", "month") => (today.saturating_sub(1.month()), None, 2),
        ("last" | "past", "year") => (today.saturating_sub(1.year()), None, 2),
        _ => return None,
    };
    Some((Period { from, until }, taken))
}

/// A year, month or day of the calendar, and its word count.
fn calendar(words: &[String]) -> Option<(Period, usize)> {
    let (from, until, taken) = calendar_days(words)?;
    let until = Some(until);
    Some((Period { from, until }, taken))
}

/// Its first day, the day after its end, and its word count.
fn calendar_days(words: &[String]) -> Option<(Date, Date, usize)> {
    let first = words.first()?;
    let year_of = |text: &String| {
        text.parse::<i16>()
            .ok()
            .filter(|year| (1900..2200).contains(year))
    };
    if let Some(month) = MONTHS.iter().position(|month| month == first) {
        let from = date(year_of(words.get(1)?)?, i8::try_from(month).ok()? + 1, 1);
        return Some((from, from.checked_add(1.month()).ok()?, 2));
    }
    let year = year_of(first)?;
    let part = |index: usize| {
        words
            .get(index)
            .filter(|word| word.len() == 2)?
            .parse::<i8>()
            .ok()
    };
    // An ISO date arrives as its three numbers.
    if let (Some(month), Some(day)) = (part(1), part(2))
        && let Ok(from) = Date::new(year, month, day)
    {
        return Some((from, from.tomorrow().ok()?, 3));
    }
    let from = date(year, 1, 1);
    Some((from, from.checked_add(1.year()).ok()?, 1))
}

#[cfg(test)]
mod tests {
    use super::super::Interpretation;
    use super::*;

    fn of(question: &str) -> Interpretation {
        Interpretation::of(question, "2025-06-15T12:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_cue_sets_only_the_end_that_it_names() {
        let day = |text: &str| Some(text.parse::<Date>().unwrap());
        for (question, from, until) in [
            ("since today", day("2025-06-15"), None),
            ("poles since yesterday", day("2025-06-14"), None),
            ("after yesterday", day("2025-06-15"), None),
            ("before today", None, day("2025-06-15")),
            ("until today", None, day("2025-06-16")),
            ("before yesterday", None, day("2025-06-14")),
            ("until yesterday", None, day("2025-06-15")),
            ("from yesterday", day("2025-06-14"), day("2025-06-15")),
            ("since last week", day("2025-06-08"), None),
            ("since the past month", day("2025-05-15"), None),
            ("during the last year", day("2024-06-15"), None),
            ("before last week", None, day("2025-06-08")),
            ("until last week", None, day("2025-06-08")),
            (
                "since 2023 before 2025",
                day("2023-01-01"),
                day("2025-01-01"),
            ),
            (
                "before 2025 since 2023",
                day("2023-01-01"),
                day("2025-01-01"),
            ),
            (
                "until 2024 after 2022",
                day("2023-01-01"),
                day("2025-01-01"),
            ),
            (
                "before today last week",
                day("2025-06-08"),
                day("2025-06-15"),
            ),
            (
                "from 2023 until yesterday",
                day("2023-01-01"),
                day("2025-06-15"),
            ),
        ] {
            let found = of(question);
            let day =
                |end: Option<Timestamp>| end.map(|end| end.to_zoned_datetime(TimeZone::UTC).date());
            let ends = (day(found.filters.from), day(found.filters.until));
            assert_eq!(ends, (from, until), "{question}");
            let terms = found.terms.iter().filter(|term| *term != "poles");
            assert_eq!(terms.count(), 0, "{question}: {:?}", found.terms);
        }
    }

    #[test]
    fn a_cue_without_a_date_is_only_a_word() {
        let found = of("before and after the last storm");
        assert_eq!(found.terms, ["before", "after", "last", "storm"]);
        assert!(found.filters.is_empty());
    }
}
