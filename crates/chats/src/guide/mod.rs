//! The guide: one page for each thing that people do with the service, with code
//! that runs.
//!
//! 1. [`sessions`]: open, use and close a conversation
//! 2. [`streaming`]: answers as they are made
//! 3. [`plans`]: work that waits for a decision
//! 4. [`references`]: what an answer points at
//! 5. [`paging`]: long lists
//! 6. [`errors`]: what failed, and what may be tried again
//! 7. [`timeouts`]: every clock that runs
//! 8. [`observability`]: spans, ids, traces
//! 9. [`testing`]: your own code against an embedded server
//! 10. [`blocking`]: the same calls from plain threads
//! 11. [`upgrading`]: when the contract moves
//! 12. [`from_python`]: every method of the Python SDK side by side
//!
//! This module holds text alone.

macro_rules! pages {
    ($($name:ident)*) => {$(
        pub mod $name {
            #![doc = include_str!(concat!(stringify!($name), ".md"))]
        }
    )*};
}

pages! {
    sessions streaming plans references paging errors timeouts observability
    testing blocking upgrading from_python
}
