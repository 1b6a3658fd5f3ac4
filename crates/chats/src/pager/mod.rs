//! Lists that are longer than one page, as streams.
//!
//! [`fetch`] requests pages in order and copes with lists that change meanwhile; [`item`]
//! defines the kinds of lists.

mod fetch;
pub(crate) mod item;

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::{FusedStream, Stream};
use http::{HeaderName, HeaderValue};

use crate::call::{Async, add_shared_header};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::retry::RetryPolicy;
use crate::transport::CallOptions;
use fetch::Fetcher;
pub use item::PageItem;

/// The most pages that are requested ahead.
const MAX_PREFETCH: usize = 8;

/// A list, one item at a time; pages are requested as they are needed.
///
/// The list may change while it is read. An item that moves to a later page because
/// others were added is yielded only once, and the stream ends even if the service
/// repeats a page or promises more items than it has.
///
/// Pages are requested by offset. If items leave the list meanwhile, for example because you
/// close sessions while you list the open ones, the same number of later items is skipped:
/// collect such a list first.
///
/// # Errors
///
/// - An item that cannot be read yields one [`Decode`](crate::ErrorKind::Decode) error
///   whose [`path`](Error::path) names its place; the items after it follow.
/// - If a page cannot be read, the stream yields the error of that call (see the method
///   that made the pager) and ends.
/// - The stream also ends, with [`Decode`](crate::ErrorKind::Decode), after ten pages in a
///   row, with at least 100 items, of which none can be read.
///
/// ```
/// # contract_tests::embedded(async |client| {
/// # let chats = client.chats();
/// use futures_util::TryStreamExt;
///
/// let mut sessions = chats.iter_sessions().page_size(50).active_only(true);
/// while let Some(session) = sessions.try_next().await? {
///     println!("{}", session.title);
/// }
/// # Ok(()) });
/// ```
///
/// # Panics
///
/// The options and [`pages`](Self::pages) panic if the stream has been polled before.
#[must_use = "nothing is read unless the list is polled or iterated over"]
pub struct Pager<T: PageItem, D = Async> {
    fetcher: Fetcher<T>,
    buffer: VecDeque<Result<T>>,
    driver: D,
}

/// A list, one page at a time; made by [`Pager::pages`].
///
/// # Errors
///
/// If a page cannot be read, the stream yields an error and ends. The errors of single
/// items that cannot be read are in [`Page::unreadable`].
#[must_use = "nothing is read unless the list is polled or iterated over"]
pub struct Pages<T: PageItem, D = Async> {
    fetcher: Fetcher<T>,
    #[cfg_attr(
        not(feature = "blocking"),
        allow(dead_code, reason = "iterators need it")
    )]
    driver: D,
}

/// One page of a list; yielded by [`Pages`].
///
/// ```
/// # contract_tests::embedded(async |client| {
/// use futures_util::TryStreamExt;
///
/// let mut pages = client.chats().iter_images().page_size(5).pages();
/// while let Some(page) = pages.try_next().await? {
///     println!("{} items from {} on", page.items.len(), page.offset);
///     for error in &page.unreadable {
///         eprintln!("{error}");
///     }
///     if !page.has_more {
///         println!("of {:?}", page.total);
///     }
/// }
/// # Ok(()) });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items of this page that were on no earlier page.
    pub items: Vec<T>,
    /// One error for each item that could not be read.
    pub unreadable: Vec<Error>,
    /// How many items of the list come before this page.
    pub offset: u64,
    /// How many items the list has, if the service says so.
    pub total: Option<u64>,
    /// Whether another page is expected.
    pub has_more: bool,
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}

