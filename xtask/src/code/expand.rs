//! Expands the simple macros of a file: those with one rule whose arguments are single
//! words or literals. Anything else stays as it is.

use std::collections::BTreeMap;

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::Item;

/// The items, with calls of simple macros replaced by their expansions.
#[must_use]
pub fn expanded(items: &[Item]) -> Vec<Item> {
    let rules: BTreeMap<String, Rule> = items.iter().filter_map(rule).collect();
    let mut out = Vec::new();
    for item in items {
        let made = match item {
            Item::Macro(call) => call.mac.path.get_ident().and_then(|name| {
                let rule = rules.get(&name.to_string())?;
                let text = rule.apply(&call.mac.tokens)?;
                Some(syn::parse2::<syn::File>(text).ok()?.items)
            }),
            _ => None,
        };
        match made {
            Some(made) => out.extend(made),
            None => out.push(item.clone()),
        }
    }
    out
}

/// A macro of one rule.
struct Rule {
    arguments: Vec<String>,
    body: TokenStream,
}

fn rule(item: &Item) -> Option<(String, Rule)> {
    let Item::Macro(item) = item else {
        return None;
    };
    let name = item.ident.as_ref()?.to_string();
    let groups: Vec<Group> = item
        .mac
        .tokens
        .clone()
        .into_iter()
        .filter_map(|token| match token {
            TokenTree::Group(group) => Some(group),
            _ => None,
        })
        .collect();
    let [matcher, body] = groups.as_slice() else {
        return None;
    };
    // `$name:kind, $name:kind`
    let tokens: Vec<TokenTree> = matcher.stream().into_iter().collect();
    let mut arguments = Vec::new();
    for argument in tokens.split(|token| is_mark(token, ',')) {
        match argument {
            [] => {}
            [mark, TokenTree::Ident(name), ..] if is_mark(mark, '$') => {
                arguments.push(name.to_string());
            }
            _ => return None,
        }
    }
    let body = body.stream();
    Some((name, Rule { arguments, body }))
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == mark)
}

impl Rule {
    fn apply(&self, given: &TokenStream) -> Option<TokenStream> {
        let tokens: Vec<TokenTree> = given.clone().into_iter().collect();
        let given: Vec<&[TokenTree]> = tokens
            .split(|token| is_mark(token, ','))
            .filter(|argument| !argument.is_empty())
            .collect();
        (given.len() == self.arguments.len()).then(|| self.filled(&self.body, &given))
    }

    fn filled(&self, body: &TokenStream, given: &[&[TokenTree]]) -> TokenStream {
        let mut out = Vec::new();
        let mut tokens = body.clone().into_iter().peekable();
        while let Some(token) = tokens.next() {
            let named = match tokens.peek() {
                Some(TokenTree::Ident(name)) if is_mark(&token, '$') => {
                    let name = name.to_string();
                    self.arguments.iter().position(|one| *one == name)
                }
                _ => None,
            };
            match (named, token) {
                (Some(index), _) => {
                    tokens.next();
                    out.extend(given[index].iter().cloned());
                }
                (None, TokenTree::Group(group)) => {
                    let inner = self.filled(&group.stream(), given);
                    out.push(TokenTree::Group(Group::new(group.delimiter(), inner)));
                }
                (None, token) => out.push(token),
            }
        }
        out.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(code: &str) -> Vec<String> {
        let file: syn::File = syn::parse_str(code).unwrap();
        let items = expanded(&file.items);
        let structs = items.iter().filter_map(|item| match item {
            Item::Struct(item) => Some(item.ident.to_string()),
            _ => None,
        });
        structs.collect()
    }

    #[test]
    fn a_simple_macro_is_filled_in() {
        let code = "macro_rules! id { ($name:ident, $what:literal) => { #[doc = $what] pub struct $name([u8; 2]); } }
                    id!(A, \"a\"); id!(B, \"b\",);";
        assert_eq!(names(code), ["A", "B"]);
    }

    #[test]
    fn what_is_not_simple_stays() {
        let code = "macro_rules! many { ($($name:ident)*) => { $(pub struct $name;)* } } many!(A B); struct C;";
        assert_eq!(names(code), ["C"]);
    }
}
