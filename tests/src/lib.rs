//! What the tests across the crates share: a server that plays a script, a
//! clock that does not make them wait, and a log that can be read.

mod clock;
pub mod log;
pub mod scripted;

pub use clock::TestClock;
pub use scripted::{Piece, Reply, ScriptedServer, SeenRequest};

/// A key of the documented form.
pub const KEY: &str = "aion_canary_0123456789abcdef";

/// A client of a scripted server: its waits are noted, not slept.
pub fn client_of(server: &ScriptedServer) -> (chats::ClientBuilder, TestClock) {
    let clock = TestClock::new();
    let builder = chats::Client::builder()
        .api_key(KEY)
        .base_url(server.base_url())
        .clock(clock.clone());
    (builder, clock)
}

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
