//! Creating, listing, reading, renaming and closing sessions.

use chats_raw::types as raw;

use super::{bounds, nothing_in};
use crate::call::Call;
use crate::call::operation::{CallContext, Run};
use crate::error::Result;
use crate::pager::Pager;
use crate::pager::item::{PageRequest, Paged};
use crate::retry::breaker::EndpointGroup;
use crate::transport::{OperationSpec, Reply, ReplyKind};
use crate::types::from_raw::{self, Asked};
use crate::types::{
    ChatMessage, ChatSession, ChatSessionDetail, ClosedSession, ImageId, RenamedSession, SessionId,
    SessionList,
};

/// [`ChatResource::create_session`](crate::ChatResource::create_session).
#[derive(Clone, Debug)]
pub struct CreateSession {
    pub(crate) title: Option<String>,
    pub(crate) image_ids: Option<Vec<ImageId>>,
    pub(crate) use_all_images: bool,
}

impl Default for CreateSession {
    fn default() -> Self {
        Self {
            title: None,
            image_ids: None,
            use_all_images: true,
        }
    }
}

impl<M, D> Call<CreateSession, M, D> {
    /// A name of at most 255 characters; the service picks one unless set.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.create_session().title("Poles").await?;
    /// # Ok(()) });
    /// ```
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.operation().value.title = Some(title.into());
        self
    }

    /// Images to select from the start: at most 1000 unless all images are used.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let images = chats.get_all_images().limit(3).await?.image_ids;
    /// let session = chats.create_session().image_ids(images).use_all_images(false).await?;
    /// # Ok(()) });
    /// ```
    pub fn image_ids<I>(mut self, ids: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<ImageId>,
    {
        let ids = ids.into_iter().map(Into::into).collect();
        self.operation().value.image_ids = Some(ids);
        self
    }

    /// Whether answers draw on the whole library (true unless set) or on the
    /// selected images alone.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.create_session().use_all_images(false).await?;
    /// # Ok(()) });
    /// ```
    pub fn use_all_images(mut self, all: bool) -> Self {
        self.operation().value.use_all_images = all;
        self
    }
}

impl Run for CreateSession {
    type Output = ChatSession;

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "create_session",
        doing: "create the session",
        group: EndpointGroup::Sessions,
        idempotent: false,
        reply: ReplyKind::Json,
    };

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    async fn run(self, context: CallContext) -> Result<Reply<ChatSession>> {
        let exchange = context.begin::<Self>(None)?;
        let body = self.body().map_err(|error| exchange.fail(error))?;
        let raw = exchange.raw();
        let reply = exchange.json(raw.create_chat_session(&body)).await?;
        Ok(reply.map(from_raw::created_session))
    }
}

impl CreateSession {
    fn body(self) -> Result<raw::CreateChatSessionRequest> {
        if let Some(title) = &self.title {
            bounds::at_most_chars("title", title, bounds::MAX_TITLE)?;
        }
        if let Some(ids) = &self.image_ids
            && !self.use_all_images
        {
            bounds::at_most("images", ids.len(), bounds::MAX_IMAGES)?;
        }
        Ok(raw::CreateChatSessionRequest {
            title: self.title,
            initial_image_ids: self
                .image_ids
                .map(|ids| ids.into_iter().map(Into::into).collect()),
            use_all_images: self.use_all_images,
        })
    }
}

/// [`ChatResource::list_sessions`](crate::ChatResource::list_sessions) and
/// [`iter_sessions`](crate::ChatResource::iter_sessions).
#[derive(Clone, Debug)]
pub struct ListSessions {
    limit: u32,
    offset: u64,
    active_only: bool,
    search: Option<String>,
    min_messages: Option<u32>,
}

impl Default for ListSessions {
    fn default() -> Self {
        Self {
            limit: 20,
            offset: 0,
            active_only: false,
            search: None,
            min_messages: None,
        }
    }
}

impl Paged for ListSessions {
    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    fn page(mut self, request: PageRequest) -> Self {
        self.limit = request.limit;
        self.offset = request.offset;
        self
    }
}

impl<M, D> Call<ListSessions, M, D> {
    /// How many sessions to give, from 1 to 100; 20 unless set.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// assert!(chats.list_sessions().limit(5).await?.items.len() <= 5);
    /// # Ok(()) });
    /// ```
    pub fn limit(mut self, sessions: u32) -> Self {
        self.operation().value.limit = sessions;
        self
    }

