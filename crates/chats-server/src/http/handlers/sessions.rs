//! Creating, listing, showing, closing and renaming sessions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};
use uuid::Uuid;

use super::selection::context_summary;
use crate::conversation::own_session;
use crate::http::call::settle;
use crate::http::{ApiError, Call};
use crate::limits::MOST_IMAGES;
use crate::state::App;
use crate::store::{self, Kind, NewSession, SessionFilter};
use crate::validation::{CreateSession, ListSessions, Problems, Rename, ShowSession};
use crate::wire;

const UNTITLED: &str = "New chat";

type Reply = Result<Json<Value>, ApiError>;

pub(in crate::http) async fn create(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let request = call.body(&mut problems, CreateSession::read)?;
    let request = settle(problems, request)?;
    if !request.use_all_images && request.initial_image_ids.len() > MOST_IMAGES {
        return Err(ApiError::too_many_images());
    }
    let title = request.title.filter(|title| !title.is_empty());
    let new = NewSession {
        id: Uuid::new_v4(),
        owner: call.person.0,
        title: title.unwrap_or_else(|| UNTITLED.to_owned()),
        use_all_images: request.use_all_images,
        now: app.now(),
    };
    let reply = json!({"session_id": new.id, "title": new.title, "created_at": new.now});
    let images = request.initial_image_ids;
    app.store
        .write::<_, ApiError>(move |transaction| {
            store::insert_session(transaction, &new)?;
            store::replace_selection(transaction, new.id, Kind::Image, &images, new.now)?;
            Ok(())
        })
        .await?;
    Ok(Json(reply))
}

pub(in crate::http) async fn list(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let request = ListSessions::read(&call.query(), &mut problems);
    let request = settle(problems, Some(request))?;
    let filter = SessionFilter {
        owner: call.person.0,
        is_active: request.is_active,
        search: request.search,
        min_messages: request.min_messages,
        limit: request.limit,
        offset: request.offset,
    };
    let (sessions, total) = app
        .store
        .read::<_, ApiError>(move |connection| Ok(store::list_sessions(connection, &filter)?))
        .await?;
    let sessions: Vec<Value> = sessions
        .iter()
        .map(|session| wire::summary(session, app.quota))
        .collect();
    Ok(Json(json!({
        "has_more": wire::has_more(request.offset, sessions.len(), total),
        "sessions": sessions,
        "total_count": total,
    })))
}

pub(in crate::http) async fn show(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let request = ShowSession::read(&call.query(), &mut problems);
    let id = settle(problems, id)?;
    let person = call.person;
    app.library.refresh().await?;
    let library = app.library.clone();
    let (session, messages, images, videos, found, context) = app
        .store
        .read::<_, ApiError>(move |connection| {
            let session = own_session(connection, id, person)?;
            let messages = if request.include_messages {
                store::history(connection, id, request.message_limit)?
            } else {
                Vec::new()
            };
            let images = store::selection(connection, id, Kind::Image)?;
            let videos = store::selection(connection, id, Kind::Video)?;
            let found = store::last_metadata(connection, id)?;
            let context = context_summary(connection, &library, &session, images.len())?;
            Ok((session, messages, images, videos, found, context))
        })
        .await?;
    let current = found
        .and_then(|metadata| crate::answer::Findings::from_metadata(&metadata))
        .map(|found| found.images);
    let links = call.links(&app.links);
    let messages: Vec<Value> = messages
        .iter()
        .map(|message| wire::message(message, &links))
        .collect();
    Ok(Json(json!({
        "session": wire::summary(&session, app.quota),
        "messages": messages,
        "selected_image_ids": images,
        "selected_video_ids": videos,
        "current_search_result_ids": current.unwrap_or_default(),
        "context_summary": context,
    })))
}

/// Closes at once, and does not wait for an answer that is being made: an answerer may take
/// minutes, and another process may make the answer. That answer is not stored any more, and
/// its message fails with `SESSION_CLOSED`.
pub(in crate::http) async fn close(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let id = settle(problems, id)?;
    let (person, now) = (call.person, app.now());
    let session = app
        .store
        .write::<_, ApiError>(move |transaction| {
            own_session(transaction, id, person)?;
            store::close_session(transaction, id, now)?;
            own_session(transaction, id, person)
        })
        .await?;
    Ok(Json(json!({
        "session_id": session.id,
        "closed_at": session.closed_at.unwrap_or(now),
        "total_messages": session.total_messages,
        "total_tokens": session.total_tokens,
    })))
}

pub(in crate::http) async fn rename(State(app): State<Arc<App>>, call: Call) -> Reply {
    let mut problems = Problems::default();
    let id = call.session_id(&mut problems);
    let request = call.body(&mut problems, Rename::read)?;
    let (id, request) = settle(problems, id.zip(request))?;
    let (person, now) = (call.person, app.now());
    let session = app
        .store
        .write::<_, ApiError>(move |transaction| {
            own_session(transaction, id, person)?;
            store::rename_session(transaction, id, &request.title, now)?;
            own_session(transaction, id, person)
        })
        .await?;
    Ok(Json(json!({
        "session_id": session.id,
        "title": session.title,
        "updated_at": session.updated_at,
    })))
}
