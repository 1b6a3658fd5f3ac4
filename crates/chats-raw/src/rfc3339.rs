//! Reads dates as RFC 3339 has them and as services write them all the same: without
//! seconds, without an offset, with a blank for the `T`, or without any time.
//!
//! jiff's own parsers read more forms, but add 200 kB to every program and take a noticeable
//! part of the time of reading a list; only its calendar is used here.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Reads a date; one without an offset is UTC, and one without a time its midnight.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.number(4)?;
    let month = rest.after(b"-")?.number(2)?;
    let day = rest.after(b"-")?.number(2)?;
    let (mut hour, mut minute, mut second, mut nanosecond, mut offset) = (0, 0, 0, 0, 0);
    if rest.after(b"Tt ").is_some() {
        hour = rest.number(2)?;
        minute = rest.after(b":")?.number(2)?;
        if rest.after(b":").is_some() {
            // A leap second is taken for the one before it.
            second = rest.number(2).map(|second| second - second / 60)?;
            if rest.after(b".,").is_some() {
                nanosecond = rest.nanoseconds()?;
            }
        }
        offset = rest.offset()?;
    }
    if !rest.0.is_empty() {
        return None;
    }
    let small = |number| i8::try_from(number).ok();
    let civil = DateTime::new(
        i16::try_from(year).ok()?,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(minute)?,
        small(second)?,
        nanosecond,
    );
    let offset = Offset::from_seconds(offset).ok()?;
    offset.to_timestamp(civil.ok()?).ok()
}

/// What is left of the text.
struct Rest<'t>(&'t [u8]);

impl Rest<'_> {
    /// Skips one of these bytes.
    fn after(&mut self, one_of: &[u8]) -> Option<&mut Self> {
        let (first, rest) = self.0.split_first()?;
        if !one_of.contains(first) {
            return None;
        }
        self.0 = rest;
        Some(self)
    }

    /// A number of so many digits.
    fn number(&mut self, digits: usize) -> Option<i32> {
        let (number, rest) = self.0.split_at_checked(digits)?;
        let mut value = 0;
        for byte in number {
            if !byte.is_ascii_digit() {
                return None;
            }
            value = value * 10 + i32::from(byte - b'0');
        }
        self.0 = rest;
        Some(value)
    }

    /// A fraction of a second; what is finer than nanoseconds is left out.
    fn nanoseconds(&mut self) -> Option<i32> {
        let digits = self.0.iter().take_while(|byte| byte.is_ascii_digit());
        let digits = digits.count();
        let known = digits.min(9);
        let value = self.number(known)?;
        self.0 = &self.0[digits - known..];
        let missing = u32::try_from(9 - known).ok()?;
        (digits > 0).then_some(value * 10_i32.pow(missing))
    }

    /// How many seconds the offset is ahead of UTC; none is UTC.
    fn offset(&mut self) -> Option<i32> {
        if self.0.is_empty() || self.after(b"Zz").is_some() {
            return Some(0);
        }
        let sign = if self.after(b"-").is_some() {
            -1
        } else {
            self.after(b"+").map(|_| 1)?
        };
        let hours = self.number(2)?;
        // `+02:00` or `+0200`.
        let colons = self.0.starts_with(b":");
        let mut seconds = 0;
        for unit in [60, 1] {
            if self.0.is_empty() {
                break;
            }
            if colons {
                self.after(b":")?;
            }
            let number = self.number(2).filter(|number| *number < 60)?;
            seconds += number * unit;
        }
        Some(sign * (hours * 3600 + seconds))
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    /// What jiff makes of the same text.
    fn jiff(text: &str) -> Option<Timestamp> {
        let with_offset = text.parse().ok();
        with_offset.or_else(|| {
            TimeZone::UTC
                .to_timestamp(text.parse::<DateTime>().ok()?)
                .ok()
        })
    }

    fn pick(random: &mut fastrand::Rng, from: &[&'static str]) -> &'static str {
        random.choice(from).unwrap()
    }

    /// A date in one of the forms that are read; some of their numbers are none of a date.
    fn date(random: &mut fastrand::Rng) -> String {
        let mut number =
            |range: std::ops::Range<u32>, digits| format!("{:0digits$}", random.u32(range));
        let (year, month, day) = (number(0..10_000, 4), number(0..14, 2), number(0..33, 2));
        let (hour, minute, second) = (number(0..26, 2), number(0..62, 2), number(0..62, 2));
        let (ahead, more) = (number(0..27, 2), number(0..62, 2));
        let fraction = format!("{:09}", random.u32(0..1_000_000_000));
        let fraction = &fraction[..random.usize(1..10)];
        let day = format!("{year}-{month}-{day}");
        let time = match random.u8(0..8) {
            0 => return day,
            1 => format!("{hour}:{minute}"),
            2 | 3 => format!("{hour}:{minute}:{second}"),
            _ => {
                let point = pick(random, &[".", ".", ","]);
                format!("{hour}:{minute}:{second}{point}{fraction}")
            }
        };
        let between = pick(random, &["T", "T", "t", " "]);
        let sign = pick(random, &["+", "-"]);
        let offset = match random.u8(0..8) {
            0 => String::new(),
            1 => "z".to_owned(),
            2 => format!("{sign}{ahead}"),
            3 => format!("{sign}{ahead}{more}"),
            4 => format!("{sign}{ahead}:{more}:{more}"),
            5 | 6 => format!("{sign}{ahead}:{more}"),
            _ => "Z".to_owned(),
        };
        format!("{day}{between}{time}{offset}")
    }

    #[test]
    fn dates_are_read_as_jiff_reads_them() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut known = 0;
        for _ in 0..100_000 {
            let text = date(&mut random);
            assert_eq!(read(&text), jiff(&text), "{text}");
            known += u32::from(read(&text).is_some());
        }
        assert!((10_000..90_000).contains(&known), "{known} were dates");
    }

    #[test]
    fn what_is_read_of_a_broken_date_is_what_jiff_reads() {
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..100_000 {
            let mut text = date(&mut random);
            for _ in 0..random.u8(1..3) {
                let at = random.usize(0..text.len());
                match random.bool() {
                    true => drop(text.remove(at)),
                    false => text.insert(
                        at,
                        random
                            .choice([
                                '0', '1', '2', '9', '-', '+', ':', '.', ',', 'T', 'Z', ' ', '[',
                            ])
                            .unwrap(),
                    ),
                }
            }
            // jiff refuses what is finer than nanoseconds.
            let finer = text
                .split(|c: char| !c.is_ascii_digit())
                .any(|run| run.len() > 9);
            if let Some(date) = read(&text).filter(|_| !finer) {
                assert_eq!(jiff(&text), Some(date), "{text}");
            }
        }
    }

    #[test]
    fn more_than_nanoseconds_are_left_out() {
        let exact = read("2026-01-02T12:00:00.123456789Z");
        assert!(exact.is_some());
        assert_eq!(read("2026-01-02T12:00:00.1234567891234Z"), exact);
        assert_eq!(read("2026-01-02T12:00:00.Z"), None);
    }
}
