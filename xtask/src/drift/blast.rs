//! The blast radius: from an operation to the generated function, to the types
//! of `chats` that call it, to the public functions that use those, and to the
//! commands of the command line program. All of it is read from the sources.
//! Types are not inferred: where a name alone does not tell what is called, a
//! call counts if the caller names or holds the type that it belongs to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use heck::ToSnakeCase as _;
use syn::visit::{self, Visit};
use syn::{ImplItem, Item, Type, Visibility};

use super::position::{Finding, Position};
use super::usage::Usage;
use crate::code::{Source, read};
use crate::codegen::audit::function_names;
use crate::{Result, workspace};

/// What our own sources say.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// What `chats` sends.
    pub usage: Usage,
    reach: BTreeMap<String, Reach>,
}

/// What one generated function reaches.
#[derive(Clone, Debug, Default)]
struct Reach {
    functions: BTreeSet<String>,
    types: BTreeSet<String>,
    commands: BTreeSet<String>,
}

/// The types of `chats` whose functions people call.
const HANDLES: [&str; 4] = [
    "ChatResource",
    "ChatSessionContext",
    "ChatStream",
    "SessionBuilder",
];

/// The folder whose modules are the commands of the program.
const COMMANDS: &str = "commands";

/// Methods that the standard library and others have too: a call of that name
/// in the command line program says nothing.
const COMMON_NAMES: [&str; 7] = [
    "close", "export", "finish", "open", "send", "session", "with",
];

impl Code {
    /// Reads the sources of this workspace.
    pub fn of_workspace() -> Result<Self> {
        let crates = workspace::root().join("crates");
        let generated = read(&workspace::generated())?;
        let chats = read(&crates.join("chats/src"))?;
        let program = read(&crates.join("chats-cli/src"))?;
        let Some(generated) = generated.first() else {
            return Ok(Self::default());
        };
        Ok(Self::of(&generated.file, &chats, &program))
    }

    /// Traces what the generated client reaches.
    #[must_use]
    pub fn of(generated: &syn::File, chats: &[Source], program: &[Source]) -> Self {
        let usage = Usage::of(generated, chats);
        let chats = Sources::of(chats);
        let program = Sources::of(program);
        let reach = function_names(generated).into_iter().map(|name| {
            let reach = trace(&name, &chats, &program);
            (name, reach)
        });
        Self {
            usage,
            reach: reach.collect(),
        }
    }

    /// The functions, types and commands that a difference touches.
    #[must_use]
    pub fn affected(&self, finding: &Finding) -> Vec<String> {
        let Some(reach) = self.reach.get(&finding.name) else {
            return Vec::new();
        };
        let mut out: BTreeSet<String> = reach.functions.clone();
        if matches!(finding.position, Position::Response | Position::Event) {
            out.extend(reach.types.iter().cloned());
        }
        out.extend(reach.commands.iter().cloned());
        out.into_iter().collect()
    }

    /// Whether no sources were read.
    #[must_use]
    pub fn knows_nothing(&self) -> bool {
        self.reach.is_empty()
    }

    /// The generated functions from which no public function is reached.
    #[must_use]
    pub fn unwrapped(&self) -> Vec<&str> {
        let unreached = self
            .reach
            .iter()
            .filter(|(_, reach)| reach.functions.is_empty());
        unreached.map(|(name, _)| name.as_str()).collect()
    }
}

/// One function of our sources.
#[derive(Debug)]
struct Function {
    /// The folder and the file that it stands in, without ending.
    folder: String,
    file: String,
    /// The type that it belongs to, or nothing.
    owner: String,
    name: String,
    public: bool,
    /// The type that the trait's implementation gives, as `type Output`.
    output: Option<String>,
    /// What it mentions.
    mentions: Mentions,
}

/// The names in a function.
#[derive(Debug, Default)]
struct Mentions {
    /// The methods that it calls.
    calls: BTreeSet<String>,
    /// The types and functions that it names.
    names: BTreeSet<String>,
    /// The fields that it uses.
    fields: BTreeSet<String>,
}

