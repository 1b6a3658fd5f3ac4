//! The targets, each with what must hold beside: no panic, no hang.

pub mod documents;
pub mod markup;
pub mod replies;
pub mod sse;
pub mod tokens;
