//! Faults in words, for the header `X-Chats-Fault` of the test mode:
//! `status=503;retry-after=1;times=2, chunk=3`.
//!
//! Faults are divided by commas, the settings of one by semicolons. Beside its
//! own settings each takes `times=N`, `after=N`, `chance=0.5` and `id=TEXT`
//! (which only distinguishes two equal faults).

use std::time::Duration;

use http::StatusCode;

use super::{Fault, FaultRule, LineEnding, Refusal, RefusalBody};

/// The faults of a header, each with its text.
pub(super) fn parse(text: &str) -> Result<Vec<(String, FaultRule)>, String> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| Ok((item.to_owned(), rule(item)?)))
        .collect()
}

struct Settings<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Settings<'a> {
    fn take(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|(key, _)| *key == name)?;
        Some(self.0.remove(at).1)
    }

    fn number<T: std::str::FromStr>(&mut self, name: &str) -> Result<Option<T>, String> {
        self.take(name).map(|text| number(name, text)).transpose()
    }
}

fn number<T: std::str::FromStr>(name: &str, text: &str) -> Result<T, String> {
    text.parse()
        .map_err(|_| format!("`{name}` needs a number, not `{text}`"))
}

fn rule(item: &str) -> Result<FaultRule, String> {
    let mut parts = item.split(';').map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.trim(), value.trim())
    });
    let (name, value) = parts.next().unwrap_or_default();
    let mut settings = Settings(parts.collect());
    let mut rule = FaultRule::from(fault(name, value, &mut settings)?);
    rule.times = settings.number("times")?;
    rule.after = settings.number("after")?.unwrap_or(0);
    rule.chance = settings.number("chance")?;
    if rule
        .chance
        .is_some_and(|chance| !(0.0..=1.0).contains(&chance))
    {
        return Err("`chance` needs a number from 0 to 1".to_owned());
    }
    settings.take("id");
    match settings.0.first() {
        Some((unknown, _)) => Err(format!("`{name}` has no setting `{unknown}`")),
        None => Ok(rule),
    }
}

/// The faults that have no value of their own.
const WITHOUT_VALUE: [&str; 10] = [
    "lose-reply",
    "gzip",
    "auth-error",
    "no-complete",
    "no-close",
    "repeat",
    "unknown",
    "crlf",
    "cr",
    "bom",
];

/// The largest event that a header may ask for, in bytes.
const LARGEST_EVENT: usize = 1 << 30;

fn fault(name: &str, value: &str, settings: &mut Settings<'_>) -> Result<Fault, String> {
    if !value.is_empty() && WITHOUT_VALUE.contains(&name) {
        return Err(format!("`{name}` has no value"));
    }
    let tokens = || number::<u32>(name, value);
    Ok(match name {
        "delay" => Fault::Delay(Duration::from_millis(number(name, value)?)),
        "status" => Fault::Refuse(refusal(number(name, value)?, settings)?),
        "reset" if value.is_empty() => Fault::Reset,
        "reset" => Fault::ResetAfterTokens(tokens()?),
        "lose-reply" => Fault::LoseReply,
        "cut-bytes" => Fault::CutAfterBytes(number(name, value)?),
        "chunk" => match number(name, value)? {
            0 => return Err("`chunk` needs at least 1 byte".to_owned()),
            bytes => Fault::ChunkSize(bytes),
        },
        "gzip" => Fault::Gzip,
        "stall" => Fault::Stall {
            after_tokens: tokens()?,
            lasting: settings.number("ms")?.map(Duration::from_millis),
        },
        "end" => Fault::EndAfterTokens(tokens()?),
        "cut" => Fault::CutAfterTokens(tokens()?),
        "cut-character" => Fault::CutInCharacter(tokens()?),
        "error" => Fault::ErrorEvent {
            after_tokens: tokens()?,
            code: settings.take("code").unwrap_or("INTERNAL_ERROR").to_owned(),
        },
        "auth-error" => Fault::AuthErrorEvent,
        "no-complete" => Fault::WithoutComplete,
        "no-close" => Fault::WithoutClose,
        "repeat" => Fault::RepeatEvents,
        "unknown" => Fault::UnknownEvents,
        "huge" => match number(name, value)? {
            bytes @ ..=LARGEST_EVENT => Fault::HugeEvent(bytes),
            bytes => {
                return Err(format!(
                    "`huge` needs at most {LARGEST_EVENT} bytes, not {bytes}"
                ));
            }
        },
        "crlf" => Fault::LineEnding(LineEnding::CrLf),
        "cr" => Fault::LineEnding(LineEnding::Cr),
        "bom" => Fault::ByteOrderMark,
        _ => return Err(format!("there is no fault `{name}`")),
    })
}

fn refusal(status: u16, settings: &mut Settings<'_>) -> Result<Refusal, String> {
    if !StatusCode::from_u16(status)
        .is_ok_and(|status| status.is_client_error() || status.is_server_error())
    {
        return Err(format!(
            "`status` needs an error from 400 to 599, not {status}"
        ));
    }
    let mut refusal = Refusal::new(status);
    if let Some(seconds) = settings.number("retry-after")? {
        refusal = refusal.retry_after_seconds(seconds);
    }
    if let Some(seconds) = settings.number("retry-after-date")? {
        refusal = refusal.retry_after_date(seconds);
    }
    if let Some(code) = settings.take("code") {
        refusal = refusal.code(code);
    }
    if let Some(body) = settings.take("body") {
        refusal = refusal.body(match body {
            "chat" => RefusalBody::ChatError,
            "envelope" => RefusalBody::Envelope,
            "validation" => RefusalBody::Validation,
            "plain" => RefusalBody::Plain,
            "html" => RefusalBody::Html,
            "text" => RefusalBody::Text,
            "empty" => RefusalBody::Empty,
            _ => return Err(format!("there is no body `{body}`")),
        });
    }
    Ok(refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(text: &str) -> FaultRule {
        parse(text).unwrap().remove(0).1
    }

    #[test]
    fn a_header_says_the_same_as_the_types() {
        let refusal = Refusal::new(503)
            .retry_after_seconds(1)
            .code("BUSY")
            .body(RefusalBody::Envelope);
        assert_eq!(
            only("status=503; retry-after=1; code=BUSY; body=envelope; times=2"),
            Fault::Refuse(refusal).times(2)
        );
        let both = parse("chunk=3, reset=4;chance=0.5").unwrap();
        assert_eq!(both[0].1, FaultRule::from(Fault::ChunkSize(3)));
        assert_eq!(both[1].1, Fault::ResetAfterTokens(4).chance(0.5));
        assert_eq!(
            only("stall=2;ms=50;after=1"),
            Fault::Stall {
                after_tokens: 2,
                lasting: Some(Duration::from_millis(50))
            }
            .after(1)
        );
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, word) in [
            ("explode", "explode"),
            ("chunk=x", "chunk"),
            ("status=200", "200"),
            ("gzip;level=9", "level"),
            ("status=500;body=poem", "poem"),
            ("reset;chance=nan", "chance"),
            ("reset;chance=2", "chance"),
            ("chunk=0", "chunk"),
            ("gzip=9", "gzip"),
            ("bom=1", "bom"),
            ("huge=1073741825", "1073741825"),
        ] {
            assert!(parse(text).unwrap_err().contains(word), "{text}");
        }
    }
}
