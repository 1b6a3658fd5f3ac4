//! What the generated client offers, in a form that a person can review: the
//! signatures of its functions and the fields of its types, without docs,
//! attributes and bodies.

use std::fmt::Write as _;

use syn::punctuated::Punctuated;
use syn::visit_mut::{self, VisitMut};
use syn::{Fields, ImplItem, Item, Path, Visibility};

/// One text per type and function, in the order of the file.
#[must_use]
pub fn of_client(file: &syn::File) -> String {
    let mut file = file.clone();
    Shorten.visit_file_mut(&mut file);
    let mut out = String::new();
    for item in &file.items {
        match item {
            Item::Mod(module) if module.ident == "types" => {
                for item in module.content.iter().flat_map(|(_, items)| items) {
                    of_type(item, &mut out);
                }
            }
            Item::Impl(item) if item.trait_.is_none() => {
                for item in &item.items {
                    of_function(item, &mut out);
                }
            }
            _ => {}
        }
    }
    out
}

fn of_type(item: &Item, out: &mut String) {
    match item {
        Item::Struct(item) => {
            let _ = writeln!(out, "struct {}", item.ident);
            if let Fields::Named(fields) = &item.fields {
                for field in &fields.named {
                    let name = field.ident.as_ref().map(ToString::to_string);
                    let shown = text_of_type(&field.ty);
                    let _ = writeln!(out, "    {}: {shown}", name.unwrap_or_default());
                }
            }
        }
        Item::Enum(item) => {
            let _ = writeln!(out, "enum {}", item.ident);
            for variant in &item.variants {
                let _ = writeln!(out, "    {}", variant.ident);
            }
        }
        _ => {}
    }
}

fn of_function(item: &ImplItem, out: &mut String) {
    let ImplItem::Fn(function) = item else {
        return;
    };
    if !matches!(function.vis, Visibility::Public(_)) || function.sig.asyncness.is_none() {
        return;
    }
    let mut signature = function.sig.clone();
    signature.generics = syn::Generics::default();
    let name = &signature.ident;
    let inputs = signature.inputs.iter().filter_map(|input| match input {
        syn::FnArg::Receiver(_) => None,
        syn::FnArg::Typed(input) => Some(input),
    });
    let inputs: Vec<String> = inputs
        .map(|input| format!("{}: {}", pattern(&input.pat), text_of_type(&input.ty)))
        .collect();
    let output = match &signature.output {
        syn::ReturnType::Default => String::new(),
        syn::ReturnType::Type(_, output) => format!(" -> {}", text_of_type(output)),
    };
    let _ = writeln!(out, "fn {name}({}){output}", inputs.join(", "));
}

/// The name that a pattern binds.
#[must_use]
pub fn pattern(pattern: &syn::Pat) -> String {
    match pattern {
        syn::Pat::Ident(name) => name.ident.to_string(),
        _ => "_".to_owned(),
    }
}

thread_local! {
    static ALIAS: syn::File = syn::parse_quote!(type T = (););
    static BLOCK: syn::File = syn::parse_quote!(impl T { fn f() {} });
}

/// A type on one line, as a person would write it.
#[must_use]
pub fn text_of_type(ty: &syn::Type) -> String {
    // The printer takes whole files.
    let mut file = ALIAS.with(Clone::clone);
    if let Some(Item::Type(alias)) = file.items.first_mut() {
        *alias.ty = ty.clone();
    }
    let text = prettyplease::unparse(&file);
    let text = text
        .trim_start_matches("type T = ")
        .trim_end()
        .trim_end_matches(';');
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    joined
        .replace("< ", "<")
        .replace(", >", ">")
        .replace(" >", ">")
}

/// A function's signature on one line, as a person would write it.
#[must_use]
pub fn text_of_signature(signature: &syn::Signature) -> String {
    let mut file = BLOCK.with(Clone::clone);
    if let Some(Item::Impl(block)) = file.items.first_mut()
        && let Some(ImplItem::Fn(function)) = block.items.first_mut()
    {
        function.sig = signature.clone();
    }
    let text = prettyplease::unparse(&file);
    let text = text.trim_start_matches("impl T {").trim_end();
    let text = text.trim_end_matches(['}', '{', '\n', ' ']);
    joined(text).replace("(mut self", "(self")
}

/// Text on one line.
fn joined(text: &str) -> String {
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    joined
        .replace("< ", "<")
        .replace(", >", ">")
        .replace("( ", "(")
        .replace(", )", ")")
}

/// A path by its last word, on one line.
#[must_use]
pub fn text_of_path(path: &Path) -> String {
    let mut path = path.clone();
    Shorten.visit_path_mut(&mut path);
    text_of_type(&syn::parse_quote!(#path))
}

/// A type by the last words of its paths.
#[must_use]
pub fn shortened(ty: &syn::Type) -> syn::Type {
    let mut ty = ty.clone();
    Shorten.visit_type_mut(&mut ty);
    ty
}

/// Writes paths by their last segment and drops named lifetimes.
struct Shorten;

impl VisitMut for Shorten {
    fn visit_path_mut(&mut self, path: &mut Path) {
        visit_mut::visit_path_mut(self, path);
        if let Some(last) = path.segments.last().cloned() {
            path.leading_colon = None;
            path.segments = Punctuated::from_iter([last]);
        }
    }

    fn visit_type_reference_mut(&mut self, reference: &mut syn::TypeReference) {
        visit_mut::visit_type_reference_mut(self, reference);
        reference.lifetime = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_caller_sees_is_written() {
        let code = "
            pub mod types {
                /// Prose.
                #[derive(Debug)]
                pub struct Thing { #[serde(rename = \"type\")] pub type_: ::std::option::Option<::std::vec::Vec<::uuid::Uuid>> }
                pub enum Kind { A, B }
                impl Thing { pub fn hidden() {} }
            }
            impl Client {
                pub fn new() {}
                pub async fn get<'a>(&'a self, id: &'a ::uuid::Uuid, kind: Option<types::Kind>) -> Result<ResponseValue<types::Thing>, Error<()>> { todo() }
            }
        ";
        let expected = "struct Thing\n    type_: Option<Vec<Uuid>>\nenum Kind\n    A\n    B\n\
            fn get(id: &Uuid, kind: Option<Kind>) -> Result<ResponseValue<Thing>, Error<()>>\n";
        assert_eq!(of_client(&syn::parse_file(code).unwrap()), expected);
    }
}
