//! The kinds of lists: sessions, images, search results.

use std::hash::Hash;

use chats_raw::types as raw;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::operation::{CallContext, Run};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::operations::{GetAllImages, ListSessions, SearchImages};
use crate::transport::CallOptions;
use crate::types::{
    ChatImageList, ChatSession, ImageId, ImageReference, ImageSearchResults, SessionId,
    SessionList, from_raw,
};
use crate::{json, live_drift};

/// Something that the service lists in pages. Sealed.
pub trait PageItem: List {}

impl<T: List> PageItem for T {}

/// The part of [`PageItem`] that only this crate sees.
pub trait List: Sized + Send + Sync + 'static {
    #[doc(hidden)]
    type Query: Paged + Clone;
    #[doc(hidden)]
    type Key: Eq + Hash + Send + Sync + 'static;

    /// The field of a page that holds its items, and the type of an item on the wire.
    #[doc(hidden)]
    const FIELD: &'static str;
    #[doc(hidden)]
    type Raw: DeserializeOwned;
    #[doc(hidden)]
    fn from_raw(raw: Self::Raw) -> Self;

    /// What distinguishes this item from others.
    #[doc(hidden)]
    fn key(&self) -> Self::Key;

    /// Converts a page whose items are all readable.
    #[doc(hidden)]
    fn listed(page: <Self::Query as Run>::Output) -> Listed<Self>;
}

/// An operation that gives a list page by page.
pub trait Paged: Run {
    /// How many items a page has.
    #[doc(hidden)]
    fn limit(&self) -> u32;

    /// The same query for another page.
    #[doc(hidden)]
    fn page(self, request: PageRequest) -> Self;
}

/// Which page is wanted.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest {
    pub(crate) limit: u32,
    pub(crate) offset: u64,
}

/// A page as it was read.
#[derive(Debug)]
pub struct Listed<T> {
    pub(crate) items: Vec<Result<T>>,
    pub(crate) total: Option<i64>,
    pub(crate) has_more: Option<bool>,
}

impl<T> Listed<T> {
    fn new(items: Vec<T>, total: i64, has_more: bool) -> Self {
        Self {
            items: items.into_iter().map(Ok).collect(),
            total: Some(total),
            has_more: Some(has_more),
        }
    }
}

impl List for ChatSession {
    type Query = ListSessions;
    type Key = SessionId;
    type Raw = raw::ChatSessionSummaryResponse;
    const FIELD: &'static str = "sessions";

    fn from_raw(raw: Self::Raw) -> Self {
        from_raw::session(raw)
    }

    fn key(&self) -> SessionId {
        self.id
    }

    fn listed(page: SessionList) -> Listed<Self> {
        Listed::new(page.items, page.total, page.has_more)
    }
}

impl List for ImageId {
    type Query = GetAllImages;
    type Key = ImageId;
    type Raw = uuid::Uuid;
    const FIELD: &'static str = "image_ids";

    fn from_raw(raw: Self::Raw) -> Self {
        ImageId::new(raw)
    }

    fn key(&self) -> ImageId {
        *self
    }

    fn listed(page: ChatImageList) -> Listed<Self> {
        Listed::new(page.image_ids, page.total_count, page.has_more)
    }
}

impl List for ImageReference {
    type Query = SearchImages;
    type Key = String;
    type Raw = raw::ImageSearchResultResponse;
    const FIELD: &'static str = "results";

    fn from_raw(raw: Self::Raw) -> Self {
        from_raw::search_result(raw)
    }

    fn key(&self) -> String {
        self.image_id.clone()
    }

    fn listed(page: ImageSearchResults) -> Listed<Self> {
        Listed::new(page.items, page.total, page.has_more)
    }
}

/// Fetches one page. If it does not match the contract as a whole, each item is read
/// separately, so that an unreadable one does not lose the others.
pub(crate) async fn fetch<T: List>(
    client: Client,
    query: T::Query,
    request: PageRequest,
    options: CallOptions,
) -> Result<Listed<T>> {
    let context = CallContext {
        client: client.clone(),
        options,
    };
    let error = match query.page(request).run(context).await {
        Ok(reply) => return Ok(T::listed(reply.value)),
        Err(error) => error,
    };
    let Some(mut listed) = salvaged(&error) else {
        return Err(error);
    };
    for item in listed
        .items
        .iter_mut()
        .filter_map(|item| item.as_mut().err())
    {
        item.copy_context_from(&error);
        item.redact(&client.shared.settings.api_key);
    }
    Ok(listed)
}

/// Saves the items of a page that does not match the contract.
fn salvaged<T: List>(error: &Error) -> Option<Listed<T>> {
    if error.kind() != ErrorKind::Decode {
        return None;
    }
    let mut page = json::value(error.body()?).ok()?;
    let items = page.get_mut(T::FIELD)?.as_array_mut()?.drain(..);
    let items = items
        .enumerate()
        .map(|(index, item)| read_item(index, item));
    Some(Listed {
        items: items.collect(),
        total: page.get("total_count").and_then(json::integer),
        has_more: page.get("has_more").and_then(Value::as_bool),
    })
}

fn read_item<T: List>(index: usize, item: Value) -> Result<T> {
    let body = item.clone();
    let left_out = |field: &str| live_drift::misfit(T::Query::SPEC.name, field);
    let misfit = match json::fit(item, left_out) {
        Ok(raw) => return Ok(T::from_raw(raw)),
        Err(misfit) => misfit,
    };
    let field = T::FIELD;
    let path = match misfit.path {
        Some(inner) => format!("{field}[{index}].{inner}"),
        None => format!("{field}[{index}]"),
    };
    let message = format!(
        "one item does not match the contract at `{path}`: {}",
        misfit.problem
    );
    Err(Error::new(ErrorKind::Decode, message)
        .with_path(Some(path))
        .with_body(body.to_string().into()))
}
