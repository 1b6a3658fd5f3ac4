//! A session as a file.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;

use crate::conversation::own_session;
use crate::export;
use crate::http::call::settle;
use crate::http::{ApiError, Call};
use crate::state::App;
use crate::store;
use crate::validation::{ExportFormat, ExportQuery, Problems};

pub(in crate::http) async fn export(
    State(app): State<Arc<App>>,
    call: Call,
) -> Result<Response, ApiError> {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let request = ExportQuery::read(&call.query(), &mut problems);
    let id = settle(problems, id)?;
    let person = call.person;
    let (session, messages) = app
        .store
        .read::<_, ApiError>(move |connection| {
            let session = own_session(connection, id, person)?;
            Ok((session, store::history(connection, id, None)?))
        })
        .await?;
    let metadata = request.include_metadata;
    let (content_type, extension, text) = match request.format {
        ExportFormat::Markdown => (
            "text/markdown; charset=utf-8",
            "md",
            export::markdown(&session, &messages, metadata),
        ),
        ExportFormat::Text => (
            "text/plain; charset=utf-8",
            "txt",
            export::text(&session, &messages, metadata),
        ),
        ExportFormat::Json => (
            "application/json",
            "json",
            export::json(
                &session,
                &messages,
                metadata,
                app.quota,
                &call.links(&app.links),
            ),
        ),
    };
    let disposition = export::content_disposition(&export::filename(&session.title, extension));
    Ok((
        [
            (header::CONTENT_TYPE, content_type.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        text,
    )
        .into_response())
}
