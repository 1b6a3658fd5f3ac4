//! How calls are driven: awaited, or waited for on a plain thread.
//!
//! Builders carry their driver as a type, so that one definition of every call
//! and its options serves both.

use crate::call::operation::Running;
use crate::stream::ChatStream;

/// A way to drive calls: [`Async`], or
#[cfg_attr(feature = "blocking", doc = "[`Blocking`](crate::blocking::Blocking).")]
#[cfg_attr(
    not(feature = "blocking"),
    doc = "`Blocking` with the feature `blocking`."
)]
/// Sealed.
pub trait Driver: Drive {}

impl<D: Drive> Driver for D {}

/// The part of [`Driver`] that only this crate sees.
pub trait Drive: Clone + Send + Sync + 'static {
    /// What a streamed answer is here.
    type Stream: Send + 'static;

    #[doc(hidden)]
    fn stream(self, opening: Running<ChatStream>) -> Running<Self::Stream>;
}

/// Calls are futures.
#[derive(Clone, Copy, Debug)]
pub struct Async(pub(crate) ());

impl Drive for Async {
    type Stream = ChatStream;

    fn stream(self, opening: Running<ChatStream>) -> Running<ChatStream> {
        opening
    }
}
