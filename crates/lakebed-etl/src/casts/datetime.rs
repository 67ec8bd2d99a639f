//! Texts as dates and timestamps, in the forms Spark's casts take: year first, time and zone
//! optional.

use chrono::{Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

/// Microseconds in a second.
pub(crate) const MICROS_PER_SECOND: i64 = 1_000_000;

/// Days since 1970-01-01 of `yyyy`, `yyyy-[m]m` or `yyyy-[m]m-[d]d`, the last with any text after
/// a blank or `T`.
pub(crate) fn parse_date(text: &str) -> Option<i32> {
    let text = text.trim();
    let date = match text.split_once([' ', 'T']) {
        Some((date, _)) if date.matches('-').count() == 2 => date,
        Some(_) => return None,
        None => text,
    };
    days(calendar_date(date)?)
}

/// Microseconds since the epoch of a date with or without time of day and zone; without zone UTC.
pub(crate) fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let Some((date, rest)) = text.split_once([' ', 'T']) else {
        return micros(calendar_date(text)?.and_time(NaiveTime::MIN), None);
    };
    let date = calendar_date(date)?;
    let (time, zone) = split_zone(rest)?;
    micros(date.and_time(time_of_day(time)?), zone)
}

fn days(date: NaiveDate) -> Option<i32> {
    let epoch = NaiveDate::from_ymd_opt(1970, 1, 1)?.num_days_from_ce();
    date.num_days_from_ce().checked_sub(epoch)
}

fn micros(local: NaiveDateTime, zone: Option<FixedOffset>) -> Option<i64> {
    let offset = zone.map_or(0, |zone| i64::from(zone.local_minus_utc()));
    local
        .and_utc()
        .timestamp_micros()
        .checked_sub(offset * MICROS_PER_SECOND)
}

fn calendar_date(text: &str) -> Option<NaiveDate> {
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4, 4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 1, 2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 1, 2))?;
    if parts.next().is_some() {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let mut parts = text.split(':');
    let hour = number(parts.next()?, 1, 2)?;
    let minute = parts.next().map_or(Some(0), |part| number(part, 1, 2))?;
    let (second, micros) = match parts.next() {
        None => (0, 0),
        Some(part) => {
            let (second, fraction) = part.split_once('.').unwrap_or((part, "0"));
            (number(second, 1, 2)?, fraction_micros(fraction)?)
        }
    };
    if parts.next().is_some() {
        return None;
    }
    NaiveTime::from_hms_micro_opt(hour, minute, second, micros)
}

/// The first six digits of a fraction; further ones are cut off.
fn fraction_micros(digits: &str) -> Option<u32> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let kept: String = digits.chars().chain("000000".chars()).take(6).collect();
    kept.parse().ok()
}

/// A time of day and the zone behind it: `Z`, `UTC`, `GMT` or an offset such as `+09:00`.
fn split_zone(text: &str) -> Option<(&str, Option<FixedOffset>)> {
    for name in ["Z", "UTC", "GMT"] {
        if let Some(time) = text.strip_suffix(name) {
            return Some((time.trim_end(), FixedOffset::east_opt(0)));
        }
    }
    let Some(sign) = text.rfind(['+', '-']) else {
        return Some((text, None));
    };
    let (hours, minutes) = match text[sign + 1..].split_once(':') {
        Some((hours, minutes)) => (number(hours, 1, 2)?, number(minutes, 1, 2)?),
        None if text.len() - sign == 5 => {
            let digits = number(&text[sign + 1..], 4, 4)?;
            (digits / 100, digits % 100)
        }
        None => (number(&text[sign + 1..], 1, 2)?, 0),
    };
    let east = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    let seconds = if text[sign..].starts_with('-') {
        -east
    } else {
        east
    };
    Some((
        text[..sign].trim_end(),
        Some(FixedOffset::east_opt(seconds)?),
    ))
}

fn number(digits: &str, shortest: usize, longest: usize) -> Option<u32> {
    let well_formed = (shortest..=longest).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed {
        digits.parse().ok()
    } else {
        None
    }
}
