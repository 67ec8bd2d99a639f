//! `to_iso8601(x) -> varchar`, `from_iso8601_timestamp(text) -> timestamp(3) with time zone`,
//! `from_iso8601_timestamp_nanos(text) -> timestamp(9) with time zone`, `from_iso8601_date(text) ->
//! date`. Trino manual, "Date and time functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("to_iso8601(TIMESTAMP '2025-01-31 09:30:00 Asia/Seoul')"), "2025-01-31T09:30:00+09:00");
//! assert_eq!(evaluate("to_iso8601(TIMESTAMP '2025-01-31 09:30:00.5 UTC')"), "2025-01-31T09:30:00.5Z");
//! assert_eq!(evaluate("from_iso8601_timestamp('2025-01-31T09:30:00+09:00')"), "2025-01-31 09:30:00.000 +09:00");
//! assert_eq!(evaluate("from_iso8601_timestamp('2025-W05-5')"), "2025-01-31 00:00:00.000 UTC");
//! assert_eq!(evaluate("from_iso8601_date('2025-031')"), "2025-01-31");
//! ```

use arrow::array::ArrayRef;
use chrono::{NaiveDate, Weekday};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{self, Timestamp, TimestampWithZone, Varchar};
use crate::functions::scalar::{Call, Date, Returns, scalar};
use crate::types::{
    Moment, Own, Zone, ZonedMoment, offset_name, read_time, timestamp_precision, write_date,
    write_time,
};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 4] {
    let nanos = Returns::Of(|_| Ok(Own::TimestampWithZone(9).data_type()));
    [
        scalar("to_iso8601")
            .overload([Kind::Date], Varchar, |call| {
                call.map1(|date: Date| {
                    let mut text = String::new();
                    write_date(date.0, &mut text);
                    text
                })
            })
            .overload([Timestamp], Varchar, |call| {
                let precision = precision(call);
                call.map1(|moment: Moment| written(moment, precision))
            })
            .overload([TimestampWithZone], Varchar, |call| {
                let precision = precision(call);
                call.map1(|value: ZonedMoment| {
                    let mut text = written(value.moment.in_zone(value.zone), precision);
                    let minutes = value.zone.offset_at(value.moment.micros) / 60;
                    match i16::try_from(minutes) {
                        Ok(0) | Err(_) => text.push('Z'),
                        Ok(minutes) => text.push_str(&offset_name(minutes)),
                    }
                    text
                })
            })
            .udf(),
        scalar("from_iso8601_timestamp")
            .overload([Varchar], TimestampWithZone, |call| timestamps(call, 3))
            .udf(),
        scalar("from_iso8601_timestamp_nanos")
            .overload([Varchar], nanos, |call| timestamps(call, 9))
            .udf(),
        scalar("from_iso8601_date")
            .overload([Varchar], Kind::Date, |call| {
                call.try_map1(|text: &str| match date(text) {
                    Some(date) => Ok(Some(Date(date.to_epoch_days()))),
                    None => Err(malformed(text)),
                })
            })
            .udf(),
    ]
}

fn precision(call: &Call<'_>) -> u8 {
    match Own::of(call.data_type(0)) {
        Some(Own::TimestampWithZone(precision)) => precision,
        _ => timestamp_precision(call.data_type(0)).unwrap_or(3),
    }
}

fn written(local: Moment, precision: u8) -> String {
    let mut text = String::new();
    write_date(local.days(), &mut text);
    text.push('T');
    write_time(local.picos_of_day(), precision, &mut text);
    text
}

fn malformed(text: &str) -> datafusion::error::DataFusionError {
    TrinoError::invalid_argument(format!("Invalid format: \"{text}\""))
}

fn timestamps(call: &Call<'_>, precision: u8) -> Result<ArrayRef> {
    call.try_map1(|text: &str| match timestamp(text) {
        Some(value) => Ok(Some(ZonedMoment {
            moment: value.moment.round(precision),
            ..value
        })),
        None => Err(malformed(text)),
    })
}

/// `2025-01-31[T09[:30[:00[.000]]]][Z|+09:00]`, or only a time of 1970's first day.
fn timestamp(text: &str) -> Option<ZonedMoment> {
    let (day, rest) = text.split_once('T').unwrap_or((text, ""));
    let days = match day {
        "" => 0,
        day => date(day)?.to_epoch_days(),
    };
    let (time, zone) = match rest.find(['Z', '+', '-']) {
        Some(at) => (&rest[..at], Zone::parse(&rest[at..])?),
        None => (rest, Zone::UTC),
    };
    let picos = match time {
        "" => 0,
        hour if hour.len() == 2 => read_time(&format!("{hour}:00"))?.0,
        // A comma stands for the point, too.
        time => read_time(&time.replace(',', "."))?.0,
    };
    Some(ZonedMoment {
        moment: Moment::on_day(days, picos).to_utc(zone),
        zone,
    })
}

/// A day of a month (`2025-01-31`, `2025-01`, `2025`), a week (`2025-W05-5`, `2025-W05`) or a year
/// (`2025-031`).
fn date(text: &str) -> Option<NaiveDate> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = digits.split('-');
    let year: i32 = number(parts.next()?, 4..=9)?.try_into().ok()?;
    let year = sign * year;
    let (second, third) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return None;
    }
    match (second, third) {
        (None, _) => NaiveDate::from_ymd_opt(year, 1, 1),
        (Some(week), day) if week.starts_with('W') => {
            let week = number(&week[1..], 1..=2)?;
            let day = day.map_or(Some(1), |day| number(day, 1..=1))?;
            let weekday = Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?;
            NaiveDate::from_isoywd_opt(year, week, weekday)
        }
        (Some(day), None) if day.len() == 3 => NaiveDate::from_yo_opt(year, number(day, 3..=3)?),
        (Some(month), day) => {
            let day = day.map_or(Some(1), |day| number(day, 1..=2))?;
            NaiveDate::from_ymd_opt(year, number(month, 1..=2)?, day)
        }
    }
}

fn number(text: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_number = lengths.contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}
