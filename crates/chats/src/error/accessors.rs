//! The accessors of an error.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;

use super::classify::PLAN_APPROVAL_REQUIRED;
use super::{Error, ErrorKind, FieldError, PendingPlan, Quota, RateLimit, StreamProgress};
use crate::types::SessionId;

impl Error {
    /// Makes the error for a failed reply of the service. It has the kind, code, message,
    /// details, rate limit and so on that the client would read from that reply.
    ///
    /// Use it in tests of code that handles errors, and for replies that you received
    /// some other way. The error lacks what only a call can know, such as
    /// [`attempts`](Self::attempts) and [`outcome_unknown`](Self::outcome_unknown).
    ///
    /// ```
    /// use chats::{Error, ErrorKind};
    /// use http::HeaderMap;
    ///
    /// let body = r#"{"detail": "Usage limit", "code": "USAGE_LIMIT_EXCEEDED"}"#;
    /// let error = Error::from_reply(429, &HeaderMap::new(), body);
    /// assert_eq!(error.kind(), ErrorKind::QuotaExceeded);
    /// ```
    pub fn from_reply(status: u16, headers: &HeaderMap, body: impl Into<Bytes>) -> Self {
        crate::transport::error_of_reply(status, headers, body.into())
    }

    /// What went wrong, as a category to branch on.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let unknown: chats::SessionId = "00000000-0000-0000-0000-000000000001".parse()?;
    /// let error = chats.get_session(unknown).await.unwrap_err();
    /// assert_eq!(error.kind(), chats::ErrorKind::NotFound);
    /// # Ok(()) });
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What went wrong, and who says so: `Display` without what was tried, the facts in
    /// brackets, and what to do.
    ///
    /// It is a text for people and may change; branch on [`kind`](Self::kind) and
    /// [`code`](Self::code). The service's words may contain line ends.
    ///
    /// ```
    /// let error = chats::Error::from_reply(409, &http::HeaderMap::new(), r#"{"detail": "Busy."}"#);
    /// assert_eq!(error.message(), "the service said: Busy.");
    /// assert_eq!(error.to_string(), "the service said: Busy. (409 Conflict)");
    /// ```
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Whether the agent proposes a plan and waits for approval: the [`code`](Self::code) is
    /// `PLAN_APPROVAL_REQUIRED`. The [`plan`](Self::plan) is there if the service described
    /// it. An error may also carry a plan for another reason.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let error = session.send("Find damaged poles and select them").await.unwrap_err();
    /// assert!(error.awaits_approval());
    /// # Ok(()) });
    /// ```
    pub fn awaits_approval(&self) -> bool {
        self.code() == Some(PLAN_APPROVAL_REQUIRED)
    }

