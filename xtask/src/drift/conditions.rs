//! Compares what must hold of a value besides its type and its bounds: patterns,
//! `not`, `if` and the like. It is enough to see that one came, went or moved.

use std::collections::BTreeSet;

use super::position::{Facts, Kind};
use super::shapes::Shapes;
use crate::contract::{Condition, Shape, text};

impl Shapes {
    pub(super) fn conditions(&mut self, place: &str, old: &Shape, new: &Shape, facts: &Facts) {
        let all = old.conditions.union(&new.conditions);
        let keywords: BTreeSet<&str> = all.map(|one| one.keyword.as_str()).collect();
        for keyword in keywords {
            let (was, is) = (with(old, keyword), with(new, keyword));
            let kind = match (was.is_subset(&is), is.is_subset(&was)) {
                (true, true) => continue,
                (true, false) => Kind::BoundTightened,
                (false, true) => Kind::BoundLoosened,
                (false, false) => Kind::ConstraintChanged,
            };
            let detail = format!("{keyword} was {}, and is {}", say(&was), say(&is));
            self.add(kind, place, detail, facts.clone());
        }
    }
}

fn with<'s>(shape: &'s Shape, keyword: &str) -> BTreeSet<&'s Condition> {
    let all = shape.conditions.iter();
    all.filter(|one| one.keyword == keyword).collect()
}

fn say(conditions: &BTreeSet<&Condition>) -> String {
    let say = |condition: &&Condition| {
        let parts = condition.parts.iter().map(|part| text::summary(part));
        let text = Some(condition.text.clone()).filter(|text| !text.is_empty());
        text.into_iter().chain(parts).collect::<Vec<_>>().join(", ")
    };
    match conditions.len() {
        0 => "free".to_owned(),
        _ => conditions.iter().map(say).collect::<Vec<_>>().join(" and "),
    }
}
