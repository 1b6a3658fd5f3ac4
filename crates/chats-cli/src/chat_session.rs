//! The session that a chat happens in: made here and closed at the end, or named
//! by the person and left as it is.

use std::pin::pin;
use std::time::Duration;

use chats::{ChatResource, Client, SessionId};

use crate::args::ChatArgs;
use crate::failure::{Failure, Result};
use crate::interrupts::Interrupts;
use crate::output;
use crate::program;
use crate::sentence;

/// A session to talk in.
pub(crate) struct Talk {
    pub(crate) chats: ChatResource,
    pub(crate) id: SessionId,
    /// Its title, if it is known.
    pub(crate) title: Option<String>,
    /// The session that this chat has made; a conversation may have moved on to another
    /// one.
    made: Option<Made>,
}

/// A session that this chat has made.
struct Made {
    id: SessionId,
    at_end: AtEnd,
}

/// What becomes of a session at the end.
#[derive(PartialEq)]
enum AtEnd {
    Close,
    /// It stays open, and the person knows.
    Stay,
    /// It stays open, which is still to be said.
    StayAndSay,
}

/// How a chat begins.
pub(crate) enum Begun {
    Talk(Talk),
    Failed(chats::Error),
    /// Ctrl-C.
    Stopped,
}

impl Talk {
    /// Makes a session, or takes the one that was named.
    pub(crate) async fn begin(
        chats: ChatResource,
        args: &ChatArgs,
        interrupts: &mut Interrupts,
    ) -> Begun {
        if let Some(id) = args.session {
            return Begun::Talk(Self {
                chats,
                id,
                title: None,
                made: None,
            });
        }
        // Opened rather than created: a session that comes after Ctrl-C is closed as well.
        let mut call = chats.session();
        if let Some(title) = &args.title {
            call = call.title(title);
        }
        if !args.image.is_empty() {
            call = call.image_ids(&args.image).use_all_images(false);
        }
        let session = tokio::select! {
            () = interrupts.next() => return Begun::Stopped,
            session = call.open() => session,
        };
        match session {
            Ok(session) => {
                let session = session.leave_open();
                let at_end = if args.keep { AtEnd::Stay } else { AtEnd::Close };
                Begun::Talk(Self {
                    chats,
                    id: session.id,
                    title: Some(session.title),
                    made: Some(Made {
                        id: session.id,
                        at_end,
                    }),
                })
            }
            Err(error) => Begun::Failed(error),
        }
    }

    /// The session that this chat has made, if it has.
    pub(crate) fn made(&self) -> Option<SessionId> {
        self.made.as_ref().map(|made| made.id)
    }

    /// Leaves the session open at the end after all; the caller says so.
    pub(crate) fn keep(&mut self) {
        self.stay(AtEnd::Stay);
    }

    /// Leaves the session open at the end, and says so then.
    pub(crate) fn leave_open(&mut self) {
        self.stay(AtEnd::StayAndSay);
    }

    /// Only the session of the conversation now: another one that was made before has
    /// nothing to do with what happens in this one.
    fn stay(&mut self, how: AtEnd) {
        if let Some(made) = &mut self.made
            && made.id == self.id
            && made.at_end == AtEnd::Close
        {
            made.at_end = how;
        }
    }

    /// Closes the session if this chat made it. An earlier failure takes precedence over
    /// a failure to close; a further Ctrl-C gives up on closing.
    pub(crate) async fn end(self, result: Result<()>, interrupts: &mut Interrupts) -> Result<()> {
        let Some(made) = self.made else { return result };
        match made.at_end {
            AtEnd::Close => close(&self.chats, made.id, result, interrupts).await,
            AtEnd::Stay => result,
            AtEnd::StayAndSay => {
                remark(made.id, "stays open");
                result
            }
        }
    }
}

async fn close(
    chats: &ChatResource,
    id: SessionId,
    result: Result<()>,
    interrupts: &mut Interrupts,
) -> Result<()> {
    interrupts.forget();
    let again = matches!(result, Err(Failure::Interrupted));
    let call = chats.close_session(id).timeout(CLOSE_TIMEOUT);
    let closed = tokio::select! {
        () = interrupts.next() => {
            remark(id, "may still be open");
            return Err(Failure::Interrupted);
        }
        closed = patiently(again, call.into_future()) => closed,
    };
    match (result, closed) {
        (result, Ok(_)) => result,
        (result, Err(error)) if error.kind() == chats::ErrorKind::NotFound => result,
        // Not a failure: the answer is there, and a script should not ask again.
        (Ok(()), Err(error)) => {
            output::remark(format!("warning: {}", sentence::what_happened(&error)));
            remark(id, state_after(&error));
            Ok(())
        }
        (Err(failure), Err(error)) => {
            output::complain(&sentence::what_happened(&error));
            remark(id, state_after(&error));
            Err(failure)
        }
    }
}

/// Whether a session is open that could not be closed: it is if the service said no.
fn state_after(error: &chats::Error) -> &'static str {
    match error.status() {
        Some(400..=499) => "stays open",
        _ => "may still be open",
    }
}

/// Closes a session that was still being made when Ctrl-C ended its chat. Returns false if
/// a further Ctrl-C gave up on that.
pub(crate) async fn close_unfinished(client: &Client, interrupts: &mut Interrupts) -> bool {
    interrupts.forget();
    tokio::select! {
        () = interrupts.next() => {
            let program = program::name();
            output::remark(format!(
                "A session may be open; look with: {program} sessions list --active"
            ));
            false
        }
        () = patiently(true, client.shutdown()) => true,
    }
}

/// Waits for what closes a session, and says so if it takes its time: until then the
/// program seems not to react to Ctrl-C.
async fn patiently<T>(again: bool, closing: impl Future<Output = T>) -> T {
    let mut closing = pin!(closing);
    tokio::select! {
        done = &mut closing => return done,
        () = tokio::time::sleep(UNNOTICED) => {}
    }
    let again = if again { " again" } else { "" };
    output::remark(format!("Closing the session; Ctrl-C{again} leaves it."));
    closing.await
}

/// Says that the session `stays open`, or that it may, and how to close it.
fn remark(id: SessionId, state: &str) {
    let program = program::name();
    output::remark(format!(
        "The session {state}; close it with: {program} sessions close {id}"
    ));
}

const CLOSE_TIMEOUT: Duration = Duration::from_secs(30);

/// A pause that nobody wonders about.
const UNNOTICED: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_session_that_the_service_did_not_close_is_said_to_stay_open() {
        let state = |status| {
            let headers = Default::default();
            state_after(&chats::Error::from_reply(status, &headers, ""))
        };
        assert_eq!(state(403), "stays open");
        assert_eq!(state(504), "may still be open");
    }
}
