//! What the commands say on standard output and standard error. A reader that has seen enough may
//! close the pipe (`cargo xtask codegen | head`): the work goes on, unheard.

use std::fmt::Display;
use std::io::Write as _;

/// Says something, as it is.
pub fn say(text: impl Display) {
    let mut out = std::io::stdout().lock();
    // Standard output flushes at line ends alone, and nobody may be there.
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Says what went wrong, on standard error.
pub fn complain(text: impl Display) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
