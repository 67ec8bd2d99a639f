//! `trunc(date, unit)`: the first day of the date's year, quarter, month or week.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate, TimeDelta};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array};
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::date;
use crate::spark::functions::function::Function;

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "trunc",
        takes: vec![Some(DataType::Date32), Some(DataType::Utf8)],
        required: 2,
        returns: DataType::Date32,
        kernel: truncate,
    }
    .into_udf(&[])
}

fn truncate(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let dates = columns[0].as_primitive::<Date32Type>();
    let units = columns[1].as_string::<i32>();
    let first: Date32Array = (0..dates.len())
        .map(|row| {
            if dates.is_null(row) || units.is_null(row) {
                return None;
            }
            let first = first_day(date(dates.value(row))?, units.value(row))?;
            Some(first.to_epoch_days())
        })
        .collect();
    Ok(Arc::new(first))
}

/// Null for a unit that is none, as Spark says.
fn first_day(date: NaiveDate, unit: &str) -> Option<NaiveDate> {
    match unit.to_lowercase().as_str() {
        "year" | "yyyy" | "yy" => NaiveDate::from_ymd_opt(date.year(), 1, 1),
        "quarter" => NaiveDate::from_ymd_opt(date.year(), date.month0() / 3 * 3 + 1, 1),
        "month" | "mon" | "mm" => date.with_day(1),
        "week" => {
            let since_monday = i64::from(date.weekday().num_days_from_monday());
            date.checked_sub_signed(TimeDelta::days(since_monday))
        }
        _ => None,
    }
}
