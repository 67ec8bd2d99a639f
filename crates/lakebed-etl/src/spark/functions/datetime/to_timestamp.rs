//! `to_timestamp(text[, pattern])`: null where the text does not fit.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::pattern;
use crate::casts::{self, TIMESTAMP};
use crate::spark::functions::function::{Function, Memo};

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "to_timestamp",
        takes: vec![None, Some(DataType::Utf8)],
        required: 1,
        returns: TIMESTAMP,
        kernel: read_moments,
    }
    .into_udf(&["try_to_timestamp"])
}

pub(super) fn read_moments(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let Some(patterns) = columns.get(1) else {
        return Ok(casts::cast(&columns[0], &TIMESTAMP)?);
    };
    if columns[0].data_type().is_temporal() {
        return Ok(casts::cast(&columns[0], &TIMESTAMP)?);
    }
    let texts = casts::cast(&columns[0], &DataType::Utf8)?;
    let (texts, patterns) = (texts.as_string::<i32>(), patterns.as_string::<i32>());
    let mut parsed = Memo::new();
    let mut moments = Vec::with_capacity(texts.len());
    for row in 0..texts.len() {
        if texts.is_null(row) || patterns.is_null(row) {
            moments.push(None);
            continue;
        }
        let pattern = parsed.get(patterns.value(row), pattern)?;
        moments.push(pattern.read_moment(texts.value(row)));
    }
    Ok(Arc::new(TimestampMicrosecondArray::from(moments)))
}
