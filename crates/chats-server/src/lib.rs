//! A reference server of the Aionvision chat contract: offline development and tests, embedded or as a program.

mod answer;
mod app;
mod clock;
mod conversation;
mod export;
mod fault;
mod http;
mod library;
mod limits;
mod people;
mod present;
mod recorder;
mod server;
mod store;
mod stream;
mod validation;

pub use answer::{
    Answer, AnswerError, Answerer, Answering, Findings, Librarian, Plan, PlanStep, Progress, Prose,
    Question, Reply, ResultRef, Scope, Turn,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use fault::{Fault, FaultRule, Faults, LineEnding, Refusal, RefusalBody, RetryAfter};
pub use http::Operation;
pub use library::{
    Filters, Hit, Interpretation, Item, ItemKind, Library, LibraryError, LibraryProblem, Page,
    Search,
};
pub use recorder::RecordedRequest;
pub use server::{Server, ServerBuilder, StartError};
