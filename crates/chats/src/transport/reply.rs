//! Reads what the generated client gives back into a value with its reply.

use std::future::Future;

use bytes::Bytes;
use chats_raw::{ByteStream, ResponseValue};
use http::HeaderMap;
use serde::de::DeserializeOwned;
use tracing::Instrument;

use super::{CallId, Exchange};
use crate::error::body::ErrorBody;
use crate::error::classify;
use crate::error::{Error, ErrorKind, Result};
use crate::live_drift;

/// A value and the reply that it came in.
#[derive(Debug)]
pub struct Reply<T> {
    pub(crate) value: T,
    pub(crate) meta: ReplyMeta,
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

impl<T> Reply<T> {
    pub(crate) fn map<U>(self, f: impl FnOnce(T) -> U) -> Reply<U> {
        Reply {
            value: f(self.value),
            meta: self.meta,
        }
    }
}

/// A header's value as text.
pub(crate) fn header_text(headers: &HeaderMap, name: &str) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (!text.is_empty()).then(|| text.to_owned())
}

type Raw<T> = std::result::Result<ResponseValue<T>, chats_raw::Error>;

impl Exchange {
    /// Runs a generated function that gives a JSON document.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        call: impl Future<Output = Raw<T>>,
    ) -> Result<Reply<T>> {
        match self.run(call).await? {
            Got::Value(value) => Ok(self.document(value)),
            Got::Misfit(body, error) => Err(self.fail(misfit::<T>(body, &error))),
            Got::OtherSuccess => Err(self.fail(Error::new(
                ErrorKind::Decode,
                "the service replied without a result",
            ))),
        }
    }

    /// As [`json`](Self::json); `None` for a 202 without a readable body.
    pub(crate) async fn json_or_accepted<T: DeserializeOwned>(
        &self,
        call: impl Future<Output = Raw<T>>,
    ) -> Result<Reply<Option<T>>> {
        match self.run(call).await? {
            Got::Value(value) => Ok(self.document(value).map(Some)),
            Got::Misfit(body, error) => Err(self.fail(misfit::<T>(body, &error))),
            Got::OtherSuccess => Ok(self.reply(None)),
        }
    }

    /// As [`json`](Self::json); `None` for a success without a body.
    pub(crate) async fn json_or_nothing<T: DeserializeOwned>(
        &self,
        call: impl Future<Output = Raw<T>>,
    ) -> Result<Reply<Option<T>>> {
        match self.run(call).await? {
            Got::Value(value) => Ok(self.document(value).map(Some)),
            Got::Misfit(body, _) if body.is_empty() => Ok(self.reply(None)),
            Got::Misfit(body, error) => Err(self.fail(misfit::<T>(body, &error))),
            Got::OtherSuccess => Ok(self.reply(None)),
        }
    }

    /// Runs a generated function that gives bytes.
    pub(crate) async fn bytes(
        &self,
        call: impl Future<Output = Raw<ByteStream>>,
    ) -> Result<Reply<ByteStream>> {
        match self.run(call).await? {
            Got::Value(value) => Ok(self.reply(value)),
            Got::Misfit(..) | Got::OtherSuccess => Err(self.fail(Error::new(
                ErrorKind::Decode,
                "the service replied without a result",
            ))),
        }
    }

    /// A JSON document, which is looked at for new fields.
    fn document<T: DeserializeOwned>(&self, value: T) -> Reply<T> {
        let reply = self.reply(value);
        let now = self.0.shared.clock.now();
        live_drift::unknown_fields::<T>(self.0.spec.name, &reply.meta.body, Some(now));
        reply
    }

    fn reply<T>(&self, value: T) -> Reply<T> {
        let mut learnt = self.0.learnt();
        Reply {
            value,
            meta: ReplyMeta {
                status: learnt.status,
                request_id: learnt.request_id.clone(),
                headers: std::mem::take(&mut learnt.headers),
                body: std::mem::take(&mut learnt.body),
            },
        }
    }

    async fn run<T>(&self, call: impl Future<Output = Raw<T>>) -> Result<Got<T>> {
        use chats_raw::Error as Raw;
        let result = call.instrument(self.0.span.clone()).await;
        let learnt = self.0.learnt().error.take();
        if let Some(error) = learnt {
            return Err(self.fail(error));
        }
        let error = match result {
            Ok(value) => return Ok(Got::Value(value.into_inner())),
            Err(Raw::InvalidResponsePayload(body, error)) => return Ok(Got::Misfit(body, error)),
            Err(Raw::UnexpectedResponse(response)) if response.status().is_success() => {
                return Ok(Got::OtherSuccess);
            }
            Err(Raw::InvalidRequest(problem)) => Error::invalid(problem),
            Err(Raw::CommunicationError(error) | Raw::ResponseBodyError(error)) => {
                Error::new(ErrorKind::Connection, "the connection failed")
                    .with_source(error.without_url())
            }
            Err(_) => Error::new(ErrorKind::Decode, "the reply is of an unexpected kind"),
        };
        Err(self.fail(error))
    }
}

/// What a generated function gave.
enum Got<T> {
    Value(T),
    /// A success whose body does not fit.
    Misfit(Bytes, serde_json::Error),
    /// A success other than 200.
    OtherSuccess,
}

/// The failure that some services report in a success.
pub(crate) fn failure_in(body: &[u8]) -> Option<Error> {
    let told = ErrorBody::read(body);
    let (Some(code), Some(message)) = (&told.code, &told.message) else {
        return None;
    };
    let kind = classify::kind_of_event(Some(code));
    let message = format!("the service said: {message}");
    Some(Error::new(kind, message).told_by(told))
}

/// Says where a reply does not match the contract.
fn misfit<T: DeserializeOwned>(body: Bytes, error: &serde_json::Error) -> Error {
    if let Some(told) = failure_in(&body) {
        return told.with_body(body);
    }
    let mut reader = serde_json::Deserializer::from_slice(&body);
    let (path, problem) = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Err(error) => (error.path().to_string(), error.into_inner().to_string()),
        Ok(_) => (".".to_owned(), error.to_string()),
    };
    let message = if body.is_empty() {
        "the reply is empty".to_owned()
    } else if path == "." {
        format!("the reply does not match the contract: {problem}")
    } else {
        format!("the reply does not match the contract at `{path}`: {problem}")
    };
    Error::new(ErrorKind::Decode, message)
        .with_path((path != ".").then_some(path))
        .with_body(body)
}
