//! What `chats` sends, read from its sources: which fields of a request it always fills
//! in, and which it never does; and which parts of a reply the generated types can do
//! without.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase as _;
use syn::Expr;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};

use crate::code::Source;
use crate::code::client::Client;

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

/// What `chats` sends, by operation and field, and what it reads.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    client: Client,
    /// The fields without which `chats` builds nothing from their generated type.
    needed: BTreeSet<(String, String)>,
    sent: BTreeMap<(String, String), Sent>,
    /// The names from which the fields are filled in.
    filled: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Usage {
    /// Reads the generated client and its callers.
    #[must_use]
    pub fn of(generated: &syn::File, callers: &[Source]) -> Self {
        let client = Client::of(generated);
        let mut reader = Reader {
            client: &client,
            sent: Vec::new(),
            taken_apart: BTreeMap::new(),
            given: BTreeSet::new(),
            needed: BTreeSet::new(),
            filled: BTreeMap::new(),
        };
        for source in callers {
            reader.visit_file(&source.file);
        }
        let mut usage = Self {
            needed: reader.needed,
            filled: reader.filled,
            ..Self::default()
        };
        for (operation, field, sent) in reader.sent {
            usage.note(&operation, &field, sent);
        }
        usage.client = client;
        usage
    }

    /// Whether the generated type can do without the value at this place of an
    /// operation's reply. A list that may be absent still holds items that may not.
    #[must_use]
    pub fn spares(&self, operation: &str, place: &str) -> bool {
        if place.ends_with("[]") {
            return false;
        }
        let standing = self.client.standing(operation, place);
        let field = standing.and_then(|standing| standing.field);
        field.is_some_and(|field| field.optional)
    }

    /// Whether `chats` discards the holder of this place of an operation's reply if the
    /// place is empty.
    #[must_use]
    pub fn needs(&self, operation: &str, place: &str) -> bool {
        let standing = self.client.standing(operation, place);
        standing.is_some_and(|standing| {
            let field = standing.field.map(|field| field.name.clone());
            field.is_some_and(|field| self.needed.contains(&(standing.holder.to_owned(), field)))
        })
    }

    /// The generated type that holds this place of an operation's reply.
    #[must_use]
    pub fn holder(&self, operation: &str, place: &str) -> Option<&str> {
        Some(self.client.standing(operation, place)?.holder)
    }

    /// How often a field of an operation is sent; `None` where that is unknown.
    #[must_use]
    pub fn sent(&self, operation: &str, field: Option<&str>) -> Option<Sent> {
        let key = (operation.to_owned(), field?.to_snake_case());
        self.sent.get(&key).copied()
    }

    /// The names from which `chats` fills a field of an operation in: those of its own
    /// fields and variables.
    #[must_use]
    pub fn filled_from(&self, operation: &str, field: &str) -> Option<&BTreeSet<String>> {
        let key = (operation.to_owned(), field.to_snake_case());
        self.filled.get(&key)
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

struct Reader<'a> {
    client: &'a Client,
    sent: Vec<(String, String, Sent)>,
    /// In the current function, by variable: the destructured generated type, and the
    /// field.
    taken_apart: BTreeMap<String, (String, String)>,
    /// In the current function: the variables that are `Some` of something.
    given: BTreeSet<String>,
    needed: BTreeSet<(String, String)>,
    /// The names from which the fields of the generated types are filled in.
    filled: BTreeMap<(String, String), BTreeSet<String>>,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.begin_function();
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.begin_function();
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_local(&mut self, local: &'ast syn::Local) {
        if let syn::Pat::Ident(variable) = &local.pat {
            let name = variable.ident.to_string();
            let given = local.init.as_ref().is_some_and(|init| is_some(&init.expr));
            match given {
                true => self.given.insert(name),
                false => self.given.remove(&name),
            };
        }
        visit::visit_local(self, local);
    }

    fn visit_pat_struct(&mut self, pattern: &'ast syn::PatStruct) {
        let name = pattern.path.segments.last();
        let name = name.map(|last| last.ident.to_string()).unwrap_or_default();
        if self.client.fields(&name).is_some() {
            for field in &pattern.fields {
                if let (syn::Member::Named(member), syn::Pat::Ident(variable)) =
                    (&field.member, field.pat.as_ref())
                {
                    let field = (name.clone(), member.to_string());
                    self.taken_apart.insert(variable.ident.to_string(), field);
                }
            }
        }
        visit::visit_pat_struct(self, pattern);
    }

    fn visit_expr_try(&mut self, tried: &'ast syn::ExprTry) {
        if let Expr::Path(path) = tried.expr.as_ref()
            && let Some(variable) = path.path.get_ident()
            && let Some(field) = self.taken_apart.get(&variable.to_string())
        {
            self.needed.insert(field.clone());
        }
        visit::visit_expr_try(self, tried);
    }

    fn visit_expr_struct(&mut self, made: &'ast syn::ExprStruct) {
        let name = made.path.segments.last().map(|last| last.ident.to_string());
        let name = name.unwrap_or_default();
        if let Some(known) = self.client.fields(&name) {
            for field in &made.fields {
                let syn::Member::Named(member) = &field.member else {
                    continue;
                };
                let member = member.to_string();
                let known = known.iter().find(|known| known.name == member);
                let sent = self.how(&field.expr, known.is_none_or(|known| known.optional));
                let names = names_in(&field.expr);
                for operation in self.client.taking(&name) {
                    self.sent.push((operation.to_owned(), member.clone(), sent));
                    let key = (operation.to_owned(), member.clone());
                    let filled = self.filled.entry(key).or_default();
                    filled.extend(names.iter().cloned());
                }
            }
        }
        visit::visit_expr_struct(self, made);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        // The arguments of `pin!` and the like, which `visit` leaves unread.
        let arguments = Punctuated::<Expr, syn::Token![,]>::parse_terminated;
        for argument in call.parse_body_with(arguments).iter().flatten() {
            self.visit_expr(argument);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        let name = call.method.to_string();
        if let Some(arguments) = self.client.arguments(&name)
            && arguments.len() == call.args.len()
        {
            for (argument, given) in arguments.iter().zip(&call.args) {
                if argument.body.is_none() {
                    let sent = self.how(given, argument.optional);
                    self.sent.push((name.clone(), argument.name.clone(), sent));
                }
            }
        }
        visit::visit_expr_method_call(self, call);
    }
}

impl Reader<'_> {
    fn begin_function(&mut self) {
        self.taken_apart.clear();
        self.given.clear();
    }

    fn how(&self, given: &Expr, optional: bool) -> Sent {
        let is_given = |path: &syn::ExprPath| {
            let variable = path.path.get_ident();
            variable.is_some_and(|variable| self.given.contains(&variable.to_string()))
        };
        match given {
            _ if !optional => Sent::Always,
            some if is_some(some) => Sent::Always,
            Expr::Path(path) if is_given(path) => Sent::Always,
            other if is_path(other, "None") => Sent::Never,
            _ => Sent::Sometimes,
        }
    }
}

/// The fields and variables that an expression names.
fn names_in(expression: &Expr) -> BTreeSet<String> {
    #[derive(Default)]
    struct Names(BTreeSet<String>);

    impl<'ast> Visit<'ast> for Names {
        fn visit_member(&mut self, member: &'ast syn::Member) {
            if let syn::Member::Named(name) = member {
                self.0.insert(name.to_string());
            }
        }

        fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
            self.0
                .extend(path.path.get_ident().map(ToString::to_string));
        }
    }

    let mut names = Names::default();
    names.visit_expr(expression);
    names.0
}

