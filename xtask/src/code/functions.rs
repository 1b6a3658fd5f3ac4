//! The functions of a crate, and who calls whom as far as names show. Types are not
//! inferred: if a name alone does not identify the callee, a call counts if the caller
//! names or holds the callee's type, or stands in the same file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use heck::ToSnakeCase as _;
use syn::visit::{self, Visit};
use syn::{ImplItem, Item, Type, Visibility};

use super::Source;

/// One function of our sources.
#[derive(Debug)]
pub struct Function {
    /// The module that it stands in, from the crate's root.
    pub module: Vec<String>,
    /// The type that it belongs to, or nothing.
    pub owner: String,
    /// Its name.
    pub name: String,
    /// Whether anybody may call it.
    pub public: bool,
    /// The `type Output` of the trait implementation that it belongs to.
    pub output: Option<String>,
    /// The types in its return type.
    pub gives: BTreeSet<String>,
    /// The last two words of the types that it takes, as `module::type`.
    pub takes: BTreeSet<String>,
    /// What it mentions.
    pub mentions: Mentions,
    /// What it does for single variants of an enum.
    pub arms: Vec<Arm>,
}

/// What a function does for one variant of an enum.
#[derive(Debug)]
pub struct Arm {
    /// The enum.
    pub of: String,
    /// The variant, as a word of a command line.
    pub variant: String,
    /// What it mentions there.
    pub mentions: Mentions,
}

/// The names in a function.
#[derive(Debug, Default)]
pub struct Mentions {
    /// The methods that it calls.
    pub calls: BTreeSet<String>,
    /// The types and functions that it names.
    pub names: BTreeSet<String>,
    /// The fields that it uses.
    pub fields: BTreeSet<String>,
    /// The functions that it names alone.
    pub alone: BTreeSet<String>,
    /// The last two words of every longer path, as `module::function`.
    pub paths: BTreeSet<String>,
    /// Its variables.
    locals: BTreeSet<String>,
    /// The words that are variables or functions.
    words: BTreeSet<String>,
}

impl Mentions {
    /// Counts every word that is not a variable as the name of a function.
    fn settle(mut self) -> Self {
        let words = std::mem::take(&mut self.words);
        self.alone.extend(words.difference(&self.locals).cloned());
        self
    }
}

/// All functions of a crate, and the types of the fields of its types.
#[derive(Debug, Default)]
pub struct Functions {
    /// The functions, in the order of the sources.
    pub list: Vec<Function>,
    /// By type and field: the types in the field's type.
    fields: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// The associated types of trait implementations: by the implementing type and the
    /// name of the associated type.
    associated: BTreeMap<(String, String), String>,
    /// By enum and variant, as a word of a command line: the types in it.
    pub enums: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// The enums whose variants are subcommands.
    pub subcommands: BTreeSet<String>,
}

impl Functions {
    /// Collects the functions of a crate.
    #[must_use]
    pub fn of(sources: &[Source]) -> Self {
        let mut out = Self::default();
        for source in sources {
            let module = module(&source.path);
            for item in &source.file.items {
                match item {
                    Item::Impl(item) => {
                        of_impl(item, &module, &mut out.list);
                        out.associated.extend(associated(item));
                    }
                    Item::Fn(item) => {
                        let mut mentions = Mentions::default();
                        mentions.visit_item_fn(item);
                        let mut arms = Arms::default();
                        arms.visit_item_fn(item);
                        out.list.push(Function {
                            module: module.clone(),
                            owner: String::new(),
                            name: item.sig.ident.to_string(),
                            public: matches!(item.vis, Visibility::Public(_)),
                            output: None,
                            gives: given(&item.sig),
                            takes: taken(&item.sig),
                            mentions: mentions.settle(),
                            arms: arms.0,
                        });
                    }
                    Item::Struct(item) => {
                        out.fields.insert(item.ident.to_string(), fields(item));
                    }
                    Item::Enum(item) => {
                        let name = item.ident.to_string();
                        if derives(&item.attrs, "Subcommand") {
                            out.subcommands.insert(name.clone());
                        }
                        out.enums.insert(name, variants(item));
                    }
                    _ => {}
                }
            }
        }
        out
    }

    /// A returned type and the type of its items. The name of an associated type stands
    /// for that type in every implementation.
    #[must_use]
    pub fn given(&self, output: &str) -> BTreeSet<String> {
        let all = self.associated.iter();
        let said = all.filter(|((_, name), _)| name == output);
        let mut types: BTreeSet<String> = said.map(|(_, given)| given.clone()).collect();
        if types.is_empty() {
            types.insert(output.to_owned());
        }
        let items = types.iter().filter_map(|ty| {
            let key = (ty.clone(), "Item".to_owned());
            self.associated.get(&key).cloned()
        });
        let items: Vec<_> = items.collect();
        types.extend(items);
        types
    }

