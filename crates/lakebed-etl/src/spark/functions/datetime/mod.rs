//! Functions of dates and times. Timestamps are microseconds in UTC.

mod add_months;
mod current;
mod date_add;
mod date_format;
mod datediff;
mod from_unixtime;
mod last_day;
mod parts;
mod to_date;
mod to_timestamp;
mod trunc;
mod unix_timestamp;

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array};
use datafusion::arrow::datatypes::{Date32Type, Int32Type};
use datafusion::common::{DataFusionError, Result};
use datafusion::logical_expr::ScalarUDF;
use lakebed_core::Timestamp;

use crate::spark::pattern::Pattern;

pub(super) fn functions(now: Timestamp) -> Vec<ScalarUDF> {
    let mut functions = vec![
        add_months::function(),
        date_add::date_add(),
        date_add::date_sub(),
        date_format::function(),
        datediff::function(),
        from_unixtime::function(),
        last_day::function(),
        to_date::function(),
        to_timestamp::function(),
        trunc::function(),
        unix_timestamp::function(),
    ];
    functions.extend(parts::functions());
    functions.extend(current::functions(now));
    functions
}

fn pattern(text: &str) -> Result<Pattern> {
    Pattern::parse(text).map_err(DataFusionError::Execution)
}

/// A date from its days since 1970-01-01.
fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(days)
}

/// Maps dates, the first column, by an integer beside each, the second column.
fn map_dates(
    columns: &[ArrayRef],
    map: impl Fn(NaiveDate, i32) -> Option<NaiveDate>,
) -> Result<ArrayRef> {
    let dates = columns[0].as_primitive::<Date32Type>();
    let numbers = columns[1].as_primitive::<Int32Type>();
    let mapped: Date32Array = (0..dates.len())
        .map(|row| {
            if dates.is_null(row) || numbers.is_null(row) {
                return None;
            }
            let mapped = map(date(dates.value(row))?, numbers.value(row))?;
            Some(mapped.to_epoch_days())
        })
        .collect();
    Ok(Arc::new(mapped))
}
