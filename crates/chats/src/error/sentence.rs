//! An error as one sentence for people.

use std::fmt::{self, Write as _};
use std::time::Duration;

use super::Inner;

/// `Display`: what was tried, what went wrong, the facts in brackets, a hint.
pub(super) struct Sentence<'a>(pub(super) &'a Inner);

/// Writes control characters as spaces: what a service says may hold line ends, or
/// sequences that steer a terminal.
struct OneLine<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl fmt::Write for OneLine<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut pieces = text.split(char::is_control);
        self.0.write_str(pieces.next().unwrap_or_default())?;
        for piece in pieces {
            self.0.write_char(' ')?;
            self.0.write_str(piece)?;
        }
        Ok(())
    }
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let e = self.0;
        let f = &mut OneLine(f);
        if let Some(doing) = e.doing {
            write!(f, "could not {doing}: ")?;
        }
        f.write_str(&e.message)?;
        let mut facts = Vec::new();
        if let Some(status) = e.status {
            let reason = http::StatusCode::from_u16(status)
                .ok()
                .and_then(|status| status.canonical_reason());
            facts.push(match reason {
                Some(reason) => format!("{status} {reason}"),
                None => status.to_string(),
            });
        }
        if let Some(code) = &e.code {
            facts.push(format!("code {code}"));
        }
        if let Some(id) = &e.request_id {
            facts.push(format!("request {id}"));
        }
        if e.attempts > 1 {
            facts.push(format!("{} attempts", e.attempts));
        }
        if !facts.is_empty() {
            write!(f, " ({})", facts.join(", "))?;
        }
        if let Some(delay) = e.retry_after.filter(|delay| !delay.is_zero()) {
            write!(f, "; try again in {}", roughly(delay))?;
        }
        if let Some(look_first) = e.look_first() {
            write!(f, "; {look_first}")?;
        }
        if let Some(hint) = &e.hint {
            write!(f, "; {hint}")?;
        }
        if e.close_error.is_some() {
            f.write_str("; the session could not be closed either")?;
        }
        Ok(())
    }
}

/// Formats a duration for people, rounded to the millisecond.
pub(crate) fn seconds(duration: Duration) -> String {
    if duration < Duration::from_millis(1) {
        return "less than 1 ms".to_owned();
    }
    let rounded = (duration.as_secs_f64() * 1000.0).round() / 1000.0;
    format!("{rounded} s")
}

/// Formats a wait for people, rounded up.
fn roughly(wait: Duration) -> String {
    let seconds = wait.as_secs_f64().ceil();
    let (unit, name) = match seconds {
        ..=120.0 => (1.0, "s"),
        ..=7_200.0 => (60.0, "min"),
        ..=172_800.0 => (3_600.0, "h"),
        ..=31_536_000.0 => (86_400.0, "days"),
        _ => return "more than a year".to_owned(),
    };
    format!("{} {name}", (seconds / unit).ceil())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::{Error, ErrorKind};

    #[test]
    fn a_wait_is_told_if_there_is_one_and_never_in_absurd_numbers() {
        let said = |wait| {
            let error = Error::new(ErrorKind::RateLimit, "slow down");
            error.with_retry_after(Some(wait)).to_string()
        };
        assert_eq!(said(Duration::ZERO), "slow down");
        assert_eq!(
            said(Duration::from_millis(1200)),
            "slow down; try again in 2 s"
        );
        assert_eq!(
            said(Duration::MAX),
            "slow down; try again in more than a year"
        );
    }
}
