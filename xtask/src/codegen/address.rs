//! Part of the stage *format*: the generated functions parse the text of a whole URL for
//! each request, although all but its path is always the same. This stage leaves that to
//! `whole_url` in `chats-raw`.

use syn::visit_mut::{self, VisitMut};
use syn::{Expr, File, Member};

/// Has every function hand its URL to `whole_url`.
pub(super) fn compose(file: &mut File) {
    Addresses.visit_file_mut(file);
}

struct Addresses;

impl VisitMut for Addresses {
    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        visit_mut::visit_expr_mut(self, expr);
        let Expr::MethodCall(call) = expr else {
            return;
        };
        if !is_client(&call.receiver) {
            return;
        }
        for argument in call.args.iter_mut().filter(|argument| is_url(argument)) {
            *argument = syn::parse_quote!(crate::whole_url(&self.inner, &#argument)?);
        }
    }
}

/// `self.client`
fn is_client(expr: &Expr) -> bool {
    let Expr::Field(field) = expr else {
        return false;
    };
    let of_self = matches!(&*field.base, Expr::Path(path) if path.path.is_ident("self"));
    of_self && matches!(&field.member, Member::Named(name) if name == "client")
}

/// The generator's name for the URL of a request: `url`, or `_url` beside an argument of
/// that name.
fn is_url(expr: &Expr) -> bool {
    let Expr::Path(path) = expr else {
        return false;
    };
    let name = path.path.get_ident().map(ToString::to_string);
    name.is_some_and(|name| name.trim_start_matches('_') == "url")
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_clients_urls_are_composed() {
        let mut file = syn::parse_quote! {
            async fn call(&self) {
                let url = format!("{}/things", self.baseurl);
                let request = self.client.post(url).json(&url).build()?;
                other.client.post(url);
            }
        };
        super::compose(&mut file);
        let text = prettyplease::unparse(&file);
        assert!(
            text.contains(".post(crate::whole_url(&self.inner, &url)?)"),
            "{text}"
        );
        assert!(text.contains(".json(&url)"), "{text}");
        assert!(text.contains("other.client.post(url)"), "{text}");
    }

    #[test]
    fn an_argument_may_be_called_url() {
        let mut file = syn::parse_quote! {
            async fn call(&self, url: &str) {
                let _url = format!("{}/things", self.baseurl);
                let request = self.client.get(_url).query(&("url", &url)).build()?;
            }
        };
        super::compose(&mut file);
        let text = prettyplease::unparse(&file);
        let composed = ".get(crate::whole_url(&self.inner, &_url)?)";
        assert!(text.contains(composed), "{text}");
        assert!(text.contains(r#".query(&("url", &url))"#), "{text}");
    }
}