    /// By type and field: the types in the field's type.
    #[must_use]
    pub fn structs(&self) -> &BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
        &self.fields
    }

    /// Whether some variant of an enum has this name, as a word of a command
    /// line.
    #[must_use]
    pub fn is_variant(&self, word: &str) -> bool {
        self.enums.values().any(|one| one.contains_key(word))
    }

    /// Whether a type yields items, one by one.
    #[must_use]
    pub fn yields(&self, name: &str) -> bool {
        let key = (name.to_owned(), "Item".to_owned());
        self.associated.contains_key(&key)
    }

    /// Whether a function calls another, as far as names show.
    fn calls(&self, caller: &Function, callee: &Function) -> bool {
        let Mentions {
            calls,
            names,
            alone,
            paths,
            ..
        } = &caller.mentions;
        let (name, owner) = (&callee.name, &callee.owner);
        let twins = || self.list.iter().filter(|other| other.name == *name).count();
        if owner.is_empty() {
            let module = callee.module.last();
            let by_path = module.is_some_and(|last| paths.contains(&format!("{last}::{name}")));
            let here = caller.module == callee.module || twins() == 1;
            return by_path || here && alone.contains(name);
        }
        if !calls.contains(name) && !names.contains(name) {
            return false;
        }
        if twins() == 1 {
            return true;
        }
        let holds = || {
            let fields = self.fields.get(&caller.owner).into_iter().flatten();
            fields.filter(|(_, types)| types.contains(owner)).count() > 0
        };
        caller.owner == *owner || names.contains(owner) || calls.contains(name) && holds()
    }

    /// Whether a function makes, names or uses one of these types.
    #[must_use]
    pub fn uses(&self, function: &Function, types: &BTreeSet<&str>) -> bool {
        if types.contains(function.owner.as_str()) {
            return false;
        }
        let named = types
            .iter()
            .any(|name| function.mentions.names.contains(*name));
        let fields = self.fields.get(&function.owner).into_iter().flatten();
        named
            || fields
                .filter(|(_, held)| types.iter().any(|name| held.contains(*name)))
                .any(|(field, _)| function.mentions.fields.contains(field))
    }

    /// The functions that reach these, including themselves. The search goes on from a
    /// function to a caller only if `goes_on` says so.
    pub fn reaching<'a>(
        &'a self,
        mut queue: Vec<&'a Function>,
        goes_on: impl Fn(&Function, &Function) -> bool,
    ) -> Vec<&'a Function> {
        let mut seen: Vec<&Function> = Vec::new();
        while let Some(function) = queue.pop() {
            if seen.iter().any(|known| std::ptr::eq(*known, function)) {
                continue;
            }
            seen.push(function);
            let callers = self.list.iter();
            queue.extend(
                callers.filter(|caller| goes_on(function, caller) && self.calls(caller, function)),
            );
        }
        seen
    }
}

fn variants(item: &syn::ItemEnum) -> BTreeMap<String, BTreeSet<String>> {
    let variants = item.variants.iter().map(|variant| {
        let mut mentions = Mentions::default();
        mentions.visit_fields(&variant.fields);
        (variant.ident.to_string().to_snake_case(), mentions.names)
    });
    variants.collect()
}

fn derives(attributes: &[syn::Attribute], wanted: &str) -> bool {
    let mut found = false;
    for attribute in attributes
        .iter()
        .filter(|one| one.path().is_ident("derive"))
    {
        // An attribute that is not a list of paths derives nothing.
        let _ = attribute.parse_nested_meta(|meta| {
            let last = meta.path.segments.last();
            found |= last.is_some_and(|last| last.ident == wanted);
            Ok(())
        });
    }
    found
}

fn fields(item: &syn::ItemStruct) -> BTreeMap<String, BTreeSet<String>> {
    let fields = item.fields.iter().filter_map(|field| {
        let mut mentions = Mentions::default();
        mentions.visit_type(&field.ty);
        Some((field.ident.as_ref()?.to_string(), mentions.names))
    });
    fields.collect()
}

/// The module of a file, from the crate's root.
pub(super) fn module(path: &Path) -> Vec<String> {
    let words = path.with_extension("");
    let mut words: Vec<_> = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    if let Some(root) = words.iter().rposition(|word| word == "src") {
        words.drain(..=root);
    }
    if words.last().is_some_and(|last| last == "mod") {
        words.pop();
    }
    words
}

/// The types in a function's return type.
fn given(signature: &syn::Signature) -> BTreeSet<String> {
    let mut mentions = Mentions::default();
    mentions.visit_return_type(&signature.output);
    mentions.names
}

/// The last two words of the types that a function takes.
fn taken(signature: &syn::Signature) -> BTreeSet<String> {
    let mut mentions = Mentions::default();
    for input in &signature.inputs {
        if let syn::FnArg::Typed(input) = input {
            mentions.visit_type(&input.ty);
        }
    }
    mentions.paths
}

/// Collects the arms of matches.
#[derive(Default)]
struct Arms(Vec<Arm>);

