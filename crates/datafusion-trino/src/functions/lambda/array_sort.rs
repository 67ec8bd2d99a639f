//! `array_sort(array(T), function(T, T, int)) -> array(T)`: sorted as the function compares. Trino
//! manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("array_sort(ARRAY[3, 1, 2], (x, y) -> IF(x < y, 1, IF(x = y, 0, -1)))"), "[3, 2, 1]");
//! assert_eq!(
//!     evaluate("array_sort(ARRAY[3, 1], (x, y) -> 5)"),
//!     "INVALID_FUNCTION_ARGUMENT: Lambda comparator must return either -1, 0, or 1"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::HigherOrderUDF;

use super::call::{Elements, LambdaCall};
use super::{Lambda, element_type};
use crate::error::TrinoError;

/// The name that the dialect gives `array_sort` with a function.
pub(in crate::functions) const NAME: &str = "$array_sort";

pub(super) fn udf() -> HigherOrderUDF {
    let parameters = |values: &[DataType], _: &[Option<DataType>]| {
        let element = element_type("array_sort", &values[0])?;
        Ok(vec![Some(vec![element.clone(), element.clone()])])
    };
    let returns = |values: &[DataType], _: &[DataType]| {
        Ok(DataType::new_list(
            element_type("array_sort", &values[0])?.clone(),
            true,
        ))
    };
    Lambda::udf(NAME, 1, 1, parameters, returns, array_sort)
}

fn array_sort(call: &LambdaCall<'_>) -> Result<ArrayRef> {
    let arrays = call.arrays(0)?;
    let elements = Elements::of_arrays(&arrays)?;
    let mut order = Vec::with_capacity(elements.rows.len());
    for (row, range) in elements.ranges.iter().enumerate() {
        let mut places: Vec<u32> = range.clone().map(|place| place as u32).collect();
        merge_sort(&mut places, &mut |a, b| {
            is_after(call, &elements.columns[0], row as u32, a, b)
        })?;
        order.extend(places);
    }
    let sorted = take(&elements.columns[0], &UInt32Array::from(order), None)?;
    let DataType::List(element) = call.return_type() else {
        return datafusion::common::internal_err!("a sorted array is an array");
    };
    Ok(Arc::new(ListArray::try_new(
        Arc::clone(element),
        OffsetBuffer::from_lengths(elements.lengths()),
        sorted,
        arrays.nulls().cloned(),
    )?))
}

/// Whether the function puts the first after the second.
fn is_after(call: &LambdaCall<'_>, elements: &ArrayRef, row: u32, a: u32, b: u32) -> Result<bool> {
    let one = |place: u32| elements.slice(place as usize, 1);
    let answer = call.evaluate(0, &[one(a), one(b)], &UInt32Array::from(vec![row]))?;
    let answer = cast(&answer, &DataType::Int64)?;
    let answer = answer.as_primitive::<Int64Type>();
    match answer.is_valid(0).then(|| answer.value(0)) {
        Some(order @ -1..=1) => Ok(order == 1),
        _ => Err(TrinoError::invalid_argument(
            "Lambda comparator must return either -1, 0, or 1",
        )),
    }
}

/// Stable; the comparison can fail, and need not make sense.
fn merge_sort(
    places: &mut Vec<u32>,
    is_after: &mut impl FnMut(u32, u32) -> Result<bool>,
) -> Result<()> {
    if places.len() < 2 {
        return Ok(());
    }
    let mut second = places.split_off(places.len() / 2);
    merge_sort(places, is_after)?;
    merge_sort(&mut second, is_after)?;
    let mut merged = Vec::with_capacity(places.len() + second.len());
    let (mut a, mut b) = (places.iter().peekable(), second.iter().peekable());
    while let (Some(first), Some(other)) = (a.peek(), b.peek()) {
        let next = match is_after(**first, **other)? {
            true => b.next(),
            false => a.next(),
        };
        merged.extend(next);
    }
    merged.extend(a.chain(b));
    *places = merged;
    Ok(())
}
