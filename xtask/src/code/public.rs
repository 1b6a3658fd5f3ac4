//! The public surface of a crate as text for review: what a user can name, from the root
//! of the crate down, with re-exports resolved. Read from the sources alone, without docs
//! and bodies. Expansions of the crate's own macros count ([`super::expand`]); for traits
//! that a derive implements, the derive's name is given.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use syn::{Fields, ImplItem, Item, UseTree, Visibility};

use super::Source;
use super::expand::expanded;
use super::functions::module;
use super::signatures::{text_of_path, text_of_signature, text_of_type};

/// A module, from the root of the crate.
type Module = Vec<String>;

/// Everything of a crate, by module.
#[derive(Default)]
struct Crate {
    items: BTreeMap<Module, Vec<Item>>,
}

/// The public surface of a crate called `name`.
#[must_use]
pub fn of_crate(name: &str, sources: &[Source]) -> String {
    let mut all = Crate::default();
    for source in sources {
        let mut at = module(&source.path);
        if at == ["lib"] {
            at.clear();
        }
        all.add(at, expanded(&source.file.items));
    }
    let mut lines = BTreeMap::new();
    all.walk(&Vec::new(), name, &mut lines, &mut BTreeSet::new());
    for call in all.items.values().flatten().filter_map(unexpanded) {
        lines.insert(
            call,
            "! is not expanded: what it makes is not listed".to_owned(),
        );
    }
    let mut out = String::new();
    for (path, text) in lines {
        let _ = writeln!(out, "{path}{text}");
    }
    out
}

/// The name of a macro that is called where items are, and was not expanded.
fn unexpanded(item: &Item) -> Option<String> {
    match item {
        Item::Macro(call) if call.ident.is_none() => {
            Some(call.mac.path.segments.last()?.ident.to_string())
        }
        _ => None,
    }
}

impl Crate {
    fn add(&mut self, at: Module, items: Vec<Item>) {
        for item in &items {
            if let Item::Mod(inner) = item
                && let Some((_, content)) = &inner.content
            {
                let mut below = at.clone();
                below.push(inner.ident.to_string());
                self.add(below, expanded(content));
            }
        }
        self.items.entry(at).or_default().extend(items);
    }

    /// Lists the items of a module under the names by which users reach them.
    fn walk(
        &self,
        at: &Module,
        shown: &str,
        lines: &mut BTreeMap<String, String>,
        seen: &mut BTreeSet<Module>,
    ) {
        if !seen.insert(at.clone()) {
            return;
        }
        for item in self.items.get(at).into_iter().flatten() {
            match item {
                Item::Mod(inner) if is_public(&inner.vis) => {
                    let mut below = at.clone();
                    below.push(inner.ident.to_string());
                    let name = format!("{shown}::{}", inner.ident);
                    self.walk(&below, &name, lines, seen);
                }
                Item::Use(used) if is_public(&used.vis) => {
                    let mut names = Vec::new();
                    leaves(&used.tree, &mut Vec::new(), &mut names);
                    for (path, alias) in names {
                        let Some((home, item)) = self.find(at, &path, 0) else {
                            let text = format!(": from {}", path.join("::"));
                            lines.insert(format!("{shown}::{alias}"), text);
                            continue;
                        };
                        lines.insert(format!("{shown}::{alias}"), self.describe(&home, item));
                    }
                }
                other => {
                    if let Some((name, visibility)) = named(other)
                        && is_public(visibility)
                    {
                        lines.insert(format!("{shown}::{name}"), self.describe(at, other));
                    }
                }
            }
        }
    }

    /// The item that a path names in a module, and where it is.
    fn find(&self, at: &Module, path: &[String], depth: usize) -> Option<(Module, &Item)> {
        let (last, before) = path.split_last()?;
        let mut home = match before.first().map(String::as_str) {
            Some("crate") => Vec::new(),
            _ => at.clone(),
        };
        for word in before {
            match word.as_str() {
                "crate" | "self" => {}
                "super" => {
                    home.pop();
                }
                word => home.push(word.to_owned()),
            }
        }
        let items = self.items.get(&home)?;
        let is_it = |item: &&Item| named(item).is_some_and(|(name, _)| name == *last);
        if let Some(item) = items.iter().find(is_it) {
            return Some((home, item));
        }
        // Follows re-exports of re-exports, at most as many as modules are deep.
        let uses = items.iter().filter_map(|item| match item {
            Item::Use(used) if depth < 8 => Some(&used.tree),
            _ => None,
        });
        for tree in uses {
            let mut names = Vec::new();
            leaves(tree, &mut Vec::new(), &mut names);
            for (path, alias) in names {
                if alias == *last
                    && let Some(found) = self.find(&home, &path, depth + 1)
                {
                    return Some(found);
                }
            }
        }
        None
    }

