//! The operations of the chat service: for each its options, what is checked before
//! anything is sent, the generated function that it calls, and the value that it makes of
//! the reply.
//!
//! You meet these types only as the first parameter of [`Call`](crate::Call).

mod bounds;
mod exports;
mod history;
mod images;
mod lists;
mod messages;
mod plans;
mod selections;
mod sessions;
mod wait_for_answer;

pub use exports::ExportSession;
pub use history::{GetMessages, GetSession};
pub use images::{GetAllImages, SearchImages};
pub use lists::ListSessions;
pub use messages::{SendMessage, SendMessageStream};
pub(crate) use plans::Action;
pub use plans::PlanAction;
pub use selections::{UpdateDocuments, UpdateImages, UpdateMode, UpdateVideos};
pub(crate) use sessions::is_gone;
pub use sessions::{CloseSession, CreateSession, RenameSession};
pub use wait_for_answer::WaitForAnswer;

use crate::error::body::ErrorBody;
use crate::error::{Error, ErrorKind, Result};
use crate::transport::{Reply, failure_in};

/// The value of a reply. If the reply lacks it, the error of a failure reported in a
/// success, or else one that says what is missing.
fn require<T>(reply: Reply<Option<T>>, what: &str) -> Result<Reply<T>> {
    reply.transpose().map_err(|exchange| {
        let body = exchange.take_reply().body;
        let none = || {
            let message = match ErrorBody::read(&body).sentence() {
                Some(sentence) => format!("the reply has no {what}; {sentence}"),
                None => format!("the reply has no {what}"),
            };
            Error::new(ErrorKind::Decode, message)
        };
        let error = failure_in(&body).unwrap_or_else(none);
        exchange.fail(error.with_body(body))
    })
}
