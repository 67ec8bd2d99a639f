//! `concat(a, b, …)`: null if any of them is. (DataFusion's own leaves nulls out.)

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::spark::functions::function::Function;

/// How many values one call may join.
const MOST: usize = 256;

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "concat",
        takes: vec![Some(DataType::Utf8); MOST],
        required: 1,
        returns: DataType::Utf8,
        kernel: concat,
    }
    .into_udf(&[])
}

fn concat(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let columns: Vec<_> = columns
        .iter()
        .map(|column| column.as_string::<i32>())
        .collect();
    let mut joined = StringBuilder::new();
    for row in 0..columns[0].len() {
        if columns.iter().any(|column| column.is_null(row)) {
            joined.append_null();
            continue;
        }
        let text: String = columns.iter().map(|column| column.value(row)).collect();
        joined.append_value(text);
    }
    Ok(Arc::new(joined.finish()))
}
