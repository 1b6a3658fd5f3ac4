//! The forms that a value may have: the alternatives of `anyOf` and `oneOf`, each with
//! the keywords beside them. Alternatives of alternatives, and several groups that must
//! all hold, give one list; null is not a form.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use super::bounds::tightness;
use super::conjunction::spell;
use super::graph::{Draft, Graph};
use super::resolve::{Part, Reading};
use super::shape::{Condition, Kind, Shape};
use crate::{Failure, Result};

/// Groups of alternatives that must all hold multiply; a schema whose groups
/// give more forms than this is refused.
const MOST: usize = 1024;

/// A limit on the work, since alternatives of alternatives that give few forms may still
/// be endlessly many.
const MOST_WORK: usize = 8 * MOST;

/// The keyword that a shape has if only one of its alternatives may fit. It has no effect
/// if no value fits two.
pub(crate) const EXCLUSIVE: &str = "oneOf";

/// The default and whether it is deprecated.
type Marks = BTreeMap<&'static str, String>;

/// The forms of a value.
#[derive(Debug, Default)]
pub(super) struct Forms {
    marks: Marks,
    nullable: bool,
    forms: BTreeSet<Draft>,
    /// Whether a form that another form includes may be left out. Of `oneOf` only one may
    /// fit.
    may_overlap: bool,
}

/// A list of alternatives, and the schema to which they belong.
struct Group<'p, 'c> {
    part: &'p Part<'c>,
    keyword: &'static str,
    list: &'c [Value],
}

fn groups<'p, 'c>(parts: &'p [Part<'c>]) -> Vec<Group<'p, 'c>> {
    let mut groups = Vec::new();
    for part in parts.iter().filter(|part| !part.bare) {
        for keyword in ["anyOf", "oneOf"] {
            let list = part.schema.get(keyword).and_then(Value::as_array);
            groups.extend(list.map(|list| Group {
                part,
                keyword,
                list,
            }));
        }
    }
    groups
}

impl<'c> Reading<'_, 'c> {
    /// The forms of several schemas together.
    pub(super) fn forms(&mut self, parts: &[Part<'c>]) -> Result<Forms> {
        let base = Forms::of(self.base(parts)?);
        let groups = groups(parts);
        if groups.is_empty() {
            return Ok(base);
        }
        let bare = parts.iter().cloned();
        let bare: Vec<_> = bare.map(|part| Part { bare: true, ..part }).collect();
        let mut all = Vec::new();
        let mut nullable = false;
        let mut may_overlap = true;
        for choice in self.choices(&groups)? {
            let mut parts = bare.clone();
            for part in choice {
                if !parts.iter().any(|other| other.address() == part.address()) {
                    parts.push(part);
                }
            }
            self.work += 1;
            if self.work > MOST_WORK {
                return Err(too_many(&groups[0]));
            }
            let inner = self.forms(&parts)?;
            nullable |= inner.nullable;
            may_overlap &= inner.may_overlap;
            let single = inner.forms.len() == 1;
            let marks = if single { inner.marks } else { Marks::new() };
            all.extend(inner.forms.into_iter().map(|form| (form, marks.clone())));
            if all.len() > MOST {
                return Err(too_many(&groups[0]));
            }
        }
        may_overlap &= groups.iter().all(|group| group.keyword == "anyOf");
        Ok(base.with(all, nullable, may_overlap))
    }

    /// Every way to choose one alternative of each group.
    fn choices(&self, groups: &[Group<'_, 'c>]) -> Result<Vec<Vec<Part<'c>>>> {
        let mut choices = vec![Vec::new()];
        for group in groups {
            let above = [&*group.part.above, &[group.part.address()]].concat();
            let above: Rc<[usize]> = above.into();
            let mut longer = Vec::new();
            for (index, schema) in group.list.iter().enumerate() {
                let alternative = Part {
                    null: group.part.null,
                    above: above.clone(),
                    ..group
                        .part
                        .inner(schema, &format!("{}/{index}", group.keyword))
                };
                let mut parts = Vec::new();
                self.expand(&alternative, &mut parts)?;
                longer.extend(
                    choices
                        .iter()
                        .map(|choice| [choice.as_slice(), &parts].concat()),
                );
                if longer.len() > MOST {
                    return Err(too_many(group));
                }
            }
            choices = longer;
        }
        Ok(choices)
    }
}

fn too_many(group: &Group<'_, '_>) -> Failure {
    let reason = format!("its alternatives come to more than {MOST} forms");
    Failure::at(&*group.part.at, reason)
}

impl Forms {
    /// The one form of a draft that has no alternatives.
    fn of(mut draft: Draft) -> Self {
        let mut marks = Marks::new();
        for mark in ["default", "deprecated"] {
            marks.extend(draft.facets.remove_entry(mark));
        }
        let nullable = std::mem::take(&mut draft.nullable);
        let none = draft.is_never();
        Self {
            marks,
            nullable,
            forms: (!none).then_some(draft).into_iter().collect(),
            may_overlap: true,
        }
    }

