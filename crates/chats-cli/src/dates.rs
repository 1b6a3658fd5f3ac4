//! Dates as people read them, in their own time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The time if it is today, else the date; empty if nothing is known.
pub(crate) fn short(at: Option<Timestamp>) -> String {
    let Some(at) = at else {
        return String::new();
    };
    let zone = TimeZone::system();
    let today = zone.to_datetime(Timestamp::now()).date();
    let at = zone.to_datetime(at);
    let form = if at.date() == today {
        "%H:%M"
    } else {
        "%Y-%m-%d"
    };
    at.strftime(form).to_string()
}

/// The day and the time.
pub(crate) fn long(at: Timestamp) -> String {
    TimeZone::system()
        .to_datetime(at)
        .strftime("%Y-%m-%d %H:%M")
        .to_string()
}
