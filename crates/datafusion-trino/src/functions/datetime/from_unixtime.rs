//! `from_unixtime(unixtime) -> timestamp(3) with time zone`: seconds since 1970 with a fraction.
//! Trino manual, "Date and time functions and operators".

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, TimestampMillisecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, TimeUnit};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::functions::untyped::ScalarFunction;

pub(in crate::functions) fn udf() -> ScalarUDF {
    ScalarFunction {
        name: "from_unixtime",
        arguments: 1..=1,
        return_type: |_| {
            Ok(DataType::Timestamp(
                TimeUnit::Millisecond,
                Some("UTC".into()),
            ))
        },
        invoke: |arguments, _| from_unixtime(arguments),
    }
    .into_udf()
}

fn from_unixtime(arguments: &[ArrayRef]) -> Result<ArrayRef> {
    let seconds = cast(&arguments[0], &DataType::Float64)?;
    let moments: TimestampMillisecondArray = seconds
        .as_primitive::<Float64Type>()
        .iter()
        .map(|seconds| seconds.map(|seconds| (seconds * 1_000.0).round() as i64))
        .collect();
    Ok(Arc::new(moments.with_timezone("UTC")))
}
