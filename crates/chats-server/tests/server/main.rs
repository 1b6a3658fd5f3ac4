//! The server from outside, over its wire, by subject. What needs no wire is
//! tested beside the code.

#![allow(missing_docs)]

mod client;
mod contract;
mod durability;
mod export;
mod faults;
mod library;
mod limits;
mod messages;
mod plans;
mod program;
mod security;
mod sessions;
mod streams;
mod validation;
