//! What changing a session's selections or mode gives.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{DocumentId, ImageId, SessionId, VideoId};

/// The image selection now in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdatedImages {
    /// The session.
    pub session_id: SessionId,
    /// The selected images.
    #[serde(default)]
    pub selected_image_ids: Vec<ImageId>,
    /// The selected videos.
    #[serde(default)]
    pub selected_video_ids: Vec<VideoId>,
    /// What the agent remembers of the selection, in prose.
    #[serde(default)]
    pub context_summary: Option<String>,
    /// What the selection will cost in tokens, roughly.
    #[serde(default)]
    pub estimated_tokens: Option<i64>,
}

/// The document selection now in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdatedDocuments {
    /// The session.
    pub session_id: SessionId,
    /// The selected documents.
    #[serde(default)]
    pub selected_document_ids: Vec<DocumentId>,
    /// How many are selected.
    #[serde(default)]
    pub document_count: Option<i64>,
}

/// The video selection now in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdatedVideos {
    /// The session.
    pub session_id: SessionId,
    /// The selected videos.
    #[serde(default)]
    pub selected_video_ids: Vec<VideoId>,
    /// How many are selected.
    #[serde(default)]
    pub video_count: Option<i64>,
}

/// The mode now in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct UpdatedMode {
    /// The session.
    pub session_id: SessionId,
    /// Whether answers draw on the whole image library.
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
