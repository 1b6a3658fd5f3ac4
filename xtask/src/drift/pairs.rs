//! Which pairs of shapes are compared. Shapes may contain themselves, and may be reached
//! in more ways than anyone can read: inside its own comparison a pair counts as equal,
//! and a pair that was compared in many places is not compared again.

use std::collections::{HashMap, VecDeque};

use super::position::Position;
use crate::contract::Shape;
use crate::contract::shape::{Bodies, Mark};

/// In how many places one pair is compared.
const MOST: usize = 64;

/// The pairs of one comparison.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    scope: Scope,
    seen: HashMap<Seen, usize>,
    later: VecDeque<Later>,
}

/// A compared pair, and what decides how its differences are judged.
type Seen = (Mark, Mark, Position, bool);

/// The targets of links on both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    old: Bodies,
    new: Bodies,
}

/// A pair that is compared after everything around it. Its place is then the shortest of
/// its places.
#[derive(Debug)]
pub(super) struct Later {
    pub(super) place: String,
    pub(super) old: Shape,
    pub(super) new: Shape,
    pub(super) identity: bool,
    pub(super) position: Position,
    pub(super) field: Option<String>,
    scope: Scope,
}

impl Pairs {
    /// Enters a pair, unless it was compared before or is compared later. Returns the
    /// argument for [`Self::leave`].
    pub(super) fn enter(
        &mut self,
        place: &str,
        (old, new): (&Shape, &Shape),
        identity: bool,
        (position, field): (Position, Option<&String>),
    ) -> Option<Scope> {
        let marks = (mark(old), mark(new));
        if marks.0 == marks.1 {
            return None;
        }
        let mut scope = self.scope.clone();
        scope.go_into(old, new);
        // An identity is judged more strictly, but only as to null.
        let null = |shape, bodies| body(shape, bodies).nullable;
        let strict = identity && null(old, &scope.old) != null(new, &scope.new);
        let key = |strict| (marks.0, marks.1, position, strict);
        let key = key(strict || self.seen.contains_key(&key(true)));
        let times = self.seen.entry(key).or_default();
        *times += 1;
        let is_link = old.cycle.is_some() || new.cycle.is_some();
        if *times > if is_link { 1 } else { MOST } {
            return None;
        }
        if is_link {
            self.later.push_back(Later {
                place: place.to_owned(),
                old: body(old, &scope.old).clone(),
                new: body(new, &scope.new).clone(),
                identity,
                position,
                field: field.cloned(),
                scope,
            });
            return None;
        }
        Some(std::mem::replace(&mut self.scope, scope))
    }

    /// Leaves a pair.
    pub(super) fn leave(&mut self, scope: Scope) {
        self.scope = scope;
    }

    /// The next pair that was put off.
    pub(super) fn next(&mut self) -> Option<Later> {
        let later = self.later.pop_front()?;
        self.scope = later.scope.clone();
        Some(later)
    }
}

impl Scope {
    fn go_into(&mut self, old: &Shape, new: &Shape) {
        for (scope, shape) in [(&mut self.old, old), (&mut self.new, new)] {
            if !shape.bodies.is_empty() {
                scope.clone_from(&shape.bodies);
            }
        }
    }
}

/// Identifies a shape.
fn mark(shape: &Shape) -> Mark {
    let known = shape.cycle.or(shape.bodies.own());
    known.unwrap_or_else(|| Mark::of(shape))
}

fn body<'s>(shape: &'s Shape, bodies: &'s Bodies) -> &'s Shape {
    let body = shape.cycle.and_then(|mark| bodies.get(mark));
    body.unwrap_or(shape)
}
