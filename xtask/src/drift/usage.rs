//! What `chats` sends, read from its sources: which fields of a request it
//! always fills in, and which it never does.

use std::collections::BTreeMap;

use heck::ToSnakeCase as _;
use syn::visit::{self, Visit};
use syn::{Expr, FnArg, ImplItem, Item, Pat, Type};

use crate::code::Source;

/// How often a field is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// By every call.
    Always,
    /// By some calls.
    Sometimes,
    /// By no call.
    Never,
}

/// What `chats` sends, by operation and field.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    sent: BTreeMap<(String, String), Sent>,
}

impl Usage {
    /// Reads the generated client and its callers.
    #[must_use]
    pub fn of(generated: &syn::File, callers: &[Source]) -> Self {
        let mut reader = Reader {
            functions: functions(generated),
            types: types(generated),
            usage: Self::default(),
        };
        for source in callers {
            reader.visit_file(&source.file);
        }
        reader.usage
    }

    /// How often a field of an operation is sent; `None` where that is unknown.
    #[must_use]
    pub fn sent(&self, operation: &str, field: Option<&str>) -> Option<Sent> {
        let key = (operation.to_owned(), field?.to_snake_case());
        self.sent.get(&key).copied()
    }

    fn note(&mut self, operation: &str, field: &str, sent: Sent) {
        let key = (operation.to_owned(), field.trim_end_matches('_').to_owned());
        self.sent
            .entry(key)
            .and_modify(|present| {
                if *present != sent {
                    *present = Sent::Sometimes;
                }
            })
            .or_insert(sent);
    }
}

/// An argument of a generated function.
struct Argument {
    name: String,
    optional: bool,
    /// The type of a body.
    body: Option<String>,
}

/// The generated functions and their arguments.
fn functions(generated: &syn::File) -> BTreeMap<String, Vec<Argument>> {
    let mut out = BTreeMap::new();
    for item in &generated.items {
        let Item::Impl(item) = item else {
            continue;
        };
        for item in &item.items {
            let ImplItem::Fn(function) = item else {
                continue;
            };
            let arguments = function.sig.inputs.iter().filter_map(|input| match input {
                FnArg::Typed(input) => Some(argument(input)),
                FnArg::Receiver(_) => None,
            });
            if function.sig.asyncness.is_some() {
                out.insert(function.sig.ident.to_string(), arguments.collect());
            }
        }
    }
    out
}

fn argument(input: &syn::PatType) -> Argument {
    let name = match input.pat.as_ref() {
        Pat::Ident(name) => name.ident.to_string(),
        _ => String::new(),
    };
    let body = (name == "body").then(|| last_segment(&input.ty)).flatten();
    Argument {
        optional: last_segment(&input.ty).as_deref() == Some("Option"),
        name,
        body,
    }
}

fn last_segment(ty: &Type) -> Option<String> {
    match ty {
        Type::Reference(reference) => last_segment(&reference.elem),
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

/// The generated structs; of each field, whether it is optional.
fn types(generated: &syn::File) -> BTreeMap<String, BTreeMap<String, bool>> {
    let modules = generated.items.iter().filter_map(|item| match item {
        Item::Mod(module) => module.content.as_ref(),
        _ => None,
    });
    let structs = modules
        .flat_map(|(_, items)| items)
        .filter_map(|item| match item {
            Item::Struct(item) => Some(item),
            _ => None,
        });
    structs
        .map(|item| {
            let fields = item.fields.iter().filter_map(|field| {
                let optional = last_segment(&field.ty).as_deref() == Some("Option");
                Some((field.ident.as_ref()?.to_string(), optional))
            });
            (item.ident.to_string(), fields.collect())
        })
        .collect()
}

struct Reader {
    functions: BTreeMap<String, Vec<Argument>>,
    types: BTreeMap<String, BTreeMap<String, bool>>,
    usage: Usage,
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        let name = made.path.segments.last().map(|last| last.ident.to_string());
        let name = name.unwrap_or_default();
        if let Some(fields) = self.types.get(&name) {
            let mut sent = BTreeMap::new();
            for field in &made.fields {
                if let syn::Member::Named(member) = &field.member {
                    let member = member.to_string();
                    let optional = fields.get(&member).copied().unwrap_or(true);
                    sent.insert(member, how(&field.expr, optional));
                }
            }
            for (operation, arguments) in &self.functions {
                let takes = |argument: &Argument| argument.body.as_deref() == Some(name.as_str());
                if arguments.iter().any(takes) {
                    for (field, sent) in &sent {
                        self.usage.note(operation, field, *sent);
                    }
                }
            }
        }
        visit::visit_expr_struct(self, made);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        if let Some(arguments) = self.functions.get(&name)
            && arguments.len() == call.args.len()
        {
            for (argument, given) in arguments.iter().zip(&call.args) {
                if argument.body.is_none() {
                    self.usage
                        .note(&name, &argument.name, how(given, argument.optional));
                }
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

fn how(given: &Expr, optional: bool) -> Sent {
    match given {
        _ if !optional => Sent::Always,
        Expr::Call(call) if is_path(&call.func, "Some") => Sent::Always,
        other if is_path(other, "None") => Sent::Never,
        _ => Sent::Sometimes,
    }
}

fn is_path(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_always_sometimes_and_never_sent_is_told_apart() {
        let generated = syn::parse_str(
            "pub mod types { pub struct In { pub a: Option<i64>, pub b: Option<i64>, pub c: Option<i64>, pub d: bool, pub type_: Option<i64> } }
             impl Client { pub async fn go(&self, limit: Option<i64>, offset: Option<i64>, body: &types::In) {} }",
        )
        .unwrap();
        let caller = "fn f() {
            let body = types::In { a: Some(1), b: None, c: self.c, d, type_: None };
            raw.go(Some(1), None, &body);
            raw.go(Some(2), offset, &body);
        }";
        let caller = Source {
            path: "f.rs".into(),
            file: syn::parse_str(caller).unwrap(),
        };
        let usage = Usage::of(&generated, &[caller]);
        for (field, sent) in [
            ("a", Some(Sent::Always)),
            ("b", Some(Sent::Never)),
            ("c", Some(Sent::Sometimes)),
            ("d", Some(Sent::Always)),
            ("type", Some(Sent::Never)),
            ("limit", Some(Sent::Always)),
            ("offset", Some(Sent::Sometimes)),
            ("unknown", None),
        ] {
            assert_eq!(usage.sent("go", Some(field)), sent, "{field}");
        }
    }
}
