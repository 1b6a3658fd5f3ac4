//! Fetches the pages of a list in order, some ahead if asked to, and leaves out
//! what was seen before.

use std::collections::HashSet;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::stream::FuturesOrdered;
use sync_wrapper::SyncWrapper;
use tracing::Instrument;

use super::Page;
use super::item::{self, Listed, PageItem, PageRequest};
use crate::client::Client;
use crate::error::Result;
use crate::transport::CallOptions;

/// Pages in a row without anything new, after which the list is over.
const STALE_PAGES: u32 = 3;

pub(super) struct Fetcher<T: PageItem> {
    client: Client,
    pub(super) query: T::Query,
    pub(super) options: CallOptions,
    pub(super) page_size: u32,
    pub(super) prefetch: usize,
    /// Where the next page to be given begins.
    expected: u64,
    /// Where the next page to be requested begins.
    requested: u64,
    under_way: SyncWrapper<FuturesOrdered<Request<T>>>,
    total: Option<i64>,
    /// The keys of the last two pages, newest last.
    seen: [HashSet<T::Key>; 2],
    stale: u32,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was requested yet.
    New,
    /// The first page is awaited; how long the list is is not known.
    First,
    Running,
    Done,
}

type Request<T> = Pin<Box<dyn Future<Output = (PageRequest, Result<Listed<T>>)> + Send>>;

/// A page as the fetcher gives it: with the items that cannot be read in their
/// places.
pub(super) struct FreshPage<T> {
    pub(super) items: Vec<Result<T>>,
    offset: u64,
    total: Option<i64>,
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
            query,
            options: CallOptions::default(),
            page_size: T::DEFAULT_PAGE_SIZE,
            prefetch: 0,
            expected: 0,
            requested: 0,
            under_way: SyncWrapper::new(FuturesOrdered::new()),
            total: None,
            seen: [HashSet::new(), HashSet::new()],
            stale: 0,
            phase: Phase::New,
        }
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
            if self.phase == Phase::New {
                self.phase = Phase::First;
            }
            self.request_pages();
            let under_way = Pin::new(self.under_way.get_mut());
            let Some((request, result)) = ready!(under_way.poll_next(cx)) else {
                self.phase = Phase::Done;
                continue;
            };
            let listed = match result {
                Ok(listed) => listed,
                Err(error) => {
                    self.end();
                    return Poll::Ready(Some(Err(error)));
                }
            };
            let Some(page) = self.accept(request, listed) else {
                continue;
            };
            // What is requested ahead begins now, while this page is being read.
            if self.prefetch > 0 && self.phase == Phase::Running {
                self.request_pages();
                self.start_requests(cx);
            }
            return Poll::Ready(Some(Ok(page)));
        }
    }

    /// Requests as many pages as may be under way.
    fn request_pages(&mut self) {
        let ahead = if self.phase == Phase::Running {
            self.prefetch
        } else {
            0
        };
        while self.phase != Phase::Done && self.under_way.get_mut().len() <= ahead {
            let nothing_under_way = self.under_way.get_mut().is_empty();
            let within = self.total_hint().is_none_or(|total| self.requested < total);
            if !nothing_under_way && !within {
                break;
            }
            let request = PageRequest {
                limit: self.page_size,
                offset: self.requested,
            };
            self.requested += u64::from(self.page_size);
            let page = item::fetch(
                self.client.clone(),
                self.query.clone(),
                request,
                self.options.clone(),
            );
            let span = tracing::info_span!(
                "chats.page",
                chats.page.offset = request.offset,
                chats.page.limit = request.limit
            );
            let page = async move { (request, page.await) }.instrument(span);
            self.under_way.get_mut().push_back(Box::pin(page));
        }
    }

    /// Sends what was just requested, without waiting for it.
    fn start_requests(&mut self, cx: &mut Context<'_>) {
        let under_way = self.under_way.get_mut();
        if let Poll::Ready(Some(early)) = Pin::new(&mut *under_way).poll_next(cx) {
            under_way.push_front(Box::pin(std::future::ready(early)));
        }
    }

    /// Takes a page that has come; `None` where it holds nothing new.
    fn accept(&mut self, request: PageRequest, listed: Listed<T>) -> Option<FreshPage<T>> {
        let received = listed.items.len() as u64;
        self.total = listed.total.or(self.total);
        self.expected = request.offset + received;
        self.phase = Phase::Running;
        let has_more = listed.has_more.unwrap_or_else(|| match self.total_hint() {
            Some(total) => self.expected < total,
            None => received >= u64::from(request.limit),
        });
        if !has_more || received == 0 {
            self.end();
        } else if received != u64::from(request.limit) {
            // The page is not as long as asked for: what was requested ahead
            // begins at the wrong places.
            *self.under_way.get_mut() = FuturesOrdered::new();
            self.requested = self.expected;
        }

        let keys: HashSet<T::Key> = listed
            .items
            .iter()
            .filter_map(|item| item.as_ref().ok().map(T::key))
            .collect();
        let repeated = !keys.is_empty() && keys == self.seen[1];
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
        self.seen.swap(0, 1);
        self.seen[1] = keys;
        let fresh = items.iter().any(Result::is_ok);
        self.stale = if fresh { 0 } else { self.stale + 1 };
        if self.phase != Phase::Done && (repeated || self.stale >= STALE_PAGES) {
            tracing::warn!(
                offset = request.offset,
                "the service repeats a page and promises more; the list ends here"
            );
            self.end();
        }
        if items.is_empty() && self.phase != Phase::Done {
            return None;
        }
        let has_more = self.phase != Phase::Done;
        (!items.is_empty() || request.offset == 0).then_some(FreshPage {
            items,
            offset: request.offset,
            total: self.total,
            has_more,
        })
    }

    fn end(&mut self) {
        self.phase = Phase::Done;
        *self.under_way.get_mut() = FuturesOrdered::new();
    }
}
