//! What a session is about: its images, documents, videos and mode.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use rusqlite::Connection;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::conversation::open_session;
use crate::http::call::settle;
use crate::http::{ApiError, Call};
use crate::library::Library;
use crate::limits::{MOST_DOCUMENTS, MOST_IMAGES, MOST_VIDEOS};
use crate::state::App;
use crate::store::{self, Kind, Session};
use crate::validation::{IdList, ImageList, Problems, SetMode};
use crate::wording::counted;

/// About how many tokens one image costs.
const TOKENS_PER_IMAGE: usize = 85;

type Reply = Result<Json<Value>, ApiError>;

/// Describes the images that a session looks at; `None` if there are none.
pub(super) fn context_summary(
    connection: &Connection,
    library: &Library,
    session: &Session,
    selected: usize,
) -> rusqlite::Result<Option<String>> {
    if !session.use_all_images {
        return Ok((selected > 0).then(|| format!("{} selected", counted(selected, "image"))));
    }
    let total = library.count_images(connection)?;
    Ok((total > 0).then(|| format!("All {}", counted(total, "image"))))
}

pub(in crate::http) async fn images(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let request = call.body(&mut problems, ImageList::read)?;
    let (id, ImageList(wanted)) = settle(problems, id.zip(request))?;
    let too_many = (wanted.len() > MOST_IMAGES).then(ApiError::too_many_images);
    let (session, images) = replace(&app, &call, id, Kind::Image, wanted, too_many).await?;
    app.library.refresh().await?;
    let (library, selected) = (app.library.clone(), images.len());
    let (videos, context) = app
        .store
        .read::<_, ApiError>(move |connection| {
            let videos = store::selection(connection, id, Kind::Video)?;
            let context = context_summary(connection, &library, &session, selected)?;
            Ok((videos, context))
        })
        .await?;
    Ok(Json(json!({
        "session_id": id,
        "estimated_tokens": images.len() * TOKENS_PER_IMAGE,
        "selected_image_ids": images,
        "selected_video_ids": videos,
        "context_summary": context,
    })))
}

pub(in crate::http) async fn documents(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let request = call.body(&mut problems, |value, problems| {
        IdList::read("document_ids", value, problems)
    })?;
    let (id, IdList(wanted)) = settle(problems, id.zip(request))?;
    let too_many = (wanted.len() > MOST_DOCUMENTS).then(ApiError::too_many_documents);
    let (_, documents) = replace(&app, &call, id, Kind::Document, wanted, too_many).await?;
    Ok(Json(json!({
        "session_id": id,
        "document_count": documents.len(),
        "selected_document_ids": documents,
    })))
}

pub(in crate::http) async fn videos(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let request = call.body(&mut problems, |value, problems| {
        IdList::read("video_ids", value, problems)
    })?;
    let (id, IdList(wanted)) = settle(problems, id.zip(request))?;
    let too_many = (wanted.len() > MOST_VIDEOS).then(ApiError::too_many_videos);
    let (_, videos) = replace(&app, &call, id, Kind::Video, wanted, too_many).await?;
    Ok(Json(json!({
        "session_id": id,
        "video_count": videos.len(),
        "selected_video_ids": videos,
    })))
}

/// Replaces a selection. A list that is too long is reported only to the owner of the
/// session.
async fn replace(
    app: &App,
    call: &Call,
    id: Uuid,
    kind: Kind,
    wanted: Vec<Uuid>,
    too_many: Option<ApiError>,
) -> Result<(Session, Vec<Uuid>), ApiError> {
    let (person, now) = (call.person, app.now());
    app.store
        .write(move |transaction| {
            let session = open_session(transaction, id, person)?;
            if let Some(refusal) = too_many {
                return Err(refusal);
            }
            store::replace_selection(transaction, id, kind, &wanted, now)?;
            Ok((session, store::selection(transaction, id, kind)?))
        })
        .await
}

pub(in crate::http) async fn mode(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let request = call.body(&mut problems, SetMode::read)?;
    let (id, request) = settle(problems, id.zip(request))?;
    let (person, now) = (call.person, app.now());
    let session = app
        .store
        .write::<_, ApiError>(move |transaction| {
            let session = open_session(transaction, id, person)?;
            let selected = usize::try_from(session.selected_images).unwrap_or(usize::MAX);
            if !request.use_all_images && selected > MOST_IMAGES {
                return Err(ApiError::too_many_images());
            }
            store::set_mode(transaction, id, request.use_all_images, now)?;
            open_session(transaction, id, person)
        })
        .await?;
    Ok(Json(json!({
        "session_id": id,
        "use_all_images": session.use_all_images,
        "selected_image_count": session.selected_images,
        "updated_at": session.updated_at,
    })))
}
