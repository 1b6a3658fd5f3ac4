//! The session that a chat happens in: made here and closed at the end, or named
//! by the person and left as it is.

use chats::{ChatResource, SessionId};

use crate::args::ChatArgs;
use crate::failure::{Failure, Result};
use crate::interrupts::Interrupts;
use crate::output;
use crate::program;

/// A session to talk in.
pub(crate) struct Talk {
    pub(crate) chats: ChatResource,
    pub(crate) id: SessionId,
    /// Its title, if it is known.
    pub(crate) title: Option<String>,
    /// The session to close at the end; a conversation may have moved on to
    /// another one.
    closes: Option<SessionId>,
    /// A session of this chat that stays open after all, of which nobody has been told.
    left: Option<SessionId>,
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
                closes: None,
                left: None,
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
                Begun::Talk(Self {
                    chats,
                    id: session.id,
                    title: Some(session.title),
                    closes: (!args.keep).then_some(session.id),
                    left: None,
                })
            }
            Err(error) => Begun::Failed(error),
        }
    }

    /// Leaves the session open at the end after all; the caller says so.
    pub(crate) fn keep(&mut self) {
        self.closes = None;
    }

    /// Leaves the session open at the end, and says so then.
    pub(crate) fn leave_open(&mut self) {
        self.left = self.closes.take();
    }

    /// Closes the session if this chat made it. An earlier failure takes precedence over
    /// a failure to close; a further Ctrl-C gives up on closing.
    pub(crate) async fn end(self, result: Result<()>, interrupts: &mut Interrupts) -> Result<()> {
        let Some(id) = self.closes else {
            self.left.inspect(|id| remark(*id, "stays open"));
            return result;
        };
        interrupts.forget();
        let closed = tokio::select! {
            () = interrupts.next() => {
                remark(id, "may still be open");
                return Err(Failure::Interrupted);
            }
            closed = self.chats.close_session(id).timeout(CLOSE_TIMEOUT) => closed,
        };
        match (result, closed) {
            (result, Ok(_)) => result,
            (result, Err(error)) if error.kind() == chats::ErrorKind::NotFound => result,
            // Not a failure: the answer is there, and a script should not ask again.
            (Ok(()), Err(error)) => {
                let sentence = crate::sentence::whole(&error);
                output::remark(format!("warning: {sentence}"));
                remark(id, "stays open");
                Ok(())
            }
            (Err(failure), Err(error)) => {
                output::complain(&crate::sentence::whole(&error));
                remark(id, "stays open");
                Err(failure)
            }
        }
    }
}

/// Says that the session `stays open`, or that it may, and how to close it.
fn remark(id: SessionId, state: &str) {
    let program = program::name();
    output::remark(format!(
        "The session {state}; close it with: {program} sessions close {id}"
    ));
}

const CLOSE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);
