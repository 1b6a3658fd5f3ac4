//! The wire form of what is stored and found. Addresses of images are filled in here, on
//! the way out, so that none goes stale in the database.

use serde_json::{Value, json};

use crate::library::{Hit, Links, Variant};
use crate::limits::Quota;
use crate::store::{Message, Session};

/// Images as messages show them, without their addresses: see [`fill_links`].
pub(crate) fn message_images(hits: &[Hit]) -> Vec<Value> {
    let best = best_score(hits);
    hits.iter()
        .map(|hit| {
            json!({
                "image_id": hit.item.id,
                "filename": hit.item.name,
                "title": hit.item.name,
                "description": hit.item.description(),
                "confidence": confidence(hit.score, best),
            })
        })
        .collect()
}

/// Passages of documents, as events and messages show them.
pub(crate) fn documents(hits: &[Hit]) -> Vec<Value> {
    let best = best_score(hits);
    hits.iter()
        .map(|hit| {
            json!({
                "id": hit.item.id,
                "document_id": hit.item.id,
                "filename": hit.item.name,
                "title": hit.item.description(),
                "media_type": hit.item.media_type,
                "page_number": hit.page,
                "page_count": hit.item.pages,
                "excerpt": hit.excerpt,
                "relevance_score": relevance(hit.score, best),
            })
        })
        .collect()
}

/// An image as the image search shows it.
pub(crate) fn search_result(hit: &Hit, best: f64, links: &Links) -> Value {
    let id = hit.item.id;
    json!({
        "image_id": id,
        "description": hit.item.description(),
        "confidence": confidence(hit.score, best),
        "relevance_score": relevance(hit.score, best),
        "thumbnail_url": links.url(id, Variant::Thumbnail),
        "medium_url": links.url(id, Variant::Medium),
        "full_url": links.url(id, Variant::Full),
        "created_at": hit.item.dated_at,
    })
}

fn best_score(hits: &[Hit]) -> f64 {
    hits.iter().map(|hit| hit.score).fold(0.0, f64::max)
}

/// The score relative to the best: 1 for the best, and for all if nothing was ranked.
fn relevance(score: f64, best: f64) -> f64 {
    if best > 0.0 {
        (score / best).clamp(0.0, 1.0)
    } else {
        1.0
    }
}

/// At least 0.5: a match is more likely right than wrong.
fn confidence(score: f64, best: f64) -> f64 {
    0.5 + relevance(score, best) / 2.0
}

/// Gives every image in `value` its addresses.
pub(crate) fn fill_links(value: &mut Value, links: &Links) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| fill_links(item, links)),
        Value::Object(fields) => {
            let id = fields
                .get("image_id")
                .and_then(Value::as_str)
                .and_then(|id| id.parse().ok());
            if let Some(id) = id {
                fields.insert(
                    "thumbnail_url".to_owned(),
                    json!(links.url(id, Variant::Thumbnail)),
                );
                fields.insert("stored_url".to_owned(), json!(links.url(id, Variant::Full)));
            }
            fields
                .values_mut()
                .for_each(|field| fill_links(field, links));
        }
        _ => {}
    }
}

/// Whether a list goes on after a page of so many.
pub(crate) fn has_more(offset: i64, shown: usize, total: i64) -> bool {
    let shown = i64::try_from(shown).unwrap_or(i64::MAX);
    offset.saturating_add(shown) < total
}

/// A session as lists show it.
pub(crate) fn summary(session: &Session, quota: Quota) -> Value {
    json!({
        "id": session.id,
        "title": session.title,
        "total_messages": session.total_messages,
        "total_tokens": session.total_tokens,
        "remaining_tokens": quota.remaining_tokens(session),
        "remaining_messages": quota.remaining_messages(session),
        "is_active": session.closed_at.is_none(),
        "use_all_images": session.use_all_images,
        "created_at": session.created_at,
        "updated_at": session.updated_at,
        "last_message_at": session.last_message_at,
        "last_message_preview": session.last_preview,
        "last_user_message": session.last_question,
        "selected_image_count": session.selected_images,
    })
}

/// A message as a history shows it.
pub(crate) fn message(message: &Message, links: &Links) -> Value {
    let mut value = json!({
        "id": message.id,
        "role": message.role.as_str(),
        "content": message.content,
        "token_count": message.token_count,
        "processing_time_ms": message.processing_time_ms,
        "created_at": message.created_at,
        "image_context": message.image_context,
        "metadata": message.metadata,
    });
    fill_links(&mut value, links);
    value
}
