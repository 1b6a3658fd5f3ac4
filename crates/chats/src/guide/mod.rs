//! The guide: one page per task, with code that runs.
//!
//! 1. [`configuration`]: keys, variables, proxies, TLS
//! 2. [`sessions`]: open, use and close a conversation
//! 3. [`streaming`]: answers as they are made
//! 4. [`plans`]: work that waits for a decision
//! 5. [`references`]: what an answer points to
//! 6. [`images`]: find, list and select images
//! 7. [`exports`]: a conversation as a file
//! 8. [`paging`]: long lists
//! 9. [`errors`]: what failed, and what can be retried
//! 10. [`timeouts`]: every time limit, and what happens when it runs out
//! 11. [`observability`]: spans, ids, traces
//! 12. [`testing`]: your own code against an embedded server
//! 13. [`blocking`]: the same calls from plain threads
//! 14. [`upgrading`]: when the contract changes
//! 15. [`from_python`]: every method of the Python SDK side by side
//!
//! This module holds only text.

macro_rules! pages {
    ($($name:ident)*) => {$(
        pub mod $name {
            #![doc = include_str!(concat!(stringify!($name), ".md"))]
        }
    )*};
}

pages! {
    configuration sessions streaming plans references images exports paging errors
    timeouts observability testing blocking upgrading from_python
}
