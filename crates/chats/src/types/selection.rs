//! The results of changing a session's selections or mode.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DocumentId, ImageId, SessionId, VideoId};

/// The image selection after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct UpdatedImages {
    /// The session's id.
    pub session_id: SessionId,
    /// The ids of the selected images.
    #[serde(default)]
    pub selected_image_ids: Vec<ImageId>,
    /// The ids of the selected videos.
    #[serde(default)]
    pub selected_video_ids: Vec<VideoId>,
    /// The agent's summary of the selection, as text.
    #[serde(default)]
    pub context_summary: Option<String>,
    /// Roughly how many tokens the selection will take.
    #[serde(default)]
    pub estimated_tokens: Option<i64>,
}

/// The document selection after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct UpdatedDocuments {
    /// The session's id.
    pub session_id: SessionId,
    /// The ids of the selected documents.
    #[serde(default)]
    pub selected_document_ids: Vec<DocumentId>,
    /// How many documents are selected.
    #[serde(default)]
    pub document_count: Option<i64>,
}

/// The video selection after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct UpdatedVideos {
    /// The session's id.
    pub session_id: SessionId,
    /// The ids of the selected videos.
    #[serde(default)]
    pub selected_video_ids: Vec<VideoId>,
    /// How many videos are selected.
    #[serde(default)]
    pub video_count: Option<i64>,
}

/// The mode after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::prose))]
#[non_exhaustive]
pub struct UpdatedMode {
    /// The session's id.
    pub session_id: SessionId,
    /// Whether answers draw on the whole library; if not, only on the selected images.
    #[serde(default)]
    pub use_all_images: Option<bool>,
    /// How many images are selected.
    #[serde(default)]
    pub selected_image_count: Option<i64>,
    /// When the mode changed.
    #[serde(default, deserialize_with = "super::timestamp::deserialize")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<String>"))]
    pub updated_at: Option<Timestamp>,
}
