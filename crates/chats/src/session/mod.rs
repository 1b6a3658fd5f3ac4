//! Sessions that close themselves.
//!
//! A session is closed by an explicit [`close`](ChatSessionContext::close), at the end of
//! the closure given to [`SessionBuilder::with`], or by a background task when its
//! context is dropped; see [`closer`].

mod builder;
mod close;
mod closer;
mod context;

pub use builder::SessionBuilder;
#[cfg(feature = "blocking")]
pub(crate) use builder::settle;
pub(crate) use closer::OpenSessions;
pub use context::ChatSessionContext;
