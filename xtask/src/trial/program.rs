//! Users' code, compiled. A contract gives a surface: functions, their required and
//! optional arguments, and what they return, as in the generated client. From the surface
//! of the old contract we write a program that uses all of it; from that of the new one
//! an SDK, which keeps the arguments that it had and accepts whatever can stand for one.
//! Then the compiler decides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;
use syn::{FnArg, ImplItem, Item, Type};

use crate::code::signatures::{pattern, shortened, text_of_type};
use crate::codegen;
use crate::document::select::Selection;
use crate::{Failure, Result};

/// Stubs for the crates that generated code names.
const STUBS: &str = "\
#![allow(dead_code, unused, non_snake_case, non_camel_case_types)]
use std::collections::BTreeMap;
pub struct Uuid; pub struct Value; pub struct ByteStream; pub struct Date; pub struct Map<K, V>(K, V);
pub fn any<T>() -> T { loop {} }
pub trait Arg<T> {}
impl<T> Arg<T> for T {}
impl Arg<String> for Uuid {} impl Arg<String> for Date {} impl Arg<f64> for i64 {}
macro_rules! any_json { ($($t:ty)*) => { $(impl Arg<Value> for $t {} impl Arg<Vec<Value>> for Vec<$t> {})* } }
any_json!(Uuid Date String i64 f64 bool);
impl<T> Arg<Value> for Vec<T> {} impl<K, V> Arg<Value> for Map<K, V> {}
impl Arg<Vec<String>> for Vec<Uuid> {}
";

/// What users of a contract see.
#[derive(Clone, Debug, Default)]
pub struct Surface {
    functions: BTreeMap<String, Function>,
    /// By type in a reply: its fields.
    types: BTreeMap<String, BTreeMap<String, String>>,
    /// By enum: its words.
    words: BTreeMap<String, BTreeSet<String>>,
}

/// The arguments of a function, with a body taken apart, and its return type.
type Function = (Arguments, String);

/// Arguments by name, or the fields of a struct.
type Arguments = BTreeMap<String, Argument>;

#[derive(Clone, Debug)]
struct Argument {
    required: bool,
    ty: String,
}

impl Surface {
    /// The surface that a document gives.
    pub fn of(document: &Value) -> Result<Self> {
        let generated = codegen::from_document(document, &Selection::default())?;
        let file = syn::parse_file(&generated.text)
            .map_err(|error| Failure::Audit(format!("it does not parse: {error}")))?;
        Ok(Self::of_file(&file))
    }

    fn of_file(file: &syn::File) -> Self {
        let declared = Declared::of(file);
        let (functions, sent) = functions(file, &declared);
        let types = read_types(&declared.structs, &functions, &sent);
        Self {
            functions,
            types,
            words: declared.words,
        }
    }

    /// The SDK of this surface, from maintainers who keep the arguments of the SDK of
    /// `old`.
    fn sdk(&self, old: &Self) -> String {
        let mut out = "pub mod sdk {\nuse super::*;\n".to_owned();
        for (name, fields) in &self.types {
            let _ = writeln!(out, "pub struct {name} {{");
            for (field, ty) in fields {
                let _ = writeln!(out, "    pub {field}: {ty},");
            }
            let _ = writeln!(out, "}}");
        }
        for (name, words) in &self.words {
            let _ = writeln!(out, "pub trait {name} {{}}");
            for word in words {
                let _ = writeln!(out, "impl {name} for word::{word} {{}}");
            }
        }
        for (name, (arguments, gives)) in &self.functions {
            let before = old.functions.get(name).map(|(arguments, _)| arguments);
            let arguments = &kept(arguments, before);
            let was_required = |argument: &str| {
                before
                    .and_then(|all| all.get(argument))
                    .is_some_and(|one| one.required)
            };
            let mut must = Vec::new();
            for (argument, one) in arguments {
                let ty = self.taken(&one.ty);
                if one.required || was_required(argument) {
                    must.push(format!("{argument}: {ty}"));
                } else {
                    let _ = writeln!(out, "pub fn {name}_with_{argument}(value: {ty}) {{}}");
                }
            }
            let must = must.join(", ");
            let _ = writeln!(out, "pub fn {name}({must}) -> {gives} {{ loop {{}} }}");
        }
        out.push_str("}\n");
        out
    }

    /// The type of an argument that accepts anything that can stand for its type.
    fn taken(&self, ty: &str) -> String {
        if self.words.contains_key(ty) {
            format!("impl {ty}")
        } else {
            format!("impl Arg<{ty}>")
        }
    }

