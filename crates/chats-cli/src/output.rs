//! Standard output and standard error. Everything that the program says goes
//! through here, so that a closed pipe is an error to return and never a panic.

use std::io::{self, Write};

use console::Style;
use serde::Serialize;

use crate::terminal::safe;

/// Writes text and a line end to standard output.
pub(crate) fn line(text: impl AsRef<str>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_ref().as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Writes text as it is to standard output.
pub(crate) fn raw(text: impl AsRef<[u8]>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_ref())?;
    out.flush()
}

/// Writes one value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
    line(serde_json::to_string(value)?)
}

/// A remark on standard error: progress, what to do next.
pub(crate) fn remark(text: impl AsRef<str>) {
    let _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
}

/// Prints an error to standard error.
pub(crate) fn complain(sentence: &str) {
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let label = if console::Term::stderr().is_term() && !plain {
        let red = Style::new().red().bold().force_styling(true);
        red.apply_to("error:").to_string()
    } else {
        "error:".to_owned()
    };
    remark(format!("{label} {}", safe(sentence)));
}
