//! `year(date)`, `month(date)`, … `second(timestamp)`: parts of dates and times as integers.

use std::sync::Arc;

use chrono::{DateTime, Datelike, Timelike, Utc};
use datafusion::arrow::array::{ArrayRef, AsArray, Int32Array};
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::casts::TIMESTAMP;
use crate::spark::functions::function::{Function, Kernel};

pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![
        part("year", &[], |c| parts(c, |moment| moment.year())),
        part("quarter", &[], |c| {
            parts(c, |moment| moment.month0() as i32 / 3 + 1)
        }),
        part("month", &[], |c| parts(c, |moment| moment.month() as i32)),
        part("weekofyear", &["week"], |c| {
            parts(c, |moment| moment.iso_week().week() as i32)
        }),
        part("day", &["dayofmonth"], |c| {
            parts(c, |moment| moment.day() as i32)
        }),
        part("dayofyear", &[], |c| {
            parts(c, |moment| moment.ordinal() as i32)
        }),
        // Sunday is 1.
        part("dayofweek", &[], |c| {
            parts(c, |moment| moment.weekday().number_from_sunday() as i32)
        }),
        // Monday is 0.
        part("weekday", &[], |c| {
            parts(c, |moment| moment.weekday().num_days_from_monday() as i32)
        }),
        part("hour", &[], |c| parts(c, |moment| moment.hour() as i32)),
        part("minute", &[], |c| parts(c, |moment| moment.minute() as i32)),
        part("second", &[], |c| parts(c, |moment| moment.second() as i32)),
    ]
}

fn part(name: &'static str, aliases: &[&str], kernel: Kernel) -> ScalarUDF {
    Function {
        name,
        takes: vec![Some(TIMESTAMP)],
        required: 1,
        returns: DataType::Int32,
        kernel,
    }
    .into_udf(aliases)
}

fn parts(columns: &[ArrayRef], part: impl Fn(DateTime<Utc>) -> i32) -> Result<ArrayRef> {
    let parts: Int32Array = columns[0]
        .as_primitive::<TimestampMicrosecondType>()
        .unary_opt(|micros| DateTime::from_timestamp_micros(micros).map(&part));
    Ok(Arc::new(parts))
}
