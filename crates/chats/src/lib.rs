//! An SDK for the Aionvision chat service: conversations about your images and
//! documents, with streamed answers.
//!
//! ```no_run
//! use futures_util::TryStreamExt;
//!
//! # async fn run() -> chats::Result<()> {
//! let client = chats::Client::from_env()?;
//! let answer = client
//!     .chats()
//!     .session()
//!     .title("Poles")
//!     .with(async |session| {
//!         session.send("Find damaged poles").await?;
//!         let mut stream = session.send_stream("Which of these is leaning?").await?;
//!         while let Some(token) = stream.try_next().await? {
//!             if let Some(text) = token.content() {
//!                 print!("{text}");
//!             }
//!         }
//!         stream.finish().await
//!     })
//!     .await?;
//! # Ok(()) }
//! ```
//!
//! The [`guide`] has one page per task, with code that runs.
//!
//! # Runtime
//!
//! Calls run on a tokio runtime whose I/O and time drivers are enabled, which `#[tokio::main]`
//! does; building a client needs none. The feature `blocking` needs no runtime at all.
//!
//! # What to know
//!
//! - Every call is a builder and a lazy future: set options first, then `.await`.
//! - A message is never sent twice. If it is not known whether the service took it,
//!   the error says so: [`Error::outcome_unknown`].
//! - A stream that ends without `complete` is never a success.
//! - A session context closes its session, even if its body panics.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! | --- | --- | --- |
//! | `rustls` | yes | https with rustls, ring and the system's root certificates |
//! | `native-tls` | | https with the platform's own TLS |
//! | `http2` | yes | HTTP/2, if the service offers it |
//! | `gzip` | yes | compressed replies |
//! | `blocking` | | the same client for plain threads, streams included |
//! | `dotenv` | | settings from a `.env` file |
//! | `opentelemetry` | | requests carry the active span of `opentelemetry` 0.33 as W3C trace context |
//! | `schemars` | | JSON Schemas of the public types, for `schemars` 1 |
//!
//! ## If your program uses `reqwest` itself
//!
//! Cargo builds `reqwest` 0.13 once for the whole program, with every feature that any
//! crate in it asks for. The feature `rustls` of `chats` enables reqwest's
//! `rustls-no-provider`: TLS with rustls, but without a cryptography provider. `chats`
//! gives a provider (ring) to its own clients only. For your own use of `reqwest`, this
//! means:
//!
//! - With reqwest's default features, or its feature `rustls` or `native-tls`, nothing changes.
//! - Without any of these (`default-features = false`), building a `reqwest::Client`
//!   **panics** with `No rustls crypto provider is configured`, even if it only speaks
//!   plain http. Install a provider at the start of the program:
//!   `rustls::crypto::ring::default_provider().install_default()`. `chats` clients do not
//!   need this provider, but use it if it is installed.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "blocking")]
#[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
pub mod blocking;
pub mod call;
pub mod client;
pub mod clock;
mod driver;
pub mod error;
#[cfg(any(doc, doctest))]
pub mod guide;
mod json;
pub mod limits;
mod live_drift;
pub mod operations;
pub mod pager;
pub mod references;
mod resource;
pub mod retry;
#[cfg(feature = "schemars")]
mod schema;
pub mod session;
pub mod stream;
mod transport;
pub mod types;

pub use call::{Call, Response};
pub use client::Client;
pub use clock::Clock;
pub use error::{
    Error, ErrorKind, FieldError, PendingPlan, Quota, RateLimit, Result, StreamProgress,
};
pub use pager::{Page, Pager, Pages};
pub use references::{Reference, ReferenceTarget, ResultRef, parse_references, resolve_content};
pub use resource::ChatResource;
pub use retry::CircuitBreaker;
pub use session::{ChatSessionContext, SessionBuilder};
pub use stream::{ChatStream, ChatToken, ChatTokenType, TextDeltas};
pub use types::{
    ChatImageList, ChatMessage, ChatResponse, ChatSession, ChatSessionDetail, ClosedSession,
    DocumentId, Export, ExportFormat, ImageId, ImageReference, ImageSearchResults, MessageId,
    PlanActionResponse, PlanId, RenamedSession, Role, SessionId, SessionList, UpdatedDocuments,
    UpdatedImages, UpdatedMode, UpdatedVideos, VideoId,
};

/// Builds an async [`Client`]: a [`client::ClientBuilder`] whose calls are futures.
///
/// ```
/// let client = chats::ClientBuilder::default().api_key("aion_0123456789abcdefghij").build()?;
/// # Ok::<(), chats::Error>(())
/// ```
// An alias, so that `ClientBuilder::from_env()` knows which kind of client is meant.
pub type ClientBuilder = client::ClientBuilder;
