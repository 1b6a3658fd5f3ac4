//! Fetches the pages of a list in order, some ahead if asked to, and leaves out the items
//! that were seen before.

use std::collections::{HashSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::stream::FuturesOrdered;
use sync_wrapper::SyncWrapper;
use tracing::Instrument;

use super::Page;
use super::item::{self, Listed, PageItem, PageRequest, Paged as _};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::CallOptions;

/// After so many pages in a row, with so many items, on which everything was seen before,
/// the list is over: rows may move on by many while people chat, but not without end.
const REPEATED: Streak = Streak {
    pages: 3,
    items: 20,
};
/// The same for pages without a readable item, after which the list fails.
const UNREADABLE: Streak = Streak {
    pages: 10,
    items: 100,
};
/// How many keys are remembered at least, however small the pages are.
const REMEMBERED: usize = 4096;

pub(super) struct Fetcher<T: PageItem> {
    client: Client,
    pub(super) query: T::Query,
    pub(super) options: CallOptions,
    pub(super) page_size: u32,
    pub(super) prefetch: usize,
    /// The offset of the first page.
    start: u64,
    /// The offset of the next page to be yielded.
    expected: u64,
    /// The offset of the next page to be requested.
    requested: u64,
    under_way: SyncWrapper<FuturesOrdered<Request<T>>>,
    /// The next pages that arrived while the one before was being read.
    early: VecDeque<Arrived<T>>,
    /// The next page, if it is requested once more.
    again: Option<SyncWrapper<Request<T>>>,
    total: Option<i64>,
    /// The keys of the last pages, newest last: of two pages at least.
    seen: VecDeque<HashSet<T::Key>>,
    /// Both count since the last page with a new, readable item.
    repeated: Streak,
    unreadable: Streak,
    /// The error that ends the list, after the page before it was yielded.
    failed: Option<Error>,
    phase: Phase,
}

/// Pages in a row, and the items on them.
#[derive(Clone, Copy, Debug, Default)]
struct Streak {
    pages: u64,
    items: u64,
}

impl Streak {
    /// Whether the run has at least the limit's pages and items.
    fn reaches(self, limit: Self) -> bool {
        self.pages >= limit.pages && self.items >= limit.items
    }

    fn add_page(&mut self, items: u64) {
        self.pages += 1;
        self.items += items;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was requested yet.
    New,
    /// The first page is awaited; the length of the list is not known.
    First,
    Running,
    Done,
}

/// A page that has come, or has failed to.
struct Arrived<T> {
    request: PageRequest,
    /// Whether the page was requested before the caller waited for it.
    ahead: bool,
    result: Result<Listed<T>>,
}

type Request<T> = Pin<Box<dyn Future<Output = Arrived<T>> + Send>>;

/// A page as the fetcher yields it: unreadable items stand in their places.
pub(super) struct FreshPage<T> {
    pub(super) items: Vec<Result<T>>,
    offset: u64,
    total: Option<u64>,
    has_more: bool,
}

impl<T> FreshPage<T> {
    /// The page with readable and unreadable items apart.
    pub(super) fn sorted_out(self) -> Page<T> {
        let mut page = Page {
            items: Vec::with_capacity(self.items.len()),
            unreadable: Vec::new(),
            offset: self.offset,
            total: self.total,
            has_more: self.has_more,
        };
        for item in self.items {
            match item {
                Ok(item) => page.items.push(item),
                Err(error) => page.unreadable.push(error),
            }
        }
        page
    }
}

impl<T: PageItem> Fetcher<T> {
    pub(super) fn new(client: Client, query: T::Query) -> Self {
        Self {
            client,
            page_size: query.limit(),
            query,
            options: CallOptions::default(),
            prefetch: 0,
            start: 0,
            expected: 0,
            requested: 0,
            under_way: SyncWrapper::new(FuturesOrdered::new()),
            early: VecDeque::new(),
            again: None,
            total: None,
            seen: VecDeque::new(),
            repeated: Streak::default(),
            unreadable: Streak::default(),
            failed: None,
            phase: Phase::New,
        }
    }

    /// Skips so many items; before the first request only.
    pub(super) fn begin_at(&mut self, offset: u64) {
        (self.start, self.expected, self.requested) = (offset, offset, offset);
    }

    pub(super) fn started(&self) -> bool {
        self.phase != Phase::New
    }

    pub(super) fn is_done(&self) -> bool {
        self.phase == Phase::Done
    }

    pub(super) fn total_hint(&self) -> Option<u64> {
        self.total.and_then(|total| u64::try_from(total).ok())
    }

    pub(super) fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<FreshPage<T>>>> {
        loop {
            if self.phase == Phase::Done {
                return Poll::Ready(None);
            }
            if let Some(error) = self.failed.take() {
                self.end();
                return Poll::Ready(Some(Err(error)));
            }
            if self.phase == Phase::New {
                self.phase = Phase::First;
            }
            self.request_pages(1 + self.ahead(), true);
            let Some(arrived) = ready!(self.poll_arrived(cx)) else {
                self.phase = Phase::Done;
                continue;
            };
            let request = arrived.request;
            let listed = match arrived.result {
                // Now the caller waits for it, and no other page is read beside it.
                Err(error) if arrived.ahead && was_requested_too_early(&error) => {
                    tracing::debug!(%error, offset = request.offset, "reading a page again");
                    self.again = Some(SyncWrapper::new(self.request(request, false)));
                    continue;
                }
                // This page was fetched before its predecessor. Items that were added in
                // between have moved others from there to here, and this older copy lacks
                // them.
                Ok(listed)
                    if arrived.ahead
                        && listed.total.is_some_and(|total| Some(total) < self.total) =>
                {
                    tracing::debug!(offset = request.offset, "reading an older page again");
                    self.again = Some(SyncWrapper::new(self.request(request, false)));
                    continue;
                }
                Ok(listed) => listed,
                Err(error) => {
                    self.end();
                    return Poll::Ready(Some(Err(error)));
                }
            };
            let Some(page) = self.accept(request, listed) else {
                continue;
            };
            // The pages ahead are requested now, while the caller reads this one.
            self.request_pages(self.ahead(), false);
            self.advance(cx);
            return Poll::Ready(Some(Ok(page)));
        }
    }

    /// The next page in order.
    fn poll_arrived(&mut self, cx: &mut Context<'_>) -> Poll<Option<Arrived<T>>> {
        if let Some(again) = &mut self.again {
            let arrived = again.get_mut().as_mut().poll(cx);
            if arrived.is_pending() {
                self.advance(cx);
            } else {
                self.again = None;
            }
            return arrived.map(Some);
        }
        match self.early.pop_front() {
            Some(early) => Poll::Ready(Some(early)),
            None => Pin::new(self.under_way.get_mut()).poll_next(cx),
        }
    }

    /// How many pages may be requested ahead of the one that is awaited or read.
    fn ahead(&self) -> usize {
        match self.phase {
            Phase::Running => self.prefetch,
            _ => 0,
        }
    }

    fn under_way(&mut self) -> usize {
        self.under_way.get_mut().len() + self.early.len() + usize::from(self.again.is_some())
    }

    /// Requests pages until `wanted` are under way; if `awaited`, the caller waits for
    /// the first.
    fn request_pages(&mut self, wanted: usize, awaited: bool) {
        while self.goes_on() && self.under_way() < wanted {
            let nothing_under_way = self.under_way() == 0;
            let within = self.total_hint().is_none_or(|total| self.requested < total);
            if !nothing_under_way && !within {
                break;
            }
            let request = PageRequest {
                limit: self.page_size,
                offset: self.requested,
            };
            self.requested = self.requested.saturating_add(u64::from(self.page_size));
            let page = self.request(request, !(awaited && nothing_under_way));
            self.under_way.get_mut().push_back(page);
        }
    }

    fn request(&self, request: PageRequest, ahead: bool) -> Request<T> {
        let mut options = self.options.clone();
        if ahead {
            options.unattended = true;
        }
        let page = item::fetch(self.client.clone(), self.query.clone(), request, options);
        let span = tracing::info_span!(
            "chats.page",
            chats.page.offset = request.offset,
            chats.page.limit = request.limit
        );
        let page = async move {
            Arrived {
                request,
                ahead,
                result: page.await,
            }
        };
        Box::pin(page.instrument(span))
    }

    /// Polls the pages requested ahead, without waiting for them. Pages that have arrived
    /// are taken in, so that they can no longer time out.
    pub(super) fn advance(&mut self, cx: &mut Context<'_>) {
        let under_way = self.under_way.get_mut();
        while let Poll::Ready(Some(arrived)) = Pin::new(&mut *under_way).poll_next(cx) {
            self.early.push_back(arrived);
        }
    }

    /// Takes a page that has come; `None` if it has nothing new.
    fn accept(&mut self, request: PageRequest, listed: Listed<T>) -> Option<FreshPage<T>> {
        let received = listed.items.len() as u64;
        self.expected = request.offset + received;
        // A total that only counts the items so far says nothing about the rest.
        let more = listed.has_more == Some(true);
        let reached = |total: i64| u64::try_from(total).is_ok_and(|total| total <= self.expected);
        let told = listed.total.filter(|total| !(more && reached(*total)));
        self.total = told.or(self.total);
        self.phase = Phase::Running;
        let has_more = listed.has_more.unwrap_or_else(|| match self.total_hint() {
            Some(total) => self.expected < total,
            None => received >= u64::from(request.limit),
        });
        if !has_more || received == 0 {
            self.end();
        } else if received != u64::from(request.limit) {
            // The page is not as long as asked for, so the pages ahead were requested at
            // the wrong offsets.
            self.forget_requests();
            self.requested = self.expected;
        }

        let keys: HashSet<T::Key> = listed
            .items
            .iter()
            .filter_map(|item| item.as_ref().ok().map(T::key))
            .collect();
        let mut given = HashSet::new();
        let items: Vec<Result<T>> = listed
            .items
            .into_iter()
            .filter(|item| match item {
                Err(_) => true,
                Ok(item) => {
                    let key = item.key();
                    !self.seen.iter().any(|page| page.contains(&key)) && given.insert(key)
                }
            })
            .collect();
        self.remember(keys);
        self.guard(&items, received, request.offset);
        if items.is_empty() && self.goes_on() {
            return None;
        }
        let has_more = self.goes_on();
        (!items.is_empty() || request.offset == self.start).then_some(FreshPage {
            items,
            offset: request.offset,
            total: self.total_hint(),
            has_more,
        })
    }

    /// Keeps a list from going on without end where its pages give nothing new: one
    /// that repeats itself is over, and one that cannot be read fails.
    fn guard(&mut self, fresh: &[Result<T>], received: u64, offset: u64) {
        if fresh.iter().any(Result::is_ok) {
            (self.repeated, self.unreadable) = (Streak::default(), Streak::default());
            return;
        }
        if fresh.is_empty() {
            self.repeated.add_page(received);
        } else {
            self.unreadable.add_page(fresh.len() as u64);
        }
        if !self.goes_on() {
            return;
        }
        if self.repeated.reaches(REPEATED) {
            tracing::warn!(
                offset,
                "the service keeps repeating pages and says that there are more; the list ends here"
            );
            self.end();
        } else if self.unreadable.reaches(UNREADABLE) {
            let Streak { pages, items } = self.unreadable;
            let message = format!("none of {items} items on {pages} pages in a row can be read");
            self.failed = Some(
                Error::new(ErrorKind::Decode, message)
                    .with_hint("the list is not read further; see what the items' errors say"),
            );
            self.forget_requests();
        }
    }

    /// Whether a further page is to be requested.
    fn goes_on(&self) -> bool {
        self.phase != Phase::Done && self.failed.is_none()
    }

    /// Keeps the keys of a page, and forgets those of pages long past.
    fn remember(&mut self, keys: HashSet<T::Key>) {
        self.seen.push_back(keys);
        let mut kept: usize = self.seen.iter().map(HashSet::len).sum();
        while self.seen.len() > 2 && kept - self.seen[0].len() >= REMEMBERED {
            kept -= self.seen[0].len();
            self.seen.pop_front();
        }
    }

    pub(super) fn end(&mut self) {
        self.phase = Phase::Done;
        self.forget_requests();
    }

    fn forget_requests(&mut self) {
        *self.under_way.get_mut() = FuturesOrdered::new();
        self.early.clear();
        self.again = None;
    }
}

/// Whether a page failed for a reason that may be due to its being requested ahead.
/// Requests only progress while the list is polled, so it may have timed out, or the
/// service may have closed its connection; and a circuit that was open lets one request
/// through at a time.
fn was_requested_too_early(error: &Error) -> bool {
    let kinds = [
        ErrorKind::Timeout,
        ErrorKind::Connection,
        ErrorKind::CircuitOpen,
    ];
    kinds.contains(&error.kind()) && error.is_retryable()
}