fn is_some(expression: &Expr) -> bool {
    matches!(expression, Expr::Call(call) if is_path(&call.func, "Some"))
}

fn is_path(expression: &Expr, name: &str) -> bool {
    matches!(expression, Expr::Path(path) if path.path.is_ident(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_what_is_needed_nothing_is_made() {
        let generated = syn::parse_str(
            "pub mod types { pub struct Out { pub a: Option<i64>, pub b: Option<i64>, pub c: i64 } }
             impl Client { pub async fn get(&self) -> Result<ResponseValue<types::Out>, Error<()>> {} }",
        );
        let caller = "fn out(raw: raw::Out) -> Option<Done> {
            let raw::Out { a, b: other, c } = raw;
            Some(Done { a: f(a?), b: other, c })
        }";
        let caller = Source {
            path: "f.rs".into(),
            file: syn::parse_str(caller).unwrap(),
        };
        let usage = Usage::of(&generated.unwrap(), &[caller]);
        for (field, needed, spared) in [("a", true, true), ("b", false, true), ("c", false, false)]
        {
            let place = format!("response.200.{field}");
            let found = (usage.needs("get", &place), usage.spares("get", &place));
            assert_eq!(found, (needed, spared), "{field}");
            assert!(!usage.spares("get", &format!("{place}[]")), "{field}");
        }
    }

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
            let more = Some(2);
            pin!(raw.go(more, offset, &body));
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
        let filled = usage.filled_from("go", "c").unwrap();
        assert!(filled.contains("c") && filled.contains("self"));
    }
}
