//! Part of the stage *format*: every generated function has room for the future that
//! reads and decodes a reply's body, which is larger than everything else in the
//! function's future. If the transport has already read the body, that future is never
//! created, so it gets a place of its own.

use syn::visit_mut::{self, VisitMut};
use syn::{Expr, File};

/// Moves the reading of a reply's body out of the future of every function.
pub(super) fn set_apart(file: &mut File) {
    Bodies.visit_file_mut(file);
}

struct Bodies;

impl VisitMut for Bodies {
    fn visit_expr_await_mut(&mut self, awaited: &mut syn::ExprAwait) {
        visit_mut::visit_expr_await_mut(self, awaited);
        let future = &awaited.base;
        if reads_body(future) {
            *awaited.base = syn::parse_quote!(Box::pin(#future));
        }
    }
}

/// `ResponseValue::from_response(…)`
fn reads_body(expr: &Expr) -> bool {
    let Expr::Call(call) = expr else {
        return false;
    };
    matches!(&*call.func, Expr::Path(path) if path.path.segments.last().is_some_and(|name| name.ident == "from_response"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_the_reading_of_a_body_is_set_apart() {
        let mut file = syn::parse_quote! {
            async fn call(&self) {
                let result = self.exec(request, &info).await;
                ResponseValue::from_response(result?).await
            }
        };
        super::set_apart(&mut file);
        let text = prettyplease::unparse(&file);
        let apart = "Box::pin(ResponseValue::from_response(result?)).await";
        assert!(text.contains(apart), "{text}");
        assert!(text.contains("self.exec(request, &info).await"), "{text}");
    }
}
