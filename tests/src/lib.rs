//! What the tests across the crates share: a server that plays a script, a clock
//! that nobody waits for, a log that can be read, a proxy with faults, the commands
//! that the documents name, and the long trials ([`soak`]) whose short forms are
//! tests.

mod clock;
pub mod connect_proxy;
pub mod documents;
pub mod log;
pub mod proxy;
pub mod scripted;
pub mod secure_server;
pub mod soak;

use std::pin::Pin;

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

/// Runs an example against an embedded server with the sample library. A call can
/// ask for a fault with the header `X-Chats-Fault`.
pub fn embedded<'a>(body: impl AsyncFnOnce(chats::Client) -> chats::Result<()> + 'a) {
    run_embedded(boxed(body));
}

fn run_embedded(body: Example<'_>) {
    block_on(Box::pin(async {
        let server = chats_server::Server::builder().test_mode(true).start();
        let server = server.await.expect("an embedded server");
        let client = chats::Client::builder()
            .base_url(server.base_url())
            .api_key(server.api_key())
            .build()
            .expect("a client");
        body(client.clone()).await.expect("the example succeeds");
        client.shutdown().await;
        server.shutdown().await;
    }));
}

/// Runs an example whose only request gets this reply.
pub fn replying<'a>(reply: Reply, body: impl AsyncFnOnce(chats::Client) -> chats::Result<()> + 'a) {
    run_replying(reply, boxed(body));
}

fn run_replying(reply: Reply, body: Example<'_>) {
    block_on(Box::pin(async {
        let server = ScriptedServer::replies([reply]).await;
        let client = client_of(&server).0.max_retries(0).build();
        body(client.expect("a client"))
            .await
            .expect("the example succeeds");
    }));
}

/// The body of an example. Its type is hidden, or else the compiler would write the
/// runtime once for each of hundreds of examples.
type Example<'a> = Box<dyn FnOnce(chats::Client) -> BoxedFuture<'a, chats::Result<()>> + 'a>;

type BoxedFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

fn boxed<'a>(body: impl AsyncFnOnce(chats::Client) -> chats::Result<()> + 'a) -> Example<'a> {
    Box::new(|client| Box::pin(async { body(client).await }))
}

fn block_on(work: BoxedFuture<'_, ()>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(work);
}

/// As [`embedded`], for the blocking client on this thread.
pub fn embedded_blocking(body: impl FnOnce(chats::blocking::Client) -> chats::Result<()>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let server = chats_server::Server::builder().test_mode(true).start();
    let server = runtime.block_on(server);
    let server = server.expect("an embedded server");
    let client = chats::blocking::Client::builder()
        .base_url(server.base_url())
        .api_key(server.api_key())
        .build()
        .expect("a client");
    body(client).expect("the example succeeds");
    runtime.block_on(server.shutdown());
}

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
