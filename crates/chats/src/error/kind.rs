//! The categories of failure that a program branches on.

use std::fmt;

/// What went wrong, as a category to branch on.
///
/// | kind | comes from |
/// | --- | --- |
/// | `Config` | a setting that cannot work; nothing was sent |
/// | `Authentication` | 401, an `auth_error` event |
/// | `Permission` | 403 |
/// | `NotFound` | 404 |
/// | `Validation` | 400, 422 and other refusals; an argument that is out of bounds, found before anything was sent |
/// | `Conflict` | 409 |
/// | `RateLimit` | 429 |
/// | `QuotaExceeded` | 402, and quota codes with any status |
/// | `Server` | 5xx |
/// | `Timeout` | 408; a call, an attempt or a wait that took too long |
/// | `Connection` | no reply: refused, reset, TLS, proxy, connecting took too long; or a redirect that is not followed |
/// | `CircuitOpen` | the client's circuit breaker; nothing was sent |
/// | `Chat` | an `error` event, a plan that waits for approval |
/// | `Stream` | a stream that broke, or that its clocks ended, and that could not be recovered |
/// | `Truncated` | a stream that ended cleanly, but without `complete` |
/// | `Decode` | a reply that is not what the contract says |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting that cannot work; nothing was sent.
    Config,
    /// The key is missing, unknown or expired.
    Authentication,
    /// The key may not do this.
    Permission,
    /// There is no such session, plan or route.
    NotFound,
    /// The request was refused as it stands.
    Validation,
    /// Another request is at work on the same thing.
    Conflict,
    /// Too many requests in this minute.
    RateLimit,
    /// A quota of the account or the session is used up.
    QuotaExceeded,
    /// The service failed.
    Server,
    /// The call took too long. Connecting that takes too long is a
    /// [`Connection`](Self::Connection) failure, since nothing was sent; a stream that
    /// stays silent is a [`Stream`](Self::Stream) failure, since its answer had begun.
    Timeout,
    /// No reply came, or no connection came about in time.
    Connection,
    /// The circuit breaker refused to send.
    CircuitOpen,
    /// The agent failed or waits for an approval.
    Chat,
    /// A stream broke or fell silent, and was not recovered.
    Stream,
    /// A stream ended without its `complete` event.
    Truncated,
    /// A reply could not be read.
    Decode,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Config => "config",
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::NotFound => "not found",
            Self::Validation => "validation",
            Self::Conflict => "conflict",
            Self::RateLimit => "rate limit",
            Self::QuotaExceeded => "quota exceeded",
            Self::Server => "server",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::CircuitOpen => "circuit open",
            Self::Chat => "chat",
            Self::Stream => "stream",
            Self::Truncated => "truncated",
            Self::Decode => "decode",
        })
    }
}
