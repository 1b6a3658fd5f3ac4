//! The generated client: what its functions take and return, and where a place of a
//! contract stands in its types.

use std::collections::BTreeMap;

use syn::{FnArg, GenericArgument, ImplItem, Item, Pat, PathArguments, ReturnType, Type};

/// The functions and types of a generated client.
#[derive(Clone, Debug, Default)]
pub struct Client {
    functions: BTreeMap<String, Function>,
    types: BTreeMap<String, Vec<Field>>,
}

#[derive(Clone, Debug)]
struct Function {
    arguments: Vec<Argument>,
    gives: Option<String>,
}

/// An argument of a generated function.
#[derive(Clone, Debug)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// Whether it may be left out.
    pub optional: bool,
    /// The type of a body.
    pub body: Option<String>,
}

/// A field of a generated type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in Rust.
    pub name: String,
    /// Its name in JSON.
    pub wire: String,
    /// Whether it may be absent.
    pub optional: bool,
    /// The type of its value; of a list, the type of its items.
    of: Option<String>,
}

/// Where a place of a contract stands in the generated types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The innermost type that holds it.
    pub holder: &'a str,
    /// The field of that type that it is, if it is one.
    pub field: Option<&'a Field>,
}

impl Client {
    /// Reads the generated file.
    #[must_use]
    pub fn of(generated: &syn::File) -> Self {
        Self {
            functions: functions(generated),
            types: types(generated),
        }
    }

    /// The arguments of a function.
    #[must_use]
    pub fn arguments(&self, function: &str) -> Option<&[Argument]> {
        Some(&self.functions.get(function)?.arguments)
    }

    /// The fields of a type.
    #[must_use]
    pub fn fields(&self, name: &str) -> Option<&[Field]> {
        Some(self.types.get(name)?)
    }

    /// The functions that take a type as their body.
    pub fn taking(&self, body: &str) -> impl Iterator<Item = &str> {
        let takes = move |argument: &Argument| argument.body.as_deref() == Some(body);
        let all = self.functions.iter();
        all.filter(move |(_, function)| function.arguments.iter().any(takes))
            .map(|(name, _)| name.as_str())
    }

    /// Where a place in a function's reply stands, such as
    /// `response.200.sessions[].title`; `None` if the function returns no type of its
    /// own.
    #[must_use]
    pub fn standing(&self, function: &str, place: &str) -> Option<Standing<'_>> {
        let given = self.functions.get(function)?.gives.as_deref()?;
        let (mut holder, mut fields) = self.types.get_key_value(given)?;
        let mut names = names(place).peekable();
        let mut at = None;
        while let Some(name) = names.next() {
            let Some(field) = fields.iter().find(|field| field.wire == name) else {
                break;
            };
            if names.peek().is_none() {
                at = Some(field);
                break;
            }
            let inner = field.of.as_ref();
            match inner.and_then(|inner| self.types.get_key_value(inner)) {
                Some(inner) => (holder, fields) = inner,
                // Anything further inside has no type of its own.
                None => break,
            }
        }
        Some(Standing { holder, field: at })
    }
}

/// The properties on the way to a place in a reply. A value in one of several forms has
/// no type, and ends the list.
fn names(place: &str) -> impl Iterator<Item = &str> {
    let place = place.split('|').next().unwrap_or(place);
    let place = place.strip_prefix("response.").unwrap_or(place);
    // The status comes first, and may be followed by a media type.
    let start = place.find(['.', ' ']).unwrap_or(place.len());
    let rest = &place[start..];
    let rest = match rest
        .strip_prefix(" (")
        .and_then(|rest| rest.split_once(')'))
    {
        Some((_, rest)) => rest,
        None => rest,
    };
    rest.split('.')
        .map(|name| name.trim_end_matches("[]"))
        .filter(|name| !name.is_empty())
}

fn functions(generated: &syn::File) -> BTreeMap<String, Function> {
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
                let gives = match &function.sig.output {
                    ReturnType::Default => None,
                    ReturnType::Type(_, given) => innermost(given),
                };
                let function_name = function.sig.ident.to_string();
                let arguments = arguments.collect();
                out.insert(function_name, Function { arguments, gives });
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

/// The type inside results, options, lists and the like.
fn innermost(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else {
        return None;
    };
    let last = path.path.segments.last()?;
    let holders = ["Result", "ResponseValue", "Option", "Vec", "Box"];
    if holders.iter().any(|holder| last.ident == holder)
        && let PathArguments::AngleBracketed(inner) = &last.arguments
        && let Some(GenericArgument::Type(inner)) = inner.args.first()
    {
        return innermost(inner);
    }
    Some(last.ident.to_string())
}

fn types(generated: &syn::File) -> BTreeMap<String, Vec<Field>> {
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
                let name = field.ident.as_ref()?.to_string();
                Some(Field {
                    wire: renamed(&field.attrs).unwrap_or_else(|| name.clone()),
                    name,
                    optional: last_segment(&field.ty).as_deref() == Some("Option"),
                    of: innermost(&field.ty),
                })
            });
            (item.ident.to_string(), fields.collect())
        })
        .collect()
}

/// The name that `#[serde(rename = "…")]` gives.
fn renamed(attributes: &[syn::Attribute]) -> Option<String> {
    let mut name = None;
    for attribute in attributes.iter().filter(|one| one.path().is_ident("serde")) {
        // An attribute of another form renames nothing.
        let _ = attribute.parse_nested_meta(|meta| {
            let is_name = meta.path.is_ident("rename");
            if meta.input.peek(syn::Token![=]) {
                let value: syn::Lit = meta.value()?.parse()?;
                if let (true, syn::Lit::Str(text)) = (is_name, value) {
                    name = Some(text.value());
                }
            }
            Ok(())
        });
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Client {
        let generated = syn::parse_str(
            "pub mod types {
                 pub struct Page { pub things: ::std::option::Option<::std::vec::Vec<Thing>>, pub more: bool }
                 pub struct Thing { pub id: Uuid, #[serde(default, rename = \"type\")] pub type_: Option<String>, pub any: Option<Value> }
             }
             impl Client {
                 pub async fn list(&self, limit: Option<i64>) -> Result<ResponseValue<types::Page>, Error<()>> {}
                 pub async fn send(&self, body: &types::Thing) -> Result<ResponseValue<ByteStream>, Error<()>> {}
             }",
        );
        Client::of(&generated.unwrap())
    }

    #[test]
    fn a_place_is_found_in_the_type_that_holds_it() {
        let client = client();
        for (place, holder, optional) in [
            ("response.200", "Page", None),
            ("response.200.more", "Page", Some(false)),
            ("response.200 (application/json).things", "Page", Some(true)),
            ("response.200.things[].type", "Thing", Some(true)),
            ("response.200.things[].id", "Thing", Some(false)),
            ("response.200.things[].new", "Thing", None),
            ("response.200.things[].any.deeper", "Thing", None),
            ("response.200.things[].any|array[].id", "Thing", Some(true)),
        ] {
            let standing = client.standing("list", place).unwrap();
            let field = standing.field.map(|field| field.optional);
            assert_eq!((standing.holder, field), (holder, optional), "{place}");
        }
        assert_eq!(client.standing("send", "response.200"), None, "bytes");
        assert_eq!(client.standing("other", "response.200"), None);
    }

    #[test]
    fn arguments_and_bodies_are_told_apart() {
        let client = client();
        assert!(client.arguments("list").unwrap()[0].optional);
        assert_eq!(client.taking("Thing").collect::<Vec<_>>(), ["send"]);
        assert_eq!(client.fields("Thing").unwrap()[1].name, "type_");
    }
}
