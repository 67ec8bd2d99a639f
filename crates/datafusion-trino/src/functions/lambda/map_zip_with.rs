//! `map_zip_with(map(K, V1), map(K, V2), function(K, V1, V2, V3)) -> map(K, V3)`: the keys of both;
//! a value that a map does not have is null. Trino manual, "Map functions and operators".
//!
//! ```
//! # use datafusion_trino::evaluate;
//! assert_eq!(
//!     evaluate("map_zip_with(MAP(ARRAY['a', 'b'], ARRAY[1, 8]), MAP(ARRAY['a', 'b'], ARRAY[1, 27]), (k, a, b) -> a + b)"),
//!     "{a=2, b=35}"
//! );
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array, new_null_array};
use arrow::buffer::NullBuffer;
use arrow::compute::{interleave, take};
use arrow::datatypes::DataType;
use arrow::row::{RowConverter, SortField};
use datafusion::common::Result;
use datafusion::logical_expr::HigherOrderUDF;

use super::call::{Elements, LambdaCall};
use super::{Lambda, map_types};
use crate::coercion::common_type;
use crate::error::TrinoError;
use crate::functions::conversion::cast::cast_array;
use crate::functions::map::entries::make_maps;
use crate::types::{map_type, type_name};

pub(super) fn udf() -> HigherOrderUDF {
    let parameters = |values: &[DataType], _: &[Option<DataType>]| {
        let (_, first) = map_types("map_zip_with", &values[0])?;
        let (_, second) = map_types("map_zip_with", &values[1])?;
        Ok(vec![Some(vec![
            key_type(values)?,
            first.clone(),
            second.clone(),
        ])])
    };
    let returns = |values: &[DataType], lambdas: &[DataType]| {
        Ok(map_type(key_type(values)?, lambdas[0].clone()))
    };
    Lambda::udf("map_zip_with", 2, 1, parameters, returns, map_zip_with)
}

fn key_type(values: &[DataType]) -> Result<DataType> {
    let (first, _) = map_types("map_zip_with", &values[0])?;
    let (second, _) = map_types("map_zip_with", &values[1])?;
    common_type(first, second).ok_or_else(|| {
        TrinoError::wrong_types(format!(
            "Unexpected parameters ({}, {}, function) for function map_zip_with",
            type_name(&values[0]),
            type_name(&values[1])
        ))
    })
}

fn map_zip_with(call: &LambdaCall<'_>) -> Result<ArrayRef> {
    let (Some(first), Some(second)) = (call.maps(0)?, call.maps(1)?) else {
        return Ok(new_null_array(call.return_type(), call.rows()));
    };
    let key_type = key_type(&[first.data_type().clone(), second.data_type().clone()])?;
    let [a, b] = [Elements::of_maps(first)?, Elements::of_maps(second)?];
    let keys = [
        cast_array(&a.columns[0], &key_type)?,
        cast_array(&b.columns[0], &key_type)?,
    ];
    let converter = RowConverter::new(vec![SortField::new(key_type)])?;
    let keys_as_rows = [
        converter.convert_columns(std::slice::from_ref(&keys[0]))?,
        converter.convert_columns(std::slice::from_ref(&keys[1]))?,
    ];
    // Where each key is, and its values in both.
    let mut key_places = Vec::new();
    let mut value_places: [Vec<Option<u32>>; 2] = Default::default();
    let (mut rows, mut lengths) = (Vec::new(), Vec::new());
    for (row, (in_a, in_b)) in a.ranges.iter().zip(&b.ranges).enumerate() {
        let start = key_places.len();
        let mut of_b: HashMap<_, usize> = HashMap::new();
        if first.is_valid(row) && second.is_valid(row) {
            of_b.extend(
                in_b.clone()
                    .map(|place| (keys_as_rows[1].row(place), place)),
            );
            for place in in_a.clone() {
                let other = of_b.remove(&keys_as_rows[0].row(place));
                key_places.push((0, place));
                value_places[0].push(Some(place as u32));
                value_places[1].push(other.map(|place| place as u32));
            }
            for place in in_b
                .clone()
                .filter(|place| of_b.values().any(|left| left == place))
            {
                key_places.push((1, place));
                value_places[0].push(None);
                value_places[1].push(Some(place as u32));
            }
        }
        rows.extend(std::iter::repeat_n(row as u32, key_places.len() - start));
        lengths.push(key_places.len() - start);
    }
    let keys = interleave(&[&keys[0], &keys[1]], &key_places)?;
    let [of_a, of_b] = value_places.map(UInt32Array::from);
    let parameters = [
        Arc::clone(&keys),
        take(&a.columns[1], &of_a, None)?,
        take(&b.columns[1], &of_b, None)?,
    ];
    let values = call.evaluate(0, &parameters, &UInt32Array::from(rows))?;
    let nulls = NullBuffer::union(first.nulls(), second.nulls());
    Ok(Arc::new(make_maps(
        keys,
        values,
        lengths.into_iter(),
        nulls,
    )?))
}
