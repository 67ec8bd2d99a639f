//! `cardinality(array(T))`, `cardinality(map(K, V)) -> bigint`; `array_join(array(T), delimiter[,
//! null])  -> varchar`. Trino manual, "Array functions and operators" and "Map functions and
//! operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(evaluate("cardinality(ARRAY[ARRAY[1, 2], NULL])"), "2");
//! assert_eq!(evaluate("cardinality(MAP(ARRAY[1], ARRAY[2]))"), "1");
//! assert_eq!(evaluate("array_join(ARRAY[1, NULL, 2], ',')"), "1,2");
//! assert_eq!(evaluate("array_join(ARRAY[1, NULL, 2], ',', '-')"), "1,-,2");
//! ```

use arrow::array::{Array, ArrayRef, AsArray};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;

use super::lists::Lists;
use crate::error::TrinoError;
use crate::functions::conversion::cast::{cast_array, is_castable};
use crate::functions::scalar::Kind::{Array as ArrayOf, Bigint, K, Map, T, V, Varchar};
use crate::functions::scalar::{Call, Scalar, scalar};
use crate::types::type_name;

/// `cardinality`, to which other overloads are added.
pub(in crate::functions) fn cardinality() -> Scalar {
    scalar("cardinality")
        .overload([ArrayOf(&T)], Bigint, |call| {
            let arrays = Lists::of(call, 0)?;
            call.collect(|row| Ok(arrays.get(row).map(|range| range.len() as i64)))
        })
        .overload([Map(&K, &V)], Bigint, |call| {
            let maps = call.array(0)?;
            let maps = maps.as_map();
            call.collect(|row| {
                let length = i64::from(maps.value_length(row));
                Ok(maps.is_valid(row).then_some(length))
            })
        })
}

pub(in crate::functions) fn array_join() -> ScalarUDF {
    scalar("array_join")
        .overload([ArrayOf(&T), Varchar], Varchar, join)
        .overload([ArrayOf(&T), Varchar, Varchar], Varchar, join)
        .udf()
}

fn join(call: &Call<'_>) -> Result<ArrayRef> {
    let arrays = Lists::of(call, 0)?;
    let delimiters = call.column::<&str>(1)?;
    let nulls = (call.len() > 2)
        .then(|| call.column::<&str>(2))
        .transpose()?;
    let elements = arrays.elements();
    let text = arrow::datatypes::DataType::Utf8;
    if !is_castable(elements.data_type(), &text) {
        return Err(TrinoError::invalid_argument(format!(
            "Input type {} not supported",
            type_name(elements.data_type())
        )));
    }
    let texts = cast_array(elements, &text)?;
    let texts = texts.as_string::<i32>();
    call.collect(|row| {
        let (Some(range), Some(delimiter)) = (arrays.get(row), delimiters.get(row)) else {
            return Ok(None);
        };
        let null = nulls.as_ref().and_then(|nulls| nulls.get(row));
        let mut joined = String::new();
        let mut is_first = true;
        for place in range {
            let Some(text) = texts.is_valid(place).then(|| texts.value(place)).or(null) else {
                continue;
            };
            if !is_first {
                joined.push_str(delimiter);
            }
            joined.push_str(text);
            is_first = false;
        }
        Ok(Some(joined))
    })
}
