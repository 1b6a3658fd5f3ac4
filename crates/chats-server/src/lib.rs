//! A reference server of the Aionvision chat contract: offline development and
//! tests, embedded or as a program.
//!
//! [`Server::builder`] starts one on a free loopback port, with a random key, an
//! empty database in memory and a sample library of drawings. All of that can be
//! changed: a library of your own ([`ServerBuilder::library`]), a file that everything is
//! stored in, several people, limits, a clock that tests move by hand, and failures on
//! purpose ([`Fault`]). Messages are answered by an [`Answerer`]; the default finds what is
//! in the library.
//!
//! This file only names the parts; each says what lives in it.

mod answer;
mod clock;
mod conversation;
mod direction;
mod export;
mod fault;
mod http;
mod keys;
mod library;
mod limits;
mod recorder;
mod server;
mod state;
mod store;
mod stream;
mod validation;
mod wire;
mod wording;

/// The README's example compiles and runs like every other.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use answer::{
    Answer, AnswerError, Answerer, Answering, Findings, Librarian, PastMessage, Plan, PlanStep,
    Progress, Prose, Question, Reply, ResultRef, Role, Scope,
};
pub use clock::{Clock, ManualClock, SystemClock};
#[doc(hidden)] // For the program, which escapes what it prints.
pub use direction::turns_writing;
pub use fault::{Fault, FaultRule, Faults, LineEnding, Refusal, RefusalBody, RetryAfter};
pub use http::Operation;
pub use library::{
    Filters, Hit, Interpretation, Item, ItemKind, Library, LibraryError, LibraryProblem, Page,
    Search,
};
pub use recorder::RecordedRequest;
pub use server::{Server, ServerBuilder, StartError};
