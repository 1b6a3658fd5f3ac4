//! The command as a person and as a script use it: the built program, run against a
//! scripted service. One binary, since each one would build that service again.

mod chat;
mod commands;
#[cfg(unix)]
mod conversation;
mod help;
#[cfg(unix)]
mod interrupts;
mod local;
mod login;
#[cfg(unix)]
mod picture;
mod plans;
mod program;
#[cfg(unix)]
mod screen;
mod service;
#[cfg(unix)]
mod sizes;
