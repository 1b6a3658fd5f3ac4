//! Only the text of a streamed answer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};

use super::{ChatStream, ChatToken};
use crate::error::Result;
use crate::types::ChatResponse;

/// The pieces of an answer's text as they arrive; made by
/// [`ChatStream::text_deltas`].
///
/// Together, the pieces are the answer's content: if `complete` has more text than was
/// streamed, the rest comes as the last piece. If `complete` has a different text,
/// [`snapshot`](Self::snapshot) and [`finish`](Self::finish) return the text of
/// `complete`. The errors are those of the [`ChatStream`].
///
/// Always end with [`finish`](Self::finish): the pieces alone do not tell that the agent
/// [proposes a plan](crate::guide::plans) instead of answering. They end without an error then,
/// often before the first one, and `finish` fails with `PLAN_APPROVAL_REQUIRED`.
///
/// Waiting for the next piece is cancel safe.
///
/// ```
/// # contract_tests::embedded(async |client| {
/// # let chats = client.chats();
/// # let session = chats.create_session().await?.id;
/// use futures_util::TryStreamExt;
///
/// let mut text = chats.send_stream(session, "Find poles").await?.text_deltas();
/// while let Some(piece) = text.try_next().await? {
///     print!("{piece}");
/// }
/// let answer = text.finish().await?;
/// # Ok(()) });
/// ```
#[derive(Debug)]
#[must_use = "a stream does nothing unless it is polled"]
pub struct TextDeltas {
    stream: ChatStream,
    /// Whether `complete` was met: text after it is no part of the answer.
    completed: bool,
}

impl TextDeltas {
    pub(super) fn new(stream: ChatStream) -> Self {
        Self {
            completed: stream.is_completed(),
            stream,
        }
    }

    /// The text of the answer so far, with reference markup; all of it after `complete`.
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// use futures_util::TryStreamExt;
    ///
    /// let mut pieces = session.send_stream("Find damaged poles").await?.text_deltas();
    /// let first = pieces.try_next().await?.expect("some text");
    /// let second = pieces.try_next().await?.expect("more text");
    /// assert_eq!(pieces.snapshot(), first + &second);
    /// # Ok(()) });
    /// ```
    pub fn snapshot(&self) -> &str {
        self.stream.snapshot()
    }

    /// The id of the request that opened the stream; see [`ChatStream::request_id`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let pieces = session.send_stream("Find damaged poles").await?.text_deltas();
    /// eprintln!("request {}", pieces.request_id().unwrap_or("without an id"));
    /// # pieces.finish().await?;
    /// # Ok(()) });
    /// ```
    pub fn request_id(&self) -> Option<&str> {
        self.stream.request_id()
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn is_over(&self) -> bool {
        self.stream.is_over()
    }

    #[cfg(feature = "blocking")]
    pub(crate) fn abandon(&mut self) {
        self.stream.abandon();
    }

    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<String>>> {
        let stream = &mut self.stream;
        loop {
            let piece = match ready!(stream.poll_token(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(_)) if self.completed => continue,
                Some(Ok(ChatToken::Token(token))) => token.into_content(),
                Some(Ok(ChatToken::Complete(complete))) => {
                    self.completed = true;
                    let rest = complete.content.strip_prefix(stream.decoder.text());
                    rest.unwrap_or_default().to_owned()
                }
                Some(Ok(_)) => continue,
            };
            if !piece.is_empty() {
                return Poll::Ready(Some(Ok(piece)));
            }
        }
    }

    /// Reads the rest of the stream and returns the whole answer; see
    /// [`ChatStream::finish`].
    ///
    /// # Errors
    ///
    /// Those of [`ChatStream::finish`].
    ///
    /// ```
    /// # contract_tests::embedded(async |client| {
    /// # let session = client.chats().session().open().await?;
    /// let pieces = session.send_stream("Find damaged poles").await?.text_deltas();
    /// let answer = pieces.finish().await?; // whatever was read of them
    /// assert!(!answer.images.is_empty());
    /// # Ok(()) });
    /// ```
    pub async fn finish(self) -> Result<ChatResponse> {
        self.stream.finish().await
    }
}

impl Stream for TextDeltas {
    type Item = Result<String>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_piece(cx)
    }
}

impl FusedStream for TextDeltas {
    fn is_terminated(&self) -> bool {
        self.stream.is_terminated()
    }
}
