//! `date_format(moment, pattern)`: a date or timestamp as text.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern;
use crate::casts::TIMESTAMP;
use crate::spark::functions::function::{Function, Memo};

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "date_format",
        takes: vec![Some(TIMESTAMP), Some(DataType::Utf8)],
        required: 2,
        returns: DataType::Utf8,
        kernel: format_moments,
    }
    .into_udf(&[])
}

pub(super) fn format_moments(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let moments = columns[0].as_primitive::<TimestampMicrosecondType>();
    let patterns = columns[1].as_string::<i32>();
    let mut parsed = Memo::new();
    let mut texts = StringBuilder::new();
    for row in 0..moments.len() {
        if moments.is_null(row) || patterns.is_null(row) {
            texts.append_null();
            continue;
        }
        let pattern = parsed.get(patterns.value(row), pattern)?;
        texts.append_option(pattern.write_moment(moments.value(row)));
    }
    Ok(Arc::new(texts.finish()))
}
