//! `add_months(date, months)`: the same day, or the last one of a shorter month.

use chrono::Months;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::ScalarUDF;

use super::map_dates;
use crate::spark::functions::function::Function;

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "add_months",
        takes: vec![Some(DataType::Date32), Some(DataType::Int32)],
        required: 2,
        returns: DataType::Date32,
        kernel: |columns| {
            map_dates(columns, |date, months| {
                let by = Months::new(months.unsigned_abs());
                if months < 0 {
                    date.checked_sub_months(by)
                } else {
                    date.checked_add_months(by)
                }
            })
        },
    }
    .into_udf(&[])
}
