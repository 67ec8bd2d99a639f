//! `unix_timestamp(moment[, pattern])`: whole seconds since the epoch.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array};
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::to_timestamp::read_moments;
use crate::casts::MICROS_PER_SECOND;
use crate::spark::functions::function::Function;

pub(super) fn function() -> ScalarUDF {
    Function {
        name: "unix_timestamp",
        takes: vec![None, Some(DataType::Utf8)],
        required: 1,
        returns: DataType::Int64,
        kernel: whole_seconds,
    }
    .into_udf(&["to_unix_timestamp"])
}

fn whole_seconds(columns: &[ArrayRef]) -> Result<ArrayRef> {
    let moments = read_moments(columns)?;
    let seconds: Int64Array = moments
        .as_primitive::<TimestampMicrosecondType>()
        .unary(|micros| micros.div_euclid(MICROS_PER_SECOND));
    Ok(Arc::new(seconds))
}
