//! An OpenAPI document as JSON: reading it ([`load`]), its grammar
//! ([`grammar`]), where something in it stands ([`origin`]), and the stages that codegen and drift share ([`canon`],
//! [`select`], [`inline`], [`name`]). No knowledge of Rust code lives here.

pub mod canon;
pub mod grammar;
pub mod inline;
pub mod load;
pub mod name;
pub mod origin;
pub mod reference;
pub mod select;
mod strict;

pub use grammar::{METHODS, Place};
