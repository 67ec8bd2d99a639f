//! Timestamps of Arrow's with a zone, and intervals.

use std::fmt::Write;

use arrow::datatypes::TimeUnit;

use crate::types::{Moment, Zone};

/// `2025-01-31 09:30:00.000 Asia/Seoul`, in the zone's local time.
pub(super) fn write_zoned(ticks: i64, unit: TimeUnit, precision: u8, zone: &str, out: &mut String) {
    let zone = Zone::parse(zone).unwrap_or(Zone::UTC);
    match Moment::from_ticks(ticks, unit) {
        Some(moment) => moment.in_zone(zone).write(precision, out),
        None => out.push_str("timestamp out of range"),
    }
    out.push(' ');
    out.push_str(&zone.name());
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
