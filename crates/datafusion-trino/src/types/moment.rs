//! Moments to the picosecond, and their texts.

use std::fmt::Write;

use arrow::datatypes::TimeUnit;
use chrono::{DateTime, Datelike, NaiveDate};

use super::{MAX_TIME_PRECISION, Zone};

const MICROS_PER_DAY: i64 = 86_400_000_000;
pub(crate) const PICOS_PER_SECOND: i64 = 1_000_000_000_000;
pub(crate) const PICOS_PER_DAY: i64 = 86_400 * PICOS_PER_SECOND;
const PICOS_PER_MICRO: i64 = 1_000_000;

/// A moment without zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment {
    /// Since 1970.
    pub(crate) micros: i64,
    /// Within the last microsecond.
    pub(crate) picos: i32,
}

/// A timestamp as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written<'a> {
    /// As clocks show it where it was written.
    pub(crate) local: Moment,
    /// How many digits the second's fraction has.
    pub(crate) precision: u8,
    pub(crate) zone: Option<&'a str>,
}

impl Moment {
    pub(crate) fn from_micros(micros: i64) -> Self {
        Self { micros, picos: 0 }
    }

    /// The beginning of a day, counted from 1970.
    pub(crate) fn from_days(days: i32) -> Self {
        Self::from_micros(i64::from(days) * MICROS_PER_DAY)
    }

    /// So many picoseconds after the beginning of a day.
    pub(crate) fn on_day(days: i32, picos_of_day: i64) -> Self {
        let Self { micros, .. } = Self::from_days(days);
        Self {
            micros: micros + picos_of_day / PICOS_PER_MICRO,
            picos: (picos_of_day % PICOS_PER_MICRO) as i32,
        }
    }

    /// None where microseconds since 1970 do not reach.
    pub(crate) fn from_ticks(ticks: i64, unit: TimeUnit) -> Option<Self> {
        Some(match unit {
            TimeUnit::Second => Self::from_micros(ticks.checked_mul(1_000_000)?),
            TimeUnit::Millisecond => Self::from_micros(ticks.checked_mul(1_000)?),
            TimeUnit::Microsecond => Self::from_micros(ticks),
            TimeUnit::Nanosecond => Self {
                micros: ticks.div_euclid(1_000),
                picos: (ticks.rem_euclid(1_000) * 1_000) as i32,
            },
        })
    }

    /// In Arrow's unit, cut. Nanoseconds reach from 1677 to 2262.
    pub(crate) fn to_ticks(self, unit: TimeUnit) -> Option<i64> {
        Some(match unit {
            TimeUnit::Second => self.micros.div_euclid(1_000_000),
            TimeUnit::Millisecond => self.micros.div_euclid(1_000),
            TimeUnit::Microsecond => self.micros,
            TimeUnit::Nanosecond => {
                let nanos = self.micros.checked_mul(1_000)?;
                nanos.checked_add(i64::from(self.picos) / 1_000)?
            }
        })
    }

    /// The day, counted from 1970.
    pub(crate) fn days(self) -> i32 {
        self.micros.div_euclid(MICROS_PER_DAY) as i32
    }

    /// The time of the day in picoseconds.
    pub(crate) fn picos_of_day(self) -> i64 {
        self.micros.rem_euclid(MICROS_PER_DAY) * PICOS_PER_MICRO + i64::from(self.picos)
    }

    /// The nearest moment with so many digits in the second's fraction, the later of two.
    pub(crate) fn round(self, precision: u8) -> Self {
        if precision >= MAX_TIME_PRECISION {
            return self;
        }
        let step = picos_per_step(precision);
        if step <= PICOS_PER_MICRO {
            let picos = (i64::from(self.picos) + step / 2) / step * step;
            return Self {
                micros: self.micros + picos / PICOS_PER_MICRO,
                picos: (picos % PICOS_PER_MICRO) as i32,
            };
        }
        let step = step / PICOS_PER_MICRO;
        Self::from_micros((self.micros + step / 2).div_euclid(step) * step)
    }

    /// `2025-01-31 09:30:00.000`.
    pub(crate) fn write(self, precision: u8, out: &mut String) {
        write_date(self.days(), out);
        out.push(' ');
        write_time(self.picos_of_day(), precision, out);
    }

    /// Reads `2025-1-31[ 9:30[:00[.000]]][ zone]`; none for anything else.
    pub(crate) fn read(text: &str) -> Option<Written<'_>> {
        let text = text.trim();
        let (date, rest) = match text.find(' ') {
            Some(blank) => (&text[..blank], text[blank..].trim_start()),
            None => (text, ""),
        };
        let days = read_date(date)?;
        let time_length = rest
            .find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.')
            .unwrap_or(rest.len());
        let (time, zone) = rest.split_at(time_length);
        let (picos, precision) = match time {
            "" => (0, 0),
            time => read_time(time)?,
        };
        let zone = zone.trim();
        Some(Written {
            local: Self::on_day(days, picos),
            precision,
            zone: (!zone.is_empty()).then_some(zone),
        })
    }

    /// The same moment on the clocks of a zone.
    pub(crate) fn in_zone(self, zone: Zone) -> Self {
        Self {
            micros: zone.to_local(self.micros),
            ..self
        }
    }

    /// The moment when the clocks of a zone show this.
    pub(crate) fn to_utc(self, zone: Zone) -> Self {
        Self {
            micros: zone.to_utc(self.micros),
            ..self
        }
    }
}

