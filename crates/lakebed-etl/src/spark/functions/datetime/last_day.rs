//! `last_day(date)`: the last day of the date's month.

use std::sync::Arc;

use chrono::{Datelike, Months};
use datafusion::arrow::array::{ArrayRef, AsArray, Date32Array};
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::date;
use crate::spark::functions::function::Function;

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "last_day",
        takes: vec![Some(DataType::Date32)],
        required: 1,
        returns: DataType::Date32,
        kernel: last_days,
    }
    .into_udf(&[])
}

fn last_days(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let last: Date32Array = columns[0].as_primitive::<Date32Type>().unary_opt(|days| {
        let next_month = date(days)?
            .with_day(1)?
            .checked_add_months(Months::new(1))?;
        Some(next_month.pred_opt()?.to_epoch_days())
    });
    Ok(Arc::new(last))
}
