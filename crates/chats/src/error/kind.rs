//! The categories of failure that a program can branch on.

use std::fmt;

use serde::{Serialize, Serializer};

/// What went wrong, as a category to branch on.
///
/// | kind | comes from |
/// | --- | --- |
/// | `Config` | a setting that is not valid; nothing was sent |
/// | `Authentication` | 401, an `auth_error` event |
/// | `Permission` | 403 |
/// | `NotFound` | 404 |
/// | `Validation` | 400, 422 and other 4xx; an argument that is out of bounds, in which case nothing was sent |
/// | `Conflict` | 409 |
/// | `RateLimit` | 429 |
/// | `QuotaExceeded` | 402, and quota codes with any status |
/// | `Server` | 5xx |
/// | `Timeout` | 408; no reply or answer in time |
/// | `Connection` | no reply: refused, reset, TLS, proxy, a connection that was not made in time; or a redirect that is not followed |
/// | `CircuitOpen` | the client's circuit breaker; nothing was sent |
/// | `Chat` | an `error` event whose code names no other kind, a plan that waits for approval |
/// | `Stream` | a stream that broke or fell silent, and whose answer was not found |
/// | `Truncated` | a stream that ended cleanly, but without `complete` |
/// | `Decode` | a reply that does not match the contract, or is too large |
///
/// ```
/// # contract_tests::embedded(async |client| {
/// use chats::ErrorKind;
///
/// let unknown: chats::SessionId = "00000000-0000-0000-0000-000000000001".parse()?;
/// match client.chats().get_session(unknown).await {
///     Ok(detail) => println!("{}", detail.session.title),
///     Err(error) => match error.kind() {
///         ErrorKind::NotFound => println!("it does not exist"),
///         ErrorKind::RateLimit => println!("wait for {:?}", error.retry_after()),
///         _ => return Err(error),
///     },
/// }
/// # Ok(()) });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting is missing or not valid. Nothing was sent.
    Config,
    /// The key is missing, unknown or expired.
    Authentication,
    /// The key does not allow this.
    Permission,
    /// There is no such session, plan or route.
    NotFound,
    /// The client or the service found that the request is not valid.
    Validation,
    /// The request conflicts with another one, or with what was done before.
    Conflict,
    /// Too many requests in this minute or, for a message, perhaps too many tokens.
    RateLimit,
    /// A quota of the account or the session is used up.
    QuotaExceeded,
    /// The service failed.
    Server,
    /// No reply came in time. If [`connect_timeout`](crate::ClientBuilder::connect_timeout)
    /// ran out, the kind is [`Connection`](Self::Connection), since nothing was sent; if a
    /// stream falls silent, it is [`Stream`](Self::Stream), since the answer had begun.
    Timeout,
    /// No connection was made, or it broke before the reply was complete, or what came is not
    /// HTTP, or is a redirect that is not followed.
    Connection,
    /// The circuit breaker is open. Nothing was sent.
    CircuitOpen,
    /// The agent failed, or waits for a plan to be approved.
    Chat,
    /// A stream broke or fell silent, and its answer was not found.
    Stream,
    /// A stream ended without its `complete` event.
    Truncated,
    /// A reply does not match the contract, or is too large.
    Decode,
}

impl ErrorKind {
    /// The name of the kind for programs, such as for a metric's label. The kind
    /// serialises to this name; `Display` writes the name with spaces.
    ///
    /// ```
    /// assert_eq!(chats::ErrorKind::RateLimit.as_str(), "rate_limit");
    /// assert_eq!(chats::ErrorKind::RateLimit.to_string(), "rate limit");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Authentication => "authentication",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::Validation => "validation",
            Self::Conflict => "conflict",
            Self::RateLimit => "rate_limit",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Server => "server",
            Self::Timeout => "timeout",
            Self::Connection => "connection",
            Self::CircuitOpen => "circuit_open",
            Self::Chat => "chat",
            Self::Stream => "stream",
            Self::Truncated => "truncated",
            Self::Decode => "decode",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().replace('_', " "))
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
