//! The values that calls return: hand-written, so that they read well and stay stable while
//! the contract changes.
//!
//! [`from_raw`] makes them from the generated types; [`timestamp`] reads dates.

mod export;
mod filename;
pub(crate) mod from_raw;
mod ids;
mod image;
mod into_iter;
mod message;
mod order;
mod plan;
mod selection;
mod session;
pub(crate) mod timestamp;

pub use export::{Export, ExportFormat};
pub use ids::{DocumentId, ImageId, MessageId, PlanId, SessionId, VideoId};
pub use image::{ChatImageList, ImageReference, ImageSearchResults};
pub(crate) use image::{images_in, images_of_metadata};
pub use message::{ChatMessage, ChatResponse, Role};
pub(crate) use plan::ACCEPTED;
pub use plan::PlanActionResponse;
pub use selection::{UpdatedDocuments, UpdatedImages, UpdatedMode, UpdatedVideos};
pub use session::{ChatSession, ChatSessionDetail, ClosedSession, RenamedSession, SessionList};
