//! `date_diff(unit, timestamp1, timestamp2) -> bigint`: whole units from the first to the second.
//! Trino manual, "Interval functions".

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array};
use arrow::datatypes::DataType;
use chrono::{Datelike, Months, NaiveDateTime};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::field::Field;
use super::moment::Moments;
use crate::functions::untyped::{Compiled, ScalarFunction, texts};

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "date_diff",
        arguments: 3..=3,
        return_type: |_| Ok(DataType::Int64),
        invoke: |arguments, _| date_diff(arguments),
    }
    .into_udf()
}

fn date_diff(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let units = texts(&arguments[0])?;
    let from = Moments::of(&arguments[1])?;
    let to = Moments::of(&arguments[2])?;
    let mut unit = Compiled::with(Field::parse);
    let mut answers = Vec::with_capacity(units.len());
    for row in 0..units.len() {
        answers.push(match (from.get(row), to.get(row)) {
            (Some(from), Some(to)) if units.is_valid(row) => {
                Some(difference(from, to, *unit.get(units.value(row))?))
            }
            _ => None,
        });
    }
    Ok(Arc::new(Int64Array::from(answers)))
}

fn difference(from: NaiveDateTime, to: NaiveDateTime, field: Field) -> i64 {
    let passed = to.signed_duration_since(from);
    match field {
        Field::Millis(millis) => passed.num_milliseconds() / millis,
        Field::Days(days) => passed.num_days() / days,
        Field::Months(months) => whole_months(from, to) / months,
    }
}

/// Months that have passed in full, negative if `to` is earlier.
fn whole_months(from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    let of = |moment: NaiveDateTime| i64::from(moment.year()) * 12 + i64::from(moment.month0());
    let months = of(to) - of(from);
    let count = Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(u32::MAX));
    if months > 0
        && from
            .checked_add_months(count)
            .is_none_or(|reached| reached > to)
    {
        months - 1
    } else if months < 0
        && from
            .checked_sub_months(count)
            .is_none_or(|reached| reached < to)
    {
        months + 1
    } else {
        months
    }
}