    /// What to check before the call is made again, if its outcome
    /// [is unknown](Self::outcome_unknown); `Display` contains it.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let call = session.send("Find damaged poles").header("x-chats-fault", "lose-reply");
    /// let error = call.await.unwrap_err();
    /// assert!(error.look_first().is_some_and(|advice| advice.contains("the session's messages")));
    /// # Ok(()) });
    /// ```
    pub fn look_first(&self) -> Option<&'static str> {
        self.0.look_first()
    }

    /// What to do about the error, if the client knows; `Display` ends with this hint.
    ///
    /// ```
    /// let error = chats::Client::new("not a key").unwrap_err();
    /// println!("{}", error.hint().expect("it says what a key looks like"));
    /// ```
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The setting whose value the error is about, if it is about one: the name of a method of
    /// [`ClientBuilder`](crate::ClientBuilder), such as `base_url`, or of the environment
    /// variable that was read. A program can use it to say where its own users set that value.
    ///
    /// ```
    /// let builder = chats::Client::builder().api_key("aion_0123456789abcdefghij");
    /// let error = builder.base_url("http://example.org").build().unwrap_err();
    /// assert_eq!(error.setting(), Some("base_url")); // plain http to another machine
    /// ```
    pub fn setting(&self) -> Option<&'static str> {
        self.0.setting
    }

    /// The HTTP status of the reply that reports the failure or cannot be read. None if no
    /// reply came, if it broke off midway, and for the `error` event of a stream.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let call = client.chats().list_sessions().header("x-chats-fault", "status=403");
    /// assert_eq!(call.await.unwrap_err().status(), Some(403));
    /// # Ok(()) });
    /// ```
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The service's own code, such as `USAGE_LIMIT_EXCEEDED`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let call = client.chats().list_sessions().header("x-chats-fault", "status=402");
    /// assert_eq!(call.await.unwrap_err().code(), Some("USAGE_LIMIT_EXCEEDED"));
    /// # Ok(()) });
    /// ```
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The request's id: the reply's `X-Request-ID`, else the body's
    /// `request_id`, else the one that was sent.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let call = client.chats().list_sessions().header("x-chats-fault", "status=403");
    /// let error = call.await.unwrap_err();
    /// println!("please look at request {}", error.request_id().expect("one was sent"));
    /// # Ok(()) });
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long to wait before trying again: what the service asks for (`Retry-After`, in
    /// seconds or as a date), or how long an open circuit stays open.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let call = client.chats().list_sessions().header("x-chats-fault", "status=429;retry-after=7");
    /// let error = call.max_retries(0).await.unwrap_err();
    /// assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(7)));
    /// # Ok(()) });
    /// ```
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The rate limit, if the reply reports it.
    ///
    /// ```
    /// # let headers = [("x-ratelimit-limit", "100"), ("x-ratelimit-remaining", "0")];
    /// # contract_tests::replying(contract_tests::Reply::new(429, &headers, ""), async |client| {
    /// let error = client.chats().list_sessions().await.unwrap_err();
    /// let limit = error.rate_limit().expect("this service reports it");
    /// assert_eq!((limit.limit, limit.remaining), (Some(100), Some(0)));
    /// # Ok(()) });
    /// ```
    pub fn rate_limit(&self) -> Option<&RateLimit> {
        self.0.rate_limit.as_ref()
    }

    /// The id of the session that the call was about.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let unknown: chats::SessionId = "00000000-0000-0000-0000-000000000001".parse()?;
    /// let error = chats.get_session(unknown).await.unwrap_err();
    /// assert_eq!(error.session_id(), Some(unknown));
    /// # Ok(()) });
    /// ```
    pub fn session_id(&self) -> Option<SessionId> {
        self.0.session_id
    }

    /// The plan that waits for approval: the reason for this error if the
    /// [`code`](Self::code) is `PLAN_APPROVAL_REQUIRED`, otherwise a plan that was proposed
    /// before the stream failed.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.session().open().await?;
    /// let error = session.send("Find damaged poles and select them").await.unwrap_err();
    /// let plan = error.plan().expect("the agent asks first");
    /// session.approve_plan(&plan.plan_id).await?;
    /// # Ok(()) });
    /// ```
    pub fn plan(&self) -> Option<&PendingPlan> {
        self.0.plan.as_ref()
    }

    /// The quota that is used up, if the service reports it.
    ///
    /// ```
    /// # let body = r#"{"error":{"code":"STORAGE_QUOTA_EXCEEDED","message":"Full","details":{"available":0,"limit":5000}}}"#;
    /// # contract_tests::replying(contract_tests::Reply::json(402, body), async |client| {
    /// let error = client.chats().list_sessions().await.unwrap_err();
    /// let quota = error.quota().expect("this service reports it");
    /// assert_eq!((quota.available, quota.limit), (Some(0), Some(5000)));
    /// # Ok(()) });
    /// ```
    pub fn quota(&self) -> Option<&Quota> {
        self.0.quota.as_ref()
    }

    /// The fields that a 422 names, in the service's order; else empty.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let call = client.chats().list_sessions().header("x-chats-fault", "status=422");
    /// for field in call.await.unwrap_err().field_errors() {
    ///     println!("{field} ({})", field.kind);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The path to the field of a reply that could not be read, such as `sessions[3].id`.
    ///
    /// ```
    /// # let body = r#"{"sessions":[{"id":7,"title":"Poles"}],"total_count":1,"has_more":false}"#;
    /// # contract_tests::replying(contract_tests::Reply::json(200, body), async |client| {
    /// // The service gives the first session the id 7.
    /// let error = client.chats().list_sessions().await.unwrap_err();
    /// assert_eq!(error.path(), Some("sessions[0].id"));
    /// # Ok(()) });
    /// ```
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// The group of calls whose circuit is open, if the kind is
    /// [`CircuitOpen`](ErrorKind::CircuitOpen).
    ///
    /// | group | calls |
    /// | --- | --- |
    /// | `sessions` | creating, listing, reading, renaming and closing sessions; reading messages |
    /// | `messages` | `send`, `send_stream` |
    /// | `selections` | `update_images`, `update_documents`, `update_videos`, `update_mode` |
    /// | `plans` | `approve_plan`, `cancel_plan` |
    /// | `exports` | `export_session` |
    /// | `images` | listing and searching images |
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// for _ in 0..5 {
    ///     let call = client.chats().list_sessions().header("x-chats-fault", "status=500");
    ///     call.max_retries(0).await.unwrap_err();
    /// }
    /// let error = client.chats().list_sessions().await.unwrap_err();
    /// assert_eq!(error.endpoint(), Some("sessions"));
    /// # Ok(()) });
    /// ```
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint
    }

    /// How many attempts were made to send the request; 0 if it was not tried. If an HTTP/2
    /// connection rejects a request unprocessed, because the connection is full or about to
    /// close, the client sends the request again at once (at most twice); this does not
    /// count.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let refused = client.chats().list_sessions().header("x-chats-fault", "status=403");
    /// assert_eq!(refused.await.unwrap_err().attempts(), 1);
    /// let unsent = client.chats().search_images(""); // not valid
    /// assert_eq!(unsent.await.unwrap_err().attempts(), 0);
    /// # Ok(()) });
    /// ```
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The body of the reply as received; for a failed request, at most the first 1 MiB
    /// of it.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// let call = client.chats().list_sessions().header("x-chats-fault", "status=502");
    /// let error = call.max_retries(0).await.unwrap_err();
    /// assert!(error.body().is_some_and(|page| page.starts_with(b"<html>"))); // some proxy's
    /// # Ok(()) });
    /// ```
    pub fn body(&self) -> Option<&[u8]> {
        self.0.body.as_deref()
    }

    /// The part of the answer that had arrived before the stream failed.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let call = session.send_stream("Find damaged poles").header("x-chats-fault", "error=3");
    /// let error = call.await?.finish().await.unwrap_err(); // after three tokens
    /// assert!(error.partial().is_some_and(|text| !text.is_empty()));
    /// # Ok(()) });
    /// ```
    pub fn partial(&self) -> Option<&str> {
        self.0.partial.as_deref()
    }

    /// How far the stream had come before it failed.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let call = session.send_stream("Find damaged poles").header("x-chats-fault", "error=3");
    /// let error = call.await?.finish().await.unwrap_err();
    /// assert!(error.stream_progress().is_some_and(|progress| progress.events_received > 3));
    /// # Ok(()) });
    /// ```
    pub fn stream_progress(&self) -> Option<&StreamProgress> {
        self.0.stream.as_ref()
    }

    /// Whether the same call may succeed if it is made again later.
    ///
    /// False if [`outcome_unknown`](Self::outcome_unknown) is true: look at the session's
    /// messages before you send such a message again.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let busy = chats.list_sessions().header("x-chats-fault", "status=503").max_retries(0);
    /// assert!(busy.await.unwrap_err().is_retryable());
    /// let forbidden = chats.list_sessions().header("x-chats-fault", "status=403");
    /// assert!(!forbidden.await.unwrap_err().is_retryable());
    /// # Ok(()) });
    /// ```
    pub fn is_retryable(&self) -> bool {
        self.0.retryable && !self.0.outcome_unknown
    }

    /// Whether the service may have done what was asked, although the call failed: the
    /// request was sent, and no clear reply came back. This can only be true for calls
    /// that cannot simply be repeated: a message, a new session, a plan action.
    ///
    /// False also if a message was certainly received: after an `error` event of a stream it
    /// may be in the session, and will not be answered.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let call = session.send("Find damaged poles").header("x-chats-fault", "lose-reply");
    /// assert!(call.await.unwrap_err().outcome_unknown());
    /// assert_eq!(session.get_messages().await?.len(), 2); // it had been taken after all
    /// # Ok(()) });
    /// ```
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// Why the session could not be closed after the closure given to
    /// [`SessionBuilder::with`](crate::SessionBuilder::with) had failed with this error.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// // All but the opening of the session is refused.
    /// let session = client.chats().session().header("x-chats-fault", "status=403;after=1");
    /// let error = session.with(async |session| session.send("Find poles").await).await.unwrap_err();
    /// assert!(error.close_error().is_some());
    /// # Ok(()) });
    /// ```
    pub fn close_error(&self) -> Option<&Error> {
        self.0.close_error.as_ref()
    }
}
