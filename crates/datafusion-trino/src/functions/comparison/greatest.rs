//! `greatest(value1, value2, …)` and `least(value1, value2, …)` -> [same as input]: null if one is
//! null; what is no number is the answer only where there is nothing else. Trino manual,
//! "Comparison functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("greatest(1, 3, 2)"), "3");
//! assert_eq!(evaluate("least(1, NULL)"), "null");
//! assert_eq!(evaluate("greatest(1.5e0, nan())"), "1.5");
//! assert_eq!(evaluate("least(JSON '1', JSON '2')"), "TYPE_MISMATCH: line 1:8: Type json is not orderable");
//! ```

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, ListArray, StructArray, UInt64Array,
    make_comparator,
};
use arrow::compute::{SortOptions, concat, take};
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use crate::error::TrinoError;
use crate::functions::scalar::Kind::T;
use crate::functions::scalar::{Call, Returns, scalar};
use crate::types::{is_orderable, type_name};

pub(in crate::functions) fn udfs() -> [ScalarUDF; 2] {
    [
        scalar("greatest")
            .variadic([T, T], Returns::Of(ordered_type), |call| {
                extreme(call, true)
            })
            .udf(),
        scalar("least")
            .variadic([T, T], Returns::Of(ordered_type), |call| {
                extreme(call, false)
            })
            .udf(),
    ]
}

/// The arguments' type, which they have in common already.
fn ordered_type(types: &[DataType]) -> Result<DataType> {
    match types.iter().find(|data_type| !is_orderable(data_type)) {
        None => Ok(types[0].clone()),
        Some(given) => Err(TrinoError::wrong_types(format!(
            "Type {} is not orderable",
            type_name(given)
        ))),
    }
}

fn extreme(call: &Call<'_>, is_greatest: bool) -> Result<ArrayRef> {
    let arguments = (0..call.len())
        .map(|argument| call.array(argument))
        .collect::<Result<Vec<_>>>()?;
    let arguments: Vec<&dyn Array> = arguments.iter().map(AsRef::as_ref).collect();
    // One behind the other: a row's values are as many rows apart as there are.
    let values = concat(&arguments)?;
    let keys = match is_greatest {
        true => with_lowest_nan(&values)?,
        false => ArrayRef::clone(&values),
    };
    let compare = make_comparator(&keys, &keys, SortOptions::default())?;
    let nulls = values.logical_nulls();
    let is_null = |place| nulls.as_ref().is_some_and(|nulls| nulls.is_null(place));
    let rows = call.rows();
    let places: UInt64Array = (0..rows)
        .map(|row| {
            let mut best = row;
            for place in (row..values.len()).step_by(rows) {
                if is_null(place) {
                    return None;
                }
                let ordering = compare(place, best);
                let is_better = match is_greatest {
                    true => ordering.is_gt(),
                    false => ordering.is_lt(),
                };
                if is_better {
                    best = place;
                }
            }
            Some(best as u64)
        })
        .collect();
    Ok(take(&values, &places, None)?)
}

/// The values with each that is no number as one that is below all numbers: Arrow has it above.
fn with_lowest_nan(values: &ArrayRef) -> Result<ArrayRef> {
    Ok(match values.data_type() {
        DataType::Float32 => lowered::<Float32Type>(values, |value| value.is_nan(), -f32::NAN),
        DataType::Float64 => lowered::<Float64Type>(values, |value| value.is_nan(), -f64::NAN),
        DataType::List(element) => {
            let list = values.as_list::<i32>();
            Arc::new(ListArray::try_new(
                Arc::clone(element),
                list.offsets().clone(),
                with_lowest_nan(list.values())?,
                list.nulls().cloned(),
            )?)
        }
        DataType::Struct(fields) if !fields.is_empty() => {
            let row = values.as_struct();
            let columns = row.columns().iter().map(with_lowest_nan);
            let columns = columns.collect::<Result<_>>()?;
            Arc::new(StructArray::try_new(
                fields.clone(),
                columns,
                row.nulls().cloned(),
            )?)
        }
        _ => ArrayRef::clone(values),
    })
}

fn lowered<N: ArrowPrimitiveType>(
    values: &ArrayRef,
    is_nan: fn(N::Native) -> bool,
    lowest: N::Native,
) -> ArrayRef {
    let values = values.as_primitive::<N>();
    Arc::new(values.unary::<_, N>(|value| if is_nan(value) { lowest } else { value }))
}