/// All functions of a crate, and the types of the fields of its types.
#[derive(Debug, Default)]
struct Sources {
    functions: Vec<Function>,
    /// By type and field: the types in the field's type.
    fields: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// The names of enum variants, as words of a command line.
    variants: BTreeSet<String>,
}

impl Sources {
    fn of(sources: &[Source]) -> Self {
        let mut out = Self::default();
        for source in sources {
            let place = place(&source.path);
            for item in &source.file.items {
                match item {
                    Item::Impl(item) => of_impl(item, &place, &mut out.functions),
                    Item::Fn(item) => {
                        let mut mentions = Mentions::default();
                        mentions.visit_item_fn(item);
                        out.functions.push(Function {
                            folder: place.0.clone(),
                            file: place.1.clone(),
                            owner: String::new(),
                            name: item.sig.ident.to_string(),
                            public: matches!(item.vis, Visibility::Public(_)),
                            output: None,
                            mentions,
                        });
                    }
                    Item::Struct(item) => {
                        out.fields.insert(item.ident.to_string(), fields(item));
                    }
                    Item::Enum(item) => {
                        let names = item
                            .variants
                            .iter()
                            .map(|variant| variant.ident.to_string());
                        out.variants.extend(names.map(|name| name.to_snake_case()));
                    }
                    _ => {}
                }
            }
        }
        out
    }

    /// Whether a function calls another, as far as names tell.
    fn calls(&self, caller: &Function, callee: &Function) -> bool {
        let Mentions { calls, names, .. } = &caller.mentions;
        let (name, owner) = (&callee.name, &callee.owner);
        if !calls.contains(name) && !names.contains(name) {
            return false;
        }
        let twins = self
            .functions
            .iter()
            .filter(|other| other.name == *name)
            .count();
        if twins == 1 {
            return true;
        }
        if owner.is_empty() {
            return names.contains(&callee.file) && names.contains(name);
        }
        let holds = || {
            let fields = self.fields.get(&caller.owner).into_iter().flatten();
            fields.filter(|(_, types)| types.contains(owner)).count() > 0
        };
        caller.owner == *owner || names.contains(owner) || calls.contains(name) && holds()
    }

    /// Whether a function makes, names or uses one of these types.
    fn uses(&self, function: &Function, types: &BTreeSet<&str>) -> bool {
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

    /// The functions that reach these, themselves included.
    fn reaching<'a>(&'a self, mut queue: Vec<&'a Function>) -> Vec<&'a Function> {
        let mut seen: Vec<&Function> = Vec::new();
        while let Some(function) = queue.pop() {
            if seen.iter().any(|known| std::ptr::eq(*known, function)) {
                continue;
            }
            seen.push(function);
            let callers = self
                .functions
                .iter()
                .filter(|caller| self.calls(caller, function));
            queue.extend(callers);
        }
        seen
    }
}

fn fields(item: &syn::ItemStruct) -> BTreeMap<String, BTreeSet<String>> {
    let fields = item.fields.iter().filter_map(|field| {
        let mut mentions = Mentions::default();
        mentions.visit_type(&field.ty);
        Some((field.ident.as_ref()?.to_string(), mentions.names))
    });
    fields.collect()
}

/// The folder and the file that a module stands in.
fn place(path: &Path) -> (String, String) {
    let name = |path: Option<&Path>| {
        let stem = path.and_then(Path::file_stem).unwrap_or_default();
        stem.to_string_lossy().into_owned()
    };
    (name(path.parent()), name(Some(path)))
}

fn of_impl(item: &syn::ItemImpl, place: &(String, String), out: &mut Vec<Function>) {
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
        out.push(Function {
            folder: place.0.clone(),
            file: place.1.clone(),
            owner: owner.clone(),
            name: function.sig.ident.to_string(),
            public: item.trait_.is_none() && matches!(function.vis, Visibility::Public(_)),
            output: output.clone(),
            mentions,
        });
    }
}

