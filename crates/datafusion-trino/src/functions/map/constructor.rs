//! `map() -> map`, `map(array(K), array(V)) -> map(K, V)`. Trino manual, "Map functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("map(ARRAY['a', 'b'], ARRAY[1, NULL])"), "{a=1, b=null}");
//! assert_eq!(
//!     evaluate("map(ARRAY['a'], ARRAY[1, 2])"),
//!     "INVALID_FUNCTION_ARGUMENT: Key and value arrays must be the same length"
//! );
//! assert_eq!(
//!     evaluate("map(ARRAY['a', 'a'], ARRAY[1, 2])"),
//!     "INVALID_FUNCTION_ARGUMENT: Duplicate map keys (a) are not allowed"
//! );
//! ```

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_empty_array};
use arrow::buffer::NullBuffer;
use arrow::compute::take;
use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::entries::make_maps;
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Array as ArrayOf, K, Map, V};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("$map")
        .overload([], Map(&K, &V), |call| {
            let none = new_empty_array(&DataType::Null);
            let lengths = std::iter::repeat_n(0, call.rows());
            Ok(Arc::new(make_maps(Arc::clone(&none), none, lengths, None)?))
        })
        .overload([ArrayOf(&K), ArrayOf(&V)], Map(&K, &V), map)
        .udf()
}

fn map(call: &Call<'_>) -> Result<ArrayRef> {
    let (keys, values) = (call.array(0)?, call.array(1)?);
    let (keys, values) = (keys.as_list::<i32>(), values.as_list::<i32>());
    let mut places = [Vec::new(), Vec::new()];
    let mut lengths = Vec::with_capacity(call.rows());
    for row in 0..call.rows() {
        if keys.is_null(row) || values.is_null(row) {
            lengths.push(0);
            continue;
        }
        let ranges = [keys.value_offsets(), values.value_offsets()]
            .map(|offsets| offsets[row] as u32..offsets[row + 1] as u32);
        if ranges[0].len() != ranges[1].len() {
            return Err(TrinoError::invalid_argument(
                "Key and value arrays must be the same length",
            ));
        }
        lengths.push(ranges[0].len());
        for (places, range) in places.iter_mut().zip(ranges) {
            places.extend(range);
        }
    }
    let [of_keys, of_values] = places.map(UInt32Array::from);
    let maps = make_maps(
        take(keys.values(), &of_keys, None)?,
        take(values.values(), &of_values, None)?,
        lengths.into_iter(),
        NullBuffer::union(keys.nulls(), values.nulls()),
    )?;
    Ok(Arc::new(maps))
}
