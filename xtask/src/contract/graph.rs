//! Which shapes are equal. Schemas form a graph: they are shared, and may contain
//! themselves in any number of steps. Two shapes are equal if no walk through them finds
//! a difference, however many names lie on the way. So the shapes of a cycle count as
//! equal until something differs, and each class gets a mark that depends only on its
//! content.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::forms::EXCLUSIVE;
use super::shape::{Additional, Bodies, Held, Kind, Mark, Shape};

/// The deepest nesting of shapes; a document with deeper nesting is refused. The code
/// that reads shapes recurses as deep as they nest.
pub(super) const DEEPEST: usize = 128;

/// A shape whose inner shapes are numbers of the graph.
pub(super) type Draft = Shape<usize>;

/// All shapes of a document.
#[derive(Debug, Default)]
pub(super) struct Graph {
    drafts: Vec<Draft>,
    /// The finished shape of each draft, once it is known.
    settled: Vec<Option<Held>>,
    /// Which drafts lie in a cycle or lead into one.
    recursive: Vec<bool>,
    /// How deep the inner shapes nest, without unrolling cycles.
    heights: Vec<usize>,
    /// Shapes that contain themselves, by the mark of one unrolled step: a shape outside
    /// the cycle may be equal to one in it.
    unfolded: HashMap<Mark, Held>,
    /// Drafts of forms that have no schema of their own.
    forms: HashMap<Draft, usize>,
}

impl Graph {
    /// How many shapes there are.
    pub(super) fn len(&self) -> usize {
        self.drafts.len()
    }

    /// The number of a shape whose draft comes later.
    pub(super) fn reserve(&mut self) -> usize {
        self.drafts.push(Draft::default());
        self.settled.push(None);
        self.recursive.push(false);
        self.heights.push(0);
        self.drafts.len() - 1
    }

    /// Gives a reserved number its draft.
    pub(super) fn fill(&mut self, id: usize, draft: Draft) {
        self.drafts[id] = draft;
    }

    /// The number of a draft.
    pub(super) fn add(&mut self, draft: Draft) -> usize {
        if let Some(id) = self.forms.get(&draft) {
            return *id;
        }
        let id = self.reserve();
        self.forms.insert(draft.clone(), id);
        self.fill(id, draft);
        id
    }

    /// The shape with a number, whose inner shapes must all have drafts; or the number of
    /// a shape that nests too deeply.
    pub(super) fn settle(&mut self, root: usize) -> Result<Held, usize> {
        for component in self.components(root) {
            let inner = component.iter().flat_map(|id| self.drafts[*id].inner());
            let height = inner.map(|inner| self.heights[*inner] + 1).max();
            let height = height.unwrap_or(0);
            if height > DEEPEST {
                return Err(component[0]);
            }
            for id in &component {
                self.heights[*id] = height;
            }
            match component.as_slice() {
                [only] if !self.drafts[*only].inner().any(|inner| inner == only) => {
                    self.settle_one(*only);
                }
                _ => self.settle_cycle(&component),
            }
        }
        Ok(self.held(root).clone())
    }

    fn held(&self, id: usize) -> &Held {
        // Components come after everything that they contain.
        self.settled[id].as_ref().unwrap_or_else(|| unreachable!())
    }

    fn settle_one(&mut self, id: usize) {
        let draft = &self.drafts[id];
        let held = |inner: &usize| self.held(*inner).clone();
        let shape = tidy(draft.map(held, held));
        self.recursive[id] = draft.inner().any(|inner| self.recursive[*inner]);
        let mark = Mark::of(&shape);
        let known = self.unfolded.get(&mark).cloned();
        self.settled[id] = Some(known.unwrap_or_else(|| Held::marked(mark, shape)));
    }

    /// Settles shapes that contain each other.
    fn settle_cycle(&mut self, component: &[usize]) {
        let mut region: BTreeSet<usize> = component.iter().copied().collect();
        let mut queue: Vec<usize> = component.to_vec();
        while let Some(id) = queue.pop() {
            let inner = self.drafts[id].inner().copied();
            queue.extend(inner.filter(|inner| self.recursive[*inner] && region.insert(*inner)));
        }
        let classes = self.classes(&region);
        let mut known: BTreeMap<usize, Held> = BTreeMap::new();
        for id in region {
            if let Some(held) = &self.settled[id] {
                known.insert(classes[&id], held.clone());
            }
        }
        // If one of them is equal to a shape further in, so are the others.
        if !component.iter().all(|id| known.contains_key(&classes[id])) {
            known = self.marked(component, &classes);
        }
        for id in component {
            self.recursive[*id] = true;
            self.settled[*id] = known.get(&classes[id]).cloned();
        }
    }

