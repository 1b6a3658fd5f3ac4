//! Which handler answers which route, and the order of the checks before it.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::StatusCode;

use super::handlers::{export, files, images, messages, plans, selection, sessions};
use super::{ApiError, Operation, PREFIX, gate, intake};
use crate::fault::inject;
use crate::state::App;

type Route = MethodRouter<Arc<App>>;

pub(crate) fn router(app: &Arc<App>) -> Router {
    let mut api = Router::new();
    for operation in Operation::ALL {
        api = api.route(&format!("{PREFIX}{}", operation.path()), route(*operation));
    }
    api.route_layer(from_fn_with_state(Arc::clone(app), gate::gate))
        // Browsers load pictures without a key, so a picture's address is signed instead.
        .route(
            &format!("{PREFIX}/files/{{item_id}}/{{variant}}"),
            axum::routing::get(files::serve),
        )
        .fallback(|| async { ApiError::Plain(StatusCode::NOT_FOUND, "Not Found") })
        .method_not_allowed_fallback(|| async {
            ApiError::Plain(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        })
        .layer(from_fn_with_state(Arc::clone(app), inject))
        .layer(from_fn_with_state(Arc::clone(app), intake::intake))
        .with_state(Arc::clone(app))
}

fn route(operation: Operation) -> Route {
    let method = MethodFilter::try_from(operation.method())
        .expect("every operation has a method that axum routes");
    match operation {
        Operation::CreateSession => on(method, sessions::create),
        Operation::ListSessions => on(method, sessions::list),
        Operation::GetSession => on(method, sessions::show),
        Operation::CloseSession => on(method, sessions::close),
        Operation::RenameSession => on(method, sessions::rename),
        Operation::SendMessage => on(method, messages::send),
        Operation::StreamMessage => on(method, messages::stream),
        Operation::UpdateImages => on(method, selection::images),
        Operation::UpdateDocuments => on(method, selection::documents),
        Operation::UpdateVideos => on(method, selection::videos),
        Operation::UpdateMode => on(method, selection::mode),
        Operation::PlanAction => on(method, plans::act),
        Operation::ExportSession => on(method, export::export),
        Operation::AllImages => on(method, images::all),
        Operation::SearchImages => on(method, images::search),
    }
}
