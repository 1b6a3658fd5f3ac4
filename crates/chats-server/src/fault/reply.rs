//! Applies faults to whole requests, and to the bytes of their replies.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;

use axum::body::{Body, BodyDataStream};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, stream};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::Fault;
use crate::http::{Operation, PREFIX, RequestId};
use crate::server::ResetSwitch;
use crate::state::App;

/// The header that the test mode obeys.
const HEADER: &str = "x-chats-fault";

/// The faults that one request meets, for the handler that makes its stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drawn(pub Arc<Vec<Fault>>);

/// Draws the faults of a request and applies them.
pub(crate) async fn inject(
    State(app): State<Arc<App>>,
    Extension(reset): Extension<ResetSwitch>,
    mut request: Request,
    next: Next,
) -> Response {
    // Several lines of a header are one list.
    let lines: Vec<_> = request
        .headers()
        .get_all(HEADER)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    let header = (!lines.is_empty()).then(|| lines.join(","));
    let faults = match app.faults.draw(operation(&request), header.as_deref()) {
        Ok(faults) if faults.is_empty() => return next.run(request).await,
        Ok(faults) => faults,
        Err(reason) => {
            let body = Json(json!({"detail": format!("{HEADER}: {reason}")}));
            return (StatusCode::BAD_REQUEST, body).into_response();
        }
    };
    for fault in &faults {
        match fault {
            Fault::Delay(duration) => app.faults.clock.sleep(*duration).await,
            Fault::Refuse(refusal) => {
                let id = request
                    .extensions()
                    .get::<RequestId>()
                    .map(|id| id.0.clone());
                let id = id.as_ref().and_then(|id| id.to_str().ok());
                return mangle(refusal.to_response(app.faults.clock.now(), id), &faults);
            }
            Fault::Reset => return broken(&reset),
            _ => {}
        }
    }
    let faults = Arc::new(faults);
    request.extensions_mut().insert(Drawn(Arc::clone(&faults)));
    let reply = next.run(request).await;
    if faults.contains(&Fault::LoseReply) {
        return broken(&reset);
    }
    mangle(reply, &faults)
}

fn operation(request: &Request) -> Option<Operation> {
    let path = request
        .extensions()
        .get::<MatchedPath>()?
        .as_str()
        .strip_prefix(PREFIX)?;
    Operation::ALL
        .iter()
        .copied()
        .find(|operation| operation.path() == path && operation.method() == request.method())
}

/// A reply that never begins: the connection is reset before its first byte.
fn broken(reset: &ResetSwitch) -> Response {
    reset.set();
    let mut reply = Response::new(Body::empty());
    reply.extensions_mut().insert(Doomed);
    reply
}

/// Marks a reply whose connection ends instead of sending it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doomed;

/// Applies the faults to the bytes of a reply: compresses them, then cuts them into
/// chunks, then breaks off.
fn mangle(reply: Response, faults: &[Fault]) -> Response {
    let chunk = faults.iter().find_map(|fault| match fault {
        Fault::ChunkSize(size) => Some((*size).max(1)),
        _ => None,
    });
    let length = faults.iter().find_map(|fault| match fault {
        Fault::CutAfterBytes(bytes) => Some(*bytes),
        _ => None,
    });
    let packs = faults.contains(&Fault::Gzip);
    if !packs && chunk.is_none() && length.is_none() {
        return reply;
    }
    let (mut parts, mut body) = reply.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    if packs {
        let encoding = HeaderValue::from_static("gzip");
        parts.headers.insert(header::CONTENT_ENCODING, encoding);
        body = gzip(body.into_data_stream());
    }
    if let Some(size) = chunk {
        body = chunked(body.into_data_stream(), size);
    }
    if let Some(bytes) = length {
        body = cut(body.into_data_stream(), bytes);
    }
    Response::from_parts(parts, body)
}

/// Flushes each piece, so that a client can unpack it as soon as it arrives.
fn gzip(body: BodyDataStream) -> Body {
    let encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let packed = stream::unfold((body, Some(encoder)), |(mut body, encoder)| async move {
        let mut encoder = encoder?;
        let packed = match body.next().await {
            Some(Ok(bytes)) => encoder.write_all(&bytes).and_then(|()| encoder.flush()),
            Some(Err(error)) => Err(io::Error::other(error)),
            None => return Some((encoder.finish().map(Bytes::from), (body, None))),
        };
        let piece = packed.map(|()| Bytes::from(std::mem::take(encoder.get_mut())));
        Some((piece, (body, Some(encoder))))
    });
    Body::from_stream(packed)
}

fn chunked(body: BodyDataStream, size: usize) -> Body {
    let pieces = body.flat_map(move |bytes| {
        let pieces: VecDeque<Result<Bytes, axum::Error>> = match bytes {
            Ok(mut bytes) => std::iter::from_fn(|| {
                (!bytes.is_empty()).then(|| Ok(bytes.split_to(bytes.len().min(size))))
            })
            .collect(),
            Err(error) => VecDeque::from([Err(error)]),
        };
        stream::iter(pieces)
    });
    Body::from_stream(pieces)
}

fn cut(body: BodyDataStream, left: usize) -> Body {
    let pieces = stream::unfold((body, left), |(mut body, left)| async move {
        if left == 0 {
            return Some((Err(break_off().await), (body, left)));
        }
        let piece = body
            .next()
            .await?
            .map_err(io::Error::other)
            .map(|mut bytes| {
                bytes.truncate(left);
                bytes
            });
        let left = left - piece.as_ref().map_or(0, Bytes::len);
        Some((piece, (body, left)))
    });
    Body::from_stream(pieces)
}

/// The error that ends a connection in the middle of a body. Yields once before, so that
/// the connection flushes what was sent.
pub(crate) async fn break_off() -> io::Error {
    tokio::task::yield_now().await;
    io::Error::new(io::ErrorKind::ConnectionAborted, "broken off on purpose")
}
