//! Maintenance of the workspace as a library, so that every stage can be tested
//! on its own. `main.rs` only reads the command line and prints.
//!
//! What lives where: [`document`] reads an OpenAPI document and knows its
//! grammar; [`codegen`] turns one into `crates/chats-raw/src/generated.rs`;
//! [`contract`] is what a document means, [`drift`] how two of them differ, and
//! [`mutate`] tests that by editing contracts and [`trial`] by experiments; [`import`] takes the publisher's
//! document over;
//! [`code`] reads our own Rust sources; [`ci`] runs the checks that a change
//! must pass, [`mod@bench`] measures beside the peers,
//! [`soak`] and [`fuzz`] start the long trials; [`workspace`] knows where the files of this repository are, and
//! [`output`] speaks.

pub mod bench;
pub mod ci;
pub mod code;
pub mod codegen;
pub mod contract;
pub mod document;
pub mod drift;
pub mod failure;
pub mod fuzz;
pub mod import;
pub mod mutate;
pub mod output;
pub mod soak;
pub mod trial;
pub mod workspace;

pub use failure::{Failure, Result};
