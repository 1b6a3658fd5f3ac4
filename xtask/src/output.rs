//! What the commands print on standard output and standard error. A reader that has seen
//! enough may close the pipe (`cargo xtask codegen | head`): the work goes on without it.

use std::fmt::Display;
use std::io::Write as _;

/// Prints a text as it is.
pub fn say(text: impl Display) {
    let mut out = std::io::stdout().lock();
    // Standard output flushes only at line ends, and its reader may be gone.
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Prints an error on standard error.
pub fn complain(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
