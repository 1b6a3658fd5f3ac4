//! The generated HTTP client under the [`chats`] crate, and the one seam
//! through which every request leaves it. **Depend on `chats`**: this crate
//! follows the contract field by field and promises no stability.
//!
//! [`generated`] is written by `cargo xtask codegen` and never edited. By hand
//! there are only [`Date`], the type of its dates, and [`Transport`]: what sends a
//! request, retries, authorises and observes lives in `chats`, behind that trait.
//!
//! [`chats`]: https://docs.rs/chats

use std::borrow::Cow;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use progenitor_client::{ClientHooks, ClientInfo as _, OperationInfo};

mod date;
mod rfc3339;

// The generator writes neither docs for all items nor in our lints' taste.
#[allow(
    clippy::pedantic,
    clippy::all,
    missing_debug_implementations,
    missing_docs,
    rust_2018_idioms,
    unreachable_pub,
    unused
)]
#[rustfmt::skip]
pub mod generated;

pub use date::Date;
pub use generated::{Client, types};
pub use progenitor_client::{ByteStream, Error, ResponseValue};

/// What a [`Transport`] promises: a response, or why there is none.
pub type Reply<'a> = Pin<Box<dyn Future<Output = reqwest::Result<reqwest::Response>> + Send + 'a>>;

/// Sends the requests of a [`Client`].
///
/// The seam is object-safe, so that the client has one type whatever stands
/// behind it.
pub trait Transport: Send + Sync + 'static {
    /// Sends one request of the named operation.
    fn execute<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: reqwest::Request,
        operation_id: &'static str,
    ) -> Reply<'a>;

    /// Where the service is, if the transport knows it: then the base URL that a [`Client`]
    /// was made with is only the path there, and no request needs to parse the whole URL.
    fn base_url(&self) -> Option<&reqwest::Url> {
        None
    }

    /// Whether the reply's body was read by [`execute`](Self::execute): then the generated
    /// function ends with [`Error::Custom`] in place of reading it.
    fn has_read_body(&self) -> bool {
        false
    }
}

/// The transport that a [`Client`] was made with; cheap to clone.
#[derive(Clone)]
pub struct Inner(pub Arc<dyn Transport>);

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inner(..)")
    }
}

/// The URL of a request: a whole one, or a path at the transport's
/// [`base_url`](Transport::base_url).
#[allow(
    clippy::result_large_err,
    reason = "the generated functions return it as it is"
)]
pub(crate) fn whole_url<E>(inner: &Inner, url: &str) -> Result<reqwest::Url, Error<E>> {
    let url = &*strictly_encoded(url);
    let Some(base) = inner.0.base_url() else {
        let parsed = reqwest::Url::parse(url);
        return parsed.map_err(|error| Error::InvalidRequest(error.to_string()));
    };
    let mut whole = base.clone();
    whole.set_path(url);
    Ok(whole)
}

/// The URL with those characters encoded that the generated client leaves in a path, though
/// RFC 3986 does not allow them there.
fn strictly_encoded(url: &str) -> Cow<'_, str> {
    const LEFT: [(char, &str); 4] = [('|', "%7C"), ('^', "%5E"), ('[', "%5B"), (']', "%5D")];
    // A host may have brackets; a path of ours is after it.
    let path = url.find("://").map_or(0, |at| {
        let host = at + 3;
        url[host..]
            .find('/')
            .map_or(url.len(), |slash| host + slash)
    });
    let (before, path) = url.split_at(path);
    if !path.contains(LEFT.map(|(character, _)| character)) {
        return Cow::Borrowed(url);
    }
    let encoded = LEFT
        .iter()
        .fold(path.to_owned(), |path, (character, code)| {
            path.replace(*character, code)
        });
    Cow::Owned(before.to_owned() + &encoded)
}

impl ClientHooks<Inner> for Client {
    // Not an `async fn`, whose future would hold the request beside the transport's own.
    #[allow(refining_impl_trait, reason = "the generated functions only await it")]
    fn exec(&self, request: reqwest::Request, info: &OperationInfo) -> Reply<'_> {
        let transport = &self.inner().0;
        transport.execute(self.client(), request, info.operation_id)
    }

    async fn post<E>(
        &self,
        _result: &reqwest::Result<reqwest::Response>,
        _info: &OperationInfo,
    ) -> Result<(), Error<E>> {
        match self.inner().0.has_read_body() {
            true => Err(Error::Custom(String::new())),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::strictly_encoded;

    #[test]
    fn a_path_has_only_what_a_path_may_have() {
        for (url, encoded) in [
            ("/plans/a|b^[c]/action", "/plans/a%7Cb%5E%5Bc%5D/action"),
            ("http://[::1]:80/a[", "http://[::1]:80/a%5B"),
            ("http://[::1]", "http://[::1]"),
            ("/plans/a%20b", "/plans/a%20b"),
        ] {
            assert_eq!(strictly_encoded(url), encoded);
        }
    }
}
