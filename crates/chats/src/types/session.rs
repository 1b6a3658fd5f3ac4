//! Sessions, and the results of changing them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ChatMessage, ImageId, SessionId, VideoId};

/// A conversation.
///
/// [`create_session`](crate::ChatResource::create_session) returns only its id, title and
/// date; [`get_session`](crate::ChatResource::get_session) and
/// [`list_sessions`](crate::ChatResource::list_sessions) fill in the rest. A field that the
/// service leaves out is `None`, except that they fill in
/// [`use_all_images`](Self::use_all_images).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct ChatSession {
    /// The session's id.
    pub id: SessionId,
    /// The session's title; empty if the service sent none.
    pub title: String,
    /// How many messages the session has, of every role.
    #[serde(default)]
    pub total_messages: Option<i64>,
    /// How many tokens the session has used.
    #[serde(default)]
    pub total_tokens: Option<i64>,
    /// How many tokens are left of the session's quota.
    #[serde(default)]
    pub remaining_tokens: Option<i64>,
    /// How many messages are left of the session's quota.
    #[serde(default)]
    pub remaining_messages: Option<i64>,
    /// Whether the session is open.
    #[serde(default)]
    pub is_active: Option<bool>,
    /// Whether answers draw on the whole library; if not, only on the selected images.
    /// If a session that is read or listed does not say: true, the contract's default.
    #[serde(default)]
    pub use_all_images: Option<bool>,
    /// When the session was created.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub created_at: Option<Timestamp>,
    /// When the session last changed.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub updated_at: Option<Timestamp>,
    /// When the newest message was stored.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub last_message_at: Option<Timestamp>,
    /// The beginning of the newest message.
    #[serde(default)]
    pub last_message_preview: Option<String>,
    /// The newest message of the user.
    #[serde(default)]
    pub last_user_message: Option<String>,
    /// How many images are selected.
    #[serde(default)]
    pub selected_image_count: Option<i64>,
    /// The agent's summary of the selection, as text.
    #[serde(default)]
    pub context_summary: Option<String>,
}

/// One page of sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct SessionList {
    /// The sessions of this page.
    pub items: Vec<ChatSession>,
    /// How many sessions match in all. If the service does not say: `offset` plus the
    /// sessions of this page.
    pub total: i64,
    /// Whether another page is expected.
    pub has_more: bool,
}

/// A session with its messages and selections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct ChatSessionDetail {
    /// The session, without its messages.
    pub session: ChatSession,
    /// The messages, oldest first; empty with `include_messages(false)`.
    #[serde(default)]
    pub messages: Vec<ChatMessage>,
    /// The ids of the selected images.
    #[serde(default)]
    pub selected_image_ids: Vec<ImageId>,
    /// The ids of the selected videos.
    #[serde(default)]
    pub selected_video_ids: Vec<VideoId>,
    /// The ids of what the agent's latest search found. The contract does not promise that
    /// they are UUIDs.
    #[serde(default)]
    pub current_search_result_ids: Option<Vec<String>>,
    /// The agent's summary of the selection, as text.
    #[serde(default)]
    pub context_summary: Option<String>,
}

/// A session that was closed. If it no longer existed, only its id is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct ClosedSession {
    /// The session's id.
    pub session_id: SessionId,
    /// When the session was closed.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub closed_at: Option<Timestamp>,
    /// How many messages the session has, of every role.
    #[serde(default)]
    pub total_messages: Option<i64>,
    /// How many tokens the session has used.
    #[serde(default)]
    pub total_tokens: Option<i64>,
}

impl ClosedSession {
    /// A closed session of which nothing else is known.
    pub(crate) fn without_details(session_id: SessionId) -> Self {
        Self {
            session_id,
            closed_at: None,
            total_messages: None,
            total_tokens: None,
        }
    }
}

/// A session that was renamed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct RenamedSession {
    /// The session's id.
    pub session_id: SessionId,
    /// The new title; empty if the service sent none.
    pub title: String,
    /// When the session was renamed.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub updated_at: Option<Timestamp>,
}
