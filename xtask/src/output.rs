//! What the commands print on standard output and standard error. A reader that has seen
//! enough may close the pipe (`cargo xtask codegen | head`): the work goes on without it.
//! Output that is lost in any other way fails the command, once its work is done.

use std::fmt::Display;
use std::io::{Error, ErrorKind, Write as _};
use std::sync::OnceLock;

/// Why some of the output was lost.
static LOST: OnceLock<Error> = OnceLock::new();

/// Prints a text as it is.
pub fn say(text: impl Display) {
    let mut out = std::io::stdout().lock();
    // Standard output flushes only at line ends.
    if let Err(error) = write!(out, "{text}").and_then(|()| out.flush())
        && error.kind() != ErrorKind::BrokenPipe
    {
        LOST.get_or_init(|| error);
    }
}

/// Why some of the output was lost, if it was.
pub fn lost() -> Option<&'static Error> {
    LOST.get()
}

/// Prints an error on standard error.
pub fn complain(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
