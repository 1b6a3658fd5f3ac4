//! Creating, renaming and closing sessions.

use std::pin::pin;

use chats_raw::types as raw;

use super::bounds;
use crate::call::Call;
use crate::call::operation::{CallContext, Run, Running};
use crate::error::body::ErrorBody;
use crate::error::{Error, ErrorKind, Result};
use crate::limits;
use crate::retry::breaker::EndpointGroup;
use crate::transport::{OperationSpec, ReplyKind};
use crate::types::from_raw;
use crate::types::{ChatSession, ClosedSession, ImageId, RenamedSession, SessionId};

/// The operation behind [`ChatResource::create_session`](crate::ChatResource::create_session);
/// its options are methods on [`Call`].
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
    /// The title: at most 255 characters. By default the service chooses one.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.create_session().title("Poles").await?;
    /// # Ok(()) });
    /// ```
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.operation().title = Some(title.into());
        self
    }

    /// The images to select: at most 1000 with `use_all_images(false)`. Default: none.
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
        self.operation().image_ids = Some(ids);
        self
    }

    /// Whether answers draw on the whole library (`true`) or only on the selected images
    /// (`false`). Default: true.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.create_session().use_all_images(false).await?;
    /// # Ok(()) });
    /// ```
    pub fn use_all_images(mut self, all: bool) -> Self {
        self.operation().use_all_images = all;
        self
    }
}

impl Run for CreateSession {
    type Output = ChatSession;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "create_session",
        doing: "create the session",
        group: EndpointGroup::Sessions,
        idempotent: false,
        look_first: Some(
            "a session may have been created: check list_sessions before trying again",
        ),
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<ChatSession> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(None)?;
            let body = self.body().map_err(|error| exchange.fail(error))?;
            let raw = exchange.raw();
            let reply = exchange.json(pin!(raw.create_chat_session(&body))).await?;
            Ok(reply.map(from_raw::created_session))
        })
    }
}

impl CreateSession {
    fn body(self) -> Result<raw::CreateChatSessionRequest> {
        if let Some(title) = &self.title {
            bounds::at_most_chars("title", title, limits::MAX_TITLE_CHARS)?;
        }
        if let Some(ids) = &self.image_ids
            && !self.use_all_images
        {
            bounds::at_most("images", ids.len(), limits::MAX_IMAGES)?;
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

/// The operation behind [`ChatResource::rename_session`](crate::ChatResource::rename_session).
/// It has only the options of every [`Call`](crate::Call).
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

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "rename_session",
        doing: "rename the session",
        group: EndpointGroup::Sessions,
        idempotent: true,
        look_first: None,
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<RenamedSession> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(Some(self.session_id))?;
            bounds::text("title", &self.title, limits::MAX_TITLE_CHARS)
                .map_err(|error| exchange.fail(error))?;
            let body = raw::RenameSessionRequest { title: self.title };
            let raw = exchange.raw();
            let call = raw.rename_chat_session(self.session_id.as_uuid(), &body);
            let reply = exchange.json(pin!(call)).await?;
            Ok(reply.map(from_raw::renamed_session))
        })
    }
}

/// The operation behind [`ChatResource::close_session`](crate::ChatResource::close_session).
/// It has only the options of every [`Call`](crate::Call).
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

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "close_session",
        doing: "close the session",
        group: EndpointGroup::Sessions,
        idempotent: true,
        look_first: None,
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<ClosedSession> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(Some(self.session_id))?;
            let raw = exchange.raw();
            let call = raw.close_chat_session(self.session_id.as_uuid());
            let unknown = || ClosedSession::without_details(self.session_id);
            match exchange.json_or_nothing(pin!(call)).await {
                Ok(reply) => {
                    Ok(reply.map(|raw| raw.map_or_else(unknown, from_raw::closed_session)))
                }
                // An earlier attempt has closed it, and its reply was lost.
                Err(error) if is_gone(&error) && exchange.record().may_have_acted() => {
                    Ok(exchange.reply(unknown()))
                }
                Err(error) => Err(error),
            }
        })
    }
}

/// Whether there is no such session. A web page comes from something in between, which knows
/// of none.
pub(crate) fn is_gone(error: &Error) -> bool {
    let is_web_page = || {
        let body = error.body();
        body.is_some_and(|body| ErrorBody::read(body).is_web_page)
    };
    error.kind() == ErrorKind::NotFound && !is_web_page()
}
