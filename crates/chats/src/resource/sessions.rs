//! Creating, listing, reading, renaming, closing and exporting sessions.

use super::ChatResource;
use crate::call::{Call, Driver, ValueOnly};
use crate::operations::{
    CloseSession, CreateSession, ExportSession, GetSession, ListSessions, RenameSession,
};
use crate::pager::Pager;
use crate::types::{ChatSession, SessionId};

impl<D: Driver> ChatResource<D> {
    /// Creates a session that stays open until
    /// [`close_session`](Self::close_session); [`session`](Self::session) opens one that
    /// closes itself.
    ///
    /// Gives a [`ChatSession`](crate::ChatSession).
    ///
    /// Options: `title` (at most 255 characters; by default the service chooses),
    /// `image_ids` (at most 1000; default: none), `use_all_images` (default: true).
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if the title is too long or, with
    /// `use_all_images(false)`, there are too many images; and those of
    /// [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let session = chats.create_session().title("Poles").await?;
    /// assert_eq!(session.title, "Poles");
    /// chats.close_session(session.id).await?;
    /// # Ok(()) });
    /// ```
    pub fn create_session(&self) -> Call<CreateSession, ValueOnly, D> {
        self.call(CreateSession::default())
    }

    /// Reads a session with its selections and messages.
    ///
    /// Gives a [`ChatSessionDetail`](crate::ChatSessionDetail).
    ///
    /// Options: `include_messages` (default: true), `message_limit` (how many at most, 1–1000;
    /// by default the service decides).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such session,
    /// [`Validation`](crate::ErrorKind::Validation) if `message_limit` is out of bounds,
    /// and those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// chats.send(id, "Find damaged poles").await?;
    /// let detail = chats.get_session(id).message_limit(10).await?;
    /// assert_eq!(detail.messages.len(), 2);
    /// # Ok(()) });
    /// ```
    pub fn get_session(&self, session_id: impl Into<SessionId>) -> Call<GetSession, ValueOnly, D> {
        self.call(GetSession::new(session_id.into()))
    }

    /// Lists one page of sessions; [`iter_sessions`](Self::iter_sessions) goes through
    /// all of them.
    ///
    /// Gives a [`SessionList`](crate::SessionList).
    ///
    /// Options: `limit` (1–100, default: 20), `offset` (default: 0), `active_only`
    /// (default: false), `search` (at most 200 characters), `min_messages`.
    ///
    /// # Errors
    ///
    /// [`Validation`](crate::ErrorKind::Validation) if an option is out of bounds, and
    /// those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// chats.create_session().title("Poles").await?;
    /// let page = chats.list_sessions().limit(5).active_only(true).await?;
    /// assert_eq!((page.items.len(), page.total, page.has_more), (1, 1, false));
    /// # Ok(()) });
    /// ```
    pub fn list_sessions(&self) -> Call<ListSessions, ValueOnly, D> {
        self.call(ListSessions::default())
    }

    /// Goes through all sessions, requesting them a page at a time.
    ///
    /// Options: `page_size` (1–100, default: 20), `prefetch` (0–8, default: 0),
    /// `active_only` (default: false), `search` (at most 200 characters),
    /// `min_messages`.
    ///
    /// # Errors
    ///
    /// The stream yields those of [`list_sessions`](Self::list_sessions), and
    /// [`Decode`](crate::ErrorKind::Decode) for each session that cannot be read; see
    /// [`Pager`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// for _ in 0..3 {
    ///     chats.create_session().await?;
    /// }
    /// let mut sessions = chats.iter_sessions().page_size(2);
    /// while let Some(session) = sessions.try_next().await? {
    ///     println!("{}", session.title);
    /// }
    /// assert_eq!(sessions.total_hint(), Some(3));
    /// # Ok(()) });
    /// ```
    pub fn iter_sessions(&self) -> Pager<ChatSession, D> {
        Pager::new(
            self.client.clone(),
            self.driver.clone(),
            ListSessions::default(),
        )
    }

    /// Renames a session. A title has 1 to 255 characters.
    ///
    /// Gives a [`RenamedSession`](crate::RenamedSession).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such session,
    /// [`Validation`](crate::ErrorKind::Validation) if the title is empty or too long,
    /// and those of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// assert_eq!(chats.rename_session(id, "Leaning poles").await?.title, "Leaning poles");
    /// # Ok(()) });
    /// ```
    pub fn rename_session(
        &self,
        session_id: impl Into<SessionId>,
        title: impl Into<String>,
    ) -> Call<RenameSession, ValueOnly, D> {
        self.call(RenameSession::new(session_id.into(), title.into()))
    }

    /// Closes a session. Its history can still be read.
    ///
    /// If the reply to one attempt is lost and the next finds no session, the session counts as
    /// closed: only its id is known then.
    ///
    /// Gives a [`ClosedSession`](crate::ClosedSession).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such session, and those of
    /// [every call](ChatResource#errors). If [`attempts`](crate::Error::attempts) is more
    /// than 1, `NotFound` may mean that an earlier attempt has closed the session.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let id = chats.create_session().await?.id;
    /// let closed = chats.close_session(id).await?;
    /// assert_eq!(closed.session_id, id);
    /// # Ok(()) });
    /// ```
    pub fn close_session(
        &self,
        session_id: impl Into<SessionId>,
    ) -> Call<CloseSession, ValueOnly, D> {
        self.call(CloseSession::new(session_id.into()))
    }

    /// Exports a session as a file, which is read into memory.
    ///
    /// Gives an [`Export`](crate::Export).
    ///
    /// Options: `format` (default: [`Markdown`](crate::ExportFormat::Markdown)),
    /// `include_metadata` (default: false).
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if there is no such session,
    /// [`Decode`](crate::ErrorKind::Decode) if the file is larger than 512 MiB, and those
    /// of [every call](ChatResource#errors).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use chats::ExportFormat;
    ///
    /// let id = chats.create_session().title("Poles").await?.id;
    /// let export = chats.export_session(id).format(ExportFormat::Text).await?;
    /// println!("{:?} {:?}", export.filename(), export.content_type());
    /// std::str::from_utf8(export.bytes()).expect("a text");
    /// # Ok(()) });
    /// ```
    pub fn export_session(
        &self,
        session_id: impl Into<SessionId>,
    ) -> Call<ExportSession, ValueOnly, D> {
        self.call(ExportSession::new(session_id.into()))
    }
}
