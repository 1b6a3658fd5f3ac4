//! Sessions that close themselves.
//!
//! Three layers see to it: an explicit [`close`](ChatSessionContext::close), the
//! closure of [`SessionBuilder::with`], and a task that waits for the context to
//! be dropped; see [`closer`].

mod builder;
mod close;
mod closer;
mod context;

pub use builder::SessionBuilder;
#[cfg(feature = "blocking")]
pub(crate) use builder::settle;
pub(crate) use closer::OpenSessions;
pub use context::ChatSessionContext;
