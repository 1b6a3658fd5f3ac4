//! Listing and searching images.

use std::pin::pin;

use chats_raw::types as raw;

use super::{bounds, require};
use crate::call::Call;
use crate::call::operation::{CallContext, Run, Running};
use crate::limits;
use crate::pager::item::{PageRequest, Paged};
use crate::retry::breaker::EndpointGroup;
use crate::transport::{OperationSpec, ReplyKind};
use crate::types::from_raw::{self, Asked};
use crate::types::{ChatImageList, ImageSearchResults};

/// The operation behind [`ChatResource::get_all_images`](crate::ChatResource::get_all_images)
/// and [`iter_images`](crate::ChatResource::iter_images); its options are methods on
/// [`Call`].
#[derive(Clone, Debug)]
pub struct GetAllImages {
    limit: u32,
    offset: u64,
}

impl Default for GetAllImages {
    fn default() -> Self {
        Self {
            limit: 1000,
            offset: 0,
        }
    }
}

impl Paged for GetAllImages {
    fn limit(&self) -> u32 {
        self.limit
    }

    fn page(self, request: PageRequest) -> Self {
        Self {
            limit: request.limit,
            offset: request.offset,
        }
    }
}

impl<M, D> Call<GetAllImages, M, D> {
    /// How many ids to list: 1–5000. Default: 1000.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let first = chats.get_all_images().limit(10).await?;
    /// # Ok(()) });
    /// ```
    pub fn limit(mut self, images: u32) -> Self {
        self.operation().limit = images;
        self
    }

    /// How many ids to skip. Default: 0.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let next = chats.get_all_images().limit(5).offset(5).await?;
    /// # Ok(()) });
    /// ```
    pub fn offset(mut self, images: u64) -> Self {
        self.operation().offset = images;
        self
    }
}

impl Run for GetAllImages {
    type Output = ChatImageList;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "get_all_images",
        doing: "list the images",
        group: EndpointGroup::Images,
        idempotent: true,
        look_first: None,
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<ChatImageList> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(None)?;
            let offset = bounds::from_one_to(
                "limit or page size",
                self.limit,
                limits::MAX_IMAGE_IDS_PER_PAGE,
            )
            .and_then(|()| bounds::offset(self.offset))
            .map_err(|error| exchange.fail(error))?;
            let asked = Asked {
                limit: self.limit,
                offset: self.offset,
            };
            let raw = exchange.raw();
            let call = raw.get_all_user_images(Some(i64::from(self.limit)), Some(offset));
            let reply = exchange.json(pin!(call)).await?;
            let reply = reply.map(|raw| from_raw::image_list(raw, asked));
            require(reply, "image_ids")
        })
    }
}

/// The operation behind [`ChatResource::search_images`](crate::ChatResource::search_images)
/// and [`iter_search_images`](crate::ChatResource::iter_search_images); its options are
/// methods on [`Call`].
#[derive(Clone, Debug)]
pub struct SearchImages {
    query: String,
    limit: u32,
    offset: u64,
}

impl SearchImages {
    pub(crate) fn new(query: String) -> Self {
        Self {
            query,
            limit: 50,
            offset: 0,
        }
    }
}

impl Paged for SearchImages {
    fn limit(&self) -> u32 {
        self.limit
    }

    fn page(mut self, request: PageRequest) -> Self {
        self.limit = request.limit;
        self.offset = request.offset;
        self
    }
}

impl<M, D> Call<SearchImages, M, D> {
    /// How many results to list: 1–100. Default: 50.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let best = chats.search_images("poles").limit(3).await?;
    /// # Ok(()) });
    /// ```
    pub fn limit(mut self, results: u32) -> Self {
        self.operation().limit = results;
        self
    }

    /// How many results to skip. Default: 0.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let chats = client.chats();
    /// let next = chats.search_images("poles").limit(3).offset(3).await?;
    /// # Ok(()) });
    /// ```
    pub fn offset(mut self, results: u64) -> Self {
        self.operation().offset = results;
        self
    }
}

impl Run for SearchImages {
    type Output = ImageSearchResults;

    const SPEC: &'static OperationSpec = &OperationSpec {
        name: "search_images",
        doing: "search the images",
        group: EndpointGroup::Images,
        // A POST, but one that changes nothing.
        idempotent: true,
        look_first: None,
        reply: ReplyKind::Json,
    };

    fn run(self, context: CallContext) -> Running<ImageSearchResults> {
        Box::pin(async move {
            let exchange = context.begin::<Self>(None)?;
            let offset = bounds::text("query", &self.query, limits::MAX_QUERY_CHARS)
                .and_then(|()| {
                    bounds::from_one_to(
                        "limit or page size",
                        self.limit,
                        limits::MAX_RESULTS_PER_PAGE,
                    )
                })
                .and_then(|()| bounds::offset(self.offset))
                .map_err(|error| exchange.fail(error))?;
            let asked = Asked {
                limit: self.limit,
                offset: self.offset,
            };
            let body = raw::ImageSearchRequest {
                query: self.query,
                limit: i64::from(self.limit),
                offset,
            };
            let raw = exchange.raw();
            let reply = exchange.json(pin!(raw.search_images(&body))).await?;
            let reply = reply.map(|raw| from_raw::search_results(raw, asked));
            require(reply, "results")
        })
    }
}
