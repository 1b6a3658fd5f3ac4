//! Makes the public values from the generated types.
//!
//! Every generated struct is taken apart without `..`, so that a field that the contract
//! gains or loses stops the build until it is handled here.

use chats_raw::types as raw;
use serde_json::Value;

use super::order::in_order;
use super::timestamp::read as date;
use super::{
    ACCEPTED, ChatImageList, ChatMessage, ChatResponse, ChatSession, ChatSessionDetail,
    ClosedSession, DocumentId, ImageId, ImageReference, ImageSearchResults, MessageId,
    PlanActionResponse, PlanId, RenamedSession, Role, SessionId, SessionList, UpdatedDocuments,
    UpdatedImages, UpdatedMode, UpdatedVideos, VideoId, images_in, images_of_metadata,
};
use crate::live_drift;
use crate::references::counts;

/// The page that was asked for, from which it is known whether there is more if a reply
/// leaves that out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) limit: u32,
    pub(crate) offset: u64,
}

impl Asked {
    /// The total and whether there is more, as the reply says, else as the page suggests.
    fn complete(self, received: usize, total: Option<i64>, more: Option<bool>) -> (i64, bool) {
        let known = i64::try_from(self.offset.saturating_add(received as u64)).unwrap_or(i64::MAX);
        // A negative total says nothing.
        let more = more.unwrap_or_else(|| match total.filter(|total| *total >= 0) {
            Some(total) => known < total,
            None => received as u64 >= u64::from(self.limit),
        });
        (total.unwrap_or(known), more)
    }
}

pub(crate) fn created_session(raw: raw::CreateChatSessionResponse) -> ChatSession {
    let raw::CreateChatSessionResponse {
        created_at,
        session_id,
        title,
    } = raw;
    ChatSession {
        id: SessionId::new(session_id),
        title: title.unwrap_or_default(),
        total_messages: None,
        total_tokens: None,
        remaining_tokens: None,
        remaining_messages: None,
        is_active: None,
        use_all_images: None,
        created_at: date("created_at", created_at),
        updated_at: None,
        last_message_at: None,
        last_message_preview: None,
        last_user_message: None,
        selected_image_count: None,
        context_summary: None,
    }
}

pub(crate) fn session(raw: raw::ChatSessionSummaryResponse) -> ChatSession {
    let raw::ChatSessionSummaryResponse {
        context_summary,
        created_at,
        id,
        is_active,
        last_message_at,
        last_message_preview,
        last_user_message,
        remaining_messages,
        remaining_tokens,
        selected_image_count,
        title,
        total_messages,
        total_tokens,
        updated_at,
        use_all_images,
    } = raw;
    ChatSession {
        id: SessionId::new(id),
        title: title.unwrap_or_default(),
        total_messages,
        total_tokens,
        remaining_tokens,
        remaining_messages,
        is_active,
        // The contract's own default for a summary that leaves it out.
        use_all_images: use_all_images.or(Some(true)),
        created_at: date("created_at", created_at),
        updated_at: date("updated_at", updated_at),
        last_message_at: date("last_message_at", last_message_at),
        last_message_preview,
        last_user_message,
        selected_image_count,
        context_summary,
    }
}

/// A page of sessions; `None` if the reply is no page at all.
pub(crate) fn session_list(
    raw: raw::ListChatSessionsResponse,
    asked: Asked,
) -> Option<SessionList> {
    let raw::ListChatSessionsResponse {
        has_more,
        sessions,
        total_count,
    } = raw;
    let sessions = listed("sessions", sessions, total_count, has_more)?;
    let items: Vec<_> = sessions.into_iter().map(session).collect();
    let (total, has_more) = asked.complete(items.len(), total_count, has_more);
    Some(SessionList {
        items,
        total,
        has_more,
    })
}

/// The items of a page. A reply without items is an empty page if it has another field of
/// a page, and otherwise not a page.
fn listed<T>(
    name: &'static str,
    items: Option<Vec<T>>,
    total: Option<i64>,
    more: Option<bool>,
) -> Option<Vec<T>> {
    if items.is_none() && (total > Some(0) || more == Some(true)) {
        live_drift::missing_list(name);
    }
    let is_page = items.is_some() || total.is_some() || more.is_some();
    is_page.then(|| items.unwrap_or_default())
}