    fn describe(&self, home: &Module, item: &Item) -> String {
        let mut out = head(item);
        let (Item::Struct(_) | Item::Enum(_)) = item else {
            return out;
        };
        let Some((name, _)) = named(item) else {
            return out;
        };
        let mut lines = BTreeSet::new();
        let mut traits = derived(item);
        for block in self.impls(home, &name) {
            let of = text_of_type(&block.self_ty);
            if let Some((path, _)) = &block.trait_ {
                traits.insert(text_of_path(path));
                continue;
            }
            for inner in &block.items {
                if let ImplItem::Fn(function) = inner
                    && is_public(&function.vis)
                {
                    let signature = text_of_signature(&function.sig);
                    let of = if of == name {
                        String::new()
                    } else {
                        format!(" on {of}")
                    };
                    lines.insert(format!("{signature}{of}"));
                }
            }
        }
        for line in lines {
            let _ = write!(out, "\n    {line}");
        }
        if !traits.is_empty() {
            let traits: Vec<_> = traits.into_iter().collect();
            let _ = write!(out, "\n    impl {}", traits.join(", "));
        }
        out
    }

    /// The implementations for a type. A type of the same name elsewhere has its
    /// implementations in its own branch of modules.
    fn impls<'a>(
        &'a self,
        home: &'a Module,
        name: &'a str,
    ) -> impl Iterator<Item = &'a syn::ItemImpl> {
        let defines = |items: &[Item]| {
            items.iter().any(|item| {
                matches!(item, Item::Struct(_) | Item::Enum(_))
                    && named(item).is_some_and(|(other, _)| other == name)
            })
        };
        let twins = self.items.values().filter(|items| defines(items)).count();
        let all = self
            .items
            .iter()
            .flat_map(|(at, items)| items.iter().map(move |item| (at, item)));
        all.filter_map(move |(at, item)| {
            let Item::Impl(block) = item else {
                return None;
            };
            let syn::Type::Path(path) = block.self_ty.as_ref() else {
                return None;
            };
            let is_it = path
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == name);
            let ours = twins == 1 || at.first() == home.first();
            (is_it && ours).then_some(block)
        })
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The paths that a `use` names, each with the name that it gives.
fn leaves(tree: &UseTree, before: &mut Vec<String>, out: &mut Vec<(Vec<String>, String)>) {
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            leaves(&path.tree, before, out);
            before.pop();
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            let mut path = before.clone();
            path.push(name.clone());
            out.push((path, name));
        }
        UseTree::Rename(name) => {
            let path = [&before[..], &[name.ident.to_string()]].concat();
            out.push((path, name.rename.to_string()));
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                leaves(tree, before, out);
            }
        }
        UseTree::Glob(_) => out.push((before.clone(), "*".to_owned())),
    }
}

fn named(item: &Item) -> Option<(String, &Visibility)> {
    Some(match item {
        Item::Struct(item) => (item.ident.to_string(), &item.vis),
        Item::Enum(item) => (item.ident.to_string(), &item.vis),
        Item::Trait(item) => (item.ident.to_string(), &item.vis),
        Item::Type(item) => (item.ident.to_string(), &item.vis),
        Item::Const(item) => (item.ident.to_string(), &item.vis),
        Item::Static(item) => (item.ident.to_string(), &item.vis),
        Item::Fn(item) => (item.sig.ident.to_string(), &item.vis),
        _ => return None,
    })
}

/// The text after the name of an item: its kind, fields or variants.
fn head(item: &Item) -> String {
    let open = |attributes: &[syn::Attribute]| {
        let closed = attributes
            .iter()
            .any(|one| one.path().is_ident("non_exhaustive"));
        if closed { ", non-exhaustive" } else { "" }
    };
    match item {
        Item::Struct(item) => {
            let mut out = format!(": struct{}", open(&item.attrs));
            for field in &item.fields {
                if let (Some(name), true) = (&field.ident, is_public(&field.vis)) {
                    let _ = write!(out, "\n    {name}: {}", text_of_type(&field.ty));
                }
            }
            out
        }
        Item::Enum(item) => {
            let mut out = format!(": enum{}", open(&item.attrs));
            for variant in &item.variants {
                let _ = write!(out, "\n    {}{}", variant.ident, fields(&variant.fields));
            }
            out
        }
        Item::Trait(item) => {
            let mut out = ": trait".to_owned();
            for inner in &item.items {
                if let syn::TraitItem::Fn(function) = inner {
                    let given = if function.default.is_some() {
                        " (given)"
                    } else {
                        ""
                    };
                    let _ = write!(out, "\n    {}{given}", text_of_signature(&function.sig));
                }
            }
            out
        }
        Item::Type(item) => format!(": type = {}", text_of_type(&item.ty)),
        Item::Const(item) => format!(": const {}", text_of_type(&item.ty)),
        Item::Static(item) => format!(": static {}", text_of_type(&item.ty)),
        Item::Fn(item) => format!(": {}", text_of_signature(&item.sig)),
        _ => String::new(),
    }
}

