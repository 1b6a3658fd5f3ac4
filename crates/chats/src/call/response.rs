//! What a call returns: only its value, or the value with its response.

use bytes::Bytes;
use http::HeaderMap;

use crate::error::RateLimit;
use crate::transport::{CallId, Reply, ReplyMeta, reply_headers};

/// A call returns only its value.
#[derive(Clone, Copy, Debug)]
pub struct ValueOnly(());

/// A call returns its value in a [`Response`].
#[derive(Clone, Copy, Debug)]
pub struct WithResponse(());

/// What a call returns: [`ValueOnly`] or [`WithResponse`]. Sealed.
pub trait Mode: sealed::Present {}

impl Mode for ValueOnly {}
impl Mode for WithResponse {}

mod sealed {
    use crate::transport::Reply;

    pub trait Present: 'static {
        type Output<T>;

        #[doc(hidden)]
        fn present<T>(reply: Reply<T>) -> Self::Output<T>;
    }
}

impl sealed::Present for ValueOnly {
    type Output<T> = T;

    fn present<T>(reply: Reply<T>) -> T {
        reply.value
    }
}

impl sealed::Present for WithResponse {
    type Output<T> = Response<T>;

    fn present<T>(reply: Reply<T>) -> Response<T> {
        Response {
            value: reply.value,
            meta: reply.exchange.take_reply(),
        }
    }
}

/// A value and the response that it came in; made by
/// [`Call::with_response`](super::Call::with_response).
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    meta: ReplyMeta,
}

impl<T: std::fmt::Debug> std::fmt::Debug for Response<T> {
    /// Shows neither headers nor the body: they may hold what was sent.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("value", &self.value)
            .field("status", &self.meta.status)
            .field("request_id", &self.meta.request_id)
            .field("body_bytes", &self.meta.body.len())
            .finish_non_exhaustive()
    }
}

impl<T> Response<T> {
    /// The HTTP status code, such as 200.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let response = chats.create_session().with_response().await?;
    /// assert_eq!(response.status(), 200);
    /// # Ok(()) });
    /// ```
    pub fn status(&self) -> u16 {
        self.meta.status
    }

    /// The reply's headers.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let response = chats.list_sessions().with_response().await?;
    /// println!("{:?}", response.headers().get("content-type"));
    /// # Ok(()) });
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        &self.meta.headers
    }

    /// The request's id: the reply's `X-Request-ID`, else the one that was sent. Quote it
    /// when you report a problem to the service.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let response = chats.list_sessions().with_response().await?;
    /// assert!(response.request_id().is_some());
    /// # Ok(()) });
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.meta.request_id.as_ref().map(CallId::as_str)
    }

    /// The rate limit that the reply reports in its headers, if it does.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let response = chats.list_sessions().with_response().await?;
    /// if let Some(limit) = response.rate_limit() {
    ///     println!("{:?} of {:?} requests are left", limit.remaining, limit.limit);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn rate_limit(&self) -> Option<RateLimit> {
        reply_headers::rate_limit(&self.meta.headers)
    }

    /// The body as received, after decompression; empty for a stream.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let response = chats.list_sessions().with_response().await?;
    /// assert!(response.body_bytes().starts_with(b"{"));
    /// # Ok(()) });
    /// ```
    pub fn body_bytes(&self) -> &Bytes {
        &self.meta.body
    }

    /// The value.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let response = chats.create_session().title("Poles").with_response().await?;
    /// assert_eq!(response.get_ref().title, "Poles");
    /// # Ok(()) });
    /// ```
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// The value, taken out.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let response = chats.create_session().title("Poles").with_response().await?;
    /// let session: chats::ChatSession = response.into_inner();
    /// assert_eq!(session.title, "Poles");
    /// # Ok(()) });
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }
}
