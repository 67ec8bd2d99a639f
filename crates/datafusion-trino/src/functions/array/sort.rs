//! `array_sort(array(T)) -> array(T)`: nulls last; `array_max(array(T)) -> T`, `array_min`: null if
//! an element is. NaN is neither unless it is alone. Trino manual, "Array functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("array_sort(ARRAY[3, NULL, 1])"), "[1, 3, null]");
//! assert_eq!(evaluate("array_max(ARRAY[nan(), 2, 3])"), "3.0");
//! assert_eq!(evaluate("array_min(ARRAY[1, NULL])"), "null");
//! ```

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::take;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::comparison::{Nan, order};
use super::lists::{ListMaker, Lists};
use crate::functions::scalar::Kind::{Array as ArrayOf, T};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 3] {
    [
        scalar("array_sort")
            .overload([ArrayOf(&T)], ArrayOf(&T), sort)
            .udf(),
        scalar("array_max")
            .overload([ArrayOf(&T)], T, |call| {
                extreme(call, Nan::First, Ordering::Greater)
            })
            .udf(),
        scalar("array_min")
            .overload([ArrayOf(&T)], T, |call| {
                extreme(call, Nan::Last, Ordering::Less)
            })
            .udf(),
    ]
}

fn sort(call: &Call<'_>) -> Result<ArrayRef> {
    let arrays = Lists::of(call, 0)?;
    let compare = order(arrays.elements(), arrays.elements(), Nan::Last)?;
    let mut sorted = ListMaker::new(call.rows());
    for row in 0..call.rows() {
        sorted.push(arrays.get(row).map(|range| {
            let mut places: Vec<usize> = range.collect();
            places.sort_by(|a, b| compare(*a, *b));
            places
        }));
    }
    sorted.finish(arrays.elements())
}

fn extreme(call: &Call<'_>, nan: Nan, wanted: Ordering) -> Result<ArrayRef> {
    let arrays = Lists::of(call, 0)?;
    let elements = arrays.elements();
    let compare = order(elements, elements, nan)?;
    let places = (0..call.rows()).map(|row| {
        let mut range = arrays.get(row)?;
        if range.clone().any(|place| elements.is_null(place)) {
            return None;
        }
        let first = range.next()?;
        let extreme = range.fold(first, |best, place| match compare(place, best) == wanted {
            true => place,
            false => best,
        });
        Some(extreme as u32)
    });
    let places: UInt32Array = places.collect();
    Ok(take(elements, &places, None)?)
}