impl<'ast> Visit<'ast> for Arms {
    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let path = match &arm.pat {
            syn::Pat::TupleStruct(pattern) => Some(&pattern.path),
            syn::Pat::Struct(pattern) => Some(&pattern.path),
            syn::Pat::Path(pattern) => Some(&pattern.path),
            _ => None,
        };
        let mut words = path.into_iter().flat_map(|path| path.segments.iter().rev());
        if let (Some(variant), Some(of)) = (words.next(), words.next()) {
            let mut mentions = Mentions::default();
            mentions.visit_expr(&arm.body);
            self.0.push(Arm {
                of: of.ident.to_string(),
                variant: variant.ident.to_string().to_snake_case(),
                mentions: mentions.settle(),
            });
        }
        visit::visit_arm(self, arm);
    }
}

fn of_impl(item: &syn::ItemImpl, module: &[String], out: &mut Vec<Function>) {
    let owner = type_name(&item.self_ty).unwrap_or_default();
    let output = item.items.iter().find_map(|item| match item {
        ImplItem::Type(given) if given.ident == "Output" => type_name(&given.ty),
        _ => None,
    });
    for inner in &item.items {
        let ImplItem::Fn(function) = inner else {
            continue;
        };
        let mut mentions = Mentions::default();
        mentions.visit_impl_item_fn(function);
        let mut arms = Arms::default();
        arms.visit_impl_item_fn(function);
        out.push(Function {
            module: module.to_vec(),
            owner: owner.clone(),
            name: function.sig.ident.to_string(),
            public: item.trait_.is_none() && matches!(function.vis, Visibility::Public(_)),
            output: output.clone(),
            gives: given(&function.sig),
            takes: taken(&function.sig),
            mentions: mentions.settle(),
            arms: arms.0,
        });
    }
}

/// The associated types that an implementation gives.
fn associated(item: &syn::ItemImpl) -> Vec<((String, String), String)> {
    let Some(owner) = type_name(&item.self_ty) else {
        return Vec::new();
    };
    let types = item.items.iter().filter_map(|inner| match inner {
        ImplItem::Type(given) if given.ident != "Output" => {
            let key = (owner.clone(), given.ident.to_string());
            Some((key, type_name(&given.ty)?))
        }
        _ => None,
    });
    types.collect()
}

/// The name of a type; of a list or a result, the name of the type inside.
fn type_name(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    if (last.ident == "Vec" || last.ident == "Result")
        && let syn::PathArguments::AngleBracketed(inner) = &last.arguments
        && let Some(syn::GenericArgument::Type(inner)) = inner.args.first()
    {
        return type_name(inner);
    }
    Some(last.ident.to_string())
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.calls.insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_field(&mut self, used: &'ast syn::ExprField) {
        if let syn::Member::Named(name) = &used.member {
            self.fields.insert(name.to_string());
        }
        visit::visit_expr_field(self, used);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast syn::PatIdent) {
        self.locals.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_expr_path(&mut self, used: &'ast syn::ExprPath) {
        match used.path.get_ident().map(ToString::to_string) {
            Some(word) if word.starts_with(char::is_lowercase) => {
                self.words.insert(word);
            }
            _ => visit::visit_expr_path(self, used),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        self.names.extend(names);
        let mut last = path.segments.iter().rev().map(|segment| &segment.ident);
        if let (Some(last), Some(before)) = (last.next(), last.next()) {
            self.paths.insert(format!("{before}::{last}"));
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let mut calls = super::calls::Calls::default();
        calls.visit_macro(call);
        self.calls.extend(calls.names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn callers(of: &str, files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<_> = files
            .iter()
            .map(|(path, code)| Source {
                path: path.into(),
                file: syn::parse_str(code).unwrap(),
            })
            .collect();
        let functions = Functions::of(&sources);
        let callee = functions.list.iter().find(|one| one.name == of).unwrap();
        let calling = functions
            .list
            .iter()
            .filter(|one| functions.calls(one, callee));
        calling.map(|one| one.name.clone()).collect()
    }

    #[test]
    fn a_free_function_is_called_by_its_path_or_in_its_own_file() {
        let files = [
            (
                "src/a.rs",
                "fn list() {} fn here() { list() } fn value() { map(list) }",
            ),
            (
                "src/b.rs",
                "fn by_path() { a::list() } fn other() { list() } fn list() {}",
            ),
            (
                "src/c.rs",
                "fn method() { x.list() } fn variable() { let list = 1; f(list) } fn path() { c::list() }",
            ),
        ];
        assert_eq!(callers("list", &files), ["here", "value", "by_path"]);
    }

    #[test]
    fn a_method_is_called_on_a_type_that_the_caller_names_or_holds() {
        let files = [
            (
                "src/a.rs",
                "impl A { fn go(&self) {} } impl B { fn go(&self) {} }",
            ),
            (
                "src/b.rs",
                "struct Holder { a: A } impl Holder { fn holds(&self) { self.a.go() } }",
            ),
            (
                "src/c.rs",
                "fn names() { A::go(x) } fn neither() { x.go() }",
            ),
        ];
        assert_eq!(callers("go", &files), ["holds", "names"]);
    }
}
