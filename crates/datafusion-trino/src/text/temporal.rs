//! Dates, times, timestamps and intervals.

use std::fmt::Write;
use std::str::FromStr;

use arrow::array::timezone::Tz;
use arrow::datatypes::TimeUnit;
use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike};

/// Ticks of `unit` in a second.
fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

/// `2025-01-31`, from days since 1970; years may be negative or have five digits.
pub(super) fn write_date(days: i32, out: &mut String) {
    let epoch = DateTime::UNIX_EPOCH.date_naive();
    match epoch.checked_add_signed(TimeDelta::days(days.into())) {
        Some(date) => {
            let _ = write!(
                out,
                "{:04}-{:02}-{:02}",
                date.year(),
                date.month(),
                date.day()
            );
        }
        None => out.push_str("date out of range"),
    }
}

fn naive(ticks: i64, unit: TimeUnit) -> Option<NaiveDateTime> {
    let ticks_per_second = per_second(unit);
    let nanos = ticks.rem_euclid(ticks_per_second) * (1_000_000_000 / ticks_per_second);
    let moment = DateTime::from_timestamp(
        ticks.div_euclid(ticks_per_second),
        u32::try_from(nanos).ok()?,
    )?;
    Some(moment.naive_utc())
}

fn write_naive(moment: NaiveDateTime, out: &mut String) {
    let _ = write!(
        out,
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}",
        moment.year(),
        moment.month(),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second(),
        moment.nanosecond() / 1_000_000,
    );
}

/// `2025-01-31 09:30:00.000`: Athena's timestamps have three digits whatever the file has.
/// Athena user guide, "Data types in Amazon Athena".
pub(super) fn write_timestamp(ticks: i64, unit: TimeUnit, out: &mut String) {
    match naive(ticks, unit) {
        Some(moment) => write_naive(moment, out),
        None => out.push_str("timestamp out of range"),
    }
}

/// `2025-01-31 09:30:00.000 Asia/Seoul`, in the zone's local time.
pub(super) fn write_zoned(ticks: i64, unit: TimeUnit, zone: &str, out: &mut String) {
    let local = naive(ticks, unit).map(|moment| match Tz::from_str(zone) {
        Ok(zone) => moment.and_utc().with_timezone(&zone).naive_local(),
        Err(_) => moment,
    });
    match local {
        Some(moment) => write_naive(moment, out),
        None => out.push_str("timestamp out of range"),
    }
    out.push(' ');
    out.push_str(if zone == "+00:00" { "UTC" } else { zone });
}

/// `09:30:00.000`.
pub(super) fn write_time(ticks: i64, unit: TimeUnit, out: &mut String) {
    let ticks_per_second = per_second(unit);
    let seconds = ticks / ticks_per_second;
    let millis = ticks % ticks_per_second * 1_000 / ticks_per_second;
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
    let _ = write!(
        out,
        "{hours:02}:{minutes:02}:{:02}.{millis:03}",
        seconds % 60
    );
}

/// `1-2`: a year and two months.
pub(super) fn write_months(months: i64, out: &mut String) {
    let sign = if months < 0 { "-" } else { "" };
    let months = months.unsigned_abs();
    let _ = write!(out, "{sign}{}-{}", months / 12, months % 12);
}

/// `1 02:03:04.005`: a day, two hours and so on.
pub(super) fn write_duration_millis(millis: i64, out: &mut String) {
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    let seconds = millis / 1_000;
    let _ = write!(
        out,
        "{sign}{} {:02}:{:02}:{:02}.{:03}",
        seconds / 86_400,
        seconds / 3_600 % 24,
        seconds / 60 % 60,
        seconds % 60,
        millis % 1_000,
    );
}