    /// The class of each shape: shapes share a class until their content, or the classes
    /// of their inner shapes, differ.
    fn classes(&self, region: &BTreeSet<usize>) -> HashMap<usize, usize> {
        let mut classes: HashMap<usize, usize> = region.iter().map(|id| (*id, 0)).collect();
        let mut count = 1;
        loop {
            let mut seen: HashMap<Shape<Result<usize, Mark>>, usize> = HashMap::new();
            let mut next = HashMap::new();
            for id in region {
                let inner = |inner: &usize| {
                    let class = classes.get(inner).copied();
                    class.ok_or_else(|| self.held(*inner).mark())
                };
                let new = seen.len();
                let class = *seen
                    .entry(self.drafts[*id].map(inner, inner))
                    .or_insert(new);
                next.insert(*id, class);
            }
            let finer = seen.len() > count;
            count = seen.len();
            classes = next;
            if !finer {
                return classes;
            }
        }
    }

    /// New shapes for the classes of a cycle. After as many rounds as there are classes,
    /// no two classes have the same mark, and a mark depends only on the content.
    fn marked(
        &mut self,
        component: &[usize],
        classes: &HashMap<usize, usize>,
    ) -> BTreeMap<usize, Held> {
        let members: BTreeMap<usize, usize> =
            component.iter().map(|id| (classes[id], *id)).collect();
        let inside: BTreeSet<usize> = component.iter().copied().collect();
        let mut marks: BTreeMap<usize, Mark> = members
            .keys()
            .map(|class| (*class, Mark::default()))
            .collect();
        let look = |id: usize, marks: &BTreeMap<usize, Mark>| {
            let inner = |inner: &usize| match inside.contains(inner) {
                true => marks[&classes[inner]],
                false => self.held(*inner).mark(),
            };
            Mark::of(&self.drafts[id].map(inner, inner))
        };
        for _ in 0..=members.len() {
            let next = members
                .iter()
                .map(|(class, id)| (*class, look(*id, &marks)));
            marks = next.collect();
        }
        let body = |id: &usize| self.body(*id, &inside, classes, &marks);
        let bodies: BTreeMap<Mark, Shape> = members
            .iter()
            .map(|(class, id)| (marks[class], body(id)))
            .collect();
        let bodies = Arc::new(bodies);
        let mut shapes = BTreeMap::new();
        let mut unfolded = Vec::new();
        for (class, id) in &members {
            let mark = marks[class];
            let mut shape = bodies[&mark].clone();
            shape.bodies = Bodies::of(mark, &bodies);
            let held = Held::marked(mark, shape);
            unfolded.push((look(*id, &marks), held.clone()));
            shapes.insert(*class, held);
        }
        self.unfolded.extend(unfolded);
        shapes
    }

    /// A shape of a cycle, with links to the others. Alternatives are written out: they
    /// are forms of the shape itself, and never lead directly back to it.
    fn body(
        &self,
        id: usize,
        inside: &BTreeSet<usize>,
        classes: &HashMap<usize, usize>,
        marks: &BTreeMap<usize, Mark>,
    ) -> Shape {
        let link = |inner: &usize| match inside.contains(inner) {
            true => Held::link(marks[&classes[inner]]),
            false => self.held(*inner).clone(),
        };
        let form = |inner: &usize| match inside.contains(inner) {
            true => Held::marked(
                marks[&classes[inner]],
                self.body(*inner, inside, classes, marks),
            ),
            false => self.held(*inner).clone(),
        };
        self.drafts[id].map(link, form)
    }