impl<T: PageItem, D> Pager<T, D> {
    pub(crate) fn new(client: Client, driver: D, query: T::Query) -> Self {
        Self {
            fetcher: Fetcher::new(client, query),
            buffer: VecDeque::new(),
            driver,
        }
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn driver(&self) -> &D {
        &self.driver
    }

    fn options(&mut self) -> &mut CallOptions {
        &mut self.unstarted().options
    }

    /// How many items to request at a time.
    ///
    /// | list | bounds | default |
    /// | --- | --- | --- |
    /// | sessions | 1–100 | 20 |
    /// | image ids | 1–5000 | 1000 |
    /// | search results | 1–100 | 50 |
    ///
    /// A size out of bounds makes the stream yield
    /// [`Validation`](crate::ErrorKind::Validation), and nothing is sent.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut pages = client.chats().iter_images().page_size(10).pages();
    /// assert_eq!(pages.try_next().await?.expect("images").items.len(), 10);
    /// # Ok(()) });
    /// ```
    pub fn page_size(mut self, items: u32) -> Self {
        self.unstarted().page_size = items;
        self
    }

    /// How many items to skip at the beginning of the list. Default: 0.
    ///
    /// To go on with a list that ended early, begin at the [`Page::offset`] of the first page
    /// that you have not read.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let all: Vec<_> = chats.iter_images().page_size(5).try_collect().await?;
    /// let rest: Vec<_> = chats.iter_images().page_size(5).offset(5).try_collect().await?;
    /// assert_eq!(rest, all[5..]);
    /// # Ok(()) });
    /// ```
    pub fn offset(mut self, items: u64) -> Self {
        self.unstarted().begin_at(items);
        self
    }

    /// How many pages to request ahead of the one that is being read. Default: 0, since
    /// requests are rate limited. Values above 8 count as 8.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use futures_util::TryStreamExt;
    ///
    /// let images = client.chats().iter_images().page_size(10).prefetch(2);
    /// let ids: Vec<_> = images.try_collect().await?; // the next pages are under way meanwhile
    /// assert!(ids.len() > 10);
    /// # Ok(()) });
    /// ```
    pub fn prefetch(mut self, pages: usize) -> Self {
        self.unstarted().prefetch = pages.min(MAX_PREFETCH);
        self
    }

    /// How long each request may take with its retries, in place of the client's
    /// [`timeout`](crate::ClientBuilder::timeout) (default: 300 s).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use futures_util::TryStreamExt;
    /// use std::time::Duration;
    ///
    /// let images = client.chats().iter_images().timeout(Duration::from_secs(10)); // for each page
    /// let ids: Vec<chats::ImageId> = images.try_collect().await?;
    /// assert!(!ids.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options().timeout = Some(timeout);
        self
    }

    /// Sends a header with each request; see [`Call::header`](crate::Call::header).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut sessions = client.chats().iter_sessions().header("X-Correlation-ID", "nightly-7");
    /// while let Some(session) = sessions.try_next().await? {
    ///     println!("{}", session.title);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: TryInto<HeaderName>,
        V: TryInto<HeaderValue>,
    {
        add_shared_header(self.options(), name, value);
        self
    }

