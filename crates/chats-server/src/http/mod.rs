//! The HTTP layer: routes, checks that every request goes through, and one handler per
//! operation. It decides only what is about HTTP.

mod call;
mod error;
mod gate;
mod handlers;
mod intake;
mod operation;
mod router;

pub(crate) use call::Call;
pub(crate) use error::{ApiError, chat_body};
pub(crate) use intake::RequestId;
pub use operation::Operation;
pub(crate) use router::router;

/// Where the contract's paths begin.
pub(crate) const PREFIX: &str = "/api/v2";
