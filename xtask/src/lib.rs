//! Maintenance of the workspace as a library, so that every stage can be tested
//! on its own. `main.rs` only dispatches and prints.
//!
//! - [`document`] reads an OpenAPI document and knows its grammar; [`codegen`]
//!   turns one into `crates/chats-raw/src/generated.rs`; [`import`] brings changes
//!   of the publisher's document into ours.
//! - [`contract`] is what a document means, [`drift`] how two of them differ.
//!   [`mutate`] tests that with edits, [`trial`] with experiments.
//! - [`code`] reads our own Rust sources.
//! - [`ci`] runs the checks that a change must pass; [`mod@bench`] measures `chats`
//!   beside its peers; [`soak`] and [`fuzz`] start the long trials.
//! - [`command_line`] is what can be typed, [`failure`] what can go wrong,
//!   [`output`] what is printed, [`parallel`] shares work among threads,
//!   [`workspace`] says where this repository's files are.

pub mod bench;
pub mod ci;
pub mod code;
pub mod codegen;
pub mod command_line;
pub mod contract;
pub mod document;
pub mod drift;
pub mod failure;
pub mod fuzz;
pub mod import;
pub mod mutate;
pub mod output;
pub mod parallel;
pub mod soak;
pub mod trial;
pub mod workspace;

pub use failure::{Failure, Result};
