//! `date_add(date, days)` and `date_sub(date, days)`.

use chrono::TimeDelta;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::ScalarUDF;

use super::map_dates;
use crate::spark::functions::function::Function;

pub(super) fn date_add() -> ScalarUDF {
    Function {
        name: "date_add",
        takes: vec![Some(DataType::Date32), Some(DataType::Int32)],
        required: 2,
        returns: DataType::Date32,
        kernel: |columns| {
            map_dates(columns, |date, days| {
                date.checked_add_signed(TimeDelta::days(i64::from(days)))
            })
        },
    }
    .into_udf(&["dateadd"])
}

pub(super) fn date_sub() -> ScalarUDF {
    Function {
        name: "date_sub",
        takes: vec![Some(DataType::Date32), Some(DataType::Int32)],
        required: 2,
        returns: DataType::Date32,
        kernel: |columns| {
            map_dates(columns, |date, days| {
                date.checked_sub_signed(TimeDelta::days(i64::from(days)))
            })
        },
    }
    .into_udf(&[])
}
