//! `element_at(array(T), index) -> T` and `element_at(map(K, V), key) -> V`: null where there is
//! none; negative indexes count from the end. Trino manual, "Array functions and operators" and
//! "Map functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("element_at(ARRAY['a', 'b'], -1)"), "b");
//! assert_eq!(evaluate("element_at(ARRAY['a', 'b'], 3)"), "null");
//! assert_eq!(evaluate("element_at(MAP(ARRAY['a'], ARRAY[1]), 'b')"), "null");
//! assert_eq!(evaluate("element_at(ARRAY[1], 0)"), "INVALID_FUNCTION_ARGUMENT: SQL array indices start at 1");
//! ```

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::take;
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::comparison::equality;
use super::lists::Lists;
use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, K, Map, T, V};
use crate::functions::scalar::{Call, scalar};

pub(in crate::functions) fn udf() -> ScalarUDF {
    scalar("element_at")
        .overload([ArrayOf(&T), Bigint], T, of_arrays)
        .overload([Map(&K, &V), K], V, of_maps)
        .udf()
}

fn of_arrays(call: &Call<'_>) -> Result<ArrayRef> {
    let (arrays, indexes) = (Lists::of(call, 0)?, call.column::<i64>(1)?);
    let places: UInt32Array = (0..call.rows())
        .map(|row| {
            let Some((range, index)) = arrays.get(row).zip(indexes.get(row)) else {
                return Ok(None);
            };
            let place = match index {
                0 => return Err(TrinoError::invalid_argument("SQL array indices start at 1")),
                1.. => index - 1,
                index => (range.len() as i64).saturating_add(index),
            };
            let place = usize::try_from(place).ok();
            let place = place.filter(|place| *place < range.len());
            Ok(place.map(|place| (range.start + place) as u32))
        })
        .collect::<Result<_>>()?;
    Ok(take(arrays.elements(), &places, None)?)
}

fn of_maps(call: &Call<'_>) -> Result<ArrayRef> {
    let (maps, keys) = (call.array(0)?, call.array(1)?);
    let maps = maps.as_map();
    let equal = equality(maps.keys(), &keys)?;
    let offsets = maps.value_offsets();
    let places = (0..call.rows()).map(|row| {
        let mut entries = offsets[row] as usize..offsets[row + 1] as usize;
        let is_known = maps.is_valid(row) && keys.is_valid(row);
        let found = is_known.then(|| entries.find(|entry| equal(*entry, row) == Some(true)));
        found.flatten().map(|entry| entry as u32)
    });
    let places: UInt32Array = places.collect();
    Ok(take(maps.values(), &places, None)?)
}
