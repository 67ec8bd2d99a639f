//! `year(x)`, `month(x)`, `dow(x)`, `millisecond(x)`, … and `extract(field FROM x)`, which is the
//! function of that name. Trino manual, "Date and time functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("year(DATE '2025-01-31')"), "2025");
//! assert_eq!(evaluate("day_of_week(DATE '2025-02-02')"), "7");
//! assert_eq!(evaluate("year_of_week(DATE '2024-12-30')"), "2025");
//! assert_eq!(evaluate("extract(HOUR FROM TIMESTAMP '2025-01-31 09:30:00 Asia/Seoul')"), "9");
//! assert_eq!(evaluate("timezone_minute(TIMESTAMP '2025-01-31 09:30:00 +05:30')"), "30");
//! assert_eq!(evaluate("minute(INTERVAL '90' MINUTE)"), "30");
//! ```

use arrow::array::ArrayRef;
use chrono::{Datelike, NaiveDate};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::temporal::{Temporal, calendar};
use crate::functions::scalar::Kind::{
    self, Bigint, DayToSecond, Time, TimeWithZone, Timestamp, TimestampWithZone, YearToMonth,
};
use crate::functions::scalar::{Call, Date, Scalar, scalar};
use crate::types::{Milliseconds, Moment, Months, TimeOfDay, ZonedMoment, ZonedTime};

/// A field of the calendar's day.
macro_rules! of_dates {
    ($name:literal, $field:expr) => {
        scalar($name)
            .overload([Kind::Date], Bigint, |call| {
                calendar_field::<Date>(call, $field)
            })
            .overload([Timestamp], Bigint, |call| {
                calendar_field::<Moment>(call, $field)
            })
            .overload([TimestampWithZone], Bigint, |call| {
                calendar_field::<ZonedMoment>(call, $field)
            })
    };
}

/// A field of the clock: of microseconds since midnight, and how many there are until it begins
/// anew.
macro_rules! of_times {
    ($name:literal, $micros:literal, $modulus:literal) => {
        scalar($name)
            .overload([Time], Bigint, |call| {
                clock::<TimeOfDay>(call, $micros, $modulus)
            })
            .overload([TimeWithZone], Bigint, |call| {
                clock::<ZonedTime>(call, $micros, $modulus)
            })
            .overload([Timestamp], Bigint, |call| {
                clock::<Moment>(call, $micros, $modulus)
            })
            .overload([TimestampWithZone], Bigint, |call| {
                clock::<ZonedMoment>(call, $micros, $modulus)
            })
            .overload([DayToSecond], Bigint, |call| {
                duration(call, |millis| millis / ($micros / 1_000) % $modulus)
            })
    };
}

/// A part of the offset from UTC.
macro_rules! of_zones {
    ($name:literal, $part:expr) => {
        scalar($name)
            .overload([TimeWithZone], Bigint, |call| {
                offset::<ZonedTime>(call, $part)
            })
            .overload([TimestampWithZone], Bigint, |call| {
                offset::<ZonedMoment>(call, $part)
            })
    };
}

pub(in crate::functions) fn udfs() -> Vec<ScalarUDF> {
    [
        of_dates!("year", |date| date.year().into()).overload([YearToMonth], Bigint, |call| {
            months(call, |months| months / 12)
        }),
        of_dates!("quarter", |date| i64::from(date.month0() / 3) + 1),
        of_dates!("month", |date| date.month().into()).overload([YearToMonth], Bigint, |call| {
            months(call, |months| months % 12)
        }),
        of_dates!("week", week),
        of_dates!("week_of_year", week),
        of_dates!("day", |date| date.day().into()).overload([DayToSecond], Bigint, |call| {
            duration(call, |millis| millis / DAY)
        }),
        of_dates!("day_of_month", |date| date.day().into()).overload(
            [DayToSecond],
            Bigint,
            |call| duration(call, |millis| millis / DAY),
        ),
        of_dates!("day_of_week", weekday),
        of_dates!("dow", weekday),
        of_dates!("day_of_year", |date| date.ordinal().into()),
        of_dates!("doy", |date| date.ordinal().into()),
        of_dates!("year_of_week", |date| date.iso_week().year().into()),
        of_dates!("yow", |date| date.iso_week().year().into()),
        of_times!("hour", 3_600_000_000, 24),
        of_times!("minute", 60_000_000, 60),
        of_times!("second", 1_000_000, 60),
        of_times!("millisecond", 1_000, 1_000),
        of_zones!("timezone_hour", |minutes| minutes / 60),
        of_zones!("timezone_minute", |minutes| minutes % 60),
    ]
    .into_iter()
    .map(Scalar::udf)
    .collect()
}

/// In milliseconds.
const DAY: i64 = 86_400_000;

/// By ISO: weeks begin on Monday, and the first has the year's first Thursday.
fn week(date: NaiveDate) -> i64 {
    date.iso_week().week().into()
}

/// Monday is 1, Sunday 7.
fn weekday(date: NaiveDate) -> i64 {
    date.weekday().number_from_monday().into()
}

fn calendar_field<T: Temporal>(call: &Call<'_>, field: fn(NaiveDate) -> i64) -> Result<ArrayRef> {
    call.try_map1(|value: T| Ok(Some(field(calendar(value.local())?))))
}

fn clock<T: Temporal>(call: &Call<'_>, micros: i64, modulus: i64) -> Result<ArrayRef> {
    call.map1(|value: T| value.local().micros.div_euclid(micros).rem_euclid(modulus))
}

fn offset<T: Zoned>(call: &Call<'_>, part: fn(i64) -> i64) -> Result<ArrayRef> {
    call.map1(|value: T| part(value.minutes()))
}

/// What has an offset from UTC.
trait Zoned: Temporal {
    fn minutes(self) -> i64;
}

impl Zoned for ZonedTime {
    fn minutes(self) -> i64 {
        self.offset.into()
    }
}

impl Zoned for ZonedMoment {
    fn minutes(self) -> i64 {
        self.zone.offset_at(self.moment.micros) / 60
    }
}

fn months(call: &Call<'_>, field: fn(i64) -> i64) -> Result<ArrayRef> {
    call.map1(|months: Months| field(months.0.into()))
}

fn duration(call: &Call<'_>, field: fn(i64) -> i64) -> Result<ArrayRef> {
    call.map1(|duration: Milliseconds| field(duration.0))
}