/// The name of a type; of a list, that of its items.
fn type_name(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    if last.ident == "Vec"
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

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        self.names.extend(names);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        let mut calls = crate::code::calls::Calls::default();
        calls.visit_macro(call);
        self.calls.extend(calls.names);
    }
}

fn trace(generated: &str, chats: &Sources, program: &Sources) -> Reach {
    let mut reach = Reach::default();
    let calls = |function: &&Function| function.mentions.calls.contains(generated);
    let callers: Vec<_> = chats.functions.iter().filter(calls).collect();
    reach.types.extend(
        callers
            .iter()
            .filter_map(|function| function.output.clone()),
    );
    // The types that stand for the operation: those whose functions call it.
    let operations: BTreeSet<&str> = callers
        .iter()
        .map(|function| function.owner.as_str())
        .filter(|owner| !owner.is_empty())
        .collect();
    let users = chats
        .functions
        .iter()
        .filter(|function| chats.uses(function, &operations));
    let free = callers
        .iter()
        .filter(|function| function.owner.is_empty())
        .copied();
    let reached = chats.reaching(users.chain(free).collect());
    let handles = reached
        .iter()
        .filter(|function| function.public && HANDLES.contains(&function.owner.as_str()));
    let mut methods = BTreeSet::new();
    for function in handles {
        reach
            .functions
            .insert(format!("{}::{}", function.owner, function.name));
        methods.insert(function.name.as_str());
    }
    let touched = program.functions.iter().filter(|function| {
        let mut named = methods.iter().filter(|name| !COMMON_NAMES.contains(name));
        named.any(|name| function.mentions.calls.contains(*name))
    });
    for function in program.reaching(touched.collect()) {
        if function.folder == COMMANDS && function.file != "mod" {
            let mut command = format!("chats {}", function.file);
            if program.variants.contains(&function.name) {
                command.push(' ');
                command.push_str(&function.name);
            }
            reach.commands.insert(command);
        }
    }
    reach
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

    fn code() -> Code {
        let generated = syn::parse_str(
            "impl Client { pub async fn update_videos_raw(&self) {} pub async fn lonely(&self) {} }",
        )
        .unwrap();
        let chats = source(
            "resource.rs",
            "impl Run for UpdateVideos { type Output = UpdatedVideos; async fn run(self) { raw.update_videos_raw() } }
             impl ChatResource { pub fn update_videos(&self) -> Call<UpdateVideos> { todo() } pub fn other(&self) {} }
             impl ChatSessionContext { pub fn update_videos(&self) { self.call(UpdateVideos { id: 1 }) } }
             fn unique_helper() { UpdateVideos::new(); }
             impl SessionBuilder { pub fn open(&self) { unique_helper() } }",
        );
        let cli = source(
            "commands/sessions.rs",
            "enum Sessions { Select } fn select() { step() } fn step() { chats.update_videos(a) } fn list() {}",
        );
        Code::of(&generated, &[chats], &[cli])
    }

    fn finding(name: &str, position: Position) -> Finding {
        Finding {
            kind: super::super::Kind::PropertyRemoved,
            position,
            operation: String::new(),
            name: name.to_owned(),
            place: String::new(),
            detail: String::new(),
            facts: super::super::position::Facts::default(),
        }
    }

    #[test]
    fn an_operation_is_traced_to_functions_types_and_commands() {
        let functions = [
            "ChatResource::update_videos",
            "ChatSessionContext::update_videos",
            "SessionBuilder::open",
        ];
        let request = code().affected(&finding("update_videos_raw", Position::Request));
        assert_eq!(request[..3], functions);
        assert_eq!(request[3..], ["chats sessions", "chats sessions select"]);
        let response = code().affected(&finding("update_videos_raw", Position::Response));
        assert!(response.contains(&"UpdatedVideos".to_owned()));
    }

    #[test]
    fn an_operation_that_nothing_wraps_is_found() {
        assert_eq!(code().unwrapped(), ["lonely"]);
    }
}