/// A session with its messages; `None` if the reply has no session at all.
pub(crate) fn session_detail(raw: raw::GetChatSessionResponse) -> Option<ChatSessionDetail> {
    let raw::GetChatSessionResponse {
        context_summary,
        current_search_result_ids,
        messages,
        selected_image_ids,
        selected_video_ids,
        session: summary,
    } = raw;
    let session = session(summary?);
    let messages = messages.into_iter().flatten().map(message).collect();
    Some(ChatSessionDetail {
        messages: in_order(messages),
        selected_image_ids: ids(selected_image_ids, ImageId::new),
        selected_video_ids: ids(selected_video_ids, VideoId::new),
        current_search_result_ids,
        // One of the published examples puts the summary inside the session.
        context_summary: context_summary.or_else(|| session.context_summary.clone()),
        session,
    })
}

fn message(raw: raw::ChatMessageResponse) -> ChatMessage {
    let raw::ChatMessageResponse {
        content,
        created_at,
        id,
        image_context,
        metadata,
        processing_time_ms,
        result_refs,
        role,
        token_count,
    } = raw;
    let metadata = counts::joined(metadata, result_refs).map(Value::Object);
    let mut images = image_context.as_ref().map(images_in).unwrap_or_default();
    if images.is_empty() {
        images = images_of_metadata(metadata.as_ref());
    }
    ChatMessage {
        id: MessageId::from(id),
        role: Role::from(role.unwrap_or_default()),
        content: content.unwrap_or_default(),
        token_count,
        processing_time_ms,
        created_at: date("created_at", created_at),
        images,
        image_context,
        metadata,
    }
}

pub(crate) fn closed_session(raw: raw::CloseChatSessionResponse) -> ClosedSession {
    let raw::CloseChatSessionResponse {
        closed_at,
        session_id,
        total_messages,
        total_tokens,
    } = raw;
    ClosedSession {
        session_id: SessionId::new(session_id),
        closed_at: date("closed_at", closed_at),
        total_messages,
        total_tokens,
    }
}

pub(crate) fn renamed_session(raw: raw::RenameChatSessionResponse) -> RenamedSession {
    let raw::RenameChatSessionResponse {
        session_id,
        title,
        updated_at,
    } = raw;
    RenamedSession {
        session_id: SessionId::new(session_id),
        title: title.unwrap_or_default(),
        updated_at: date("updated_at", updated_at),
    }
}

pub(crate) fn response(raw: raw::SendMessageResponse, session_id: SessionId) -> ChatResponse {
    let raw::SendMessageResponse {
        content,
        images,
        message_id,
        metadata,
        model,
        processing_time_ms,
        provider,
        remaining_messages,
        remaining_tokens,
        result_refs,
        token_count,
    } = raw;
    let metadata = counts::joined(metadata, result_refs).map(Value::Object);
    let images = images.into_iter().flatten();
    let mut images: Vec<_> = images.filter_map(message_image).collect();
    if images.is_empty() {
        images = images_of_metadata(metadata.as_ref());
    }
    ChatResponse {
        message_id: MessageId::from(message_id),
        session_id,
        content: content.unwrap_or_default(),
        token_count,
        processing_time_ms,
        provider,
        model,
        images,
        metadata,
        remaining_tokens,
        remaining_messages,
        resolved: None,
    }
}

/// An image that a message refers to; `None` if it names no image.
fn message_image(raw: raw::MessageImageInfo) -> Option<ImageReference> {
    let raw::MessageImageInfo {
        confidence,
        description,
        filename,
        image_id,
        stored_url,
        thumbnail_url,
        title,
    } = raw;
    Some(ImageReference {
        image_id: image_id?,
        filename,
        description,
        confidence,
        title,
        thumbnail_url,
        stored_url,
        ..ImageReference::default()
    })
}

pub(crate) fn updated_images(raw: raw::UpdateImagesResponse) -> UpdatedImages {
    let raw::UpdateImagesResponse {
        context_summary,
        estimated_tokens,
        selected_image_ids,
        selected_video_ids,
        session_id,
    } = raw;
    UpdatedImages {
        session_id: SessionId::new(session_id),
        selected_image_ids: ids(selected_image_ids, ImageId::new),
        selected_video_ids: ids(selected_video_ids, VideoId::new),
        context_summary,
        estimated_tokens,
    }
}

