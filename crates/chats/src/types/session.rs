//! Sessions and what changing them gives.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ChatMessage, ImageId, SessionId, VideoId};

/// A conversation.
///
/// Creating one tells its id, title and date alone; everything else is `None`
/// until it is listed or read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ChatSession {
    /// The session.
    pub id: SessionId,
    /// Its name.
    pub title: String,
    /// Messages stored so far, of every role.
    #[serde(default)]
    pub total_messages: Option<i64>,
    /// Tokens used so far.
    #[serde(default)]
    pub total_tokens: Option<i64>,
    /// Tokens left before the session's quota is used up.
    #[serde(default)]
    pub remaining_tokens: Option<i64>,
    /// Messages left before the session's quota is used up.
    #[serde(default)]
    pub remaining_messages: Option<i64>,
    /// False once the session is closed.
    #[serde(default)]
    pub is_active: Option<bool>,
    /// Whether answers draw on the whole image library.
    #[serde(default)]
    pub use_all_images: Option<bool>,
    /// When it was created.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub updated_at: Option<Timestamp>,
    /// When its newest message was stored.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub last_message_at: Option<Timestamp>,
    /// The beginning of the newest message.
    #[serde(default)]
    pub last_message_preview: Option<String>,
    /// The newest message of the person.
    #[serde(default)]
    pub last_user_message: Option<String>,
    /// How many images are selected.
    #[serde(default)]
    pub selected_image_count: Option<i64>,
    /// What the agent remembers of the selection, in prose.
    #[serde(default)]
    pub context_summary: Option<String>,
}

/// One page of sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SessionList {
    /// The sessions of this page.
    pub items: Vec<ChatSession>,
    /// How many sessions match in all. Where the service does not tell, what is
    /// known to exist.
    pub total: i64,
    /// Whether a further page exists.
    pub has_more: bool,
}

/// A session with its messages and selections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ChatSessionDetail {
    /// The session itself.
    pub session: ChatSession,
    /// Its messages, oldest first; empty when they were not asked for.
    #[serde(default)]
    pub messages: Vec<ChatMessage>,
    /// The selected images.
    #[serde(default)]
    pub selected_image_ids: Vec<ImageId>,
    /// The selected videos.
    #[serde(default)]
    pub selected_video_ids: Vec<VideoId>,
    /// What the session's latest search found; ids that are not promised to be
    /// UUIDs.
    #[serde(default)]
    pub current_search_result_ids: Option<Vec<String>>,
    /// What the agent remembers of the selection, in prose.
    #[serde(default)]
    pub context_summary: Option<String>,
}

/// A session that was just closed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ClosedSession {
    /// The session.
    pub session_id: SessionId,
    /// When it was closed.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub closed_at: Option<Timestamp>,
    /// Messages stored over its life.
    #[serde(default)]
    pub total_messages: Option<i64>,
    /// Tokens used over its life.
    #[serde(default)]
    pub total_tokens: Option<i64>,
}

impl ClosedSession {
    /// It is closed, and that is all that was told.
    pub(crate) fn without_details(session_id: SessionId) -> Self {
        Self {
            session_id,
            closed_at: None,
            total_messages: None,
            total_tokens: None,
        }
    }
}

/// A session that was just renamed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RenamedSession {
    /// The session.
    pub session_id: SessionId,
    /// Its name now.
    pub title: String,
    /// When it was renamed.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub updated_at: Option<Timestamp>,
}
