//! `datediff(end, start)`: days from start to end.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int32Array};
use datafusion::arrow::compute::binary;
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::spark::functions::function::Function;

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "datediff",
        takes: vec![Some(DataType::Date32); 2],
        required: 2,
        returns: DataType::Int32,
        kernel: days_between,
    }
    .into_udf(&["date_diff"])
}

fn days_between(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let ends = columns[0].as_primitive::<Date32Type>();
    let starts = columns[1].as_primitive::<Date32Type>();
    let days: Int32Array = binary(ends, starts, i32::wrapping_sub)?;
    Ok(Arc::new(days))
}
