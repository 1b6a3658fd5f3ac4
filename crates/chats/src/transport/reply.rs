//! Turns the generated client's result into a value with its reply.

use std::future::{Future, poll_fn};
use std::pin::Pin;

use bytes::Bytes;
use chats_raw::{ByteStream, ResponseValue};
use http::HeaderMap;
use serde::de::DeserializeOwned;

use super::failure::said;
use super::{CallId, Exchange};
use crate::error::classify;
use crate::error::{Error, ErrorKind, Result};
use crate::{json, live_drift};

/// A value and its exchange, which knows the rest of the reply.
pub struct Reply<T> {
    pub(crate) value: T,
    pub(crate) exchange: Exchange,
}

/// What is known of a reply beside its value.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReplyMeta {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<CallId>,
    /// Empty for a stream.
    pub(crate) body: Bytes,
}

impl<T: std::fmt::Debug> std::fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Reply").field(&self.value).finish()
    }
}

impl<T> Reply<T> {
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Reply<U> {
        Reply {
            value: f(self.value),
            exchange: self.exchange,
        }
    }
}

impl<T> Reply<Option<T>> {
    /// The value with its reply, or the reply that has none.
    pub(crate) fn transpose(self) -> std::result::Result<Reply<T>, Exchange> {
        let Self { value, exchange } = self;
        match value {
            Some(value) => Ok(Reply { value, exchange }),
            None => Err(exchange),
        }
    }
}

/// A generated function's future, pinned in place: it is large, and every function that
/// took it by value would have an even larger one.
pub(crate) type Generated<'c, T> = Pin<&'c mut (dyn Future<Output = Raw<T>> + Send)>;

type Raw<T> = std::result::Result<ResponseValue<T>, chats_raw::Error>;

impl Exchange {
    /// Runs a generated function that gives a JSON document.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        call: Generated<'_, T>,
    ) -> Result<Reply<T>> {
        self.run(call).await?;
        self.read()
    }

    /// As [`json`](Self::json); `None` for a 202, which only says that the request was
    /// accepted.
    pub(crate) async fn json_or_accepted<T: DeserializeOwned>(
        &self,
        call: Generated<'_, T>,
    ) -> Result<Reply<Option<T>>> {
        self.run(call).await?;
        let status = self.0.learnt().progress.status;
        match status {
            202 => Ok(self.reply(None)),
            _ => Ok(self.read()?.map(Some)),
        }
    }

    /// As [`json`](Self::json); `None` for a success without a body.
    pub(crate) async fn json_or_nothing<T: DeserializeOwned>(
        &self,
        call: Generated<'_, T>,
    ) -> Result<Reply<Option<T>>> {
        self.run(call).await?;
        let nothing = self.0.learnt().body.is_empty();
        match nothing {
            true => Ok(self.reply(None)),
            false => Ok(self.read()?.map(Some)),
        }
    }

    /// Runs a generated function whose reply is read whole.
    pub(crate) async fn whole<T>(&self, call: Generated<'_, T>) -> Result<Reply<()>> {
        self.run(call).await?;
        Ok(self.reply(()))
    }

    /// Runs a generated function that gives events.
    pub(crate) async fn events(
        &self,
        call: Generated<'_, ByteStream>,
    ) -> Result<Reply<ByteStream>> {
        let none = || Error::new(ErrorKind::Decode, "the service replied without a result");
        let events = self.run(call).await?;
        let events = events.ok_or_else(|| self.fail(none()))?;
        Ok(self.reply(events))
    }

    /// Looks at the headers and the body of the reply; a stream's body is empty.
    pub(crate) fn look_at_reply<R>(&self, look: impl FnOnce(&HeaderMap, &Bytes) -> R) -> R {
        let learnt = self.0.learnt();
        look(&learnt.headers, &learnt.body)
    }

    /// Takes the reply's status, id, headers and body; the last two are empty afterwards.
    pub(crate) fn take_reply(&self) -> ReplyMeta {
        let mut learnt = self.0.learnt();
        ReplyMeta {
            status: learnt.progress.status,
            request_id: learnt.progress.request_id.clone(),
            headers: std::mem::take(&mut learnt.headers),
            body: std::mem::take(&mut learnt.body),
        }
    }

    /// Reads the JSON document in the reply, and checks it for new fields.
    fn read<T: DeserializeOwned>(&self) -> Result<Reply<T>> {
        // Taken out, so that it is neither read under the lock nor shared.
        let body = std::mem::take(&mut self.0.learnt().body);
        let name = self.0.spec.name;
        let value = json::read(&body, |field| live_drift::misfit(name, field));
        let value = value.map_err(|error| self.fail(misfit(body.clone(), error)))?;
        let now = self.0.shared.clock.now();
        live_drift::unknown_fields::<T>(name, &body, Some(now));
        self.0.learnt().body = body;
        Ok(self.reply(value))
    }

    /// A value of the caller's own, with what is known of the call.
    pub(crate) fn reply<T>(&self, value: T) -> Reply<T> {
        Reply {
            value,
            exchange: self.clone(),
        }
    }

    /// Runs a generated function; `None` if its reply was read whole, or is a success for
    /// which the function has no type.
    async fn run<T>(&self, mut call: Generated<'_, T>) -> Result<Option<T>> {
        let result = poll_fn(|cx| self.0.span.in_scope(|| call.as_mut().poll(cx))).await;
        let learnt = self.0.learnt().error.take();
        if let Some(error) = learnt {
            return Err(self.fail(error));
        }
        let error = match result {
            Ok(value) => return Ok(Some(value.into_inner())),
            // How the generated function ends if the transport has read the body.
            Err(chats_raw::Error::Custom(_)) => return Ok(None),
            Err(chats_raw::Error::UnexpectedResponse(response))
                if response.status().is_success() =>
            {
                return Ok(None);
            }
            Err(chats_raw::Error::InvalidRequest(problem)) => Error::invalid(problem),
            Err(chats_raw::Error::CommunicationError(error)) => {
                Error::config("the request could not be built").with_source(error.without_url())
            }
            Err(_) => Error::new(ErrorKind::Decode, "the reply is of an unexpected kind"),
        };
        Err(self.fail(error))
    }
}

/// The failure that some services report in a reply with a success status.
pub(crate) fn failure_in(body: &[u8]) -> Option<Error> {
    let told = said(body);
    let (Some(code), Some(message)) = (&told.code, &told.message) else {
        return None;
    };
    let kind = classify::kind_of_event(Some(code));
    let message = format!("the service said: {message}");
    Some(Error::new(kind, message).with_details(told))
}

/// Says where a reply does not match the contract.
fn misfit(body: Bytes, misfit: json::Misfit) -> Error {
    if let Some(told) = failure_in(&body) {
        return told.with_body(body);
    }
    let json::Misfit { path, problem } = misfit;
    let told = said(&body);
    let message = if body.is_empty() {
        "the reply is empty".to_owned()
    } else if let (true, Some(sentence)) = (told.is_web_page, told.sentence()) {
        sentence
    } else if let Some(path) = &path {
        format!("the reply does not match the contract at `{path}`: {problem}")
    } else {
        format!("the reply does not match the contract: {problem}")
    };
    Error::new(ErrorKind::Decode, message)
        .with_path(path)
        .with_body(body)
}
