//! The files of the library, by signed address.

use std::sync::Arc;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use uuid::Uuid;

use crate::http::ApiError;
use crate::library::Variant;
use crate::state::App;
use crate::validation::{Problems, Query};

/// Serves a file of the library. Whatever is wrong with the address, the answer
/// is the same: it must not reveal which files there are.
pub(in crate::http) async fn serve(
    State(app): State<Arc<App>>,
    path: Result<Path<(String, String)>, axum::extract::rejection::PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let not_found = || ApiError::Plain(StatusCode::NOT_FOUND, "Not Found");
    let Path((id, variant)) = path.map_err(|_| not_found())?;
    let id: Uuid = id.parse().map_err(|_| not_found())?;
    let variant = Variant::parse(&variant).ok_or_else(not_found)?;
    let signature = Query::parse(query.as_deref())
        .read("signature", &mut Problems::default(), |text| {
            Ok(text.to_owned())
        })
        .unwrap_or_default();
    if !app.links.is_signed(id, variant, &signature) {
        return Err(not_found());
    }
    let item = app
        .library
        .items(&[id])
        .await?
        .pop()
        .ok_or_else(not_found)?;
    let bytes = app.library.read(&item).await.map_err(|_| not_found())?;
    Ok((
        [
            (header::CONTENT_TYPE, item.media_type),
            (header::CACHE_CONTROL, "private, max-age=3600".to_owned()),
            // The folder's owner chose the bytes: a browser must not guess their type.
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        ],
        bytes,
    )
        .into_response())
}
