//! `array[index]`, `map[key]`, which the dialect writes as `$subscript`: what is not there is
//! refused. Trino manual, "Array functions and operators" and "Map functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("ARRAY['a', 'b'][2]"), "b");
//! assert_eq!(evaluate("MAP(ARRAY['a'], ARRAY[1])['a']"), "1");
//! assert_eq!(evaluate("ROW('x', 'y')[2]"), "y");
//! assert_eq!(
//!     evaluate("ARRAY[1][2]"),
//!     "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: 2 > 1"
//! );
//! assert_eq!(evaluate("MAP(ARRAY['a'], ARRAY[1])['b']"), "INVALID_FUNCTION_ARGUMENT: Key not present in map: b");
//! ```

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, make_comparator};
use arrow::compute::{SortOptions, take};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, K, Map, T, V};
use crate::functions::scalar::{Call, scalar};
use crate::text::TextColumn;

pub(crate) fn udf() -> ScalarUDF {
    scalar("$subscript")
        .overload([ArrayOf(&T), Bigint], T, element)
        .overload([Map(&K, &V), K], V, value)
        .udf()
}

fn element(call: &Call<'_>) -> Result<ArrayRef> {
    let arrays = call.array(0)?;
    let arrays = arrays.as_list::<i32>();
    let indexes = call.column::<i64>(1)?;
    let places: UInt32Array = (0..call.rows())
        .map(|row| {
            let Some(index) = indexes.get(row).filter(|_| arrays.is_valid(row)) else {
                return Ok(None);
            };
            let offsets = arrays.value_offsets();
            let length = i64::from(offsets[row + 1] - offsets[row]);
            match index {
                0 => Err(TrinoError::invalid_argument("SQL array indices start at 1")),
                ..0 => Err(TrinoError::invalid_argument(format!(
                    "Array subscript is negative: {index}"
                ))),
                index if index > length => Err(TrinoError::invalid_argument(format!(
                    "Array subscript must be less than or equal to array length: {index} > {length}"
                ))),
                index => Ok(Some((i64::from(offsets[row]) + index - 1) as u32)),
            }
        })
        .collect::<Result<_>>()?;
    Ok(take(arrays.values(), &places, None)?)
}

fn value(call: &Call<'_>) -> Result<ArrayRef> {
    let (maps, wanted) = (call.array(0)?, call.array(1)?);
    let maps = maps.as_map();
    let compare = make_comparator(maps.keys(), &wanted, SortOptions::default())?;
    let places: UInt32Array = (0..call.rows())
        .map(|row| {
            if maps.is_null(row) || wanted.is_null(row) {
                return Ok(None);
            }
            let offsets = maps.value_offsets();
            let mut entries = offsets[row] as usize..offsets[row + 1] as usize;
            match entries.find(|entry| compare(*entry, row).is_eq()) {
                Some(entry) => Ok(Some(entry as u32)),
                None => {
                    let key = TextColumn::new(&wanted)?.text(row).unwrap_or_default();
                    Err(TrinoError::invalid_argument(format!(
                        "Key not present in map: {key}"
                    )))
                }
            }
        })
        .collect::<Result<_>>()?;
    Ok(take(maps.values(), &places, None)?)
}
