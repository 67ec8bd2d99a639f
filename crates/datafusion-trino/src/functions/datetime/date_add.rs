//! `date_add(unit, value, timestamp) -> [same as input]`. Trino manual, "Interval functions".

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use chrono::{Months, NaiveDateTime, TimeDelta};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::field::Field;
use super::moment::{self, Moments};
use crate::error::TrinoError;
use crate::functions::untyped::{Compiled, ScalarFunction, texts};

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "date_add",
        arguments: 3..=3,
        return_type: |types| match &types[2] {
            kind @ (DataType::Date32 | DataType::Timestamp(..)) => Ok(kind.clone()),
            other => Err(TrinoError::wrong_types(format!(
                "Unexpected parameters for function date_add: the third is {other}, no date or timestamp"
            ))),
        },
        invoke: date_add,
    }
    .into_udf()
}

fn date_add(arguments: &[ArrayRef], return_type: &DataType) -> Result<ArrayRef> {
    let units = texts(&arguments[0])?;
    let amounts = cast(&arguments[1], &DataType::Int64)?;
    let amounts = amounts.as_primitive::<Int64Type>();
    let moments = Moments::of(&arguments[2])?;
    let mut unit = Compiled::with(Field::parse);
    let mut answers = Vec::with_capacity(units.len());
    for row in 0..units.len() {
        let (true, true, Some(moment)) =
            (units.is_valid(row), amounts.is_valid(row), moments.get(row))
        else {
            answers.push(None);
            continue;
        };
        let name = units.value(row);
        let field = *unit.get(name)?;
        if return_type == &DataType::Date32 && matches!(field, Field::Millis(_)) {
            return Err(TrinoError::invalid_argument(format!(
                "'{name}' is not a valid DATE field"
            )));
        }
        let amount = amounts.value(row);
        let sum = add(moment, field, amount).ok_or_else(|| {
            TrinoError::invalid_argument(format!("{amount} {name}s lead out of the calendar"))
        })?;
        answers.push(Some(sum));
    }
    moment::to_array(answers, return_type)
}

fn add(moment: NaiveDateTime, field: Field, amount: i64) -> Option<NaiveDateTime> {
    match field {
        Field::Millis(millis) => {
            moment.checked_add_signed(TimeDelta::try_milliseconds(millis.checked_mul(amount)?)?)
        }
        Field::Days(days) => {
            moment.checked_add_signed(TimeDelta::try_days(days.checked_mul(amount)?)?)
        }
        Field::Months(months) => {
            let months = months.checked_mul(amount)?;
            let count = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
            match months < 0 {
                true => moment.checked_sub_months(count),
                false => moment.checked_add_months(count),
            }
        }
    }
}
