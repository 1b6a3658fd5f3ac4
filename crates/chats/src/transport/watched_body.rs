//! A body that a connection takes only once, or never: a service cannot have carried out a
//! request of which it has no body.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

const OFFERED: u8 = 0;
const TAKEN: u8 = 1;
const WITHDRAWN: u8 = 2;

/// Whether a connection has taken the body of an attempt, or can no longer take it. Both
/// are decided in one step, since the connection runs on another thread.
#[derive(Clone, Debug, Default)]
pub(super) struct BodyWatch(Arc<AtomicU8>);

impl BodyWatch {
    /// The body that a connection takes or finds withdrawn.
    pub(super) fn body(&self, bytes: Bytes) -> reqwest::Body {
        reqwest::Body::wrap(WatchedBody {
            bytes: Some(bytes),
            watch: self.clone(),
        })
    }

    /// Whether the body was still there to withdraw. If so, no connection will take it.
    pub(super) fn withdraw(&self) -> bool {
        self.leave_offered_for(WITHDRAWN) != TAKEN
    }

    /// Whether a connection may send the body, which then counts as taken.
    fn take(&self) -> bool {
        self.leave_offered_for(TAKEN) != WITHDRAWN
    }

    /// Moves on from `OFFERED`, and gives the state that was found.
    fn leave_offered_for(&self, next: u8) -> u8 {
        let order = Ordering::AcqRel;
        match self
            .0
            .compare_exchange(OFFERED, next, order, Ordering::Acquire)
        {
            Ok(found) | Err(found) => found,
        }
    }
}

struct WatchedBody {
    bytes: Option<Bytes>,
    watch: BodyWatch,
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if !self.watch.take() {
            let error = io::Error::new(io::ErrorKind::TimedOut, "the attempt is over");
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(watch: &BodyWatch) -> Option<io::Result<Bytes>> {
        let mut body = WatchedBody {
            bytes: Some(Bytes::from_static(b"{}")),
            watch: watch.clone(),
        };
        let mut context = Context::from_waker(std::task::Waker::noop());
        let Poll::Ready(frame) = Pin::new(&mut body).poll_frame(&mut context) else {
            unreachable!("it never waits")
        };
        frame.map(|frame| frame.map(|frame| frame.into_data().unwrap()))
    }

    #[test]
    fn a_body_that_was_withdrawn_is_never_sent_and_one_that_was_taken_is_not_withdrawn() {
        let watch = BodyWatch::default();
        assert!(watch.withdraw());
        assert!(poll(&watch).unwrap().is_err());
        assert!(watch.withdraw(), "it is still certain that none took it");

        let watch = BodyWatch::default();
        assert_eq!(poll(&watch).unwrap().unwrap(), "{}");
        assert!(!watch.withdraw());
        let again = poll(&watch).unwrap();
        assert_eq!(again.unwrap(), "{}", "a 307 leads the same body on");
    }
}
