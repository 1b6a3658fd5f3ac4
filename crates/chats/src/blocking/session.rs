//! Session contexts on plain threads.

use super::driver::{Blocking, Deferred};
use super::{ChatSessionContext, SessionBuilder};
use crate::error::{Error, Result};
use crate::session::settle;
use crate::types::ClosedSession;

impl SessionBuilder {
    /// Creates the session; see
    /// [`chats::SessionBuilder::open`](crate::SessionBuilder::open).
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// let session = client.chats().session().title("Poles").open().run()?;
    /// println!("{}", session.send("Find damaged poles").run()?.resolved_content());
    /// session.close().run()?;
    /// # Ok(()) });
    /// ```
    pub fn open(self) -> Deferred<impl Future<Output = Result<ChatSessionContext>>> {
        let driver = self.driver().clone();
        driver.defer(self.create())
    }

    /// Creates the session, runs `body` with it and closes it again; see
    /// [`chats::SessionBuilder::with`](crate::SessionBuilder::with).
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// let answer = client
    ///     .chats()
    ///     .session()
    ///     .with(|session| session.send("Find damaged poles").run())
    ///     .run()?;
    /// assert!(!answer.images.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn with<T, E, F>(self, body: F) -> With<F>
    where
        F: FnOnce(&ChatSessionContext) -> Result<T, E>,
        E: From<Error> + 'static,
    {
        With {
            session: self,
            body,
        }
    }
}

/// A session and the closure to run in it; made by [`with`](crate::SessionBuilder::with).
#[must_use = "nothing happens until `run` is called"]
pub struct With<F> {
    session: SessionBuilder,
    body: F,
}

impl<F> With<F> {
    /// Creates the session, runs the body and closes the session.
    ///
    /// # Errors
    ///
    /// The body's, or those of opening the session.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let chats = client.chats();
    /// let work = chats.session().with(|session| session.send("Find damaged poles").run());
    /// assert_eq!(chats.list_sessions().run()?.total, 0); // nothing has happened yet
    /// work.run()?;
    /// assert_eq!(chats.list_sessions().active_only(true).run()?.total, 0); // it is closed again
    /// # Ok(()) });
    /// ```
    pub fn run<T, E>(self) -> Result<T, E>
    where
        F: FnOnce(&ChatSessionContext) -> Result<T, E>,
        E: From<Error> + 'static,
    {
        let auto_close = self.session.closes();
        let context = self.session.open().run()?;
        let result = (self.body)(&context);
        if !auto_close {
            return result;
        }
        settle(result, context.close().run())
    }
}

impl<F> std::fmt::Debug for With<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("With")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl ChatSessionContext {
    /// Closes the session now; see
    /// [`chats::ChatSessionContext::close`](crate::ChatSessionContext::close).
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let session = client.chats().session().open().run()?;
    /// session.send("Find damaged poles").run()?;
    /// let closed = session.close().run()?;
    /// assert_eq!(closed.total_messages, Some(2));
    /// # Ok(()) });
    /// ```
    pub fn close(self) -> Deferred<impl Future<Output = Result<ClosedSession>>> {
        let driver: Blocking = self.driver().clone();
        driver.defer(self.end())
    }
}