/// How many picoseconds the last digit of such a fraction stands for.
pub(crate) fn picos_per_step(precision: u8) -> i64 {
    10_i64.pow(u32::from(MAX_TIME_PRECISION.saturating_sub(precision)))
}

/// Reads a date such as `2025-1-31` or `-0044-03-15` as days since 1970.
pub(crate) fn read_date(text: &str) -> Option<i32> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => (-1, &text[1..]),
        b'+' => (1, &text[1..]),
        _ => (1, text),
    };
    let mut parts = digits.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&part.len()) && part.bytes().all(|c| c.is_ascii_digit())
    };
    let is_date = parts.next().is_none()
        && is_number(year, 4..=9)
        && is_number(month, 1..=2)
        && is_number(day, 1..=2);
    let year: i32 = is_date.then(|| year.parse().ok())??;
    let date = NaiveDate::from_ymd_opt(sign * year, month.parse().ok()?, day.parse().ok()?)?;
    Some(date.to_epoch_days())
}

/// Reads a time such as `9:30` or `09:30:00.123` as picoseconds, and how many digits the fraction
/// has.
pub(crate) fn read_time(text: &str) -> Option<(i64, u8)> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, ""));
    if text.ends_with('.') || fraction.len() > usize::from(MAX_TIME_PRECISION) {
        return None;
    }
    let mut parts = clock.split(':').map(|part| {
        let is_short = matches!(part.len(), 1 | 2) && part.bytes().all(|c| c.is_ascii_digit());
        is_short.then(|| part.parse::<i64>().ok())?
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None if fraction.is_empty() => 0,
        None => return None,
    };
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let precision = fraction.len() as u8;
    let fraction: i64 = match fraction {
        "" => 0,
        digits if digits.bytes().all(|c| c.is_ascii_digit()) => digits.parse().ok()?,
        _ => return None,
    };
    let seconds = (hour * 60 + minute) * 60 + second;
    Some((
        seconds * PICOS_PER_SECOND + fraction * picos_per_step(precision),
        precision,
    ))
}

/// `2025-01-31`, from days since 1970; years may be negative or have more digits.
pub(crate) fn write_date(days: i32, out: &mut String) {
    let date = DateTime::UNIX_EPOCH
        .date_naive()
        .checked_add_signed(chrono::TimeDelta::days(days.into()));
    let Some(date) = date else {
        return out.push_str("date out of range");
    };
    let sign = if date.year() < 0 { "-" } else { "" };
    let _ = write!(
        out,
        "{sign}{:04}-{:02}-{:02}",
        date.year().unsigned_abs(),
        date.month(),
        date.day()
    );
}

/// `09:30:00.000`, from picoseconds since midnight.
pub(crate) fn write_time(picos: i64, precision: u8, out: &mut String) {
    let seconds = picos / PICOS_PER_SECOND;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let _ = write!(out, "{hours:02}:{minutes:02}:{:02}", seconds % 60);
    if precision > 0 {
        let fraction = picos % PICOS_PER_SECOND / picos_per_step(precision);
        let _ = write!(out, ".{fraction:0width$}", width = usize::from(precision));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn again(text: &str) -> Option<String> {
        let written = Moment::read(text)?;
        let mut out = String::new();
        written.local.write(written.precision, &mut out);
        if let Some(zone) = written.zone {
            out.push('|');
            out.push_str(zone);
        }
        Some(out)
    }

    #[test]
    fn timestamps_are_read_as_written() {
        for (text, expected) in [
            ("2020-05-01", "2020-05-01 00:00:00"),
            ("2020-5-1 1:2", "2020-05-01 01:02:00"),
            ("2020-05-01 12:34:56.1", "2020-05-01 12:34:56.1"),
            (
                "1500-05-01 12:34:56.123456789012",
                "1500-05-01 12:34:56.123456789012",
            ),
            ("-0044-03-15 12:00", "-0044-03-15 12:00:00"),
            (
                "2020-05-01 12:34:56.12 Asia/Seoul",
                "2020-05-01 12:34:56.12|Asia/Seoul",
            ),
            ("2020-05-01 12:34:56+08:35", "2020-05-01 12:34:56|+08:35"),
            ("2020-05-01 UTC", "2020-05-01 00:00:00|UTC"),
        ] {
            assert_eq!(again(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "2020-13-01",
            "2020-02-30",
            "2020-05-01 24:00",
            "20-05-01",
            "2020-05-01 1",
        ] {
            assert_eq!(again(text), None, "{text}");
        }
    }

    #[test]
    fn fractions_round_half_up() {
        for (text, precision, expected) in [
            ("2020-05-01 12:34:56.5", 0, "2020-05-01 12:34:57"),
            ("2020-12-31 23:59:59.95", 1, "2021-01-01 00:00:00.0"),
            ("1969-12-31 23:59:59.5", 0, "1970-01-01 00:00:00"),
            (
                "2020-05-01 00:00:00.1234567",
                6,
                "2020-05-01 00:00:00.123457",
            ),
            (
                "2020-05-01 00:00:00.12345678949",
                9,
                "2020-05-01 00:00:00.123456789",
            ),
        ] {
            let mut out = String::new();
            let written = Moment::read(text).unwrap();
            written.local.round(precision).write(precision, &mut out);
            assert_eq!(out, expected, "{text}");
        }
    }
}
