//! Streams and pagers as iterators.

use std::future::poll_fn;
use std::iter::FusedIterator;
use std::task::{Context, Poll};

use super::driver::{Blocking, Deferred};
use crate::error::Result;
use crate::pager::{Page, PageItem, Pager, Pages};
use crate::stream::ChatToken;
use crate::types::{ChatResponse, SessionId};

/// A streamed answer: an iterator of [`ChatToken`]s; see
/// [`chats::ChatStream`](crate::ChatStream).
///
/// Dropping it before its answer is complete closes its connection.
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is iterated over"]
pub struct ChatStream {
    driver: Blocking,
    stream: crate::ChatStream,
}

impl ChatStream {
    pub(super) fn new(driver: Blocking, stream: crate::ChatStream) -> Self {
        Self { driver, stream }
    }

    /// The text of the answer so far, with reference markup; all of it after `complete`.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let session = client.chats().session().open().run()?;
    /// let mut stream = session.send_stream("Find damaged poles").run()?;
    /// while let Some(token) = stream.next() {
    ///     println!("{}: {} bytes so far", token?.kind(), stream.snapshot().len());
    /// }
    /// assert!(stream.snapshot().contains("damaged"));
    /// # client.shutdown().run()
    /// # });
    /// ```
    pub fn snapshot(&self) -> &str {
        self.stream.snapshot()
    }

    /// The id of the request that opened the stream.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let session = client.chats().session().open().run()?;
    /// let stream = session.send_stream("Find damaged poles").run()?;
    /// eprintln!("request {}", stream.request_id().unwrap_or("without an id"));
    /// # stream.finish().run()?;
    /// # client.shutdown().run()
    /// # });
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.stream.request_id()
    }

    /// The id of the session that the stream belongs to.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let session = client.chats().session().open().run()?;
    /// let stream = session.send_stream("Find damaged poles").run()?;
    /// assert_eq!(stream.session_id(), session.session_id());
    /// # stream.finish().run()?;
    /// # client.shutdown().run()
    /// # });
    /// ```
    pub fn session_id(&self) -> SessionId {
        self.stream.session_id()
    }

    /// Only the answer's text, piece by piece; [`TextDeltas::finish`] then tells whether it is
    /// an answer, or a plan that waits.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let session = client.chats().session().open().run()?;
    /// let mut pieces = session.send_stream("Find damaged poles").run()?.text_deltas();
    /// for piece in pieces.by_ref() {
    ///     print!("{}", piece?);
    /// }
    /// pieces.finish().run()?;
    /// # client.shutdown().run()
    /// # });
    /// ```
    pub fn text_deltas(self) -> TextDeltas {
        TextDeltas {
            driver: self.driver,
            stream: self.stream.text_deltas(),
        }
    }

    /// Reads the rest of the stream and returns the whole answer; see
    /// [`chats::ChatStream::finish`](crate::ChatStream::finish).
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let session = client.chats().session().open().run()?;
    /// let answer = session.send_stream("Find damaged poles").run()?.finish().run()?;
    /// assert!(!answer.images.is_empty());
    /// # client.shutdown().run()
    /// # });
    /// ```
    pub fn finish(self) -> Deferred<impl Future<Output = Result<ChatResponse>>> {
        self.driver.defer(self.stream.finish())
    }
}

impl Iterator for ChatStream {
    type Item = Result<ChatToken>;

    fn next(&mut self) -> Option<Self::Item> {
        type Source = crate::ChatStream;
        let (driver, stream) = (&self.driver, &mut self.stream);
        next(
            driver,
            stream,
            Source::is_over,
            Source::abandon,
            Source::poll_token,
        )
    }
}

/// The pieces of an answer's text; see [`chats::TextDeltas`](crate::TextDeltas).
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is iterated over"]
pub struct TextDeltas {
    driver: Blocking,
    stream: crate::TextDeltas,
}

impl TextDeltas {
    /// The text of the answer so far, with reference markup; all of it after `complete`.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let session = client.chats().session().open().run()?;
    /// let mut pieces = session.send_stream("Find damaged poles").run()?.text_deltas();
    /// let first = pieces.next().expect("some text")?;
    /// assert_eq!(pieces.snapshot(), first);
    /// # pieces.finish().run()?;
    /// # client.shutdown().run()
    /// # });
    /// ```
    pub fn snapshot(&self) -> &str {
        self.stream.snapshot()
    }

    /// The id of the request that opened the stream.
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let session = client.chats().session().open().run()?;
    /// let pieces = session.send_stream("Find damaged poles").run()?.text_deltas();
    /// eprintln!("request {}", pieces.request_id().unwrap_or("without an id"));
    /// # pieces.finish().run()?;
    /// # client.shutdown().run()
    /// # });
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.stream.request_id()
    }

    /// Reads the rest of the stream and returns the whole answer; see
    /// [`chats::ChatStream::finish`](crate::ChatStream::finish).
    ///
    /// ```
    /// # contract_tests::embedded_blocking(|client| {
    /// # let session = client.chats().session().open().run()?;
    /// let mut pieces = session.send_stream("Find damaged poles").run()?.text_deltas();
    /// for piece in pieces.by_ref() {
    ///     print!("{}", piece?);
    /// }
    /// let answer = pieces.finish().run()?; // nothing more is read
    /// println!("\n{} references", answer.references().len());
    /// # client.shutdown().run()
    /// # });
    /// ```
    pub fn finish(self) -> Deferred<impl Future<Output = Result<ChatResponse>>> {
        self.driver.defer(self.stream.finish())
    }
}

impl Iterator for TextDeltas {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        type Source = crate::TextDeltas;
        let (driver, stream) = (&self.driver, &mut self.stream);
        next(
            driver,
            stream,
            Source::is_over,
            Source::abandon,
            Source::poll_piece,
        )
    }
}

impl<T: PageItem> Iterator for Pager<T, Blocking> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let driver = self.driver().clone();
        next(&driver, self, Self::is_over, Self::abandon, Self::poll_item)
    }
}

impl<T: PageItem> Iterator for Pages<T, Blocking> {
    type Item = Result<Page<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        let driver = self.driver().clone();
        next(&driver, self, Self::is_over, Self::abandon, Self::poll_page)
    }
}

/// Waits for a source's next item.
fn next<S, T>(
    driver: &Blocking,
    source: &mut S,
    is_over: fn(&S) -> bool,
    abandon: fn(&mut S),
    poll: fn(&mut S, &mut Context<'_>) -> Poll<Option<Result<T>>>,
) -> Option<Result<T>> {
    if is_over(source) {
        return None;
    }
    if let Some(refusal) = driver.refusal() {
        // Reported once: an iterator that always fails would never end.
        abandon(source);
        return Some(Err(refusal));
    }
    let item = poll_fn(|cx| poll(source, cx));
    driver.wait(async { item.await.transpose() }).transpose()
}

impl FusedIterator for ChatStream {}
impl FusedIterator for TextDeltas {}
impl<T: PageItem> FusedIterator for Pager<T, Blocking> {}
impl<T: PageItem> FusedIterator for Pages<T, Blocking> {}