    /// A program that uses everything.
    fn program(&self) -> String {
        let mut out = "pub mod program {\nuse super::*;\nuse super::sdk::*;\n".to_owned();
        for (name, (arguments, gives)) in &self.functions {
            let value = |ty: &str| match self.words.get(ty) {
                Some(words) => {
                    let mut words = words.iter();
                    words
                        .next()
                        .map(|word| format!("word::{word}"))
                        .unwrap_or_default()
                }
                None => format!("any::<{ty}>()"),
            };
            let must = arguments.values().filter(|one| one.required);
            let must: Vec<String> = must.map(|one| value(&one.ty)).collect();
            let _ = writeln!(out, "fn call_{name}() {{");
            let _ = writeln!(
                out,
                "    let _: {gives} = sdk::{name}({});",
                must.join(", ")
            );
            for (argument, one) in arguments.iter().filter(|(_, one)| !one.required) {
                let values = match self.words.get(&one.ty) {
                    Some(words) => words.iter().map(|word| format!("word::{word}")).collect(),
                    None => vec![value(&one.ty)],
                };
                for value in values {
                    let _ = writeln!(out, "    sdk::{name}_with_{argument}({value});");
                }
            }
            out.push_str("}\n");
        }
        for (name, fields) in &self.types {
            let _ = writeln!(out, "fn read_{name}(value: &sdk::{name}) {{");
            for (field, ty) in fields {
                let _ = writeln!(out, "    let _: &{ty} = &value.{field};");
            }
            out.push_str("}\n");
        }
        out.push_str("}\n");
        out
    }

    fn all_words<'a>(&'a self, other: &'a Self) -> BTreeSet<&'a str> {
        let all = self.words.values().chain(other.words.values());
        all.flatten().map(String::as_str).collect()
    }
}

/// The types that the modules of a generated client declare.
#[derive(Default)]
struct Declared {
    structs: BTreeMap<String, Arguments>,
    /// Enums of several forms, each of which is any JSON, as far as users are concerned.
    forms: BTreeSet<String>,
    words: BTreeMap<String, BTreeSet<String>>,
}

impl Declared {
    fn of(file: &syn::File) -> Self {
        let mut declared = Self::default();
        let modules = file.items.iter().filter_map(|item| match item {
            Item::Mod(module) => module.content.as_ref(),
            _ => None,
        });
        for item in modules.flat_map(|(_, items)| items) {
            match item {
                Item::Struct(item) => {
                    let fields = item.fields.iter().filter_map(field);
                    declared
                        .structs
                        .insert(item.ident.to_string(), fields.collect());
                }
                Item::Enum(item) if item.variants.iter().any(|one| !one.fields.is_empty()) => {
                    declared.forms.insert(item.ident.to_string());
                }
                Item::Enum(item) => {
                    let words = item.variants.iter().map(|one| one.ident.to_string());
                    declared
                        .words
                        .insert(item.ident.to_string(), words.collect());
                }
                _ => {}
            }
        }
        // Only now are all forms known.
        for field in declared
            .structs
            .values_mut()
            .flat_map(Arguments::values_mut)
        {
            seen(&mut field.ty, &declared.forms);
        }
        declared
    }
}

/// Makes of a type what users see of it.
fn seen(ty: &mut String, forms: &BTreeSet<String>) {
    if forms.contains(ty) {
        "Value".clone_into(ty);
    }
}

/// The name of a field, and what has to be given for it.
fn field(field: &syn::Field) -> Option<(String, Argument)> {
    let has_default = field.attrs.iter().any(|one| {
        one.path().is_ident("serde")
            && matches!(&one.meta, syn::Meta::List(list) if list.tokens.to_string().contains("default"))
    });
    let (optional, ty) = without_option(&field.ty);
    let required = !optional && !has_default;
    Some((field.ident.as_ref()?.to_string(), Argument { required, ty }))
}

/// The functions that send something, and the names of the bodies that were taken apart for
/// their arguments.
fn functions(
    file: &syn::File,
    declared: &Declared,
) -> (BTreeMap<String, Function>, BTreeSet<String>) {
    let mut functions = BTreeMap::new();
    let mut sent = BTreeSet::new();
    let blocks = file.items.iter().filter_map(|item| match item {
        Item::Impl(block) => Some(block),
        _ => None,
    });
    for item in blocks.flat_map(|block| &block.items) {
        let ImplItem::Fn(function) = item else {
            continue;
        };
        if function.sig.asyncness.is_none() {
            continue;
        }
        let mut arguments = Arguments::new();
        for input in &function.sig.inputs {
            let FnArg::Typed(input) = input else {
                continue;
            };
            let (optional, mut ty) = without_option(&input.ty);
            if let Some(fields) = declared.structs.get(&ty) {
                arguments.extend(fields.clone());
                sent.insert(ty);
            } else {
                seen(&mut ty, &declared.forms);
                let required = !optional;
                arguments.insert(pattern(&input.pat), Argument { required, ty });
            }
        }
        let gives = match &function.sig.output {
            syn::ReturnType::Type(_, ty) => what_is_given(ty),
            syn::ReturnType::Default => "()".to_owned(),
        };
        functions.insert(function.sig.ident.to_string(), (arguments, gives));
    }
    (functions, sent)
}

