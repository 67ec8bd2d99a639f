//! `to_date(text[, pattern])`: null where the text does not fit.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::to_timestamp::read_moments;
use crate::casts;
use crate::spark::functions::function::Function;

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "to_date",
        takes: vec![None, Some(DataType::Utf8)],
        required: 1,
        returns: DataType::Date32,
        kernel: read_dates,
    }
    .into_udf(&["date"])
}

fn read_dates(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let values = if columns.len() == 1 {
        casts::cast(&columns[0], &DataType::Date32)?
    } else {
        casts::cast(&read_moments(columns)?, &DataType::Date32)?
    };
    Ok(values)
}
