//! The kinds of lists: sessions, images, search results.

use std::future::Future;
use std::hash::Hash;
use std::pin::Pin;

use serde::Deserialize;
use serde_json::Value;

use crate::call::operation::CallContext;
use crate::call::operation::Run as _;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::operations::{GetAllImages, ListSessions, SearchImages};
use crate::transport::CallOptions;
use crate::types::{ChatSession, ImageId, ImageReference, SessionId, from_raw};

/// Something that the service lists in pages. Sealed.
pub trait PageItem: List {}

impl<T: List> PageItem for T {}

/// The part of [`PageItem`] that only this crate sees.
pub trait List: Sized + Send + Sync + 'static {
    #[doc(hidden)]
    type Query: Clone + Send + Sync + 'static;
    #[doc(hidden)]
    type Key: Eq + Hash + Send + Sync + 'static;
    #[doc(hidden)]
    const DEFAULT_PAGE_SIZE: u32;

    /// What tells this item from others.
    #[doc(hidden)]
    fn key(&self) -> Self::Key;

    #[doc(hidden)]
    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    fn fetch(
        client: Client,
        query: Self::Query,
        request: PageRequest,
        options: CallOptions,
    ) -> Pin<Box<dyn Future<Output = Result<Listed<Self>>> + Send>>;
}

/// Which page is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageRequest {
    pub(crate) limit: u32,
    pub(crate) offset: u64,
}

/// A page as it was read.
pub(crate) struct Listed<T> {
    pub(crate) items: Vec<Result<T>>,
    pub(crate) total: Option<i64>,
    pub(crate) has_more: Option<bool>,
}

impl List for ChatSession {
    type Query = ListSessions;
    type Key = SessionId;
    const DEFAULT_PAGE_SIZE: u32 = 20;

    fn key(&self) -> SessionId {
        self.id
    }

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    fn fetch(
        client: Client,
        query: ListSessions,
        request: PageRequest,
        options: CallOptions,
    ) -> Pin<Box<dyn Future<Output = Result<Listed<Self>>> + Send>> {
        let query = query.page(request);
        Box::pin(async move {
            let result = query.run(CallContext { client, options }).await;
            listed(
                result.map(|reply| reply.value),
                "sessions",
                from_raw::session,
                |page| (page.items, Some(page.total), Some(page.has_more)),
            )
        })
    }
}

impl List for ImageId {
    type Query = GetAllImages;
    type Key = ImageId;
    const DEFAULT_PAGE_SIZE: u32 = 1000;

    fn key(&self) -> ImageId {
        *self
    }

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    fn fetch(
        client: Client,
        query: GetAllImages,
        request: PageRequest,
        options: CallOptions,
    ) -> Pin<Box<dyn Future<Output = Result<Listed<Self>>> + Send>> {
        let query = query.page(request);
        Box::pin(async move {
            let result = query.run(CallContext { client, options }).await;
            listed(
                result.map(|reply| reply.value),
                "image_ids",
                ImageId::new,
                |page| (page.image_ids, Some(page.total_count), Some(page.has_more)),
            )
        })
    }
}

impl List for ImageReference {
    type Query = SearchImages;
    type Key = String;
    const DEFAULT_PAGE_SIZE: u32 = 50;

    fn key(&self) -> String {
        self.image_id.clone()
    }

    #[allow(private_interfaces, reason = "the trait cannot be named outside")]
    fn fetch(
        client: Client,
        query: SearchImages,
        request: PageRequest,
        options: CallOptions,
    ) -> Pin<Box<dyn Future<Output = Result<Listed<Self>>> + Send>> {
        let query = query.page(request);
        Box::pin(async move {
            let result = query.run(CallContext { client, options }).await;
            listed(
                result.map(|reply| reply.value),
                "results",
                from_raw::search_result,
                |page| (page.items, Some(page.total), Some(page.has_more)),
            )
        })
    }
}

/// A page, or what can be saved of one that does not fit as a whole: each item
/// of its list is then read by itself.
fn listed<P, T, R>(
    result: Result<P>,
    field: &str,
    make: fn(R) -> T,
    split: impl FnOnce(P) -> (Vec<T>, Option<i64>, Option<bool>),
) -> Result<Listed<T>>
where
    R: for<'de> Deserialize<'de>,
{
    let error = match result {
        Ok(page) => {
            let (items, total, has_more) = split(page);
            return Ok(Listed {
                items: items.into_iter().map(Ok).collect(),
                total,
                has_more,
            });
        }
        Err(error) => error,
    };
    let body = match error.body() {
        Some(body) if error.kind() == ErrorKind::Decode => body,
        _ => return Err(error),
    };
    let Ok(page) = serde_json::from_slice::<Value>(body) else {
        return Err(error);
    };
    let Some(items) = page.get(field).and_then(Value::as_array) else {
        return Err(error);
    };
    let items = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            serde_path_to_error::deserialize(item)
                .map(make)
                .map_err(|problem| {
                    let inner = problem.path().to_string();
                    let path = if inner == "." {
                        format!("{field}[{index}]")
                    } else {
                        format!("{field}[{index}].{inner}")
                    };
                    let message = format!(
                        "one item is not what the contract says at `{path}`: {}",
                        problem.into_inner()
                    );
                    Error::new(ErrorKind::Decode, message)
                        .with_path(Some(path))
                        .with_body(item.to_string().into())
                })
        })
        .collect();
    Ok(Listed {
        items,
        total: page.get("total_count").and_then(Value::as_i64),
        has_more: page.get("has_more").and_then(Value::as_bool),
    })
}
