//! Standard output and standard error. Everything that the program says goes
//! through here, so that a closed pipe is an error to return and never a panic.

use std::io::{self, Write};

use console::Style;
use serde::Serialize;

use crate::terminal::{safe, steers};

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
    line(escaped(serde_json::to_string(value)?))
}

/// JSON that steers no terminal: characters that would are in strings only, so escapes say
/// the same.
fn escaped(json: String) -> String {
    if !json.contains(steers) {
        return json;
    }
    let mut text = String::with_capacity(json.len() + 6);
    for c in json.chars() {
        if steers(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            text.push(c);
        }
    }
    text
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_without_what_steers_the_terminal() {
        let said = "é 😀 \u{9b}2J \u{7f} \u{202e} \u{2028}\n";
        let json = escaped(serde_json::to_string(said).unwrap());
        assert_eq!(json, r#""é 😀 \u009b2J \u007f \u202e \u2028\n""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), said);
    }
}
