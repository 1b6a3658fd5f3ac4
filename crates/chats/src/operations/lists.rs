//! Listing sessions, a page or all of them.

use std::pin::pin;

use super::{bounds, require};
use crate::call::Call;
use crate::call::operation::{CallContext, Run, Running};
use crate::error::Result;
use crate::limits;
use crate::pager::Pager;
use crate::pager::item::{PageRequest, Paged};
use crate::retry::breaker::EndpointGroup;
use crate::transport::{OperationSpec, ReplyKind};
use crate::types::from_raw::{self, Asked};
use crate::types::{ChatSession, SessionList};

/// The operation behind [`ChatResource::list_sessions`](crate::ChatResource::list_sessions)
/// and [`iter_sessions`](crate::ChatResource::iter_sessions); its options are methods on
/// [`Call`] and [`Pager`].
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
    fn limit(&self) -> u32 {
        self.limit
    }

    fn page(mut self, request: PageRequest) -> Self {
        self.limit = request.limit;
        self.offset = request.offset;
        self
    }
}

impl<M, D> Call<ListSessions, M, D> {
    /// How many sessions to list: 1–100. Default: 20.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// assert!(chats.list_sessions().limit(5).await?.items.len() <= 5);
    /// # Ok(()) });
    /// ```
    pub fn limit(mut self, sessions: u32) -> Self {
        self.operation().limit = sessions;
        self
    }

    /// How many sessions to skip. Default: 0.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let second_page = chats.list_sessions().limit(5).offset(5).await?;
    /// # Ok(()) });
    /// ```
    pub fn offset(mut self, sessions: u64) -> Self {
        self.operation().offset = sessions;
        self
    }

    /// Lists only open sessions. Default: false, which lists closed ones too.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let open = chats.list_sessions().active_only(true).await?;
    /// # Ok(()) });
    /// ```
    pub fn active_only(mut self, active: bool) -> Self {
        self.operation().active_only = active;
        self
    }

    /// Lists only sessions whose title or messages contain this text of at most 200
    /// characters. Default: no filter.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let found = chats.list_sessions().search("poles").await?;
    /// # Ok(()) });
    /// ```
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.operation().search = Some(text.into());
        self
    }

    /// Lists only sessions with at least this many messages. By default there is no such
    /// condition.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let used = chats.list_sessions().min_messages(2).await?;
    /// # Ok(()) });
    /// ```
    pub fn min_messages(mut self, messages: u32) -> Self {
        self.operation().min_messages = Some(messages);
        self
    }
}

impl<D> Pager<ChatSession, D> {
    /// Lists only open sessions. Default: false, which lists closed ones too.
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

    /// Lists only sessions whose title or messages contain this text of at most 200
    /// characters. Default: no filter.
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

    /// Lists only sessions with at least this many messages. By default there is no such
    /// condition.
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

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "list_sessions",
        doing: "list the sessions",
        group: EndpointGroup::Sessions,
        idempotent: true,
        look_first: None,
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<SessionList> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(None)?;
            let offset = self.check().map_err(|error| exchange.fail(error))?;
            let raw = exchange.raw();
            let call = pin!(raw.list_chat_sessions(
                self.active_only.then_some(true),
                Some(i64::from(self.limit)),
                self.min_messages.map(i64::from),
                Some(offset),
                self.search.as_deref(),
            ));
            let reply = exchange.json(call).await?;
            let asked = Asked {
                limit: self.limit,
                offset: self.offset,
            };
            let reply = reply.map(|raw| from_raw::session_list(raw, asked));
            require(reply, "sessions")
        })
    }
}

impl ListSessions {
    fn check(&self) -> Result<i64> {
        bounds::from_one_to(
            "limit or page size",
            self.limit,
            limits::MAX_SESSIONS_PER_PAGE,
        )?;
        if let Some(search) = &self.search {
            bounds::at_most_chars("search text", search, limits::MAX_SEARCH_CHARS)?;
        }
        bounds::offset(self.offset)
    }
}
