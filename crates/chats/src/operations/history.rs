//! Reading a session with its messages.

use std::pin::pin;

use super::{bounds, require};
use crate::call::Call;
use crate::call::operation::{CallContext, Run, Running};
use crate::limits;
use crate::retry::breaker::EndpointGroup;
use crate::transport::{OperationSpec, ReplyKind};
use crate::types::from_raw;
use crate::types::{ChatMessage, ChatSessionDetail, SessionId};

/// The operation behind [`ChatResource::get_session`](crate::ChatResource::get_session);
/// its options are methods on [`Call`].
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

    /// Asks for as many messages as the service gives at once.
    pub(crate) fn history(session_id: SessionId) -> Self {
        Self {
            message_limit: Some(limits::MAX_MESSAGES),
            ..Self::new(session_id)
        }
    }
}

impl<M, D> Call<GetSession, M, D> {
    /// Whether to read the messages too. Default: true.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let session = chats.get_session(id).include_messages(false).await?.session;
    /// # Ok(()) });
    /// ```
    pub fn include_messages(mut self, include: bool) -> Self {
        self.operation().include_messages = include;
        self
    }

    /// How many messages to read at most: 1–1000. By default the service decides.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let detail = chats.get_session(id).message_limit(20).await?;
    /// # Ok(()) });
    /// ```
    pub fn message_limit(mut self, messages: u32) -> Self {
        self.operation().message_limit = Some(messages);
        self
    }
}

impl Run for GetSession {
    type Output = ChatSessionDetail;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "get_session",
        doing: "read the session",
        group: EndpointGroup::Sessions,
        idempotent: true,
        look_first: None,
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<ChatSessionDetail> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(Some(self.session_id))?;
            if let Some(limit) = self.message_limit {
                bounds::from_one_to("message limit", limit, limits::MAX_MESSAGES)
                    .map_err(|error| exchange.fail(error))?;
            }
            let raw = exchange.raw();
            let call = raw.get_chat_session(
                self.session_id.as_uuid(),
                Some(self.include_messages),
                self.message_limit.map(i64::from),
            );
            let reply = exchange.json(pin!(call)).await?;
            require(reply.map(from_raw::session_detail), "session")
        })
    }
}

/// The operation behind [`ChatResource::get_messages`](crate::ChatResource::get_messages);
/// its options are methods on [`Call`].
#[derive(Clone, Debug)]
pub struct GetMessages {
    session_id: SessionId,
    limit: u32,
}

impl GetMessages {
    pub(crate) fn new(session_id: SessionId) -> Self {
        Self {
            session_id,
            limit: limits::MAX_MESSAGES,
        }
    }
}

impl<M, D> Call<GetMessages, M, D> {
    /// How many messages to read at most: 1–1000. Default: 1000.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let messages = chats.get_messages(id).limit(20).await?;
    /// # Ok(()) });
    /// ```
    pub fn limit(mut self, messages: u32) -> Self {
        self.operation().limit = messages;
        self
    }
}

impl Run for GetMessages {
    type Output = Vec<ChatMessage>;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "get_messages",
        doing: "read the messages",
        ..*GetSession::SPEC
    };

    fn run(self, context: CallContext) -> Running<Vec<ChatMessage>> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(Some(self.session_id))?;
            bounds::from_one_to("limit", self.limit, limits::MAX_MESSAGES)
                .map_err(|error| exchange.fail(error))?;
            let raw = exchange.raw();
            let limit = Some(i64::from(self.limit));
            let call = raw.get_chat_session(self.session_id.as_uuid(), Some(true), limit);
            let reply = exchange.json(pin!(call)).await?;
            let reply = require(reply.map(from_raw::session_detail), "session")?;
            Ok(reply.map(|detail| detail.messages))
        })
    }
}
