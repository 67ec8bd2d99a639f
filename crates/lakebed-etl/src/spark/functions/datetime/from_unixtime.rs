//! `from_unixtime(seconds[, pattern])`: seconds since the epoch as text.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::date_format::format_moments;
use crate::casts::{self, TIMESTAMP};
use crate::spark::functions::function::Function;

const DEFAULT_PATTERN: &str = "yyyy-MM-dd HH:mm:ss";

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "from_unixtime",
        takes: vec![Some(DataType::Int64), Some(DataType::Utf8)],
        required: 1,
        returns: DataType::Utf8,
        kernel: texts_of_seconds,
    }
    .into_udf(&[])
}

fn texts_of_seconds(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let moments = casts::cast(&columns[0], &TIMESTAMP)?;
    let patterns = match columns.get(1) {
        Some(patterns) => Arc::clone(patterns),
        None => Arc::new(StringArray::from(vec![DEFAULT_PATTERN; moments.len()])),
    };
    format_moments(&[moments, patterns])
}