fn fields(fields: &Fields) -> String {
    match fields {
        Fields::Unit => String::new(),
        Fields::Unnamed(all) => {
            let all: Vec<_> = all
                .unnamed
                .iter()
                .map(|one| text_of_type(&one.ty))
                .collect();
            format!("({})", all.join(", "))
        }
        Fields::Named(all) => {
            let one = |field: &syn::Field| {
                let name = field.ident.as_ref().map(ToString::to_string);
                format!("{}: {}", name.unwrap_or_default(), text_of_type(&field.ty))
            };
            let all: Vec<_> = all.named.iter().map(one).collect();
            format!(" {{ {} }}", all.join(", "))
        }
    }
}

/// The traits that a derive implements.
fn derived(item: &Item) -> BTreeSet<String> {
    let attributes = match item {
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        _ => return BTreeSet::new(),
    };
    let mut out = BTreeSet::new();
    for attribute in attributes {
        // An attribute that is not a list of such arguments derives nothing.
        let _ = attribute.parse_nested_meta(|meta| {
            if attribute.path().is_ident("derive") {
                let last = meta.path.segments.last();
                out.extend(last.map(|last| last.ident.to_string()));
                return Ok(());
            }
            if attribute.path().is_ident("cfg_attr") && meta.path.is_ident("derive") {
                return meta.parse_nested_meta(|inner| {
                    let last = inner.path.segments.last();
                    out.extend(last.map(|last| last.ident.to_string()));
                    Ok(())
                });
            }
            // `feature = "…"`
            let _: syn::Expr = meta.value()?.parse()?;
            Ok(())
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, code: &str) -> Source {
        Source {
            path: path.into(),
            file: syn::parse_str(code).unwrap(),
        }
    }

    #[test]
    fn what_users_can_name_is_told_under_the_name_that_they_use() {
        let sources = [
            source("src/lib.rs", "mod inner; pub mod open; pub use inner::{Thing, make as create}; pub(crate) use inner::Hidden;"),
            source("src/inner.rs", "
                /// Docs.
                #[derive(Debug, Clone)]
                #[cfg_attr(feature = \"f\", derive(a::Marked))]
                #[non_exhaustive]
                pub struct Thing { pub a: Option<u8>, b: u8 }
                pub struct Hidden;
                impl Thing { pub fn go<T: Into<String>>(&self, to: T) -> bool { true } fn not(&self) {} }
                impl From<u8> for Thing { fn from(a: u8) -> Self { todo() } }
                pub fn make() -> Thing { todo() }"),
            source("src/open/mod.rs", "pub use crate::inner::Thing; pub enum Way { There, Back(u8), Round { by: String } } pub trait Goes { fn go(&self); }"),
        ];
        let expected = "\
            c::Thing: struct, non-exhaustive\n    a: Option<u8>\n    fn go<T: Into<String>>(&self, to: T) -> bool\n    impl Clone, Debug, From<u8>, Marked\n\
            c::create: fn make() -> Thing\n\
            c::open::Goes: trait\n    fn go(&self)\n\
            c::open::Thing: struct, non-exhaustive\n    a: Option<u8>\n    fn go<T: Into<String>>(&self, to: T) -> bool\n    impl Clone, Debug, From<u8>, Marked\n\
            c::open::Way: enum\n    There\n    Back(u8)\n    Round { by: String }\n";
        assert_eq!(of_crate("c", &sources), expected);
    }

    #[test]
    fn types_of_one_name_keep_their_functions_apart() {
        let sources = [
            source("src/lib.rs", "pub mod a; pub mod b;"),
            source("src/a.rs", "pub struct S; impl S { pub fn of_a(&self) {} }"),
            source("src/b.rs", "pub struct S; impl S { pub fn of_b(&self) {} }"),
        ];
        let expected = "c::a::S: struct\n    fn of_a(&self)\nc::b::S: struct\n    fn of_b(&self)\n";
        assert_eq!(of_crate("c", &sources), expected);
    }
}
