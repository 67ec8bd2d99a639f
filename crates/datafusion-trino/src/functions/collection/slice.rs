//! `slice(array, start, length)`: from one, from the end where negative, empty where outside; and
//! `trim_array(array, n)`: without its last n elements. Trino manual, "Array functions".

use std::ops::Range;

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::{self, Picked};
use crate::error::TrinoError;
use crate::functions::untyped::ScalarFunction;

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        ScalarFunction {
            name: "slice",
            arguments: 3..=3,
            return_type: |types| lists::element("slice", &types[0]).map(lists::of),
            invoke: slice,
        },
        ScalarFunction {
            name: "trim_array",
            arguments: 2..=2,
            return_type: |types| lists::element("trim_array", &types[0]).map(lists::of),
            invoke: trim_array,
        },
    ]
    .map(ScalarFunction::into_udf)
}

fn slice(arguments: &[ArrayRef], list: &DataType) -> Result<ArrayRef> {
    let arrays = lists::lists("slice", &arguments[0])?;
    let starts = lists::integers(&arguments[1])?;
    let lengths = lists::integers(&arguments[2])?;
    let mut slices = Picked::default();
    for row in 0..arrays.len() {
        if arrays.is_null(row) || starts.is_null(row) || lengths.is_null(row) {
            slices.push_null();
            continue;
        }
        let places = lists::places(&arrays, row)?;
        slices.push(within(places, starts.value(row), lengths.value(row))?);
    }
    slices.build(arrays.values(), list)
}

fn within(places: Range<u32>, start: i64, length: i64) -> Result<Range<u32>> {
    if length < 0 {
        return Err(TrinoError::invalid_argument(
            "length must be greater than or equal to 0",
        ));
    }
    if start == 0 {
        return Err(TrinoError::invalid_argument("SQL array indices start at 1"));
    }
    let size = places.len() as i64;
    let skipped = if start > 0 { start - 1 } else { size + start };
    if !(0..size).contains(&skipped) {
        return Ok(places.start..places.start);
    }
    let taken = length.min(size - skipped);
    let start = places.start + skipped as u32;
    Ok(start..start + taken as u32)
}

fn trim_array(arguments: &[ArrayRef], list: &DataType) -> Result<ArrayRef> {
    let arrays = lists::lists("trim_array", &arguments[0])?;
    let sizes = lists::integers(&arguments[1])?;
    let mut trimmed = Picked::default();
    lists::for_each_row(
        &arrays,
        &sizes,
        &mut trimmed,
        Picked::push_null,
        |trimmed, places, size| {
            if size < 0 {
                return Err(TrinoError::invalid_argument(format!(
                    "size must not be negative: {size}"
                )));
            }
            if size > places.len() as i64 {
                return Err(TrinoError::invalid_argument(format!(
                    "size must not exceed array cardinality {}: {size}",
                    places.len()
                )));
            }
            trimmed.push(places.start..places.end - size as u32);
            Ok(())
        },
    )?;
    trimmed.build(arrays.values(), list)
}
