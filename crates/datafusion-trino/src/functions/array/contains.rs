//! `contains(array(T), T) -> boolean`, `array_position(array(T), T) -> bigint`,
//! `array_remove(array(T), T)`, `contains_sequence(array(T), array(T)) -> boolean`. Trino manual,
//! "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("contains(ARRAY[1, 2], 2)"), "true");
//! assert_eq!(evaluate("contains(ARRAY[1, NULL], 2)"), "null");
//! assert_eq!(evaluate("array_position(ARRAY['a', 'b'], 'z')"), "0");
//! assert_eq!(evaluate("array_remove(ARRAY[1, 2, 1, NULL], 1)"), "[2, null]");
//! assert_eq!(evaluate("contains_sequence(ARRAY[1, 2, 3], ARRAY[2, 3])"), "true");
//! ```

use arrow::array::{Array, ArrayRef};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::comparison::equality;
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
        let Some(range) = arrays.get(row).filter(|_| wanted.is_valid(row)) else {
            return Ok(None);
        };
        let mut is_open = false;
        for place in range {
            match equal(place, row) {
                Some(true) => return Ok(Some(true)),
                Some(false) => {}
                // What is in the element is not known, where the element itself is.
                None if arrays.elements().is_valid(place) => {
                    return Err(TrinoError::new(
                        ErrorCode::NotSupported,
                        "contains does not support arrays with elements that are null or contain null",
                    )
                    .into());
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
        let Some(mut range) = arrays.get(row).filter(|_| wanted.is_valid(row)) else {
            return Ok(None);
        };
        let found = range.position(|place| equal(place, row) == Some(true));
        Ok(Some(found.map_or(0, |place| place as i64 + 1)))
    })
}

fn remove(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, wanted) = (Lists::of(call, 0)?, call.array(1)?);
    let equal = equality(arrays.elements(), &wanted)?;
    let mut kept = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        let range = arrays.get(row).filter(|_| wanted.is_valid(row));
        kept.push(range.map(|range| range.filter(|place| equal(*place, row) != Some(true))));
    }
    kept.finish(arrays.elements())
}

fn contains_sequence(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, wanted) = (Lists::of(call, 0)?, Lists::of(call, 1)?);
    let equal = equality(arrays.elements(), wanted.elements())?;
    let (elements, others) = (arrays.elements(), wanted.elements());
    // Nulls are the same as each other.
    let same = |i: usize, j: usize| match (elements.is_null(i), others.is_null(j)) {
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