    /// How many sessions to pass over; 0 unless set.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let second_page = chats.list_sessions().limit(5).offset(5).await?;
    /// # Ok(()) });
    /// ```
    pub fn offset(mut self, sessions: u64) -> Self {
        self.operation().value.offset = sessions;
        self
    }

    /// Only sessions that are open; false unless set.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let open = chats.list_sessions().active_only(true).await?;
    /// # Ok(()) });
    /// ```
    pub fn active_only(mut self, active: bool) -> Self {
        self.operation().value.active_only = active;
        self
    }

    /// Only sessions in which this text stands, of at most 200 characters.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let found = chats.list_sessions().search("poles").await?;
    /// # Ok(()) });
    /// ```
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.operation().value.search = Some(text.into());
        self
    }

    /// Only sessions with at least this many messages.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let used = chats.list_sessions().min_messages(2).await?;
    /// # Ok(()) });
    /// ```
    pub fn min_messages(mut self, messages: u32) -> Self {
        self.operation().value.min_messages = Some(messages);
        self
    }
}

impl<D> Pager<ChatSession, D> {
    /// Only sessions that are open; false unless set.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let open = chats.iter_sessions().active_only(true);
    /// # Ok(()) });
    /// ```
    pub fn active_only(mut self, active: bool) -> Self {
        self.query().active_only = active;
        self
    }

    /// Only sessions in which this text stands, of at most 200 characters.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let found = chats.iter_sessions().search("poles");
    /// # Ok(()) });
    /// ```
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.query().search = Some(text.into());
        self
    }

    /// Only sessions with at least this many messages.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let used = chats.iter_sessions().min_messages(2);
    /// # Ok(()) });
    /// ```
    pub fn min_messages(mut self, messages: u32) -> Self {
        self.query().min_messages = Some(messages);
        self
    }
}

impl Run for ListSessions {
    type Output = SessionList;

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "list_sessions",
        doing: "list the sessions",
        group: EndpointGroup::Sessions,
        idempotent: true,
        reply: ReplyKind::Json,
    };

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    async fn run(self, context: CallContext) -> Result<Reply<SessionList>> {
        let exchange = context.begin::<Self>(None)?;
        let offset = self.check().map_err(|error| exchange.fail(error))?;
        let raw = exchange.raw();
        let call = raw.list_chat_sessions(
            self.active_only.then_some(true),
            Some(i64::from(self.limit)),
            self.min_messages.map(i64::from),
            Some(offset),
            self.search.as_deref(),
        );
        let asked = Asked {
            limit: self.limit,
            offset: self.offset,
        };
        let reply = exchange.json(call).await?;
        Ok(reply.map(|raw| from_raw::session_list(raw, asked)))
    }
}

impl ListSessions {
    fn check(&self) -> Result<i64> {
        bounds::from_one_to(
            "limit or page size",
            self.limit,
            bounds::MAX_SESSIONS_A_PAGE,
        )?;
        if let Some(search) = &self.search {
            bounds::at_most_chars("search text", search, bounds::MAX_SEARCH)?;
        }
        bounds::offset(self.offset)
    }
}

/// [`ChatResource::get_session`](crate::ChatResource::get_session).
#[derive(Clone, Debug)]
pub struct GetSession {
    session_id: SessionId,
    include_messages: bool,
    message_limit: Option<u32>,
}

impl GetSession {
    pub(crate) fn new(session_id: SessionId) -> Self {
        Self {
            session_id,
            include_messages: true,
            message_limit: None,
        }
    }

    /// With as many messages as the service gives at once.
    pub(crate) fn history(session_id: SessionId) -> Self {
        Self {
            message_limit: Some(bounds::MAX_MESSAGES),
            ..Self::new(session_id)
        }
    }
}

impl<M, D> Call<GetSession, M, D> {
    /// Whether to give the messages; true unless set.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let session = chats.get_session(id).include_messages(false).await?.session;
    /// # Ok(()) });
    /// ```
    pub fn include_messages(mut self, include: bool) -> Self {
        self.operation().value.include_messages = include;
        self
    }

    /// The most messages to give, from 1 to 1000; the service decides unless
    /// set.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let detail = chats.get_session(id).message_limit(20).await?;
    /// # Ok(()) });
    /// ```
    pub fn message_limit(mut self, messages: u32) -> Self {
        self.operation().value.message_limit = Some(messages);
        self
    }
}

