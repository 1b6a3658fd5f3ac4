//! A conversation: takes a message to its stored answer, carries out plans, and encodes
//! events as SSE.

mod access;
mod carry_out;
mod outcome;
mod sse;
mod turn;

pub(crate) use access::{open_session, own_session};
pub(crate) use carry_out::{Approval, approve, cancel, recover_interrupted};
pub(crate) use outcome::{Answered, Outcome};
pub use sse::LineEnding;
pub(crate) use sse::{Encoder, Frame};
pub(crate) use turn::begin;
