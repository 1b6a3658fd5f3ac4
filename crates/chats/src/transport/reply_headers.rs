//! Reads the headers of a reply.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;

use crate::error::RateLimit;

/// A header's value as text.
pub(super) fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let text = headers.get(name)?.to_str().ok()?;
    (!text.is_empty()).then_some(text)
}

/// When the service says it replied (`Date`).
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

/// Whether a content type is that of an event stream.
pub(crate) fn is_event_stream(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/event-stream")
}

/// `Retry-After`, in seconds or as an HTTP date; one in the past means now.
pub(super) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    parse_retry_after(value, now)
}

fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large for `u64` is still a very long time.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = http_date(value)?;
    Some(Duration::try_from(date.duration_since(now)).unwrap_or_default())
}

/// An HTTP date in any of its three forms: `Sun, 06 Nov 1994 08:49:37 GMT`,
/// `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
fn http_date(value: &str) -> Option<Timestamp> {
    httpdate::parse_http_date(value).ok()?.try_into().ok()
}

pub(crate) fn rate_limit(headers: &HeaderMap) -> Option<RateLimit> {
    let number = |name| header_text(headers, name)?.trim().parse::<u64>().ok();
    let found = RateLimit {
        limit: number("x-ratelimit-limit"),
        remaining: number("x-ratelimit-remaining"),
        reset: header_text(headers, "x-ratelimit-reset").and_then(unix_time),
    };
    let any = found.limit.is_some() || found.remaining.is_some() || found.reset.is_some();
    any.then_some(found)
}

/// A date in seconds, perhaps with a fraction, which is left out.
fn unix_time(value: &str) -> Option<Timestamp> {
    let (seconds, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Timestamp::from_second(seconds.parse::<u64>().ok()?.try_into().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_read_with_and_without_a_fraction() {
        let at = Timestamp::from_second(1_700_000_000).ok();
        for (value, expected) in [
            ("1700000000", at),
            (" 1700000000.53 ", at),
            ("1700000000.5.3", None),
            ("-1", None),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(unix_time(value), expected, "{value}");
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        for (value, seconds) in [
            ("0", Some(0.0)),
            ("120", Some(120.0)),
            ("1.5", Some(1.5)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37.0)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0.0)),
            ("Mon, 06 Nov 1994 08:49:37 GMT", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(37.0)),
            ("Sun Nov  6 08:49:37 1994", Some(37.0)),
            ("Wed Nov 16 08:49:37 1994", Some(864_037.0)),
            ("Sunday, 06-Nov-94", None),
            ("-5", None),
            ("soon", None),
            ("NaN", None),
            ("", None),
        ] {
            let read = parse_retry_after(value, now);
            assert_eq!(read.map(|d| d.as_secs_f64()), seconds, "{value}");
        }
        assert!(parse_retry_after("99999999999999999999999", now).is_some());
    }
}