    /// Replaces these forms by their alternatives, each of which already includes what
    /// stands beside it, with its own marks.
    fn with(self, all: Vec<(Draft, Marks)>, nullable: bool, may_overlap: bool) -> Self {
        let adds_nothing = all.iter().any(|(form, _)| self.forms.contains(form));
        let mut out = Self {
            marks: self.marks,
            nullable,
            forms: all.iter().map(|(form, _)| form.clone()).collect(),
            may_overlap,
        };
        if adds_nothing {
            out.forms = self.forms;
            return out;
        }
        if out.forms.len() == 1 {
            for (mark, value) in all.into_iter().flat_map(|(_, marks)| marks) {
                out.marks.entry(mark).or_insert(value);
            }
        } else {
            let marked = all.into_iter().map(|(mut form, marks)| {
                form.facets.extend(marks);
                form
            });
            out.forms = marked.collect();
        }
        out
    }

    /// The draft of these forms.
    pub(super) fn draft(mut self, graph: &mut Graph) -> Draft {
        self.simplify();
        let mut draft = match self.forms.len() {
            0 => Draft::never(),
            1 => self.forms.pop_first().unwrap_or_default(),
            _ => Draft {
                alternatives: self.forms.into_iter().map(|form| graph.add(form)).collect(),
                conditions: (!self.may_overlap).then(exclusive).into_iter().collect(),
                ..Draft::default()
            },
        };
        draft.facets.extend(self.marks);
        // A value that may be anything may be null.
        draft.nullable = self.nullable && !draft.is_any();
        draft
    }

    /// Forms that differ only in their type become several types of one form, listed
    /// values are merged into one list, and a form that another one includes is dropped.
    fn simplify(&mut self) {
        if self.forms.len() < 2 {
            return;
        }
        let mut plain: BTreeSet<Kind> = BTreeSet::new();
        let mut counted = Draft::default();
        let mut rest = BTreeSet::new();
        for form in std::mem::take(&mut self.forms) {
            let kinds = Draft {
                kinds: form.kinds.clone(),
                ..Draft::default()
            };
            if form == kinds && !form.kinds.is_empty() {
                plain.extend(form.kinds);
            } else if form
                == (Draft {
                    values: form.values.clone(),
                    ..kinds
                })
            {
                counted.kinds.extend(form.kinds);
                let values = form.values.into_iter().flatten();
                counted.values.get_or_insert_default().extend(values);
            } else {
                rest.insert(form);
            }
        }
        if counted.values.is_some() {
            spell(&mut counted);
            rest.insert(counted);
        }
        if self.may_overlap {
            rest.retain(|form| !covers(&plain, form));
        }
        self.forms = rest;
        let mut one = Draft {
            kinds: plain,
            ..Draft::default()
        };
        spell(&mut one);
        if self.forms.is_empty() {
            self.forms.insert(one);
            return;
        }
        let each = one.kinds.into_iter().map(|kind| Shape {
            kinds: [kind].into(),
            ..Draft::default()
        });
        self.forms.extend(each);
        if self.may_overlap {
            let all = self.forms.clone();
            self.forms.retain(|form| {
                !all.iter()
                    .any(|other| other != form && takes_in(other, form))
            });
        }
    }
}

fn exclusive() -> Condition<usize> {
    Condition {
        keyword: EXCLUSIVE.to_owned(),
        text: "only one form may fit".to_owned(),
        parts: Vec::new(),
    }
}

/// Whether a form of plain values accepts everything that another accepts. Forms of
/// objects and lists stay as they are: to people each is a type of its own.
fn takes_in(wide: &Draft, narrow: &Draft) -> bool {
    let plain = |kind: &Kind| !matches!(kind, Kind::Array | Kind::Object);
    let within = |(name, bound): (&&'static str, &String)| {
        let other = narrow.facets.get(name);
        other.is_some_and(|other| {
            other == bound || tightness(name, bound, other).is_some_and(Ordering::is_ge)
        })
    };
    narrow.kinds == wide.kinds
        && narrow.kinds.iter().all(plain)
        && wide.values.is_none()
        && wide.conditions.is_subset(&narrow.conditions)
        && wide.facets.iter().all(within)
}

/// Whether a form accepts only values of these types.
fn covers(kinds: &BTreeSet<Kind>, form: &Draft) -> bool {
    let covered = |kind: &Kind| {
        kinds.contains(kind) || *kind == Kind::Integer && kinds.contains(&Kind::Number)
    };
    !form.kinds.is_empty() && form.kinds.iter().all(covered)
}
