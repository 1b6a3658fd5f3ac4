//! Streams and pagers as iterators.

use std::future::poll_fn;

use super::driver::{Blocking, Deferred};
use crate::error::Result;
use crate::pager::{Page, PageItem, Pager, Pages};
use crate::stream::ChatToken;
use crate::types::{ChatResponse, SessionId};

/// A streamed answer: an iterator of [`ChatToken`]s; see
/// [`chats::ChatStream`](crate::ChatStream).
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

    /// The text of the answer so far.
    pub fn snapshot(&self) -> &str {
        self.stream.snapshot()
    }

    /// The id of the request that opened the stream.
    pub fn request_id(&self) -> Option<&str> {
        self.stream.request_id()
    }

    /// The session that the stream belongs to.
    pub fn session_id(&self) -> SessionId {
        self.stream.session_id()
    }

    /// The answer's text alone, piece by piece.
    pub fn text_deltas(self) -> TextDeltas {
        TextDeltas {
            driver: self.driver,
            stream: self.stream.text_deltas(),
        }
    }

    /// Reads what is left and gives the whole answer; see
    /// [`chats::ChatStream::finish`](crate::ChatStream::finish).
    pub fn finish(self) -> Deferred<impl Future<Output = Result<ChatResponse>>> {
        self.driver.defer(self.stream.finish())
    }
}

impl Iterator for ChatStream {
    type Item = Result<ChatToken>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = &mut self.stream;
        let next = async { poll_fn(|cx| stream.poll_token(cx)).await.transpose() };
        self.driver.wait(next).transpose()
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
    /// The text so far.
    pub fn snapshot(&self) -> &str {
        self.stream.snapshot()
    }

    /// Reads what is left and gives the whole answer.
    pub fn finish(self) -> Deferred<impl Future<Output = Result<ChatResponse>>> {
        self.driver.defer(self.stream.finish())
    }
}

impl Iterator for TextDeltas {
    type Item = Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let stream = &mut self.stream;
        let next = async { poll_fn(|cx| stream.poll_piece(cx)).await.transpose() };
        self.driver.wait(next).transpose()
    }
}

impl<T: PageItem> Iterator for Pager<T, Blocking> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        let driver = self.driver().clone();
        let next = async { poll_fn(|cx| self.poll_item(cx)).await.transpose() };
        driver.wait(next).transpose()
    }
}

impl<T: PageItem> Iterator for Pages<T, Blocking> {
    type Item = Result<Page<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        let driver = self.driver().clone();
        let next = async { poll_fn(|cx| self.poll_page(cx)).await.transpose() };
        driver.wait(next).transpose()
    }
}
