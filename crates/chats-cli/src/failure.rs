//! Why a command failed: one sentence for a person, one exit code for a script.

use std::fmt;
use std::io;

use chats::ErrorKind;

use crate::interrupts;
use crate::sentence;

/// What the command's exit code says; documented in `chats --help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The service said no, or something on this machine did.
    Refused = 1,
    /// The arguments or settings are wrong.
    Usage = 2,
    /// The service could not be reached, or the connection to it broke.
    Connection = 3,
}

/// The end of a command that did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A sentence to print, and a code.
    Told(Exit, String),
    /// It was printed already, as it happened.
    Shown(Exit),
    /// The reader of the output has closed it, which is no error.
    ClosedPipe,
    /// Ctrl-C.
    Interrupted,
}

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    pub(crate) fn usage(sentence: impl Into<String>) -> Self {
        Self::Told(Exit::Usage, sentence.into())
    }

    pub(crate) fn refused(sentence: impl Into<String>) -> Self {
        Self::Told(Exit::Refused, sentence.into())
    }

    /// A failure of this machine, with what was being done: "write report.md".
    pub(crate) fn local(doing: impl fmt::Display, error: &io::Error) -> Self {
        Self::refused(format!("could not {doing}: {error}"))
    }

    /// The code to exit with.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Told(exit, _) | Self::Shown(exit) => *exit as u8,
            Self::ClosedPipe => 0,
            Self::Interrupted => interrupts::exit_code(),
        }
    }

    /// The sentence for standard error, if there is one to print.
    pub(crate) fn sentence(&self) -> Option<&str> {
        match self {
            Self::Told(_, sentence) => Some(sentence),
            Self::Shown(_) | Self::ClosedPipe | Self::Interrupted => None,
        }
    }
}

impl From<chats::Error> for Failure {
    fn from(error: chats::Error) -> Self {
        Self::Told(exit(&error), sentence::whole(&error))
    }
}

/// A failure to write to standard output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::local("write the output", &error),
        }
    }
}

pub(crate) fn exit(error: &chats::Error) -> Exit {
    match error.kind() {
        ErrorKind::Config => Exit::Usage,
        // The client refused it before sending anything.
        ErrorKind::Validation if error.attempts() == 0 => Exit::Usage,
        ErrorKind::Timeout if answered(error) => Exit::Refused,
        // An event that is too large came over a connection that works.
        ErrorKind::Stream if is_too_large(error) => Exit::Refused,
        ErrorKind::Connection
        | ErrorKind::CircuitOpen
        | ErrorKind::Timeout
        | ErrorKind::Stream
        | ErrorKind::Truncated => Exit::Connection,
        _ => Exit::Refused,
    }
}

/// Whether an event of the stream was larger than the client reads.
fn is_too_large(error: &chats::Error) -> bool {
    error.setting() == Some("max_event_bytes")
}

/// Whether the service reported the error, in a reply or in a stream.
pub(crate) fn answered(error: &chats::Error) -> bool {
    error.status().is_some() || error.stream_progress().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.code(), failure.sentence()), (0, None));
        let failure = Failure::from(io::Error::other("disk full"));
        assert_eq!(failure.code(), 1);
        assert!(failure.sentence().unwrap().contains("disk full"));
    }

    #[test]
    fn a_setting_that_cannot_work_is_wrong_usage() {
        let failure = Failure::from(chats::Client::new("nope").unwrap_err());
        assert_eq!(failure.code(), 2);
        let sentence = failure.sentence().unwrap();
        assert!(sentence.starts_with("--api-key has"), "{sentence}");
    }
}
