//! Merges changes that are one edit: of a schema used in many places, or of something
//! that every operation has. JSON keeps them apart.

use std::collections::HashMap;
use std::hash::Hash;

use super::{Change, Drift, Verdict};

/// How many operations, and places in each, are named for one edit.
const MANY_OPERATIONS: usize = 6;
const MANY_PLACES: usize = 3;

/// How many functions, types and commands are named.
const MANY_NAMES: usize = 12;

/// The heading for changes in more than one operation.
const SEVERAL: &str = "several operations";

/// The heading for changes in no operation.
const SERVICE: &str = "the service";

/// Changes that are one edit.
#[derive(Debug)]
pub(super) struct Row<'a> {
    /// The first of them; the others say the same.
    pub change: &'a Change,
    /// Where they are: by operation, the places in it.
    pub places: Vec<(&'a str, Vec<&'a str>)>,
    /// What they touch together.
    pub affects: Vec<&'a str>,
}

/// The rows under one heading.
#[derive(Debug)]
pub(super) struct Group<'a> {
    pub heading: &'a str,
    pub rows: Vec<Row<'a>>,
}

impl Row<'_> {
    /// How many changes the row stands for.
    pub(super) fn count(&self) -> usize {
        self.places.iter().map(|(_, places)| places.len()).sum()
    }

    /// The edited part: the place, or the end that all places share.
    pub(super) fn what(&self) -> &str {
        let place = parts(&self.change.location).1;
        if self.count() > 1 { tail(place) } else { place }
    }

    /// The places, one line for each of the first operations; empty if [`Self::what`] is
    /// the one place.
    pub(super) fn lines(&self, show: impl Fn(&str) -> String) -> Vec<String> {
        if self.count() == 1 {
            return Vec::new();
        }
        let (first, more) = few(&self.places, MANY_OPERATIONS);
        let line = |(operation, places): &(&str, Vec<&str>)| {
            let places = list(places, MANY_PLACES, &show);
            match self.places.len() {
                1 => places,
                _ => format!("{}: {places}", show(operation)),
            }
        };
        let mut lines: Vec<_> = first.iter().map(line).collect();
        if more > 0 {
            lines.push(format!("{more} more operations"));
        }
        lines
    }

    /// What the edit touches; if there are many names, the first of them.
    pub(super) fn touched(&self, show: impl Fn(&str) -> String) -> String {
        let most = if self.count() == 1 {
            usize::MAX
        } else {
            MANY_NAMES
        };
        list(&self.affects, most, &show)
    }
}

/// The first few of all, and how many more there are. One more is shown, since saying
/// that there is one more takes as much room.
fn few<T>(all: &[T], most: usize) -> (&[T], usize) {
    match all.len().saturating_sub(most) {
        0 | 1 => (all, 0),
        more => (&all[..most], more),
    }
}

fn list(all: &[&str], most: usize, show: &impl Fn(&str) -> String) -> String {
    let (first, more) = few(all, most);
    let mut words: Vec<_> = first.iter().map(|word| show(word)).collect();
    if more > 0 {
        words.push(format!("{more} more"));
    }
    words.join(", ")
}

/// The worse verdict of a change.
pub(super) fn worst(change: &Change) -> Verdict {
    change.wire.max(change.source)
}

/// The changes by operation, the operations with the worst change first.
pub(super) fn groups(drift: &Drift) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut known = HashMap::new();
    for row in rows(drift) {
        let heading = match row.places.as_slice() {
            [(operation, _)] => operation,
            _ => SEVERAL,
        };
        let group = *known.entry(heading).or_insert_with(|| {
            groups.push(Group {
                heading,
                rows: Vec::new(),
            });
            groups.len() - 1
        });
        groups[group].rows.push(row);
    }
    groups
}

/// The changes, with those that are one edit merged, in the order of the first.
pub(super) fn rows(drift: &Drift) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut known = HashMap::new();
    let mut known_places = HashMap::new();
    for change in &drift.changes {
        let index = *known.entry(edit(change)).or_insert_with(|| {
            rows.push(Row {
                change,
                places: Vec::new(),
                affects: Vec::new(),
            });
            rows.len() - 1
        });
        let Row {
            places, affects, ..
        } = &mut rows[index];
        let (operation, place) = parts(&change.location);
        let of_operation = *known_places.entry((index, operation)).or_insert_with(|| {
            places.push((operation, Vec::new()));
            places.len() - 1
        });
        places[of_operation].1.push(place);
        affects.extend(change.affects.iter().map(String::as_str));
    }
    for row in &mut rows {
        row.affects.sort_unstable();
        row.affects.dedup();
    }
    rows
}

/// What changes have in common that are likely one edit: the same change to something of
/// the same name, with the same verdicts.
fn edit(change: &Change) -> impl Eq + Hash + '_ {
    let judged = (change.wire, change.source, change.absorbed);
    let end = tail(parts(&change.location).1);
    (change.change, judged, &change.note, &change.accepted, end)
}

/// The operation that a location begins with, and the place in it.
pub(super) fn parts(location: &str) -> (&str, &str) {
    let mut spaces = location.match_indices(' ').map(|(index, _)| index);
    let is_operation = location
        .split_once(' ')
        .is_some_and(|(_, rest)| rest.starts_with('/'));
    match (is_operation, spaces.nth(1)) {
        (true, Some(index)) => (&location[..index], &location[index + 1..]),
        (true, None) => (location, "the operation"),
        (false, _) => (SERVICE, location),
    }
}

/// What a place ends with: the innermost property, header or form.
fn tail(place: &str) -> &str {
    if let Some((_, header)) = place.split_once(" header ") {
        return header;
    }
    let start = place.rfind(['.', '|']).map_or(0, |index| index + 1);
    &place[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(location: &str, note: &str) -> Change {
        Change {
            location: location.to_owned(),
            change: "type-changed",
            wire: Verdict::Breaking,
            source: Verdict::Compatible,
            absorbed: true,
            affects: vec![location.len().to_string()],
            note: note.to_owned(),
            accepted: None,
        }
    }

    #[test]
    fn one_edit_in_many_places_is_one_row() {
        let drift = Drift::of(vec![
            change("GET /chat/a response.401.error", "other"),
            change("GET /chat/a response.404|object.error", "other"),
            change("PUT /chat/b response.404.error", "other"),
            change("PUT /chat/b response.404.detail", "other"),
            change("PUT /chat/b response.500.error", "another"),
        ]);
        let groups = groups(&drift);
        let told: Vec<_> = groups
            .iter()
            .flat_map(|group| {
                let rows = group.rows.iter();
                rows.map(|row| (group.heading, row.what(), row.count()))
            })
            .collect();
        let expected = [
            ("several operations", "error", 3),
            ("PUT /chat/b", "response.404.detail", 1),
            ("PUT /chat/b", "response.500.error", 1),
        ];
        assert_eq!(told, expected);
        let places = &groups[0].rows[0].places;
        assert_eq!(places[0].1.len(), 2);
        assert_eq!(groups[0].rows[0].affects, ["30", "37"]);
    }

    #[test]
    fn what_concerns_no_operation_is_of_the_service() {
        let drift = Drift::of(vec![change("servers", "moved")]);
        assert_eq!(groups(&drift)[0].heading, "the service");
    }
}
