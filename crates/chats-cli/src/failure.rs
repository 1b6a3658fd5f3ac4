//! Why a command failed: one sentence for a person, one exit code for a script.

use std::error::Error as _;
use std::fmt;
use std::io;

use chats::{ErrorKind, SessionId};

use crate::interrupts;
use crate::program;
use crate::terminal::safe_line;

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
        Self::Told(exit(&error), sentence(&error))
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
fn answered(error: &chats::Error) -> bool {
    error.status().is_some() || error.stream_progress().is_some()
}

/// What happened and what to try, in one sentence.
pub(crate) fn sentence(error: &chats::Error) -> String {
    let mut text = in_our_words(&error.to_string(), error.session_id());
    if error.kind() == ErrorKind::Config || error.setting() == Some("base_url") {
        text = with_flags(&text);
    }
    if matches!(error.kind(), ErrorKind::Connection | ErrorKind::Stream)
        && let Some(root) = root_cause(error)
        && !text.contains(&root)
    {
        text = format!("{text}: {root}");
    }
    for field in error.field_errors() {
        let field = field.to_string();
        if !text.contains(&field) {
            text = format!("{text}: {field}");
        }
    }
    if let Some(advice) = advice(error) {
        text = format!("{text}; {advice}");
    }
    safe_line(&text)
}

/// Replaces the crate's advice about code with commands.
fn in_our_words(text: &str, session: Option<SessionId>) -> String {
    let program = program::name();
    let shown = session.map_or_else(
        || "check the session's messages before".to_owned(),
        |id| format!("check `{program} sessions show {id}` before"),
    );
    let words = [
        ("check the session's messages before", shown),
        (
            "approve it with approve_plan or cancel it with cancel_plan",
            format!("approve or cancel it with `{program} plan`"),
        ),
        (
            "pass the key to Client::new or ClientBuilder::api_key",
            "save one with `chats login`".to_owned(),
        ),
        (
            "check list_sessions before",
            format!("check `{program} sessions list` before"),
        ),
        (
            "; raise it with ClientBuilder::max_event_bytes",
            String::new(),
        ),
        ("max_event_bytes (", "what is read of one (".to_owned()),
    ];
    let replaced = |text: String, (theirs, ours): &(&str, String)| text.replace(theirs, ours);
    words.iter().fold(text.to_owned(), replaced)
}

/// Replaces the crate's names of settings with those of flags and variables.
fn with_flags(text: &str) -> String {
    let flags = [
        ("api_key", "--api-key"),
        ("base_url", "--base-url"),
        ("tenant_id", "--tenant-id"),
        ("allow_plain_http", "--allow-plain-http"),
        ("polling_interval", "AIONVISION_POLLING_INTERVAL"),
        ("timeout is zero", "AIONVISION_TIMEOUT is zero"),
    ];
    let replaced = |text: String, (name, flag): (&str, &str)| text.replace(name, flag);
    flags.into_iter().fold(text.to_owned(), replaced)
}

/// The innermost reason, which names the system's own words such as
/// "Connection refused".
fn root_cause(error: &chats::Error) -> Option<String> {
    let mut source = error.source()?;
    while let Some(inner) = source.source() {
        source = inner;
    }
    Some(source.to_string())
}

fn advice(error: &chats::Error) -> Option<String> {
    let advice = match error.kind() {
        ErrorKind::Authentication => "`chats login` saves another one",
        ErrorKind::Permission => "use a profile or tenant that is allowed to do this",
        // A hint says already that nothing of the service is at this address.
        ErrorKind::NotFound if error.hint().is_none() => {
            let program = program::name();
            let of_plan = error.code().is_some_and(|code| code.contains("PLAN"));
            return Some(match error.session_id() {
                Some(id) if of_plan => {
                    format!("`{program} sessions show {id}` shows what was proposed")
                }
                _ => format!("`{program} sessions list` shows your sessions"),
            });
        }
        // What is done cannot be done again.
        ErrorKind::Conflict if error.code().is_some_and(|code| code.contains("ALREADY")) => {
            return None;
        }
        ErrorKind::Conflict => "try again in a moment",
        ErrorKind::QuotaExceeded => "wait until the quota is renewed, or start a new session",
        ErrorKind::RateLimit if error.retry_after().is_none() => "try again in a minute",
        ErrorKind::Server => "try again later",
        ErrorKind::Connection | ErrorKind::CircuitOpen => {
            "check the network and the address (--base-url)"
        }
        ErrorKind::Timeout if answered(error) => "try again later",
        ErrorKind::Timeout => "try again, or allow more time with AIONVISION_TIMEOUT",
        ErrorKind::Decode => "check that --base-url is the chat service's address",
        _ => return None,
    };
    Some(advice.to_owned())
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

    #[test]
    fn what_the_crate_advises_is_said_as_a_command() {
        let sentence = |error: chats::Error| sentence(&error);
        let unset = chats::Client::builder().api_key("").build().unwrap_err();
        let unset = sentence(unset);
        assert!(unset.ends_with("save one with `chats login`"), "{unset}");

        let mut decoder = chats::stream::TokenDecoder::with_max_event_bytes(8);
        decoder.feed("data: far too long\n\n");
        let large = decoder.next_token().unwrap_err();
        assert_eq!(exit(&large), Exit::Refused);
        let large = sentence(large);
        assert!(!large.contains("max_event_bytes"), "{large}");

        let reply = |status, body: &str| {
            let headers = Default::default();
            sentence(chats::Error::from_reply(status, &headers, body.to_owned()))
        };
        let done = reply(
            409,
            r#"{"error":"Done.","error_code":"PLAN_ALREADY_EXECUTED"}"#,
        );
        assert!(!done.contains("try again"), "{done}");
        let busy = reply(409, r#"{"error":"Busy.","error_code":"PLAN_IN_PROGRESS"}"#);
        assert!(busy.contains("try again in a moment"), "{busy}");
    }
}
