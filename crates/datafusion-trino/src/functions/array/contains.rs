//! `contains(array(T), T) -> boolean`, `array_position(array(T), T) -> bigint`,
//! `array_remove(array(T), T)`, `contains_sequence(array(T), array(T)) -> boolean`. Trino manual,
//! "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("contains(ARRAY[1, 2], 2)"), "true");
//! assert_eq!(evaluate("contains(ARRAY[1, NULL], 2)"), "null");
//! assert_eq!(evaluate("array_position(ARRAY['a', 'b'], 'z')"), "0");
//! assert_eq!(
//!     evaluate("array_position(ARRAY[ARRAY[NULL]], ARRAY[1])"),
//!     "NOT_SUPPORTED: array_position does not support arrays with elements that are null or contain null"
//! );
//! assert_eq!(evaluate("array_remove(ARRAY[1, 2, 1, NULL], 1)"), "[2, null]");
//! assert_eq!(evaluate("contains_sequence(ARRAY[1, 2, 3], ARRAY[2, 3])"), "true");
//! ```

use arrow::array::ArrayRef;
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::ScalarUDF;

use super::comparison::{Equality, equality, is_null};
use super::lists::{ListMaker, Lists};
use crate::error::{ErrorCode, TrinoError};
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, Boolean, T};
use crate::functions::scalar::{Call, Scalar, scalar};

/// `contains` for arrays, to which other overloads are added.
pub(in crate::functions) fn contains() -> Scalar {
    scalar("contains").overload([ArrayOf(&T), T], Boolean, is_contained)
}

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("array_position")
            .overload([ArrayOf(&T), T], Bigint, position)
            .udf(),
        scalar("array_remove")
            .overload([ArrayOf(&T), T], ArrayOf(&T), remove)
            .udf(),
        scalar("contains_sequence")
            .overload([ArrayOf(&T), ArrayOf(&T)], Boolean, contains_sequence)
            .udf(),
    ]
}

fn is_contained(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, wanted) = (Lists::of(call, 0)?, call.array(1)?);
    let equal = equality(arrays.elements(), &wanted)?;
    call.collect(|row| {
        let Some(range) = arrays.get(row).filter(|_| !is_null(&wanted, row)) else {
            return Ok(None);
        };
        let mut is_open = false;
        for place in range {
            match equal(place, row) {
                Some(true) => return Ok(Some(true)),
                Some(false) => {}
                // What is in the element is not known, where the element itself is.
                None if !is_null(arrays.elements(), place) => {
                    return Err(indeterminate("contains"));
                }
                None => is_open = true,
            }
        }
        Ok((!is_open).then_some(false))
    })
}

fn position(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, wanted) = (Lists::of(call, 0)?, call.array(1)?);
    let equal = equality(arrays.elements(), &wanted)?;
    call.collect(|row| {
        let Some(range) = arrays.get(row).filter(|_| !is_null(&wanted, row)) else {
            return Ok(None);
        };
        for (before, place) in range.enumerate() {
            if is_equal(&equal, arrays.elements(), place, row, "array_position")? {
                return Ok(Some(before as i64 + 1));
            }
        }
        Ok(Some(0))
    })
}

fn remove(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, wanted) = (Lists::of(call, 0)?, call.array(1)?);
    let equal = equality(arrays.elements(), &wanted)?;
    let mut kept = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        let Some(range) = arrays.get(row).filter(|_| !is_null(&wanted, row)) else {
            kept.push(None::<Vec<usize>>);
            continue;
        };
        let mut others = Vec::with_capacity(range.len());
        for place in range {
            if !is_equal(&equal, arrays.elements(), place, row, "array_remove")? {
                others.push(place);
            }
        }
        kept.push(Some(others));
    }
    kept.finish(arrays.elements())
}

/// Whether an element is equal; a null is not.
fn is_equal(
    equal: &Equality,
    elements: &ArrayRef,
    place: usize,
    row: usize,
    function: &str,
) -> Result<bool> {
    match equal(place, row) {
        Some(equal) => Ok(equal),
        None if is_null(elements, place) => Ok(false),
        None => Err(indeterminate(function)),
    }
}

/// What is in an element is not known, where the element itself is.
fn indeterminate(function: &str) -> DataFusionError {
    TrinoError::new(
        ErrorCode::NotSupported,
        format!("{function} does not support arrays with elements that are null or contain null"),
    )
    .into()
}

fn contains_sequence(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, wanted) = (Lists::of(call, 0)?, Lists::of(call, 1)?);
    let equal = equality(arrays.elements(), wanted.elements())?;
    let (elements, others) = (arrays.elements(), wanted.elements());
    // Nulls are the same as each other.
    let same = |i: usize, j: usize| match (is_null(elements, i), is_null(others, j)) {
        (true, true) => true,
        _ => equal(i, j) == Some(true),
    };
    call.collect(|row| {
        let (Some(range), Some(sequence)) = (arrays.get(row), wanted.get(row)) else {
            return Ok(None);
        };
        let last = (range.end + 1).saturating_sub(sequence.len());
        let mut starts = range.start..last.max(range.start);
        if sequence.is_empty() {
            return Ok(Some(true));
        }
        if sequence.len() > range.len() {
            return Ok(Some(false));
        }
        Ok(Some(starts.any(|start| {
            (start..).zip(sequence.clone()).all(|(i, j)| same(i, j))
        })))
    })
}
