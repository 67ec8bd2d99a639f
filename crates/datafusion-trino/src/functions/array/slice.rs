//! `slice(array(T), start, length)`: from one, from the end where negative, empty where outside;
//! `trim_array(array(T), n)`: without its last n elements. Trino manual, "Array functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("slice(ARRAY[1, 2, 3, 4], 2, 2)"), "[2, 3]");
//! assert_eq!(evaluate("slice(ARRAY[1, 2, 3, 4], -3, 5)"), "[2, 3, 4]");
//! assert_eq!(evaluate("trim_array(ARRAY['a', NULL, 'd'], 1)"), "[a, null]");
//! assert_eq!(
//!     evaluate("trim_array(ARRAY[1], 2)"),
//!     "INVALID_FUNCTION_ARGUMENT: size must not exceed array cardinality 1: 2"
//! );
//! ```

use std::ops::Range;

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::{ListMaker, Lists};
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, T};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    let array = ArrayOf(&T);
    [
        scalar("slice")
            .overload([array, Bigint, Bigint], array, slice)
            .udf(),
        scalar("trim_array")
            .overload([array, Bigint], array, trim_array)
            .udf(),
    ]
}

fn slice(call: &Call<'_>) -> Result<ArrayRef> {
    let arrays = Lists::of(call, 0)?;
    let (starts, lengths) = (call.column::<i64>(1)?, call.column::<i64>(2)?);
    let mut slices = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        let (Some(places), Some(start), Some(length)) =
            (arrays.get(row), starts.get(row), lengths.get(row))
        else {
            slices.push(None::<Range<usize>>);
            continue;
        };
        slices.push(Some(within(places, start, length)?));
    }
    slices.finish(arrays.elements())
}

fn within(places: Range<usize>, start: i64, length: i64) -> Result<Range<usize>> {
    if length < 0 {
        return Err(TrinoError::invalid_argument(
            "length must be greater than or equal to 0",
        ));
    }
    let size = places.len() as i64;
    let skipped = match start {
        0 => return Err(TrinoError::invalid_argument("SQL array indices start at 1")),
        1.. => start - 1,
        start => size.saturating_add(start),
    };
    if !(0..size).contains(&skipped) {
        return Ok(places.start..places.start);
    }
    let taken = length.min(size - skipped) as usize;
    let start = places.start + skipped as usize;
    Ok(start..start + taken)
}

fn trim_array(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, sizes) = (Lists::of(call, 0)?, call.column::<i64>(1)?);
    let mut trimmed = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        let Some((places, size)) = arrays.get(row).zip(sizes.get(row)) else {
            trimmed.push(None::<Range<usize>>);
            continue;
        };
        if size < 0 {
            return Err(TrinoError::invalid_argument(format!(
                "size must not be negative: {size}"
            )));
        }
        let length = places.len() as i64;
        if size > length {
            return Err(TrinoError::invalid_argument(format!(
                "size must not exceed array cardinality {length}: {size}"
            )));
        }
        trimmed.push(Some(places.start..places.end - size as usize));
    }
    trimmed.finish(arrays.elements())
}
