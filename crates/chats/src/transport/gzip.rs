//! Replies that are compressed with gzip.
//!
//! reqwest would decode them, but takes only the first member of a body and leaves out the
//! others without a word: a file would come back cut, as a success. It also knows only one of
//! the coding's names.

use std::io::{self, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf as _, Bytes};
use flate2::write::GzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body::{Body, Frame};

use super::reply_headers::header_text;

/// The first byte of every member.
const MAGIC: u8 = 0x1f;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Decodes the body of a reply while it is read, if it is compressed.
pub(super) fn decoded(response: reqwest::Response) -> reqwest::Response {
    let coding = header_text(response.headers(), CONTENT_ENCODING.as_str());
    let is_gzip = |coding: &str| {
        ["gzip", "x-gzip"]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(coding.trim()))
    };
    if !coding.is_some_and(is_gzip) {
        return response;
    }
    let (mut head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
    head.headers.remove(CONTENT_ENCODING);
    head.headers.remove(CONTENT_LENGTH);
    http::Response::from_parts(head, reqwest::Body::wrap(Gunzip::new(body))).into()
}

/// A body of gzip members, one after the other.
struct Gunzip {
    body: reqwest::Body,
    /// What came and is not decoded yet.
    input: Bytes,
    /// Of the member that is being decoded; `None` before the first byte and after the last
    /// member.
    decoder: Option<Box<GzDecoder<Vec<u8>>>>,
    /// Whether the last member is over. What follows is padding.
    over: bool,
}

impl Gunzip {
    fn new(body: reqwest::Body) -> Self {
        Self {
            body,
            input: Bytes::new(),
            decoder: None,
            over: false,
        }
    }

    /// Decodes some of the input, which may give nothing.
    fn decode(&mut self) -> io::Result<Vec<u8>> {
        // The decoder itself would wait for a whole header.
        if self.decoder.is_none() && !self.begins_member() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "this is not gzip",
            ));
        }
        let new = || Box::new(GzDecoder::new(Vec::new()));
        let decoder = self.decoder.get_or_insert_with(new);
        // It takes only as much as fills its own buffer, however much that becomes.
        let read = decoder.write(&self.input)?;
        if read > 0 {
            self.input.advance(read);
            decoder.flush()?;
            return Ok(std::mem::take(decoder.get_mut()));
        }
        // The member ended before this input.
        self.over = !self.begins_member();
        self.finish()
    }

    fn begins_member(&self) -> bool {
        self.input.first() == Some(&MAGIC)
    }

    /// Makes sure that the member is whole.
    fn finish(&mut self) -> io::Result<Vec<u8>> {
        let Some(mut decoder) = self.decoder.take() else {
            return Ok(Vec::new());
        };
        decoder.try_finish()?;
        Ok(std::mem::take(decoder.get_mut()))
    }
}

impl Body for Gunzip {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            if !self.input.is_empty() && !self.over {
                let output = self.decode()?;
                if output.is_empty() {
                    continue;
                }
                return Poll::Ready(Some(Ok(Frame::data(output.into()))));
            }
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => self.input = frame.into_data().unwrap_or_default(),
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => {
                    let rest = self.finish()?;
                    let rest = (!rest.is_empty()).then(|| Ok(Frame::data(rest.into())));
                    return Poll::Ready(rest);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use futures_util::stream;

    use super::*;

    fn member(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// What a body in chunks of this size becomes, and the largest chunk of it.
    fn read(body: &[u8], size: usize) -> Result<(Vec<u8>, usize), BoxError> {
        let chunks: Vec<_> = body.chunks(size).map(Bytes::copy_from_slice).collect();
        let chunks = stream::iter(chunks.into_iter().map(io::Result::Ok));
        let mut body = Gunzip::new(reqwest::Body::wrap_stream(chunks));
        let (mut all, mut largest) = (Vec::new(), 0);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        while let Poll::Ready(Some(frame)) = Pin::new(&mut body).poll_frame(&mut cx) {
            let data = frame?.into_data().unwrap();
            largest = largest.max(data.len());
            all.extend_from_slice(&data);
        }
        Ok((all, largest))
    }

    #[test]
    fn all_members_are_read_wherever_they_are_cut() {
        let (first, second) = (member(b"Damaged "), member("poles é".as_bytes()));
        let whole = [&*first, &member(b""), &second].concat();
        for size in 1..=whole.len() {
            let (text, _) = read(&whole, size).unwrap();
            assert_eq!(text, "Damaged poles é".as_bytes(), "chunks of {size}");
        }
        assert_eq!(read(b"", 1).unwrap().0, b"", "no body at all");
    }

    #[test]
    fn padding_is_left_out() {
        for padding in [&[0; 512][..], b"\n", b"<!-- -->"] {
            let body = [&*member(b"pole"), padding].concat();
            for size in [1, 7, body.len()] {
                assert_eq!(read(&body, size).unwrap().0, b"pole");
            }
        }
    }

    #[test]
    fn what_is_cut_or_corrupt_fails() {
        let whole = member(b"Damaged poles");
        for end in 1..whole.len() {
            assert!(read(&whole[..end], 5).is_err(), "cut after {end} bytes");
        }
        let two = [&*whole, &whole[..12]].concat();
        assert!(read(&two, two.len()).is_err(), "the second member is cut");
        let mut wrong = whole.clone();
        wrong[whole.len() - 5] ^= 1;
        assert!(read(&wrong, 5).is_err(), "the checksum is another");
        assert!(read(b"{\"detail\":\"no gzip\"}", 5).is_err());
    }

    #[test]
    fn a_small_body_that_becomes_large_comes_in_pieces() {
        const LARGE: usize = 8 << 20;
        let small = member(&vec![0; LARGE]);
        let (all, largest) = read(&small, small.len()).unwrap();
        assert_eq!(all.len(), LARGE);
        assert!(largest <= 1 << 20, "{largest} bytes at once");
    }
}