    /// The unsettled shapes below a shape, in groups that contain each other, each group
    /// after all that it contains. Tarjan's algorithm, with its own stack, since
    /// documents may nest to any depth.
    fn components(&self, root: usize) -> Vec<Vec<usize>> {
        let mut order: HashMap<usize, usize> = HashMap::new();
        let mut lowest: HashMap<usize, usize> = HashMap::new();
        let mut open = Vec::new();
        let mut is_open = BTreeSet::new();
        let mut found = Vec::new();
        let inner = |id: usize| {
            let inner = self.drafts[id].inner().copied();
            inner
                .filter(|inner| self.settled[*inner].is_none())
                .collect::<Vec<_>>()
        };
        if self.settled[root].is_some() {
            return found;
        }
        let mut path = vec![(root, inner(root))];
        order.insert(root, 0);
        lowest.insert(root, 0);
        open.push(root);
        is_open.insert(root);
        while let Some((id, rest)) = path.last_mut() {
            let id = *id;
            if let Some(next) = rest.pop() {
                if let Some(place) = order.get(&next) {
                    if is_open.contains(&next) {
                        lowest.insert(id, lowest[&id].min(*place));
                    }
                    continue;
                }
                let place = order.len();
                order.insert(next, place);
                lowest.insert(next, place);
                open.push(next);
                is_open.insert(next);
                path.push((next, inner(next)));
                continue;
            }
            path.pop();
            if let Some((outer, _)) = path.last() {
                lowest.insert(*outer, lowest[outer].min(lowest[&id]));
            }
            if lowest[&id] == order[&id] {
                let start = open.iter().rposition(|one| *one == id).unwrap_or(0);
                let component = open.split_off(start);
                for member in &component {
                    is_open.remove(member);
                }
                found.push(component);
            }
        }
        found
    }
}

/// Simplifies a shape once its inner shapes are known: alternatives that turn out to be
/// one, or of which no value fits two, and inner shapes without content.
fn tidy(mut shape: Shape) -> Shape {
    if shape.items.as_deref() == Some(&Shape::default()) {
        shape.items = None;
    }
    if let Additional::Of(extra) = &shape.additional {
        if **extra == Shape::default() {
            shape.additional = Additional::Allowed;
        } else if extra.is_never() {
            shape.additional = Additional::Forbidden;
        }
    }
    if !any_overlap(&shape.alternatives) {
        shape.conditions.retain(|one| one.keyword != EXCLUSIVE);
    }
    if shape.alternatives.len() != 1 {
        return shape;
    }
    let Some(only) = shape.alternatives.pop_first() else {
        return shape;
    };
    let mut out = Shape::clone(&only);
    out.facets.extend(shape.facets);
    out.nullable |= shape.nullable;
    out
}

/// Whether a value may fit two of these forms.
fn any_overlap(forms: &BTreeSet<Held>) -> bool {
    let mut rest = forms.iter();
    while let Some(one) = rest.next() {
        if rest.clone().any(|other| may_overlap(one, other)) {
            return true;
        }
    }
    false
}

/// Whether a value may fit both shapes. Only plain facts distinguish them: types, listed
/// values, and properties that both require.
pub(crate) fn may_overlap(one: &Shape, other: &Shape) -> bool {
    overlap_at(one, other, 0)
}

/// Whether a value of the known shape may fit the other one too, provided nobody sends
/// unlisted properties.
pub(crate) fn fits_too(known: &Shape, other: &Shape) -> bool {
    let unheard_of = |(name, property): (&String, &super::Property)| {
        property.required && !known.properties.contains_key(name)
    };
    let listed = !known.properties.is_empty() && known.additional == Additional::Allowed;
    may_overlap(known, other) && !(listed && other.properties.iter().any(unheard_of))
}

fn overlap_at(one: &Shape, other: &Shape, depth: usize) -> bool {
    if let (Some(one), Some(other)) = (&one.values, &other.values) {
        return !one.is_disjoint(other);
    }
    let open = |shape: &Shape| shape.kinds.is_empty();
    let shared = |kind: &Kind| match kind {
        Kind::Integer | Kind::Number => [Kind::Integer, Kind::Number]
            .iter()
            .any(|number| other.kinds.contains(number)),
        kind => other.kinds.contains(kind),
    };
    if open(one) || open(other) {
        return true;
    }
    let mut kinds = one.kinds.iter().filter(|kind| shared(kind)).peekable();
    match kinds.next() {
        None => return false,
        Some(Kind::Object) if kinds.peek().is_none() && depth < DEEPEST => {}
        Some(_) => return true,
    }
    let refuses = |shape: &Shape, name: &String| {
        shape.additional == Additional::Forbidden && !shape.properties.contains_key(name)
    };
    let apart = |one: &Shape, other: &Shape| {
        one.properties.iter().any(|(name, property)| {
            property.required
                && match other.properties.get(name) {
                    // Optional or not: if the property is present it must fit both.
                    Some(also) => !overlap_at(&property.shape, &also.shape, depth + 1),
                    None => refuses(other, name),
                }
        })
    };
    !apart(one, other) && !apart(other, one)
}