/// The types that users read, which are not those that they send.
fn read_types(
    structs: &BTreeMap<String, Arguments>,
    functions: &BTreeMap<String, Function>,
    sent: &BTreeSet<String>,
) -> BTreeMap<String, BTreeMap<String, String>> {
    // The `Option` that was taken off is put back.
    let whole = |Argument { required, ty }: &Argument| match required {
        true => ty.clone(),
        false => format!("Option<{ty}>"),
    };
    let mut read = reached(functions, structs);
    read.retain(|name| !sent.contains(name));
    read.into_iter()
        .map(|name| {
            let fields = structs[&name].iter();
            let fields = fields.map(|(field, one)| (field.clone(), whole(one)));
            let fields = fields.collect();
            (name, fields)
        })
        .collect()
}

/// The types of events and return values, and the types inside them.
fn reached(
    functions: &BTreeMap<String, Function>,
    structs: &BTreeMap<String, Arguments>,
) -> BTreeSet<String> {
    let events = structs.keys().filter(|name| name.ends_with("Event"));
    let given = functions.values().map(|(_, gives)| gives);
    let mut queue: Vec<&str> = events.chain(given).map(String::as_str).collect();
    let mut found = BTreeSet::new();
    while let Some(text) = queue.pop() {
        for name in text.split(|c: char| !c.is_alphanumeric()) {
            if let Some(fields) = structs.get(name)
                && found.insert(name.to_owned())
            {
                queue.extend(fields.values().map(|one| one.ty.as_str()));
            }
        }
    }
    found
}

/// The arguments of an SDK's function: a body that may be anything can still be made of the
/// arguments that it had before.
fn kept(arguments: &Arguments, before: Option<&Arguments>) -> Arguments {
    let mut kept = arguments.clone();
    if let Some(before) = before
        && !before.contains_key("body")
        && kept.get("body").is_some_and(|body| body.ty == "Value")
    {
        kept.remove("body");
        for (name, one) in before {
            kept.entry(name.clone()).or_insert_with(|| one.clone());
        }
    }
    kept
}

/// Whether a program written for the old surface compiles with the SDK of the new one; if
/// not, the compiler's first error.
pub fn compiles(old: &Surface, new: &Surface) -> Result<Option<String>> {
    let folder = tempfile::tempdir().map_err(|error| Failure::Step(error.to_string()))?;
    let file = folder.path().join("program.rs");
    let mut text = STUBS.to_owned();
    text.push_str("pub mod word { use super::*;\n");
    for word in old.all_words(new) {
        let _ = writeln!(text, "pub struct {word}; impl Arg<String> for {word} {{}}");
    }
    text.push_str("}\n");
    text.push_str(&new.sdk(old));
    text.push_str(&old.program());
    std::fs::write(&file, text).map_err(|source| Failure::File {
        action: "write",
        path: file.clone(),
        source,
    })?;
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler)
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "lib",
            "--emit",
            "metadata",
        ])
        .arg("--out-dir")
        .arg(folder.path())
        .arg(&file)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::Step(format!("rustc could not be started: {error}")))?;
    if output.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().find(|line| line.starts_with("error"));
    Ok(Some(first.unwrap_or("it does not compile").to_owned()))
}

/// A type without `Option` and borrows, by the last words of its paths; and whether it
/// had an option.
fn without_option(ty: &Type) -> (bool, String) {
    match ty {
        Type::Reference(reference) => without_option(&reference.elem),
        Type::Path(path) => {
            let last = path.path.segments.last();
            if let Some(last) = last
                && last.ident == "Option"
                && let syn::PathArguments::AngleBracketed(inner) = &last.arguments
                && let Some(syn::GenericArgument::Type(inner)) = inner.args.first()
            {
                return (true, without_option(inner).1);
            }
            (false, short(ty))
        }
        other => (false, short(other)),
    }
}

fn short(ty: &Type) -> String {
    let text = text_of_type(&shortened(ty));
    match text.as_str() {
        "str" => "String".to_owned(),
        _ if text.starts_with('[') => text.replace('[', "Vec<").replace(']', ">"),
        _ => text,
    }
}

/// `T` of `Result<ResponseValue<T>, Error<()>>`.
fn what_is_given(ty: &Type) -> String {
    let text = short(ty);
    let inner = text.strip_prefix("Result<ResponseValue<").unwrap_or(&text);
    let end = inner.rfind(">, Error").unwrap_or(inner.len());
    inner[..end].to_owned()
}