impl Run for GetSession {
    type Output = ChatSessionDetail;

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "get_session",
        doing: "read the session",
        group: EndpointGroup::Sessions,
        idempotent: true,
        reply: ReplyKind::Json,
    };

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    async fn run(self, context: CallContext) -> Result<Reply<ChatSessionDetail>> {
        let exchange = context.begin::<Self>(Some(self.session_id))?;
        if let Some(limit) = self.message_limit {
            bounds::from_one_to("message limit", limit, bounds::MAX_MESSAGES)
                .map_err(|error| exchange.fail(error))?;
        }
        let raw = exchange.raw();
        let call = raw.get_chat_session(
            self.session_id.as_uuid(),
            Some(self.include_messages),
            self.message_limit.map(i64::from),
        );
        let reply = exchange.json(call).await?;
        nothing_in(&exchange, reply.map(from_raw::session_detail), "session")
    }
}

/// [`ChatResource::get_messages`](crate::ChatResource::get_messages).
#[derive(Clone, Debug)]
pub struct GetMessages {
    session_id: SessionId,
    limit: u32,
}

impl GetMessages {
    pub(crate) fn new(session_id: SessionId) -> Self {
        Self {
            session_id,
            limit: bounds::MAX_MESSAGES,
        }
    }
}

impl<M, D> Call<GetMessages, M, D> {
    /// The most messages to give, from 1 to 1000; 1000 unless set.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let messages = chats.get_messages(id).limit(20).await?;
    /// # Ok(()) });
    /// ```
    pub fn limit(mut self, messages: u32) -> Self {
        self.operation().value.limit = messages;
        self
    }
}

impl Run for GetMessages {
    type Output = Vec<ChatMessage>;

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "get_messages",
        doing: "read the messages",
        ..*GetSession::SPEC
    };

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    async fn run(self, context: CallContext) -> Result<Reply<Vec<ChatMessage>>> {
        let exchange = context.begin::<Self>(Some(self.session_id))?;
        bounds::from_one_to("limit", self.limit, bounds::MAX_MESSAGES)
            .map_err(|error| exchange.fail(error))?;
        let raw = exchange.raw();
        let limit = Some(i64::from(self.limit));
        let call = raw.get_chat_session(self.session_id.as_uuid(), Some(true), limit);
        let reply = exchange.json(call).await?;
        let reply = nothing_in(&exchange, reply.map(from_raw::session_detail), "session")?;
        Ok(reply.map(|detail| detail.messages))
    }
}

/// [`ChatResource::rename_session`](crate::ChatResource::rename_session).
#[derive(Clone, Debug)]
pub struct RenameSession {
    session_id: SessionId,
    title: String,
}

impl RenameSession {
    pub(crate) fn new(session_id: SessionId, title: String) -> Self {
        Self { session_id, title }
    }
}

impl Run for RenameSession {
    type Output = RenamedSession;

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "rename_session",
        doing: "rename the session",
        group: EndpointGroup::Sessions,
        idempotent: true,
        reply: ReplyKind::Json,
    };

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    async fn run(self, context: CallContext) -> Result<Reply<RenamedSession>> {
        let exchange = context.begin::<Self>(Some(self.session_id))?;
        bounds::text("title", &self.title, bounds::MAX_TITLE)
            .map_err(|error| exchange.fail(error))?;
        let body = raw::RenameSessionRequest { title: self.title };
        let raw = exchange.raw();
        let call = raw.rename_chat_session(self.session_id.as_uuid(), &body);
        let reply = exchange.json(call).await?;
        Ok(reply.map(from_raw::renamed_session))
    }
}

/// [`ChatResource::close_session`](crate::ChatResource::close_session).
#[derive(Clone, Debug)]
pub struct CloseSession {
    session_id: SessionId,
}

impl CloseSession {
    pub(crate) fn new(session_id: SessionId) -> Self {
        Self { session_id }
    }
}

impl Run for CloseSession {
    type Output = ClosedSession;

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "close_session",
        doing: "close the session",
        group: EndpointGroup::Sessions,
        idempotent: true,
        reply: ReplyKind::Json,
    };

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    async fn run(self, context: CallContext) -> Result<Reply<ClosedSession>> {
        let exchange = context.begin::<Self>(Some(self.session_id))?;
        let raw = exchange.raw();
        let call = raw.close_chat_session(self.session_id.as_uuid());
        let reply = exchange.json_or_nothing(call).await?;
        Ok(reply.map(|raw| match raw {
            Some(raw) => from_raw::closed_session(raw),
            None => ClosedSession::without_details(self.session_id),
        }))
    }
}
