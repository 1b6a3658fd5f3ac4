//! The blast radius: from an operation to the generated function, to the types
//! of `chats` that call it, to the public functions that use those, and to the
//! functions of the command line program. All of it is read from the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

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
        let functions = functions(chats);
        let commands = self::functions(program);
        let names = function_names(generated);
        let reach = names.into_iter().map(|name| {
            let reach = trace(&name, &functions, &commands);
            (name, reach)
        });
        Self {
            usage: Usage::of(generated, chats),
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
    /// The file that it stands in, without folder and ending.
    file: String,
    /// The type that it belongs to, or nothing.
    owner: String,
    name: String,
    public: bool,
    /// The type that the trait's implementation gives, as `type Output`.
    output: Option<String>,
    /// The methods that it calls.
    calls: BTreeSet<String>,
    /// The types and functions that it names.
    names: BTreeSet<String>,
}

fn functions(sources: &[Source]) -> Vec<Function> {
    let mut out = Vec::new();
    for source in sources {
        let file = file_name(&source.path);
        for item in &source.file.items {
            match item {
                Item::Impl(item) => of_impl(item, &file, &mut out),
                Item::Fn(item) => {
                    let public = matches!(item.vis, Visibility::Public(_));
                    let mut mentions = Mentions::default();
                    mentions.visit_item_fn(item);
                    let name = item.sig.ident.to_string();
                    out.push(mentions.function(&file, "", name, public, None));
                }
                _ => {}
            }
        }
    }
    out
}

fn of_impl(item: &syn::ItemImpl, file: &str, out: &mut Vec<Function>) {
    let owner = type_name(&item.self_ty).unwrap_or_default();
    let output = item.items.iter().find_map(|item| match item {
        ImplItem::Type(given) if given.ident == "Output" => type_name(&given.ty),
        _ => None,
    });
    for inner in &item.items {
        let ImplItem::Fn(function) = inner else {
            continue;
        };
        let public = item.trait_.is_none() && matches!(function.vis, Visibility::Public(_));
        let mut mentions = Mentions::default();
        mentions.visit_impl_item_fn(function);
        let name = function.sig.ident.to_string();
        out.push(mentions.function(file, &owner, name, public, output.clone()));
    }
}

fn file_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let folder = path
        .parent()
        .and_then(Path::file_name)
        .unwrap_or_default()
        .to_string_lossy();
    if stem == "mod" {
        folder.into_owned()
    } else {
        stem.into_owned()
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

#[derive(Default)]
struct Mentions {
    calls: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Mentions {
    fn function(
        self,
        file: &str,
        owner: &str,
        name: String,
        public: bool,
        output: Option<String>,
    ) -> Function {
        Function {
            file: file.to_owned(),
            owner: owner.to_owned(),
            name,
            public,
            output,
            calls: self.calls,
            names: self.names,
        }
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.calls.insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
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

fn trace(generated: &str, functions: &[Function], commands: &[Function]) -> Reach {
    let mut reach = Reach::default();
    // The types that stand for the operation: those whose functions call it.
    let mut operations = BTreeSet::new();
    let mut queue: Vec<&Function> = Vec::new();
    for function in functions
        .iter()
        .filter(|function| function.calls.contains(generated))
    {
        reach.types.extend(function.output.clone());
        if function.owner.is_empty() {
            queue.push(function);
        } else {
            operations.insert(function.owner.as_str());
        }
    }
    let uses = |function: &Function| {
        let other = !operations.contains(function.owner.as_str());
        other
            && operations
                .iter()
                .any(|operation| function.names.contains(*operation))
    };
    queue.extend(functions.iter().filter(|function| uses(function)));
    let mut seen = BTreeSet::new();
    while let Some(function) = queue.pop() {
        if !seen.insert((function.owner.as_str(), function.name.as_str())) {
            continue;
        }
        if function.public && HANDLES.contains(&function.owner.as_str()) {
            reach
                .functions
                .insert(format!("{}::{}", function.owner, function.name));
        }
        // Names are not resolved, so only one that is unique can be followed.
        let twins = functions
            .iter()
            .filter(|other| other.name == function.name)
            .count();
        if twins == 1 {
            queue.extend(functions.iter().filter(|caller| {
                caller.calls.contains(&function.name) || caller.names.contains(&function.name)
            }));
        }
    }
    let methods: BTreeSet<&str> = seen
        .iter()
        .filter(|(owner, name)| HANDLES.contains(owner) && !COMMON_NAMES.contains(name))
        .map(|(_, name)| *name)
        .collect();
    for command in commands {
        if methods.iter().any(|method| command.calls.contains(*method)) {
            reach
                .commands
                .insert(format!("cli {}::{}", command.file, command.name));
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
            "sessions.rs",
            "fn select() { chats.update_videos(a) } fn list() {}",
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
        assert_eq!(request[3..], ["cli sessions::select"]);
        let response = code().affected(&finding("update_videos_raw", Position::Response));
        assert!(response.contains(&"UpdatedVideos".to_owned()));
    }

    #[test]
    fn an_operation_that_nothing_wraps_is_found() {
        assert_eq!(code().unwrapped(), ["lonely"]);
    }
}
