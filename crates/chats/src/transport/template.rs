//! A call's request as the generated client made it, from which each attempt's request is
//! made. The template holds what stays the same; [`Template::request`] takes what changes
//! from attempt to attempt.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, Method};
use http_body::Body as _;
use reqwest::{Body, Request, Url};

use super::watched_body::BodyWatch;

/// What every attempt of a call has in common.
#[derive(Debug)]
pub(super) struct Template {
    /// As the generated client made it, but for the body.
    request: Request,
    body: Option<Bytes>,
}

impl Template {
    /// `None` if the body cannot be sent twice; every generated body can.
    pub(super) fn new(mut request: Request) -> Option<Self> {
        let body = match request.body_mut().take() {
            Some(body) => Some(whole(body)?),
            None => None,
        };
        Some(Self { request, body })
    }

    pub(super) fn method(&self) -> &Method {
        self.request.method()
    }

    pub(super) fn url(&self) -> &Url {
        self.request.url()
    }

    /// The headers that the generated client set: the `Content-Type`.
    pub(super) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// A request to `target`, with these headers; `watch` tells whether a connection took
    /// the body.
    pub(super) fn request(
        &self,
        target: &Url,
        headers: HeaderMap,
        watch: Option<&BodyWatch>,
    ) -> Request {
        let mut request = Request::new(self.method().clone(), target.clone());
        *request.headers_mut() = headers;
        *request.body_mut() = self.body.clone().map(|bytes| match watch {
            Some(watch) => watch.body(bytes),
            None => Body::from(bytes),
        });
        request
    }

    pub(super) fn has_body(&self) -> bool {
        self.body.is_some()
    }
}

/// The bytes of a body that is in memory, without copying them.
fn whole(mut body: Body) -> Option<Bytes> {
    let length = body.size_hint().exact()?;
    let mut context = Context::from_waker(Waker::noop());
    let bytes = match Pin::new(&mut body).poll_frame(&mut context) {
        Poll::Ready(Some(Ok(frame))) => frame.into_data().ok()?,
        Poll::Ready(None) => Bytes::new(),
        Poll::Ready(Some(Err(_))) | Poll::Pending => return None,
    };
    (bytes.len() as u64 == length).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url() -> Url {
        Url::parse("https://api.example/v2").unwrap()
    }

    #[test]
    fn a_body_is_sent_as_often_as_needed_and_never_copied() {
        let bytes = Bytes::from_static(b"{}");
        let mut request = Request::new(Method::POST, url());
        *request.body_mut() = Some(Body::from(bytes.clone()));
        let template = Template::new(request).unwrap();
        for _ in 0..2 {
            let request = template.request(template.url(), HeaderMap::new(), None);
            let sent = request.body().and_then(Body::as_bytes).unwrap();
            assert_eq!(sent.as_ptr(), bytes.as_ptr());
            assert_eq!(sent, bytes);
        }
    }

    #[test]
    fn no_body_and_an_empty_one_are_told_apart() {
        let without = Template::new(Request::new(Method::GET, url())).unwrap();
        assert!(
            without
                .request(&url(), HeaderMap::new(), None)
                .body()
                .is_none()
        );
        let mut request = Request::new(Method::POST, url());
        *request.body_mut() = Some(Body::from(""));
        let empty = Template::new(request).unwrap();
        let sent = empty.request(&url(), HeaderMap::new(), None);
        assert_eq!(sent.body().and_then(Body::as_bytes), Some(&b""[..]));
    }
}
