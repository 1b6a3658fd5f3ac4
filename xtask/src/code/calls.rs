//! Who calls whom, by name: what each function of a set of sources calls,
//! inside macros too. Names are not resolved, so a call counts for every
//! function of that name.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::Source;

/// The names that are called as methods or by path anywhere in the sources.
#[must_use]
pub fn called(sources: &[Source]) -> BTreeSet<String> {
    let mut calls = Calls::default();
    for source in sources {
        calls.visit_file(&source.file);
    }
    calls.names
}

/// Collects the names that a piece of code calls or names by path.
#[derive(Debug, Default)]
pub struct Calls {
    /// What was found.
    pub names: BTreeSet<String>,
}

impl Calls {
    fn scan(&mut self, tokens: &TokenStream) {
        let mut before: Option<String> = None;
        for token in tokens.clone() {
            match token {
                TokenTree::Ident(name) => before = Some(name.to_string()),
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Parenthesis
                        && let Some(name) = before.take()
                    {
                        self.names.insert(name);
                    }
                    self.scan(&group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => before = None,
            }
        }
    }
}

impl<'ast> Visit<'ast> for Calls {
    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.names.insert(call.method.to_string());
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(last) = path.path.segments.last() {
            self.names.insert(last.ident.to_string());
        }
        visit::visit_expr_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.scan(&call.tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_as_methods_by_path_and_in_macros() {
        let code = "fn f() { a.one(); B::two(a); dispatch!(x => raw.three(y)); let _ = C::four; }";
        let source = Source {
            path: "f.rs".into(),
            file: syn::parse_file(code).unwrap(),
        };
        let names = called(&[source]);
        for name in ["one", "two", "three", "four"] {
            assert!(names.contains(name), "{name}");
        }
    }

    #[test]
    fn a_mere_mention_is_no_call() {
        let code = "/// one()\nfn f(three: T) { let four = \"two()\"; m!(five); }";
        let source = Source {
            path: "f.rs".into(),
            file: syn::parse_file(code).unwrap(),
        };
        assert!(called(&[source]).is_empty());
    }
}