    /// How many times each failed request may be sent again, in place of the client's
    /// [`max_retries`](crate::ClientBuilder::max_retries) (default: 3).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use futures_util::TryStreamExt;
    ///
    /// let images = client.chats().iter_images().max_retries(0); // this list is not urgent
    /// let ids: Vec<chats::ImageId> = images.try_collect().await?;
    /// assert!(!ids.is_empty());
    /// # Ok(()) });
    /// ```
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.options().max_retries = Some(retries);
        self
    }

    /// Which failures are retried, in place of the client's
    /// [`retry_policy`](crate::ClientBuilder::retry_policy).
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use chats::retry::{RetryPolicy, StandardRetry};
    /// use futures_util::TryStreamExt;
    ///
    /// let mut sessions = client.chats().iter_sessions().retry_policy(StandardRetry.limit(1));
    /// while let Some(session) = sessions.try_next().await? {
    ///     println!("{}", session.title);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn retry_policy(mut self, policy: impl RetryPolicy) -> Self {
        self.options().retry_policy = Some(Arc::new(policy));
        self
    }

    /// The list, a page at a time.
    ///
    /// Each page carries the errors of its unreadable items. If a whole page cannot be
    /// read, the stream yields an error and ends.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// use futures_util::TryStreamExt;
    ///
    /// let mut pages = chats.iter_images().page_size(5).pages();
    /// while let Some(page) = pages.try_next().await? {
    ///     println!("{} images of {:?}", page.items.len(), page.total);
    /// }
    /// # Ok(()) });
    /// ```
    pub fn pages(mut self) -> Pages<T, D> {
        self.unstarted();
        Pages {
            fetcher: self.fetcher,
            driver: self.driver,
        }
    }

    /// How many items the list has, as the service last said; `None` before the first page,
    /// or if the service does not say.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut found = client.chats().iter_search_images("pole").page_size(5);
    /// assert_eq!(found.total_hint(), None);
    /// found.try_next().await?;
    /// assert!(found.total_hint() > Some(5)); // one item was read, and all are counted
    /// # Ok(()) });
    /// ```
    pub fn total_hint(&self) -> Option<u64> {
        self.fetcher.total_hint()
    }

    pub(crate) fn is_over(&self) -> bool {
        self.buffer.is_empty() && self.fetcher.is_done()
    }

    /// Ends the list at once, whatever is left of it.
    #[cfg(feature = "blocking")]
    pub(crate) fn abandon(&mut self) {
        self.buffer.clear();
        self.fetcher.end();
    }

    pub(crate) fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        loop {
            if let Some(item) = self.buffer.pop_front() {
                self.fetcher.advance(cx);
                return Poll::Ready(Some(item));
            }
            match ready!(self.fetcher.poll_page(cx)) {
                Some(Ok(page)) => self.buffer = page.items.into(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// The query, for the options of one kind of list.
    pub(crate) fn query(&mut self) -> &mut T::Query {
        &mut self.unstarted().query
    }

    fn unstarted(&mut self) -> &mut Fetcher<T> {
        assert!(
            !self.fetcher.started(),
            "`Pager` options set after it was polled"
        );
        &mut self.fetcher
    }
}

impl<T: PageItem, D> Pages<T, D> {
    #[cfg(feature = "blocking")]
    pub(crate) fn driver(&self) -> &D {
        &self.driver
    }

    pub(crate) fn is_over(&self) -> bool {
        self.fetcher.is_done()
    }

    /// Ends the list at once, whatever is left of it.
    #[cfg(feature = "blocking")]
    pub(crate) fn abandon(&mut self) {
        self.fetcher.end();
    }

    pub(crate) fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Page<T>>>> {
        let page = ready!(self.fetcher.poll_page(cx));
        Poll::Ready(page.map(|page| page.map(fetch::FreshPage::sorted_out)))
    }

    /// How many items the list has, as the service last said; `None` before the first page,
    /// or if the service does not say.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut pages = client.chats().iter_images().page_size(10).pages();
    /// let mut read = 0;
    /// while let Some(page) = pages.try_next().await? {
    ///     read += page.items.len();
    ///     println!("{read} of {}", pages.total_hint().unwrap_or_default());
    /// }
    /// # Ok(()) });
    /// ```
    pub fn total_hint(&self) -> Option<u64> {
        self.fetcher.total_hint()
    }
}

impl<T: PageItem> Stream for Pager<T> {
    type Item = Result<T>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_item(cx)
    }
}

impl<T: PageItem> FusedStream for Pager<T> {
    fn is_terminated(&self) -> bool {
        self.is_over()
    }
}

impl<T: PageItem> Stream for Pages<T> {
    type Item = Result<Page<T>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_page(cx)
    }
}

impl<T: PageItem> FusedStream for Pages<T> {
    fn is_terminated(&self) -> bool {
        self.is_over()
    }
}

// No field is pinned in place: requests under way have boxes of their own.
impl<T: PageItem, D> Unpin for Pager<T, D> {}
impl<T: PageItem, D> Unpin for Pages<T, D> {}

impl<T: PageItem, D> std::fmt::Debug for Pager<T, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pager")
            .field("buffered", &self.buffer.len())
            .field("total_hint", &self.total_hint())
            .finish_non_exhaustive()
    }
}

impl<T: PageItem, D> std::fmt::Debug for Pages<T, D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pages")
            .field("total_hint", &self.total_hint())
            .finish_non_exhaustive()
    }
}
