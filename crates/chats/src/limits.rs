//! The bounds of the service, as its contract states them.
//!
//! The calls check them before anything is sent, with
//! [`Validation`](crate::ErrorKind::Validation) if one is not kept. Use these numbers to check
//! input earlier, such as while somebody is still typing. Characters are counted as Unicode
//! code points.
//!
//! ```
//! let draft = "Find damaged poles";
//! let left = chats::limits::MAX_MESSAGE_CHARS - draft.chars().count();
//! println!("{left} characters left");
//! ```

/// The longest message, in characters; an empty one is not sent.
pub const MAX_MESSAGE_CHARS: usize = 10_000;

/// The longest title of a session, in characters.
pub const MAX_TITLE_CHARS: usize = 255;

/// The longest query of an image search, in characters; an empty one is not sent.
pub const MAX_QUERY_CHARS: usize = 500;

/// The longest text that sessions are searched for, in characters.
pub const MAX_SEARCH_CHARS: usize = 200;

/// The most images that a session may have selected.
pub const MAX_IMAGES: usize = 1000;

/// The most documents that a session may have selected.
pub const MAX_DOCUMENTS: usize = 100;

/// The most videos that a session may have selected.
pub const MAX_VIDEOS: usize = 100;

/// The most messages that are returned with a session.
pub const MAX_MESSAGES: u32 = 1000;

/// The most sessions on a page.
pub const MAX_SESSIONS_PER_PAGE: u32 = 100;

/// The most search results on a page.
pub const MAX_RESULTS_PER_PAGE: u32 = 100;

/// The most image ids on a page.
pub const MAX_IMAGE_IDS_PER_PAGE: u32 = 5000;
