//! Sessions that close themselves.
//!
//! A session is closed by an explicit [`close`](ChatSessionContext::close), at the end of
//! the closure given to [`SessionBuilder::with`], or by a background task when its
//! context is dropped; see [`closer`].

mod builder;
mod close;
mod closer;
mod context;
mod open_sessions;

pub use builder::SessionBuilder;
#[cfg(feature = "blocking")]
pub(crate) use builder::settle;
pub use context::ChatSessionContext;
pub(crate) use open_sessions::OpenSessions;