pub(crate) fn updated_documents(raw: raw::UpdateDocumentsResponse) -> UpdatedDocuments {
    let raw::UpdateDocumentsResponse {
        document_count,
        selected_document_ids,
        session_id,
    } = raw;
    UpdatedDocuments {
        session_id: SessionId::new(session_id),
        selected_document_ids: ids(selected_document_ids, DocumentId::new),
        document_count,
    }
}

pub(crate) fn updated_videos(raw: raw::UpdateVideosResponse) -> UpdatedVideos {
    let raw::UpdateVideosResponse {
        selected_video_ids,
        session_id,
        video_count,
    } = raw;
    UpdatedVideos {
        session_id: SessionId::new(session_id),
        selected_video_ids: ids(selected_video_ids, VideoId::new),
        video_count,
    }
}

pub(crate) fn updated_mode(raw: raw::UpdateSessionModeResponse) -> UpdatedMode {
    let raw::UpdateSessionModeResponse {
        selected_image_count,
        session_id,
        updated_at,
        use_all_images,
    } = raw;
    UpdatedMode {
        session_id: SessionId::new(session_id),
        use_all_images,
        selected_image_count,
        updated_at: date("updated_at", updated_at),
    }
}

pub(crate) fn plan_action(raw: raw::PlanActionResponse, action: &str) -> PlanActionResponse {
    let raw::PlanActionResponse {
        action_taken,
        agent_results,
        message,
        pending_actions,
        plan_id,
        results,
        success,
    } = raw;
    let objects = |list: Option<Vec<serde_json::Map<String, Value>>>| {
        list.map(|list| list.into_iter().map(Value::Object).collect())
    };
    PlanActionResponse {
        // A 200 is a success unless the body says otherwise.
        success: success.unwrap_or(true),
        plan_id: PlanId::from_wire(&plan_id),
        message: message.unwrap_or_default(),
        action_taken: action_taken.unwrap_or_else(|| action.to_owned()),
        results,
        agent_results: objects(agent_results),
        pending_actions: objects(pending_actions),
        status: None,
    }
}

/// The value for a 202, whose body the contract does not describe.
pub(crate) fn plan_accepted(plan_id: PlanId, action: &str) -> PlanActionResponse {
    let message = match action {
        "approve" => "the plan runs in the background",
        _ => "the service accepted the request and will carry it out in the background",
    };
    PlanActionResponse {
        success: true,
        plan_id,
        message: message.to_owned(),
        action_taken: action.to_owned(),
        results: None,
        agent_results: None,
        pending_actions: None,
        status: Some(ACCEPTED.to_owned()),
    }
}

/// A page of images; `None` if the reply is no page at all.
pub(crate) fn image_list(
    raw: raw::GetAllUserImagesResponse,
    asked: Asked,
) -> Option<ChatImageList> {
    let raw::GetAllUserImagesResponse {
        has_more,
        image_ids,
        total_count,
    } = raw;
    let image_ids = listed("image_ids", image_ids, total_count, has_more)?;
    let image_ids = ids(Some(image_ids), ImageId::new);
    let (total_count, has_more) = asked.complete(image_ids.len(), total_count, has_more);
    Some(ChatImageList {
        image_ids,
        total_count,
        has_more,
    })
}

/// A page of search results; `None` if the reply is no page at all.
pub(crate) fn search_results(
    raw: raw::SearchImagesResponse,
    asked: Asked,
) -> Option<ImageSearchResults> {
    let raw::SearchImagesResponse {
        query_interpretation,
        results,
        total_count,
    } = raw;
    let results = listed("results", results, total_count, None)?;
    let items: Vec<_> = results.into_iter().map(search_result).collect();
    let (total, has_more) = asked.complete(items.len(), total_count, None);
    Some(ImageSearchResults {
        items,
        total,
        query_interpretation: query_interpretation.unwrap_or_default(),
        has_more,
    })
}

pub(crate) fn search_result(raw: raw::ImageSearchResultResponse) -> ImageReference {
    let raw::ImageSearchResultResponse {
        confidence,
        created_at,
        description,
        full_url,
        image_id,
        medium_url,
        relevance_score,
        thumbnail_url,
    } = raw;
    ImageReference {
        image_id,
        description,
        confidence,
        thumbnail_url,
        medium_url,
        full_url,
        relevance_score,
        created_at: date("created_at", created_at),
        ..ImageReference::default()
    }
}

fn ids<T>(ids: Option<Vec<uuid::Uuid>>, make: fn(uuid::Uuid) -> T) -> Vec<T> {
    ids.into_iter().flatten().map(make).collect()
}
